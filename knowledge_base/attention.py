"""Attention: how often each article was offered, used, edited and rejected, and which way that goes."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import func, or_, select, update
from sqlmodel import Session, col

from knowledge_base.models import Article, ArticleStatus, ArticleUse
from knowledge_base.queries import Page

ATTENTION_DAYS = 90
TREND_DAYS = 30
REJECTIONS_THAT_DOUBT = 3


class AttentionOrder(StrEnum):
    """What the list is sorted by, most first."""

    SHOWN = "shown"
    INSERTED = "inserted"
    EDITED = "edited"
    REJECTED = "rejected"
    UNHELPFUL = "unhelpful"
    HELPFUL = "helpful"
    RISING = "rising"


@dataclass(frozen=True, slots=True)
class AttentionRow:
    """An article with what became of it in the last 90 days; `rise` compares the last 30 days with the 30 before."""

    article_id: int
    question: str
    owner_code: str | None
    shown: int
    inserted: int
    edited: int
    rejected: int
    helpful: int
    unhelpful: int
    rise: int


def attention_page(
    session: Session,
    *,
    today: date,
    order: AttentionOrder = AttentionOrder.SHOWN,
    owner_code: str | None = None,
    number: int = 1,
    size: int = 50,
) -> Page[AttentionRow]:
    """Return a page of the articles that were offered, used or judged in the last 90 days."""
    number, size = max(1, number), max(1, min(size, 500))
    mine = [col(Article.owner_code) == owner_code] if owner_code else []
    figures = _figures(today).subquery()
    query = (
        select(col(Article.id), col(Article.question), col(Article.owner_code), figures)
        .join(figures, figures.c.article_id == col(Article.id))
        .where(*mine)
    )
    rows = session.execute(
        query.order_by(figures.c[order.value].desc(), col(Article.id)).offset((number - 1) * size).limit(size)
    )
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    return Page(tuple(_row(row) for row in rows), total, number, size)


def note_doubted(session: Session, *, today: date) -> int:
    """Mark the published articles that officers reject more often than they use them; return how many changed.

    What was rejected before an editor confirmed the article no longer counts.
    """
    rejected, inserted = func.sum(col(ArticleUse.rejected)), func.sum(col(ArticleUse.inserted))
    doubted = (
        select(col(ArticleUse.article_id))
        .join(Article, col(Article.id) == col(ArticleUse.article_id))
        .where(
            col(ArticleUse.day) > today - timedelta(days=ATTENTION_DAYS),
            or_(col(Article.reviewed_on).is_(None), col(ArticleUse.day) > col(Article.reviewed_on)),
            col(Article.status) == ArticleStatus.PUBLISHED,
        )
        .group_by(col(ArticleUse.article_id))
        .having(rejected >= REJECTIONS_THAT_DOUBT, rejected > inserted)
    )
    wanted = set(session.scalars(doubted))
    marked = {
        ident for ident in session.scalars(select(col(Article.id)).where(col(Article.doubted))) if ident
    }
    changed = [{"id": ident, "doubted": ident in wanted} for ident in sorted(wanted ^ marked)]
    if changed:
        session.execute(update(Article), changed)
    return len(changed)


def _figures(today: date) -> Any:
    day, shown = col(ArticleUse.day), func.sum(col(ArticleUse.shown))
    month, two_months = (today - timedelta(days=TREND_DAYS * months) for months in (1, 2))
    recently, before = shown.filter(day > month), shown.filter(day <= month, day > two_months)
    names = ("shown", "inserted", "edited", "rejected", "helpful", "unhelpful")
    sums = [func.sum(getattr(ArticleUse, name)).label(name) for name in names]
    rise = (func.coalesce(recently, 0) - func.coalesce(before, 0)).label("rising")
    return (
        select(col(ArticleUse.article_id), *sums, rise)
        .where(day > today - timedelta(days=ATTENTION_DAYS))
        .group_by(col(ArticleUse.article_id))
    )


def _row(row: Any) -> AttentionRow:
    figures = (row.shown, row.inserted, row.edited, row.rejected, row.helpful, row.unhelpful, row.rising)
    return AttentionRow(row.id, row.question, row.owner_code, *(int(figure) for figure in figures))
