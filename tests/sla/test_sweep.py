"""The sweep: every step exactly once, however many schedulers, however late, whatever the clock does."""

import random
import threading
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlmodel import Session, select

from sla.audit import mismatches
from sla.calendar import WorkingCalendar, load_calendar
from sla.deadlines import SweepFact, meet_deadline, start_deadlines, starts_of
from sla.defaults import install_defaults
from sla.models import Clock, DeadlineFact, FactKind
from sla.policies import load_policies
from sla.sweep import sweep
from sla.views import deadlines_of
from tests.sla.conftest import at
from web.database import Database

OpenCase = Callable[..., None]
RECEIVED = at("2026-11-02 10:00")
DUE = at("2026-11-09 17:30")


def _key(fact: SweepFact) -> tuple[int, FactKind, str]:
    return fact.deadline_id, fact.kind, fact.step


def _of(facts: list[SweepFact], clock: Clock) -> list[tuple[str, str]]:
    return [(fact.kind.value, fact.step) for fact in facts if fact.clock is clock]


def test_nothing_is_marked_before_its_time(county: Session, open_case: OpenCase) -> None:
    open_case(7, RECEIVED)

    assert sweep(county, now=RECEIVED) == []


def test_due_exactly_now_is_not_overdue_and_a_moment_later_is(county: Session, open_case: OpenCase) -> None:
    open_case(7, RECEIVED)

    before = sweep(county, now=DUE)
    after = sweep(county, now=DUE + timedelta(microseconds=1))

    assert ("breached", "due") not in _of(before, Clock.resolve)
    assert _of(after, Clock.resolve) == [("breached", "due")]
    assert after[-1].at == DUE


def test_steps_come_in_order_with_the_instant_at_which_each_was_so(
    county: Session, open_case: OpenCase
) -> None:
    open_case(7, RECEIVED)

    found = [fact for fact in sweep(county, now=at("2027-03-01 09:00")) if fact.clock is Clock.resolve]

    assert [(fact.kind.value, fact.step, fact.percent, fact.superseded) for fact in found] == [
        ("warned", "50", 50, True),
        ("warned", "80", 80, True),
        ("breached", "due", None, False),
        ("escalated", "urge", None, False),
        ("escalated", "propose", None, False),
        ("escalated", "bulletin", None, False),
    ]
    assert [fact.at for fact in found[:3]] == [at("2026-11-05 12:00"), at("2026-11-06 17:30"), DUE]
    assert abs(found[3].at - at("2026-11-10 17:30")) < timedelta(seconds=1)
    assert abs(found[4].at - at("2026-11-12 17:30")) < timedelta(seconds=1)
    assert abs(found[5].at - at("2026-11-16 17:30")) < timedelta(seconds=1)


def test_the_backstop_turns_amber_after_sixty_days_and_red_after_three_months(
    county: Session, open_case: OpenCase
) -> None:
    open_case(7, at("2026-03-02 10:00"))

    amber = _of(sweep(county, now=at("2026-05-07 18:00")), Clock.total)
    red = _of(sweep(county, now=at("2026-06-02 18:00")), Clock.total)

    assert (amber, red) == ([("escalated", "amber")], [("breached", "due")])


def test_a_second_sweep_finds_nothing(county: Session, open_case: OpenCase) -> None:
    open_case(7, RECEIVED)
    now = DUE + timedelta(days=2)

    assert sweep(county, now=now)
    assert sweep(county, now=now) == []
    assert sweep(county, now=now - timedelta(days=300)) == []  # the clock was put back


def test_at_most_so_many_deadlines_are_taken_at_once(county: Session, open_case: OpenCase) -> None:
    for subject_id in range(1, 8):
        open_case(subject_id, RECEIVED)
    taken = []

    while found := sweep(county, now=at("2026-11-03 13:00"), limit=3):
        taken.append({fact.deadline_id for fact in found})

    assert [len(ids) for ids in taken] == [3, 3, 3, 3, 2]
    assert len(set.union(*taken)) == 14


