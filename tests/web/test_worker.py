"""The worker as a process: it works, outlives the queue server, and does nobody else's bidding."""

import os
import pickle
import subprocess
import sys
import time
import zlib

import psutil
import pytest

from inbox.models import TaskKind
from tests.web.work import receive, untriaged, waiting
from web.heartbeat import Kind, ages


def start(settings, *arguments):
    environment = os.environ | {
        "MINHU_HOME": str(settings.home),
        "MINHU_DATABASE_URL": settings.database_url,
        "MINHU_QUEUE_URL": settings.queue_url,
    }
    with (settings.home / "output").open("ab") as output:
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "web", *arguments],
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )


def run_burst(settings):
    """Let a worker do what waits; return what it had to say."""
    process = start(settings, "worker", "--burst")
    assert process.wait(timeout=60) == 0
    return (settings.home / "output").read_text(encoding="utf-8")


@pytest.fixture
def worker(settings):
    process = start(settings, "worker")
    yield process
    process.kill()
    process.wait()


def eventually(condition, *, seconds=30.0):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return False


def test_burst_worker_does_everything_and_ends(runtime, settings):
    receive(runtime.database, 230)

    run_burst(settings)

    assert untriaged(runtime) == 0


def test_worker_outlives_a_queue_server_that_comes_back_empty(runtime, worker, queue_server):
    receive(runtime.database, 1)
    assert eventually(lambda: untriaged(runtime) == 0)
    queue_server.kill()
    receive(runtime.database, 5)
    time.sleep(0.5)
    queue_server.start()
    queue_server.client.flushall()
    ids = [task.id for task in waiting(runtime)]

    assert len(ids) == 5
    assert eventually(lambda: runtime.queue.enqueue_tasks(TaskKind.TRIAGE, ids))
    assert eventually(lambda: untriaged(runtime) == 0)
    assert worker.poll() is None


def test_worker_ends_when_asked(runtime, settings, worker):
    assert eventually(lambda: ages(runtime.queue.redis, settings.queue_name, Kind.WORKER))

    worker.terminate()

    assert worker.wait(timeout=15) == 0
    assert ages(runtime.queue.redis, settings.queue_name, Kind.WORKER) == {}


def test_worker_ends_when_asked_while_redis_is_away(runtime, settings, worker, queue_server):
    assert eventually(lambda: ages(runtime.queue.redis, settings.queue_name, Kind.WORKER))
    queue_server.kill()
    time.sleep(0.5)

    worker.terminate()

    assert worker.wait(timeout=20) == 0


def test_killed_worker_leaves_the_work_in_the_database(runtime, settings, worker):
    receive(runtime.database, 400)
    eventually(lambda: untriaged(runtime) < 400, seconds=20)

    worker.kill()
    worker.wait()

    done = 400 - untriaged(runtime)
    assert len(waiting(runtime)) == 400 - done
    runtime.queue.enqueue_tasks(TaskKind.TRIAGE, [task.id for task in waiting(runtime)])
    run_burst(settings)
    assert untriaged(runtime) == 0


def test_job_that_names_another_function_is_not_run(runtime, settings, tmp_path):
    written = tmp_path / "written"
    runtime.queue.jobs.enqueue("os.mkdir", str(written))

    output = run_burst(settings)

    assert not written.exists()
    assert "ForbiddenJob" in output or runtime.queue.jobs.failed_job_registry.count == 1


def test_pickle_in_the_queue_is_not_opened(runtime, settings, tmp_path, queue_server):
    written = tmp_path / "written"

    class Evil:
        def __reduce__(self):
            return os.mkdir, (str(written),)

    job = runtime.queue.jobs.enqueue("web.jobs.triage", [1])
    queue_server.client.hset(f"rq:job:{job.id}", "data", zlib.compress(pickle.dumps(Evil())))

    run_burst(settings)

    assert not written.exists()


def test_callback_in_the_queue_is_not_called(runtime, settings, tmp_path, queue_server):
    written = tmp_path / "written"
    receive(runtime.database, 1)
    (job,) = runtime.queue.jobs.jobs
    queue_server.client.hset(f"rq:job:{job.id}", "success_callback_name", "os.mkdir")

    run_burst(settings)

    assert not written.exists()
    assert untriaged(runtime) == 0


def test_worker_stays_small(runtime, settings, worker):
    receive(runtime.database, 500)
    assert eventually(lambda: untriaged(runtime) == 0)

    assert psutil.Process(worker.pid).memory_info().rss < 200 * 2**20
