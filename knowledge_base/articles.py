"""The life of an article: draft, review by somebody else, published, retired; every step keeps a revision.

Every change names the revision that its author had read. The row is claimed by a conditional update, so of
two people who save at once one gets StaleArticle and nothing is overwritten.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlmodel import Session, col

from knowledge_base.article_rows import (
    article_by_id,
    claim,
    decide,
    make_findable,
    publish,
    put_in_force,
    record,
    revision_row,
    standing,
    supersede,
    write_phrasings,
)
from knowledge_base.base_revision import bump_base_revision
from knowledge_base.content import ArticleContent
from knowledge_base.errors import DuplicateKey, SelfReview, WrongState
from knowledge_base.models import Article, ArticleRevision, ArticleStatus, RevisionState
from knowledge_base.topics import topic_id


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where an article was taken from; samples are marked so that nobody mistakes them for policy."""

    source: str = ""
    version: str = ""
    licence: str = ""
    is_sample: bool = False


def create_article(
    session: Session,
    content: ArticleContent,
    *,
    author_id: int | None,
    now: datetime,
    key: str | None = None,
    provenance: Provenance | None = None,
) -> Article:
    """Store a new draft and return it. Raises InvalidArticle, DuplicateKey, TopicNotFound."""
    content = content.checked()
    key = key or f"a-{now:%Y%m%d}-{secrets.token_hex(4)}"
    if session.scalar(select(col(Article.id)).where(col(Article.key) == key)) is not None:
        raise DuplicateKey(key)
    origin = provenance or Provenance()
    article = Article(
        key=key,
        question=content.question,
        answer=content.answer,
        pending=RevisionState.DRAFT,
        author_id=author_id,
        source=origin.source,
        version=origin.version,
        licence=origin.licence,
        is_sample=origin.is_sample,
        created_at=now,
        updated_at=now,
    )
    put_in_force(article, content, topic_id(session, content.topic_code))
    session.add(article)
    session.flush()
    make_findable(session, article, content)
    write_phrasings(session, {article.id or 0: content})
    record(session, article, content, author_id=author_id, now=now)
    session.flush()
    return article


def revise_article(
    session: Session,
    article_id: int,
    content: ArticleContent,
    *,
    expected_revision: int,
    author_id: int | None,
    now: datetime,
) -> Article:
    """Save a new draft of an article; what is published stays in force until the draft is approved.

    `expected_revision` is the revision that the author started from. Raises ArticleNotFound, StaleArticle,
    InvalidArticle, TopicNotFound.
    """
    return _save(session, article_id, content, expected_revision, author_id, now, restored_from=None)


def restore_revision(
    session: Session, article_id: int, number: int, *, expected_revision: int, author_id: int, now: datetime
) -> Article:
    """Make revision `number` the newest draft again; it goes through review like any other change."""
    content = ArticleContent.from_json(revision_row(session, article_id, number).content)
    return _save(session, article_id, content, expected_revision, author_id, now, restored_from=number)


def submit_article(
    session: Session, article_id: int, *, expected_revision: int, actor_id: int | None, now: datetime
) -> Article:
    """Hand the newest draft to review. Raises StaleArticle, WrongState when there is no draft."""
    article = article_by_id(session, article_id)
    if article.pending not in (RevisionState.DRAFT, RevisionState.SENT_BACK):
        raise WrongState("article", article_id, standing(article), "submit")
    claim(session, article, expected_revision, pending=article.pending)
    revision = revision_row(session, article_id, article.revision)
    revision.state = article.pending = RevisionState.IN_REVIEW
    article.submitted_at = article.updated_at = now
    if article.status is ArticleStatus.DRAFT:
        article.status = ArticleStatus.IN_REVIEW
    session.flush()
    return article


def approve_article(
    session: Session, article_id: int, *, expected_revision: int, reviewer_id: int | None, now: datetime
) -> Article:
    """Publish the revision in review.

    Raises SelfReview when the reviewer wrote any part of what would be published, StaleArticle when it
    changed since the reviewer read it, WrongState when nothing is in review.
    """
    article = article_by_id(session, article_id)
    if article.pending is not RevisionState.IN_REVIEW:
        raise WrongState("article", article_id, standing(article), "approve")
    if reviewer_id in _authors_since_published(session, article):
        raise SelfReview(article_id, reviewer_id)
    claim(session, article, expected_revision, pending=RevisionState.IN_REVIEW)
    revision = revision_row(session, article_id, article.revision)
    decide(revision, RevisionState.PUBLISHED, reviewer_id, "", now)
    publish(session, article, ArticleContent.from_json(revision.content), now=now)
    article.reviewer_id = reviewer_id
    session.flush()
    return article


def send_back_article(
    session: Session,
    article_id: int,
    *,
    expected_revision: int,
    reviewer_id: int,
    comment: str,
    now: datetime,
) -> Article:
    """Return the revision in review to its author with a reason; what is published stays in force."""
    article = article_by_id(session, article_id)
    if article.pending is not RevisionState.IN_REVIEW:
        raise WrongState("article", article_id, standing(article), "send back")
    claim(session, article, expected_revision, pending=RevisionState.IN_REVIEW)
    revision = revision_row(session, article_id, article.revision)
    decide(revision, RevisionState.SENT_BACK, reviewer_id, comment, now)
    article.pending = RevisionState.SENT_BACK
    article.updated_at = now
    if article.status is ArticleStatus.IN_REVIEW:
        article.status = ArticleStatus.DRAFT
    session.flush()
    return article


