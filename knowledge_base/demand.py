"""Unanswered demand: what citizens asked and nobody could answer, grouped by likeness and counted.

A question is noted when triage had nothing to offer, or when officers have rejected everything that was offered.
The caller removes personal information first. Grouping is done a little later, a few hundred questions at a time.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, delete, func, insert, select, update
from sqlmodel import Session, col

from knowledge_base.engine.normalise import plain
from knowledge_base.errors import DemandNotFound, NothingToJoin, WrongState
from knowledge_base.grouping import likeness, most_alike, typical
from knowledge_base.models import DemandState, UnansweredQuestion
from knowledge_base.queries import Page
from knowledge_base.suggest import Entry, SuggestionEngine

DEMAND_DAYS = 90
TREND_DAYS = 30
WEEKS_SHOWN = 12
GROUPS_COMPARED = 2_000
SAME_QUESTION = 0.3
ALIKE_AT_ALL = 0.4
OFTEN = 2
A_PAIR = 2
EXAMPLES_SHOWN = 5
ASKED_WEIGHED = 30


class DemandOrder(StrEnum):
    """How groups of questions are sorted."""

    COUNT = "count"
    RISING = "rising"
    NEWEST = "newest"


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A question to note; `subject_id` is the case that asked it."""

    subject_id: int
    question: str
    excerpt: str
    asked_at: datetime
    rejected: bool = False


@dataclass(frozen=True, slots=True)
class DemandRow:
    """Questions that ask the same, of the last 90 days; `weeks` counts them by week, oldest first.

    `is_joined`: an editor has put groups together that likeness alone kept apart.
    """

    group_id: int
    question: str
    count: int
    recent: int
    before: int
    rejected: int
    first_at: datetime
    last_at: datetime
    article_id: int | None
    is_joined: bool = False
    weeks: tuple[int, ...] = ()
    examples: tuple[str, ...] = ()

    @property
    def rise(self) -> int:
        """Return how many more were asked in the last 30 days than in the 30 before."""
        return self.recent - self.before


def note_unanswered(session: Session, questions: Sequence[Unanswered]) -> None:
    """Keep questions for the editors; the same subject is never counted twice."""
    ids = [question.subject_id for question in questions]
    if not ids:
        return
    known = set(
        session.scalars(
            select(col(UnansweredQuestion.subject_id)).where(col(UnansweredQuestion.subject_id).in_(ids))
        )
    )
    rows = [
        {
            "subject_id": question.subject_id,
            "question": question.question,
            "excerpt": question.excerpt,
            "rejected": question.rejected,
            "group_id": None,
            "found_group_id": None,
            "state": DemandState.OPEN,
            "asked_at": question.asked_at,
        }
        for question in questions
        if question.subject_id not in known and question.question.strip()
    ]
    if rows:
        session.execute(insert(UnansweredQuestion), rows)


def forget_unanswered(session: Session, subject_ids: Sequence[int]) -> None:
    """Take questions off the list that have found an answer after all."""
    session.execute(
        delete(UnansweredQuestion)
        .where(
            col(UnansweredQuestion.subject_id).in_(subject_ids),
            col(UnansweredQuestion.state) == DemandState.OPEN,
        )
        .execution_options(synchronize_session=False)
    )


def group_unanswered(session: Session, *, now: datetime, limit: int = 100) -> int:
    """Put new questions to the groups they belong to; return how many there were.

    The groups' first questions are what the engine matches against, so that other words for the same thing are
    found. A question like one that an editor has dismissed is dismissed with it.
    """
    new = session.scalars(
        select(UnansweredQuestion)
        .where(col(UnansweredQuestion.group_id).is_(None))
        .order_by(col(UnansweredQuestion.id))
        .limit(limit)
    ).all()
    if not new:
        return 0
    leaders = _leaders(session, now)
    engine = SuggestionEngine.build(
        Entry(number, leader.question, (leader.excerpt,) if leader.excerpt else ())
        for number, leader in enumerate(leaders)
    )
    fresh: list[UnansweredQuestion] = []
    for question in new:
        leader = _leader_of(question, engine, leaders, fresh)
        question.group_id = leader.group_id or question.id
        question.found_group_id = leader.found_group_id or question.id
        question.state = leader.state
        if leader is question:
            fresh.append(question)
    session.flush()
    return len(new)


