"""Many articles handed to review or approved at once, as an import does: a few statements for a batch, not for each.

What comes of each is what `knowledge_base.articles` makes of one that is created or revised, submitted and approved.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from knowledge_base.article_rows import put_in_force, write_phrasings
from knowledge_base.article_search import index_articles, search_text
from knowledge_base.articles import Provenance
from knowledge_base.base_revision import bump_base_revision
from knowledge_base.content import ArticleContent
from knowledge_base.errors import ArticleNotFound, DuplicateKey, StaleArticle, TopicNotFound
from knowledge_base.models import (
    Article,
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


def approve_together(
    session: Session, expected: Mapping[int, int], *, reviewer_id: int | None, now: datetime
) -> list[int]:
    """Publish articles that wait for review; return the ids of those that were.

    `expected` is the revision of each article that the reviewer vouches for. One that has changed since, or of which
    the reviewer wrote a part, is left to a review of its own.
    """
    ready = [
        article
        for article in _locked(session, list(expected)).values()
        if article.revision == expected[article.id or 0] and article.pending is RevisionState.IN_REVIEW
    ]
    own = _written_in_part_by(session, reviewer_id, [article.id or 0 for article in ready])
    ready = [article for article in ready if article.id not in own]
    if not ready:
        return []
    newest = _newest_revisions(session, ready)
    contents = {ident: ArticleContent.from_json(revision.content) for ident, revision in newest.items()}
    for revision in newest.values():
        revision.state, revision.reviewer_id, revision.decided_at = RevisionState.PUBLISHED, reviewer_id, now
    topics, last = _topics(session), bump_base_revision(session, len(ready))
    for changed_in, article in enumerate(ready, last - len(ready) + 1):
        content = contents[article.id or 0]
        put_in_force(article, content, _topic(topics, content))
        article.status, article.pending = ArticleStatus.PUBLISHED, None
        article.published_revision, article.reviewer_id = article.revision, reviewer_id
        article.published_at = article.updated_at = now
        article.retired_at, article.changed_in = None, changed_in
    session.flush()
    write_phrasings(session, contents, PhrasingOrigin.IMPORT)
    index_articles(session, (search_text(a.id or 0, a.key, contents[a.id or 0]) for a in ready))
    return [article.id or 0 for article in ready]


def _newest_revisions(session: Session, articles: Sequence[Article]) -> dict[int, ArticleRevision]:
    found = session.scalars(
        select(ArticleRevision)
        .join(
            Article,
            (col(Article.id) == col(ArticleRevision.article_id))
            & (col(Article.revision) == col(ArticleRevision.number)),
        )
        .where(col(Article.id).in_([article.id for article in articles]))
    )
    return {revision.article_id: revision for revision in found}


def _written_in_part_by(session: Session, officer_id: int | None, ids: Sequence[int]) -> set[int]:
    """Return the articles of which somebody wrote a part since the last review."""
    if officer_id is None:
        return set()
    revisions = aliased(ArticleRevision)
    reviewed = (
        select(func.coalesce(func.max(col(revisions.number)), 0))
        .where(
            col(revisions.article_id) == col(ArticleRevision.article_id),
            col(revisions.state) == RevisionState.PUBLISHED,
            col(revisions.reviewer_id).is_not(None),
        )
        .scalar_subquery()
    )
    written = session.scalars(
        select(col(ArticleRevision.article_id)).where(
            col(ArticleRevision.article_id).in_(ids),
            col(ArticleRevision.author_id) == officer_id,
            col(ArticleRevision.state) != RevisionState.PUBLISHED,
            col(ArticleRevision.number) > reviewed,
        )
    )
    return set(written)


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
    write_phrasings(
        session, {ident.id or 0: contents[ident.id or 0] for ident in phrased}, PhrasingOrigin.IMPORT
    )
    index_articles(session, (search_text(a.id or 0, a.key, contents[a.id or 0]) for a in articles))


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
