"""Run the steps of an import of articles: the same for the job and the command line, one transaction a chunk."""

from collections.abc import Callable
from datetime import datetime

from inbox.errors import FileRefused
from knowledge_base.errors import RowRefused
from knowledge_base.import_plan import RowFate
from knowledge_base.imports import (
    CHUNK,
    ArticleImportView,
    finish_step,
    import_by_id,
    import_view,
    publish_some,
    start_taking,
    take_rows,
    undo_some,
)
from knowledge_base.models import ArticleImportState
from web.article_files import plan_file
from web.database import Database

Clock = Callable[[], datetime]
Pulse = Callable[[], None]


def run_step(database: Database, import_id: int, *, clock: Clock, pulse: Pulse) -> ArticleImportView:
    """Do the step that an import waits for; interrupted and run again, it goes on without doubles."""
    with database.reading() as session:
        state = import_by_id(session, import_id).state
    if state is ArticleImportState.WAITING:
        _take(database, import_id, clock=clock, pulse=pulse)
    elif state is ArticleImportState.PUBLISHING:
        _go_through(database, import_id, publish_some, ArticleImportState.PUBLISHED, clock, pulse)
    elif state is ArticleImportState.UNDOING:
        _go_through(database, import_id, undo_some, ArticleImportState.UNDONE, clock, pulse)
    with database.reading() as session:
        return import_view(session, import_id)


def _take(database: Database, import_id: int, *, clock: Clock, pulse: Pulse) -> None:
    with database.reading() as session:
        upload = import_by_id(session, import_id)
        try:
            plan = plan_file(session, upload.content, upload.file_name)
        except (FileRefused, RowRefused) as refused:
            plan, reason = None, refused.reason
    if plan is None:
        with database.transaction() as session:
            finish_step(session, import_id, ArticleImportState.FAILED, now=clock(), error=reason)
        return
    with database.transaction() as session:
        start_taking(session, import_id, plan)
    rows = [*plan.of(RowFate.ADDED), *plan.of(RowFate.CHANGED)]
    for start in range(0, len(rows), CHUNK):
        with database.transaction() as session:
            take_rows(session, import_id, rows[start : start + CHUNK], now=clock())
        pulse()
    _finish(database, import_id, ArticleImportState.DONE, clock)


def _go_through(
    database: Database,
    import_id: int,
    part: Callable[..., int | None],
    done: ArticleImportState,
    clock: Clock,
    pulse: Pulse,
) -> None:
    after: int | None = 0
    while after is not None:
        with database.transaction() as session:
            after = part(session, import_id, after=after, now=clock())
        pulse()
    _finish(database, import_id, done, clock)


def _finish(database: Database, import_id: int, state: ArticleImportState, clock: Clock) -> None:
    with database.transaction() as session:
        finish_step(session, import_id, state, now=clock())
