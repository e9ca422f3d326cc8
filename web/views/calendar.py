"""The working calendar: every day of a year with the notice behind it, and loading a new notice with a preview."""

import json
import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from inbox.clock_changes import load_holiday_notices, remove_holiday_notice
from routing.models import Role
from sla.calendar_editing import (
    CalendarPreview,
    calendar_years,
    days_of_year,
    find_notice,
    list_hours,
    preview_notices,
    preview_removal,
)
from sla.errors import BadNotice
from sla.holidays import Notice, read_notices
from sla.hours import Hours
from web.calendar_words import (
    MonthShown,
    day_name,
    day_word,
    hours_words,
    months_of,
    spans_of,
    weekday_names,
)
from web.context import calendar, current_session, now, services, the_officer, today
from web.errors import sentence_for, status_for
from web.frame import Place
from web.guards import roles
from web.moves import shown_moves
from web.names import department_names

blueprint = Blueprint("calendar", __name__, url_prefix="/calendar")

PLACES = (Place("calendar.index", _l("Calendar"), "calendar3", "administration", 50),)

KEEPERS = (Role.ADMINISTRATOR, Role.SUPERVISOR)

_SPAN = re.compile(r"^\s*(\d{4}-\d{2}-\d{2})(?:\s*(?:\.\.|~|至|到|–|—)\s*(\d{4}-\d{2}-\d{2}))?\s+(\S.*?)\s*$")


@blueprint.get("")
@roles(*Role)
def index() -> ResponseReturnValue:
    """Show a year: its months, what the notices say of it, and the office hours."""
    book = calendar()
    years = calendar_years(book, through=today().year + 1)
    year = request.args.get("year", today().year, type=int)
    if year not in {shown.year for shown in years}:
        year = today().year
    return render_template(
        "calendar/index.html",
        year=next((shown for shown in years if shown.year == year), None),
        shown_year=year,
        years=[shown.year for shown in years],
        months=_months(year),
        spans=spans_of(day for day in days_of_year(book, year) if day.name),
        hours=[hours_words(rule, department_names()) for rule in _hours()],
        weekdays=weekday_names(),
    )


@blueprint.get("/notices/new")
@roles(*KEEPERS)
def new_notice() -> ResponseReturnValue:
    """Show the form for a notice, by hand or as a file."""
    typed = {"year": str(request.args.get("year", today().year + 1, type=int))}
    return render_template("calendar/notice.html", typed=typed, error=None)


@blueprint.post("/notices/preview")
@roles(*KEEPERS)
def preview() -> ResponseReturnValue:
    """Show which days and deadlines a notice would change; nothing is changed yet."""
    try:
        content = _content()
        notices = read_notices(content, _("form"))
    except BadNotice as error:
        page = render_template("calendar/notice.html", typed=request.form, error=sentence_for(error))
        return page, status_for(error)
    effect = preview_notices(current_session(), notices, calendar(), now=now())
    return _preview(
        notices,
        effect,
        heading=_("What the notice would change"),
        button=_("Load the notice"),
        action=url_for("calendar.load"),
        content=content,
    )


@blueprint.post("/notices")
@roles(*KEEPERS)
def load() -> ResponseReturnValue:
    """Load a notice: every deadline that it touches is computed again, and each move is logged."""
    notices: list[Notice] = read_notices(request.form.get("content", ""), _("form"))
    effect = load_holiday_notices(
        current_session(), notices, calendar(), now=now(), actor_id=the_officer().id
    )
    services().knowledge.forget()
    text = _("The notice is loaded. %(days)s days changed, %(moves)s deadlines were moved.")
    flash(text % {"days": len(effect.changed_days), "moves": len(effect.moves)}, "success")
    return redirect(url_for("calendar.index", year=notices[0].year))


@blueprint.get("/notices/<int:year>/remove")
@roles(*KEEPERS)
def ask_remove(year: int) -> ResponseReturnValue:
    """Show what taking a notice out again would move; nothing is changed yet."""
    notice = _notice(year)
    return _preview(
        [notice],
        preview_removal(current_session(), notice, calendar(), now=now()),
        heading=_("What taking the notice out again would change"),
        button=_("Take the notice out again"),
        action=url_for("calendar.remove", year=year, number=notice.number, region=notice.region),
        removing=True,
    )


@blueprint.post("/notices/<int:year>/remove")
@roles(*KEEPERS)
def remove(year: int) -> ResponseReturnValue:
    """Take a notice out again, such as one that was loaded by mistake."""
    effect = remove_holiday_notice(
        current_session(), _notice(year), calendar(), now=now(), actor_id=the_officer().id
    )
    services().knowledge.forget()
    text = _("The notice is out of the calendar. %(days)s days changed, %(moves)s deadlines were moved.")
    flash(text % {"days": len(effect.changed_days), "moves": len(effect.moves)}, "success")
    return redirect(url_for("calendar.index", year=year))


def _notice(year: int) -> Notice:
    asked = request.args
    return find_notice(current_session(), year, asked.get("region", ""), asked.get("number", ""))


def _preview(notices: list[Notice], effect: CalendarPreview, **words: Any) -> str:
    return render_template(
        "calendar/preview.html",
        notices=notices,
        effect=effect,
        days=[
            (day, day_word(day.was), day_word(day.becomes), day_name(day.becomes))
            for day in effect.changed_days
        ],
        moves=shown_moves(effect.moves),
        **words,
    )


def _months(year: int) -> list[MonthShown]:
    return months_of(calendar(), year, today())


def _hours() -> list[Hours]:
    return list_hours(current_session()) or list(calendar().hours)


def _content() -> str:
    """Return the notice as JSON: the uploaded file, or what was typed."""
    file = request.files.get("file")
    if file is not None and file.filename:
        content: bytes = file.read()
        return content.decode("utf-8", errors="replace")
    form = request.form
    notice: dict[str, Any] = {
        "year": form.get("year", type=int),
        "number": form.get("number", "").strip(),
        "title": form.get("title", "").strip(),
        "issued_on": form.get("issued_on", "").strip(),
        "source": form.get("source", "").strip(),
        "region": form.get("region", "").strip(),
        "days": [
            *_days("holidays", "holiday"),
            *_days("workdays", "workday"),
            *_days("half_days", "half_day"),
        ],
    }
    return json.dumps(notice, ensure_ascii=False)


def _days(box: str, kind: str) -> Iterator[dict[str, str]]:
    """Read lines such as ``2027-01-01 至 2027-01-03 元旦``; one that cannot be read is left to the check."""
    for line in request.form.get(box, "").splitlines():
        if not line.strip():
            continue
        found = _SPAN.match(line)
        if found is None:
            yield {"on": line.strip(), "kind": kind}
            continue
        first, last, name = found.group(1), found.group(2) or found.group(1), found.group(3)
        yield from ({"on": on, "kind": kind, "name": name} for on in _span(first, last))


def _span(first: str, last: str) -> Iterator[str]:
    try:
        start, end = date.fromisoformat(first), date.fromisoformat(last)
    except ValueError:
        yield f"{first} {last}"
        return
    for number in range(min((end - start).days, 31) + 1):
        yield (start + timedelta(days=number)).isoformat()
