"""Asking the citizen for what is missing: the handling clock stands still until they answer or the limit is over."""

from datetime import datetime

from sqlmodel import Session, col, select

from inbox.access import Viewer, get_case, require
from inbox.deadlines import refresh_due
from inbox.errors import MessageRefused, NotAllowed, WrongState
from inbox.events import record_event
from inbox.ladder_models import CitizenQuestion
from inbox.models import Case, CaseState
from inbox.notices import notify, people_of
from routing.models import Role
from sla.calendar import WorkingCalendar
from sla.deadlines import pause_deadlines, resume_deadlines
from sla.models import DeadlinePause, PauseReason

ANSWER_WITHIN = "10wd"
"""How long the clock waits for a citizen; after that the department answers with what it has."""

LONGEST_QUESTION = 1000
_ASKING = (CaseState.ASSIGNED, CaseState.DRAFTING)


def may_ask(viewer: Viewer, case: Case) -> bool:
    """Tell whether the viewer answers this case and it waits for no citizen yet."""
    own = viewer.department_id is not None and viewer.department_id == case.department_id
    return own and viewer.has(Role.OFFICER) and case.state in _ASKING


def ask_citizen(
    session: Session,
    viewer: Viewer,
    case_id: int,
    *,
    text: str,
    calendar: WorkingCalendar,
    now: datetime,
) -> CitizenQuestion:
    """Ask the citizen on the tracking page and stop the handling clock.

    The citizen's own waiting time goes on. Raises NotAllowed, WrongState when one is being waited for
    already, MessageRefused when nothing is asked, NoDeadline when no handling clock runs.
    """
    require(viewer, "ask_citizen", Role.OFFICER)
    case = get_case(session, viewer, case_id, for_update=True)
    if case.department_id != viewer.department_id:
        raise NotAllowed("ask_citizen")
    if case.state not in _ASKING or open_question(session, case_id) is not None:
        raise WrongState("ask_citizen", case.state.value)
    said = text.strip()[:LONGEST_QUESTION]
    if not said:
        raise MessageRefused("empty")
    pause_id = pause_deadlines(
        session,
        case_id,
        reason=PauseReason.waiting_for_citizen,
        actor_id=viewer.officer_id,
        limit=ANSWER_WITHIN,
        now=now,
        calendar=calendar,
    )
    pause = session.get_one(DeadlinePause, pause_id)
    question = CitizenQuestion(
        case_id=case_id,
        pause_id=pause_id,
        text=said,
        asked_by=viewer.officer_id,
        asked_at=now,
        until_at=pause.until_at,
    )
    session.add(question)
    session.flush()
    refresh_due(session, [case_id])
    record_event(
        session,
        case_id,
        "citizen_asked",
        now=now,
        actor_id=viewer.officer_id,
        params={"reason": said},
        public=True,
    )
    return question


def open_question(session: Session, case_id: int) -> CitizenQuestion | None:
    """Return the question that the clock waits with, if it still does."""
    query = (
        select(CitizenQuestion)
        .join(DeadlinePause, col(DeadlinePause.id) == CitizenQuestion.pause_id)
        .where(
            CitizenQuestion.case_id == case_id,
            col(CitizenQuestion.answered_at).is_(None),
            col(DeadlinePause.ended_at).is_(None),
        )
        .order_by(col(CitizenQuestion.id).desc())
    )
    return session.exec(query).first()


def note_answer(session: Session, case: Case, question: CitizenQuestion, *, now: datetime) -> None:
    """Let the clock run again, because the citizen has answered, and tell who asked."""
    question.answered_at = now
    case_id = case.id or 0
    resume_deadlines(session, case_id, now=now, reason=PauseReason.waiting_for_citizen)
    refresh_due(session, [case_id])
    session.expire(case)
    notify(
        session, {question.asked_by, *people_of(session, case)}, "citizen_answered", case_id=case_id, now=now
    )


def stop_waiting(session: Session, viewer: Viewer, case_id: int, *, now: datetime) -> bool:
    """End the wait before the citizen answers, because the answer is not needed any more."""
    require(viewer, "ask_citizen", Role.OFFICER)
    case = get_case(session, viewer, case_id, for_update=True)
    if case.department_id != viewer.department_id:
        raise NotAllowed("ask_citizen")
    ended = resume_deadlines(
        session, case_id, now=now, actor_id=viewer.officer_id, reason=PauseReason.waiting_for_citizen
    )
    refresh_due(session, [case_id])
    if ended:
        record_event(session, case_id, "wait_ended", now=now, actor_id=viewer.officer_id, public=True)
    return ended
