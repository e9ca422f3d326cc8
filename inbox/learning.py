"""What happens to cases teaches the knowledge base: masked, and only when it says something new."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from difflib import SequenceMatcher

from sqlalchemy import func
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, or_, select

from inbox.models import Case, CaseSuggestion, Message, Reply
from inbox.privacy import PersonalKind, find_personal, mask
from knowledge_base.calibration import Decision
from knowledge_base.candidates import propose_candidate
from knowledge_base.demand import Unanswered, note_unanswered
from knowledge_base.uses import Use, record_uses
from routing.models import Department

MOSTLY_UNCHANGED = 0.8
"""A reply at least this similar to the suggestion it came from teaches nothing new (indicator 11: ≤ 20 % edits)."""


def learn_from_reply(session: Session, case: Case, reply: Reply, *, now: datetime) -> bool:
    """Offer a delivered reply to the editors as a candidate; False when it repeats what the base said."""
    if case.sensitive or case.spam:
        return False
    if reply.inserted_text and reply.article_id:
        if similarity(reply.inserted_text, reply.text) >= MOSTLY_UNCHANGED:
            return False
        note_uses(session, Use.EDITED, [reply.article_id], now=now)
    message = session.exec(select(Message).where(Message.case_id == case.id).order_by(Message.id)).first()  # type: ignore[arg-type]
    if message is None:
        return False
    department = session.get(Department, case.department_id) if case.department_id else None
    propose_candidate(
        session,
        question=masked(message.title or message.text),
        answer=masked(reply.text, keep_landlines=True),
        subject_id=case.id or 0,
        owner_code=department.code if department else None,
        now=now,
    )
    return True


def note_rejected(session: Session, case: Case) -> None:
    """Tell the editors of a case once officers have rejected everything that was offered for it."""
    left = session.scalar(
        select(func.count())
        .select_from(CaseSuggestion)
        .where(CaseSuggestion.case_id == case.id, col(CaseSuggestion.rejected_at).is_(None))
    )
    if not left and not case.sensitive and not case.spam:
        asked = Unanswered(case.id or 0, case.title, case.excerpt, case.received_at, rejected=True)
        note_unanswered(session, [asked])


def suggestion_decisions(session: Session) -> list[Decision]:
    """Return what officers did with suggestions, oldest first.

    Used is right. Put away is wrong, and so is one that was passed over for another of the same case.
    """
    used_in = select(CaseSuggestion.case_id).where(col(CaseSuggestion.used_at).is_not(None))
    rows = session.exec(
        select(CaseSuggestion)
        .where(or_(col(CaseSuggestion.rejected_at).is_not(None), col(CaseSuggestion.case_id).in_(used_in)))
        .order_by(col(CaseSuggestion.id))
    )
    return [
        Decision(row.case_id, row.explanation.get("own_confidence", row.confidence), row.used_at is not None)
        for row in rows
    ]


def note_uses(session: Session, use: Use, article_ids: Sequence[int], *, now: datetime) -> None:
    """Count what became of suggestions; two workers that begin a day's count at once both succeed."""
    counts = dict(sorted(Counter(article_ids).items()))
    try:
        with session.begin_nested():
            record_uses(session, use, counts, day=now.date())
    except IntegrityError:
        record_uses(session, use, counts, day=now.date())


def masked(text: str, *, keep_landlines: bool = False) -> str:
    """Return the text with personal information covered; an office's own telephone may stay readable."""
    spans = find_personal(text)
    if keep_landlines:
        spans = [span for span in spans if span.kind != PersonalKind.LANDLINE]
    return mask(text, spans)


def similarity(before: str, after: str) -> float:
    """Return how much of a text survived editing, 0..1 (characters in common order)."""
    return SequenceMatcher(None, before, after, autojunk=False).ratio()
