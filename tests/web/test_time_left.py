"""The time left in a list, from what the list knows."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask_babel import force_locale

from inbox.case_lists import CaseRow
from inbox.kinds import Kind
from inbox.models import CaseState, Platform
from tests.web.people import NOW
from web.deadline_words import DeadlineWords
from web.time_left import time_left

SHANGHAI = ZoneInfo("Asia/Shanghai")
ROW = CaseRow(
    id=1,
    tracking_code="AAAAA-AAAAA",
    title="路灯",
    excerpt="路灯",
    author=None,
    kind=Kind.COMPLAINT,
    platform=Platform.PORTAL,
    state=CaseState.ASSIGNED,
    tags=(),
    spam=False,
    sensitive=False,
    department_id=None,
    department=None,
    department_en=None,
    assignee=None,
    received_at=NOW - timedelta(hours=1),
    next_due_at=None,
    next_clock="first_reply",
    due_started_at=NOW - timedelta(hours=1),
    closed_at=None,
    return_count=0,
    repeat_count=0,
    reopened=False,
)


def local(day: int, clock: str) -> datetime:
    """Return an instant of November 2026 on Shanghai's clock; the tests stand on Friday the 20th at ten."""
    hour, minute = map(int, clock.split(":"))
    return datetime(2026, 11, day, hour, minute, tzinfo=SHANGHAI).astimezone(UTC)


def shown(app: Flask, **changes: object) -> DeadlineWords:
    with app.test_request_context("/"), force_locale("en"):
        found = time_left(replace(ROW, **changes))  # type: ignore[arg-type]
    assert found is not None
    return found


@pytest.mark.usefixtures("defaults")
@pytest.mark.parametrize(
    ("due_at", "words", "state"),
    [
        (local(20, "17:30"), "5 working hours left", "calm"),
        (local(27, "17:30"), "5 working days left", "calm"),
        (local(20, "09:30"), "30 minutes overdue", "overdue"),
        (local(20, "10:00"), "1 minute left", "urgent"),
        (local(19, "17:30"), "1 working hour overdue", "overdue"),
    ],
)
def test_open_hours_are_counted(app: Flask, due_at: datetime, words: str, state: str) -> None:
    found = shown(app, next_due_at=due_at, due_started_at=due_at - timedelta(days=5))

    if state == "calm":
        found = shown(app, next_due_at=due_at, due_started_at=NOW)
    assert found.words == words
    assert found.state == state


@pytest.mark.usefixtures("defaults")
def test_limit_of_hours_that_runs_through_the_night_is_said_in_hours(app: Flask) -> None:
    found = shown(app, next_due_at=local(20, "23:00"), due_started_at=local(19, "23:00"))

    assert found.words == "13 hours left"


@pytest.mark.usefixtures("defaults")
def test_case_that_waits_for_nothing_has_no_time_left(app: Flask) -> None:
    with app.test_request_context("/"):
        assert time_left(replace(ROW, next_due_at=None)) is None


@pytest.mark.usefixtures("defaults")
def test_used_part_grows_from_nothing_to_all(app: Flask) -> None:
    began, due = local(20, "08:30"), local(20, "17:30")

    at_ten = shown(app, due_started_at=began, next_due_at=due)
    long_ago = shown(app, due_started_at=local(2, "08:30"), next_due_at=local(3, "17:30"))

    assert at_ten.percent == 21
    assert long_ago.percent == 100
