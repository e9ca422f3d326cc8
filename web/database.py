"""The database engine and the one place where a transaction begins and ends."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import URL, Connection, Dialect, Engine, create_engine, event, make_url
from sqlalchemy.engine import ExceptionContext
from sqlmodel import Session

from inbox.models import TaskKind
from inbox.outbox import take_pending
from inbox.quiet_hours import keep_zone

Pending = Sequence[tuple[TaskKind, list[int]]]
_READING = "minhu_reading"
_BUSY_SECONDS = 20


class Database:
    """One engine for the process, writing transactions and reading ones.

    `after_commit` is given the work a transaction wrote down, once it is safe in the database. Writing sessions
    know the installation's time `zone`, by which notices keep quiet hours.
    """

    def __init__(
        self,
        address: str,
        after_commit: Callable[[Pending], None] | None = None,
        *,
        zone: ZoneInfo | None = None,
    ) -> None:
        self.engine = open_engine(address)
        self._zone = zone
        self._reader = _reading_engine(self.engine)
        self._after_commit = after_commit

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Open a writing transaction: committed at the end, rolled back on an exception.

        On SQLite it takes the write lock at once, so that reading before writing never deadlocks.
        """
        with Session(self.engine, expire_on_commit=False) as session:
            if self._zone is not None:
                keep_zone(session, self._zone)
            yield session
            session.commit()
            pending = take_pending(session)
        if pending and self._after_commit is not None:
            self._after_commit(pending)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Open a transaction that sees one state of the database and cannot change it."""
        with Session(self._reader, expire_on_commit=False, autoflush=False) as session:
            yield session

    def close(self) -> None:
        """Give back every connection."""
        self.engine.dispose()


def open_engine(address: str | URL) -> Engine:
    """Return an engine for SQLite or PostgreSQL, set up for many processes at once."""
    url = make_url(address)
    if url.get_backend_name() == "sqlite":
        return _sqlite_engine(url)
    engine = create_engine(
        url,
        hide_parameters=True,  # an error in a log must not carry a citizen's words
        pool_size=16,
        max_overflow=16,
        pool_pre_ping=True,
        pool_timeout=_BUSY_SECONDS,
        connect_args={"connect_timeout": 5, "options": "-c timezone=UTC"},
    )
    event.listen(engine, "handle_error", _leave_out_detail)
    _leave_savepoints(engine.dialect)
    return engine


def _leave_out_detail(context: ExceptionContext) -> None:
    """Cut what PostgreSQL adds to an error: the DETAIL of a refused row is the row, a citizen's words included."""
    for error in (context.original_exception, context.sqlalchemy_exception):
        if error is not None and error.args and isinstance(error.args[0], str):
            error.args = (error.args[0].split("\nDETAIL:")[0], *error.args[1:])


def _sqlite_engine(url: URL) -> Engine:
    engine = create_engine(
        url, hide_parameters=True, pool_size=16, max_overflow=16, connect_args={"timeout": _BUSY_SECONDS}
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    _leave_savepoints(engine.dialect)
    return engine


def _leave_savepoints(dialect: Dialect) -> None:
    """Remove a savepoint that was rolled back: both databases keep it open, and each open one slows later writes."""
    roll_back = dialect.do_rollback_to_savepoint

    def roll_back_and_leave(connection: Connection, name: str) -> None:
        roll_back(connection, name)
        dialect.do_release_savepoint(connection, name)

    dialect.do_rollback_to_savepoint = roll_back_and_leave  # type: ignore[method-assign]


def _prepare_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    # The driver would begin transactions by itself, and only before some statements.
    connection.isolation_level = None
    for pragma in (
        "journal_mode = WAL",
        "synchronous = FULL",  # an acknowledged message survives a power cut
        "foreign_keys = ON",
        f"busy_timeout = {_BUSY_SECONDS * 1000}",
        "temp_store = MEMORY",
        "cache_size = -16000",
    ):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_sqlite(connection: Connection) -> None:
    reading = connection.get_execution_options().get(_READING)
    connection.exec_driver_sql(f"PRAGMA query_only = {'ON' if reading else 'OFF'}")
    connection.exec_driver_sql("BEGIN DEFERRED" if reading else "BEGIN IMMEDIATE")


def _reading_engine(engine: Engine) -> Engine:
    if engine.dialect.name == "postgresql":
        return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    return engine.execution_options(**{_READING: True})
