"""The whole responsibility catalogue as one file, out and in: JSON as it is, or the sheets of a workbook.

    {"format": 1, "departments": [...], "duties": [...], "areas": [...], "rules": [...]}

Rows name each other by code. Reading one in adds what is new and changes what differs; what the file does not name
stays as it is.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from routing.departments import create_department, update_department
from routing.entries import add_area, add_duty, add_rule, all_rules, update_area, update_duty
from routing.errors import BadCatalogue
from routing.models import Area, Department, DepartmentKind, Duty, RuleKind

FORMAT = 1
SHEETS: Mapping[str, tuple[str, ...]] = {
    "departments": ("code", "name", "name_en", "kind", "phone", "aliases", "threshold"),
    "duties": ("code", "department", "title", "words", "basis", "exclusive"),
    "areas": ("code", "name", "parent", "aliases", "department"),
    "rules": ("kind", "value", "department", "note"),
}
"""The sheets and their columns; a cell with several words separates them by commas."""

_LISTS = frozenset({"aliases", "words"})
_NEEDED = {
    "departments": ("code", "name"),
    "duties": ("code", "department", "title"),
    "areas": ("code", "name"),
}
_NEEDED["rules"] = ("kind", "value", "department")
_YES = frozenset({"1", "true", "yes", "是", "独有"})


@dataclass(slots=True)
class CatalogueCounts:
    """What reading a file in did, by sheet."""

    added: dict[str, int] = field(default_factory=dict)
    changed: dict[str, int] = field(default_factory=dict)

    def note(self, sheet: str, *, added: bool) -> None:
        """Count one row."""
        counts = self.added if added else self.changed
        counts[sheet] = counts.get(sheet, 0) + 1


def export_catalogue(session: Session) -> dict[str, Any]:
    """Return the catalogue with open departments, live duties, areas and enabled rules."""
    codes = {row.id: row.code for row in session.exec(select(Department))}
    area_codes = {row.id: row.code for row in session.exec(select(Area))}
    departments = session.exec(
        select(Department).where(col(Department.closed_at).is_(None)).order_by(col(Department.id))
    )
    duties = session.exec(
        select(Duty).where(col(Duty.retired_at).is_(None)).order_by(col(Duty.position), col(Duty.id))
    )
    return {
        "format": FORMAT,
        "departments": [_picked(row, "departments") | {"kind": row.kind.value} for row in departments],
        "duties": [_picked(row, "duties") | {"department": codes[row.department_id]} for row in duties],
        "areas": [
            _picked(row, "areas")
            | {"parent": area_codes.get(row.parent_id), "department": codes.get(row.department_id)}
            for row in session.exec(select(Area).order_by(col(Area.id)))
        ],
        "rules": [
            {
                "kind": rule.kind.value,
                "value": rule.value,
                "department": codes[rule.department_id],
                "note": rule.note,
            }
            for rule in all_rules(session)
        ],
    }


def check_catalogue(content: Any) -> dict[str, Any]:
    """Return a file's content in one shape. Raises BadCatalogue with the row that cannot be used."""
    if not isinstance(content, Mapping):
        msg = "it is not an object with departments, duties, areas and rules"
        raise BadCatalogue(msg)
    checked: dict[str, Any] = {"format": FORMAT}
    for sheet in SHEETS:
        rows = content.get(sheet) or []
        if not isinstance(rows, list):
            msg = f"{sheet} is not a list"
            raise BadCatalogue(msg)
        checked[sheet] = [_checked(sheet, number, row) for number, row in enumerate(rows, 1)]
    if not any(checked[sheet] for sheet in SHEETS):
        msg = "it names no department, duty, area or rule"
        raise BadCatalogue(msg)
    return checked


def apply_catalogue(
    session: Session, content: Mapping[str, Any], *, now: datetime, by: int | None = None
) -> CatalogueCounts:
    """Add and change what the file names. Raises BadCatalogue, BadRule and AreaCycle; the caller undoes the rest."""
    counts = CatalogueCounts()
    for row in content["departments"]:
        _apply_department(session, row, counts)
    departments = {row.code: row.id or 0 for row in session.exec(select(Department))}
    for row in content["duties"]:
        _apply_duty(session, row, _known(departments, row, "duties"), counts)
    for row in content["areas"]:
        _apply_area(session, row, _known(departments, row, "areas") if row["department"] else None, counts)
    _apply_parents(session, content["areas"])
    known = {(rule.kind.value, rule.value): rule for rule in all_rules(session, include_disabled=True)}
    for row in content["rules"]:
        department_id = _known(departments, row, "rules")
        if (row["kind"], row["value"]) not in known:
            add_rule(
                session,
                kind=row["kind"],
                value=row["value"],
                department_id=department_id,
                position=len(known),
                note=row["note"],
                created_by=by,
                now=now,
            )
            counts.note("rules", added=True)
    return counts


