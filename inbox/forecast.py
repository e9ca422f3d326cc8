"""What will be overdue in the next three working days at the present pace, and who has free hands.

A department closes so many cases a working day: what it answered in the last twenty working days, by twenty. Its open
work is done in the order in which it falls due. What its pace does not reach before it falls due will be overdue.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import case as sql_case
from sqlalchemy import func
from sqlmodel import Session, col, select

from inbox.access import Viewer, visible_cases
from inbox.board import OPEN_NOW
from inbox.models import Case
from routing.models import Officer, Role
from sla.calendar import WorkingCalendar

DAYS_AHEAD = 3
DAYS_LOOKED_BACK = 20
_ROUNDING = 1e-9
"""Part of a case is a case, but not what binary fractions leave over."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """One department: cases falling due on each of the next days, its pace, and what it will not reach.

    `overdue` is late already and is worked off first. `will_be_late` are cases falling due in the days ahead that the
    pace does not reach in time.
    """

    department_id: int
    overdue: int
    due: tuple[int, ...]
    closed_per_day: float
    will_be_late: int


@dataclass(frozen=True, slots=True)
class Hands:
    """One officer: open cases beside what they usually close in the days ahead; `free` is how many more they could."""

    officer_id: int
    department_id: int | None
    open: int
    closed_per_day: float

    @property
    def free(self) -> int:
        """Return how many more cases fit into the days ahead at their usual pace; 0 for a full desk."""
        return max(0, int(self.closed_per_day * DAYS_AHEAD) - self.open)


@dataclass(frozen=True, slots=True)
class Forecast:
    """The outlook of every department that has work, and the officers with free hands, most first."""

    days: tuple[date, ...]
    departments: tuple[Outlook, ...]
    hands: tuple[Hands, ...]


def forecast(session: Session, viewer: Viewer, calendar: WorkingCalendar, *, now: datetime) -> Forecast:
    """Forecast for what the viewer may see; today counts as the first day while offices are still open."""
    days = _days_ahead(calendar, now)
    since = _days_back(calendar, now)
    closed = _closed_by(session, viewer, col(Case.department_id), since, now)
    due = _due_by_day(session, viewer, days, calendar, now)
    first_day = _left_of(days[0], calendar, now)
    departments = [
        outlook(key, overdue, counts, closed[key] / DAYS_LOOKED_BACK, first_day)
        for key, (overdue, counts) in due.items()
    ]
    return Forecast(
        days,
        tuple(sorted(departments, key=lambda one: (-one.will_be_late, -one.overdue, one.department_id))),
        _hands(session, viewer, since, now),
    )


def outlook(
    department_id: int, overdue: int, due: Sequence[int], closed_per_day: float, first_day: float = 1.0
) -> Outlook:
    """Work one department's days through: late work is done first, then what falls due first.

    By the end of day n the pace has closed (n - 1 + `first_day`) times `closed_per_day`; `first_day` is the part of
    the first day that is left. Of the cases due on day n, those behind that in the queue will be late.
    """
    ahead, late = overdue, 0.0
    for number, count in enumerate(due):
        ahead += count
        late += min(count, max(0.0, ahead - closed_per_day * (number + first_day)))
    return Outlook(department_id, overdue, tuple(due), closed_per_day, math.ceil(late - _ROUNDING))


def _days_ahead(calendar: WorkingCalendar, now: datetime) -> tuple[date, ...]:
    day = calendar.next_opening(now).astimezone(calendar.tz).date()
    days = [day]
    while len(days) < DAYS_AHEAD:
        day += timedelta(days=1)
        if calendar.is_working_day(day):
            days.append(day)
    return tuple(days)


def _left_of(day: date, calendar: WorkingCalendar, now: datetime) -> float:
    """Return which part of a day's office hours is still to come, 0..1."""
    start = datetime.combine(day, time.min, calendar.tz)
    end = start + timedelta(days=1)
    whole = calendar.working_time(start, end)
    return calendar.working_time(max(start, now), end) / whole if whole else 0.0


def _days_back(calendar: WorkingCalendar, now: datetime) -> datetime:
    """Return when the last `DAYS_LOOKED_BACK` whole working days began; today is not over and does not count."""
    day, found = now.astimezone(calendar.tz).date(), 0
    while found < DAYS_LOOKED_BACK:
        day -= timedelta(days=1)
        found += calendar.is_working_day(day)
    return datetime.combine(day, time.min, calendar.tz)


def _closed_by(session: Session, viewer: Viewer, key: object, since: datetime, now: datetime) -> Counter[int]:
    rows = session.execute(
        select(key, func.count())  # type: ignore[call-overload]
        .select_from(Case)
        .where(visible_cases(viewer), col(Case.replied_at) >= since, col(Case.replied_at) < now)
        .group_by(key)
    )
    return Counter({found: int(number) for found, number in rows if found is not None})


def _due_by_day(
    session: Session, viewer: Viewer, days: Sequence[date], calendar: WorkingCalendar, now: datetime
) -> dict[int, tuple[int, list[int]]]:
    """Count each department's overdue work, and what falls due by the end of each day ahead."""
    due_at = col(Case.next_due_at)
    ends = [datetime.combine(day + timedelta(days=1), time.min, calendar.tz) for day in days]
    step = sql_case((due_at < now, 0), *((due_at < end, n) for n, end in enumerate(ends, 1)), else_=None)
    rows = session.execute(
        select(col(Case.department_id), step, func.count())
        .where(visible_cases(viewer), OPEN_NOW, due_at < ends[-1], col(Case.department_id).is_not(None))
        .group_by(col(Case.department_id), step)
    )
    found: dict[int, list[int]] = {}
    for department_id, position, number in rows:
        found.setdefault(department_id, [0] * (len(days) + 1))[position] = int(number)
    return {department_id: (counts[0], counts[1:]) for department_id, counts in found.items()}


def _hands(session: Session, viewer: Viewer, since: datetime, now: datetime) -> tuple[Hands, ...]:
    """Return the officers who could take on more, most first; only those who have answered something lately."""
    closed = _closed_by(session, viewer, col(Case.assignee_id), since, now)
    loads: dict[int, int] = defaultdict(int)
    query = select(col(Case.assignee_id), func.count()).where(visible_cases(viewer), OPEN_NOW)
    for officer_id, number in session.execute(query.group_by(col(Case.assignee_id))):
        loads[officer_id] = int(number)
    people = session.execute(
        select(Officer.id, Officer.department_id, Officer.roles).where(col(Officer.disabled_at).is_(None))
    )
    hands = [
        Hands(officer_id, unit, loads[officer_id], closed[officer_id] / DAYS_LOOKED_BACK)
        for officer_id, unit, roles in people
        if Role.OFFICER.value in roles and closed[officer_id]
    ]
    return tuple(sorted((one for one in hands if one.free), key=lambda one: (-one.free, one.officer_id)))
