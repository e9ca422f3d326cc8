"""Run an import: the same steps for the page's job and for the command line, one transaction a chunk."""

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from inbox.errors import FileRefused
from inbox.imports import (
    CHUNK,
    ImportView,
    Prepared,
    finish_import,
    get_import,
    import_view,
    prepare,
    start_import,
    take_chunk,
)
from web.database import Database

Clock = Callable[[], datetime]
Progress = Callable[[int, int], None]


def run_import(
    database: Database, import_id: int, *, zone: ZoneInfo, clock: Clock, progress: Progress | None = None
) -> ImportView:
    """Take every message of an uploaded file; interrupted and run again, it goes on without doubles."""
    prepared = _prepare(database, import_id, zone=zone, clock=clock)
    if isinstance(prepared, str):
        return _finish(database, import_id, clock=clock, error=prepared)
    with database.transaction() as session:
        allowed = start_import(session, import_id, prepared)
    if not allowed:
        return _finish(database, import_id, clock=clock, error="rows_refused")
    total = len(prepared.submissions)
    for start in range(0, total, CHUNK):
        with database.transaction() as session:
            take_chunk(session, import_id, prepared.submissions[start : start + CHUNK], now=clock())
        if progress:
            progress(min(start + CHUNK, total), total)
    return _finish(database, import_id, clock=clock)


def _prepare(database: Database, import_id: int, *, zone: ZoneInfo, clock: Clock) -> Prepared | str:
    with database.reading() as session:
        upload = get_import(session, import_id)
        try:
            return prepare(upload.content, upload.file_name, upload.mapping, zone=zone, now=clock())
        except FileRefused as refused:
            return refused.reason


def _finish(database: Database, import_id: int, *, clock: Clock, error: str | None = None) -> ImportView:
    with database.transaction() as session:
        finish_import(session, import_id, now=clock(), error=error)
        return import_view(session, import_id)
