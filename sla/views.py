"""Deadlines as people look at them: on time, running, due soon, overdue, and how much time is left."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from sla.calendar import WorkingCalendar
from sla.course import Pause
from sla.deadline_rows import DEADLINES, HANDLING_CLOCKS
from sla.explanation import Explanation
from sla.limits import parse_limit
from sla.models import (
    ChangeReason,
    Clock,
    DeadlineChange,
    DeadlineFact,
    DeadlinePause,
    FactKind,
    PauseReason,
)

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


@dataclass(frozen=True, slots=True)
class PauseView:
    """A pause of a case; open while `ended_at` is empty, ending by itself at `until_at` if that is set."""

    id: int
    subject_id: int
    reason: PauseReason
    note: str
    actor_id: int | None
    started_at: datetime
    until_at: datetime | None
    ended_at: datetime | None
    ended_by: int | None


@dataclass(frozen=True, slots=True)
class ChangeView:
    """A move of a deadline with its reason."""

    deadline_id: int
    reason: ChangeReason
    params: Mapping[str, Any]
    old_due_at: datetime
    new_due_at: datetime
    at: datetime
    actor_id: int | None


@dataclass(frozen=True, slots=True)
class FactView:
    """A step that happened to a deadline."""

    deadline_id: int
    kind: FactKind
    step: str
    percent: int | None
    at: datetime
    found_at: datetime
    withdrawn_at: datetime | None


def pauses_of(session: Session, subject_id: int) -> list[PauseView]:
    """List the pauses of a case, oldest first."""
    columns = [col(getattr(DeadlinePause, name)) for name in PauseView.__dataclass_fields__]
    query = sa.select(*columns).where(col(DeadlinePause.subject_id) == subject_id)
    return [PauseView(*row) for row in session.execute(query.order_by(col(DeadlinePause.started_at)))]


def changes_of(session: Session, subject_id: int) -> list[ChangeView]:
    """List how the deadlines of a case moved, oldest first."""
    columns = [col(getattr(DeadlineChange, name)) for name in ChangeView.__dataclass_fields__]
    query = sa.select(*columns).join(DEADLINES, DEADLINES.c.id == col(DeadlineChange.deadline_id))
    query = query.where(DEADLINES.c.subject_id == subject_id).order_by(col(DeadlineChange.id))
    return [ChangeView(*row) for row in session.execute(query)]


def facts_of(session: Session, subject_id: int) -> list[FactView]:
    """List the steps that happened to the deadlines of a case, oldest first."""
    columns = [col(getattr(DeadlineFact, name)) for name in FactView.__dataclass_fields__]
    query = sa.select(*columns).join(DEADLINES, DEADLINES.c.id == col(DeadlineFact.deadline_id))
    query = query.where(DEADLINES.c.subject_id == subject_id)
    return [FactView(*row) for row in session.execute(query.order_by(col(DeadlineFact.at)))]


def explanation_of(
    session: Session, view: DeadlineView, calendar: WorkingCalendar, *, now: datetime
) -> Explanation:
    """Explain a stored deadline day by day; a pause that is still open is shown as if it ended now.

    The actor of a pause is an officer's id as text.
    """
    pauses = []
    if view.clock in HANDLING_CLOCKS:
        end = view.met_at or now
        pauses = [
            Pause(
                pause.started_at,
                min(pause.ended_at or end, end),
                pause.reason.value,
                "" if pause.actor_id is None else str(pause.actor_id),
            )
            for pause in pauses_of(session, view.subject_id)
            if pause.started_at < end
        ]
    extensions = [view.extension] if view.extension else []
    return calendar.explain(
        view.started_at, view.limit, pauses, extensions=extensions, department=view.department
    )
