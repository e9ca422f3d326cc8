"""Deadlines as people read them: time left in one unit, a bar, and every day counted or skipped with its reason."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from flask_babel import get_locale, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from inbox.deadlines import CITIZEN_CLOCKS
from sla.calendar import WorkingCalendar
from sla.errors import BadLimit
from sla.explanation import Day, Explanation
from sla.limits import Unit, parse_limit
from sla.views import DeadlineState, DeadlineView, time_left
from web.i18n import format_instant, is_chinese, local

WORKING_DAY = timedelta(hours=7)
SOON, URGENT = 50, 80
"""From which percentage of a limit on it is shown as pressing; the policies warn at the same two."""


@dataclass(frozen=True, slots=True)
class DeadlineWords:
    """What the deadline component shows."""

    words: str
    state: str
    percent: int | None = None
    due_at: datetime | None = None
    due_text: str | None = None
    label: str | None = None
    provisional: bool = False


@dataclass(frozen=True, slots=True)
class StripDay:
    """One day of the calendar strip."""

    weekday: str
    date: str
    kind: str
    why: str
    iso: str
    start: bool = False
    due: bool = False
    today: bool = False


def deadline_words(
    calendar: WorkingCalendar, view: DeadlineView, *, now: datetime, label: str | None = None
) -> DeadlineWords:
    """Say how much of a deadline is left, was left when it was met, or by how much it has passed."""
    words = _brief(calendar, view, now=now)
    return replace(words, due_at=local(view.due_at), due_text=format_instant(view.due_at), label=label)


def _brief(calendar: WorkingCalendar, view: DeadlineView, *, now: datetime) -> DeadlineWords:
    state, left = view.state(now), time_left(calendar, view, now=now)
    span = span_words(left.seconds, working=left.is_working_time)
    if left.is_overdue and left.is_working_time and left.seconds < 60:
        # Friday's closing time, read on Saturday: no open minute has passed, but a day has.
        since = (view.met_at or view.paused_at or now) - view.due_at
        span = span_words(int(since.total_seconds()), working=False)
    words, look = _look(state, span)
    percent = None if state == DeadlineState.cancelled else _used(calendar, view, now=now)
    if look == "calm" and percent is not None:
        look = "urgent" if percent >= URGENT else "soon" if percent >= SOON else "calm"
    return DeadlineWords(
        words=words,
        state=look,
        percent=100 if state == DeadlineState.overdue else percent,
        provisional=view.provisional,
    )


def row_deadline(
    calendar: WorkingCalendar, views: Sequence[DeadlineView], *, now: datetime
) -> DeadlineWords | None:
    """Say what matters in a list: the open clock that falls due first, else how the answer's clock ended."""
    view = pressing(views)
    if view is None:
        return None
    shown = _brief(calendar, view, now=now)
    return DeadlineWords(shown.words, shown.state, shown.percent if view.is_open else None)


def pressing(views: Sequence[DeadlineView]) -> DeadlineView | None:
    """Return the deadline that a case is shown with: the open one that falls due first, else how the last ended.

    The backstop on the citizen's whole waiting time speaks only for a case that never had another clock.
    """
    clocks = [view for view in views if view.clock in CITIZEN_CLOCKS] or list(views)
    running = [view for view in clocks if view.is_open]
    if running:
        return min(running, key=lambda view: view.due_at)
    over = [view for view in clocks if view.met_at is not None]
    return max(over, key=lambda view: (view.met_at or view.due_at, view.due_at), default=None)


