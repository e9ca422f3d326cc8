"""What is published, as the suggestion engine reads it from the database: in portions, however large the base."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from sqlalchemy import func, or_, select
from sqlmodel import Session, col

from knowledge_base.engine.entries import Entry
from knowledge_base.models import Article, ArticlePhrasing, ArticleStatus, SynonymGroup

_PORTION = 5_000
_COLUMNS: tuple[Any, ...] = (
    Article.id,
    Article.question,
    Article.region,
    Article.authority,
    Article.valid_from,
    Article.valid_until,
)


def published_entries(
    session: Session, *, today: date | None = None, changed_after: int | None = None, most: int | None = None
) -> Iterator[Entry]:
    """Return the published articles by ascending id.

    With `today` those that have expired by then are left out; with `changed_after` all that did not change after
    that revision of the base. Of more than `most` the last changed are taken.
    """
    conditions = [col(Article.status) == ArticleStatus.PUBLISHED]
    if today is not None:
        conditions.append(or_(col(Article.valid_until).is_(None), col(Article.valid_until) >= today))
    if changed_after is not None:
        conditions.append(col(Article.changed_in) > changed_after)
    if most is not None:
        last = select(col(Article.changed_in)).where(*conditions).order_by(col(Article.changed_in).desc())
        bound = session.scalar(last.offset(most).limit(1))
        conditions.append(col(Article.changed_in) > (bound or 0))
    done = 0
    while True:
        query = select(*_COLUMNS).where(*conditions, col(Article.id) > done)
        rows = session.execute(query.order_by(col(Article.id)).limit(_PORTION)).all()
        if not rows:
            return
        phrasings = _phrasings(session, done, rows[-1].id)
        done = rows[-1].id
        for ident, *rest in rows:
            question, region, authority, valid_from, valid_until = rest
            others = tuple(phrasings.get(ident, ()))
            yield Entry(ident, question, others, region, authority, valid_from, valid_until)


def changed_articles(session: Session, *, after: int, most: int | None = None) -> list[int]:
    """Return the ids of the articles published, changed or retired after that revision of the base."""
    query = select(col(Article.id)).where(col(Article.changed_in) > after)
    found = session.scalars(query if most is None else query.limit(most))
    return [ident for ident in found if ident is not None]


def has_more_published(session: Session, than: int) -> bool:
    """Tell whether more than so many articles are published, without counting them all."""
    some = select(col(Article.id)).where(col(Article.status) == ArticleStatus.PUBLISHED).limit(than + 1)
    return (session.scalar(select(func.count()).select_from(some.subquery())) or 0) > than


def editors_synonyms(session: Session) -> list[list[str]]:
    """Return the editors' own groups of synonyms."""
    words = select(col(SynonymGroup.words)).where(col(SynonymGroup.disabled_at).is_(None))
    return list(session.scalars(words.order_by(col(SynonymGroup.id))))


def _phrasings(session: Session, after: int, upto: int) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    article = col(ArticlePhrasing.article_id)
    rows = session.execute(
        select(article, col(ArticlePhrasing.text))
        .where(article > after, article <= upto)
        .order_by(article, col(ArticlePhrasing.position))
    )
    for ident, text in rows:
        found.setdefault(ident, []).append(text)
    return found
