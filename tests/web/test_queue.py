"""The queue: ids only, many in one job, and no harm when Redis is away."""

import json
import time
import zlib

import pytest
import redis

from inbox.models import TaskKind
from tests.web.work import receive, untriaged, waiting
from web.queue import TaskQueue, connect_briefly


@pytest.fixture
def queue(queue_server):
    made = TaskQueue(connect_briefly(queue_server.url), "test")
    yield made
    made.close()


def test_job_carries_nothing_but_ids_as_json(queue, queue_server):
    queue.enqueue_tasks(TaskKind.TRIAGE, [3, 4])

    (job_id,) = queue.jobs.job_ids
    data = queue_server.client.hget(f"rq:job:{job_id}", "data")
    function, instance, arguments, options = json.loads(zlib.decompress(data))
    assert (function, instance, arguments, options) == ("web.jobs.triage", None, [[3, 4]], {})


def test_bulk_travels_two_hundred_at_a_time(queue):
    queue.enqueue_tasks(TaskKind.TRIAGE, list(range(450)))

    assert sorted(len(job.args[0]) for job in queue.jobs.jobs) == [50, 200, 200]


def test_redis_away_is_no_error_and_takes_no_time(queue, queue_server):
    queue_server.kill()

    began = time.monotonic()
    assert not queue.enqueue_tasks(TaskKind.TRIAGE, [1])
    assert time.monotonic() - began < 1


def test_hanging_redis_is_asked_once_and_then_left_alone(queue, queue_server):
    queue_server.pause()
    began = time.monotonic()

    answers = [queue.enqueue_tasks(TaskKind.TRIAGE, [number]) for number in range(20)]

    assert answers == [False] * 20
    assert time.monotonic() - began < 3


def test_message_is_safe_while_redis_is_away(runtime, queue_server):
    queue_server.kill()

    receive(runtime.database, 3)

    assert untriaged(runtime) == 3
    assert len(waiting(runtime)) == 3


def test_depth_says_when_redis_is_away(queue, queue_server):
    queue_server.kill()

    with pytest.raises(redis.exceptions.ConnectionError):
        queue.depth()
