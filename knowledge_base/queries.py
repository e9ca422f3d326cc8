"""The lists of articles that editors work off: filtered, sorted, counted, page by page; and what is exported."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from knowledge_base.article_search import containing
from knowledge_base.content import ArticleContent
from knowledge_base.models import (
    Article,
    ArticleRevision,
    ArticleStatus,
    ArticleUse,
    Authority,
    Candidate,
    CandidateState,
    RevisionState,
    Topic,
)
from knowledge_base.topics import topic_ids_below

Row = TypeVar("Row")

USE_DAYS = 90
EXPIRING_DAYS = 30
MOST_COUNTED = 1_000
"""Of what is searched by words; a longer list says only that it is longer."""


class ArticleList(StrEnum):
    """The lists that an editor works off."""

    ALL = "all"
    DRAFT = "draft"
    IN_REVIEW = "in_review"
    PUBLISHED = "published"
    RETIRED = "retired"
    STALE = "stale"
    EXPIRED = "expired"
    EXPIRING = "expiring"
    UNEXPLAINED = "unexplained"


class ArticleOrder(StrEnum):
    """How a list is sorted."""

    UPDATED = "updated"
    QUESTION = "question"
    REVIEW_BY = "review_by"
    USED = "used"


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """One page of a longer list; pages count from 1. `total_is_floor` says that there are more than were counted."""

    rows: tuple[Row, ...]
    total: int
    number: int
    size: int
    total_is_floor: bool = False

    @property
    def pages(self) -> int:
        """Return how many pages there are, at least one."""
        return max(1, -(-self.total // self.size))


@dataclass(frozen=True, slots=True)
class ArticleFilter:
    """What to list. `text` may hold several words: all must occur; two characters are enough."""

    work_list: ArticleList = ArticleList.ALL
    text: str = ""
    topic_code: str | None = None
    owner_code: str | None = None
    region: str | None = None
    authority: Authority | None = None
    author_id: int | None = None
    tag: str = ""


@dataclass(frozen=True, slots=True)
class ArticleRow:
    """One line of a list of articles; the use figures cover the last 90 days."""

    id: int
    key: str
    question: str
    status: ArticleStatus
    pending: RevisionState | None
    topic_code: str | None
    topic_name: str | None
    topic_name_en: str | None
    owner_code: str | None
    authority: Authority
    region: str | None
    valid_from: date | None
    valid_until: date | None
    review_by: date | None
    revision: int
    is_sample: bool
    is_expired: bool
    is_stale: bool
    basis_expired: bool
    doubted: bool
    updated_at: datetime
    shown: int
    inserted: int
    rejected: int


@dataclass(frozen=True, slots=True)
class ArticleCounts:
    """How many articles each list holds, and how many candidates wait."""

    by_list: dict[ArticleList, int]
    candidates: int


@dataclass(frozen=True, slots=True)
class Exported:
    """An article as it leaves in a file: what is in force, else its draft, with where it came from."""

    key: str
    content: ArticleContent
    topic: str | None
    topic_parent: str | None
    source: str
    version: str
    licence: str


@dataclass(frozen=True, slots=True)
class _Usage:
    shown: int = 0
    inserted: int = 0
    rejected: int = 0


def articles_page(
    session: Session,
    criteria: ArticleFilter | None = None,
    *,
    today: date,
    number: int = 1,
    size: int = 50,
    order: ArticleOrder = ArticleOrder.UPDATED,
) -> Page[ArticleRow]:
    """Return one page of articles; a page beyond the last is empty. Raises TopicNotFound."""
    criteria = criteria or ArticleFilter()
    conditions = conditions_of(session, criteria, today)
    total, is_floor = counted(session, criteria, conditions)
    number, size = max(1, number), max(1, min(size, 500))
    query = _ordered(select(Article).where(*conditions), order, today)
    found = session.scalars(query.offset((number - 1) * size).limit(size)).all()
    return Page(tuple(rows_of(session, found, today)), total, number, size, is_floor)


def article_counts(session: Session, *, today: date, owner_code: str | None = None) -> ArticleCounts:
    """Return the size of every list, of one owner's articles when `owner_code` is given."""
    mine = [col(Article.owner_code) == owner_code] if owner_code else []
    columns = [
        func.count().filter(and_(True, *_of_list(which, today))).label(which.value) for which in ArticleList
    ]
    counted = session.execute(select(*columns).select_from(Article).where(*mine)).one()
    waiting = select(func.count()).select_from(Candidate).where(col(Candidate.state) == CandidateState.OPEN)
    if owner_code:
        waiting = waiting.where(col(Candidate.owner_code) == owner_code)
    by_list = {which: int(counted[place]) for place, which in enumerate(ArticleList)}
    return ArticleCounts(by_list, session.scalar(waiting) or 0)


