"""Everything the case page shows, gathered with a fixed number of queries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select

from inbox.access import Viewer, get_case, may
from inbox.case_lists import CaseRow, case_row, earlier_cases
from inbox.deadlines import deadlines_of_case
from inbox.events import EventView, events_of, record_event
from inbox.gap_values import placeholder_values
from inbox.models import (
    WITH_DEPARTMENT,
    Account,
    Case,
    CasePresence,
    CaseSuggestion,
    Delivery,
    DeliveryState,
    Message,
    Note,
    Rating,
    Reply,
    ReplyState,
    TriageFailure,
)
from inbox.privacy import PersonalKind, Span, find_personal, mask, mask_all, shift_spans
from inbox.replies import reviews_of
from inbox.return_queue import ReturnView, returns_of
from inbox.returns import why_not
from knowledge_base.answers import AnswerView, answers_of
from knowledge_base.placeholders import fill
from routing.models import Department, Officer
from sla.views import DeadlineView

PRESENCE_WINDOW = timedelta(seconds=60)
"""A colleague counts as being in the case this long after the page last asked."""


@dataclass(frozen=True, slots=True)
class MessageView:
    """What the citizen wrote; personal information is covered unless it was revealed for this viewer.

    `marks` are the spans of `text` in which the best suggestion matched.
    """

    id: int
    title: str | None
    text: str
    at: datetime
    posted_at: datetime | None
    contact: str | None
    place: str | None
    has_personal: bool
    marks: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class SuggestionView:
    """A suggested answer beside the reply box, its placeholders filled as far as known."""

    article_id: int
    rank: int
    confidence: float
    answer: AnswerView
    filled: str
    missing: tuple[str, ...]
    phrasing: str
    phrasing_terms: tuple[tuple[int, int], ...]
    message_terms: tuple[tuple[int, int], ...]
    reasons: tuple[Mapping[str, Any], ...]
    used: bool
    rejected: bool


@dataclass(frozen=True, slots=True)
class ReviewView:
    """One review of a reply."""

    reviewer: str
    decision: str
    reason: str | None
    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class ReplyView:
    """A reply of one round with its reviews, delivery and rating."""

    id: int
    round: int
    state: ReplyState
    text: str
    version: int
    editor: str
    editor_id: int
    contributor_ids: tuple[int, ...]
    saved_at: datetime
    submitted_at: datetime | None
    submitted_by: str | None
    approved_at: datetime | None
    reviewer: str | None
    article_id: int | None
    inserted_text: str | None
    reviews: tuple[ReviewView, ...]
    delivery: Delivery | None
    rating: Rating | None

    @property
    def is_delivered(self) -> bool:
        """Tell whether the citizen has it."""
        return self.delivery is not None and self.delivery.state == DeliveryState.DELIVERED


@dataclass(frozen=True, slots=True)
class CandidateView:
    """A department that routing thought of, with its reasons."""

    department_id: int
    name: str
    name_en: str
    confidence: float
    reasons: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class NoteView:
    """An internal note."""

    author: str
    text: str
    at: datetime
    mentions: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class FailureView:
    """A triage step that failed and has not been mended."""

    step: str
    error: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Presence:
    """Who else has a case open, and which version of it they see."""

    others_here: tuple[str, ...]
    version: int


@dataclass(frozen=True, slots=True)
class CaseView:
    """The case page."""

    row: CaseRow
    version: int
    display: str
    account_code: str
    account_name: str
    messages: tuple[MessageView, ...]
    replies: tuple[ReplyView, ...]
    suggestions: tuple[SuggestionView, ...]
    candidates: tuple[CandidateView, ...]
    routed_automatically: bool
    deadlines: tuple[DeadlineView, ...]
    events: tuple[EventView, ...]
    notes: tuple[NoteView, ...]
    failures: tuple[FailureView, ...]
    earlier: tuple[CaseRow, ...]
    others_here: tuple[str, ...]
    returns: tuple[ReturnView, ...]
    may_return: bool
    return_until: datetime | None
    may: Mapping[str, bool]
    revealed: bool

    @property
    def draft(self) -> ReplyView | None:
        """The reply of the present round, if somebody has begun one."""
        current = [r for r in self.replies if r.state != ReplyState.APPROVED]
        return current[-1] if current else None

    @property
    def sent(self) -> tuple[ReplyView, ...]:
        """Approved replies, oldest first."""
        return tuple(r for r in self.replies if r.state == ReplyState.APPROVED)


def case_view(
    session: Session, viewer: Viewer, case_id: int, *, now: datetime, today: date, reveal: bool = False
) -> CaseView:
    """Gather the case page; raise CaseNotFound. With `reveal` the caller has recorded the look beforehand."""
    case = get_case(session, viewer, case_id)
    account = session.get_one(Account, case.account_id)
    department = session.get(Department, case.department_id) if case.department_id else None
    assignee = session.get(Officer, case.assignee_id) if case.assignee_id else None
    routing = case.routing or {}
    suggestions = _suggestions(session, case, department, today=today)
    returns = returns_of(session, case_id)
    return CaseView(
        row=case_row(
            case,
            department.name if department else None,
            department.name_en if department else None,
            assignee.name if assignee else None,
        ),
        version=case.version,
        display=case.display.value,
        account_code=account.code,
        account_name=account.name,
        messages=messages_of(session, case_id, suggestions, reveal=reveal),
        replies=_replies(session, case_id),
        suggestions=suggestions,
        candidates=candidates_of(session, routing),
        routed_automatically=bool(routing.get("automatic")),
        deadlines=deadlines_of_case(session, case_id),
        events=tuple(events_of(session, case_id)),
        notes=_notes(session, case_id),
        failures=_failures(session, case_id),
        earlier=tuple(earlier_cases(session, viewer, case)),
        others_here=_others_here(session, viewer, case_id, now=now),
        returns=returns,
        may_return=case.state in WITH_DEPARTMENT
        and why_not(case, [each.state for each in returns], now=now) is None,
        return_until=case.return_until,
        may=may(viewer, case),
        revealed=reveal,
    )


def case_presence(session: Session, viewer: Viewer, case_id: int, *, now: datetime) -> Presence:
    """Return who else has the case open and its version, for asking often. Raises CaseNotFound."""
    case = get_case(session, viewer, case_id)
    return Presence(_others_here(session, viewer, case_id, now=now), case.version)


def record_look(session: Session, viewer: Viewer, case_id: int, *, now: datetime) -> None:
    """Note that an officer uncovered the personal information of a case (个人信息保护法 §51)."""
    get_case(session, viewer, case_id)
    record_event(session, case_id, "revealed", now=now, actor_id=viewer.officer_id)


def messages_of(
    session: Session, case_id: int, suggestions: Sequence[SuggestionView] = (), *, reveal: bool = False
) -> tuple[MessageView, ...]:
    """Return what the citizen wrote, oldest first, marked where the best suggestion matched."""
    query = select(Message).where(Message.case_id == case_id).order_by(col(Message.id))
    found = session.exec(query).all()
    # Suggestions were matched with the opening message, so their offsets mean nothing in a supplement.
    terms = suggestions[0].message_terms if suggestions else ()
    return tuple(
        _message(message, () if number else terms, reveal=reveal) for number, message in enumerate(found)
    )


def _personal(message: Message) -> list[Span]:
    """Return what triage found; a supplement, or a message nobody has triaged yet, is searched now."""
    if not message.personal_spans:
        return find_personal(message.text)
    return [Span(start, end, PersonalKind(kind)) for start, end, kind in message.personal_spans]


def _message(message: Message, terms: Sequence[tuple[int, int]], *, reveal: bool) -> MessageView:
    spans = _personal(message)
    contact = message.contact
    return MessageView(
        id=message.id or 0,
        title=message.title if reveal or not message.title else mask_all(message.title),
        text=message.text if reveal else mask(message.text, spans),
        at=message.received_at,
        posted_at=message.posted_at,
        contact=contact
        if reveal or not contact
        else f"{contact[:3]}{'*' * max(4, len(contact) - 5)}{contact[-2:]}",
        place=message.place,
        has_personal=bool(spans or contact),
        marks=tuple(terms) if reveal else shift_spans(terms, message.text, spans),
    )


def _replies(session: Session, case_id: int) -> tuple[ReplyView, ...]:
    replies = session.exec(select(Reply).where(Reply.case_id == case_id).order_by(col(Reply.round))).all()
    if not replies:
        return ()
    people = {i for r in replies for i in (r.editor_id, r.submitted_by, r.reviewer_id) if i}
    names = dict(session.exec(select(Officer.id, Officer.name).where(col(Officer.id).in_(people))).all())
    deliveries = {
        d.reply_id: d for d in session.exec(select(Delivery).where(Delivery.case_id == case_id)).all()
    }
    ratings = {r.reply_id: r for r in session.exec(select(Rating).where(Rating.case_id == case_id)).all()}
    return tuple(
        _reply(session, reply, names, deliveries.get(reply.id or 0), ratings.get(reply.id or 0))
        for reply in replies
    )


def _reply(
    session: Session,
    reply: Reply,
    names: Mapping[int | None, str],
    delivery: Delivery | None,
    rating: Rating | None,
) -> ReplyView:
    return ReplyView(
        id=reply.id or 0,
        round=reply.round,
        state=reply.state,
        text=reply.text,
        version=reply.version,
        editor=names.get(reply.editor_id, ""),
        editor_id=reply.editor_id,
        contributor_ids=tuple(reply.contributor_ids),
        saved_at=reply.saved_at,
        submitted_at=reply.submitted_at,
        submitted_by=names.get(reply.submitted_by),
        approved_at=reply.approved_at,
        reviewer=names.get(reply.reviewer_id),
        article_id=reply.article_id,
        inserted_text=reply.inserted_text,
        reviews=tuple(
            ReviewView(name, review.decision.value, review.reason, review.at, review.text)
            for review, name in reviews_of(session, reply.id or 0)
        ),
        delivery=delivery,
        rating=rating,
    )


def _suggestions(
    session: Session, case: Case, department: Department | None, *, today: date
) -> tuple[SuggestionView, ...]:
    stored = session.exec(
        select(CaseSuggestion).where(CaseSuggestion.case_id == case.id).order_by(col(CaseSuggestion.rank))
    ).all()
    answers = answers_of(session, [s.article_id for s in stored], today=today)
    values = placeholder_values(case, department, today=today)
    return tuple(
        _suggestion(suggestion, answers[suggestion.article_id], values)
        for suggestion in stored
        if suggestion.article_id in answers and answers[suggestion.article_id].is_live
    )


def _suggestion(suggestion: CaseSuggestion, answer: AnswerView, values: Mapping[str, str]) -> SuggestionView:
    filled = fill(answer.answer, values)
    told = suggestion.explanation
    return SuggestionView(
        article_id=suggestion.article_id,
        rank=suggestion.rank,
        confidence=suggestion.confidence,
        answer=answer,
        filled=filled.text,
        missing=tuple(filled.missing),
        phrasing=told.get("phrasing") or answer.question,
        phrasing_terms=tuple((a, b) for a, b in told.get("phrasing_terms", ())),
        message_terms=tuple((a, b) for a, b in told.get("terms", ())),
        reasons=tuple(told.get("reasons", ())),
        used=suggestion.used_at is not None,
        rejected=suggestion.rejected_at is not None,
    )


def candidates_of(session: Session, routing: Mapping[str, Any]) -> tuple[CandidateView, ...]:
    """Return the departments that a stored routing decision thought of, best first."""
    stored = routing.get("candidates") or []
    ids = [entry["department_id"] for entry in stored]
    found = session.exec(select(Department).where(col(Department.id).in_(ids))).all() if ids else []
    units = {unit.id: unit for unit in found}
    return tuple(
        CandidateView(
            department_id=entry["department_id"],
            name=units[entry["department_id"]].name,
            name_en=units[entry["department_id"]].name_en,
            confidence=entry["confidence"],
            reasons=tuple(entry.get("reasons", ())),
        )
        for entry in stored
        if entry["department_id"] in units
    )


def _notes(session: Session, case_id: int) -> tuple[NoteView, ...]:
    query = (
        select(Note, Officer.name)
        .join(Officer, col(Officer.id) == Note.author_id)
        .where(Note.case_id == case_id)
        .order_by(col(Note.id))
    )
    return tuple(
        NoteView(name, note.text, note.at, tuple(note.mentions)) for note, name in session.exec(query).all()
    )


def _failures(session: Session, case_id: int) -> tuple[FailureView, ...]:
    query = select(TriageFailure).where(
        TriageFailure.case_id == case_id, col(TriageFailure.resolved_at).is_(None)
    )
    return tuple(FailureView(f.step, f.error, f.at) for f in session.exec(query).all())


def _others_here(session: Session, viewer: Viewer, case_id: int, *, now: datetime) -> tuple[str, ...]:
    query = (
        select(Officer.name)
        .join(CasePresence, col(CasePresence.officer_id) == Officer.id)
        .where(
            CasePresence.case_id == case_id,
            CasePresence.officer_id != viewer.officer_id,
            col(CasePresence.seen_at) >= now - PRESENCE_WINDOW,
        )
    )
    return tuple(session.exec(query).all())
