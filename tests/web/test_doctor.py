"""The doctor: what is wrong, in words, with a remedy."""

from datetime import timedelta

import pytest
from sqlalchemy import delete
from sqlmodel import select
from typer.testing import CliRunner

from inbox.events import record_event
from sla.defaults import install_defaults
from sla.models import HolidayDay, HolidayNotice
from tests.web.work import receive
from web.cli import build
from web.doctor import Severity, examine
from web.heartbeat import Kind, beat
from web.runtime import open_runtime, utc_now


@pytest.fixture
def healthy(runtime):
    """An installation with nothing wrong."""
    with runtime.database.transaction() as session:
        install_defaults(session)
        year = utc_now().year
        if session.exec(select(HolidayNotice).where(HolidayNotice.year == year)).first() is None:
            session.add(HolidayNotice(year=year, number="test", issued_on=utc_now().date()))
    for kind in Kind:
        beat(runtime.queue.redis, runtime.settings.queue_name, kind, f"test-{kind}")
    return runtime


def finding(runtime, subject):
    return next(found for found in examine(runtime) if found.subject == subject)


def test_nothing_is_wrong(healthy):
    wrong = [found for found in examine(healthy) if found.severity == Severity.WRONG]

    assert wrong == []


@pytest.mark.parametrize("kind", ["Worker", "Scheduler"])
def test_missing_process_is_named_with_the_command_that_starts_it(runtime, kind):
    found = finding(runtime, kind)

    assert found.severity == Severity.WRONG
    assert f"minhu {kind.lower()}" in found.remedy


def test_queue_away(healthy, queue_server):
    queue_server.kill()

    found = finding(healthy, "Queue")

    assert found.severity == Severity.WRONG
    assert "MINHU_QUEUE_URL" in found.remedy


def test_queue_that_may_drop_jobs_is_a_warning(healthy, queue_server):
    queue_server.client.config_set("maxmemory-policy", "allkeys-lru")

    found = finding(healthy, "Queue")

    queue_server.client.config_set("maxmemory-policy", "noeviction")
    assert found.severity == Severity.WARNING
    assert "allkeys-lru" in found.sentence


def test_database_that_was_never_migrated(settings, tmp_path):
    empty = open_runtime(settings.model_copy(update={"database_url": f"sqlite:///{tmp_path}/empty.sqlite3"}))

    assert finding(empty, "Database").remedy == "Run: minhu migrate"

    empty.close()


def test_clock_that_lags_behind_the_records(healthy):
    (case_id,) = receive(healthy.database, 1)
    with healthy.database.transaction() as session:
        record_event(session, case_id, "claimed", now=utc_now() + timedelta(hours=2))

    assert finding(healthy, "Time").severity == Severity.WRONG


def test_missing_holiday_notice(healthy):
    with healthy.database.transaction() as session:
        session.execute(delete(HolidayDay))
        session.execute(delete(HolidayNotice))

    found = finding(healthy, "Calendar")

    assert found.severity == Severity.WRONG
    assert str(utc_now().year) in found.sentence


def test_session_key_that_others_can_read(healthy):
    key = healthy.settings.home / "secret-key"
    key.write_text("k" * 40)
    key.chmod(0o644)

    assert "chmod 600" in finding(healthy, "Secrets").remedy


def test_work_that_nobody_does(healthy):
    receive(healthy.database, 3, now=utc_now() - timedelta(minutes=10))

    found = finding(healthy, "Work")

    assert found.severity == Severity.WARNING
    assert "3 " in found.sentence


def test_command_prints_every_check_and_fails_when_one_is_wrong(healthy, monkeypatch, queue_server):
    for name in ("home", "database_url", "queue_url"):
        monkeypatch.setenv(f"MINHU_{name.upper()}", str(getattr(healthy.settings, name)))
    fine = CliRunner().invoke(build(["doctor", "migrate"]), ["doctor"])
    queue_server.kill()
    broken = CliRunner().invoke(build(["doctor", "migrate"]), ["doctor"])

    assert (fine.exit_code, fine.output.splitlines()[-1]) == (0, "Nothing is wrong.")
    assert broken.exit_code == 1
    assert "✗ Queue: unreachable" in broken.output
