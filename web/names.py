"""Names behind the ids that events and reasons keep, looked up once a request."""

from typing import cast

from flask import g

from routing.departments import DepartmentView, all_departments
from routing.officers import OfficerView, all_officers
from web.context import current_session
from web.i18n import language


def departments() -> dict[int, DepartmentView]:
    """Return every department, closed ones too, by id."""
    if "departments" not in g:
        g.departments = {unit.id: unit for unit in all_departments(current_session(), include_closed=True)}
    return cast("dict[int, DepartmentView]", g.departments)


def officers() -> dict[int, OfficerView]:
    """Return every officer, disabled ones too, by id."""
    if "officers" not in g:
        g.officers = {person.id: person for person in all_officers(current_session(), include_disabled=True)}
    return cast("dict[int, OfficerView]", g.officers)


def department_name(department_id: int | None) -> str:
    """Return a department's name in the reader's language; a dash for none."""
    unit = departments().get(department_id or 0)
    return unit.label(language()) if unit else "—"


def department_names() -> dict[str, str]:
    """Return every department's name in the reader's language, by code."""
    return {unit.code: unit.label(language()) for unit in departments().values()}


def officer_name(officer_id: int | None) -> str:
    """Return an officer's name in the reader's language; a dash for none."""
    person = officers().get(officer_id or 0)
    return name_of(person) if person else "—"


def name_of(officer: OfficerView) -> str:
    """Return an officer's name in the reader's language; Chinese when there is no other."""
    return officer.name_en if language() == "en" and officer.name_en else officer.name


def department_choices() -> list[tuple[int, str]]:
    """Return the open departments as a select field wants them."""
    return [(unit.id, unit.label(language())) for unit in departments().values() if unit.is_open]
