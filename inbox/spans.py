"""The periods in which figures are reported: weeks from Monday, months, quarters, years."""

from datetime import date, timedelta
from enum import StrEnum


class SpanKind(StrEnum):
    """How long a reporting period is."""

    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


_MONTHS = {SpanKind.MONTH: 1, SpanKind.QUARTER: 3, SpanKind.YEAR: 12}


def span_of(kind: SpanKind, day: date) -> tuple[date, date]:
    """Return the first and last day of the period in which a day lies."""
    if kind == SpanKind.WEEK:
        monday = day - timedelta(days=day.weekday())
        return monday, monday + timedelta(days=6)
    months = _MONTHS[kind]
    first = date(day.year, (day.month - 1) // months * months + 1, 1)
    after = first.month + months
    return first, date(first.year + (after - 1) // 12, (after - 1) % 12 + 1, 1) - timedelta(days=1)


def span_before(kind: SpanKind, day: date) -> tuple[date, date]:
    """Return the last period that was over before the one in which a day lies."""
    return span_of(kind, span_of(kind, day)[0] - timedelta(days=1))
