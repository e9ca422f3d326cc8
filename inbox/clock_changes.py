"""A change of calendar, office hours or policies, carried through to the cases whose deadlines it moves."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, select

from inbox.deadlines import refresh_due
from inbox.events import record_events
from inbox.models import Case
from inbox.notices import notify
from sla.calendar import WorkingCalendar
from sla.calendar_editing import CalendarPreview, change_hours, load_notices, remove_notice
from sla.holidays import Notice
from sla.hours import Hours
from sla.models import ChangeReason, Clock
from sla.policy import Policy
from sla.policy_editing import PolicyPreview, publish_policy
from sla.policy_tables import TablePreview, load_table
from sla.recompute import DeadlineMove

CHUNK = 500


def load_holiday_notices(
    session: Session,
    notices: Sequence[Notice],
    calendar: WorkingCalendar,
    *,
    now: datetime,
    actor_id: int | None = None,
) -> CalendarPreview:
    """Load notices, compute the deadlines they touch again, and say so on every case concerned."""
    effect = load_notices(session, notices, calendar, now=now, actor_id=actor_id)
    params = {"notices": [notice.number for notice in notices]}
    _tell(session, effect.touched, ChangeReason.notice_loaded, params, now=now, actor_id=actor_id)
    return effect


def remove_holiday_notice(
    session: Session,
    notice: Notice,
    calendar: WorkingCalendar,
    *,
    now: datetime,
    actor_id: int | None = None,
) -> CalendarPreview:
    """Take a notice out again, and say so on every case whose deadline moves. Raises UnknownNotice."""
    effect = remove_notice(session, notice, calendar, now=now, actor_id=actor_id)
    params = {"notices": [notice.number]}
    _tell(session, effect.touched, ChangeReason.notice_removed, params, now=now, actor_id=actor_id)
    return effect


def change_office_hours(
    session: Session,
    rules: Sequence[Hours],
    calendar: WorkingCalendar,
    *,
    now: datetime,
    actor_id: int | None = None,
) -> CalendarPreview:
    """Replace the office hours, and say so on every case whose deadline moves. Raises BadOfficeHours."""
    effect = change_hours(session, rules, calendar, now=now, actor_id=actor_id)
    _tell(session, effect.touched, ChangeReason.hours_changed, {}, now=now, actor_id=actor_id)
    return effect


def put_policy_in_force(
    session: Session,
    policy: Policy,
    calendar: WorkingCalendar,
    *,
    now: datetime,
    actor_id: int | None = None,
    reason: str = "",
    move_running: bool = False,
) -> PolicyPreview:
    """Publish a version of a policy, and say so on the running cases that are moved. Raises StalePolicy."""
    effect = publish_policy(
        session, policy, calendar, now=now, actor_id=actor_id, reason=reason, move_running=move_running
    )
    params = {"policy": policy.code, "version": policy.version}
    _tell(session, effect.moves, ChangeReason.policy_changed, params, now=now, actor_id=actor_id)
    return effect


def put_table_in_force(
    session: Session,
    policies: Sequence[Policy],
    calendar: WorkingCalendar,
    *,
    on: date,
    now: datetime,
    actor_id: int | None = None,
    reason: str = "",
    move_running: bool = False,
) -> TablePreview:
    """Load a whole table of policies, and say so on the running cases that are moved."""
    effect = load_table(
        session,
        policies,
        calendar,
        on=on,
        now=now,
        actor_id=actor_id,
        reason=reason,
        move_running=move_running,
    )
    if move_running:
        _tell(session, effect.moves, ChangeReason.policy_changed, {}, now=now, actor_id=actor_id)
    return effect


def _tell(
    session: Session,
    moves: Sequence[DeadlineMove],
    reason: ChangeReason,
    params: dict[str, Any],
    *,
    now: datetime,
    actor_id: int | None,
) -> None:
    """Write an event for every deadline that moved, and let lists sort by the new instants.

    The backstop on the citizen's waiting time has no event of its own: nobody works by it. Whoever has such a
    case in hand is told once, with how many of theirs moved.
    """
    cases = _existing(session, {move.subject_id for move in moves})
    worked_by = [m for m in moves if m.is_moved and m.clock is not Clock.total and m.subject_id in cases]
    record_events(
        session,
        (
            {
                "case_id": move.subject_id,
                "at": now,
                "kind": "deadline_moved",
                "actor_id": actor_id,
                "params": params
                | {
                    "clock": move.clock.value,
                    "reason": reason.value,
                    "from": move.old_due_at.isoformat(),
                    "to": move.new_due_at.isoformat(),
                },
                "public": False,
            }
            for move in worked_by
        ),
    )
    refresh_due(session, sorted(cases))
    moved = {move.subject_id for move in worked_by}
    for officer_id, count in Counter(cases[case_id] for case_id in moved).items():
        if officer_id is not None:
            params = {"count": count, "reason": reason.value}
            notify(session, [officer_id], "deadlines_moved", params=params, now=now)


def _existing(session: Session, case_ids: set[int]) -> dict[int, int | None]:
    """Return which of these are cases, with who has each: a deadline may stand for something that is none."""
    found: dict[int, int | None] = {}
    ordered = sorted(case_ids)
    for first in range(0, len(ordered), CHUNK):
        query = select(Case.id, Case.assignee_id).where(col(Case.id).in_(ordered[first : first + CHUNK]))
        found.update((case_id or 0, assignee_id) for case_id, assignee_id in session.exec(query))
    return found
