"""See an import's triage through to its end: by a worker when one is alive, else in this process."""

import time
from collections.abc import Callable

from inbox.imports import ImportOutcome, import_outcome, untriaged_tasks
from inbox.triage import triage_tasks
from web.health import OK, check_health
from web.imports import Clock
from web.runtime import Runtime

BATCH = 250
_LOOK_SECONDS = 0.5
_PATIENCE_SECONDS = 20.0
"""How long a worker may show no progress before the work is done here."""

Report = Callable[[ImportOutcome], None]


def finish_triage(runtime: Runtime, import_id: int, *, clock: Clock, report: Report) -> ImportOutcome:
    """Wait until every message of the import is triaged; return what became of them.

    Safe beside any number of workers: each row of work is claimed by whoever commits first. What was given back for
    a later attempt is not waited for and stays pending in the outcome.
    """
    if has_worker(runtime):
        _watch(runtime, import_id, report)
    while _triage_batch(runtime, import_id, clock):
        report(_outcome(runtime, import_id))
    outcome = _outcome(runtime, import_id)
    report(outcome)
    return outcome


def has_worker(runtime: Runtime) -> bool:
    """Tell whether a worker has reported lately."""
    return check_health(runtime).worker == OK


def _watch(runtime: Runtime, import_id: int, report: Report) -> None:
    """Look on while workers triage; return when they have finished or stopped."""
    pending, moved_at = -1, time.monotonic()
    while True:
        outcome = _outcome(runtime, import_id)
        report(outcome)
        if outcome.pending == 0:
            return
        if outcome.pending != pending:
            pending, moved_at = outcome.pending, time.monotonic()
        elif time.monotonic() - moved_at > _PATIENCE_SECONDS:
            return
        time.sleep(_LOOK_SECONDS)


def _triage_batch(runtime: Runtime, import_id: int, clock: Clock) -> bool:
    now = clock()
    with runtime.database.reading() as session:
        tools = runtime.knowledge.tools(session, now=now)
        task_ids = untriaged_tasks(session, import_id, now=now, limit=BATCH)
    if task_ids:
        with runtime.database.transaction() as session:
            triage_tasks(session, task_ids, tools, now=now)
    return bool(task_ids)


def _outcome(runtime: Runtime, import_id: int) -> ImportOutcome:
    with runtime.database.reading() as session:
        return import_outcome(session, import_id)
