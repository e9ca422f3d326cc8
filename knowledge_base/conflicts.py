"""Conflicts: two published articles that seem to answer one question, found as articles change.

Each article that was published or changed since the last look is put to the engine as a question; what comes back
and reads alike is a conflict. So the work grows with the changes, not with the square of the base.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Select, and_, delete, func, insert, or_, select, update
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from knowledge_base.amendments import add_phrasing, withdraw_phrasings
from knowledge_base.article_rows import article_by_id
from knowledge_base.articles import reinstate_article, retire_article
from knowledge_base.base_revision import base_revision
from knowledge_base.content import ArticleContent
from knowledge_base.engine.normalise import plain
from knowledge_base.errors import ConflictNotFound, InvalidArticle, WrongState
from knowledge_base.grouping import likeness
from knowledge_base.models import (
    Article,
    ArticleConflict,
    ArticlePhrasing,
    ArticleStatus,
    ConflictState,
    SweepMark,
)
from knowledge_base.queries import Page
from knowledge_base.revisions import revision_content
from knowledge_base.suggest import SuggestionEngine

ALIKE_ENOUGH = 0.8
TEXTS_ASKED = 10
NEIGHBOURS = 6
_MARK = "conflicts"


@dataclass(frozen=True, slots=True)
class ConflictSide:
    """One of the two articles, and the way of asking in which it meets the other."""

    article_id: int
    key: str
    question: str
    answer: str
    owner_code: str | None
    matched: str


@dataclass(frozen=True, slots=True)
class ConflictRow:
    """Two articles that seem to answer one question."""

    id: int
    state: ConflictState
    similarity: float
    first: ConflictSide
    second: ConflictSide
    found_at: datetime
    decided_by_id: int | None
    decided_at: datetime | None
    kept_id: int | None


@dataclass(frozen=True, slots=True)
class _Pair:
    other_id: int
    similarity: float
    text: str
    other_text: str


def find_conflicts(
    session: Session, engine: SuggestionEngine, *, today: date, now: datetime, limit: int = 100
) -> int:
    """Look at the articles that changed since the last time, oldest change first; return how many those were.

    Looks no further than the change that `engine` knows of. What an editor has told apart stays apart.
    """
    mark = session.get(SweepMark, _MARK) or SweepMark(name=_MARK)
    changed = session.scalars(
        select(Article)
        .where(col(Article.changed_in) > mark.position, col(Article.changed_in) <= engine.revision)
        .order_by(col(Article.changed_in))
        .limit(limit)
    ).all()
    for article in changed:
        _look_at(session, engine, article, today=today, now=now)
    mark.position = changed[-1].changed_in if changed else max(mark.position, engine.revision)
    session.add(mark)
    session.flush()
    return len(changed)


def conflicts_to_seek(session: Session) -> int | None:
    """Return the number of the newest change when articles changed since the last look."""
    mark, newest = session.get(SweepMark, _MARK), base_revision(session)
    return newest if newest > (mark.position if mark else 0) else None


def conflicts_page(
    session: Session, *, state: ConflictState = ConflictState.OPEN, number: int = 1, size: int = 20
) -> Page[ConflictRow]:
    """Return a page of conflicts, the most alike first."""
    number, size = max(1, number), max(1, min(size, 200))
    rows = session.execute(
        _query()
        .where(*_standing(state))
        .order_by(col(ArticleConflict.similarity).desc(), col(ArticleConflict.id))
        .offset((number - 1) * size)
        .limit(size)
    )
    return Page(tuple(_row(*row) for row in rows), conflict_count(session, state), number, size)


def conflict_count(session: Session, state: ConflictState = ConflictState.OPEN) -> int:
    """Return how many conflicts stand in a state; of the open ones those between two published articles."""
    rows = _query().where(*_standing(state)).with_only_columns(func.count())
    return session.scalar(rows) or 0


def conflict_by_id(session: Session, conflict_id: int) -> ConflictRow:
    """Return one conflict. Raises ConflictNotFound."""
    row = session.execute(_query().where(col(ArticleConflict.id) == conflict_id)).first()
    if row is None:
        raise ConflictNotFound(conflict_id)
    return _row(*row)


def tell_apart(session: Session, conflict_id: int, *, officer_id: int, now: datetime) -> None:
    """Say that the two articles answer different questions; they are not reported again."""
    _decide(session, conflict_id, ConflictState.APART, officer_id, now)


def merge_articles(
    session: Session, conflict_id: int, keep_id: int, *, officer_id: int, now: datetime
) -> Article:
    """Keep one article, give it the other's ways of asking, and retire the other; return the kept one.

    What is said does not change: the kept answer was reviewed. Raises ConflictNotFound, WrongState when somebody
    has decided it before, InvalidArticle when `keep_id` is neither of the two.
    """
    conflict = _conflict(session, conflict_id)
    pair = {conflict.first_id, conflict.second_id}
    if keep_id not in pair:
        raise InvalidArticle("keep", "is neither of the two")
    _decide(session, conflict_id, ConflictState.MERGED, officer_id, now)
    other = article_by_id(session, next(ident for ident in pair if ident != keep_id))
    content, kept = _in_force(session, other), article_by_id(session, keep_id)
    before = _in_force(session, kept).phrasings
    for text in (content.question, *content.phrasings):
        if plain(text) != plain(kept.question):
            kept = add_phrasing(session, keep_id, text, author_id=officer_id, now=now)
    conflict.kept_id = keep_id
    conflict.moved = [text for text in _in_force(session, kept).phrasings if text not in before]
    retire_article(session, other.id or 0, actor_id=officer_id, now=now, reason=kept.key)
    return kept


def reopen_conflict(session: Session, conflict_id: int, *, officer_id: int, now: datetime) -> None:
    """Take back what was decided about a pair, so that it is on the list again; an open pair stays as it is.

    After a merge the retired article is in force again and the kept one loses what it took over. Raises
    ConflictNotFound; WrongState when the kept one is not published any more, or the other was changed since.
    """
    conflict = _conflict(session, conflict_id)
    if conflict.kept_id is not None:
        other_id = conflict.second_id if conflict.kept_id == conflict.first_id else conflict.first_id
        reinstate_article(session, other_id, officer_id=officer_id, now=now)
        withdraw_phrasings(session, conflict.kept_id, conflict.moved, author_id=officer_id, now=now)
    conflict.state, conflict.kept_id, conflict.moved = ConflictState.OPEN, None, []
    conflict.decided_by_id = conflict.decided_at = None
    session.flush()


def _in_force(session: Session, article: Article) -> ArticleContent:
    return revision_content(session, article.id or 0, article.published_revision or article.revision)


def _look_at(
    session: Session, engine: SuggestionEngine, article: Article, *, today: date, now: datetime
) -> None:
    """Bring the open conflicts of one article up to date."""
    ident = article.id or 0
    pairs = _pairs(session, engine, article, today) if article.status is ArticleStatus.PUBLISHED else {}
    known = {
        row.second_id if row.first_id == ident else row.first_id: row
        for row in session.scalars(select(ArticleConflict).where(_of(ident)))
    }
    gone = [row.id for other, row in known.items() if row.state is ConflictState.OPEN and other not in pairs]
    if gone:
        session.execute(delete(ArticleConflict).where(col(ArticleConflict.id).in_(gone)))
    rows = [_stored(ident, pair, now) for other, pair in pairs.items() if other not in known]
    if rows:
        session.execute(insert(ArticleConflict), rows)


def _pairs(session: Session, engine: SuggestionEngine, article: Article, today: date) -> dict[int, _Pair]:
    """Return the published articles that answer the same question for the same area, each with its best match.

    The engine only finds them: an article that matches itself leaves no confidence for its twin.
    """
    phrasings = session.scalars(
        select(col(ArticlePhrasing.text))
        .where(col(ArticlePhrasing.article_id) == article.id)
        .order_by(col(ArticlePhrasing.position))
        .limit(TEXTS_ASKED - 1)
    )
    found: dict[int, _Pair] = {}
    for text in (article.question, *phrasings):
        for hit in engine.suggest(text, limit=NEIGHBOURS, threshold=0.0, today=today):
            alike = likeness(text, hit.matched_phrasing)
            known = found.get(hit.article_id)
            if alike >= ALIKE_ENOUGH and (known is None or alike > known.similarity):
                found[hit.article_id] = _Pair(hit.article_id, alike, text, hit.matched_phrasing)
    found.pop(article.id or 0, None)
    same_area = set(
        session.scalars(
            select(col(Article.id)).where(
                col(Article.id).in_(found),
                col(Article.status) == ArticleStatus.PUBLISHED,
                col(Article.region).is_(None)
                if article.region is None
                else col(Article.region) == article.region,
            )
        )
    )
    return {other: pair for other, pair in found.items() if other in same_area}


def _stored(ident: int, pair: _Pair, now: datetime) -> dict[str, object]:
    sides = sorted([(ident, pair.text), (pair.other_id, pair.other_text)])
    return {
        "first_id": sides[0][0],
        "second_id": sides[1][0],
        "first_text": sides[0][1],
        "second_text": sides[1][1],
        "similarity": round(pair.similarity, 4),
        "state": ConflictState.OPEN,
        "found_at": now,
    }


def _decide(session: Session, conflict_id: int, state: ConflictState, officer_id: int, now: datetime) -> None:
    """Claim an open conflict; of two editors who decide at once one gets WrongState."""
    session.flush()
    taken = session.execute(
        update(ArticleConflict)
        .where(col(ArticleConflict.id) == conflict_id, col(ArticleConflict.state) == ConflictState.OPEN)
        .values(state=state, decided_by_id=officer_id, decided_at=now)
        .execution_options(synchronize_session=False)
    )
    conflict = _conflict(session, conflict_id)
    if taken.rowcount != 1:  # type: ignore[attr-defined]
        raise WrongState("conflict", conflict_id, conflict.state.value, state.value)


def _conflict(session: Session, conflict_id: int) -> ArticleConflict:
    conflict = session.get(ArticleConflict, conflict_id, populate_existing=True)
    if conflict is None:
        raise ConflictNotFound(conflict_id)
    return conflict


def _of(ident: int) -> ColumnElement[bool]:
    return or_(col(ArticleConflict.first_id) == ident, col(ArticleConflict.second_id) == ident)


_First, _Second = aliased(Article), aliased(Article)


def _query() -> Select[ArticleConflict, Article, Article]:
    return (
        select(ArticleConflict, _First, _Second)
        .join(_First, col(_First.id) == col(ArticleConflict.first_id))
        .join(_Second, col(_Second.id) == col(ArticleConflict.second_id))
    )


def _standing(state: ConflictState) -> Iterable[ColumnElement[bool]]:
    conditions: Sequence[ColumnElement[bool]] = [col(ArticleConflict.state) == state]
    if state is not ConflictState.OPEN:
        return conditions
    published = ArticleStatus.PUBLISHED
    return [*conditions, and_(col(_First.status) == published, col(_Second.status) == published)]


def _row(conflict: ArticleConflict, first: Article, second: Article) -> ConflictRow:
    return ConflictRow(
        id=conflict.id or 0,
        state=conflict.state,
        similarity=conflict.similarity,
        first=_side(first, conflict.first_text),
        second=_side(second, conflict.second_text),
        found_at=conflict.found_at,
        decided_by_id=conflict.decided_by_id,
        decided_at=conflict.decided_at,
        kept_id=conflict.kept_id,
    )


def _side(article: Article, matched: str) -> ConflictSide:
    return ConflictSide(
        article.id or 0, article.key, article.question, article.answer, article.owner_code, matched
    )
