"""Imports of articles: looked at first, taken in for review in chunks, published by somebody else, undone as a whole.

What a file did to which article is kept, so that undoing puts every article back that nobody changed since, and names
the others.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import defer
from sqlmodel import Session, col

from knowledge_base.article_batches import Given, Handed, add_for_review, approve_together, revise_for_review
from knowledge_base.article_rows import article_by_id
from knowledge_base.articles import Provenance, put_back_article
from knowledge_base.content import ArticleContent
from knowledge_base.errors import ArticleImportNotFound, KnowledgeBaseError, SelfReview, WrongState
from knowledge_base.import_plan import Plan, PlannedRow, RowFate
from knowledge_base.models import (
    Article,
    ArticleImport,
    ArticleImportChange,
    ArticleImportState,
    ArticleRevision,
    ImportChangeKind,
    RevisionState,
    Topic,
)
from knowledge_base.topics import create_topic

CHUNK = 200
MOST_ROW_ERRORS = 2_000
_STARTS = {
    ArticleImportState.WAITING: (ArticleImportState.UPLOADED,),
    ArticleImportState.PUBLISHING: (ArticleImportState.DONE,),
    ArticleImportState.UNDOING: (ArticleImportState.DONE, ArticleImportState.PUBLISHED),
}


@dataclass(frozen=True, slots=True)
class ArticleImportView:
    """One import as lists and pages show it; `done` of `to_do` articles in the step that is running."""

    id: int
    file_name: str
    source: str
    version: str
    licence: str
    state: ArticleImportState
    counts: dict[str, int]
    row_errors: list[dict[str, Any]]
    kept: list[dict[str, Any]]
    error: str | None
    officer_id: int | None
    publisher_id: int | None
    created_at: datetime
    finished_at: datetime | None
    done: int
    to_do: int


def store_import(
    session: Session,
    file_name: str,
    content: bytes,
    provenance: Provenance,
    *,
    officer_id: int | None,
    now: datetime,
) -> ArticleImport:
    """Keep a file with where it came from; nothing is taken in yet."""
    upload = ArticleImport(
        file_name=file_name[-200:],
        content=content,
        source=provenance.source[:200],
        version=provenance.version[:64],
        licence=provenance.licence[:200],
        officer_id=officer_id,
        created_at=now,
    )
    session.add(upload)
    session.flush()
    return upload


def import_by_id(session: Session, import_id: int) -> ArticleImport:
    """Return an import with its file. Raises ArticleImportNotFound."""
    upload = session.get(ArticleImport, import_id, populate_existing=True)
    if upload is None:
        raise ArticleImportNotFound(import_id)
    return upload


def begin_step(session: Session, import_id: int, step: ArticleImportState, *, officer_id: int | None) -> bool:
    """Ask for a step to run: taking in, publishing, undoing; False when it was asked for before.

    Whoever took the file in cannot publish it. Raises SelfReview, WrongState.
    """
    upload = import_by_id(session, import_id)
    if upload.state is step:
        return False
    if upload.state not in _STARTS[step]:
        raise WrongState("import", import_id, upload.state.value, step.value)
    if step is ArticleImportState.PUBLISHING:
        if officer_id is not None and officer_id == upload.officer_id:
            raise SelfReview(import_id, officer_id)
        upload.publisher_id = officer_id
    upload.state = step
    session.flush()
    return True


def start_taking(session: Session, import_id: int, plan: Plan) -> None:
    """Note what the file will do before its first chunk; a run that begins again keeps the first note."""
    upload = import_by_id(session, import_id)
    if "received" not in upload.counts:
        upload.counts = plan.counts
        upload.row_errors = [_row_error(row) for row in plan.of(RowFate.REFUSED)[:MOST_ROW_ERRORS]]
    session.flush()


def take_rows(session: Session, import_id: int, rows: Sequence[PlannedRow], *, now: datetime) -> None:
    """Take planned rows in: each becomes a change that waits for review. What is refused now is noted.

    All at once; where that fails because somebody changed one of the articles meanwhile, one by one.
    """
    upload = import_by_id(session, import_id)
    try:
        with session.begin_nested():
            _take(session, upload, rows, now)
    except (KnowledgeBaseError, IntegrityError):
        errors = [error for row in rows if (error := _taken_alone(session, upload, row, now))]
        upload.row_errors = [*upload.row_errors, *errors][:MOST_ROW_ERRORS]
        upload.counts = upload.counts | {"refused": upload.counts.get("refused", 0) + len(errors)}
    session.flush()


def publish_some(
    session: Session, import_id: int, *, after: int, now: datetime, limit: int = CHUNK
) -> int | None:
    """Approve the next articles of an import; return where to go on, None at the end.

    An article that somebody has changed since, or that the publisher wrote a part of, is left to its own review.
    """
    upload = import_by_id(session, import_id)
    changes = _changes(session, import_id, after, limit)
    expected = {change.article_id: change.after_revision for change in changes}
    approve_together(session, expected, reviewer_id=upload.publisher_id, now=now)
    return changes[-1].id if changes else None


def undo_some(
    session: Session, import_id: int, *, after: int, now: datetime, limit: int = CHUNK
) -> int | None:
    """Put the next articles of an import back; return where to go on, None at the end.

    An article that was changed since is kept as it is, and named on the import.
    """
    upload = import_by_id(session, import_id)
    changes = _changes(session, import_id, after, limit)
    kept = []
    for change in changes:
        article = article_by_id(session, change.article_id)
        if article.revision == change.after_revision:
            put_back_article(
                session,
                change.article_id,
                change.before_published,
                status=change.before_status,
                officer_id=upload.officer_id,
                now=now,
            )
        elif not _is_put_back(session, article, change):
            kept.append({"article_id": article.id, "key": article.key, "question": article.question})
    known = {entry["article_id"] for entry in upload.kept}
    upload.kept = [*upload.kept, *(entry for entry in kept if entry["article_id"] not in known)]
    session.flush()
    return changes[-1].id if changes else None


def finish_step(
    session: Session, import_id: int, state: ArticleImportState, *, now: datetime, error: str | None = None
) -> None:
    """Close a step."""
    upload = import_by_id(session, import_id)
    upload.state, upload.error, upload.finished_at = state, error, now
    session.flush()


def import_view(session: Session, import_id: int) -> ArticleImportView:
    """Return one import for its page, without its file. Raises ArticleImportNotFound."""
    upload = session.scalars(_without_file().where(col(ArticleImport.id) == import_id)).one_or_none()
    if upload is None:
        raise ArticleImportNotFound(import_id)
    return _view(session, upload)


def list_article_imports(session: Session, *, limit: int = 30) -> list[ArticleImportView]:
    """Return the newest imports."""
    found = session.scalars(_without_file().order_by(col(ArticleImport.id).desc()).limit(limit))
    return [_view(session, upload) for upload in found]


def _take(session: Session, upload: ArticleImport, rows: Sequence[PlannedRow], now: datetime) -> None:
    _make_topics(session, rows)
    given = [_given(upload, row, row.content) for row in rows if row.content is not None]
    new, known = ([g for g in given if (g.article_id is None) is is_new] for is_new in (True, False))
    added = add_for_review(session, new, author_id=upload.officer_id, now=now)
    changed = revise_for_review(session, known, author_id=upload.officer_id, now=now)
    _note_changes(session, upload, ImportChangeKind.ADDED, added)
    _note_changes(session, upload, ImportChangeKind.CHANGED, changed)


def _taken_alone(
    session: Session, upload: ArticleImport, row: PlannedRow, now: datetime
) -> dict[str, Any] | None:
    """Take one row in; return why it could not be."""
    try:
        with session.begin_nested():
            _take(session, upload, [row], now)
    except (KnowledgeBaseError, IntegrityError) as error:
        return {**_row_error(row), "reason": "moved_on", "params": {"error": type(error).__name__}}
    return None


def _make_topics(session: Session, rows: Sequence[PlannedRow]) -> None:
    topics = {topic.code: topic for row in rows for topic in row.topics}
    known = set(session.scalars(select(col(Topic.code)).where(col(Topic.code).in_(topics))))
    for topic in topics.values():
        if topic.code not in known:
            create_topic(session, code=topic.code, name=topic.name, parent_code=topic.parent_code)


def _given(upload: ArticleImport, row: PlannedRow, content: ArticleContent) -> Given:
    own = row.source or {}
    provenance = Provenance(
        own.get("source") or upload.source,
        own.get("version") or upload.version,
        own.get("licence") or upload.licence,
    )
    return Given(row.key, content, provenance, row.article_id, row.revision)


def _note_changes(
    session: Session, upload: ArticleImport, kind: ImportChangeKind, handed: Sequence[Handed]
) -> None:
    session.add_all(
        ArticleImportChange(
            import_id=upload.id or 0,
            article_id=one.article.id or 0,
            kind=kind,
            before_revision=one.before_revision,
            before_published=one.before_published,
            before_status=one.before_status,
            after_revision=one.article.revision,
        )
        for one in handed
    )
    session.flush()


def _is_put_back(session: Session, article: Article, change: ArticleImportChange) -> bool:
    """Tell whether an interrupted undoing had put this article back before."""
    newest = session.scalars(
        select(ArticleRevision).where(
            col(ArticleRevision.article_id) == article.id,
            col(ArticleRevision.number) == article.revision,
        )
    ).one()
    return (
        article.revision == change.after_revision + 1
        and newest.restored_from is not None
        and newest.restored_from == change.before_published
        and newest.state is RevisionState.PUBLISHED
    )


def _changes(session: Session, import_id: int, after: int, limit: int) -> Sequence[ArticleImportChange]:
    return session.scalars(
        select(ArticleImportChange)
        .where(col(ArticleImportChange.import_id) == import_id, col(ArticleImportChange.id) > after)
        .order_by(col(ArticleImportChange.id))
        .limit(limit)
    ).all()


def _row_error(row: PlannedRow) -> dict[str, Any]:
    return {
        "line": row.line,
        "reason": row.reason,
        "params": dict(row.params or {}),
        "beginning": row.question[:80],
    }


def _without_file() -> Any:
    return select(ArticleImport).options(defer(col(ArticleImport.content)))  # type: ignore[arg-type]


def _view(session: Session, upload: ArticleImport) -> ArticleImportView:
    changes = select(func.count()).where(col(ArticleImportChange.import_id) == upload.id)
    total = session.scalar(changes) or 0
    counts = dict(upload.counts)
    to_do = counts.get("added", 0) + counts.get("changed", 0)
    done = total
    if upload.state is ArticleImportState.PUBLISHING:
        waiting = changes.join(Article, col(Article.id) == col(ArticleImportChange.article_id)).where(
            col(Article.pending) == RevisionState.IN_REVIEW
        )
        done, to_do = total - (session.scalar(waiting) or 0), total
    return ArticleImportView(
        id=upload.id or 0,
        file_name=upload.file_name,
        source=upload.source,
        version=upload.version,
        licence=upload.licence,
        state=upload.state,
        counts=counts,
        row_errors=list(upload.row_errors),
        kept=list(upload.kept),
        error=upload.error,
        officer_id=upload.officer_id,
        publisher_id=upload.publisher_id,
        created_at=upload.created_at,
        finished_at=upload.finished_at,
        done=done,
        to_do=to_do,
    )
