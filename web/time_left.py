"""The next deadline of a case in a list, from what the list already knows: `{{ row | time_left }}`."""

from datetime import datetime, timedelta

from flask import Flask
from flask_babel import gettext as _

from inbox.case_lists import CaseRow
from sla.models import Clock
from web.context import calendar, now
from web.deadline_words import SOON, URGENT, DeadlineWords, span_words
from web.i18n import format_instant, local
from web.words import word

_FEW_HOURS = timedelta(hours=3)


def time_left(row: CaseRow) -> DeadlineWords | None:
    """Say how much of a case's next deadline is left; None for a case that waits for nothing."""
    if row.next_due_at is None:
        return None
    label = word(Clock(row.next_clock)) if row.next_clock else None
    return time_left_until(row.next_due_at, row.due_started_at or row.received_at, label=label)


def time_left_until(due_at: datetime, began_at: datetime, *, label: str | None = None) -> DeadlineWords:
    """Say how much is left of a time that began and ends at these instants."""
    at = now()
    is_working = _counts_open_time(began_at, due_at)
    percent = _used(began_at, due_at, at, is_working=is_working)
    first, last = (due_at, at) if at > due_at else (at, due_at)
    span = _span_words(first, last, is_working=is_working)
    return DeadlineWords(
        words=_("%(span)s overdue", span=span) if at > due_at else _("%(span)s left", span=span),
        state="overdue" if at > due_at else _state(percent),
        percent=percent,
        due_at=local(due_at),
        due_text=format_instant(due_at),
        label=label,
    )


def init_time_left(app: Flask) -> None:
    """Let templates write `{{ ui.deadline_of(row | time_left) }}`."""
    app.jinja_env.filters["time_left"] = time_left


def _span_words(first: datetime, last: datetime, *, is_working: bool) -> str:
    """Say a length of time; outside office hours, when no open time has passed, the time on the clock."""
    length = _length(first, last, is_working=is_working)
    if is_working and length < timedelta(minutes=1):
        is_working, length = False, last - first
    return span_words(int(length.total_seconds()), working=is_working)


def _state(percent: int) -> str:
    if percent >= URGENT:
        return "urgent"
    return "soon" if percent >= SOON else "calm"


def _used(began_at: datetime, due_at: datetime, at: datetime, *, is_working: bool) -> int:
    whole = _length(began_at, due_at, is_working=is_working)
    if at >= due_at or whole <= timedelta():
        return 100
    return max(0, min(100, int(100 * (_length(began_at, at, is_working=is_working) / whole))))


def _length(first: datetime, last: datetime, *, is_working: bool) -> timedelta:
    return calendar().working_time(first, last) if is_working else last - first


def _counts_open_time(began_at: datetime, due_at: datetime) -> bool:
    """Tell whether open hours are the measure; a list does not carry the limit itself.

    A limit in working time ends while offices are open or as they close; one of a few hours reads the same
    in either measure.
    """
    ends_while_open = calendar().working_time(due_at - timedelta(minutes=1), due_at) > timedelta()
    return ends_while_open and due_at - began_at > _FEW_HOURS