def articles_to_export(session: Session, criteria: ArticleFilter, *, today: date) -> Iterator[Exported]:
    """Yield every article of a list with its newest content, by key. Raises TopicNotFound."""
    upper = aliased(Topic)
    rows = session.execute(
        select(Article, col(ArticleRevision.content), col(Topic.name), col(upper.name))
        .join(ArticleRevision, col(ArticleRevision.article_id) == col(Article.id))
        .outerjoin(Topic, col(Topic.id) == col(Article.topic_id))
        .outerjoin(upper, col(upper.id) == col(Topic.parent_id))
        .where(
            col(ArticleRevision.number)
            == func.coalesce(col(Article.published_revision), col(Article.revision)),
            *conditions_of(session, criteria, today),
        )
        .order_by(col(Article.key))
        .execution_options(yield_per=1000)
    )
    for article, content, topic, topic_parent in rows:
        yield Exported(
            article.key,
            ArticleContent.from_json(content),
            topic,
            topic_parent,
            article.source,
            article.version,
            article.licence,
        )


def live_conditions(today: date) -> list[ColumnElement[bool]]:
    """Return what makes an article usable today: published and within its dates, both ends inclusive."""
    return [
        col(Article.status) == ArticleStatus.PUBLISHED,
        or_(col(Article.valid_from).is_(None), col(Article.valid_from) <= today),
        or_(col(Article.valid_until).is_(None), col(Article.valid_until) >= today),
    ]


def counted(
    session: Session, criteria: ArticleFilter, conditions: Sequence[ColumnElement[bool]]
) -> tuple[int, bool]:
    """Return how many articles there are, and whether there are more: what is searched by words is not all counted."""
    some = select(col(Article.id)).where(*conditions)
    if criteria.text or criteria.tag:
        some = some.limit(MOST_COUNTED + 1)
    total = session.scalar(select(func.count()).select_from(some.subquery())) or 0
    is_floor = total > MOST_COUNTED and bool(criteria.text or criteria.tag)
    return total - is_floor, is_floor


def conditions_of(session: Session, criteria: ArticleFilter, today: date) -> list[ColumnElement[bool]]:
    """Return what an article must meet to be on a list. Raises TopicNotFound."""
    conditions = [*_of_list(criteria.work_list, today)]
    for words in (criteria.text, criteria.tag):
        conditions.extend(containing(session, words))
    if criteria.topic_code:
        conditions.append(col(Article.topic_id).in_(topic_ids_below(session, criteria.topic_code)))
    plain: dict[Any, Any] = {
        Article.owner_code: criteria.owner_code,
        Article.region: criteria.region,
        Article.authority: criteria.authority,
        Article.author_id: criteria.author_id,
    }
    conditions.extend(col(column) == value for column, value in plain.items() if value is not None)
    return conditions


def _of_list(which: ArticleList, today: date) -> list[ColumnElement[bool]]:
    status, pending = col(Article.status), col(Article.pending)
    published = status == ArticleStatus.PUBLISHED
    expired = col(Article.valid_until) < today
    soon = col(Article.valid_until).between(today, today + timedelta(days=EXPIRING_DAYS))
    lists: dict[ArticleList, list[ColumnElement[bool]]] = {
        ArticleList.ALL: [],
        ArticleList.DRAFT: [pending.in_([RevisionState.DRAFT, RevisionState.SENT_BACK])],
        ArticleList.IN_REVIEW: [pending == RevisionState.IN_REVIEW],
        ArticleList.PUBLISHED: [published],
        ArticleList.RETIRED: [status == ArticleStatus.RETIRED],
        ArticleList.STALE: [published, or_(*_reasons_to_look(today))],
        ArticleList.EXPIRED: [published, expired],
        ArticleList.EXPIRING: [published, soon],
        ArticleList.UNEXPLAINED: [
            published,
            col(Article.has_basis).is_(True),
            col(Article.interpretation_url).is_(None),
            col(Article.interpretation_title).is_(None),
        ],
    }
    return lists[which]


