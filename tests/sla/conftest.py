"""The cast of the deadline tests: the shipped calendar, the default policies and a few instants."""

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import Session

from sla.calendar import WorkingCalendar, load_calendar, shipped_calendar
from sla.deadlines import start_deadlines, starts_of
from sla.defaults import install_defaults
from sla.policies import PolicyBook, load_policies

SHANGHAI = ZoneInfo("Asia/Shanghai")


def at(text: str, zone: ZoneInfo = SHANGHAI) -> datetime:
    """Read a local time such as "2026-09-30 16:00"."""
    return datetime.fromisoformat(text).replace(tzinfo=zone)


@pytest.fixture(scope="session")
def calendar() -> WorkingCalendar:
    """The calendar that comes with the program."""
    return shipped_calendar()


@pytest.fixture
def county(session: Session) -> Session:
    """A database with the defaults of a new deployment."""
    install_defaults(session)
    return session


@pytest.fixture
def county_calendar(county: Session) -> WorkingCalendar:
    """The calendar of that deployment."""
    return load_calendar(county)


@pytest.fixture
def book(county: Session) -> PolicyBook:
    """Its policies."""
    return load_policies(county)


@pytest.fixture
def open_case(county: Session, county_calendar: WorkingCalendar, book: PolicyBook) -> Callable[..., None]:
    """Start the first clocks of a case."""

    def start(subject_id: int, received_at: datetime, policy: str = "help", department: str = "") -> None:
        starts = starts_of(book.policy(policy), subject_id, received_at, department=department)
        start_deadlines(county, starts, county_calendar)

    return start
