"""Checks that what is stored about deadlines is what follows from their events."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session

from sla.calendar import WorkingCalendar
from sla.deadline_rows import DEADLINES, HANDLING_CLOCKS, closed_pauses, plan_of
from sla.models import Clock
from sla.policies import load_policies

BATCH = 1000


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A deadline whose stored due instant or breach is not what its events say."""

    deadline_id: int
    subject_id: int
    clock: Clock
    stored_due_at: datetime
    computed_due_at: datetime
    stored_breached: bool
    computed_breached: bool


def mismatches(session: Session, calendar: WorkingCalendar, *, now: datetime) -> Iterator[Mismatch]:
    """Compute every deadline again from its start, limit, extension and pauses, and yield those that differ.

    A breach that no sweep has noticed yet is none; one that is stored must follow from the events.
    """
    book = load_policies(session)
    last_id = 0
    while True:
        query = sa.select(DEADLINES).where(DEADLINES.c.id > last_id, DEADLINES.c.cancelled_at.is_(None))
        rows = session.execute(query.order_by(DEADLINES.c.id).limit(BATCH)).all()
        pauses = closed_pauses(session, {row.subject_id for row in rows if row.clock in HANDLING_CLOCKS})
        for row in rows:
            due_at = plan_of(row, calendar, book, pauses.get(row.subject_id, ())).course.due_at
            breached = (row.met_at or row.paused_at or now) > due_at
            unnoticed = breached and row.met_at is None
            stored = row.breached_at is not None
            if due_at != row.due_at or (stored != breached and not (unnoticed and not stored)):
                yield Mismatch(row.id, row.subject_id, row.clock, row.due_at, due_at, stored, breached)
        if len(rows) < BATCH:
            return
        last_id = rows[-1].id
