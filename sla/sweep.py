"""The sweep: marks warnings, breaches and escalations exactly once, however many schedulers run."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from sla.calendar import WorkingCalendar, load_calendar
from sla.deadline_rows import DEADLINES, HANDLING_CLOCKS, closed_pauses, open_deadlines, plan_of
from sla.deadlines import SweepFact
from sla.errors import NaiveTime
from sla.models import DeadlineFact, DeadlinePause, FactKind
from sla.pauses import run_again
from sla.policies import load_policies
from sla.steps import Step


def sweep(
    session: Session, *, now: datetime, limit: int = 1000, calendar: WorkingCalendar | None = None
) -> list[SweepFact]:
    """Mark what has become due by now, for at most `limit` deadlines, and say what it was, oldest first.

    Call again while something comes back. Rows are claimed by one conditional update in the caller's
    transaction, so a second scheduler finds them taken and a crash gives them back; a unique key guards
    each fact. The cost depends on what is newly due: nothing else is read. The facts are the same however
    often and late the sweep runs.
    """
    if now.tzinfo is None:
        raise NaiveTime(now)
    steps_due, pauses_over = _waiting(session, now=now)
    resumed = _end_pauses(session, now=now, limit=limit, calendar=calendar) if pauses_over else []
    claimed = _claim(session, now=now, limit=limit) if steps_due or resumed else []
    if not claimed:
        return resumed
    calendar = calendar or load_calendar(session)
    book = load_policies(session)
    pauses = closed_pauses(session, {row.subject_id for row in claimed if row.clock in HANDLING_CLOCKS})
    facts: list[tuple[SweepFact, int]] = []
    updates = []
    for row in claimed:
        passed, following = _split(
            row, plan_of(row, calendar, book, pauses.get(row.subject_id, ())).steps, now
        )
        facts += [(_fact(row, step, now), row.series) for step in passed]
        updates.append(_update(row, passed, following))
    _write(session, updates, facts, now)
    found = sorted((fact for fact, _ in facts), key=lambda fact: (fact.at, fact.deadline_id))
    return resumed + found


def _waiting(session: Session, *, now: datetime) -> tuple[bool, bool]:
    """Ask in one glance at the heads of two indexes whether there is anything to do; mostly there is not.

    The first of an ordered index, not EXISTS: PostgreSQL may read the whole table to find that nothing exists.
    """
    step_at, until_at = DEADLINES.c.next_step_at, col(DeadlinePause.until_at)
    first_step = sa.select(step_at).where(step_at.is_not(None)).order_by(step_at).limit(1)
    first_end = sa.select(until_at).where(col(DeadlinePause.ended_at).is_(None), until_at.is_not(None))
    found = session.execute(
        sa.select(first_step.scalar_subquery(), first_end.order_by(until_at).limit(1).scalar_subquery())
    ).one()
    steps_due, pauses_over = (at is not None and at <= now for at in found)
    return steps_due, pauses_over


def _claim(session: Session, *, now: datetime, limit: int) -> Sequence[Any]:
    table = DEADLINES
    due = (
        sa.select(table.c.id)
        .where(table.c.next_step_at <= now)
        .order_by(table.c.next_step_at)
        .limit(limit)
        .scalar_subquery()
    )
    # The condition stands outside the subquery too: PostgreSQL checks it again after waiting for another
    # scheduler, and finds the row taken.
    return session.execute(
        sa.update(table)
        .where(table.c.id.in_(due), table.c.next_step_at <= now)
        .values(next_step_at=None)
        .returning(*table.c)
    ).all()


def _split(row: Any, steps: list[Step], now: datetime) -> tuple[list[Step], Step | None]:
    """Divide the steps from the one a deadline waited for into those passed by now and the next one."""
    keys = [step.key for step in steps]
    first = keys.index(row.next_step) if row.next_step in keys else 0
    waiting = steps[first:]
    passed = [step for step in waiting if step.at <= now]
    return passed, next((step for step in waiting if step.at > now), None)


def _fact(row: Any, step: Step, now: datetime) -> SweepFact:
    superseded = step.kind is FactKind.warned and now > row.due_at
    at = row.due_at if step.kind is FactKind.breached else step.at
    return SweepFact(row.id, row.subject_id, row.clock, step.kind, step.percent, at, step.name, superseded)


def _update(row: Any, passed: list[Step], following: Step | None) -> dict[str, Any]:
    breached = any(step.kind is FactKind.breached for step in passed)
    next_at = following.at if following else None
    if next_at is not None and row.held_until is not None:
        next_at = max(next_at, row.held_until)
    return {
        "the_id": row.id,
        "next_at": next_at,
        "next_key": following.key if following else "",
        "breached": row.due_at if breached else row.breached_at,
    }


def _write(
    session: Session, updates: list[dict[str, Any]], facts: list[tuple[SweepFact, int]], now: datetime
) -> None:
    table = DEADLINES
    session.connection().execute(
        sa.update(table)
        .where(table.c.id == sa.bindparam("the_id"))
        .values(
            next_step_at=sa.bindparam("next_at"),
            next_step=sa.bindparam("next_key"),
            breached_at=sa.bindparam("breached"),
        ),
        updates,
    )
    if facts:
        session.execute(
            sa.insert(DeadlineFact),
            [
                {
                    "deadline_id": fact.deadline_id,
                    "series": series,
                    "kind": fact.kind,
                    "step": fact.step,
                    "percent": fact.percent,
                    "at": fact.at,
                    "found_at": now,
                }
                for fact, series in facts
            ],
        )


def _end_pauses(
    session: Session, *, now: datetime, limit: int, calendar: WorkingCalendar | None
) -> list[SweepFact]:
    """End pauses whose own limit has passed, at the instant it passed, and let their clocks run again."""
    over = (
        sa.select(col(DeadlinePause.id))
        .where(col(DeadlinePause.ended_at).is_(None), col(DeadlinePause.until_at) <= now)
        .limit(limit)
        .scalar_subquery()
    )
    ended = session.execute(
        sa.update(DeadlinePause)
        .where(col(DeadlinePause.id).in_(over), col(DeadlinePause.ended_at).is_(None))
        .values(ended_at=col(DeadlinePause.until_at))
        .returning(col(DeadlinePause.id), col(DeadlinePause.subject_id), col(DeadlinePause.until_at))
        .execution_options(synchronize_session=False)
    ).all()
    facts: list[SweepFact] = []
    for pause_id, subject_id, until_at in ended:
        if not run_again(session, subject_id, now=now, calendar=calendar):
            continue
        facts += [
            SweepFact(row.id, subject_id, row.clock, FactKind.resumed, None, until_at, f"pause {pause_id}")
            for row in open_deadlines(session, subject_id, HANDLING_CLOCKS)
        ]
    return facts
