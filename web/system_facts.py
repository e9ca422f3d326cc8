"""The figures of the system page: what runs, what waits, how large everything is."""

import shutil
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version

from redis.exceptions import RedisError
from sqlalchemy import func, text
from sqlmodel import Session, select

from inbox.models import Case, CaseEvent, Message
from inbox.outbox import waiting_count
from knowledge_base.models import Article
from sla.dialect import is_postgresql
from web.heartbeat import FRESH_SECONDS, Kind, ages
from web.models import SchedulerTerm
from web.runtime import Runtime


@dataclass(frozen=True, slots=True)
class Process:
    """A worker or scheduler and how long ago it reported."""

    kind: Kind
    name: str
    age_seconds: int

    @property
    def is_fresh(self) -> bool:
        """Tell whether it reported lately enough to count as running."""
        return self.age_seconds <= FRESH_SECONDS


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much there is; bytes of the database as the server counts them."""

    cases: int
    messages: int
    events: int
    articles: int
    database_bytes: int
    free_bytes: int


@dataclass(frozen=True, slots=True)
class SystemFacts:
    """Everything the system page shows besides what has failed; `queued` is None while the queue is away."""

    queued: int | None
    waiting: int
    processes: tuple[Process, ...]
    swept_at: datetime | None
    scheduler: str
    sizes: Sizes
    version: str
    database: str


def system_facts(runtime: Runtime, session: Session) -> SystemFacts:
    """Gather the figures; a queue that is away leaves gaps instead of an error."""
    term = session.get(SchedulerTerm, 1)
    queued, processes = _queue_facts(runtime)
    return SystemFacts(
        queued=queued,
        waiting=waiting_count(session),
        processes=processes,
        swept_at=term.acted_at if term else None,
        scheduler=term.holder if term else "",
        sizes=_sizes(runtime, session),
        version=version("minhu"),
        database="PostgreSQL" if is_postgresql(session) else "SQLite",
    )


def _queue_facts(runtime: Runtime) -> tuple[int | None, tuple[Process, ...]]:
    redis, name = runtime.queue.redis, runtime.settings.queue_name
    try:
        processes = [
            Process(kind, process, int(age))
            for kind in Kind
            for process, age in ages(redis, name, kind).items()
        ]
        return runtime.queue.depth(), tuple(processes)
    except (RedisError, OSError):
        return None, ()


def _sizes(runtime: Runtime, session: Session) -> Sizes:
    def count(table: type[Case | Message | CaseEvent | Article]) -> int:
        return int(session.scalar(select(func.count()).select_from(table)) or 0)

    home = runtime.settings.home
    return Sizes(
        cases=count(Case),
        messages=count(Message),
        events=count(CaseEvent),
        articles=count(Article),
        database_bytes=_database_bytes(session),
        free_bytes=shutil.disk_usage(home if home.is_dir() else "/").free,
    )


def _database_bytes(session: Session) -> int:
    if is_postgresql(session):
        return int(session.execute(text("SELECT pg_database_size(current_database())")).scalar_one())
    pages = session.execute(text("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"))
    return int(pages.scalar_one())
