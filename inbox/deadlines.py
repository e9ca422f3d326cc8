"""Where a case meets its clocks: which policy times it, what falls due next, what is met."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import update
from sqlmodel import Session

from inbox.events import record_event
from inbox.models import Case
from sla.calendar import WorkingCalendar, load_calendar
from sla.deadlines import (
    DeadlineStart,
    apply_policy,
    cancel_deadlines,
    meet_deadlines,
    pause_deadlines,
    restart_deadlines,
    resume_deadlines,
    start_deadlines,
    starts_of,
)
from sla.errors import NoDeadline
from sla.models import Clock, PauseReason
from sla.policies import load_policies
from sla.policy import Facts, Policy
from sla.rounds import cancel_round, meet_round, start_round
from sla.views import DeadlineView, deadlines_of

CITIZEN_CLOCKS = (Clock.accept, Clock.first_reply, Clock.resolve)
"""The clocks that order the inbox; the backstop on the total only speaks when all of these are silent."""


@dataclass(frozen=True, slots=True)
class ClockStart:
    """How a new case is timed; `accepted` means that a department (a code) has it already."""

    case_id: int
    policy: Policy
    department: str | None
    started_at: datetime
    accepted: bool


@dataclass(frozen=True, slots=True)
class NextDue:
    """The clock of a case that falls due first."""

    due_at: datetime
    clock: str
    started_at: datetime
    all_due: Mapping[str, datetime] = field(default_factory=dict)
    """By when each clock of the case was due when it was started."""


def start_clocks(
    session: Session, starts: Sequence[ClockStart], calendar: WorkingCalendar, *, now: datetime
) -> dict[int, NextDue]:
    """Start every clock of these cases and return what falls due first; done twice it changes nothing."""
    if not starts:
        return {}
    deadlines = [
        clock
        for start in starts
        for clock in starts_of(
            start.policy, start.case_id, start.started_at, department=start.department or ""
        )
    ]
    start_deadlines(session, deadlines, calendar)
    meet_deadlines(session, [start.case_id for start in starts if start.accepted], Clock.accept, now=now)
    views = deadlines_of(session, [start.case_id for start in starts])
    return {
        case_id: replace(due, all_due={view.clock.value: view.due_at for view in found})
        for case_id, found in views.items()
        if (due := next_due(found)) is not None
    }


def next_due(views: Iterable[DeadlineView]) -> NextDue | None:
    """Return the open clock that falls due first."""
    open_ones = [view for view in views if view.is_open]
    # While a return is being decided the handling stands still: the decision is what the case waits for.
    decisions = [view for view in open_ones if view.clock is Clock.arbitration]
    waiting = [view for view in open_ones if view.clock is not Clock.call_back]
    shown = decisions or [view for view in waiting if view.clock in CITIZEN_CLOCKS] or waiting
    if not shown:
        return None
    first = min(shown, key=lambda view: view.due_at)
    return NextDue(first.due_at, first.clock.value, first.started_at)


def meet_clocks(session: Session, case: Case, *clocks: Clock, now: datetime) -> None:
    """Note that what these clocks ask for was done, and order the case anew."""
    for clock in clocks:
        meet_deadlines(session, [case.id or 0], clock, now=now)
    _show_next(session, [case])


def return_window(
    session: Session, case: Case, department: str, *, now: datetime, calendar: WorkingCalendar | None = None
) -> datetime | None:
    """Return until when a department (a code) that gets a case now may give it back; None when nothing limits it.

    The limit is the `return` one of the policy that the case is handled under.
    """
    policy = policy_of_case(session, case.id or 0)
    limit = policy.limits.get(Clock.return_) if policy else None
    if limit is None:
        return None
    return (calendar or load_calendar(session)).due(now, limit, department=department)


def policy_of_case(session: Session, case_id: int) -> Policy | None:
    """Return the policy version that the newest handling clock of a case runs under."""
    for view in reversed(deadlines_of_case(session, case_id)):
        if view.clock == Clock.resolve:
            return load_policies(session).find(view.policy_id, view.policy_code)
    return None


def begin_arbitration(session: Session, case: Case, *, now: datetime, actor_id: int) -> datetime | None:
    """Stop the handling of a case and start the arbitration's own clock; return when it falls due.

    The citizen's total, the first reply and the acceptance run on. None when the policy sets no such limit.
    """
    case_id, calendar = case.id or 0, load_calendar(session)
    with suppress(NoDeadline):
        pause_deadlines(
            session, case_id, reason=PauseReason.arbitration, actor_id=actor_id, now=now, calendar=calendar
        )
    policy, due_at = policy_of_case(session, case_id), None
    if policy is not None and Clock.arbitration in policy.limits:
        start = DeadlineStart(case_id, Clock.arbitration, policy, now)
        _round, due_at = start_round(session, start, calendar)
    _show_next(session, [case])
    return due_at


def end_arbitration(session: Session, case: Case, *, now: datetime, actor_id: int) -> None:
    """Meet the arbitration's clock and let the handling go on."""
    meet_deadlines(session, [case.id or 0], Clock.arbitration, now=now)
    resume_deadlines(session, case.id or 0, now=now, actor_id=actor_id, reason=PauseReason.arbitration)
    _show_next(session, [case])


