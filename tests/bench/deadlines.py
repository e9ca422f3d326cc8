"""Deadlines: working-time arithmetic beside the usual libraries, and the sweep over a million open deadlines.

The libraries get the days off of our own notices, and only starts for which they give our answer are timed:
`businesstimedelta` knows no make-up days, `workalendar` has them for 2018 to 2023.
"""

import random
import statistics
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from sla.calendar import WorkingCalendar, load_calendar, shipped_calendar
from sla.defaults import install_defaults
from sla.hours import DEFAULT_HOURS
from sla.models import Clock, Deadline
from sla.policies import load_policies
from sla.sweep import sweep
from tests.bench.figures import Figure
from tests.servers import PostgresqlServer, postgresql_folder
from web.database import Database, open_engine
from web.migrations import migrate

STARTS = 400
OPEN = 1_000_000
NEWLY_DUE = 10_000
FASTER = 50.0
NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)


def measure() -> list[Figure]:
    """Measure the arithmetic, then the sweep on both databases."""
    return [*_arithmetic(), *_sweeps()]


def _arithmetic() -> list[Figure]:
    if find_spec("workalendar") is None or find_spec("businesstimedelta") is None:
        print("workalendar and businesstimedelta are not installed: use make bench")  # noqa: T201
        return []
    calendar = shipped_calendar()
    dice = random.Random(6)
    first = datetime(2019, 1, 2, tzinfo=calendar.tz)
    starts = [
        first + timedelta(days=dice.randrange(1700), minutes=dice.randrange(60 * 24)) for _ in range(STARTS)
    ]
    ours_wd: Callable[[datetime], datetime] = lambda at: calendar.due(at, "5wd")  # noqa: E731
    ours_wh: Callable[[datetime], datetime] = lambda at: calendar.due(at, "20wh")  # noqa: E731
    return [
        _beside("5 working days", "workalendar", _workalendar(), ours_wd, starts),
        _beside("20 working hours", "businesstimedelta", _businesstimedelta(calendar), ours_wh, starts),
    ]


def _beside(
    what: str,
    peer_name: str,
    peer: Callable[[datetime], Any],
    ours: Callable[[datetime], datetime],
    starts: list[datetime],
) -> Figure:
    """Time both on the starts for which they agree; the ratio is that of the median times."""
    zone = starts[0].tzinfo
    agreed = [at for at in starts if _same(peer(at), ours(at).astimezone(zone))]
    share = len(agreed) / len(starts)
    return Figure(
        f"{what} ({share:.0%} of {len(starts)} answers alike; wanted {FASTER:.0f} times)",
        peer_name,
        _microseconds(peer, agreed),
        _microseconds(ours, agreed),
        "µs",
        more_is_better=False,
    )


def _same(theirs: Any, ours: datetime) -> bool:
    return bool(theirs == ours.date() if not isinstance(theirs, datetime) else theirs == ours)


def _microseconds(count: Callable[[datetime], Any], starts: list[datetime]) -> float:
    times = []
    for at in starts:
        began = time.perf_counter()
        count(at)
        times.append(time.perf_counter() - began)
    return statistics.median(times) * 1e6


def _workalendar() -> Callable[[datetime], date]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from workalendar.asia import China

    china = China()

    def due(at: datetime) -> date:
        day: date = china.add_working_days(at.date(), 5)
        return day

    return due


def _businesstimedelta(calendar: WorkingCalendar) -> Callable[[datetime], datetime]:
    import businesstimedelta as business
    import pytz

    (opens, lunch), (back, closes) = DEFAULT_HOURS.periods
    zone, week = pytz.timezone(calendar.tz.key), list(range(5))
    days_off = {
        day: "off"
        for day in (date(2018, 1, 1) + timedelta(days=n) for n in range(2500))
        if not calendar.is_working_day(day)
    }
    rules = business.Rules(
        [
            business.WorkDayRule(start_time=opens, end_time=closes, working_days=week, tz=zone),
            business.LunchTimeRule(start_time=lunch, end_time=back, working_days=week, tz=zone),
            business.HolidayRule(days_off, tz=zone),
        ]
    )
    span = business.BusinessTimeDelta(rules, hours=20)

    def due(at: datetime) -> datetime:
        moment: datetime = at + span
        return moment.astimezone(calendar.tz)

    return due


def _sweeps() -> Iterator[Figure]:
    for name, opened in (("SQLite", _sqlite), ("PostgreSQL", _postgresql)):
        with opened() as database:
            if database is not None:
                yield from _sweep(name, database)


def _sweep(name: str, database: Database) -> Iterator[Figure]:
    with database.transaction() as session:
        install_defaults(session)
        _fill(session)
    with database.transaction() as session:
        session.connection().exec_driver_sql("ANALYZE")
        calendar = load_calendar(session)
    quiet = []
    for _ in range(20):
        began = time.perf_counter()
        with database.transaction() as session:
            assert sweep(session, now=NOW, calendar=calendar) == []
        quiet.append((time.perf_counter() - began) * 1000)
    yield Figure(
        f"sweep, {OPEN:,} open and nothing due, {name}",
        "limit",
        5.0,
        statistics.median(quiet),
        "ms",
        more_is_better=False,
    )
    later, found = NOW + timedelta(minutes=1), 0
    began = time.perf_counter()
    while True:
        with database.transaction() as session:
            facts = sweep(session, now=later, calendar=calendar)
        found += len(facts)
        if not facts:
            break
    seconds = time.perf_counter() - began
    assert found == NEWLY_DUE, found
    yield Figure(
        f"sweep, {NEWLY_DUE:,} newly due of {OPEN:,}, {name}",
        "limit",
        10.0,
        seconds,
        "s",
        more_is_better=False,
    )


def _fill(session: Session) -> None:
    """Write a million open deadlines of two hours, of which ten thousand are half over within the next minute."""
    policy = load_policies(session).policy("help")
    soon, late = NOW + timedelta(seconds=30), NOW + timedelta(days=3)
    rows = (
        {
            "subject_id": number,
            "clock": Clock.resolve,
            "round": 1,
            "series": 0,
            "policy_id": policy.id,
            "policy_code": policy.code,
            "limit": "2h",
            "extension": "",
            "department": "",
            "started_at": half_over - timedelta(hours=1),
            "due_at": half_over + timedelta(hours=1),
            "provisional": False,
            "next_step_at": half_over,
            "next_step": "warned:50",
        }
        for number in range(1, OPEN + 1)
        for half_over in (soon if number <= NEWLY_DUE else late,)
    )
    table = Deadline.__table__  # type: ignore[attr-defined]
    batch: list[dict[str, Any]] = []
    for row in rows:
        batch.append(row)
        if len(batch) == 50_000:
            session.connection().execute(sa.insert(table), batch)
            batch = []


@contextmanager
def _sqlite() -> Iterator[Database]:
    with TemporaryDirectory() as folder:
        yield from _opened(f"sqlite:///{Path(folder) / 'bench.sqlite3'}")


@contextmanager
def _postgresql() -> Iterator[Database | None]:
    programs = postgresql_folder()
    if programs is None:
        print("PostgreSQL is not installed: its sweep is not measured")  # noqa: T201
        yield None
        return
    server = PostgresqlServer(programs)
    try:
        yield from _opened(server.create_database("bench"))
    finally:
        server.remove()


def _opened(address: str) -> Iterator[Database]:
    engine = open_engine(address)
    migrate(engine)
    engine.dispose()
    database = Database(address)
    yield database
    database.close()
