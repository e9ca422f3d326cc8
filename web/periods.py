"""Days and weeks of the deployment's time zone, as the figures count them."""

from datetime import date, datetime, time, timedelta

from inbox.case_lists import Between
from web.context import time_zone, today


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
