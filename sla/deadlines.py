"""The deadlines of cases: started, met, reopened and cancelled; with pauses and terms from next door."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from sla.calendar import WorkingCalendar
from sla.deadline_rows import (
    DEADLINES,
    HANDLING_CLOCKS,
    check_now,
    move,
    plan_of,
    policy_running,
    schedule,
)
from sla.errors import BadPolicy, NoDeadline
from sla.models import ChangeReason, Clock, Deadline, DeadlineFact, FactKind
from sla.pauses import pause_deadlines, resume_deadlines
from sla.policies import PolicyBook, load_policies
from sla.policy import Policy
from sla.problems import problem
from sla.steps import first_step
from sla.terms import apply_policy, extend_deadline

__all__ = [
    "FIRST_CLOCKS",
    "DeadlineStart",
    "SweepFact",
    "apply_policy",
    "cancel_deadlines",
    "extend_deadline",
    "meet_deadline",
    "meet_deadlines",
    "pause_deadlines",
    "record_breaches",
    "restart_deadlines",
    "resume_deadlines",
    "row_of_start",
    "start_deadlines",
    "starts_of",
]

FIRST_CLOCKS = (Clock.accept, Clock.first_reply, Clock.resolve, Clock.total)
CHUNK = 500


@dataclass(frozen=True, slots=True)
class DeadlineStart:
    """A clock to start for a case; `department` chooses its office hours."""

    subject_id: int
    clock: Clock
    policy: Policy
    started_at: datetime
    department: str = ""


@dataclass(frozen=True, slots=True)
class SweepFact:
    """Something that became so at `at`.

    `superseded` marks a warning found only after the deadline was breached: it is recorded, but nobody
    needs to be told any more.
    """

    deadline_id: int
    subject_id: int
    clock: Clock
    kind: FactKind
    percent: int | None
    at: datetime
    step: str
    superseded: bool = False


def starts_of(
    policy: Policy,
    subject_id: int,
    started_at: datetime,
    *,
    department: str = "",
    clocks: Iterable[Clock] = FIRST_CLOCKS,
) -> list[DeadlineStart]:
    """List the clocks that a policy starts when a message is received."""
    return [
        DeadlineStart(subject_id, clock, policy, started_at, department)
        for clock in clocks
        if clock in policy.limits
    ]


def start_deadlines(session: Session, starts: Sequence[DeadlineStart], calendar: WorkingCalendar) -> None:
    """Start clocks in bulk; a clock that a case already has is left alone, so a second call changes nothing.

    Raises BadPolicy if a policy sets no limit for the clock, NaiveTime for a start without a time zone.
    """
    running = _running(session, {start.subject_id for start in starts})
    rows = []
    for start in starts:
        key = (start.subject_id, start.clock)
        if key not in running:
            running.add(key)
            rows.append(row_of_start(start, calendar))
    if rows:
        session.execute(sa.insert(DEADLINES), rows)


def _running(session: Session, subject_ids: set[int]) -> set[tuple[int, Clock]]:
    found: set[tuple[int, Clock]] = set()
    for chunk in _chunks(sorted(subject_ids)):
        query = sa.select(DEADLINES.c.subject_id, DEADLINES.c.clock).where(DEADLINES.c.subject_id.in_(chunk))
        found.update((subject_id, clock) for subject_id, clock in session.execute(query))
    return found


def row_of_start(start: DeadlineStart, calendar: WorkingCalendar, *, round_: int = 1) -> dict[str, Any]:
    """Compute the stored form of a clock that starts. Raises BadPolicy without a limit for it."""
    policy, clock = start.policy, start.clock
    if clock not in policy.limits:
        raise BadPolicy(policy.code, [problem("no_limit_for", clock=clock.value)])
    limit = policy.limits[clock]
    course = calendar.course(start.started_at, limit, department=start.department)
    step = first_step(
        calendar, course, policy.steps_of(clock), start_at=start.started_at, department=start.department
    )
    return {
        "subject_id": start.subject_id,
        "clock": clock,
        "round": round_,
        "series": 0,
        "policy_id": policy.id,
        "policy_code": policy.code,
        "limit": str(limit),
        "extension": "",
        "department": start.department,
        "started_at": start.started_at,
        "due_at": course.due_at,
        "provisional": course.provisional,
        "next_step_at": step.at,
        "next_step": step.key,
    }


def meet_deadline(session: Session, subject_id: int, clock: Clock, *, now: datetime) -> bool:
    """Mark that what a clock asks for was done; due exactly now is on time. A second call changes nothing.

    A deadline met too late is breached, whether or not a sweep noticed before. Returns whether one was open.
    """
    return subject_id in meet_deadlines(session, [subject_id], clock, now=now)


def meet_deadlines(session: Session, subject_ids: Iterable[int], clock: Clock, *, now: datetime) -> set[int]:
    """Meet a clock of many cases at once; returns the cases that had it open."""
    check_now(now)
    met: set[int] = set()
    for chunk in _chunks(sorted(set(subject_ids))):
        if clock in HANDLING_CLOCKS:
            _end_pauses(session, chunk, clock, now=now)
        changed = session.execute(
            sa.update(Deadline)
            .where(
                col(Deadline.subject_id).in_(chunk),
                col(Deadline.clock) == clock,
                col(Deadline.met_at).is_(None),
                col(Deadline.cancelled_at).is_(None),
            )
            .values(met_at=now, next_step_at=None)
            .returning(*DEADLINES.c)
        ).all()
        met.update(row.subject_id for row in changed)
        record_breaches(session, [r for r in changed if now > r.due_at and r.breached_at is None], now)
    return met


def _end_pauses(session: Session, subject_ids: Sequence[int], clock: Clock, *, now: datetime) -> None:
    """End the pauses of cases whose handling is done, so that their due instants are final."""
    query = sa.select(DEADLINES.c.subject_id).where(
        DEADLINES.c.subject_id.in_(subject_ids),
        DEADLINES.c.clock == clock,
        DEADLINES.c.met_at.is_(None),
        DEADLINES.c.cancelled_at.is_(None),
        DEADLINES.c.paused_at.is_not(None),
    )
    for subject_id in session.scalars(query).all():
        resume_deadlines(session, subject_id, now=now)


def record_breaches(session: Session, rows: Sequence[Any], now: datetime) -> None:
    """Write down that these deadlines were missed, each once."""
    if not rows:
        return
    session.execute(
        sa.update(Deadline)
        .where(col(Deadline.id).in_([row.id for row in rows]))
        .values(breached_at=col(Deadline.due_at))
        .execution_options(synchronize_session=False)
    )
    session.execute(
        sa.insert(DeadlineFact),
        [
            {
                "deadline_id": row.id,
                "series": row.series,
                "kind": FactKind.breached,
                "step": "due",
                "at": row.due_at,
                "found_at": now,
            }
            for row in rows
        ],
    )


def restart_deadlines(
    session: Session,
    subject_id: int,
    *,
    now: datetime,
    calendar: WorkingCalendar,
    clocks: Sequence[Clock] = (Clock.resolve,),
) -> None:
    """Start the handling clocks of a reopened case afresh from now; a second call changes nothing.

    The citizen's total is not reset: it runs on from the first receipt, but what it would escalate waits
    until the new handling time is over (service-levels.md: reopening never resets the citizen's clock,
    never escalates at once). Raises NoDeadline if the case never had such a clock.
    """
    check_now(now)
    book = load_policies(session)
    new_due_at: datetime | None = None
    for clock in clocks:
        last = session.execute(
            sa.select(DEADLINES)
            .where(DEADLINES.c.subject_id == subject_id, DEADLINES.c.clock == clock)
            .order_by(DEADLINES.c.round.desc())
            .limit(1)
        ).first()
        if last is None:
            raise NoDeadline(subject_id, clock.value)
        if last.met_at is None and last.cancelled_at is None:
            continue
        start = DeadlineStart(subject_id, clock, policy_running(book, last), now, last.department)
        row = row_of_start(start, calendar, round_=last.round + 1)
        session.execute(sa.insert(DEADLINES), [row])
        new_due_at = max(filter(None, [new_due_at, row["due_at"]]))
    if new_due_at is not None:
        _reopen_total(session, subject_id, held_until=new_due_at, now=now, calendar=calendar, book=book)


def _reopen_total(
    session: Session,
    subject_id: int,
    *,
    held_until: datetime,
    now: datetime,
    calendar: WorkingCalendar,
    book: PolicyBook,
) -> None:
    rows = session.execute(
        sa.select(DEADLINES).where(
            DEADLINES.c.subject_id == subject_id,
            DEADLINES.c.clock == Clock.total,
            DEADLINES.c.cancelled_at.is_(None),
        )
    ).all()
    for row in rows:
        plan = plan_of(row, calendar, book, [])
        values = schedule(session, row, plan) | {"met_at": None, "held_until": held_until}
        if values["next_step_at"] is not None:
            values["next_step_at"] = max(values["next_step_at"], held_until)
        move(session, row, values, reason=ChangeReason.reopened, now=now, actor_id=None)


def cancel_deadlines(session: Session, subject_id: int, *, now: datetime) -> int:
    """Stop all open clocks of a case for good (spam, merged into another); returns how many there were."""
    check_now(now)
    cancelled = session.execute(
        sa.update(Deadline)
        .where(
            col(Deadline.subject_id) == subject_id,
            col(Deadline.met_at).is_(None),
            col(Deadline.cancelled_at).is_(None),
        )
        .values(cancelled_at=now, next_step_at=None)
        .returning(col(Deadline.id))
    ).all()
    return len(cancelled)


def _chunks(ids: Sequence[int]) -> Iterable[Sequence[int]]:
    for first in range(0, len(ids), CHUNK):
        yield ids[first : first + CHUNK]