def _picked(row: Any, sheet: str) -> dict[str, Any]:
    return {name: getattr(row, name) for name in SHEETS[sheet] if name not in ("department", "parent")}


def _checked(sheet: str, number: int, row: Any) -> dict[str, Any]:
    if not isinstance(row, Mapping):
        msg = f"{sheet}, row {number}: not a row"
        raise BadCatalogue(msg)
    shaped = {name: _shaped(name, row.get(name)) for name in SHEETS[sheet]}
    missing = [name for name in _NEEDED[sheet] if not shaped[name]]
    if missing:
        msg = f"{sheet}, row {number}: no {' and no '.join(missing)}"
        raise BadCatalogue(msg)
    kinds: dict[str, type[DepartmentKind] | type[RuleKind]] = {
        "departments": DepartmentKind,
        "rules": RuleKind,
    }
    if sheet in kinds:
        shaped["kind"] = shaped["kind"] or DepartmentKind.DEPARTMENT.value
        if shaped["kind"] not in set(kinds[sheet]):
            msg = f"{sheet}, row {number}: unknown kind {shaped['kind']!r}"
            raise BadCatalogue(msg)
    return shaped


def _shaped(name: str, value: Any) -> Any:
    if name in _LISTS:
        words = value if isinstance(value, list) else split_words(str(value or ""))
        return [str(word).strip() for word in words if str(word).strip()]
    if name == "exclusive":
        return value is True or str(value or "").strip().lower() in _YES
    if name == "threshold":
        try:
            number = None if value in (None, "") else float(value)
        except (TypeError, ValueError) as error:
            msg = f"threshold {value!r} is no number"
            raise BadCatalogue(msg) from error
        if number is not None and not 0 <= number <= 1:
            msg = f"threshold {value!r} is not between 0 and 1"
            raise BadCatalogue(msg)
        return number
    return str(value or "").strip()


def split_words(typed: str) -> list[str]:
    """Return the words of a list, however it was punctuated."""
    for mark in "，、；;\n\t":
        typed = typed.replace(mark, ",")
    return [word.strip() for word in typed.split(",") if word.strip()]


def _known(codes: Mapping[str, int], row: Mapping[str, Any], sheet: str) -> int:
    found = codes.get(row["department"])
    if found is None:
        msg = f"{sheet}: unknown department {row['department']!r}"
        raise BadCatalogue(msg)
    return found


def _apply_department(session: Session, row: Mapping[str, Any], counts: CatalogueCounts) -> None:
    known = session.exec(select(Department).where(Department.code == row["code"])).first()
    fields = {name: row[name] for name in ("name", "name_en", "phone", "aliases", "threshold")}
    if known is None:
        create_department(session, code=row["code"], kind=row["kind"], **fields)
        counts.note("departments", added=True)
    elif any(getattr(known, name) != value for name, value in fields.items()):
        update_department(session, known.id or 0, **fields)
        counts.note("departments", added=False)


def _apply_duty(
    session: Session, row: Mapping[str, Any], department_id: int, counts: CatalogueCounts
) -> None:
    known = session.exec(select(Duty).where(Duty.code == row["code"])).first()
    fields = {name: row[name] for name in ("title", "words", "basis", "exclusive")}
    fields["department_id"] = department_id
    if known is None:
        add_duty(session, code=row["code"], **fields)
        counts.note("duties", added=True)
    elif any(getattr(known, name) != value for name, value in fields.items()):
        update_duty(session, known.id or 0, **fields)
        counts.note("duties", added=False)


def _apply_area(
    session: Session, row: Mapping[str, Any], department_id: int | None, counts: CatalogueCounts
) -> None:
    known = session.exec(select(Area).where(Area.code == row["code"])).first()
    fields = {"name": row["name"], "aliases": row["aliases"], "department_id": department_id}
    if known is None:
        add_area(session, code=row["code"], **fields)
        counts.note("areas", added=True)
    elif any(getattr(known, name) != value for name, value in fields.items()):
        update_area(session, known.id or 0, **fields)
        counts.note("areas", added=False)


def _apply_parents(session: Session, rows: list[dict[str, Any]]) -> None:
    """Hang areas into the tree once all of them are there, so that a file may name them in any order."""
    ids = {area.code: area for area in session.exec(select(Area))}
    for row in rows:
        if row["parent"] and row["parent"] not in ids:
            msg = f"areas: unknown parent {row['parent']!r}"
            raise BadCatalogue(msg)
        parent_id = ids[row["parent"]].id if row["parent"] else None
        if ids[row["code"]].parent_id != parent_id:
            update_area(session, ids[row["code"]].id or 0, parent_id=parent_id)
