"""Signs of life: each worker and scheduler reports every few seconds, by the queue server's own clock."""

import os
import socket
import threading
import time
from contextlib import suppress
from enum import StrEnum
from typing import Any

from redis import Redis
from redis.exceptions import RedisError

FRESH_SECONDS = 15
_EVERY_SECONDS = 3.0
_FORGOTTEN_SECONDS = 600


class Kind(StrEnum):
    """What reports."""

    WORKER = "worker"
    SCHEDULER = "scheduler"


def process_name() -> str:
    """Return a name for this process that no other running one has."""
    return f"{socket.gethostname()}-{os.getpid()}-{os.urandom(2).hex()}"


def beat(redis: Redis, queue_name: str, kind: Kind, name: str) -> None:
    """Report once. Raises RedisError when Redis is away."""
    key, now = _key(queue_name, kind), _server_time(redis)
    with redis.pipeline(transaction=False) as pipeline:
        pipeline.zadd(key, {name: now})
        pipeline.zremrangebyscore(key, "-inf", now - _FORGOTTEN_SECONDS)
        pipeline.expire(key, _FORGOTTEN_SECONDS)
        pipeline.execute()


def withdraw(redis: Redis, queue_name: str, kind: Kind, name: str) -> None:
    """Take back the report of a process that ends in an orderly way."""
    redis.zrem(_key(queue_name, kind), name)


def ages(redis: Redis, queue_name: str, kind: Kind) -> dict[str, float]:
    """Return how many seconds ago each process of a kind last reported, the freshest first."""
    now = _server_time(redis)
    found: Any = redis.zrevrange(_key(queue_name, kind), 0, -1, withscores=True)
    return {name.decode(): max(0.0, now - at) for name, at in found}


class Heart:
    """Reports from a thread as long as the main loop keeps its promise to be back in time.

    A loop that hangs stops the reports, although the process still exists.
    """

    def __init__(self, redis: Redis, queue_name: str, kind: Kind, name: str) -> None:
        self._redis, self._queue_name, self._kind, self._name = redis, queue_name, kind, name
        self._expected_by = time.monotonic() + FRESH_SECONDS
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)

    def start(self) -> None:
        """Begin to report."""
        self._thread.start()

    def promise(self, seconds: float) -> None:
        """Say that the main loop will be back here within so many seconds."""
        self._expected_by = time.monotonic() + seconds

    def stop(self) -> None:
        """End the reports and take back the last one."""
        self._stopped.set()
        if self._thread.ident is not None:
            self._thread.join(timeout=5)
        with suppress(RedisError):
            withdraw(self._redis, self._queue_name, self._kind, self._name)

    def _run(self) -> None:
        while not self._stopped.is_set():
            if time.monotonic() < self._expected_by:
                with suppress(RedisError):  # the queue's own check reports that
                    beat(self._redis, self._queue_name, self._kind, self._name)
            self._stopped.wait(_EVERY_SECONDS)


def _key(queue_name: str, kind: Kind) -> str:
    return f"minhu:{queue_name}:{kind.value}s"


def _server_time(redis: Redis) -> float:
    seconds, microseconds = redis.time()
    return float(seconds) + microseconds / 1_000_000
