"""The queue: Redis carries ids of work to do, never the work itself."""

import time
from collections.abc import Iterator, Sequence

import structlog
from redis import Redis
from redis.backoff import ExponentialBackoff, NoBackoff
from redis.exceptions import BusyLoadingError, ConnectionError, RedisError, TimeoutError  # noqa: A004
from redis.retry import Retry
from rq import Queue
from rq.serializers import JSONSerializer

from inbox.models import TaskKind

JOBS = {
    TaskKind.TRIAGE: "web.jobs.triage",
    TaskKind.DELIVER: "web.jobs.deliver",
    TaskKind.IMPORT: "web.jobs.import_file",
    TaskKind.NOTIFY: "web.jobs.notify",
    TaskKind.ANSWER: "web.jobs.answer_jointly",
    TaskKind.EMBED: "web.jobs.embed",
    TaskKind.CONFLICTS: "web.knowledge_jobs.seek_conflicts",
    TaskKind.ARTICLES: "web.knowledge_jobs.import_articles",
    TaskKind.EFFECT: "web.knowledge_jobs.work_out_effect",
    TaskKind.TRAIN: "web.jobs.train_routing",
}
"""The only functions that a job may name, by kind of work."""

_IDS_PER_JOB = {TaskKind.TRIAGE: 200, TaskKind.DELIVER: 10, TaskKind.NOTIFY: 10, TaskKind.ANSWER: 20}
_JOB_SECONDS = {TaskKind.TRIAGE: 300, TaskKind.DELIVER: 300, TaskKind.NOTIFY: 300, TaskKind.ANSWER: 300}
_LONG_JOB_SECONDS = 1800

_FAILED_JOB_DAYS = 3
_REST_SECONDS = 2.0

_log = structlog.get_logger(__name__)


def connect_patiently(address: str) -> Redis:
    """Return a client for workers and the scheduler, which outlives a restart of Redis.

    It tries for about seven seconds and then lets its caller decide: their loops begin again, for as long
    as Redis is away, and between two tries they can still be stopped.
    """
    return Redis.from_url(
        address,
        retry=Retry(ExponentialBackoff(cap=1, base=0.05), 10),
        retry_on_error=[ConnectionError, TimeoutError, BusyLoadingError],
        health_check_interval=30,
        socket_connect_timeout=5,
    )


def connect_briefly(address: str) -> Redis:
    """Return a client for requests: it gives up within a second, because nobody waits for the queue."""
    return Redis.from_url(
        address, retry=Retry(NoBackoff(), 1), socket_timeout=0.8, socket_connect_timeout=0.8
    )


class TaskQueue:
    """Puts ids of work into the queue; what it cannot put there the sweep finds in the database."""

    def __init__(self, redis: Redis, name: str) -> None:
        self.redis = redis
        self.jobs = Queue(name, connection=redis, serializer=JSONSerializer)
        self._resting_until = 0.0

    def enqueue_pending(self, pending: Sequence[tuple[TaskKind, list[int]]]) -> None:
        """Enqueue what a transaction wrote down; given to `Database` as `after_commit`."""
        for kind, ids in pending:
            self.enqueue_tasks(kind, ids)

    def enqueue_tasks(self, kind: TaskKind, ids: Sequence[int]) -> bool:
        """Enqueue ids, many in one job; False (and a log line) when Redis is away, which loses nothing.

        After a failure the queue is left alone for two seconds, so that requests do not wait for it one
        after the other.
        """
        if not ids or time.monotonic() < self._resting_until:
            return not ids
        try:
            self.jobs.enqueue_many(
                [
                    Queue.prepare_data(
                        JOBS[kind],
                        args=(batch,),
                        timeout=_JOB_SECONDS.get(kind, _LONG_JOB_SECONDS),
                        result_ttl=0,
                        failure_ttl=_FAILED_JOB_DAYS * 86400,
                        description=f"{kind} x {len(batch)}",
                    )
                    for batch in _batches(ids, _IDS_PER_JOB.get(kind, 1))
                ]
            )
        except (RedisError, OSError) as error:
            self._resting_until = time.monotonic() + _REST_SECONDS
            _log.warning("queue_away", kind=kind.value, tasks=len(ids), error=type(error).__name__)
            return False
        return True

    def depth(self) -> int:
        """Return how many jobs wait. Raises RedisError when Redis is away."""
        return self.jobs.count

    def close(self) -> None:
        """Give back every connection."""
        self.redis.close()


def _batches(ids: Sequence[int], size: int) -> Iterator[list[int]]:
    for start in range(0, len(ids), size):
        yield list(ids[start : start + size])
