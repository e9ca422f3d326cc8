"""A town hall to measure in: the demo county's departments, articles and policies, without its messages."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from pydantic import SecretStr
from sqlmodel import Session

from tests.servers import QueueServer, queue_server
from web.database import open_engine
from web.demo import load_demo
from web.migrations import migrate
from web.runtime import Runtime, open_runtime, utc_now
from web.settings import Settings


@contextmanager
def measuring_office(messages: int = 0) -> Iterator[tuple[Runtime, QueueServer]]:
    """Open a runtime on a fresh SQLite file and a real queue server, with the demo county loaded."""
    with TemporaryDirectory() as folder, queue_server() as server:
        settings = Settings(
            home=Path(folder),
            queue_url=server.url,
            secret_key=SecretStr("k" * 32),
            log_level="error",
            demo=False,
        )
        engine = open_engine(settings.database_address)
        migrate(engine)
        engine.dispose()
        runtime = open_runtime(settings)
        with runtime.database.transaction() as session:
            load_demo(session, now=utc_now(), messages=messages)
        yield runtime, server
        runtime.close()


def refresh_statistics(session: Session) -> None:
    """Let SQLite's planner know the table sizes, as the scheduler does in a long-running installation."""
    session.connection().exec_driver_sql("ANALYZE")
