"""Published articles as officers and citizens read them; an answer still holds its placeholders."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, select
from sqlmodel import Session, col

from knowledge_base.content import Basis, basis_from_json
from knowledge_base.models import Article, ArticleStatus, Authority, Topic
from knowledge_base.queries import ArticleFilter, Page, conditions_of, counted, live_conditions


@dataclass(frozen=True, slots=True)
class AnswerView:
    """What an officer or a citizen sees of a published article. The answer still holds its placeholders."""

    id: int
    key: str
    question: str
    answer: str
    topic_code: str | None
    topic_name: str | None
    owner_code: str | None
    authority: Authority
    region: str | None
    basis: tuple[Basis, ...]
    service_url: str | None
    interpretation_url: str | None
    interpretation_title: str | None
    tags: tuple[str, ...]
    valid_from: date | None
    valid_until: date | None
    source: str
    is_sample: bool
    is_live: bool
    updated_at: datetime


def answers_of(session: Session, article_ids: Sequence[int], *, today: date) -> dict[int, AnswerView]:
    """Return what is in force of each article ever published; `is_live` says whether it may be used."""
    if not article_ids:
        return {}
    query = _answer_query().where(
        col(Article.id).in_(set(article_ids)), col(Article.published_revision).is_not(None)
    )
    return {row[0].id: _answer(row, today) for row in session.execute(query)}


def public_answers(
    session: Session,
    *,
    today: date,
    text: str = "",
    topic_code: str | None = None,
    number: int = 1,
    size: int = 20,
) -> Page[AnswerView]:
    """Return published answers in force today, for citizens. Raises TopicNotFound."""
    criteria = ArticleFilter(text=text, topic_code=topic_code)
    conditions = [*conditions_of(session, criteria, today), *live_conditions(today)]
    total, is_floor = counted(session, criteria, conditions)
    number, size = max(1, number), max(1, min(size, 100))
    query = _answer_query().where(*conditions).order_by(col(Article.question), col(Article.id))
    rows = session.execute(query.offset((number - 1) * size).limit(size))
    return Page(tuple(_answer(row, today) for row in rows), total, number, size, is_floor)


def _answer_query() -> Select[Article, str, str]:
    return select(Article, col(Topic.code), col(Topic.name)).outerjoin(
        Topic, col(Topic.id) == col(Article.topic_id)
    )


def _answer(row: Any, today: date) -> AnswerView:
    article, topic_code, topic_name = row
    started = article.valid_from is None or article.valid_from <= today
    ended = article.valid_until is not None and article.valid_until < today
    return AnswerView(
        id=article.id,
        key=article.key,
        question=article.question,
        answer=article.answer,
        topic_code=topic_code,
        topic_name=topic_name,
        owner_code=article.owner_code,
        authority=article.authority,
        region=article.region,
        basis=basis_from_json(article.basis),
        service_url=article.service_url,
        interpretation_url=article.interpretation_url,
        interpretation_title=article.interpretation_title,
        tags=tuple(article.tags),
        valid_from=article.valid_from,
        valid_until=article.valid_until,
        source=article.source,
        is_sample=article.is_sample,
        is_live=article.status is ArticleStatus.PUBLISHED and started and not ended,
        updated_at=article.updated_at,
    )
