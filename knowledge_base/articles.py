"""The life of an article: draft, review by somebody else, published, retired; every step keeps a revision.

Every change names the revision that its author had read. The row is claimed by a conditional update, so of
two people who save at once one gets StaleArticle and nothing is overwritten.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import delete, func, insert, select, update
from sqlmodel import Session, col

from knowledge_base.article_search import index_articles, search_text
from knowledge_base.base_revision import bump_base_revision
from knowledge_base.content import ArticleContent, basis_to_json
from knowledge_base.errors import (
    ArticleNotFound,
    DuplicateKey,
    InvalidArticle,
    RevisionNotFound,
    SelfReview,
    StaleArticle,
    WrongState,
)
from knowledge_base.models import (
    Article,
    ArticlePhrasing,
    ArticleRevision,
    ArticleStatus,
    PhrasingOrigin,
    RevisionState,
)
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
    _make_findable(session, article, content)
    _replace_phrasings(session, article, content)
    _record(session, article, content, author_id=author_id, now=now)
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
    content = ArticleContent.from_json(_revision(session, article_id, number).content)
    return _save(session, article_id, content, expected_revision, author_id, now, restored_from=number)


def submit_article(
    session: Session, article_id: int, *, expected_revision: int, actor_id: int | None, now: datetime
) -> Article:
    """Hand the newest draft to review. Raises StaleArticle, WrongState when there is no draft."""
    article = article_by_id(session, article_id)
    if article.pending not in (RevisionState.DRAFT, RevisionState.SENT_BACK):
        raise WrongState("article", article_id, _standing(article), "submit")
    _claim(session, article, expected_revision, pending=article.pending)
    revision = _revision(session, article_id, article.revision)
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
        raise WrongState("article", article_id, _standing(article), "approve")
    if reviewer_id in _authors_since_published(session, article):
        raise SelfReview(article_id, reviewer_id)
    _claim(session, article, expected_revision, pending=RevisionState.IN_REVIEW)
    revision = _revision(session, article_id, article.revision)
    _decide(revision, RevisionState.PUBLISHED, reviewer_id, "", now)
    _publish(session, article, ArticleContent.from_json(revision.content), now=now)
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
        raise WrongState("article", article_id, _standing(article), "send back")
    _claim(session, article, expected_revision, pending=RevisionState.IN_REVIEW)
    revision = _revision(session, article_id, article.revision)
    _decide(revision, RevisionState.SENT_BACK, reviewer_id, comment, now)
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
        revision = _revision(session, article_id, article.revision)
        _decide(revision, RevisionState.SUPERSEDED, actor_id, reason, now)
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
    revision = _revision(session, article.id or 0, 1)
    if status is ArticleStatus.IN_REVIEW:
        revision.state = article.pending = RevisionState.IN_REVIEW
        article.status, article.submitted_at = status, now
    else:
        _decide(revision, RevisionState.PUBLISHED, reviewer_id, "", now)
        _publish(session, article, content.checked(), now=now)
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
        _supersede(session, article_id, article.revision)
        article.pending, article.updated_at = None, now
    if published_revision is None or status is ArticleStatus.RETIRED:
        return retire_article(session, article_id, actor_id=officer_id, now=now)
    if article.published_revision != published_revision:
        content = ArticleContent.from_json(_revision(session, article_id, published_revision).content)
        _claim(session, article, article.revision, step=1)
        row = _record(session, article, content, author_id=officer_id, now=now, state=RevisionState.PUBLISHED)
        row.restored_from, row.decided_at = published_revision, now
        _publish(session, article, content, now=now)
    session.flush()
    return article


def add_phrasing(
    session: Session,
    article_id: int,
    text: str,
    *,
    author_id: int,
    now: datetime,
    origin: PhrasingOrigin = PhrasingOrigin.EDITOR,
) -> Article:
    """Add a way of asking to a published article at once: it changes what is found, never what is said.

    A waiting change gets the phrasing too. Adding one that is there changes nothing. Raises WrongState unless
    the article is published.
    """
    return _amend(
        session,
        article_id,
        lambda content: replace(content, phrasings=(*content.phrasings, text)),
        author_id=author_id,
        now=now,
        origin=origin,
        added=text.strip(),
    )


def confirm_article(
    session: Session, article_id: int, *, review_by: date, officer_id: int, today: date, now: datetime
) -> Article:
    """Say that a published article is still right, and when it is to be looked at again; takes effect at once.

    What officers rejected before today no longer counts against it. Raises InvalidArticle when `review_by` is not
    in the future, WrongState unless the article is published.
    """
    if review_by <= today:
        raise InvalidArticle("review_by", "is not in the future")
    article = _amend(
        session,
        article_id,
        lambda content: replace(content, review_by=review_by),
        author_id=officer_id,
        now=now,
    )
    article.reviewed_on = today
    article.doubted = False
    session.flush()
    return article


def _amend(
    session: Session,
    article_id: int,
    change: Callable[[ArticleContent], ArticleContent],
    *,
    author_id: int,
    now: datetime,
    origin: PhrasingOrigin = PhrasingOrigin.EDITOR,
    added: str = "",
) -> Article:
    """Change at once what is published, without changing what it says; a waiting change gets it too."""
    article = article_by_id(session, article_id)
    if article.status is not ArticleStatus.PUBLISHED or article.published_revision is None:
        raise WrongState("article", article_id, _standing(article), "amend")
    content = ArticleContent.from_json(_revision(session, article_id, article.published_revision).content)
    changed = change(content).checked()
    if changed == content:
        return article
    waiting = _revision(session, article_id, article.revision) if article.pending else None
    _claim(session, article, article.revision, step=1)
    row = _record(session, article, changed, author_id=author_id, now=now, state=RevisionState.PUBLISHED)
    row.decided_at = now
    pending = article.pending
    _publish(session, article, changed, now=now, origin=origin, added=added)
    if waiting:
        _carry_forward(session, article, waiting, change, pending, now)
    session.flush()
    return article


def article_by_id(session: Session, article_id: int) -> Article:
    """Return the article as the database has it now. Raises ArticleNotFound."""
    article = session.get(Article, article_id, populate_existing=True)
    if article is None:
        raise ArticleNotFound(article_id)
    return article


def put_in_force(article: Article, content: ArticleContent, topic: int | None) -> None:
    """Make a content what the columns of an article hold; `topic` is the id of the content's topic."""
    article.question = content.question
    article.answer = content.answer
    article.topic_id = topic
    article.owner_code = content.owner_code
    article.authority = content.authority
    article.region = content.region
    article.service_url = content.service_url
    article.interpretation_url = content.interpretation_url
    article.interpretation_title = content.interpretation_title
    article.tags = list(content.tags)
    article.basis = basis_to_json(content.basis)
    article.has_basis = bool(content.basis)
    article.basis_expires_on = content.basis_expires_on
    article.valid_from = content.valid_from
    article.valid_until = content.valid_until
    article.review_by = content.review_by


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
    _claim(session, article, expected_revision, step=1)
    if had_pending:
        _supersede(session, article_id, article.revision - 1)
    row = _record(session, article, content, author_id=author_id, now=now)
    row.restored_from = restored_from
    article.pending = RevisionState.DRAFT
    article.updated_at = now
    if article.published_revision is None:
        article.status = ArticleStatus.DRAFT
        article.author_id = author_id
        put_in_force(article, content, topic_id(session, content.topic_code))
        _replace_phrasings(session, article, content)
    _make_findable(session, article, content)
    session.flush()
    return article


