"""What a job does: each takes ids of rows of work, does them in transactions, and survives being run twice."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import httpx
import structlog
from rq.timeouts import JobTimeoutException
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlmodel import Session

from inbox.channels.callback import SendResult, send_reply
from inbox.deliveries import begin_deliveries, fail_delivery, finish_delivery_by_id
from inbox.joint_replies import answer_addressees
from inbox.models import TaskKind
from inbox.notice_sending import begin_sends, finish_sends
from inbox.outbox import add_tasks, claim_tasks, postpone_tasks
from inbox.triage import triage_tasks
from knowledge_base.vectors import missing_texts, store_vectors
from web.imports import run_import
from web.leases import extend_lease, lease_task
from web.notice_parcels import send_parcel
from web.retraining import run_training
from web.runtime import Runtime, open_runtime, utc_now
from web.settings import load_settings

Work = Callable[[Runtime, Sequence[int]], None]

IMPORT_LEASE = timedelta(seconds=60)
"""How long an import may be silent before another worker goes on with it."""

TRAIN_LEASE = timedelta(minutes=20)
"""How long a training may take before another worker begins it anew."""

_log = structlog.get_logger(__name__)
_opened: list[Runtime] = []


def use_runtime(runtime: Runtime) -> None:
    """Let the jobs of this process work with these parts; otherwise they open their own."""
    _opened[:] = [runtime]


def triage(task_ids: list[int]) -> None:
    """Triage the cases of these rows of work."""
    run_batch(triage_batch, TaskKind.TRIAGE, task_ids)


def deliver(task_ids: list[int]) -> None:
    """Send the replies of these rows of work."""
    run_batch(deliver_batch, TaskKind.DELIVER, task_ids)


def import_file(task_ids: list[int]) -> None:
    """Read in the uploaded files of these rows of work."""
    run_batch(import_batch, TaskKind.IMPORT, task_ids)


def notify(task_ids: list[int]) -> None:
    """Send the notices of these rows of work."""
    run_batch(notify_batch, TaskKind.NOTIFY, task_ids)


def train_routing(task_ids: list[int]) -> None:
    """Train routing anew for these rows of work."""
    run_batch(train_batch, TaskKind.TRAIN, task_ids)


def answer_jointly(task_ids: list[int]) -> None:
    """Give citizens their copies of an approved reply to many."""
    run_batch(answer_batch, TaskKind.ANSWER, task_ids)


def embed(task_ids: list[int]) -> None:
    """Work out what the published answers mean, a portion for each row of work."""
    run_batch(embed_batch, TaskKind.EMBED, task_ids)


def triage_batch(runtime: Runtime, task_ids: Sequence[int]) -> None:
    """Triage in one transaction."""
    with runtime.database.transaction() as session:
        now = utc_now()
        triage_tasks(session, task_ids, runtime.knowledge.tools(session, now=now), now=now)


def answer_batch(runtime: Runtime, task_ids: Sequence[int]) -> None:
    """Answer the citizens of one batch in one transaction; killed in the middle, all of it waits again."""
    with runtime.database.transaction() as session:
        answer_addressees(session, task_ids, now=utc_now())


def embed_batch(runtime: Runtime, task_ids: Sequence[int]) -> None:
    """Embed one portion, outside any transaction; what is left waits behind the other work in the queue."""
    model = runtime.knowledge.sentences
    if model is not None:
        with runtime.database.reading() as session:
            missing = missing_texts(session, model.name)
        vectors = model.embed(list(missing.texts.values()))
    with runtime.database.transaction() as session:
        now = utc_now()
        revisions = claim_tasks(session, TaskKind.EMBED, task_ids, now=now)
        if model is None or not revisions:
            return
        store_vectors(session, model.name, missing, vectors)
        if not missing.is_rest:
            add_tasks(session, TaskKind.EMBED, revisions[:1], now=now)


def deliver_batch(runtime: Runtime, task_ids: Sequence[int]) -> None:
    """Send one reply after the other, each outside any transaction: a slow platform must not hold the database.

    A reply counts as being sent only while it is: the sweep takes one that is sent for too long as interrupted.
    """
    with httpx.Client(follow_redirects=False, trust_env=False) as client:
        for task_id in task_ids:
            with runtime.database.transaction() as session:
                dispatches = begin_deliveries(session, [task_id], now=utc_now())
            for dispatch in dispatches:
                result = send_reply(client, dispatch, now=utc_now())
                with runtime.database.transaction() as session:
                    _note_result(session, dispatch.delivery_id, result)


def notify_batch(runtime: Runtime, task_ids: Sequence[int]) -> None:
    """Send one message after the other, each outside any transaction.

    A message counts as being sent only while it is: the sweep takes one that is sent for too long for unknown.
    """
    for task_id in task_ids:
        with runtime.database.transaction() as session:
            parcels = begin_sends(session, [task_id], now=utc_now())
        for parcel in parcels:
            outcome = send_parcel(runtime, parcel, now=utc_now())
            with runtime.database.transaction() as session:
                finish_sends(session, parcel, outcome, now=utc_now())


def _note_result(session: Session, delivery_id: int, result: SendResult) -> None:
    if result.error is None:
        finish_delivery_by_id(session, delivery_id, now=utc_now())
    else:
        fail_delivery(session, delivery_id, result.error, now=utc_now(), final=result.final)


def import_batch(runtime: Runtime, task_ids: Sequence[int]) -> None:
    """Read in one file after the other, each leased so that nobody else reads it at the same time."""
    for task_id in task_ids:
        with runtime.database.transaction() as session:
            import_id = lease_task(session, TaskKind.IMPORT, task_id, now=utc_now(), length=IMPORT_LEASE)
        if import_id is not None:
            _import_one(runtime, task_id, import_id)


def _import_one(runtime: Runtime, task_id: int, import_id: int) -> None:
    def keep_lease(_done: int, _total: int) -> None:
        with runtime.database.transaction() as session:
            extend_lease(session, task_id, now=utc_now(), length=IMPORT_LEASE)

    zone = ZoneInfo(runtime.settings.time_zone)
    run_import(runtime.database, import_id, zone=zone, clock=utc_now, progress=keep_lease)
    with runtime.database.transaction() as session:
        claim_tasks(session, TaskKind.IMPORT, [task_id], now=utc_now())


def train_batch(runtime: Runtime, task_ids: Sequence[int]) -> None:
    """Train in one run after the other, each leased; what goes wrong ends the run, and the next night tries again."""
    for task_id in task_ids:
        with runtime.database.transaction() as session:
            run_id = lease_task(session, TaskKind.TRAIN, task_id, now=utc_now(), length=TRAIN_LEASE)
        if run_id is None:
            continue
        try:
            run_training(runtime.database, run_id, clock=utc_now)
        finally:
            with runtime.database.transaction() as session:
                claim_tasks(session, TaskKind.TRAIN, [task_id], now=utc_now())


def run_batch(work: Work, kind: TaskKind, task_ids: Sequence[int]) -> None:
    """Be the job boundary: bind the log, note failures on the rows, and let the queue know."""
    runtime = _runtime()
    ids = [int(task_id) for task_id in task_ids]
    with structlog.contextvars.bound_contextvars(job=kind.value):
        error = _attempt(runtime, work, ids)
    if error is not None:
        raise error


def _attempt(runtime: Runtime, work: Work, task_ids: Sequence[int]) -> Exception | None:
    """Do the work; when a batch fails, halve it, so that one bad row does not hold up the others."""
    try:
        work(runtime, task_ids)
    except (OperationalError, InterfaceError) as error:
        # The database is away: nothing can be noted now, and the sweep will find the rows.
        _log.warning("job_without_database", tasks=len(task_ids), error=type(error).__name__)
        return error
    except Exception as error:
        if len(task_ids) == 1 or isinstance(error, JobTimeoutException):
            return _give_back(runtime, task_ids, error, now=utc_now())
        _log.warning("job_divided", tasks=len(task_ids), error=type(error).__name__)
    else:
        return None
    middle = len(task_ids) // 2
    halves = [_attempt(runtime, work, half) for half in (task_ids[:middle], task_ids[middle:])]
    return next((failed for failed in halves if failed is not None), None)


def _give_back(runtime: Runtime, task_ids: Sequence[int], error: Exception, *, now: datetime) -> Exception:
    _log.error("job_failed", tasks=list(task_ids), exc_info=error)
    with runtime.database.transaction() as session:
        postpone_tasks(session, task_ids, f"{type(error).__name__}: {error}", now=now)
    return error


def _runtime() -> Runtime:
    if not _opened:
        _opened.append(open_runtime(load_settings()))
    return _opened[0]
