"""Loads a county's departments, towns, duties and areas from its files; a second load changes nothing.

`county` is the county description (departments and towns with code, name, name_en, kind; for towns, places).
`catalogue` is the responsibility catalogue:

    {"departments": [{"code", "phone", "aliases": [], "duties": [DUTY, …]}],
     "towns":       [{"code", "phone", "aliases": [], "places": [alias, …], "duties": [DUTY, …]}],
     "town_duties": [DUTY, …]}          # what every town does in its own area

DUTY is {"code", "title", "words": [], "basis", "exclusive"}.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, select

from routing.catalogue import AreaEntry, Catalogue, DepartmentEntry, DutyEntry
from routing.errors import BadCatalogue
from routing.models import Area, Department, DepartmentKind, Duty
from routing.revisions import note_change

COUNTY_AREA = "county"


@dataclass(frozen=True, slots=True)
class LoadedCounty:
    """What a load added: 0 everywhere when all was there."""

    departments: int
    duties: int
    areas: int


def load_county(session: Session, county: Mapping[str, Any], catalogue: Mapping[str, Any]) -> LoadedCounty:
    """Add what is missing, by code, and leave alone what an administrator may have changed since.

    Raises BadCatalogue when an entry lacks its code or a duty is of no known department.
    """
    try:
        return _load(session, county, catalogue)
    except (KeyError, TypeError, AttributeError) as error:
        msg = f"{type(error).__name__}: {error}"
        raise BadCatalogue(msg) from error


def catalogue_from_files(county: Mapping[str, Any], catalogue: Mapping[str, Any]) -> Catalogue:
    """Build the same catalogue without a database; ids are positions in the files, from 1."""
    entries = _departments(county, catalogue)
    ids = {entry["code"]: number for number, entry in enumerate(entries, 1)}
    departments = [
        DepartmentEntry(
            id=ids[entry["code"]],
            code=entry["code"],
            name=entry["name"],
            is_town=entry["kind"] is DepartmentKind.TOWN,
            aliases=tuple(entry["aliases"]),
        )
        for entry in entries
    ]
    duties = [
        DutyEntry.written(
            ids[code],
            duty["title"],
            duty["words"],
            duty["basis"],
            exclusive=bool(duty.get("exclusive", False)),
        )
        for code, duty in _duties(county, catalogue)
    ]
    areas = [
        AreaEntry(entry["code"], entry["name"], tuple(_area_aliases(entry)), ids[entry["code"]], COUNTY_AREA)
        for entry in entries
        if entry["kind"] == DepartmentKind.TOWN
    ]
    return Catalogue.build(departments, duties, areas)


def _load(session: Session, county: Mapping[str, Any], catalogue: Mapping[str, Any]) -> LoadedCounty:
    departments = {row.code: row for row in session.exec(select(Department))}
    entries = _departments(county, catalogue)
    new_departments = [_department(entry) for entry in entries if entry["code"] not in departments]
    session.add_all(new_departments)
    session.flush()
    departments |= {row.code: row for row in new_departments}
    known = set(session.exec(select(Duty.code)))
    new_duties = [
        _duty(departments[code], duty, position)
        for position, (code, duty) in enumerate(_duties(county, catalogue))
        if _duty_code(code, duty) not in known
    ]
    session.add_all(new_duties)
    new_areas = _add_areas(session, county, entries, departments)
    session.flush()
    if new_departments or new_duties or new_areas:
        note_change(session)
    return LoadedCounty(len(new_departments), len(new_duties), new_areas)


def _add_areas(
    session: Session,
    county: Mapping[str, Any],
    entries: list[dict[str, Any]],
    departments: Mapping[str, Department],
) -> int:
    areas = {row.code: row for row in session.exec(select(Area))}
    added = 0
    if COUNTY_AREA not in areas:
        areas[COUNTY_AREA] = Area(code=COUNTY_AREA, name=county["name"])
        session.add(areas[COUNTY_AREA])
        session.flush()
        added += 1
    for entry in entries:
        if entry["kind"] != DepartmentKind.TOWN or entry["code"] in areas:
            continue
        area = Area(code=entry["code"], name=entry["name"], parent_id=areas[COUNTY_AREA].id)
        area.aliases = _area_aliases(entry)
        area.department_id = departments[entry["code"]].id
        session.add(area)
        added += 1
    return added


def _departments(county: Mapping[str, Any], catalogue: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Join both files' lines on each department and town."""
    more = {entry["code"]: entry for entry in (*catalogue["departments"], *catalogue["towns"])}
    joined = []
    for entry in (*county["departments"], *county["towns"]):
        other = more.get(entry["code"], {})
        joined.append(
            {
                "code": entry["code"],
                "name": entry["name"],
                "name_en": entry.get("name_en", ""),
                "kind": DepartmentKind.TOWN if entry in county["towns"] else DepartmentKind.DEPARTMENT,
                "phone": other.get("phone", ""),
                "aliases": list(other.get("aliases", ())),
                "places": [*entry.get("places", ()), *other.get("places", ())],
            }
        )
    return joined


def _duties(
    county: Mapping[str, Any], catalogue: Mapping[str, Any]
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    known = {entry["code"] for entry in (*county["departments"], *county["towns"])}
    for entry in (*catalogue["departments"], *catalogue["towns"]):
        if entry["code"] not in known:
            msg = f"unknown department {entry['code']!r}"
            raise BadCatalogue(msg)
        for duty in entry.get("duties", ()):
            yield entry["code"], duty
    for duty in catalogue.get("town_duties", ()):
        for town in county["towns"]:
            yield town["code"], duty


def _area_aliases(entry: Mapping[str, Any]) -> list[str]:
    return list(dict.fromkeys(entry["places"]))


def _duty_code(department_code: str, duty: Mapping[str, Any]) -> str:
    return f"{department_code}/{duty['code']}"


def _department(entry: Mapping[str, Any]) -> Department:
    fields = ("code", "name", "name_en", "kind", "phone", "aliases")
    return Department(**{name: entry[name] for name in fields})


def _duty(department: Department, duty: Mapping[str, Any], position: int) -> Duty:
    assert department.id is not None  # noqa: S101 - flushed rows have ids
    return Duty(
        code=_duty_code(department.code, duty),
        department_id=department.id,
        title=duty["title"],
        words=list(duty["words"]),
        basis=duty["basis"],
        exclusive=bool(duty.get("exclusive", False)),
        position=position,
    )