def _leader_of(
    question: UnansweredQuestion,
    engine: SuggestionEngine,
    leaders: Sequence[UnansweredQuestion],
    fresh: Sequence[UnansweredQuestion],
) -> UnansweredQuestion:
    """Return the first question of the group that this one belongs to; itself when it begins a new one."""
    text = question.excerpt or question.question
    for hit in engine.suggest(text, title=question.question, limit=3, threshold=SAME_QUESTION):
        leader = leaders[hit.article_id]
        if likeness(question.question, leader.question) >= ALIKE_AT_ALL:
            return leader
    place = most_alike(plain(question.question), [plain(leader.question) for leader in fresh])
    return question if place is None else fresh[place]


def _leaders(session: Session, now: datetime) -> list[UnansweredQuestion]:
    """Return the first question of each recent group that is open or was dismissed, put together or not."""
    found = session.scalars(
        select(UnansweredQuestion)
        .where(
            col(UnansweredQuestion.found_group_id) == col(UnansweredQuestion.id),
            col(UnansweredQuestion.state) != DemandState.ARTICLE,
            col(UnansweredQuestion.asked_at) > now - timedelta(days=2 * DEMAND_DAYS),
        )
        .order_by(col(UnansweredQuestion.id).desc())
        .limit(GROUPS_COMPARED)
    )
    return list(found)


def demand_page(
    session: Session,
    *,
    now: datetime,
    state: DemandState = DemandState.OPEN,
    order: DemandOrder = DemandOrder.COUNT,
    at_least: int = 1,
    number: int = 1,
    size: int = 20,
) -> Page[DemandRow]:
    """Return a page of groups of `at_least` so many questions, what is asked most first unless told otherwise."""
    number, size = max(1, number), max(1, min(size, 200))
    mine = _groups(now).where(col(UnansweredQuestion.state) == state)
    groups = mine.having(func.count() >= at_least).subquery()
    by: dict[DemandOrder, list[Any]] = {
        DemandOrder.COUNT: [groups.c.count.desc()],
        DemandOrder.RISING: [(groups.c.recent - groups.c.before).desc(), groups.c.count.desc()],
        DemandOrder.NEWEST: [groups.c.last_at.desc()],
    }
    query = select(groups).order_by(*by[order], groups.c.group_id).offset((number - 1) * size).limit(size)
    found = session.execute(query).all()
    total = session.scalar(select(func.count()).select_from(groups)) or 0
    return Page(tuple(_with_details(session, found, now)), total, number, size)


def demand_count(session: Session, *, now: datetime, at_least: int = OFTEN) -> int:
    """Return how many groups are open that hold `at_least` so many questions."""
    groups = _groups(now).where(col(UnansweredQuestion.state) == DemandState.OPEN)
    often = groups.having(func.count() >= at_least).subquery()
    return session.scalar(select(func.count()).select_from(often)) or 0


def demand_group(session: Session, group_id: int, *, now: datetime) -> DemandRow:
    """Return one group whole. Raises DemandNotFound."""
    found = session.execute(_groups(now).where(col(UnansweredQuestion.group_id) == group_id)).all()
    if not found:
        raise DemandNotFound(group_id)
    return _with_details(session, found, now)[0]


def settle_demand(
    session: Session,
    group_id: int,
    state: DemandState,
    *,
    officer_id: int,
    now: datetime,
    article_id: int | None = None,
) -> None:
    """Decide an open group: an article is being written for it, or it needs none.

    Raises DemandNotFound, WrongState when somebody has decided it before.
    """
    session.flush()
    taken = session.execute(
        update(UnansweredQuestion)
        .where(
            col(UnansweredQuestion.group_id) == group_id,
            col(UnansweredQuestion.state) == DemandState.OPEN,
        )
        .values(state=state, article_id=article_id, decided_by_id=officer_id, decided_at=now)
        .execution_options(synchronize_session=False)
    )
    if taken.rowcount == 0:  # type: ignore[attr-defined]
        raise WrongState("demand", group_id, _state_of(session, group_id).value, state.value)
    session.expire_all()


def join_demand(session: Session, group_ids: Collection[int]) -> int:
    """Put open groups together that ask the same; return the number of the group they are now, the oldest's.

    What is asked like any of them later belongs to it too. Raises DemandNotFound; WrongState for a group that is
    decided; NothingToJoin when fewer than two are named.
    """
    wanted = sorted(set(group_ids))
    if len(wanted) < A_PAIR:
        raise NothingToJoin
    for group_id in wanted:
        state = _state_of(session, group_id)
        if state is not DemandState.OPEN:
            raise WrongState("demand", group_id, state.value, "join")
    _move(session, col(UnansweredQuestion.group_id).in_(wanted), wanted[0])
    return wanted[0]


