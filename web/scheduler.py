"""The scheduler: finds lost work, due deadlines and interrupted deliveries; however many run, one acts.

A lease in Redis decides whose turn it is. Each turn has a number in the database, and every transaction of the
scheduler checks it: one that was paused and lost its turn without noticing cannot write. While Redis is away
nobody can begin a turn, so whoever has it goes on.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

import structlog
from redis.exceptions import RedisError
from sqlalchemy import update
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session, col

from inbox.models import TaskKind
from inbox.outbox import add_tasks, is_asked_for, push_back, stale_tasks
from knowledge_base.base_revision import base_revision
from knowledge_base.vectors import is_embedding_due
from sla.policies import load_policies
from web.heartbeat import Heart, Kind, process_name
from web.index_keeper import IndexKeeper
from web.models import SchedulerTerm
from web.queue import connect_briefly
from web.runtime import Runtime, utc_now

LEASE_SECONDS = 15
_TICK_SECONDS = 1.0
_TICK_MAY_TAKE_SECONDS = 60
_FULL_QUEUE_JOBS = 100
_STALE_AT_ONCE = 2000
_DEADLINES_AT_ONCE = 1000
_CASES_AT_ONCE = 500
_NIGHT_HOURS = range(2, 5)

_RENEW = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('pexpire', KEYS[1], ARGV[2]) end return 0"
_RELEASE = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0"

_log = structlog.get_logger(__name__)


class TurnLost(Exception):
    """Another scheduler has begun a turn; what this one was about to do is undone."""


@dataclass(slots=True)
class _Duty:
    """Something to do every so many seconds; the first time at once."""

    name: str
    every_seconds: float
    do: Callable[[], int]
    next_at: float = field(default=float("-inf"))


class Scheduler:
    """One process that may act as the scheduler. `name` tells it from all others."""

    def __init__(self, runtime: Runtime, *, name: str, clock: Callable[[], datetime] = utc_now) -> None:
        self.name = name
        self._runtime = runtime
        self._clock = clock
        self._redis = runtime.queue.redis
        self._lease = f"minhu:{runtime.settings.queue_name}:scheduler-lease"
        self._renew = self._redis.register_script(_RENEW)
        self._release = self._redis.register_script(_RELEASE)
        self._turn: int | None = None
        self._newest_case = -1
        self._duties = [
            _Duty("outbox_swept", 5, self.sweep_outbox),
            _Duty("embedding_asked_for", 5, self.ask_for_embedding),
            _Duty("deadlines_swept", 10, self.sweep_deadlines),
            _Duty("co_handlers_timed_out", 60, self.time_out_co_handlers),
            _Duty("deliveries_revived", 30, self.revive_deliveries),
            _Duty("sends_interrupted", 30, self.note_interrupted_sends),
            _Duty("extensions_lapsed", 60, self.lapse_extensions),
            _Duty("call_backs_started", 60, self.start_call_backs),
            _Duty("silent_cases_closed", 3600, self.close_silent_cases),
            _Duty("conflicts_sought", 10, self.seek_conflicts),
            _Duty("demand_grouped", 20, self.group_demand),
            _Duty("articles_doubted", 1800, self.doubt_articles),
            _Duty("training_requested", 900, self.request_training),
            _Duty("bulletins_drafted", 600, self.draft_bulletins),
            _Duty("alarms_climbed", 10, self.climb_alarms),
            _Duty("surges_told", 60, self.tell_surges),
            _Duty("topics_refreshed", 3600, self.refresh_topics),
            _Duty("sketches_forgotten", 86400, self.forget_sketches),
        ]

    def tick(self) -> bool:
        """Do what is due if it is this one's turn; False when it is another's. Never raises for an outage."""
        if not self._has_turn():
            return False
        for duty in self._duties:
            if time.monotonic() >= duty.next_at:
                duty.next_at = time.monotonic() + duty.every_seconds
                if not self._perform(duty):
                    return False
        return True

    def step_down(self) -> None:
        """Give up the turn, so that another scheduler need not wait for the lease to end."""
        self._turn = None
        with suppress(RedisError):
            self._release(keys=[self._lease], args=[self.name])

    def sweep_outbox(self) -> int:
        """Put waiting work that the queue has lost, or never got, back into it; return how much.

        The queue is topped up, not flooded: while enough jobs wait in it, a row of work that is late is
        most likely in one of them.
        """
        found = 0
        while self._runtime.queue.depth() < _FULL_QUEUE_JOBS:
            with self._runtime.database.reading() as session:
                stale = stale_tasks(session, now=self._clock(), limit=_STALE_AT_ONCE)
            if not stale:
                break
            with self._transaction() as session:
                push_back(session, [task_id for _, task_id in stale], now=self._clock())
            for kind in TaskKind:
                self._runtime.queue.enqueue_tasks(kind, [i for k, i in stale if k == kind])
            found += len(stale)
        return found

    def ask_for_embedding(self) -> int:
        """Ask a worker, once for each change of the base, to work out what the published answers mean."""
        model = self._runtime.knowledge.sentences
        if model is None:
            return 0
        with self._transaction() as session:
            if not is_embedding_due(session, model.name):
                return 0
            revision = base_revision(session)
            if is_asked_for(session, TaskKind.EMBED, revision):
                return 0
            return len(add_tasks(session, TaskKind.EMBED, [revision], now=self._clock()))

    def sweep_deadlines(self) -> int:
        """Note which deadlines have been warned of or breached since the last time."""
        from inbox.supervision import note_sweep
        from sla.sweep import sweep

        def once() -> int:
            with self._transaction() as session:
                now = self._clock()
                calendar = self._runtime.knowledge.calendar(session, now=now)
                facts = sweep(session, now=now, limit=_DEADLINES_AT_ONCE, calendar=calendar)
                prefix = self._runtime.settings.document_prefix
                note_sweep(session, facts, now=now, calendar=calendar, prefix=prefix)
                return len(facts)

        return _until_none(once)

    def note_interrupted_sends(self) -> int:
        """Take the outcome of notices whose sender died for unknown."""
        from inbox.notice_sending import note_interrupted

        with self._transaction() as session:
            return note_interrupted(session, now=self._clock())

    def lapse_extensions(self) -> int:
        """Close the requests for more time whose deadline passed before anybody decided."""
        from inbox.extensions import lapse_requests

        with self._transaction() as session:
            return lapse_requests(session, now=self._clock())

    def start_call_backs(self) -> int:
        """Start the clocks of the calls to citizens who were answered."""
        from inbox.call_backs import start_call_backs

        def once() -> int:
            with self._transaction() as session:
                now = self._clock()
                calendar = self._runtime.knowledge.calendar(session, now=now)
                return start_call_backs(session, load_policies(session), calendar, now=now)

        return _until_none(once)

    def time_out_co_handlers(self) -> int:
        """Let the replies go on whose co-handlers have not given their part in time."""
        from inbox.co_handling import time_out_co_handlers

        def once() -> int:
            with self._transaction() as session:
                return time_out_co_handlers(session, now=self._clock(), limit=_CASES_AT_ONCE)

        return _until_none(once)

    def revive_deliveries(self) -> int:
        """Put back deliveries whose sender died."""
        from inbox.deliveries import revive_interrupted

        with self._transaction() as session:
            return revive_interrupted(session, now=self._clock())

    def close_silent_cases(self) -> int:
        """Close the cases whose citizens have not rated the reply for long."""
        from inbox.ratings import close_silent_cases

        def once() -> int:
            with self._transaction() as session:
                return close_silent_cases(session, now=self._clock(), limit=_CASES_AT_ONCE)

        return _until_none(once)

    def seek_conflicts(self) -> int:
        """Ask a worker, who has the base in memory, to look at the articles that changed."""
        from inbox.outbox import add_tasks, is_waiting
        from knowledge_base.conflicts import conflicts_to_seek

        with self._transaction() as session:
            revision = conflicts_to_seek(session)
            if revision is None or is_waiting(session, TaskKind.CONFLICTS):
                return 0
            return len(add_tasks(session, TaskKind.CONFLICTS, [revision], now=self._clock()))

    def group_demand(self) -> int:
        """Put the questions that nobody could answer to others like them."""
        from knowledge_base.demand import group_unanswered

        with self._transaction() as session:
            return group_unanswered(session, now=self._clock())

    def doubt_articles(self) -> int:
        """Note which articles officers reject more often than they use them."""
        from knowledge_base.attention import note_doubted

        with self._transaction() as session:
            return note_doubted(session, today=self._today(self._clock()))

    def _today(self, now: datetime) -> date:
        return now.astimezone(ZoneInfo(self._runtime.settings.time_zone)).date()

    def request_training(self) -> int:
        """Ask for a new training in the small hours, when there is something new to learn."""
        from inbox.lessons import request_nightly_training

        now = self._clock()
        if now.astimezone(ZoneInfo(self._runtime.settings.time_zone)).hour not in _NIGHT_HOURS:
            return 0
        with self._transaction() as session:
            return int(request_nightly_training(session, now=now) is not None)

    def climb_alarms(self) -> int:
        """Call the next person for each alarm that nobody acknowledged in time."""
        from inbox.alarms import climb_alarms

        with self._transaction() as session:
            return climb_alarms(session, now=self._clock())

    def tell_surges(self) -> int:
        """Tell supervisors what ten people wrote about; nothing is computed while nobody writes."""
        from inbox.topic_watch import newest_case, tell_surges

        with self._runtime.database.reading() as session:
            newest = newest_case(session)
        if newest == self._newest_case:
            return 0
        with self._transaction() as session:
            told = tell_surges(session, now=self._clock())
        self._newest_case = newest
        return told

    def refresh_topics(self) -> int:
        """Compute the topics anew, and once a week keep what the week was about."""
        from inbox.topic_watch import make_digest, refresh_topics

        with self._transaction() as session:
            count = refresh_topics(session, now=self._clock())
            make_digest(session, now=self._clock())
        return count

    def forget_sketches(self) -> int:
        """Take cases that were closed a year ago out of the index of near duplicates."""
        from inbox.similar import forget_grams

        def once() -> int:
            with self._transaction() as session:
                return forget_grams(session, now=self._clock())

        return _until_none(once)

    def draft_bulletins(self) -> int:
        """Draft the 通报 of the periods that are over."""
        from inbox.bulletins import draft_due_bulletins

        zone = ZoneInfo(self._runtime.settings.time_zone)
        with self._transaction() as session:
            return draft_due_bulletins(session, now=self._clock(), zone=zone)

    def _perform(self, duty: _Duty) -> bool:
        """Do one duty; this is a job boundary: a duty that fails is logged and the others go on."""
        try:
            count = duty.do()
        except TurnLost:
            _log.warning("scheduler_turn_lost")
            self._turn = None
            return False
        except (RedisError, SQLAlchemyError, OSError) as error:
            _log.warning("scheduler_outage", duty=duty.name, error=type(error).__name__)
        except Exception:
            _log.exception("scheduler_duty_failed", duty=duty.name)
        else:
            if count:
                _log.info(duty.name, count=count)
        return True

    def _has_turn(self) -> bool:
        try:
            if not self._take_lease():
                self._turn = None
                return False
        except RedisError:
            return self._turn is not None
        if self._turn is None:
            try:
                self._turn = self._begin_turn()
            except SQLAlchemyError as error:
                _log.warning("scheduler_outage", duty="turn", error=type(error).__name__)
                return False
            _log.info("scheduler_turn_began", turn=self._turn)
        return True

    def _take_lease(self) -> bool:
        milliseconds = LEASE_SECONDS * 1000
        if self._turn is not None and self._renew(keys=[self._lease], args=[self.name, milliseconds]):
            return True
        self._turn = None
        return bool(self._redis.set(self._lease, self.name, nx=True, px=milliseconds)) or bool(
            self._renew(keys=[self._lease], args=[self.name, milliseconds])
        )

    def _begin_turn(self) -> int:
        with self._runtime.database.transaction() as session:
            number = session.scalar(
                update(SchedulerTerm)
                .where(col(SchedulerTerm.id) == 1)
                .values(number=SchedulerTerm.number + 1, holder=self.name, began_at=self._clock())
                .returning(col(SchedulerTerm.number))
                .execution_options(synchronize_session=False)
            )
            if number is None:
                number = 1
                session.add(SchedulerTerm(id=1, number=1, holder=self.name, began_at=self._clock()))
            return int(number)

    @contextmanager
    def _transaction(self) -> Iterator[Session]:
        """Open a transaction that only the scheduler whose turn it is can commit."""
        with self._runtime.database.transaction() as session:
            mine = session.execute(
                update(SchedulerTerm)
                .where(col(SchedulerTerm.id) == 1, col(SchedulerTerm.number) == self._turn)
                .values(acted_at=self._clock())
                .execution_options(synchronize_session=False)
            )
            if mine.rowcount != 1:  # type: ignore[attr-defined]
                raise TurnLost
            yield session


def run_scheduler(runtime: Runtime, stop: threading.Event) -> None:
    """Tick until `stop` is set; outages of Redis or of the database only delay what is due."""
    settings = runtime.settings
    name = process_name()
    heart = Heart(connect_briefly(settings.queue_address), settings.queue_name, Kind.SCHEDULER, name)
    heart.start()
    scheduler = Scheduler(runtime, name=name)
    index = IndexKeeper(runtime)
    _log.info("scheduler_started")
    try:
        while not stop.is_set():
            scheduler.tick()
            index.look()
            heart.promise(_TICK_MAY_TAKE_SECONDS)
            stop.wait(_TICK_SECONDS)
    finally:
        scheduler.step_down()
        index.close()
        heart.stop()
        _log.info("scheduler_stopped")


def _until_none(once: Callable[[], int]) -> int:
    total = 0
    while count := once():
        total += count
    return total
