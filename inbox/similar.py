"""Finds earlier messages about the same matter as a message comes in, near duplicates and its writer's own.

The sketch of every message lies in the database (`case_grams`), so the cost of a message does not grow with the
number of open cases: the newest postings of each gram are read, and the cases that share most are compared in full.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, bindparam, delete, func, insert, union_all
from sqlmodel import Session, col, select

from inbox.duplicates import SHARED_GRAMS, comparable_text, similarity, sketch
from inbox.events import record_event
from inbox.group_models import CaseGram, CaseLink, LinkState, Relation
from inbox.models import Case, Message
from inbox.novelty import Novelty, compare, is_same_matter

NEWEST_POSTINGS = 200
"""How many of the newest cases with a gram are looked at: what everybody writes finds nobody in particular."""

COMPARED = 40
EARLIER_BY_PERSON = 20
REMEMBERED = timedelta(days=365)
"""How long ago the same person may have written for it to count as the same matter again."""

FORGOTTEN_AFTER = timedelta(days=365)
_GRAMS_AT_ONCE = (24, 96)


@dataclass(frozen=True, slots=True)
class Arrival:
    """What is needed of a message that has just come in."""

    case: Case
    message: Message
    is_spam: bool = False


@dataclass(frozen=True, slots=True)
class _Found:
    case_id: int
    relation: Relation
    similarity: float
    novelty: Novelty

    @property
    def is_repeat(self) -> bool:
        return self.relation == Relation.SAME_PERSON and self.novelty.is_repeat


def link_arrivals(session: Session, arrivals: Sequence[Arrival], *, now: datetime) -> dict[int, int]:
    """Note which earlier case each message repeats, and index it for those to come.

    Return how many times each matter was raised by the same person without anything new. Done twice it changes
    nothing: a case that has a link, even a dismissed one, keeps it.
    """
    arrivals = sorted(arrivals, key=lambda arrival: arrival.case.id or 0)
    ids = [arrival.case.id or 0 for arrival in arrivals]
    texts = {a.case.id or 0: comparable_text(a.message.text, title=a.message.title) for a in arrivals}
    grams = {case_id: grams_of(text) for case_id, text in texts.items()}
    known = set(session.exec(select(CaseLink.case_id).where(col(CaseLink.case_id).in_(ids))).all())
    _write_grams(session, grams)
    earlier = _earlier_of_writers(session, arrivals)
    raised: dict[int, int] = {}
    for arrival in arrivals:
        case_id = arrival.case.id or 0
        if case_id in known or arrival.is_spam:
            continue
        found = _same_person(arrival, earlier[case_id]) or _others(
            session, arrival, texts[case_id], grams[case_id]
        )
        if found is None:
            continue
        _link(session, arrival.case, found, now=now)
        if found.is_repeat:
            before = [c.repeat_count for c, _ in earlier[case_id] if c.id == found.case_id]
            raised[case_id] = max(1, raised.get(found.case_id, 1), *before) + 1
    session.flush()
    return raised


def similar_cases(
    session: Session, text: str, *, title: str | None = None, before: int | None = None
) -> list[tuple[int, float]]:
    """Return indexed cases whose first message is nearly the same (0.8..1), the most similar first."""
    comparable = comparable_text(text, title=title)
    return _compared(session, comparable, candidates(session, grams_of(comparable), before=before))


def grams_of(comparable: str) -> list[int]:
    """Return the sketch of a comparable text as the database keeps it: at most 96 signed numbers of 64 bits."""
    return [gram - 2**64 if gram >= 2**63 else gram for gram in sketch(comparable)[: _GRAMS_AT_ONCE[-1]]]


def candidates(session: Session, grams: Sequence[int], *, before: int | None = None) -> list[int]:
    """Return the cases that share most of a sketch, most first; only those older than `before`."""
    if not grams:
        return []
    size = next(size for size in _GRAMS_AT_ONCE if len(grams) <= size)
    values: dict[str, Any] = dict.fromkeys(map(_name, range(size)))
    values |= {_name(number): gram for number, gram in enumerate(grams)}
    values |= {"before": before if before is not None else 2**31 - 1, "wanted": min(SHARED_GRAMS, len(grams))}
    return [int(row[0]) for row in session.execute(_query(size), values)]


def forget_grams(session: Session, *, now: datetime, limit: int = 500) -> int:
    """Take cases that were closed a year ago out of the index of near duplicates; return how many."""
    old = session.exec(
        select(Case, Message)
        .join(Message, col(Message.case_id) == Case.id)
        .where(
            col(Case.closed_at) < now - FORGOTTEN_AFTER,
            select(CaseGram.gram).where(CaseGram.case_id == Case.id).exists(),
        )
        .order_by(col(Case.id), col(Message.id))
        .limit(limit)
    ).all()
    opening: dict[int, Message] = {}
    for case, message in old:
        opening.setdefault(case.id or 0, message)
    for case_id, message in opening.items():
        grams = grams_of(comparable_text(message.text, title=message.title))
        session.execute(
            delete(CaseGram).where(col(CaseGram.gram).in_(grams), col(CaseGram.case_id) == case_id)
        )
    return len(opening)


def opening_messages(session: Session, case_ids: Iterable[int]) -> dict[int, Message]:
    """Return the first message of each case."""
    wanted = list(case_ids)
    if not wanted:
        return {}
    first = (
        select(func.min(Message.id)).where(col(Message.case_id).in_(wanted)).group_by(col(Message.case_id))
    )
    found = session.exec(select(Message).where(col(Message.id).in_(first))).all()
    return {message.case_id: message for message in found}


@lru_cache(maxsize=4)
def _query(size: int) -> Select[Any]:
    """Read the newest postings of each gram, and count; a gram that is not given matches nothing."""
    postings = [
        select(CaseGram.case_id)
        .where(CaseGram.gram == bindparam(_name(number)), CaseGram.case_id < bindparam("before"))
        .order_by(col(CaseGram.case_id).desc())
        .limit(NEWEST_POSTINGS)
        .subquery()
        for number in range(size)
    ]
    shared = union_all(*(select(part.c.case_id) for part in postings)).subquery()
    counted: Select[Any] = (
        select(shared.c.case_id)
        .group_by(shared.c.case_id)
        .having(func.count() >= bindparam("wanted"))
        .order_by(func.count().desc(), shared.c.case_id)
        .limit(COMPARED)
    )
    return counted


def _name(number: int) -> str:
    return f"gram{number}"


def _write_grams(session: Session, grams: Mapping[int, Sequence[int]]) -> None:
    first = {found[0] for found in grams.values() if found}
    query = select(CaseGram.case_id).where(
        col(CaseGram.gram).in_(first), col(CaseGram.case_id).in_(list(grams))
    )
    indexed = set(session.exec(query).all())
    rows = [
        {"gram": gram, "case_id": case_id}
        for case_id, found in grams.items()
        if case_id not in indexed
        for gram in found
    ]
    if rows:
        session.execute(insert(CaseGram), rows)


def _earlier_of_writers(
    session: Session, arrivals: Sequence[Arrival]
) -> dict[int, list[tuple[Case, Message]]]:
    """Return for each case what its writer wrote on the same account before, newest first."""
    found: dict[int, list[tuple[Case, Message]]] = defaultdict(list)
    for arrival in arrivals:
        case = arrival.case
        if not case.author_ref:
            continue
        rows = session.exec(
            select(Case)
            .where(
                Case.account_id == case.account_id,
                Case.author_ref == case.author_ref,
                col(Case.id) < case.id,
                col(Case.received_at) >= case.received_at - REMEMBERED,
                col(Case.spam).is_(False),
            )
            .order_by(col(Case.id).desc())
            .limit(EARLIER_BY_PERSON)
        ).all()
        messages = opening_messages(session, [row.id or 0 for row in rows])
        found[case.id or 0] = [(row, messages[row.id or 0]) for row in rows if (row.id or 0) in messages]
    return found


def _same_person(arrival: Arrival, earlier: Sequence[tuple[Case, Message]]) -> _Found | None:
    """Return the newest matter of the same writer that this message is about, and what it says anew."""
    message = arrival.message
    same = [
        (case, other, share)
        for case, other in earlier
        if (share := is_same_matter(message.text, other.text, title=message.title, other_title=other.title))
    ]
    if not same:
        return None
    best, _, likeness = max(same, key=lambda entry: entry[2])
    before = "\n".join(f"{other.title or ''}\n{other.text}" for _, other, _ in same)
    return _Found(best.id or 0, Relation.SAME_PERSON, likeness, compare(message.text, before))


def _others(session: Session, arrival: Arrival, text: str, grams: Sequence[int]) -> _Found | None:
    found = _compared(session, text, candidates(session, grams, before=arrival.case.id))
    if not found:
        return None
    case_id, likeness = found[0]
    return _Found(case_id, Relation.OTHERS, likeness, Novelty((), is_repeat=False))


def _compared(session: Session, text: str, case_ids: Sequence[int]) -> list[tuple[int, float]]:
    found = []
    for case_id, message in opening_messages(session, case_ids).items():
        other = comparable_text(message.text, title=message.title)
        likeness = similarity(text, other)
        if likeness:
            found.append((case_id, round(likeness, 4)))
    return sorted(found, key=lambda entry: (-entry[1], entry[0]))


def _link(session: Session, case: Case, found: _Found, *, now: datetime) -> None:
    """Suggest that the case belongs to the leader of the one it repeats."""
    theirs = session.get(CaseLink, found.case_id)
    follows = theirs is not None and theirs.state != LinkState.DISMISSED
    lead_id = theirs.lead_id if follows and theirs is not None else found.case_id
    session.add(
        CaseLink(
            case_id=case.id or 0,
            lead_id=lead_id,
            relation=found.relation,
            similarity=found.similarity,
            is_repeat=found.is_repeat,
            news=[list(span) for span in found.novelty.spans],
            found_at=now,
        )
    )
    record_event(
        session,
        case.id or 0,
        "repeated" if found.is_repeat else "found_similar",
        now=max(now, case.received_at),
        params={"lead_id": lead_id, "relation": found.relation.value, "similarity": found.similarity},
    )
