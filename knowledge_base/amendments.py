"""What changes in a published article at once, without review: ways of asking, the day of the next look.

What is said never changes so. A change that waits for review gets the same, so that nothing is lost when it is
approved.
"""

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import date, datetime

from sqlmodel import Session

from knowledge_base.article_rows import (
    article_by_id,
    claim,
    make_findable,
    publish,
    record,
    revision_row,
    standing,
)
from knowledge_base.content import ArticleContent
from knowledge_base.errors import InvalidArticle, WrongState
from knowledge_base.models import Article, ArticleRevision, ArticleStatus, PhrasingOrigin, RevisionState


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
    )


def withdraw_phrasings(
    session: Session, article_id: int, texts: Collection[str], *, author_id: int, now: datetime
) -> Article:
    """Take ways of asking away from a published article at once; those that are not there change nothing.

    Raises WrongState unless the article is published.
    """
    return _amend(
        session,
        article_id,
        lambda content: replace(
            content, phrasings=tuple(text for text in content.phrasings if text not in texts)
        ),
        author_id=author_id,
        now=now,
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
) -> Article:
    """Change at once what is published, without changing what it says; a waiting change gets it too."""
    article = article_by_id(session, article_id)
    if article.status is not ArticleStatus.PUBLISHED or article.published_revision is None:
        raise WrongState("article", article_id, standing(article), "amend")
    content = ArticleContent.from_json(revision_row(session, article_id, article.published_revision).content)
    changed = change(content).checked()
    if changed == content:
        return article
    waiting = revision_row(session, article_id, article.revision) if article.pending else None
    claim(session, article, article.revision, step=1)
    row = record(session, article, changed, author_id=author_id, now=now, state=RevisionState.PUBLISHED)
    row.decided_at = now
    pending = article.pending
    publish(session, article, changed, now=now, origin=origin)
    if waiting:
        _carry_forward(session, article, waiting, change, pending, now)
    session.flush()
    return article


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
    claim(session, article, article.revision, step=1)
    row = record(session, article, content, author_id=waiting.author_id, now=now, state=waiting.state)
    row.comment = waiting.comment
    waiting.state = RevisionState.SUPERSEDED
    article.pending = pending
    make_findable(session, article, content)
