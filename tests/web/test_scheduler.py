"""The scheduler: exactly one acts, lost work is found again, and outages only delay what is due."""

from datetime import timedelta

import pytest
from sqlalchemy import func
from sqlmodel import select

from inbox.models import CaseEvent, TaskKind
from sla.models import Deadline, DeadlineFact
from tests.web.work import receive, untriaged, waiting
from web import jobs
from web.models import SchedulerTerm
from web.runtime import open_runtime, utc_now
from web.scheduler import Scheduler, TurnLost


class Clock:
    """A clock that only the test moves."""

    def __init__(self):
        self.now = utc_now()

    def __call__(self):
        return self.now

    def forward(self, **span):
        self.now += timedelta(**span)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def other_runtime(settings):
    opened = open_runtime(settings)
    yield opened
    opened.close()


def lost_lease(queue_server):
    """Let the lease end, as fifteen silent seconds would."""
    (key,) = queue_server.client.keys("minhu:*:scheduler-lease")
    queue_server.client.delete(key)


def test_of_two_schedulers_one_acts(runtime, other_runtime):
    first, second = Scheduler(runtime, name="first"), Scheduler(other_runtime, name="second")

    assert [first.tick(), second.tick(), first.tick(), second.tick()] == [True, False, True, False]


def test_another_takes_over_when_one_steps_down(runtime, other_runtime):
    first, second = Scheduler(runtime, name="first"), Scheduler(other_runtime, name="second")
    first.tick()

    first.step_down()

    assert second.tick()
    assert not first.tick()


def test_another_takes_over_when_the_lease_ends(runtime, other_runtime, queue_server):
    first, second = Scheduler(runtime, name="first"), Scheduler(other_runtime, name="second")
    first.tick()
    lost_lease(queue_server)

    assert second.tick()
    assert not first.tick()


def test_one_that_lost_its_turn_without_noticing_cannot_write(runtime, other_runtime, queue_server, clock):
    paused, successor = Scheduler(runtime, name="paused"), Scheduler(other_runtime, name="successor")
    receive(runtime.database, 2, now=clock.now)
    paused.tick()
    lost_lease(queue_server)
    successor.tick()

    with pytest.raises(TurnLost):
        paused.sweep_deadlines()

    with runtime.database.reading() as session:
        terms = session.exec(select(SchedulerTerm)).all()
    assert [(term.holder, term.number) for term in terms] == [("successor", 2)]


def test_work_the_queue_lost_is_put_back_within_a_minute(runtime, queue_server, clock):
    jobs.use_runtime(runtime)
    receive(runtime.database, 250, now=clock.now)
    queue_server.client.flushall()
    scheduler = Scheduler(runtime, name="only", clock=clock)
    scheduler.tick()
    assert scheduler.sweep_outbox() == 0, "work is given its time first"

    clock.forward(seconds=45)

    assert scheduler.sweep_outbox() == 250
    assert sum(len(job.args[0]) for job in runtime.queue.jobs.jobs) == 250
    for job in runtime.queue.jobs.jobs:
        jobs.triage(job.args[0])
    assert untriaged(runtime) == 0


def test_sweep_does_not_double_what_it_has_just_put_back(runtime, queue_server, clock):
    receive(runtime.database, 10, now=clock.now)
    queue_server.client.flushall()
    scheduler = Scheduler(runtime, name="only", clock=clock)
    scheduler.tick()
    clock.forward(seconds=45)
    scheduler.sweep_outbox()

    clock.forward(seconds=5)

    assert scheduler.sweep_outbox() == 0


def test_full_queue_is_not_flooded(runtime, clock):
    for _ in range(120):
        runtime.queue.enqueue_tasks(TaskKind.IMPORT, [1])
    receive(runtime.database, 10, now=clock.now)
    scheduler = Scheduler(runtime, name="only", clock=clock)
    scheduler.tick()
    clock.forward(seconds=45)

    assert scheduler.sweep_outbox() == 0


def test_breach_is_found_once_by_however_many_schedulers(runtime, other_runtime, queue_server, clock):
    jobs.use_runtime(runtime)
    receive(runtime.database, 3, now=clock.now)
    jobs.triage([task.id for task in waiting(runtime)])
    first = Scheduler(runtime, name="first", clock=clock)
    second = Scheduler(other_runtime, name="second", clock=clock)
    clock.forward(days=60)

    first.tick()
    lost_lease(queue_server)
    second.tick()
    second.sweep_deadlines()

    with runtime.database.reading() as session:
        clocks = session.scalar(select(func.count()).where(Deadline.breached_at.is_not(None)))
        facts = session.scalar(select(func.count()).where(DeadlineFact.kind == "breached"))
        events = session.scalar(select(func.count()).where(CaseEvent.kind == "deadline_breached"))
    assert clocks == facts == events
    assert clocks >= 3


def test_deadlines_are_watched_while_redis_is_away(runtime, queue_server, clock):
    jobs.use_runtime(runtime)
    receive(runtime.database, 1, now=clock.now)
    jobs.triage([task.id for task in waiting(runtime)])
    scheduler = Scheduler(runtime, name="only", clock=clock)
    scheduler.tick()
    queue_server.kill()
    clock.forward(days=60)

    assert scheduler.tick()
    scheduler.sweep_deadlines()

    with runtime.database.reading() as session:
        assert session.scalar(select(func.count()).where(CaseEvent.kind == "deadline_breached"))


def test_nobody_begins_a_turn_while_redis_is_away(runtime, queue_server):
    queue_server.kill()

    assert not Scheduler(runtime, name="only").tick()


def test_outage_of_the_database_is_survived(settings, queue_server, new_database, postgresql):
    away = settings.model_copy(update={"database_url": postgresql.database_url("no_such_database")})
    runtime = open_runtime(away)

    assert not Scheduler(runtime, name="only").tick()

    runtime.close()


def test_emptied_redis_costs_the_turn_nothing_but_a_number(runtime, queue_server):
    scheduler = Scheduler(runtime, name="only")
    scheduler.tick()

    queue_server.client.flushall()

    assert scheduler.tick()
