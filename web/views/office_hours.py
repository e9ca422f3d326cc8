"""Office hours: for everybody and for single departments, by season, changed with a look at what would move."""

import json
import re
from collections.abc import Mapping
from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from inbox.clock_changes import change_office_hours
from routing.models import Role
from sla.calendar_editing import list_hours, preview_hours
from sla.errors import BadOfficeHours
from sla.hours import DEFAULT_BASIS, Hours, check_hours, read_periods
from web.calendar_words import default_basis, hours_words
from web.context import calendar, current_session, now, services, the_officer
from web.errors import sentence_for, status_for
from web.guards import roles
from web.moves import shown_moves
from web.names import department_names
from web.problems import problem_words

blueprint = Blueprint("office_hours", __name__, url_prefix="/calendar/hours")

KEEPERS = (Role.ADMINISTRATOR, Role.SUPERVISOR)
MOST_LINES = 60
FIELDS = ("department", "season_from", "season_to", "periods", "valid_from", "valid_until", "basis")

_PERIOD = re.compile(r"(\d{1,2}:\d{2})\s*(?:-|–|—|~|至|到)\s*(\d{1,2}:\d{2})")
_BETWEEN = re.compile(r"[\s,;，；、·]*")


@blueprint.get("")
@roles(*KEEPERS)
def edit() -> ResponseReturnValue:
    """Show every line of office hours, ready to be changed."""
    rules = list_hours(current_session()) or list(calendar().hours)
    return _form([_as_line(rule) for rule in rules], {})


@blueprint.post("/preview")
@roles(*KEEPERS)
def preview() -> ResponseReturnValue:
    """Show which deadlines the changed hours would move; nothing is changed yet. `do=add` adds an empty line."""
    lines = _lines()
    if request.form.get("do") == "add":
        return _form([*lines, dict.fromkeys(FIELDS, "")], {})
    rules, errors = _rules(lines)
    if errors:
        return _form(lines, errors), 422
    try:
        effect = preview_hours(current_session(), rules, calendar(), now=now())
    except BadOfficeHours as error:
        return _form(lines, {"line-1": sentence_for(error)}), status_for(error)
    return render_template(
        "office_hours/preview.html",
        rules=[hours_words(rule, department_names()) for rule in rules],
        content=json.dumps(lines, ensure_ascii=False),
        effect=effect,
        moves=shown_moves(effect.moves),
    )


@blueprint.post("")
@roles(*KEEPERS)
def change() -> ResponseReturnValue:
    """Put the hours in force: every deadline that they touch is computed again, and each move is logged."""
    rules, errors = _rules(_kept(request.form.get("content", "")))
    if errors:
        raise BadOfficeHours("; ".join(errors.values()))
    effect = change_office_hours(current_session(), rules, calendar(), now=now(), actor_id=the_officer().id)
    services().knowledge.forget()
    moved = len(effect.moves)
    said = ngettext(
        "The office hours are in force. %(num)s deadline was moved.",
        "The office hours are in force. %(num)s deadlines were moved.",
        moved,
    )
    flash(said, "success")
    return redirect(url_for("calendar.index") + "#hours-title")


def _lines() -> list[dict[str, str]]:
    """Return what was typed, line by line; a line without opening times is left out."""
    columns = {name: request.form.getlist(name)[:MOST_LINES] for name in FIELDS}
    count = max(map(len, columns.values()), default=0)
    lines = [
        {name: values[row].strip() if row < len(values) else "" for name, values in columns.items()}
        for row in range(count)
    ]
    return [line for line in lines if line["periods"]]


def _kept(content: str) -> list[dict[str, str]]:
    """Return the lines that the preview carried along; an unreadable content has none."""
    try:
        found = json.loads(content)
    except ValueError:
        return []
    if not isinstance(found, list):
        return []
    lines = [line for line in found if isinstance(line, Mapping)]
    return [{name: str(line.get(name, "")) for name in FIELDS} for line in lines]


def _rules(lines: list[dict[str, str]]) -> tuple[list[Hours], dict[str, str]]:
    """Read every line, with a sentence for each that cannot be used."""
    rules: list[Hours] = []
    errors: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        try:
            rules.append(_rule(line))
        except BadOfficeHours as error:
            errors[f"line-{number}"] = _(
                "Line %(number)s: %(problem)s", number=number, problem=problem_words(error.problem)
            )
    return rules, errors


def _rule(line: Mapping[str, str]) -> Hours:
    rule = Hours(
        periods=read_periods(_periods(line["periods"])),
        department=line["department"],
        season_from=line["season_from"],
        season_to=line["season_to"],
        valid_from=_day(line["valid_from"]) or date.min,
        valid_until=_day(line["valid_until"]),
        basis=DEFAULT_BASIS if line["basis"] == default_basis() else line["basis"][:200],
    )
    check_hours(rule)
    return rule


def _periods(text: str) -> list[list[str]]:
    """Read "8:30-12:00, 14:00-17:30"; what is neither a period nor a comma is refused."""
    if _BETWEEN.fullmatch(_PERIOD.sub("", text)) is None:
        raise BadOfficeHours(_("%(text)s is not a list such as 08:30-12:00, 14:00-17:30", text=text[:60]))
    return [[edge.zfill(5) for edge in found.groups()] for found in _PERIOD.finditer(text)]


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise BadOfficeHours(_("%(text)s is not a day", text=text[:60])) from None


def _as_line(rule: Hours) -> dict[str, str]:
    return {
        "department": rule.department,
        "season_from": rule.season_from,
        "season_to": rule.season_to,
        "periods": ", ".join(f"{opens:%H:%M}-{closes:%H:%M}" for opens, closes in rule.periods),
        "valid_from": rule.valid_from.isoformat() if rule.valid_from > date.min else "",
        "valid_until": rule.valid_until.isoformat() if rule.valid_until else "",
        "basis": default_basis() if rule.basis == DEFAULT_BASIS else rule.basis,
    }


def _form(lines: list[dict[str, str]], errors: Mapping[str, str]) -> str:
    units = list(department_names().items())
    return render_template("office_hours/edit.html", lines=lines, units=units, errors=errors)
