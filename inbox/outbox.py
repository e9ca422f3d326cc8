"""Work to do as rows: written in the transaction that makes it necessary, found again whatever the queue loses."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import exists, func, insert, update
from sqlalchemy import select as sa_select
from sqlmodel import Session, col, select

from inbox.models import Task, TaskKind, TaskState

MAX_ATTEMPTS = 6
_FIRST_RETRY = timedelta(seconds=10)
_LONGEST_RETRY = timedelta(hours=1)
_PENDING = "minhu_pending_tasks"


@dataclass(frozen=True, slots=True)
class TaskView:
    """A row of work as the system page shows it."""

    id: int
    kind: TaskKind
    subject_id: int
    state: TaskState
    attempts: int
    created_at: datetime
    due_at: datetime
    error: str | None


def add_tasks(
    session: Session,
    kind: TaskKind,
    subject_ids: Sequence[int],
    *,
    now: datetime,
    due_at: datetime | None = None,
) -> list[int]:
    """Write one row of work for each subject and remember the ids, to be enqueued after the commit.

    Work that is due later is left to the sweep of the outbox.
    """
    if not subject_ids:
        return []
    rows = [
        {
            "kind": kind,
            "subject_id": subject,
            "state": TaskState.WAITING,
            "attempts": 0,
            "due_at": due_at or now,
            "created_at": now,
        }
        for subject in subject_ids
    ]
    added = session.scalars(insert(Task).returning(col(Task.id), sort_by_parameter_order=True), rows)
    ids = [task_id for task_id in added if task_id is not None]
    if due_at is None or due_at <= now:
        session.info.setdefault(_PENDING, []).append((kind, ids))
    return ids


def is_asked_for(session: Session, kind: TaskKind, subject_id: int) -> bool:
    """Tell whether this work waits to be done, or was given up: it need not be asked for again."""
    row = select(Task.id).where(
        Task.kind == kind, Task.subject_id == subject_id, Task.state != TaskState.DONE
    )
    return session.exec(row.limit(1)).first() is not None


def take_pending(session: Session) -> list[tuple[TaskKind, list[int]]]:
    """Hand over what this session added and has committed; the caller puts it in the queue."""
    pending: list[tuple[TaskKind, list[int]]] = session.info.pop(_PENDING, [])
    return pending


def claim_tasks(session: Session, kind: TaskKind, task_ids: Sequence[int], *, now: datetime) -> list[int]:
    """Mark waiting rows done inside the caller's transaction and return their subjects.

    Whoever commits first did the work; a second run of the same job finds nothing. If the transaction is
    rolled back (a killed worker), the rows are waiting again.
    """
    claimed: list[int] = []
    for start in range(0, len(task_ids), 500):
        claimed += session.scalars(
            update(Task)
            .where(
                col(Task.id).in_(task_ids[start : start + 500]),
                col(Task.kind) == kind,
                col(Task.state) == TaskState.WAITING,
            )
            .values(state=TaskState.DONE, done_at=now, attempts=Task.attempts + 1, error=None)
            .returning(col(Task.subject_id))
            .execution_options(synchronize_session=False)
        )
    return claimed


def postpone_tasks(session: Session, task_ids: Sequence[int], error: str, *, now: datetime) -> None:
    """Note a failed attempt; wait longer each time, and after `MAX_ATTEMPTS` leave it to a person."""
    tasks = session.exec(
        select(Task).where(col(Task.id).in_(task_ids), col(Task.state) == TaskState.WAITING)
    ).all()
    for task in tasks:
        task.attempts += 1
        task.error = error[:500]
        if task.attempts >= MAX_ATTEMPTS:
            task.state = TaskState.FAILED
        else:
            task.due_at = now + min(_FIRST_RETRY * 2**task.attempts, _LONGEST_RETRY)


def postpone_subject(session: Session, kind: TaskKind, subject_id: int, error: str, *, now: datetime) -> bool:
    """Give a subject that could not be dealt with a fresh row of work; False when it was tried often enough."""
    tried = session.scalar(
        select(func.count())
        .select_from(Task)
        .where(col(Task.kind) == kind, col(Task.subject_id) == subject_id)
    )
    attempts = int(tried or 0)
    session.add(
        Task(
            kind=kind,
            subject_id=subject_id,
            state=TaskState.FAILED if attempts >= MAX_ATTEMPTS else TaskState.WAITING,
            attempts=attempts,
            due_at=now + min(_FIRST_RETRY * 2**attempts, _LONGEST_RETRY),
            created_at=now,
            error=error[:500],
        )
    )
    return attempts < MAX_ATTEMPTS


def stale_tasks(
    session: Session, *, now: datetime, grace: timedelta = timedelta(seconds=30), limit: int = 2000
) -> list[tuple[TaskKind, int]]:
    """Return waiting work that was due before `now - grace`: the queue lost it, or never got it."""
    query = (
        select(Task.kind, Task.id)
        .where(col(Task.state) == TaskState.WAITING, col(Task.due_at) <= now - grace)
        .order_by(col(Task.due_at))
        .limit(limit)
    )
    return [(TaskKind(kind), task_id or 0) for kind, task_id in session.exec(query).all()]


def push_back(session: Session, task_ids: Sequence[int], *, now: datetime) -> None:
    """Start the grace of re-enqueued work anew, so that one sweep does not double another's."""
    for start in range(0, len(task_ids), 500):
        session.execute(
            update(Task)
            .where(col(Task.id).in_(task_ids[start : start + 500]), col(Task.state) == TaskState.WAITING)
            .values(due_at=now)
            .execution_options(synchronize_session=False)
        )


def failed_tasks(session: Session, *, limit: int = 100) -> list[TaskView]:
    """Return the work that was given up, newest first."""
    query = select(Task).where(col(Task.state) == TaskState.FAILED).order_by(col(Task.id).desc()).limit(limit)
    return [
        TaskView(t.id or 0, t.kind, t.subject_id, t.state, t.attempts, t.created_at, t.due_at, t.error)
        for t in session.exec(query).all()
    ]


def is_waiting(session: Session, kind: TaskKind) -> bool:
    """Tell whether there is work of this kind to do."""
    waiting = exists().where(col(Task.kind) == kind, col(Task.state) == TaskState.WAITING)
    return bool(session.scalar(sa_select(waiting)))


def waiting_count(session: Session) -> int:
    """Return how many rows of work are waiting."""
    return int(
        session.scalar(select(func.count()).select_from(Task).where(col(Task.state) == TaskState.WAITING))
        or 0
    )


def retry_task(session: Session, task_id: int, *, now: datetime) -> bool:
    """Put a given-up row of work back; False when it is not given up any more."""
    changed = session.execute(
        update(Task)
        .where(col(Task.id) == task_id, col(Task.state) == TaskState.FAILED)
        .values(state=TaskState.WAITING, attempts=0, due_at=now)
        .execution_options(synchronize_session=False)
    )
    task = session.get(Task, task_id)
    if changed.rowcount != 1 or task is None:  # type: ignore[attr-defined]
        return False
    session.info.setdefault(_PENDING, []).append((task.kind, [task_id]))
    return True