def _claim(
    session: Session,
    article: Article,
    expected_revision: int,
    *,
    step: int = 0,
    pending: RevisionState | None = None,
) -> None:
    """Take the row for this transaction if nobody changed it since; of two claims one finds no row."""
    session.flush()
    conditions = [col(Article.id) == article.id, col(Article.revision) == expected_revision]
    if pending is not None:
        conditions.append(col(Article.pending) == pending)
    taken = session.execute(
        update(Article)
        .where(*conditions)
        .values(revision=expected_revision + step)
        .execution_options(synchronize_session=False)
    )
    count = taken.rowcount  # type: ignore[attr-defined]
    session.refresh(article)
    if count != 1:
        raise StaleArticle(article.id or 0, expected_revision, article.revision)


def _record(
    session: Session,
    article: Article,
    content: ArticleContent,
    *,
    author_id: int | None,
    now: datetime,
    state: RevisionState = RevisionState.DRAFT,
) -> ArticleRevision:
    row = ArticleRevision(
        article_id=article.id or 0,
        number=article.revision,
        state=state,
        content=content.to_json(),
        author_id=author_id,
        created_at=now,
    )
    session.add(row)
    return row


def _revision(session: Session, article_id: int, number: int) -> ArticleRevision:
    row = session.scalars(
        select(ArticleRevision).where(
            col(ArticleRevision.article_id) == article_id, col(ArticleRevision.number) == number
        )
    ).one_or_none()
    if row is None:
        raise RevisionNotFound(article_id, number)
    return row


