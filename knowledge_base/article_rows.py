"""How the rows of an article are written: claimed, recorded as a revision, put in force, made findable.

The steps of an article's life (`knowledge_base.articles`) and what changes at once (`knowledge_base.amendments`)
are made of these. The row is claimed by a conditional update, so of two people who save at once one gets StaleArticle.
"""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import delete, insert, select, update
from sqlmodel import Session, col

from knowledge_base.article_search import index_articles, search_text
from knowledge_base.base_revision import bump_base_revision
from knowledge_base.content import ArticleContent, basis_to_json
from knowledge_base.errors import ArticleNotFound, RevisionNotFound, StaleArticle
from knowledge_base.models import (
    Article,
    ArticlePhrasing,
    ArticleRevision,
    ArticleStatus,
    PhrasingOrigin,
    RevisionState,
)
from knowledge_base.topics import topic_id


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


def claim(
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


def record(
    session: Session,
    article: Article,
    content: ArticleContent,
    *,
    author_id: int | None,
    now: datetime,
    state: RevisionState = RevisionState.DRAFT,
) -> ArticleRevision:
    """Write the newest revision of an article down; its number is the one the row was claimed with."""
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


def revision_row(session: Session, article_id: int, number: int) -> ArticleRevision:
    """Return one revision of an article. Raises RevisionNotFound."""
    row = session.scalars(
        select(ArticleRevision).where(
            col(ArticleRevision.article_id) == article_id, col(ArticleRevision.number) == number
        )
    ).one_or_none()
    if row is None:
        raise RevisionNotFound(article_id, number)
    return row


def decide(
    revision: ArticleRevision, state: RevisionState, officer_id: int | None, comment: str, now: datetime
) -> None:
    """Note what became of a revision, by whom and why."""
    revision.state = state
    revision.reviewer_id = officer_id
    revision.comment = comment
    revision.decided_at = now


def supersede(session: Session, article_id: int, number: int) -> None:
    """Set a revision aside that waited."""
    revision = revision_row(session, article_id, number)
    if revision.state in (RevisionState.DRAFT, RevisionState.IN_REVIEW):
        revision.state = RevisionState.SUPERSEDED


def publish(
    session: Session,
    article: Article,
    content: ArticleContent,
    *,
    now: datetime,
    origin: PhrasingOrigin = PhrasingOrigin.EDITOR,
) -> None:
    """Put a content in force and count the change, so that every process suggests it."""
    put_in_force(article, content, topic_id(session, content.topic_code))
    make_findable(session, article, content)
    write_phrasings(session, {article.id or 0: content}, origin)
    article.status = ArticleStatus.PUBLISHED
    article.pending = None
    article.published_revision = article.revision
    article.published_at = article.updated_at = now
    article.retired_at = None
    article.changed_in = bump_base_revision(session)


def write_phrasings(
    session: Session,
    contents: Mapping[int, ArticleContent],
    origin: PhrasingOrigin = PhrasingOrigin.EDITOR,
) -> None:
    """Write the phrasings of articles anew; one that was there keeps where it came from, a new one gets `origin`."""
    mine = col(ArticlePhrasing.article_id).in_(contents)
    known = {
        (phrasing.article_id, phrasing.text): phrasing.origin
        for phrasing in session.scalars(select(ArticlePhrasing).where(mine))
    }
    session.execute(delete(ArticlePhrasing).where(mine).execution_options(synchronize_session=False))
    rows = [
        {
            "article_id": ident,
            "text": text,
            "origin": known.get((ident, text), origin),
            "position": position,
        }
        for ident, content in contents.items()
        for position, text in enumerate(content.phrasings)
    ]
    if rows:
        session.execute(insert(ArticlePhrasing), rows)


def make_findable(session: Session, article: Article, content: ArticleContent) -> None:
    """Let the editors' search find an article by a content."""
    index_articles(session, [search_text(article.id or 0, article.key, content)])


def standing(article: Article) -> str:
    """Return where an article stands: what waits, else whether it is published."""
    return (article.pending or article.status).value
