"""The worker: takes jobs from the queue one after the other, in its own process, for as long as it may."""

import signal
import time
from contextlib import suppress
from typing import Any

import structlog
from redis import Redis
from redis.backoff import NoBackoff
from redis.client import Pipeline
from redis.exceptions import RedisError
from redis.retry import Retry
from rq import Queue, SimpleWorker
from rq.exceptions import StopRequested
from rq.job import Job
from rq.serializers import JSONSerializer

from web.heartbeat import Heart, Kind, process_name
from web.jobs import use_runtime
from web.queue import JOBS, connect_briefly, connect_patiently
from web.runtime import Runtime

_WORKER_TTL_SECONDS = 25  # RQ asks the queue for ten seconds at a time
_REST_SECONDS = 1.0

_log = structlog.get_logger(__name__)


class ForbiddenJob(Exception):
    """A job names something else than one of our job functions; somebody else writes into the queue."""


class IdsJob(Job):
    """A job that can only be one of ours: no other function, no callback, no call to another host."""

    success_callback = None
    failure_callback = None
    stopped_callback = None

    @property
    def func(self) -> Any:
        """Return the job function; raise ForbiddenJob for any name that is not in `web.queue.JOBS`."""
        if self.func_name not in JOBS.values() or self.instance:
            raise ForbiddenJob(self.func_name)
        return super().func

    def send_webhooks(self, *_args: Any, **_options: Any) -> None:
        """Never call another host on behalf of what lies in the queue."""


class Worker(SimpleWorker):
    """RQ's simple worker without what we do not use: remote commands, process titles."""

    job_class = IdsJob
    log_result_lifespan = False
    max_connection_wait_time = 2.0

    def __init__(self, queue: Queue, connection: Redis, heart: Heart) -> None:
        super().__init__(
            [queue],
            name=process_name(),
            connection=connection,
            serializer=JSONSerializer,
            worker_ttl=_WORKER_TTL_SECONDS,
            maintenance_interval=60,
            log_job_description=False,
        )
        self._heart = heart

    @property
    def is_stopping(self) -> bool:
        """Tell whether somebody asked this worker to end."""
        return self._shutdown_requested_date is not None

    def subscribe(self) -> None:
        """Listen to no commands: they would come from whoever can write to Redis."""

    def teardown(self) -> None:
        """Say goodbye to RQ, but do not wait for a queue server that is away."""
        self.connection.set_retry(Retry(NoBackoff(), 0))
        with suppress(RedisError):
            super().teardown()  # type: ignore[no-untyped-call]

    def procline(self, message: str) -> None:
        """Leave the process title alone."""

    def heartbeat(self, timeout: int | None = None, pipeline: Pipeline | None = None) -> None:
        """Report to RQ, and let our own sign of life go on for as long as this step may take."""
        self._heart.promise(timeout or self.worker_ttl + 60)
        super().heartbeat(timeout, pipeline)


def run_worker(runtime: Runtime, *, burst: bool = False) -> None:
    """Work until told to stop; with `burst` until the queue is empty.

    RQ's loop ends when Redis is away for long: this one begins it again. SIGTERM and SIGINT end it after
    the job in hand.
    """
    use_runtime(runtime)
    settings = runtime.settings
    for number in (signal.SIGTERM, signal.SIGINT):  # until RQ sets its own
        signal.signal(number, _stop)
    heart = Heart(connect_briefly(settings.queue_address), settings.queue_name, Kind.WORKER, process_name())
    try:
        heart.start()
        _log.info("worker_started")
        while not _work(runtime, heart, burst=burst):
            time.sleep(_REST_SECONDS)
    except StopRequested:
        pass
    finally:
        heart.stop()
        _log.info("worker_stopped")


def _stop(_number: int, _frame: object) -> None:
    raise StopRequested


def _work(runtime: Runtime, heart: Heart, *, burst: bool) -> bool:
    """Run RQ's loop once; False when it ended although nobody asked."""
    connection = connect_patiently(runtime.settings.queue_address)
    queue = Queue(runtime.settings.queue_name, connection=connection, serializer=JSONSerializer)
    worker = None
    try:
        worker = Worker(queue, connection, heart)
        worker.work(burst=burst, logging_level="WARNING")
    except (RedisError, OSError) as error:
        _log.warning("worker_without_queue", error=type(error).__name__)
        return worker is not None and worker.is_stopping
    finally:
        connection.close()
    return burst or worker.is_stopping
