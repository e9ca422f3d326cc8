"""What a citizen sees of a message: plain progress, the reply, and what may be done next. Never an officer's name."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from inbox.access import get_tracked_case
from inbox.citizen_questions import open_question
from inbox.deadlines import public_due_at
from inbox.events import EventView, events_of
from inbox.models import CaseState, Delivery, DeliveryState, Message, Rating, Reply
from inbox.parts import part_codes
from inbox.ratings import MAX_REOPENINGS
from routing.models import Department


@dataclass(frozen=True, slots=True)
class CitizenReply:
    """A reply that reached the citizen, and the rating it got."""

    text: str
    at: datetime
    round: int
    solved: bool | None
    satisfaction: str | None


@dataclass(frozen=True, slots=True)
class TrackedCase:
    """The tracking page. `step` is 1 received, 2 with a department, 3 being answered, 4 answered, 5 closed.

    `words` are what the citizen wrote, each with when it was written, as far as that is known.
    """

    tracking_code: str
    title: str
    state: CaseState
    step: int
    received_at: datetime
    department: str | None
    department_en: str | None
    due_at: datetime | None
    words: tuple[tuple[str, datetime], ...]
    replies: tuple[CitizenReply, ...]
    events: tuple[EventView, ...]
    may_rate: bool
    may_reopen: bool
    may_supplement: bool
    question: str | None = None
    answer_until: datetime | None = None


_STEP = {
    CaseState.NEW: 1,
    CaseState.TRIAGE_DESK: 1,
    CaseState.ARBITRATION: 2,
    CaseState.ASSIGNED: 2,
    CaseState.DRAFTING: 3,
    CaseState.IN_REVIEW: 3,
    CaseState.SENDING: 3,
    CaseState.REPLIED: 4,
    CaseState.CLOSED: 5,
}


def tracked_case(session: Session, tracking_code: str) -> TrackedCase:
    """Return what the code opens; raise CaseNotFound, which looks the same for a wrong and a foreign code."""
    case = get_tracked_case(session, tracking_code)
    department = session.get(Department, case.department_id) if case.department_id else None
    messages = session.exec(select(Message).where(Message.case_id == case.id).order_by(col(Message.id))).all()
    replies = _replies(session, case.id or 0)
    question = open_question(session, case.id or 0)
    answered = case.state in (CaseState.REPLIED, CaseState.CLOSED) and bool(replies) and not case.spam
    return TrackedCase(
        tracking_code=case.tracking_code,
        title=case.title,
        state=case.state,
        step=_STEP[case.state],
        received_at=case.received_at,
        department=department.name if department else None,
        department_en=department.name_en if department else None,
        due_at=None if answered or case.spam else public_due_at(session, case),
        words=tuple((message.text, message.posted_at or message.received_at) for message in messages),
        replies=replies,
        events=tuple(events_of(session, case.id or 0, public_only=True)),
        may_rate=answered and replies[-1].solved is None,
        may_reopen=answered and case.reply_round < MAX_REOPENINGS,
        may_supplement=not answered
        and case.state != CaseState.CLOSED
        and (question is not None or not any(m.external_id.endswith(":supplement") for m in messages)),
        question=question.text if question else None,
        answer_until=question.until_at if question else None,
    )


def tracked_parts(session: Session, tracking_code: str) -> tuple[TrackedCase, ...]:
    """Return the other matters of a message that was split, each as its own page would show it."""
    case = get_tracked_case(session, tracking_code)
    return tuple(tracked_case(session, code) for code in part_codes(session, case.id or 0))


def _replies(session: Session, case_id: int) -> tuple[CitizenReply, ...]:
    query = (
        select(Reply, Delivery, Rating)
        .join(Delivery, col(Delivery.reply_id) == Reply.id)
        .join(Rating, col(Rating.reply_id) == Reply.id, isouter=True)
        .where(Reply.case_id == case_id, Delivery.state == DeliveryState.DELIVERED)
        .order_by(col(Reply.round))
    )
    return tuple(
        CitizenReply(
            text=reply.text,
            at=delivery.delivered_at or delivery.created_at,
            round=reply.round,
            solved=rating.solved if rating else None,
            satisfaction=rating.satisfaction.value if rating else None,
        )
        for reply, delivery, rating in session.exec(query).all()
    )
