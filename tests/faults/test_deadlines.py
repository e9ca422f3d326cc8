"""Deadlines when things break: schedulers killed in turn, a clock that jumps, a database that is away."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import func
from sqlmodel import Session, col, select

from inbox.models import CaseEvent
from sla.calendar import load_calendar
from sla.deadlines import start_deadlines, starts_of
from sla.defaults import install_defaults
from sla.models import Deadline, DeadlineFact, FactKind
from sla.policies import load_policies
from sla.sweep import sweep
from tests.servers import PostgresqlServer, QueueServer, postgresql_folder
from tests.web.work import receive, waiting
from web import jobs
from web.database import open_engine
from web.migrations import migrate
from web.runtime import Runtime, open_runtime, utc_now
from web.scheduler import Scheduler
from web.settings import Settings

PATIENCE_SECONDS = 60


def breaches(session: Session) -> tuple[int, int]:
    """Count the breaches found and the events that tell of them."""
    facts = session.scalar(select(func.count()).where(DeadlineFact.kind == FactKind.breached))
    events = session.scalar(select(func.count()).where(CaseEvent.kind == "deadline_breached"))
    return facts or 0, events or 0


def overdue_cases(runtime: Runtime, count: int) -> int:
    """Take in and triage messages of forty days ago that no sweep has seen; return how many clocks are over."""
    jobs.use_runtime(runtime)
    receive(runtime.database, count, now=utc_now() - timedelta(days=40))
    jobs.triage([task.id or 0 for task in waiting(runtime)])
    with runtime.database.reading() as session:
        over = select(func.count()).where(col(Deadline.met_at).is_(None), col(Deadline.due_at) < utc_now())
        return session.scalar(over) or 0


@contextmanager
def scheduler_process(settings: Settings) -> Iterator[subprocess.Popen[bytes]]:
    """Run a scheduler of its own process."""
    environment = os.environ | {
        "MINHU_HOME": str(settings.home),
        "MINHU_DATABASE_URL": settings.database_address,
        "MINHU_QUEUE_URL": settings.queue_address,
        "MINHU_SECRET_KEY": "k" * 40,
    }
    process = subprocess.Popen([sys.executable, "-P", "-m", "web", "scheduler"], env=environment)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(30)


def wait_for(runtime: Runtime, wanted: int) -> int:
    """Wait until so many breaches are found, or patience ends; return how many there are."""
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        with runtime.database.reading() as session:
            found, _ = breaches(session)
        if found >= wanted or time.monotonic() > until:
            return found
        time.sleep(0.02)


def test_schedulers_killed_in_turn_lose_and_double_nothing(
    runtime: Runtime, settings: Settings, queue_server: QueueServer
) -> None:
    wanted = overdue_cases(runtime, 400)
    assert wanted >= 400

    for enough in (1, wanted // 2):
        with scheduler_process(settings) as process:
            wait_for(runtime, enough)
            process.send_signal(signal.SIGKILL)
            process.wait(30)
        for key in queue_server.client.keys("*scheduler-lease"):
            queue_server.client.delete(key)
    with scheduler_process(settings):
        found = wait_for(runtime, wanted)

    with runtime.database.reading() as session:
        assert breaches(session) == (found, found)
        twice = session.execute(
            select(DeadlineFact.deadline_id)
            .group_by(DeadlineFact.deadline_id, DeadlineFact.series, DeadlineFact.kind, DeadlineFact.step)
            .having(func.count() > 1)
        ).all()
    assert found == wanted
    assert twice == []


def test_clock_that_jumps_back_and_forth_marks_nothing_twice(session: Session) -> None:
    install_defaults(session)
    calendar = load_calendar(session)
    received_at = utc_now().replace(microsecond=0)
    start_deadlines(session, starts_of(load_policies(session).policy("help"), 1, received_at), calendar)
    days = (20, 3, 20, 0, 40, 1, 40, 400, 40)

    found = [sweep(session, now=received_at + timedelta(days=day), calendar=calendar) for day in days]

    told = [(fact.deadline_id, fact.kind, fact.step) for facts in found for fact in facts]
    assert len(told) == len(set(told))
    straight = {(fact.kind, fact.step) for facts in found for fact in facts}
    assert {(FactKind.breached, "due"), (FactKind.warned, "50"), (FactKind.warned, "80")} <= straight
    assert [len(facts) for facts in found[1:4]] == [0, 0, 0]


def test_database_away_for_a_minute_costs_no_breach(
    queue_server: QueueServer, home: object, request: pytest.FixtureRequest
) -> None:
    programs = postgresql_folder()
    if programs is None:
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
    server = PostgresqlServer(programs)
    request.addfinalizer(server.remove)
    address = server.create_database("minhu")
    engine = open_engine(address)
    migrate(engine)
    engine.dispose()
    runtime = open_runtime(
        Settings(home=home, database_url=address, queue_url=queue_server.url, secret_key="k" * 40)  # type: ignore[arg-type]
    )
    wanted = overdue_cases(runtime, 5)
    scheduler = Scheduler(runtime, name="only")

    server.stop()
    for _ in range(3):
        scheduler.tick()
    server.start()
    while not scheduler.tick():
        pass
    scheduler.sweep_deadlines()

    with runtime.database.reading() as session:
        facts, events = breaches(session)
    runtime.close()
    assert facts == events == wanted
    assert wanted >= 5
