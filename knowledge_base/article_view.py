"""One article whole: what is in force, the change that waits, and its history."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlmodel import Session, col

from knowledge_base.article_rows import article_by_id
from knowledge_base.content import ArticleContent
from knowledge_base.models import ArticleRevision, RevisionState
from knowledge_base.queries import ArticleRow, rows_of


@dataclass(frozen=True, slots=True)
class RevisionRow:
    """One line of an article's history."""

    number: int
    state: RevisionState
    author_id: int | None
    reviewer_id: int | None
    comment: str
    restored_from: int | None
    created_at: datetime
    decided_at: datetime | None


@dataclass(frozen=True, slots=True)
class ArticleView:
    """An article whole: what is in force, what waits (None when nothing does), and its history."""

    row: ArticleRow
    live: ArticleContent | None
    draft: ArticleContent | None
    history: tuple[RevisionRow, ...]
    source: str
    version: str
    licence: str
    author_id: int | None
    reviewer_id: int | None
    published_revision: int | None
    published_at: datetime | None

    @property
    def newest(self) -> ArticleContent:
        """Return what an editor should start from: the waiting change, else what is in force."""
        content = self.draft or self.live
        if content is None:  # an article always has at least one revision
            raise AssertionError
        return content


def article_view(session: Session, article_id: int, *, today: date) -> ArticleView:
    """Return an article with its waiting change and its history, newest first. Raises ArticleNotFound."""
    article = article_by_id(session, article_id)
    revisions = session.scalars(
        select(ArticleRevision)
        .where(col(ArticleRevision.article_id) == article_id)
        .order_by(col(ArticleRevision.number).desc())
    ).all()
    contents = {r.number: r.content for r in revisions}
    live = contents.get(article.published_revision or 0)
    draft = contents.get(article.revision) if article.pending else None
    return ArticleView(
        row=rows_of(session, [article], today)[0],
        live=ArticleContent.from_json(live) if live else None,
        draft=ArticleContent.from_json(draft) if draft else None,
        history=tuple(_revision_row(r) for r in revisions),
        source=article.source,
        version=article.version,
        licence=article.licence,
        author_id=article.author_id,
        reviewer_id=article.reviewer_id,
        published_revision=article.published_revision,
        published_at=article.published_at,
    )


def _revision_row(revision: ArticleRevision) -> RevisionRow:
    return RevisionRow(
        revision.number,
        revision.state,
        revision.author_id,
        revision.reviewer_id,
        revision.comment,
        revision.restored_from,
        revision.created_at,
        revision.decided_at,
    )
