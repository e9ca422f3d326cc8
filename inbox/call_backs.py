"""Calls to citizens after the answer (回访): started by the scheduler, due one working day later, noted by hand."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import and_, exists, func
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from inbox.access import Viewer, get_case, require, visible_cases
from inbox.errors import WrongState
from inbox.events import record_event
from inbox.ladder_models import CallBack
from inbox.models import Case, CaseState, Message, Satisfaction
from inbox.notices import notify, officers_of
from routing.models import Officer, Role
from sla.calendar import WorkingCalendar
from sla.deadlines import DeadlineStart, meet_deadlines, restart_deadlines, start_deadlines
from sla.models import Clock, Deadline
from sla.policies import PolicyBook

CALLERS = (Role.DISPATCHER, Role.SUPERVISOR)
LONGEST_WORDS = 500


@dataclass(frozen=True, slots=True)
class CallRow:
    """A citizen to call: what about, by when, and the telephone they left."""

    case_id: int
    tracking_code: str
    title: str
    author: str | None
    contact: str | None
    department_id: int | None
    replied_at: datetime | None
    due_at: datetime

    def is_late(self, now: datetime) -> bool:
        """Tell whether the call should have been made; due exactly now is not late."""
        return now > self.due_at


@dataclass(frozen=True, slots=True)
class CallView:
    """A call that was made."""

    at: datetime
    by: str
    reached: bool
    solved: bool | None
    satisfaction: Satisfaction | None
    words: str


@dataclass(frozen=True, slots=True)
class Call:
    """What a citizen said on the telephone; nothing was said when nobody answered."""

    reached: bool
    solved: bool | None = None
    satisfaction: Satisfaction | None = None
    words: str = ""


def start_call_backs(
    session: Session, book: PolicyBook, calendar: WorkingCalendar, *, now: datetime, limit: int = 500
) -> int:
    """Start the clock of the call for answered cases that have none yet; done twice it changes nothing."""
    called = aliased(Deadline)
    timed = exists().where(
        col(called.subject_id) == Case.id,
        col(called.clock) == Clock.call_back,
        col(called.started_at) >= col(Case.replied_at),
    )
    query = (
        sa.select(
            col(Case.id),
            col(Case.replied_at),
            col(Case.reply_round),
            col(Deadline.policy_id),
            col(Deadline.policy_code),
        )
        .join(
            Deadline,
            and_(
                col(Deadline.subject_id) == Case.id,
                col(Deadline.clock) == Clock.resolve,
                col(Deadline.round) == 1,
            ),
        )
        .where(col(Case.state) == CaseState.REPLIED, ~timed)
        .order_by(col(Case.id))
        .limit(limit)
    )
    found = 0
    starts = []
    for case_id, replied_at, reply_round, policy_id, code in session.execute(query).all():
        policy = book.find(policy_id, code)
        if policy is None or Clock.call_back not in policy.limits:
            continue
        found += 1
        if reply_round and _had_call(session, case_id):
            restart_deadlines(session, case_id, now=now, calendar=calendar, clocks=(Clock.call_back,))
        else:
            starts.append(DeadlineStart(case_id, Clock.call_back, policy, replied_at or now))
    start_deadlines(session, starts, calendar)
    return found


def calls_due(session: Session, viewer: Viewer, *, limit: int = 200) -> list[CallRow]:
    """Return whom to call, the call that is due first at the top."""
    contact = select(Message.contact).where(Message.case_id == Case.id, col(Message.contact).is_not(None))
    query = (
        sa.select(
            col(Case.id),
            col(Case.tracking_code),
            col(Case.title),
            col(Case.author_name),
            contact.limit(1).correlate(Case).scalar_subquery(),
            col(Case.department_id),
            col(Case.replied_at),
            col(Deadline.due_at),
        )
        .join(Case, col(Case.id) == Deadline.subject_id)
        .where(*_open(viewer))
        .order_by(col(Deadline.due_at), col(Case.id))
        .limit(limit)
    )
    return [CallRow(*row) for row in session.execute(query).all()]


def waiting_calls(session: Session, viewer: Viewer, now: datetime) -> int:
    """Count the calls that are late."""
    if not viewer.has(*CALLERS):
        return 0
    query = select(func.count()).select_from(Deadline).join(Case, col(Case.id) == Deadline.subject_id)
    return int(session.scalar(query.where(*_open(viewer), col(Deadline.due_at) < now)) or 0)


def record_call(session: Session, viewer: Viewer, case_id: int, call: Call, *, now: datetime) -> CallBack:
    """Note what came of the call and meet its clock; a dissatisfied citizen is told to the department.

    When nobody answered the clock runs on. Raises NotAllowed, CaseNotFound, WrongState without a reply.
    """
    require(viewer, "call_back", *CALLERS)
    case = get_case(session, viewer, case_id, for_update=True)
    if case.state not in (CaseState.REPLIED, CaseState.CLOSED):
        raise WrongState("call_back", case.state.value)
    made = session.exec(
        select(CallBack).where(CallBack.case_id == case_id, CallBack.round == case.reply_round)
    ).first()
    made = made or CallBack(case_id=case_id, round=case.reply_round, called_by=viewer.officer_id, at=now)
    made.reached = call.reached
    made.solved = call.solved if call.reached else None
    made.satisfaction = call.satisfaction if call.reached else None
    made.words = call.words.strip()[:LONGEST_WORDS]
    made.called_by, made.at = viewer.officer_id, now
    session.add(made)
    session.flush()
    if call.reached:
        meet_deadlines(session, [case_id], Clock.call_back, now=now)
    params = {
        "reached": call.reached,
        "solved": made.solved,
        "satisfaction": made.satisfaction.value if made.satisfaction else None,
        "reason": made.words,
    }
    kind = "called_back" if call.reached else "call_missed"
    record_event(session, case_id, kind, now=now, actor_id=viewer.officer_id, params=params)
    if call.reached and call.solved is False and case.department_id is not None:
        people = officers_of(session, case.department_id, Role.OFFICER, Role.REVIEWER)
        notify(session, people, "call_unsolved", case_id=case_id, params={"word": made.words}, now=now)
    return made


def calls_of(session: Session, viewer: Viewer, case_id: int) -> list[CallView]:
    """Return the calls made about a case, oldest first."""
    get_case(session, viewer, case_id)
    query = (
        sa.select(CallBack, col(Officer.name))
        .join(Officer, col(Officer.id) == CallBack.called_by)
        .where(col(CallBack.case_id) == case_id)
        .order_by(col(CallBack.round))
    )
    return [
        CallView(call.at, name, call.reached, call.solved, call.satisfaction, call.words)
        for call, name in session.execute(query).all()
    ]


def _had_call(session: Session, case_id: int) -> bool:
    query = select(Deadline.id).where(Deadline.subject_id == case_id, Deadline.clock == Clock.call_back)
    return session.exec(query).first() is not None


def _open(viewer: Viewer) -> tuple[Any, ...]:
    return (
        col(Deadline.clock) == Clock.call_back,
        col(Deadline.met_at).is_(None),
        col(Deadline.cancelled_at).is_(None),
        visible_cases(viewer),
    )
