"""Deadlines computed again after a notice, office hours or a policy changed: first shown, then done."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from sla.calendar import WorkingCalendar
from sla.deadline_rows import DEADLINES, HANDLING_CLOCKS, Plan, closed_pauses, log_changes, plan_of
from sla.models import ChangeReason, Clock, Deadline, DeadlineFact, FactKind
from sla.policies import PolicyBook
from sla.policy import Policy
from sla.steps import Step

BATCH = 1000
EARLIEST = date(1970, 1, 1)
# Steps after the due day (the last default is +5wd) may move although the due instant does not.
REACH = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class DeadlineMove:
    """A deadline that falls due at another instant than before, or is no longer provisional."""

    deadline_id: int
    subject_id: int
    clock: Clock
    old_due_at: datetime
    new_due_at: datetime
    was_overdue: bool
    is_overdue: bool
    provisional: bool
    old_provisional: bool

    @property
    def is_moved(self) -> bool:
        """Tell whether the due instant changes."""
        return self.old_due_at != self.new_due_at


@dataclass(frozen=True, slots=True)
class Recomputed:
    """A stored row with its course and steps under the new rules."""

    row: Any
    plan: Plan
    policy: Policy | None
    move: DeadlineMove


def touched_by(
    session: Session, calendar: WorkingCalendar, book: PolicyBook, *, first: date, now: datetime
) -> Iterator[Recomputed]:
    """Compute again every deadline that a change of the calendar from a day on can touch, batch by batch.

    Also those already met: whether a case was on time always follows from its events.
    """
    edge = datetime.combine(max(first, EARLIEST), datetime.min.time(), calendar.tz) - REACH
    where = [DEADLINES.c.due_at >= edge, DEADLINES.c.cancelled_at.is_(None)]
    yield from _recomputed(session, where, calendar, book, now=now)


def under_policy(
    session: Session, policy: Policy, calendar: WorkingCalendar, book: PolicyBook, *, now: datetime
) -> Iterator[Recomputed]:
    """Compute again every open deadline that runs under a version of a policy as if it ran under this one."""
    where = [
        DEADLINES.c.policy_code == policy.code,
        DEADLINES.c.clock.in_(list(policy.limits)),
        DEADLINES.c.met_at.is_(None),
        DEADLINES.c.cancelled_at.is_(None),
    ]
    yield from _recomputed(session, where, calendar, book, now=now, policy=policy)


def _recomputed(
    session: Session,
    where: Sequence[sa.ColumnElement[bool]],
    calendar: WorkingCalendar,
    book: PolicyBook,
    *,
    now: datetime,
    policy: Policy | None = None,
) -> Iterator[Recomputed]:
    last_id = 0
    while True:
        query = sa.select(DEADLINES).where(*where, DEADLINES.c.id > last_id)
        rows = session.execute(query.order_by(DEADLINES.c.id).limit(BATCH)).all()
        pauses = closed_pauses(session, {row.subject_id for row in rows if row.clock in HANDLING_CLOCKS})
        for row in rows:
            plan = plan_of(row, calendar, book, pauses.get(row.subject_id, ()), policy=policy)
            yield Recomputed(row, plan, policy, _move_of(row, plan, now))
        if len(rows) < BATCH:
            return
        last_id = rows[-1].id


def _move_of(row: Any, plan: Plan, now: datetime) -> DeadlineMove:
    at = row.met_at or row.paused_at or now
    return DeadlineMove(
        deadline_id=row.id,
        subject_id=row.subject_id,
        clock=row.clock,
        old_due_at=row.due_at,
        new_due_at=plan.course.due_at,
        was_overdue=at > row.due_at,
        is_overdue=at > plan.course.due_at,
        provisional=plan.course.provisional,
        old_provisional=row.provisional,
    )


def settle(
    session: Session,
    recomputed: Iterable[Recomputed],
    *,
    reason: ChangeReason,
    now: datetime,
    actor_id: int | None,
    params: dict[str, Any],
) -> list[DeadlineMove]:
    """Write recomputed deadlines: due instants, next steps, breaches withdrawn or found, all logged."""
    moves: list[DeadlineMove] = []
    batch: list[Recomputed] = []
    for item in recomputed:
        batch.append(item)
        if len(batch) == BATCH:
            moves += _settle_batch(session, batch, reason=reason, now=now, actor_id=actor_id, params=params)
            batch = []
    moves += _settle_batch(session, batch, reason=reason, now=now, actor_id=actor_id, params=params)
    return moves


def _settle_batch(
    session: Session,
    batch: Sequence[Recomputed],
    *,
    reason: ChangeReason,
    now: datetime,
    actor_id: int | None,
    params: dict[str, Any],
) -> list[DeadlineMove]:
    if not batch:
        return []
    done = _done_steps(session, [item.row.id for item in batch])
    updates = [_values(item, done[item.row.id, item.row.series], now) for item in batch]
    session.connection().execute(
        sa.update(DEADLINES)
        .where(DEADLINES.c.id == sa.bindparam("the_id"))
        .values({name: sa.bindparam(f"new_{name}") for name in _WRITTEN}),
        updates,
    )
    withdrawn = [
        item.row.id
        for item in batch
        if item.row.breached_at is not None and not item.move.is_overdue and item.move.is_moved
    ]
    if withdrawn:
        session.execute(
            sa.update(DeadlineFact)
            .where(
                col(DeadlineFact.deadline_id).in_(withdrawn),
                col(DeadlineFact.kind).in_([FactKind.breached, FactKind.escalated]),
                col(DeadlineFact.withdrawn_at).is_(None),
                col(DeadlineFact.at) <= now,
            )
            .values(withdrawn_at=now)
            .execution_options(synchronize_session=False)
        )
    _note_late(session, batch, now)
    moved = [item for item in batch if item.move.is_moved]
    log_changes(
        session,
        [(item.row, item.move.new_due_at) for item in moved],
        reason=reason,
        now=now,
        actor_id=actor_id,
        params=params,
    )
    return [
        item.move
        for item in batch
        if item.move.is_moved or item.move.provisional != item.move.old_provisional
    ]


_WRITTEN = ("due_at", "provisional", "series", "breached_at", "next_step_at", "next_step")


def _done_steps(session: Session, ids: Sequence[int]) -> dict[tuple[int, int], set[str]]:
    done: dict[tuple[int, int], set[str]] = defaultdict(set)
    query = sa.select(
        col(DeadlineFact.deadline_id),
        col(DeadlineFact.series),
        col(DeadlineFact.kind),
        col(DeadlineFact.step),
    ).where(col(DeadlineFact.deadline_id).in_(ids), col(DeadlineFact.withdrawn_at).is_(None))
    for deadline_id, series, kind, step in session.execute(query):
        done[deadline_id, series].add(f"{kind.value}:{step}")
    return done


def _values(item: Recomputed, done: set[str], now: datetime) -> dict[str, Any]:
    row, move = item.row, item.move
    undone = row.breached_at is not None and not move.is_overdue
    breached_at = None if undone else row.breached_at
    if breached_at is not None or (row.met_at is not None and move.is_overdue):
        breached_at = move.new_due_at
    waiting: Step | None = None
    if row.met_at is None and row.paused_at is None:
        # After a withdrawn breach what has passed stays passed; otherwise what did not happen yet may be due now.
        waiting = next(
            (step for step in item.plan.steps if (step.at > now if undone else step.key not in done)), None
        )
    next_at = waiting.at if waiting else None
    if next_at is not None and row.held_until is not None:
        next_at = max(next_at, row.held_until)
    return {
        "the_id": row.id,
        "new_due_at": move.new_due_at,
        "new_provisional": move.provisional,
        "new_series": row.series + 1 if undone else row.series,
        "new_breached_at": breached_at,
        "new_next_step_at": next_at,
        "new_next_step": waiting.key if waiting else "",
    }


def _note_late(session: Session, batch: Sequence[Recomputed], now: datetime) -> None:
    """Record the breach of deadlines that were met, but too late by the new rules."""
    late = [i for i in batch if i.row.met_at is not None and i.move.is_overdue and i.row.breached_at is None]
    if late:
        session.execute(
            sa.insert(DeadlineFact),
            [
                {
                    "deadline_id": item.row.id,
                    "series": item.row.series,
                    "kind": FactKind.breached,
                    "step": "due",
                    "at": item.move.new_due_at,
                    "found_at": now,
                }
                for item in late
            ],
        )


def adopt_policy(session: Session, policy: Policy) -> None:
    """Note on the open deadlines of a policy's older versions that they run under this one from now on."""
    for clock, limit in policy.limits.items():
        session.execute(
            sa.update(Deadline)
            .where(
                col(Deadline.policy_code) == policy.code,
                col(Deadline.clock) == clock,
                col(Deadline.met_at).is_(None),
                col(Deadline.cancelled_at).is_(None),
            )
            .values(policy_id=policy.id, limit=str(limit))
            .execution_options(synchronize_session=False)
        )
