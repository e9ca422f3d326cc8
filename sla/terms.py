"""Other terms for a running deadline: an extension, or another policy when the kind of a case was corrected."""

from datetime import datetime
from typing import Any

from sqlmodel import Session

from sla.calendar import WorkingCalendar, load_calendar
from sla.deadline_rows import (
    check_now,
    closed_pauses,
    move,
    open_deadlines,
    plan_of,
    policy_running,
    schedule,
)
from sla.errors import ExtensionRefused, NoDeadline
from sla.limits import Limit, as_limit
from sla.models import ChangeReason, Clock
from sla.policies import PolicyBook, load_policies
from sla.policy import Policy


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
    row, chosen, calendar, book = _extendable(
        session, subject_id, clock=clock, by=by, now=now, calendar=calendar
    )
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
    move(session, row, values, reason=ChangeReason.extended, now=now, actor_id=actor_id)
    return plan.course.due_at


def check_extension(
    session: Session,
    subject_id: int,
    *,
    now: datetime,
    clock: Clock = Clock.resolve,
    by: Limit | str | None = None,
    calendar: WorkingCalendar | None = None,
) -> tuple[Limit, datetime]:
    """Return how long the extension would be and what is due now, or raise what `extend_deadline` would raise."""
    row, chosen, _, _ = _extendable(session, subject_id, clock=clock, by=by, now=now, calendar=calendar)
    return chosen, row.due_at


def _extendable(
    session: Session,
    subject_id: int,
    *,
    clock: Clock,
    by: Limit | str | None,
    now: datetime,
    calendar: WorkingCalendar | None,
) -> tuple[Any, Limit, WorkingCalendar, PolicyBook]:
    """Find the running deadline and the extension that its policy allows for it."""
    check_now(now)
    row = next(iter(open_deadlines(session, subject_id, [clock])), None)
    if row is None:
        raise NoDeadline(subject_id, clock.value)
    calendar, book = calendar or load_calendar(session), load_policies(session)
    allowed = policy_running(book, row).extension
    if allowed is None:
        raise ExtensionRefused(subject_id, "its policy allows no extension")
    if row.extension:
        raise ExtensionRefused(subject_id, f"it was extended by {row.extension} already")
    if row.paused_at is None and now > row.due_at:
        raise ExtensionRefused(subject_id, "it is overdue", is_late=True)
    chosen = allowed if by is None else as_limit(by)
    if calendar.due(row.due_at, chosen) > calendar.due(row.due_at, allowed):
        raise ExtensionRefused(subject_id, f"the policy allows at most {allowed}")
    return row, chosen, calendar, book


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
    check_now(now)
    book = PolicyBook([policy])
    pauses = closed_pauses(session, [subject_id])[subject_id]
    for row in open_deadlines(session, subject_id, tuple(policy.limits)):
        plan = plan_of(row, calendar, book, pauses, policy=policy)
        values: dict[str, Any] = {"policy_id": policy.id, "policy_code": policy.code}
        values |= {"limit": str(policy.limits[row.clock])}
        scheduled = schedule(session, row, plan)
        if row.paused_at is not None:
            scheduled.pop("next_step_at")
        move(session, row, values | scheduled, reason=ChangeReason.policy_changed, now=now, actor_id=actor_id)
