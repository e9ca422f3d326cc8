"""Rounds of one clock: for what can begin anew, such as a second arbitration, or runs for several departments."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session

from sla.calendar import WorkingCalendar
from sla.deadline_rows import DEADLINES
from sla.deadlines import DeadlineStart, record_breaches, row_of_start
from sla.models import Clock


def start_round(session: Session, start: DeadlineStart, calendar: WorkingCalendar) -> tuple[int, datetime]:
    """Start another round of a clock beside those that run; return its number and when it falls due.

    No other clock of the case is touched, unlike a reopening. Raises BadPolicy if the policy sets no limit for it.
    """
    same = (DEADLINES.c.subject_id == start.subject_id, DEADLINES.c.clock == start.clock)
    last = session.scalar(sa.select(sa.func.max(DEADLINES.c.round)).where(*same)) or 0
    row = row_of_start(start, calendar, round_=last + 1)
    session.execute(sa.insert(DEADLINES), [row])
    return last + 1, row["due_at"]


def meet_round(session: Session, subject_id: int, clock: Clock, round_: int, *, now: datetime) -> bool:
    """Mark that what one round of a clock asks for was done; returns whether it was open.

    Met too late it is breached, whether or not a sweep noticed before.
    """
    met = session.execute(
        sa.update(DEADLINES)
        .where(*_open(subject_id, clock, round_))
        .values(met_at=now, next_step_at=None)
        .returning(*DEADLINES.c)
    ).all()
    record_breaches(session, [row for row in met if now > row.due_at and row.breached_at is None], now)
    return bool(met)


def cancel_round(session: Session, subject_id: int, clock: Clock, round_: int, *, now: datetime) -> None:
    """Stop one round of a clock for good, unmet."""
    session.execute(
        sa.update(DEADLINES)
        .where(*_open(subject_id, clock, round_))
        .values(cancelled_at=now, next_step_at=None)
    )


def _open(subject_id: int, clock: Clock, round_: int) -> list[sa.ColumnElement[bool]]:
    return [
        DEADLINES.c.subject_id == subject_id,
        DEADLINES.c.clock == clock,
        DEADLINES.c.round == round_,
        DEADLINES.c.met_at.is_(None),
        DEADLINES.c.cancelled_at.is_(None),
    ]
