"""The citizen's last word: solved or not, satisfied or not, one reopening, one supplement."""

from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from inbox.access import get_tracked_case
from inbox.cases import mark_closed
from inbox.citizen_questions import note_answer, open_question
from inbox.deadlines import restart_clocks
from inbox.errors import AlreadyRated, CannotReopen, MessageRefused, WrongState
from inbox.events import record_event
from inbox.groups import leave_group
from inbox.models import Case, CaseState, Message, Rating, Reply, ReplyState, Satisfaction
from inbox.wording import clean_text, is_blank
from sla.deadlines import meet_deadlines
from sla.models import Clock

SILENCE_CLOSES_AFTER = timedelta(days=7)
"""An answered case that the citizen does not rate is closed after this time; it can still be reopened once."""

MAX_SUPPLEMENT_LENGTH = 2000
MAX_REOPENINGS = 1


def rate_reply(
    session: Session,
    tracking_code: str,
    *,
    solved: bool,
    satisfaction: Satisfaction,
    comment: str | None,
    now: datetime,
) -> Rating:
    """Keep the citizen's rating of the newest reply; a solved case is closed.

    Raises WrongState before there is a reply, AlreadyRated for a second rating of the same reply.
    """
    case = get_tracked_case(session, tracking_code, for_update=True)
    reply = _delivered_reply(session, case)
    if session.exec(select(Rating.id).where(Rating.reply_id == reply.id)).first() is not None:
        raise AlreadyRated(tracking_code)
    rating = Rating(
        reply_id=reply.id or 0,
        case_id=case.id or 0,
        solved=solved,
        satisfaction=satisfaction,
        comment=clean_text(comment)[:1000] if comment else None,
        at=now,
    )
    session.add(rating)
    params = {"solved": solved, "satisfaction": satisfaction.value}
    record_event(session, case.id or 0, "rated", now=now, params=params, public=True)
    meet_deadlines(session, [case.id or 0], Clock.call_back, now=now)
    if solved and case.state == CaseState.REPLIED:
        mark_closed(session, case, now=now, why="rated")
    session.flush()
    return rating


def reopen_case(session: Session, tracking_code: str, *, reason: str, now: datetime) -> Case:
    """Open an answered case again, once, with the citizen's reason; it goes back to the same department.

    The citizen's clock is not reset; the department gets a second handling clock. Raises CannotReopen.
    """
    case = get_tracked_case(session, tracking_code, for_update=True)
    if case.state not in (CaseState.REPLIED, CaseState.CLOSED) or case.spam:
        raise CannotReopen(tracking_code)
    if case.reply_round >= MAX_REOPENINGS:
        raise CannotReopen(tracking_code)
    _add_words(session, case, reason, suffix="reopen", now=now)
    case.reply_round += 1
    case.state = CaseState.ASSIGNED if case.department_id else CaseState.TRIAGE_DESK
    case.closed_at = None
    case.version += 1
    meet_deadlines(session, [case.id or 0], Clock.call_back, now=now)
    leave_group(session, case, now=now)
    restart_clocks(session, case, now=now)
    record_event(session, case.id or 0, "reopened", now=now, public=True)
    return case


def supplement_case(session: Session, tracking_code: str, *, text: str, now: datetime) -> Message:
    """Add the citizen's one supplement to a case that is still being handled, or their answer to a question.

    An answer ends the pause that waited for it.
    """
    case = get_tracked_case(session, tracking_code, for_update=True)
    if case.state in (CaseState.REPLIED, CaseState.CLOSED):
        raise WrongState("supplement", case.state.value)
    question = open_question(session, case.id or 0)
    suffix = f"answer-{question.id}" if question else "supplement"
    message = _add_words(session, case, text, suffix=suffix, now=now)
    if question is not None:
        note_answer(session, case, question, now=now)
    record_event(session, case.id or 0, "supplemented", now=now, public=True)
    return message


def close_silent_cases(session: Session, *, now: datetime, limit: int = 500) -> int:
    """Close cases whose reply has stood unrated for `SILENCE_CLOSES_AFTER`; return how many."""
    silent = session.exec(
        select(Case)
        .where(Case.state == CaseState.REPLIED, col(Case.replied_at) <= now - SILENCE_CLOSES_AFTER)
        .limit(limit)
    ).all()
    for case in silent:
        mark_closed(session, case, now=now, why="silent")
    session.flush()
    return len(silent)


def _delivered_reply(session: Session, case: Case) -> Reply:
    if case.state not in (CaseState.REPLIED, CaseState.CLOSED):
        raise WrongState("rate", case.state.value)
    reply = session.exec(
        select(Reply)
        .where(Reply.case_id == case.id, Reply.state == ReplyState.APPROVED)
        .order_by(col(Reply.round).desc())
    ).first()
    if reply is None:
        raise WrongState("rate", case.state.value)
    return reply


def _add_words(session: Session, case: Case, words: str, *, suffix: str, now: datetime) -> Message:
    text = clean_text(words)
    if is_blank(text):
        raise MessageRefused("empty")
    if len(text) > MAX_SUPPLEMENT_LENGTH:
        raise MessageRefused("too_long", length=len(text), limit=MAX_SUPPLEMENT_LENGTH)
    external_id = f"{case.tracking_code}:{suffix}"
    known = select(Message.id).where(
        Message.account_id == case.account_id, Message.external_id == external_id
    )
    if session.exec(known).first() is not None:
        raise MessageRefused("supplemented_before")
    message = Message(
        case_id=case.id or 0,
        account_id=case.account_id,
        external_id=external_id,
        raw=words.encode("utf-8", "surrogatepass"),
        text=text,
        received_at=now,
    )
    session.add(message)
    session.flush()
    return message
