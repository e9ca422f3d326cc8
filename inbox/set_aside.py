"""Spam and advertising: set aside by itself when there is hardly a doubt, never deleted, listed with the reason."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func
from sqlmodel import Session, col, select

from inbox.access import Viewer, visible_cases
from inbox.case_lists import CaseRow, cases_by_id
from inbox.classify import normalised_for_tags
from inbox.deadlines import cancel_clocks
from inbox.events import record_event
from inbox.lexicon import TAG_PATTERNS
from inbox.models import Case, CaseEvent, CaseState, Display
from routing.models import Officer

PAGE_SIZE = 40
SURE_PATTERNS = 2
"""An advert says what it sells and how to get in touch: with both there is hardly a doubt."""


@dataclass(frozen=True, slots=True)
class AsideRow:
    """One message that was set aside; `by` is None when it went by itself."""

    row: CaseRow
    at: datetime | None
    by: str | None
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AsidePage:
    """One page of them, newest first."""

    rows: tuple[AsideRow, ...]
    page: int
    pages: int
    total: int


def sure_spam(text: str, *, title: str | None = None) -> list[str]:
    """Return the words that leave hardly a doubt that a text is an advert, or nothing."""
    whole = normalised_for_tags(f"{title or ''}\n{text}")
    found = [match.group() for p in TAG_PATTERNS["spam"] if (match := p.search(whole)) is not None]
    return found if len(found) >= SURE_PATTERNS else []


def set_aside_by_itself(session: Session, case: Case, words: list[str], *, now: datetime) -> None:
    """Close an advert without an answer; `take_back` undoes it."""
    case.spam = True
    case.state = CaseState.CLOSED
    case.closed_at = now
    case.display = Display.HIDDEN
    case.version += 1
    cancel_clocks(session, case, now=now)
    record_event(session, case.id or 0, "set_aside", now=now, params={"automatic": True, "words": words})


def set_aside_cases(session: Session, viewer: Viewer, *, page: int = 1) -> AsidePage:
    """Return what was set aside, newest first, with who did it and why."""
    aside = (visible_cases(viewer), col(Case.spam).is_(True), Case.state == CaseState.CLOSED)
    total = int(session.scalar(select(func.count()).select_from(Case).where(*aside)) or 0)
    pages = max(1, -(-total // PAGE_SIZE))
    page = min(max(page, 1), pages)
    query = (
        select(Case.id)
        .where(*aside)
        .order_by(col(Case.received_at).desc(), col(Case.id).desc())
        .offset((page - 1) * PAGE_SIZE)
        .limit(PAGE_SIZE)
    )
    ids = [case_id or 0 for case_id in session.exec(query).all()]
    told = {}
    events = (
        select(CaseEvent, Officer.name)
        .join(Officer, col(Officer.id) == CaseEvent.actor_id, isouter=True)
        .where(col(CaseEvent.case_id).in_(ids), CaseEvent.kind == "set_aside")
        .order_by(col(CaseEvent.id))
    )
    for event, name in session.exec(events).all():
        told[event.case_id] = (event.at, name, tuple(event.params.get("words", ())))
    rows = tuple(
        AsideRow(row, *told.get(row.id, (row.closed_at, None, ())))
        for row in cases_by_id(session, viewer, ids)
    )
    return AsidePage(rows, page, pages, total)
