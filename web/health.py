"""Whether the parts of an installation work, each in one word or one reason."""

from collections.abc import Callable
from dataclasses import asdict, dataclass

from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from web.heartbeat import FRESH_SECONDS, Kind, ages
from web.migrations import current_revision, newest_revision
from web.runtime import Runtime

OK = "ok"


@dataclass(frozen=True, slots=True)
class Health:
    """The state of each part: "ok" or the reason why not, in English."""

    database: str
    queue: str
    worker: str
    scheduler: str

    @property
    def is_ok(self) -> bool:
        """Tell whether every part works."""
        return all(fact == OK for fact in self.as_dict().values())

    @property
    def status(self) -> int:
        """The HTTP status that says the same: 200, or 503 when a part does not work."""
        return 200 if self.is_ok else 503

    def as_dict(self) -> dict[str, str]:
        """Return the facts for JSON."""
        return asdict(self)


def check_health(runtime: Runtime) -> Health:
    """Ask every part; answers within about a second for each that is away."""
    queue = _said(lambda: _check_queue(runtime))
    return Health(
        database=_said(lambda: _check_database(runtime)),
        queue=queue,
        worker=_check_process(runtime, Kind.WORKER, queue),
        scheduler=_check_process(runtime, Kind.SCHEDULER, queue),
    )


def _said(check: Callable[[], str]) -> str:
    try:
        return check()
    except (SQLAlchemyError, RedisError, OSError) as error:
        return f"unreachable ({type(error).__name__})"


def _check_database(runtime: Runtime) -> str:
    with runtime.database.reading() as session:
        found = current_revision(session.connection())
    needed = newest_revision()
    return OK if found == needed else f"at revision {found or 0}, needs {needed}: run minhu migrate"


def _check_queue(runtime: Runtime) -> str:
    runtime.queue.redis.ping()
    return OK


def _check_process(runtime: Runtime, kind: Kind, queue: str) -> str:
    if queue != OK:
        return "unknown while the queue is unreachable"
    return _said(lambda: _last_report(runtime, kind))


def _last_report(runtime: Runtime, kind: Kind) -> str:
    found = ages(runtime.queue.redis, runtime.settings.queue_name, kind)
    if not found:
        return f"no {kind.value} has reported"
    age = min(found.values())
    return OK if age <= FRESH_SECONDS else f"no {kind.value} has reported for {age:.0f} seconds"
