"""Pauses: the handling clocks of a case stand still while it waits for something that is not ours to do."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from sla.calendar import WorkingCalendar, load_calendar
from sla.deadline_rows import (
    HANDLING_CLOCKS,
    check_now,
    closed_pauses,
    move,
    open_deadlines,
    plan_of,
    schedule,
)
from sla.errors import BadPause, NoDeadline
from sla.limits import Limit, as_limit
from sla.models import ChangeReason, Deadline, DeadlinePause, PauseReason
from sla.policies import load_policies


def pause_deadlines(
    session: Session,
    subject_id: int,
    *,
    reason: PauseReason | str,
    actor_id: int | None,
    now: datetime,
    limit: Limit | str | None = None,
    note: str = "",
    calendar: WorkingCalendar | None = None,
) -> int:
    """Stop the handling clocks of a case from now on and return the pause's id.

    The citizen's own total, the first reply and the acceptance run on. With a limit the pause ends by
    itself. Asking again for the same reason returns the pause that is already open. Raises BadPause for an
    unknown reason, NoDeadline when nothing is being handled.
    """
    check_now(now)
    try:
        why = PauseReason(reason)
    except ValueError as error:
        msg = f"{reason!r} is no reason for a pause."
        raise BadPause(msg) from error
    already: int | None = session.execute(
        sa.select(col(DeadlinePause.id)).where(
            col(DeadlinePause.subject_id) == subject_id,
            col(DeadlinePause.reason) == why,
            col(DeadlinePause.ended_at).is_(None),
        )
    ).scalar()
    if already is not None:
        return already
    if not open_deadlines(session, subject_id, HANDLING_CLOCKS):
        raise NoDeadline(subject_id, "handling")
    until_at = None
    if limit is not None:
        until_at = (calendar or load_calendar(session)).due(now, as_limit(limit))
    pause = DeadlinePause(
        subject_id=subject_id, reason=why, note=note, actor_id=actor_id, started_at=now, until_at=until_at
    )
    session.add(pause)
    session.flush()
    session.execute(
        sa.update(Deadline)
        .where(*_handled(subject_id), col(Deadline.paused_at).is_(None))
        .values(paused_at=now, next_step_at=None)
    )
    return pause.id or 0


def _handled(subject_id: int) -> list[Any]:
    return [
        col(Deadline.subject_id) == subject_id,
        col(Deadline.clock).in_(HANDLING_CLOCKS),
        col(Deadline.met_at).is_(None),
        col(Deadline.cancelled_at).is_(None),
    ]


def resume_deadlines(
    session: Session,
    subject_id: int,
    *,
    now: datetime,
    actor_id: int | None = None,
    reason: PauseReason | str | None = None,
    calendar: WorkingCalendar | None = None,
) -> bool:
    """End the pauses of a case (all, or those for one reason); its clocks run on when none is left open.

    Deadlines move by the working time of the joined pauses. Returns whether the clocks run again because of
    this.
    """
    check_now(now)
    ending = [col(DeadlinePause.subject_id) == subject_id, col(DeadlinePause.ended_at).is_(None)]
    if reason is not None:
        ending.append(col(DeadlinePause.reason) == PauseReason(reason))
    ended = session.execute(
        sa.update(DeadlinePause)
        .where(*ending)
        .values(ended_at=now, ended_by=actor_id)
        .returning(col(DeadlinePause.id))
    ).all()
    if not ended:
        return False
    return run_again(session, subject_id, now=now, calendar=calendar, actor_id=actor_id)


def run_again(
    session: Session,
    subject_id: int,
    *,
    now: datetime,
    calendar: WorkingCalendar | None = None,
    actor_id: int | None = None,
) -> bool:
    """Recompute the handling clocks of a case once no pause of it is open any more."""
    still = session.execute(
        sa.select(sa.func.count()).where(
            col(DeadlinePause.subject_id) == subject_id, col(DeadlinePause.ended_at).is_(None)
        )
    ).scalar_one()
    if still:
        return False
    calendar = calendar or load_calendar(session)
    book = load_policies(session)
    pauses = closed_pauses(session, [subject_id])[subject_id]
    for row in open_deadlines(session, subject_id, HANDLING_CLOCKS):
        plan = plan_of(row, calendar, book, pauses, running=True)
        values = {"paused_at": None, **schedule(session, row, plan)}
        move(session, row, values, reason=ChangeReason.resumed, now=now, actor_id=actor_id)
    return True
