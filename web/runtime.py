"""What a process outside a request works with: settings, database, queue and the knowledge in memory."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from knowledge_base.engine.meaning import sentence_model
from web.database import Database
from web.knowledge import Knowledge
from web.queue import TaskQueue, connect_briefly
from web.settings import Settings


def utc_now() -> datetime:
    """Return the present instant; entry points read the clock here and nowhere else."""
    return datetime.now(UTC)


INDEX_FOLDER = "index"


@dataclass(frozen=True, slots=True)
class Runtime:
    """The parts of one process."""

    settings: Settings
    database: Database
    queue: TaskQueue
    knowledge: Knowledge

    def close(self) -> None:
        """Give back every connection."""
        self.database.close()
        self.queue.close()


def open_runtime(settings: Settings) -> Runtime:
    """Open database and queue; nothing is connected before its first use."""
    queue = TaskQueue(connect_briefly(settings.queue_address), settings.queue_name)
    zone = ZoneInfo(settings.time_zone)
    return Runtime(
        settings=settings,
        database=Database(settings.database_address, queue.enqueue_pending, zone=zone),
        queue=queue,
        knowledge=Knowledge(
            zone,
            settings.home / INDEX_FOLDER,
            sentences=sentence_model(settings.sentence_model),
        ),
    )


@contextmanager
def running(settings: Settings) -> Iterator[Runtime]:
    """Open the parts for the length of a block, such as one command."""
    runtime = open_runtime(settings)
    try:
        yield runtime
    finally:
        runtime.close()


@contextmanager
def open_database(settings: Settings) -> Iterator[Database]:
    """Open the database alone; the folder of a SQLite file is made when absent."""
    settings.home.mkdir(parents=True, exist_ok=True)
    database = Database(settings.database_address, zone=ZoneInfo(settings.time_zone))
    try:
        yield database
    finally:
        database.close()