def retire_article(
    session: Session, article_id: int, *, actor_id: int | None, now: datetime, reason: str = ""
) -> Article:
    """Take an article out of use at once; pending changes are set aside. Retiring twice changes nothing."""
    article = article_by_id(session, article_id)
    if article.status is ArticleStatus.RETIRED:
        return article
    if article.pending:
        revision = revision_row(session, article_id, article.revision)
        decide(revision, RevisionState.SUPERSEDED, actor_id, reason, now)
    article.status = ArticleStatus.RETIRED
    article.pending = None
    article.retired_at = article.updated_at = now
    article.changed_in = bump_base_revision(session)
    session.flush()
    return article


def install_article(
    session: Session,
    content: ArticleContent,
    *,
    key: str,
    author_id: int | None,
    reviewer_id: int | None,
    now: datetime,
    status: ArticleStatus = ArticleStatus.PUBLISHED,
    provenance: Provenance | None = None,
) -> Article:
    """Put an article from an already reviewed base (or the demo county) straight into `status`.

    The named reviewer vouches for it. Raises SelfReview when author and reviewer are one person.
    """
    article = create_article(session, content, author_id=author_id, now=now, key=key, provenance=provenance)
    if status is ArticleStatus.DRAFT:
        return article
    if author_id is not None and author_id == reviewer_id and status is not ArticleStatus.IN_REVIEW:
        raise SelfReview(article.id or 0, author_id)
    revision = revision_row(session, article.id or 0, 1)
    if status is ArticleStatus.IN_REVIEW:
        revision.state = article.pending = RevisionState.IN_REVIEW
        article.status, article.submitted_at = status, now
    else:
        decide(revision, RevisionState.PUBLISHED, reviewer_id, "", now)
        publish(session, article, content.checked(), now=now)
        article.reviewer_id = reviewer_id
    if status is ArticleStatus.RETIRED:
        article.status, article.retired_at = status, now
    session.flush()
    return article


def put_back_article(
    session: Session,
    article_id: int,
    published_revision: int | None,
    *,
    status: ArticleStatus | None,
    officer_id: int | None,
    now: datetime,
) -> Article:
    """Put an article back to what was in force before its newest change: that had been reviewed.

    `published_revision` and `status` are those from before; None for an article that did not exist, which is
    retired. A change that still waits for review is set aside.
    """
    article = article_by_id(session, article_id)
    if article.pending:
        supersede(session, article_id, article.revision)
        article.pending, article.updated_at = None, now
    if published_revision is None or status is ArticleStatus.RETIRED:
        return retire_article(session, article_id, actor_id=officer_id, now=now)
    if article.published_revision != published_revision or article.status is ArticleStatus.RETIRED:
        _put_in_force_again(session, article, published_revision, officer_id, now)
    session.flush()
    return article


def reinstate_article(session: Session, article_id: int, *, officer_id: int, now: datetime) -> Article:
    """Publish a retired article again as it last was in force.

    Raises ArticleNotFound, WrongState unless it is retired and no change waits.
    """
    article = article_by_id(session, article_id)
    if article.status is not ArticleStatus.RETIRED or article.pending or article.published_revision is None:
        raise WrongState("article", article_id, standing(article), "reinstate")
    _put_in_force_again(session, article, article.published_revision, officer_id, now)
    session.flush()
    return article


def _put_in_force_again(
    session: Session, article: Article, number: int, officer_id: int | None, now: datetime
) -> None:
    """Publish a revision once more: it had been reviewed."""
    content = ArticleContent.from_json(revision_row(session, article.id or 0, number).content)
    claim(session, article, article.revision, step=1)
    row = record(session, article, content, author_id=officer_id, now=now, state=RevisionState.PUBLISHED)
    row.restored_from, row.decided_at = number, now
    publish(session, article, content, now=now)


def _save(
    session: Session,
    article_id: int,
    content: ArticleContent,
    expected_revision: int,
    author_id: int | None,
    now: datetime,
    *,
    restored_from: int | None,
) -> Article:
    content = content.checked()
    article = article_by_id(session, article_id)
    had_pending = article.pending is not None
    topic_id(session, content.topic_code)
    claim(session, article, expected_revision, step=1)
    if had_pending:
        supersede(session, article_id, article.revision - 1)
    row = record(session, article, content, author_id=author_id, now=now)
    row.restored_from = restored_from
    article.pending = RevisionState.DRAFT
    article.updated_at = now
    if article.published_revision is None:
        article.status = ArticleStatus.DRAFT
        article.author_id = author_id
        put_in_force(article, content, topic_id(session, content.topic_code))
        write_phrasings(session, {article.id or 0: content})
    make_findable(session, article, content)
    session.flush()
    return article


def _authors_since_published(session: Session, article: Article) -> set[int]:
    """Everybody who wrote since the last review: a small edit by a second person hides nobody."""
    mine = col(ArticleRevision.article_id) == article.id
    published = col(ArticleRevision.state) == RevisionState.PUBLISHED
    reviewed = session.scalar(
        select(func.max(col(ArticleRevision.number))).where(
            mine, published, col(ArticleRevision.reviewer_id).is_not(None)
        )
    )
    written = session.scalars(
        select(col(ArticleRevision.author_id)).where(
            mine, ~published, col(ArticleRevision.number) > (reviewed or 0)
        )
    )
    return {author for author in written if author is not None}