def test_the_facts_are_the_same_however_often_the_sweep_runs(
    county: Session, county_calendar: WorkingCalendar, open_case: OpenCase
) -> None:
    chance = random.Random(6)
    policies = ["help", "danger", "inquiry", "petition", "utility_outage", "inquiry_answered"]
    cases = [
        (policies[n % len(policies)], RECEIVED + timedelta(minutes=chance.randrange(20_000)))
        for n in range(12)
    ]
    for n, (policy, received) in enumerate(cases):
        open_case(n, received, policy=policy)
        open_case(100 + n, received, policy=policy)
    end = at("2026-12-20 12:00")
    often: list[SweepFact] = []
    now = RECEIVED
    # A clock that jumps forwards and backwards, by minutes and by days.
    while now < end:
        often += sweep(county, now=now, limit=5, calendar=county_calendar)
        now += timedelta(minutes=chance.choice([-600, 30, 200, 1440, 5000]))
    while found := sweep(county, now=end, limit=1000):
        often += found

    counted = Counter(map(_key, often))
    stored = county.exec(select(DeadlineFact)).all()
    by_case: dict[int, set[tuple[Clock, FactKind, str, datetime]]] = {}
    for fact in often:
        by_case.setdefault(fact.subject_id, set()).add((fact.clock, fact.kind, fact.step, fact.at))
    assert set(counted.values()) == {1}
    assert len(stored) == len(often)
    for n in range(12):
        assert by_case[n] == by_case[100 + n]
    assert not list(mismatches(county, county_calendar, now=end))


def test_a_met_deadline_is_left_alone(county: Session, open_case: OpenCase) -> None:
    open_case(7, RECEIVED)
    meet_deadline(county, 7, Clock.resolve, now=RECEIVED + timedelta(hours=1))

    assert _of(sweep(county, now=at("2027-01-10 09:00")), Clock.resolve) == []


def _prepared(database: Database, cases: int) -> None:
    with database.transaction() as session:
        install_defaults(session)
    with database.transaction() as session:
        calendar, book = load_calendar(session), load_policies(session)
        policy = book.policy("help")
        starts = [
            start for n in range(cases) for start in starts_of(policy, n, RECEIVED + timedelta(minutes=n))
        ]
        start_deadlines(session, starts, calendar)


def test_four_schedulers_at_once_mark_everything_exactly_once(database: Database) -> None:
    cases = 150
    _prepared(database, cases)
    now = at("2026-11-20 12:00")
    found: list[SweepFact] = []
    lock, barrier = threading.Lock(), threading.Barrier(4)
    failures: list[BaseException] = []

    def scheduler() -> None:
        try:
            barrier.wait()
            idle = 0
            while idle < 2:
                with database.transaction() as session:
                    batch = sweep(session, now=now, limit=40)
                idle = 0 if batch else idle + 1
                with lock:
                    found.extend(batch)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=scheduler) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert not failures
    assert set(Counter(map(_key, found)).values()) == {1}
    breached = {(fact.subject_id, fact.clock) for fact in found if fact.kind is FactKind.breached}
    clocks = (Clock.accept, Clock.first_reply, Clock.resolve)
    assert breached == {(n, clock) for n in range(cases) for clock in clocks}


def test_a_scheduler_that_dies_before_it_commits_loses_nothing(database: Database) -> None:
    _prepared(database, 5)
    now = at("2026-11-20 12:00")

    class KilledError(Exception):
        pass

    seen: list[SweepFact] = []
    try:
        with database.transaction() as session:
            seen = sweep(session, now=now)
            raise KilledError
    except KilledError:
        pass
    with database.transaction() as session:
        again = sweep(session, now=now)

    assert Counter(map(_key, seen)) == Counter(map(_key, again))
    with database.reading() as session:
        assert all(
            view.next_step_at is None or view.next_step_at > now for view in deadlines_of(session, [1])[1]
        )


def test_a_reply_and_a_sweep_at_the_same_moment_agree(database: Database) -> None:
    _prepared(database, 60)
    now = at("2026-11-20 12:00")
    barrier = threading.Barrier(2)
    failures: list[BaseException] = []

    def run(work: Callable[[Session, int], object]) -> None:
        try:
            barrier.wait()
            for n in range(60):
                with database.transaction() as session:
                    work(session, n)
        except BaseException as error:
            failures.append(error)

    threads = [
        threading.Thread(target=run, args=(lambda s, n: meet_deadline(s, n, Clock.resolve, now=now),)),
        threading.Thread(target=run, args=(lambda s, n: sweep(s, now=now, limit=7),)),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert not failures
    with database.reading() as session:
        breaches = session.exec(select(DeadlineFact).where(DeadlineFact.kind == FactKind.breached)).all()
        assert len(breaches) == len({fact.deadline_id for fact in breaches})
        assert not list(mismatches(session, load_calendar(session), now=now))