def span_words(seconds: int, *, working: bool) -> str:
    """Write a length of time in the one unit that says most: days from two on, hours from one on, else minutes."""
    minutes = seconds // 60
    per_day = int(WORKING_DAY.total_seconds()) // 60 if working else 24 * 60
    if minutes >= 2 * per_day:
        return _amount(Unit.working_days if working else Unit.days, minutes // per_day)
    if minutes >= 60:
        return _amount(Unit.working_hours if working else Unit.hours, minutes // 60)
    return _amount(Unit.minutes, max(1, minutes))


def limit_words(limit: str) -> str:
    """Write a limit such as 2wd the way an officer says it."""
    try:
        parsed = parse_limit(limit)
    except BadLimit:
        return limit
    if parsed.next_day:
        return str(_("by the end of the next working day"))
    words = _amount(parsed.unit, parsed.amount)
    return str(_("%(limit)s from the next opening", limit=words)) if parsed.from_opening else words


def _amount(unit: Unit, amount: int) -> str:
    words = {
        Unit.working_minutes: ngettext("%(num)s working minute", "%(num)s working minutes", amount),
        Unit.working_hours: ngettext("%(num)s working hour", "%(num)s working hours", amount),
        Unit.working_days: ngettext("%(num)s working day", "%(num)s working days", amount),
        Unit.minutes: ngettext("%(num)s minute", "%(num)s minutes", amount),
        Unit.hours: ngettext("%(num)s hour", "%(num)s hours", amount),
        Unit.days: ngettext("%(num)s day", "%(num)s days", amount),
        Unit.months: ngettext("%(num)s month", "%(num)s months", amount),
    }
    return str(words[unit])


def strip_days(explanation: Explanation, *, today: date) -> list[StripDay]:
    """Lay out the days of a deadline for the calendar strip."""
    days = explanation.days
    locale = get_locale()
    weekdays, months = locale.days["format"]["abbreviated"], locale.months["format"]["abbreviated"]
    chinese = is_chinese()
    return [
        StripDay(
            weekday=weekdays[day.date.weekday()],
            date=f"{day.date.month}/{day.date.day}"
            if chinese
            else f"{day.date.day} {months[day.date.month]}",
            kind=_kind(day),
            why=day_words(day),
            iso=day.date.isoformat(),
            start=number == 0,
            due=number == len(days) - 1,
            today=day.date == today,
        )
        for number, day in enumerate(days)
    ]


def notices_of(explanation: Explanation) -> list[str]:
    """Return the numbers of the holiday notices that shaped a deadline, once each."""
    numbers: Iterable[Any] = (day.reason.params.get("notice") for day in explanation.days)
    return list(dict.fromkeys(str(number) for number in numbers if number))


DAY_REASONS = {
    "received": _l("received, not counted"),
    "before_opening": _l("before opening"),
    "weekday": _l("working day"),
    "weekend": _l("weekend"),
    "holiday": _l("holiday"),
    "statutory_day": _l("public holiday by law"),
    "make_up_day": _l("make-up working day"),
    "half_day": _l("half day"),
    "calendar_day": _l("counted"),
    "rolled": _l("day off, moved on"),
    "paused": _l("paused"),
    "outside_hours": _l("outside office hours"),
}


def day_words(day: Day) -> str:
    """Say in a word or two why a day counted or not."""
    params = day.reason.params
    name = str(params.get("name", "") if is_chinese() else params.get("name_en") or params.get("name", ""))
    if day.reason.code in ("holiday", "statutory_day") and name:
        return name
    if day.counted and day.seconds and day.reason.code == "weekday":
        return str(_("%(span)s counted", span=span_words(day.seconds, working=False)))
    return str(DAY_REASONS.get(day.reason.code, day.reason.code))


def _kind(day: Day) -> str:
    if day.reason.code == "paused":
        return "paused"
    if day.reason.code == "make_up_day" and day.counted:
        return "makeup"
    return "counted" if day.counted else "skipped"


def _look(state: DeadlineState, span: str) -> tuple[str, str]:
    return {
        DeadlineState.running: (_("%(span)s left", span=span), "calm"),
        DeadlineState.paused: (_("Paused, %(span)s left", span=span), "paused"),
        DeadlineState.overdue: (_("%(span)s overdue", span=span), "overdue"),
        DeadlineState.met: (_("Done in time"), "met"),
        DeadlineState.met_late: (_("Done %(span)s late", span=span), "none"),
        DeadlineState.cancelled: (_("Cancelled"), "none"),
    }[state]


def _used(calendar: WorkingCalendar, view: DeadlineView, *, now: datetime) -> int:
    at = view.met_at or view.paused_at or now
    if parse_limit(view.limit).is_working_time:
        whole = calendar.working_time(view.started_at, view.due_at, view.department)
        used = calendar.working_time(view.started_at, at, view.department)
    else:
        whole, used = view.due_at - view.started_at, at - view.started_at
    if whole <= timedelta():
        return 100
    return max(0, min(100, int(100 * used / whole)))