def part_demand(session: Session, group_id: int) -> None:
    """Take apart an open group that was put together. Raises DemandNotFound, WrongState for one that is decided."""
    state = _state_of(session, group_id)
    if state is not DemandState.OPEN:
        raise WrongState("demand", group_id, state.value, "part")
    _move(session, col(UnansweredQuestion.group_id) == group_id, col(UnansweredQuestion.found_group_id))


def _move(session: Session, which: ColumnElement[bool], to: Any) -> None:
    session.flush()
    session.execute(
        update(UnansweredQuestion)
        .where(which)
        .values(group_id=to)
        .execution_options(synchronize_session=False)
    )
    session.expire_all()


def reopen_demand(session: Session, group_id: int) -> None:
    """Put a dismissed group back on the list. Raises DemandNotFound, WrongState for one that became an article."""
    state = _state_of(session, group_id)
    if state is DemandState.ARTICLE:
        raise WrongState("demand", group_id, state.value, "reopen")
    session.execute(
        update(UnansweredQuestion)
        .where(col(UnansweredQuestion.group_id) == group_id)
        .values(state=DemandState.OPEN, decided_by_id=None, decided_at=None)
        .execution_options(synchronize_session=False)
    )
    session.expire_all()


def _state_of(session: Session, group_id: int) -> DemandState:
    state = session.scalar(
        select(col(UnansweredQuestion.state)).where(col(UnansweredQuestion.group_id) == group_id).limit(1)
    )
    if state is None:
        raise DemandNotFound(group_id)
    return state


def _groups(now: datetime) -> Any:
    asked = col(UnansweredQuestion.asked_at)
    recently, before = now - timedelta(days=TREND_DAYS), now - timedelta(days=2 * TREND_DAYS)
    return (
        select(
            col(UnansweredQuestion.group_id).label("group_id"),
            func.count().label("count"),
            func.count().filter(asked > recently).label("recent"),
            func.count().filter(asked <= recently, asked > before).label("before"),
            func.count().filter(col(UnansweredQuestion.rejected)).label("rejected"),
            func.min(asked).label("first_at"),
            func.max(asked).label("last_at"),
            func.max(col(UnansweredQuestion.article_id)).label("article_id"),
            func.count(func.distinct(col(UnansweredQuestion.found_group_id))).label("parts"),
        )
        .where(
            col(UnansweredQuestion.group_id).is_not(None),
            asked > now - timedelta(days=DEMAND_DAYS),
        )
        .group_by(col(UnansweredQuestion.group_id))
    )


def _with_details(session: Session, groups: Sequence[Any], now: datetime) -> list[DemandRow]:
    """Add to each group how it is put, its last examples and its weeks."""
    ids = [row.group_id for row in groups]
    asked: dict[int, list[tuple[datetime, str, str]]] = {ident: [] for ident in ids}
    rows = session.execute(
        select(
            col(UnansweredQuestion.group_id),
            col(UnansweredQuestion.asked_at),
            col(UnansweredQuestion.question),
            col(UnansweredQuestion.excerpt),
        )
        .where(
            col(UnansweredQuestion.group_id).in_(ids),
            col(UnansweredQuestion.asked_at) > now - timedelta(days=DEMAND_DAYS),
        )
        .order_by(col(UnansweredQuestion.id))
    )
    for group_id, at, question, excerpt in rows:
        asked[group_id].append((at, question, excerpt))
    return [_row(row, asked[row.group_id], now) for row in groups]


def _row(row: Any, asked: Sequence[tuple[datetime, str, str]], now: datetime) -> DemandRow:
    weeks = [0] * WEEKS_SHOWN
    for at, _, _ in asked:
        back = (now - at).days // 7
        if 0 <= back < WEEKS_SHOWN:
            weeks[WEEKS_SHOWN - 1 - back] += 1
    examples = dict.fromkeys(excerpt or question for _, question, excerpt in reversed(asked))
    return DemandRow(
        group_id=row.group_id,
        question=typical([question for _, question, _ in asked[-ASKED_WEIGHED:]]),
        count=row.count,
        recent=row.recent,
        before=row.before,
        rejected=row.rejected,
        first_at=min(at for at, _, _ in asked),
        last_at=max(at for at, _, _ in asked),
        article_id=row.article_id,
        is_joined=row.parts > 1,
        weeks=tuple(weeks),
        examples=tuple(examples)[:EXAMPLES_SHOWN],
    )