def _reasons_to_look(today: date) -> list[ColumnElement[bool]]:
    """Return why a published article should be looked at again: its date, its basis, its rejections."""
    ends, reviewed = col(Article.basis_expires_on), col(Article.reviewed_on)
    return [
        col(Article.review_by) < today,
        and_(ends < today, or_(reviewed.is_(None), reviewed <= ends)),
        col(Article.doubted).is_(True),
    ]


def stale_count(session: Session, *, today: date) -> int:
    """Return how many published articles should be looked at again."""
    mine = _of_list(ArticleList.STALE, today)
    return session.scalar(select(func.count()).select_from(Article).where(*mine)) or 0


def _ordered(query: Select[Article], order: ArticleOrder, today: date) -> Select[Article]:
    if order is ArticleOrder.USED:
        used = _usage_query(today).subquery()
        query = query.outerjoin(used, used.c.article_id == col(Article.id))
        return query.order_by(func.coalesce(used.c.inserted, 0).desc(), col(Article.id))
    by: dict[ArticleOrder, list[Any]] = {
        ArticleOrder.UPDATED: [col(Article.updated_at).desc()],
        ArticleOrder.QUESTION: [col(Article.question)],
        ArticleOrder.REVIEW_BY: [col(Article.review_by).is_(None), col(Article.review_by)],
    }
    return query.order_by(*by[order], col(Article.id).desc())


def _usage_query(today: date) -> Select[int, int, int, int]:
    return (
        select(
            col(ArticleUse.article_id),
            func.sum(col(ArticleUse.shown)).label("shown"),
            func.sum(col(ArticleUse.inserted)).label("inserted"),
            func.sum(col(ArticleUse.rejected)).label("rejected"),
        )
        .where(col(ArticleUse.day) > today - timedelta(days=USE_DAYS))
        .group_by(col(ArticleUse.article_id))
    )


def rows_of(session: Session, articles: Sequence[Article], today: date) -> list[ArticleRow]:
    """Return articles as lists show them, with their topics and what became of them in the last 90 days."""
    idents = [article.id or 0 for article in articles]
    topics = {
        topic.id: topic
        for topic in session.scalars(select(Topic).where(col(Topic.id).in_({a.topic_id for a in articles})))
    }
    usage = {
        row[0]: _Usage(int(row[1]), int(row[2]), int(row[3]))
        for row in session.execute(_usage_query(today).where(col(ArticleUse.article_id).in_(idents)))
    }
    return [
        _row(article, topics.get(article.topic_id), usage.get(article.id or 0, _Usage()), today)
        for article in articles
    ]


def _row(article: Article, topic: Topic | None, usage: _Usage, today: date) -> ArticleRow:
    return ArticleRow(
        id=article.id or 0,
        key=article.key,
        question=article.question,
        status=article.status,
        pending=article.pending,
        topic_code=topic.code if topic else None,
        topic_name=topic.name if topic else None,
        topic_name_en=topic.name_en if topic else None,
        owner_code=article.owner_code,
        authority=article.authority,
        region=article.region,
        valid_from=article.valid_from,
        valid_until=article.valid_until,
        review_by=article.review_by,
        revision=article.revision,
        is_sample=article.is_sample,
        is_expired=article.valid_until is not None and article.valid_until < today,
        is_stale=article.review_by is not None and article.review_by < today,
        basis_expired=_basis_expired(article, today),
        doubted=article.doubted,
        updated_at=article.updated_at,
        shown=usage.shown,
        inserted=usage.inserted,
        rejected=usage.rejected,
    )


def _basis_expired(article: Article, today: date) -> bool:
    ends, reviewed = article.basis_expires_on, article.reviewed_on
    return ends is not None and ends < today and (reviewed is None or reviewed <= ends)
