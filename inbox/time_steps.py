"""The steps of time in which the board, its charts and the case lists count work: its age, today, this week."""

from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, and_
from sqlmodel import col

from inbox.models import Case


class Age(StrEnum):
    """Time since a message was received; the last two are the backstops amber and red (service-levels.md)."""

    UNDER_1_DAY = "under_1_day"
    UNDER_3_DAYS = "under_3_days"
    UNDER_7_DAYS = "under_7_days"
    UNDER_15_DAYS = "under_15_days"
    UNDER_30_DAYS = "under_30_days"
    UNDER_60_DAYS = "under_60_days"
    UNDER_90_DAYS = "under_90_days"
    OLDER = "older"


_UPPER_DAYS = {
    Age.UNDER_1_DAY: 1,
    Age.UNDER_3_DAYS: 3,
    Age.UNDER_7_DAYS: 7,
    Age.UNDER_15_DAYS: 15,
    Age.UNDER_30_DAYS: 30,
    Age.UNDER_60_DAYS: 60,
    Age.UNDER_90_DAYS: 90,
}


def received_since(age: Age, now: datetime) -> datetime | None:
    """Return after which instant a case of this age was received; None for the oldest."""
    days = _UPPER_DAYS.get(age)
    return None if days is None else now - timedelta(days=days)


def of_age(age: Age, now: datetime) -> ColumnElement[bool]:
    """Return the condition for cases of this age; exactly one day old is no longer under one day."""
    steps = list(Age)
    after = received_since(age, now)
    younger = steps[steps.index(age) - 1] if age != steps[0] else None
    before = received_since(younger, now) if younger else None
    bounds = []
    if after is not None:
        bounds.append(col(Case.received_at) > after)
    if before is not None:
        bounds.append(col(Case.received_at) <= before)
    return and_(*bounds)


def end_of_week(end_of_day: datetime) -> datetime:
    """Return when the Sunday of this week ends, given when today ends in the deployment's time zone."""
    return end_of_day + timedelta(days=6 - end_of_day.weekday())
