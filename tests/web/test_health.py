"""Health: each part "ok" or one reason, and what a load balancer is told."""

import time

import pytest

from web.health import check_health
from web.heartbeat import Heart, Kind, beat, withdraw
from web.runtime import open_runtime


@pytest.fixture
def reporting(runtime):
    """A worker and a scheduler have just reported."""
    for kind in Kind:
        beat(runtime.queue.redis, runtime.settings.queue_name, kind, f"test-{kind}")


@pytest.mark.usefixtures("reporting")
def test_everything_works(runtime):
    health = check_health(runtime)

    assert health.as_dict() == dict.fromkeys(("database", "queue", "worker", "scheduler"), "ok")
    assert health.status == 200


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.usefixtures("reporting")
def test_process_that_never_reported_is_missed(runtime, kind):
    withdraw(runtime.queue.redis, runtime.settings.queue_name, kind, f"test-{kind}")

    health = check_health(runtime)

    assert health.as_dict()[kind] == f"no {kind} has reported"
    assert health.status == 503


@pytest.mark.usefixtures("reporting")
def test_process_that_fell_silent_is_missed(runtime, queue_server):
    key = f"minhu:{runtime.settings.queue_name}:workers"
    queue_server.client.zincrby(key, -60, "test-worker")

    assert check_health(runtime).worker.startswith("no worker has reported for 6")


@pytest.mark.usefixtures("reporting")
def test_queue_away_leaves_the_others_unknown(runtime, queue_server):
    queue_server.kill()

    health = check_health(runtime)

    assert health.database == "ok"
    assert health.queue.startswith("unreachable")
    assert health.worker == "unknown while the queue is unreachable"
    assert health.status == 503


def test_hanging_queue_is_given_up_after_a_few_seconds(runtime, queue_server):
    queue_server.pause()
    began = time.monotonic()

    assert check_health(runtime).queue.startswith("unreachable")
    assert time.monotonic() - began < 5


def test_database_that_needs_migrating_says_so(settings, tmp_path):
    empty = open_runtime(settings.model_copy(update={"database_url": f"sqlite:///{tmp_path}/empty.sqlite3"}))

    assert "minhu migrate" in check_health(empty).database

    empty.close()


def test_loop_that_hangs_stops_reporting(runtime):
    heart = Heart(runtime.queue.redis, runtime.settings.queue_name, Kind.WORKER, "hanging")
    heart.promise(-1)
    heart.start()
    time.sleep(0.2)

    assert check_health(runtime).worker == "no worker has reported"

    heart.stop()


@pytest.mark.usefixtures("reporting")
def test_healthz_answers_json(client):
    answer = client.get("/healthz")

    assert answer.status_code == 200
    assert answer.json == dict.fromkeys(("database", "queue", "worker", "scheduler"), "ok")


def test_healthz_is_503_when_something_is_wrong(client):
    answer = client.get("/healthz")

    assert answer.status_code == 503
    assert answer.json["worker"] == "no worker has reported"
