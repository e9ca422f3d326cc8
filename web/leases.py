"""Long work on one row: whoever leases it goes on alone, and when it dies another goes on after the lease."""

from datetime import datetime, timedelta

from sqlalchemy import update
from sqlmodel import Session, col

from inbox.models import Task, TaskKind, TaskState


def lease_task(
    session: Session, kind: TaskKind, task_id: int, *, now: datetime, length: timedelta
) -> int | None:
    """Take a waiting row of work that is due and return its subject; None when somebody has it."""
    subject = session.scalar(
        update(Task)
        .where(
            col(Task.id) == task_id,
            col(Task.kind) == kind,
            col(Task.state) == TaskState.WAITING,
            col(Task.due_at) <= now,
        )
        .values(due_at=now + length)
        .returning(col(Task.subject_id))
        .execution_options(synchronize_session=False)
    )
    return None if subject is None else int(subject)


def extend_lease(session: Session, task_id: int, *, now: datetime, length: timedelta) -> None:
    """Keep a leased row of work for as long again."""
    session.execute(
        update(Task)
        .where(col(Task.id) == task_id, col(Task.state) == TaskState.WAITING)
        .values(due_at=now + length)
        .execution_options(synchronize_session=False)
    )
