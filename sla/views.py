"""Deadlines as people look at them: on time, running, due soon, overdue, and how much time is left."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlmodel import Session

from sla.calendar import WorkingCalendar
from sla.deadline_rows import DEADLINES
from sla.limits import parse_limit
from sla.models import Clock

CHUNK = 500


class DeadlineState(StrEnum):
    """What a deadline is at a given instant."""

    running = "running"
    paused = "paused"
    overdue = "overdue"
    met = "met"
    met_late = "met_late"
    cancelled = "cancelled"


@dataclass(frozen=True, slots=True)
class DeadlineView:
    """One clock of a case with everything that happened to it."""

    id: int
    subject_id: int
    clock: Clock
    round: int
    policy_id: int | None
    policy_code: str
    limit: str
    extension: str
    department: str
    started_at: datetime
    due_at: datetime
    met_at: datetime | None
    breached_at: datetime | None
    cancelled_at: datetime | None
    paused_at: datetime | None
    provisional: bool
    next_step_at: datetime | None
    next_step: str

    @property
    def is_open(self) -> bool:
        """Tell whether the clock still waits for something."""
        return self.met_at is None and self.cancelled_at is None

    def is_overdue(self, now: datetime) -> bool:
        """Tell whether an open deadline has passed; due exactly now is not overdue, nor is a paused one."""
        if not self.is_open:
            return False
        return (self.paused_at or now) > self.due_at

    def state(self, now: datetime) -> DeadlineState:
        """Sum up a deadline in one word."""
        if self.cancelled_at is not None:
            return DeadlineState.cancelled
        if self.met_at is not None:
            return DeadlineState.met if self.met_at <= self.due_at else DeadlineState.met_late
        if self.is_overdue(now):
            return DeadlineState.overdue
        return DeadlineState.paused if self.paused_at is not None else DeadlineState.running


@dataclass(frozen=True, slots=True)
class TimeLeft:
    """How long until a deadline, or since if overdue: open time for working limits, else elapsed time."""

    seconds: int
    is_working_time: bool
    is_overdue: bool


def deadlines_of(session: Session, subject_ids: Iterable[int]) -> dict[int, list[DeadlineView]]:
    """Read the deadlines of cases, every case with a list, ordered by clock as declared and by round."""
    ids = list(dict.fromkeys(subject_ids))
    found: dict[int, list[DeadlineView]] = {subject_id: [] for subject_id in ids}
    columns = [DEADLINES.c[name] for name in DeadlineView.__dataclass_fields__]
    for first in range(0, len(ids), CHUNK):
        query = sa.select(*columns).where(DEADLINES.c.subject_id.in_(ids[first : first + CHUNK]))
        for row in session.execute(query):
            found[row.subject_id].append(DeadlineView(*row))
    order = {clock: n for n, clock in enumerate(Clock)}
    for views in found.values():
        views.sort(key=lambda view: (order[view.clock], view.round))
    return found


def time_left(calendar: WorkingCalendar, view: DeadlineView, *, now: datetime) -> TimeLeft:
    """Measure how much of a deadline is left at an instant; a paused one stands where it was stopped."""
    at = view.paused_at or view.met_at or view.cancelled_at or now
    overdue = at > view.due_at
    working = parse_limit(view.limit).is_working_time
    span = calendar.working_time(at, view.due_at, view.department) if working else view.due_at - at
    return TimeLeft(int(abs(span.total_seconds())), working, overdue)
