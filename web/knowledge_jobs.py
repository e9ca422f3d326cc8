"""The jobs that keep the knowledge base: each takes ids of rows of work, and survives being run twice."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

from inbox.models import TaskKind
from inbox.outbox import claim_tasks
from inbox.past_messages import past_messages
from knowledge_base.conflicts import find_conflicts
from knowledge_base.effect import compare_engines, draft_to_try, keep_effect
from web.article_imports import run_step
from web.jobs import run_batch
from web.leases import extend_lease, lease_task
from web.runtime import Runtime, utc_now

LEASE = timedelta(seconds=120)
"""How long such a job may be silent before another worker goes on with it."""

Pulse = Callable[[], None]


def seek_conflicts(task_ids: list[int]) -> None:
    """Look for other articles that answer the same question as those that changed."""
    run_batch(_leased(TaskKind.CONFLICTS, _seek_conflicts), TaskKind.CONFLICTS, task_ids)


def import_articles(task_ids: list[int]) -> None:
    """Do the step that an import of articles waits for."""
    run_batch(_leased(TaskKind.ARTICLES, _import_articles), TaskKind.ARTICLES, task_ids)


def _import_articles(runtime: Runtime, import_id: int, pulse: Pulse) -> None:
    run_step(runtime.database, import_id, clock=utc_now, pulse=pulse)


def work_out_effect(task_ids: list[int]) -> None:
    """Work out what waiting changes would do to the last messages."""
    run_batch(_leased(TaskKind.EFFECT, _work_out_effect), TaskKind.EFFECT, task_ids)


def _work_out_effect(runtime: Runtime, effect_id: int, pulse: Pulse) -> None:
    now = utc_now()
    today = now.astimezone(ZoneInfo(runtime.settings.time_zone)).date()
    with runtime.database.reading() as session:
        draft = draft_to_try(session, effect_id)
        if draft is None:
            return
        messages = past_messages(session, runtime.knowledge.catalogue(session, now=now))
        before, after = runtime.knowledge.engines_around(session, draft, today=today)
    shifts = compare_engines(before, after, messages, today=today, pulse=pulse)
    with runtime.database.transaction() as session:
        keep_effect(session, effect_id, shifts, len(messages), now=utc_now())


def _seek_conflicts(runtime: Runtime, _revision: int, pulse: Pulse) -> None:
    zone = ZoneInfo(runtime.settings.time_zone)
    while True:
        now = utc_now()
        with runtime.database.reading() as session:
            engine = runtime.knowledge.engine(session, now=now)
        with runtime.database.transaction() as session:
            today = now.astimezone(zone).date()
            if not find_conflicts(session, engine, today=today, now=now):
                return
        pulse()


def _leased(
    kind: TaskKind, work: Callable[[Runtime, int, Pulse], None]
) -> Callable[[Runtime, Sequence[int]], None]:
    """Do long work on one subject after the other, each leased so that nobody else does it at the same time."""

    def do(runtime: Runtime, task_ids: Sequence[int]) -> None:
        for task_id in task_ids:
            with runtime.database.transaction() as session:
                subject = lease_task(session, kind, task_id, now=utc_now(), length=LEASE)
            if subject is None:
                continue

            def pulse(task_id: int = task_id) -> None:
                with runtime.database.transaction() as session:
                    extend_lease(session, task_id, now=utc_now(), length=LEASE)

            work(runtime, subject, pulse)
            with runtime.database.transaction() as session:
                claim_tasks(session, kind, [task_id], now=utc_now())

    return do
