"""The words of every article: of its newest text, waiting or in force, so that editors find what they write."""

from collections.abc import Iterable

from sqlalchemy import ColumnElement, Select, select
from sqlmodel import Session, col

from knowledge_base.content import ArticleContent
from knowledge_base.engine.normalise import spaced
from knowledge_base.models import Article, ArticleRevision
from knowledge_base.search_words import SearchTable, SearchText

_ARTICLES = SearchTable("article_search", "article_id", longest=12_000)
_PORTION = 500


def search_text(article_id: int, key: str, content: ArticleContent) -> SearchText:
    """Return what makes an article findable: what is short first, the answer last."""
    numbers = (basis.number or basis.title for basis in content.basis)
    parts = (content.question, *content.phrasings, *content.tags, key, *numbers, content.answer)
    return SearchText(article_id, spaced("\n".join(parts)))


def index_articles(session: Session, texts: Iterable[SearchText]) -> None:
    """Replace the words of these articles."""
    _ARTICLES.write(session, list(texts))


def containing(session: Session, text: str) -> list[ColumnElement[bool]]:
    """Return the condition that an article contains every word of `text`; none when it has no character."""
    found = _ARTICLES.matching(session, spaced(text))
    return [] if found is None else [col(Article.id).in_(found)]


def reindex_articles(session: Session, *, after: int = 0, only_missing: bool = False) -> int | None:
    """Write the words of the next articles anew from their newest revision; return where to go on, None at the end."""
    rows = session.execute(_newest(session, after, only_missing)).all()
    index_articles(
        session, (search_text(ident, key, ArticleContent.from_json(plain)) for ident, key, plain in rows)
    )
    return rows[-1][0] if rows else None


def _newest(session: Session, after: int, only_missing: bool) -> "Select[int, str, dict[str, object]]":
    query = (
        select(col(Article.id), col(Article.key), col(ArticleRevision.content))
        .join(ArticleRevision, col(ArticleRevision.article_id) == col(Article.id))
        .where(col(ArticleRevision.number) == col(Article.revision), col(Article.id) > after)
    )
    if only_missing:
        query = query.where(col(Article.id).not_in(_ARTICLES.rows(session)))
    return query.order_by(col(Article.id)).limit(_PORTION)
