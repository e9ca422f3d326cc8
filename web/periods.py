"""Days, weeks and longer periods of the deployment's time zone, as the figures count them."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from flask import request
from flask_babel import gettext as _

from inbox.case_lists import Between
from inbox.indicators.cohort import Period
from inbox.spans import SpanKind, span_before, span_of
from web.context import time_zone, today
from web.i18n import format_day


@dataclass(frozen=True, slots=True)
class Span:
    """A period as a person chose it: first and last day, both included."""

    first: date
    last: date
    label: str
    kind: SpanKind | None = None

    @property
    def period(self) -> Period:
        """Return the instants between which it lies."""
        return Period(*between(self.first, self.last))

    @property
    def query(self) -> dict[str, str]:
        """Return it as an address holds it."""
        return {"from": self.first.isoformat(), "to": self.last.isoformat()}


def between(first: date, last: date) -> Between:
    """Return the instants from the beginning of the first day to the end of the last."""
    zone = time_zone()
    return datetime.combine(first, time.min, zone), datetime.combine(last + timedelta(days=1), time.min, zone)


def last_days(count: int) -> list[Between]:
    """Return the last days, oldest first; the last one is today."""
    return [between(day, day) for day in (today() - timedelta(days=n) for n in range(count - 1, -1, -1))]


def last_weeks(count: int) -> list[Between]:
    """Return the last whole weeks, Monday to Sunday, oldest first; this week is not over and not among them."""
    monday = today() - timedelta(days=today().weekday())
    starts = (monday - timedelta(weeks=n) for n in range(count, 0, -1))
    return [between(start, start + timedelta(days=6)) for start in starts]


def chosen_span() -> Span:
    """Read the period from the address; without one, or with nonsense, it is this month."""
    first, last = _day("from"), _day("to")
    if first is None or last is None or last < first:
        first, last = span_of(SpanKind.MONTH, today())
    kind = next((kind for kind in SpanKind if span_of(kind, first) == (first, last)), None)
    return Span(first, last, span_label(kind, first, last), kind)


def span_label(kind: SpanKind | None, first: date, last: date) -> str:
    """Name a period the way people do."""
    if kind == SpanKind.YEAR:
        return str(_("%(year)s", year=first.year))
    if kind == SpanKind.QUARTER:
        return str(_("quarter %(number)s of %(year)s", number=(first.month + 2) // 3, year=first.year))
    if kind == SpanKind.MONTH:
        return str(_("%(month)s/%(year)s", month=first.month, year=first.year))
    return str(_("%(first)s to %(last)s", first=format_day(first), last=format_day(last)))


def span_choices() -> list[tuple[str, dict[str, Any]]]:
    """Return the periods one asks for most, each with its address."""
    words = {
        SpanKind.WEEK: (_("This week"), _("Last week")),
        SpanKind.MONTH: (_("This month"), _("Last month")),
        SpanKind.QUARTER: (_("This quarter"), _("Last quarter")),
        SpanKind.YEAR: (_("This year"), _("Last year")),
    }
    found = []
    for kind, (this, previous) in words.items():
        for label, (first, last) in ((this, span_of(kind, today())), (previous, span_before(kind, today()))):
            found.append((str(label), {"from": first.isoformat(), "to": last.isoformat()}))
    return found


def _day(name: str) -> date | None:
    try:
        return date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None
