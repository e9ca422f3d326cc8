"""The deadlines of cases: started, met, paused, resumed, extended, reopened and cancelled."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from sla.calendar import WorkingCalendar, load_calendar
from sla.deadline_rows import (
    DEADLINES,
    HANDLING_CLOCKS,
    Plan,
    closed_pauses,
    done_steps,
    log_changes,
    open_deadlines,
    plan_of,
)
from sla.errors import BadPause, BadPolicy, ExtensionRefused, NaiveTime, NoDeadline
from sla.limits import Limit, as_limit
from sla.models import ChangeReason, Clock, Deadline, DeadlineFact, DeadlinePause, FactKind, PauseReason
from sla.policies import PolicyBook, load_policies
from sla.policy import Policy
from sla.steps import first_step, next_of

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
            rows.append(_row_of(start, calendar))
    if rows:
        session.execute(sa.insert(DEADLINES), rows)


def _running(session: Session, subject_ids: set[int]) -> set[tuple[int, Clock]]:
    found: set[tuple[int, Clock]] = set()
    for chunk in _chunks(sorted(subject_ids)):
        query = sa.select(DEADLINES.c.subject_id, DEADLINES.c.clock).where(DEADLINES.c.subject_id.in_(chunk))
        found.update((subject_id, clock) for subject_id, clock in session.execute(query))
    return found


def _row_of(start: DeadlineStart, calendar: WorkingCalendar, *, round_: int = 1) -> dict[str, Any]:
    policy, clock = start.policy, start.clock
    if clock not in policy.limits:
        raise BadPolicy(policy.code, [f"it sets no limit for {clock.value}"])
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
    _check(now)
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
        _record_breaches(session, [r for r in changed if now > r.due_at and r.breached_at is None], now)
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


def _record_breaches(session: Session, rows: Sequence[Any], now: datetime) -> None:
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


def pause_deadlines(
    session: Session,
    subject_id: int,
    *,
    reason: PauseReason | str,
    actor_id: int | None,
    now: datetime,
    limit: Limit | str | None = None,
    note: str = "",
    calendar: WorkingCalendar | None = None,
) -> int:
    """Stop the handling clocks of a case from now on and return the pause's id.

    The citizen's own total, the first reply and the acceptance run on. With a limit the pause ends by
    itself. Asking again for the same reason returns the pause that is already open. Raises BadPause for an
    unknown reason, NoDeadline when nothing is being handled.
    """
    _check(now)
    try:
        why = PauseReason(reason)
    except ValueError as error:
        msg = f"{reason!r} is no reason for a pause."
        raise BadPause(msg) from error
    already: int | None = session.execute(
        sa.select(col(DeadlinePause.id)).where(
            col(DeadlinePause.subject_id) == subject_id,
            col(DeadlinePause.reason) == why,
            col(DeadlinePause.ended_at).is_(None),
        )
    ).scalar()
    if already is not None:
        return already
    if not open_deadlines(session, subject_id, HANDLING_CLOCKS):
        raise NoDeadline(subject_id, "handling")
    until_at = None
    if limit is not None:
        until_at = (calendar or load_calendar(session)).due(now, as_limit(limit))
    pause = DeadlinePause(
        subject_id=subject_id, reason=why, note=note, actor_id=actor_id, started_at=now, until_at=until_at
    )
    session.add(pause)
    session.flush()
    session.execute(
        sa.update(Deadline)
        .where(*_handled(subject_id), col(Deadline.paused_at).is_(None))
        .values(paused_at=now, next_step_at=None)
    )
    return pause.id or 0


def _handled(subject_id: int) -> list[Any]:
    return [
        col(Deadline.subject_id) == subject_id,
        col(Deadline.clock).in_(HANDLING_CLOCKS),
        col(Deadline.met_at).is_(None),
        col(Deadline.cancelled_at).is_(None),
    ]


def resume_deadlines(
    session: Session,
    subject_id: int,
    *,
    now: datetime,
    actor_id: int | None = None,
    reason: PauseReason | str | None = None,
    calendar: WorkingCalendar | None = None,
) -> bool:
    """End the pauses of a case (all, or those for one reason); its clocks run on when none is left open.

    Deadlines move by the working time of the joined pauses. Returns whether the clocks run again because of
    this.
    """
    _check(now)
    ending = [col(DeadlinePause.subject_id) == subject_id, col(DeadlinePause.ended_at).is_(None)]
    if reason is not None:
        ending.append(col(DeadlinePause.reason) == PauseReason(reason))
    ended = session.execute(
        sa.update(DeadlinePause)
        .where(*ending)
        .values(ended_at=now, ended_by=actor_id)
        .returning(col(DeadlinePause.id))
    ).all()
    if not ended:
        return False
    return run_again(session, subject_id, now=now, calendar=calendar, actor_id=actor_id)


def run_again(
    session: Session,
    subject_id: int,
    *,
    now: datetime,
    calendar: WorkingCalendar | None = None,
    actor_id: int | None = None,
) -> bool:
    """Recompute the handling clocks of a case once no pause of it is open any more."""
    still = session.execute(
        sa.select(sa.func.count()).where(
            col(DeadlinePause.subject_id) == subject_id, col(DeadlinePause.ended_at).is_(None)
        )
    ).scalar_one()
    if still:
        return False
    calendar = calendar or load_calendar(session)
    book = load_policies(session)
    pauses = closed_pauses(session, [subject_id])[subject_id]
    for row in open_deadlines(session, subject_id, HANDLING_CLOCKS):
        plan = plan_of(row, calendar, book, pauses, running=True)
        values = {"paused_at": None, **_scheduled(session, row, plan)}
        _move(session, row, values, reason=ChangeReason.resumed, now=now, actor_id=actor_id)
    return True


def extend_deadline(
    session: Session,
    subject_id: int,
    *,
    actor_id: int | None,
    now: datetime,
    clock: Clock = Clock.resolve,
    by: Limit | str | None = None,
    calendar: WorkingCalendar | None = None,
) -> datetime:
    """Extend a running deadline once, by at most what its policy allows (all of it unless `by` says less).

    Returns the new due instant. Warnings happen anew for the longer time. Raises ExtensionRefused when the
    policy allows none, more is asked, it was extended already or is overdue; NoDeadline when it is not
    running.
    """
    _check(now)
    row = next(iter(open_deadlines(session, subject_id, [clock])), None)
    if row is None:
        raise NoDeadline(subject_id, clock.value)
    calendar, book = calendar or load_calendar(session), load_policies(session)
    allowed = _policy_of(book, row).extension
    if allowed is None:
        raise ExtensionRefused(subject_id, "its policy allows no extension")
    if row.extension:
        raise ExtensionRefused(subject_id, f"it was extended by {row.extension} already")
    if row.paused_at is None and now > row.due_at:
        raise ExtensionRefused(subject_id, "it is overdue")
    chosen = allowed if by is None else as_limit(by)
    if calendar.due(row.due_at, chosen) > calendar.due(row.due_at, allowed):
        raise ExtensionRefused(subject_id, f"the policy allows at most {allowed}")
    pauses = closed_pauses(session, [subject_id])[subject_id]
    plan = plan_of(row, calendar, book, pauses, extension=str(chosen))
    values: dict[str, Any] = {
        "extension": str(chosen),
        "series": row.series + 1,
        "due_at": plan.course.due_at,
        "provisional": plan.course.provisional,
    }
    if row.paused_at is None:
        step = next((step for step in plan.steps if step.at > now), None)
        values |= {"next_step_at": step.at if step else None, "next_step": step.key if step else ""}
    _move(session, row, values, reason=ChangeReason.extended, now=now, actor_id=actor_id)
    return plan.course.due_at


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
    _check(now)
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
        start = DeadlineStart(subject_id, clock, _policy_of(book, last), now, last.department)
        row = _row_of(start, calendar, round_=last.round + 1)
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
        values = _scheduled(session, row, plan) | {"met_at": None, "held_until": held_until}
        if values["next_step_at"] is not None:
            values["next_step_at"] = max(values["next_step_at"], held_until)
        _move(session, row, values, reason=ChangeReason.reopened, now=now, actor_id=None)


def cancel_deadlines(session: Session, subject_id: int, *, now: datetime) -> int:
    """Stop all open clocks of a case for good (spam, merged into another); returns how many there were."""
    _check(now)
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


def apply_policy(
    session: Session,
    subject_id: int,
    policy: Policy,
    *,
    now: datetime,
    calendar: WorkingCalendar,
    actor_id: int | None = None,
) -> None:
    """Put the open deadlines of a case under another policy, counted from when they started.

    For a case whose kind was corrected. Steps that the new limit has already passed happen at the next sweep.
    """
    _check(now)
    book = PolicyBook([policy])
    pauses = closed_pauses(session, [subject_id])[subject_id]
    for row in open_deadlines(session, subject_id, tuple(policy.limits)):
        plan = plan_of(row, calendar, book, pauses, policy=policy)
        values: dict[str, Any] = {"policy_id": policy.id, "policy_code": policy.code}
        values |= {"limit": str(policy.limits[row.clock])}
        scheduled = _scheduled(session, row, plan)
        if row.paused_at is not None:
            scheduled.pop("next_step_at")
        _move(
            session, row, values | scheduled, reason=ChangeReason.policy_changed, now=now, actor_id=actor_id
        )


def _scheduled(session: Session, row: Any, plan: Plan) -> dict[str, Any]:
    """Give the columns that say when a deadline falls due and what the sweep does next."""
    step = next_of(plan.steps, done_steps(session, row.id, row.series))
    return {
        "due_at": plan.course.due_at,
        "provisional": plan.course.provisional,
        "next_step_at": step.at if step else None,
        "next_step": step.key if step else "",
    }


def _move(
    session: Session,
    row: Any,
    values: dict[str, Any],
    *,
    reason: ChangeReason,
    now: datetime,
    actor_id: int | None,
) -> None:
    session.execute(sa.update(Deadline).where(col(Deadline.id) == row.id).values(**values))
    if values["due_at"] != row.due_at:
        log_changes(session, [(row, values["due_at"])], reason=reason, now=now, actor_id=actor_id)


def _policy_of(book: PolicyBook, row: Any) -> Policy:
    return book.version(row.policy_id) if row.policy_id is not None else book.policy(row.policy_code)


def _check(now: datetime) -> None:
    if now.tzinfo is None:
        raise NaiveTime(now)


def _chunks(ids: Sequence[int]) -> Iterable[Sequence[int]]:
    for first in range(0, len(ids), CHUNK):
        yield ids[first : first + CHUNK]