def _decide(
    revision: ArticleRevision, state: RevisionState, officer_id: int | None, comment: str, now: datetime
) -> None:
    revision.state = state
    revision.reviewer_id = officer_id
    revision.comment = comment
    revision.decided_at = now


def _supersede(session: Session, article_id: int, number: int) -> None:
    revision = _revision(session, article_id, number)
    if revision.state in (RevisionState.DRAFT, RevisionState.IN_REVIEW):
        revision.state = RevisionState.SUPERSEDED


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


def _publish(
    session: Session,
    article: Article,
    content: ArticleContent,
    *,
    now: datetime,
    origin: PhrasingOrigin = PhrasingOrigin.EDITOR,
    added: str = "",
) -> None:
    put_in_force(article, content, topic_id(session, content.topic_code))
    _make_findable(session, article, content)
    _replace_phrasings(session, article, content, origin=origin, added=added)
    article.status = ArticleStatus.PUBLISHED
    article.pending = None
    article.published_revision = article.revision
    article.published_at = article.updated_at = now
    article.retired_at = None
    article.changed_in = bump_base_revision(session)


def _replace_phrasings(
    session: Session,
    article: Article,
    content: ArticleContent,
    *,
    origin: PhrasingOrigin = PhrasingOrigin.EDITOR,
    added: str = "",
) -> None:
    """Write the phrasings anew, keeping where each came from."""
    mine = col(ArticlePhrasing.article_id) == article.id
    known = dict(
        session.execute(select(col(ArticlePhrasing.text), col(ArticlePhrasing.origin)).where(mine)).all()
    )
    session.execute(delete(ArticlePhrasing).where(mine).execution_options(synchronize_session=False))
    rows = [
        {
            "article_id": article.id,
            "text": text,
            "origin": origin if text == added else known.get(text, PhrasingOrigin.EDITOR),
            "position": position,
        }
        for position, text in enumerate(content.phrasings)
    ]
    if rows:
        session.execute(insert(ArticlePhrasing), rows)


def _carry_forward(
    session: Session,
    article: Article,
    waiting: ArticleRevision,
    change: Callable[[ArticleContent], ArticleContent],
    pending: RevisionState | None,
    now: datetime,
) -> None:
    """Keep a waiting change the newest revision, with what was changed beneath it."""
    content = change(ArticleContent.from_json(waiting.content)).checked()
    _claim(session, article, article.revision, step=1)
    row = _record(session, article, content, author_id=waiting.author_id, now=now, state=waiting.state)
    row.comment = waiting.comment
    waiting.state = RevisionState.SUPERSEDED
    article.pending = pending
    _make_findable(session, article, content)


def _make_findable(session: Session, article: Article, content: ArticleContent) -> None:
    index_articles(session, [search_text(article.id or 0, article.key, content)])


def _standing(article: Article) -> str:
    return (article.pending or article.status).value
