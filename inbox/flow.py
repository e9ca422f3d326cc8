"""How work flows: what arrives and is answered each day, how long a first reply takes, and what share is on time."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import and_, func, literal, union_all
from sqlalchemy import case as sql_case
from sqlmodel import Session, col, select

from inbox.access import Viewer, visible_cases
from inbox.case_lists import Between
from inbox.models import Case
from sla.models import Clock, Deadline

REPLY_STEPS = tuple(timedelta(hours=hours) for hours in (1, 4, 8, 24, 2 * 24, 3 * 24, 5 * 24, 10 * 24))
"""A first reply came within the first of these that it fits into, or took longer than all."""

_SIGMAS = 3


@dataclass(frozen=True, slots=True)
class DayFlow:
    """How many messages one day brought, and how many were answered on it."""

    span: Between
    arrived: int
    answered: int


@dataclass(frozen=True, slots=True)
class ReplyTimes:
    """Cases by the time their first reply took, a count for each of `REPLY_STEPS` and one for longer.

    `waiting` have none yet although it was due. `median` is None when nothing was answered.
    """

    counts: tuple[int, ...]
    waiting: int
    median: timedelta | None

    @property
    def answered(self) -> int:
        """Return how many had a first reply."""
        return sum(self.counts)


@dataclass(frozen=True, slots=True)
class OnTime:
    """How much of what fell due in a span was resolved in time."""

    span: Between
    due: int
    on_time: int

    @property
    def share(self) -> float | None:
        """Return the share of one; None when nothing was due."""
        return self.on_time / self.due if self.due else None


@dataclass(frozen=True, slots=True)
class Limits:
    """Between which shares a point lies when only chance is at work (p-chart, three sigmas)."""

    lower: float
    upper: float


def daily_flow(session: Session, viewer: Viewer, days: Sequence[Between]) -> tuple[DayFlow, ...]:
    """Count arrivals and answers of each day, in the order given; spam counts as arrived."""
    arrived = _counted(
        session, [_cases_between(viewer, Case.received_at, n, day) for n, day in enumerate(days)]
    )
    answered = _counted(
        session, [_cases_between(viewer, Case.replied_at, n, day) for n, day in enumerate(days)]
    )
    return tuple(
        DayFlow(day, arrived.get(n, (0,))[0], answered.get(n, (0,))[0]) for n, day in enumerate(days)
    )


def reply_times(session: Session, viewer: Viewer, span: Between) -> ReplyTimes:
    """Sort the cases whose first reply was due in a span by how long the citizen waited for it, nights included."""
    due = _due(Clock.first_reply, span)
    met, waiting = col(Deadline.met_at).is_not(None), col(Deadline.met_at).is_(None)
    rows = session.execute(
        _visible(select(col(Deadline.started_at), col(Deadline.met_at)).where(*due, met), viewer)
    )
    waits = sorted(met_at - started_at for started_at, met_at in rows)
    open_now = session.scalar(
        _visible(select(func.count()).select_from(Deadline).where(*due, waiting), viewer)
    )
    counts = [0] * (len(REPLY_STEPS) + 1)
    step = 0
    for wait in waits:
        while step < len(REPLY_STEPS) and wait > REPLY_STEPS[step]:
            step += 1
        counts[step] += 1
    middle = waits[(len(waits) - 1) // 2] if waits else None
    return ReplyTimes(tuple(counts), int(open_now or 0), middle)


def on_time_rates(session: Session, viewer: Viewer, spans: Sequence[Between]) -> tuple[OnTime, ...]:
    """Count what fell due to be resolved in each span and what was in time; due exactly then is in time."""
    in_time = func.sum(sql_case((col(Deadline.met_at) <= col(Deadline.due_at), 1), else_=0))
    queries = [
        _visible(select(literal(n), func.count(), in_time).where(*_due(Clock.resolve, span)), viewer)
        for n, span in enumerate(spans)
    ]
    found = _counted(session, queries)
    return tuple(OnTime(span, *found.get(n, (0, 0))) for n, span in enumerate(spans))


def control_limits(rates: Sequence[OnTime]) -> tuple[float, list[Limits | None]]:
    """Return the mean share and each point's limits, which are wider the fewer cases there were.

    p ± 3·√(p(1 − p)/n), cut at 0 and 1; None for a span in which nothing was due.
    """
    due = sum(rate.due for rate in rates)
    mean = sum(rate.on_time for rate in rates) / due if due else 0.0
    limits: list[Limits | None] = []
    for rate in rates:
        spread = _SIGMAS * math.sqrt(mean * (1 - mean) / rate.due) if rate.due else None
        limits.append(None if spread is None else Limits(max(0.0, mean - spread), min(1.0, mean + spread)))
    return mean, limits


def _cases_between(viewer: Viewer, column: Any, number: int, span: Between) -> Any:
    condition = and_(visible_cases(viewer), col(column) >= span[0], col(column) < span[1])
    return select(literal(number), func.count()).select_from(Case).where(condition)


def _due(clock: Clock, span: Between) -> tuple[Any, ...]:
    due_at = col(Deadline.due_at)
    return (
        col(Deadline.clock) == clock,
        due_at >= span[0],
        due_at < span[1],
        col(Deadline.cancelled_at).is_(None),
    )


def _visible(query: Any, viewer: Viewer) -> Any:
    """Leave out what the viewer may not see; who sees everything is spared the look at the cases."""
    if viewer.sees_everything:
        return query
    return query.join(Case, col(Case.id) == col(Deadline.subject_id)).where(visible_cases(viewer))


def _counted(session: Session, queries: Sequence[Any]) -> dict[int, tuple[int, ...]]:
    """Run many counts as one statement."""
    if not queries:
        return {}
    rows = session.execute(union_all(*queries))
    return {int(number): tuple(int(value or 0) for value in values) for number, *values in rows}