def drop_arbitration(session: Session, case: Case, *, now: datetime, actor_id: int) -> None:
    """Stop the arbitration's clock, for nothing is to be decided any more, and let the handling go on."""
    open_rounds = [
        view.round
        for view in deadlines_of_case(session, case.id or 0)
        if view.clock is Clock.arbitration and view.is_open
    ]
    for round_ in open_rounds:
        cancel_round(session, case.id or 0, Clock.arbitration, round_, now=now)
    resume_deadlines(session, case.id or 0, now=now, actor_id=actor_id, reason=PauseReason.arbitration)
    _show_next(session, [case])


CO_HANDLING_LIMIT = "3wd"
"""How long a co-handler has when the policy sets no limit."""


def join_departments(
    session: Session, case: Case, departments: int, *, has_answer: bool, now: datetime, actor_id: int
) -> None:
    """Time a case as one of several departments from now on.

    A policy that goes before that of several departments (danger, petition) stays. Nothing is made shorter when
    somebody is released again.
    """
    case_id = case.id or 0
    department = next(
        (view.department for view in deadlines_of_case(session, case_id) if view.department), ""
    )
    facts = Facts(
        kind=case.kind.value,
        tags=frozenset(case.tags),
        channel=case.platform.value,
        department=department or None,
        departments=departments,
        answered_by_kb=has_answer,
    )
    policy, running = load_policies(session).match(facts), policy_of_case(session, case_id)
    if running is None or policy.code != running.code:
        calendar = load_calendar(session)
        apply_policy(session, case_id, policy, now=now, calendar=calendar, actor_id=actor_id)
    _show_next(session, [case])


def start_co_handling(
    session: Session, case: Case, department: str, *, now: datetime
) -> tuple[int | None, datetime]:
    """Start the clock of one co-handling department (a code); return its round, if the policy has one, and the end."""
    calendar, policy = load_calendar(session), policy_of_case(session, case.id or 0)
    if policy is None or Clock.co_handle not in policy.limits:
        return None, calendar.due(now, CO_HANDLING_LIMIT, department=department)
    start = DeadlineStart(case.id or 0, Clock.co_handle, policy, now, department)
    return start_round(session, start, calendar)


def end_co_handling(
    session: Session, case: Case, round_: int | None, *, now: datetime, answered: bool
) -> None:
    """Meet the clock of one co-handling department, or stop it when its part is no longer wanted."""
    if round_ is not None:
        end = meet_round if answered else cancel_round
        end(session, case.id or 0, Clock.co_handle, round_, now=now)
    _show_next(session, [case])


def cancel_clocks(session: Session, case: Case, *, now: datetime) -> None:
    """Stop every clock of a case that needs no answer."""
    cancel_deadlines(session, case.id or 0, now=now)
    _show_next(session, [case])


def restart_clocks(session: Session, case: Case, *, now: datetime) -> None:
    """Give a case that comes back its handling clock; the citizen's total runs on."""
    try:
        restart_deadlines(session, case.id or 0, now=now, calendar=load_calendar(session))
    except NoDeadline:
        return
    _show_next(session, [case])
    due = {
        view.clock.value: view.due_at.isoformat()
        for view in deadlines_of_case(session, case.id or 0)
        if view.is_open
    }
    record_event(session, case.id or 0, "clocks_restarted", now=now, params={"due": due})


def refresh_due(session: Session, case_ids: Sequence[int]) -> None:
    """Bring the due instant that lists sort by in line with the deadlines of these cases."""
    for start in range(0, len(case_ids), 500):
        chunk = case_ids[start : start + 500]
        _write_next(session, chunk, deadlines_of(session, chunk))


def deadlines_of_case(session: Session, case_id: int) -> tuple[DeadlineView, ...]:
    """Return the deadlines of one case, in the order of their clocks."""
    return tuple(deadlines_of(session, [case_id])[case_id])


def public_due_at(session: Session, case: Case) -> datetime | None:
    """Return by when a citizen may expect the answer: the open handling deadline."""
    for view in reversed(deadlines_of_case(session, case.id or 0)):
        if view.clock == Clock.resolve and view.is_open:
            return view.due_at
    return None


def _show_next(session: Session, cases: Sequence[Case]) -> None:
    views = deadlines_of(session, [case.id or 0 for case in cases])
    for case in cases:
        due = next_due(views[case.id or 0])
        case.next_due_at = due.due_at if due else None
        case.next_clock = due.clock if due else None
        case.next_due_started_at = due.started_at if due else None
    session.flush()


def _write_next(
    session: Session, case_ids: Sequence[int], views: Mapping[int, Sequence[DeadlineView]]
) -> None:
    rows = []
    for case_id in case_ids:
        due = next_due(views[case_id])
        rows.append(
            {
                "id": case_id,
                "next_due_at": due.due_at if due else None,
                "next_clock": due.clock if due else None,
                "next_due_started_at": due.started_at if due else None,
            }
        )
    if rows:
        session.execute(update(Case), rows)
