"""Many articles handed to review at once, as an import does: a few statements for a batch instead of some for each.

What comes of each is what `knowledge_base.articles` makes of one that is created or revised and then submitted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, insert, select, update
from sqlmodel import Session, col

from knowledge_base.article_search import index_articles, search_text
from knowledge_base.articles import Provenance, put_in_force
from knowledge_base.content import ArticleContent
from knowledge_base.errors import ArticleNotFound, DuplicateKey, StaleArticle, TopicNotFound
from knowledge_base.models import (
    Article,
    ArticlePhrasing,
    ArticleRevision,
    ArticleStatus,
    PhrasingOrigin,
    RevisionState,
    Topic,
)


@dataclass(frozen=True, slots=True)
class Given:
    """A content, already checked, for a new article or for the one whose newest revision is `revision`."""

    key: str
    content: ArticleContent
    provenance: Provenance
    article_id: int | None = None
    revision: int = 0


@dataclass(frozen=True, slots=True)
class Handed:
    """An article handed to review, and where it stood before: nowhere when it is new."""

    article: Article
    before_revision: int | None = None
    before_published: int | None = None
    before_status: ArticleStatus | None = None


def add_for_review(
    session: Session, given: Sequence[Given], *, author_id: int | None, now: datetime
) -> list[Handed]:
    """Store new articles that wait for review. Raises DuplicateKey, TopicNotFound."""
    _require_unknown(session, [each.key for each in given])
    topics = _topics(session)
    articles = [_new(each, author_id, now) for each in given]
    for article, each in zip(articles, given, strict=True):
        put_in_force(article, each.content, _topic(topics, each.content))
    session.add_all(articles)
    session.flush()
    _write(session, articles, given, author_id=author_id, now=now, phrased=articles)
    return [Handed(article) for article in articles]


def revise_for_review(
    session: Session, given: Sequence[Given], *, author_id: int | None, now: datetime
) -> list[Handed]:
    """Save new revisions that wait for review; what is published stays in force.

    Raises ArticleNotFound, StaleArticle when one was changed since it was read, TopicNotFound.
    """
    known = _locked(session, [each.article_id or 0 for each in given])
    topics = _topics(session)
    handed = []
    for each in given:
        article = known.get(each.article_id or 0)
        if article is None:
            raise ArticleNotFound(each.article_id or 0)
        if article.revision != each.revision:
            raise StaleArticle(article.id or 0, each.revision, article.revision)
        handed.append(Handed(article, article.revision, article.published_revision, article.status))
    _supersede(session, [one.article for one in handed])
    for one, each in zip(handed, given, strict=True):
        _revise(one.article, each, _topic(topics, each.content), author_id, now)
    articles = [one.article for one in handed]
    session.flush()
    unpublished = [article for article in articles if article.published_revision is None]
    _write(session, articles, given, author_id=author_id, now=now, phrased=unpublished)
    return handed


def _new(each: Given, author_id: int | None, now: datetime) -> Article:
    return Article(
        key=each.key,
        question=each.content.question,
        answer=each.content.answer,
        status=ArticleStatus.IN_REVIEW,
        pending=RevisionState.IN_REVIEW,
        author_id=author_id,
        source=each.provenance.source,
        version=each.provenance.version,
        licence=each.provenance.licence,
        is_sample=each.provenance.is_sample,
        created_at=now,
        updated_at=now,
        submitted_at=now,
    )


def _revise(article: Article, each: Given, topic: int | None, author_id: int | None, now: datetime) -> None:
    article.revision += 1
    article.pending = RevisionState.IN_REVIEW
    article.submitted_at = article.updated_at = now
    article.source = each.provenance.source or article.source
    article.version = each.provenance.version or article.version
    article.licence = each.provenance.licence or article.licence
    if article.published_revision is None:
        article.status = ArticleStatus.IN_REVIEW
        article.author_id = author_id
        put_in_force(article, each.content, topic)


def _write(
    session: Session,
    articles: Sequence[Article],
    given: Sequence[Given],
    *,
    author_id: int | None,
    now: datetime,
    phrased: Sequence[Article],
) -> None:
    """Write what belongs to articles: their newest revisions, the phrasings of those not in force, their words."""
    contents = {article.id or 0: each.content for article, each in zip(articles, given, strict=True)}
    revisions = [
        {
            "article_id": article.id,
            "number": article.revision,
            "state": RevisionState.IN_REVIEW,
            "content": contents[article.id or 0].to_json(),
            "author_id": author_id,
            "comment": "",
            "created_at": now,
        }
        for article in articles
    ]
    if revisions:
        session.execute(insert(ArticleRevision), revisions)
    _write_phrasings(session, {ident.id or 0: contents[ident.id or 0] for ident in phrased})
    index_articles(session, (search_text(a.id or 0, a.key, contents[a.id or 0]) for a in articles))


def _write_phrasings(session: Session, contents: Mapping[int, ArticleContent]) -> None:
    mine = col(ArticlePhrasing.article_id).in_(contents)
    session.execute(delete(ArticlePhrasing).where(mine).execution_options(synchronize_session=False))
    rows = [
        {"article_id": ident, "text": text, "origin": PhrasingOrigin.EDITOR, "position": position}
        for ident, content in contents.items()
        for position, text in enumerate(content.phrasings)
    ]
    if rows:
        session.execute(insert(ArticlePhrasing), rows)


def _require_unknown(session: Session, keys: Sequence[str]) -> None:
    taken = session.scalar(select(col(Article.key)).where(col(Article.key).in_(keys)).limit(1))
    if taken is not None:
        raise DuplicateKey(taken)


def _locked(session: Session, ids: Sequence[int]) -> dict[int, Article]:
    """Return articles as the database has them now; nobody else changes them until the transaction ends."""
    query = select(Article).where(col(Article.id).in_(ids)).order_by(col(Article.id)).with_for_update()
    found = session.scalars(query.execution_options(populate_existing=True))
    return {article.id or 0: article for article in found}


def _supersede(session: Session, articles: Sequence[Article]) -> None:
    """Set changes aside that waited on articles."""
    for article in articles:
        if article.pending in (RevisionState.DRAFT, RevisionState.IN_REVIEW):
            session.execute(
                update(ArticleRevision)
                .where(
                    col(ArticleRevision.article_id) == article.id,
                    col(ArticleRevision.number) == article.revision,
                )
                .values(state=RevisionState.SUPERSEDED)
                .execution_options(synchronize_session=False)
            )


def _topics(session: Session) -> dict[str, int | None]:
    return dict(session.execute(select(col(Topic.code), col(Topic.id))).all())


def _topic(topics: Mapping[str, int | None], content: ArticleContent) -> int | None:
    if content.topic_code is None:
        return None
    if content.topic_code not in topics:
        raise TopicNotFound(content.topic_code)
    return topics[content.topic_code]
