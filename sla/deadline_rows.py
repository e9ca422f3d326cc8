"""Reading deadlines with what belongs to them, and computing their course and steps again."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

import sqlalchemy as sa
from sqlmodel import Session, col

from sla.calendar import WorkingCalendar
from sla.course import Course, Pause
from sla.errors import NaiveTime
from sla.models import ChangeReason, Clock, Deadline, DeadlineChange, DeadlineFact, DeadlinePause
from sla.policies import PolicyBook
from sla.policy import Policy, Steps
from sla.steps import Step, next_of, steps_of

DEADLINES = cast("sa.Table", Deadline.__table__)  # type: ignore[attr-defined]

# A pause stops the work on a case, never the citizen's total, and what was promised at once stays promised.
HANDLING_CLOCKS = (Clock.resolve, Clock.co_handle)


@dataclass(frozen=True, slots=True)
class Plan:
    """The course of a stored deadline with all its steps."""

    course: Course
    steps: list[Step]


def open_deadlines(session: Session, subject_id: int, clocks: Sequence[Clock]) -> list[Any]:
    """Read the open deadlines of a case."""
    query = sa.select(DEADLINES).where(
        DEADLINES.c.subject_id == subject_id,
        DEADLINES.c.clock.in_(clocks),
        DEADLINES.c.met_at.is_(None),
        DEADLINES.c.cancelled_at.is_(None),
    )
    return list(session.execute(query))


def closed_pauses(session: Session, subject_ids: Iterable[int]) -> dict[int, list[Pause]]:
    """Read the pauses of cases that are over, by case."""
    found: dict[int, list[Pause]] = defaultdict(list)
    query = sa.select(
        col(DeadlinePause.subject_id),
        col(DeadlinePause.started_at),
        col(DeadlinePause.ended_at),
        col(DeadlinePause.reason),
        col(DeadlinePause.actor_id),
    ).where(col(DeadlinePause.subject_id).in_(list(subject_ids)), col(DeadlinePause.ended_at).is_not(None))
    for subject_id, started_at, ended_at, reason, actor_id in session.execute(query):
        actor = "" if actor_id is None else str(actor_id)
        found[subject_id].append(Pause(started_at, ended_at, reason.value, actor))
    return found


def done_steps(session: Session, deadline_id: int, series: int) -> frozenset[str]:
    """Read which steps of a deadline have happened and stand."""
    query = sa.select(col(DeadlineFact.kind), col(DeadlineFact.step)).where(
        col(DeadlineFact.deadline_id) == deadline_id,
        col(DeadlineFact.series) == series,
        col(DeadlineFact.withdrawn_at).is_(None),
    )
    return frozenset(f"{kind.value}:{step}" for kind, step in session.execute(query))


def plan_of(
    row: Any,
    calendar: WorkingCalendar,
    book: PolicyBook,
    pauses: Sequence[Pause],
    *,
    policy: Policy | None = None,
    extension: str | None = None,
    running: bool = False,
) -> Plan:
    """Compute a stored deadline again, under another policy or extension if one is given.

    A paused one is computed as it stood when its open pause began, unless it is `running` again.
    """
    limit = str(policy.limits[row.clock]) if policy else row.limit
    longer = row.extension if extension is None else extension
    course = calendar.course(
        row.started_at,
        limit,
        pauses if running and row.clock in HANDLING_CLOCKS else _pauses_of(row, pauses),
        extensions=[longer] if longer else [],
        department=row.department,
    )
    steps = steps_of(
        calendar,
        course,
        policy_steps(book, row, policy),
        start_at=row.started_at,
        department=row.department,
    )
    return Plan(course, steps)


def _pauses_of(row: Any, pauses: Sequence[Pause]) -> Sequence[Pause]:
    """Leave out what came after a deadline was met, or after a pause that is still open began."""
    if row.clock not in HANDLING_CLOCKS:
        return ()
    end = row.met_at or row.paused_at
    if end is None:
        return pauses
    return [
        Pause(pause.started_at, min(pause.ended_at, end), pause.reason, pause.actor)
        for pause in pauses
        if pause.started_at < end
    ]


def policy_steps(book: PolicyBook, row: Any, policy: Policy | None = None) -> Steps:
    """Give the steps of the policy version a deadline runs under, the usual ones if that is gone."""
    if policy is None:
        policy = book.find(row.policy_id, row.policy_code)
    return policy.steps_of(row.clock) if policy else Steps()


def log_changes(
    session: Session,
    moved: Sequence[tuple[Any, datetime]],
    *,
    reason: ChangeReason,
    now: datetime,
    actor_id: int | None,
    params: dict[str, Any] | None = None,
) -> None:
    """Write down that deadlines moved and why; `moved` pairs rows with their new due instants."""
    if moved:
        session.execute(
            sa.insert(DeadlineChange),
            [
                {
                    "deadline_id": row.id,
                    "reason": reason,
                    "params": params or {},
                    "old_due_at": row.due_at,
                    "new_due_at": new_due_at,
                    "at": now,
                    "actor_id": actor_id,
                }
                for row, new_due_at in moved
            ],
        )


def schedule(session: Session, row: Any, plan: Plan) -> dict[str, Any]:
    """Give the columns that say when a deadline falls due and what the sweep does next."""
    step = next_of(plan.steps, done_steps(session, row.id, row.series))
    return {
        "due_at": plan.course.due_at,
        "provisional": plan.course.provisional,
        "next_step_at": step.at if step else None,
        "next_step": step.key if step else "",
    }


def move(
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


def policy_running(book: PolicyBook, row: Any) -> Policy:
    return book.version(row.policy_id) if row.policy_id is not None else book.policy(row.policy_code)


def check_now(now: datetime) -> None:
    if now.tzinfo is None:
        raise NaiveTime(now)
