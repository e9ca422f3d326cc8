"""Assignment inside a department: by the duty roster, by load, or by hand, as the department chose; and absences."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, update
from sqlmodel import Session, col, select

from inbox.access import Viewer
from inbox.errors import NotAllowed
from inbox.events import record_event
from inbox.models import OPEN_STATES, Case, CaseState
from inbox.notices import notify
from routing.models import Duty, Officer, Role
from routing.roster import answerers_of, on_duty, substitutes
from routing.roster_editing import add_absence, end_absence
from routing.roster_models import Absence, AssignmentWay, DepartmentAssignment

_UNBEGUN = (CaseState.ASSIGNED, CaseState.DRAFTING)


@dataclass(slots=True)
class _Department:
    """What giving out a department's cases needs, read once for a batch."""

    way: AssignmentWay
    people: list[int]
    loads: dict[int, int]
    on_duty: list[int]
    duties: dict[str, list[int]]


@dataclass(frozen=True, slots=True)
class Away:
    """An absence with who stands in; with `hand_over` the open cases go to them in the same act."""

    starts_at: datetime
    ends_at: datetime
    substitute_id: int | None = None
    note: str = ""
    hand_over: bool = False


def give_out(session: Session, case_ids: Sequence[int], *, now: datetime) -> int:
    """Give cases that nobody has to officers, where their department chose the roster or the load; return how many.

    By roster: who answers for the duty that routing went by, else who is on duty. Whoever has fewest open cases goes
    first among several, and when the roster names nobody. Two at once give a case once: the update is conditional.
    """
    ways = {row.department_id: AssignmentWay(row.way) for row in session.exec(select(DepartmentAssignment))}
    chosen = [unit for unit, way in ways.items() if way != AssignmentWay.HAND]
    if not chosen or not case_ids:
        return 0
    cases = session.exec(
        select(Case)
        .where(
            col(Case.id).in_(list(case_ids)),
            col(Case.department_id).in_(chosen),
            col(Case.assignee_id).is_(None),
            col(Case.state).in_(_UNBEGUN),
        )
        .order_by(col(Case.id))
    ).all()
    units: dict[int, _Department] = {}
    given = 0
    for case in cases:
        unit_id = case.department_id or 0
        if unit_id not in units:
            units[unit_id] = _department(session, unit_id, ways[unit_id], now=now)
        officer_id = _choose(session, case, units[unit_id], now=now)
        if officer_id is not None and _give(session, case, officer_id, ways[unit_id], now=now):
            units[unit_id].loads[officer_id] += 1
            given += 1
    return given


def go_away(
    session: Session, viewer: Viewer, officer_id: int, away: Away, *, now: datetime
) -> tuple[Absence, int]:
    """Note an absence and, if asked, hand the open cases over in the same act; return it with how many went.

    One's own absence, or that of others for who may keep the roster. Raises NotAllowed, BadRoster, OfficerNotFound.
    """
    if officer_id != viewer.officer_id and not may_keep_roster(session, viewer, officer_id):
        raise NotAllowed("absence")
    absence = add_absence(
        session,
        officer_id,
        starts_at=away.starts_at,
        ends_at=away.ends_at,
        substitute_id=away.substitute_id,
        note=away.note,
    )
    if not away.hand_over or away.substitute_id is None:
        return absence, 0
    officer = session.get_one(Officer, officer_id)
    query = select(Case).where(
        Case.assignee_id == officer_id,
        Case.department_id == officer.department_id,
        col(Case.state).in_(OPEN_STATES),
    )
    cases = session.exec(query.with_for_update().order_by(col(Case.id))).all()
    for case in cases:
        case.assignee_id = away.substitute_id
        case.version += 1
        params = {"officer_id": away.substitute_id}
        record_event(session, case.id or 0, "handed_over", now=now, actor_id=viewer.officer_id, params=params)
        notify(
            session,
            [away.substitute_id],
            "handed_over",
            case_id=case.id,
            params={"officer_id": officer_id},
            now=now,
        )
    session.flush()
    return absence, len(cases)


def come_back(session: Session, viewer: Viewer, absence_id: int, *, now: datetime) -> Absence:
    """Let an officer be back; cases that were handed over stay where they are. Raises NotAllowed, EntryNotFound."""
    absence = session.get(Absence, absence_id)
    is_own = absence is not None and absence.officer_id == viewer.officer_id
    if absence is not None and not is_own and not may_keep_roster(session, viewer, absence.officer_id):
        raise NotAllowed("absence")
    return end_absence(session, absence_id, now=now)


def may_keep_roster(session: Session, viewer: Viewer, officer_id: int) -> bool:
    """Tell whether the viewer keeps the roster of the department that an officer works in."""
    officer = session.get(Officer, officer_id)
    return officer is not None and keeps_roster(viewer, officer.department_id)


def keeps_roster(viewer: Viewer, department_id: int | None) -> bool:
    """Tell whether the viewer keeps a department's roster: its reviewers do, and supervisors and administrators."""
    if viewer.has(Role.ADMINISTRATOR, Role.SUPERVISOR):
        return True
    return department_id is not None and viewer.has(Role.REVIEWER) and viewer.department_id == department_id


def _department(session: Session, department_id: int, way: AssignmentWay, *, now: datetime) -> _Department:
    officers = session.exec(
        select(Officer).where(Officer.department_id == department_id, col(Officer.disabled_at).is_(None))
    ).all()
    working = [o.id or 0 for o in officers if Role.OFFICER.value in o.roles]
    away = substitutes(session, working, now)
    people = [officer_id for officer_id in working if officer_id not in away]
    counted = session.exec(
        select(Case.assignee_id, func.count())
        .where(col(Case.assignee_id).in_(people), col(Case.state).in_(OPEN_STATES))
        .group_by(col(Case.assignee_id))
    ).all()
    duties: dict[str, list[int]] = {}
    query = select(Duty.title, Duty.id).where(Duty.department_id == department_id)
    for title, duty_id in session.exec(query):
        duties.setdefault(title, []).append(duty_id or 0)
    return _Department(
        way=way,
        people=people,
        loads=dict.fromkeys(people, 0) | {key: count for key, count in counted if key is not None},
        on_duty=[person.officer_id for person in on_duty(session, department_id, now)],
        duties=duties,
    )


def _choose(session: Session, case: Case, unit: _Department, *, now: datetime) -> int | None:
    asked: list[int] = []
    if unit.way == AssignmentWay.ROSTER:
        duty_ids = [i for title in _duties_of(case) for i in unit.duties.get(title, ())]
        asked = answerers_of(session, duty_ids, now) or unit.on_duty
    fitting = [officer_id for officer_id in asked if officer_id in unit.loads] or unit.people
    return min(fitting, key=lambda officer_id: (unit.loads[officer_id], officer_id), default=None)


def _duties_of(case: Case) -> list[str]:
    """Return the titles of the duties that spoke for the department when routing chose it."""
    return [
        str(reason.get("params", {}).get("duty", ""))
        for candidate in (case.routing or {}).get("candidates") or ()
        if candidate.get("department_id") == case.department_id
        for reason in candidate.get("reasons", ())
        if reason.get("code") == "duty_words"
    ]


def _give(session: Session, case: Case, officer_id: int, way: AssignmentWay, *, now: datetime) -> bool:
    given = session.execute(
        update(Case)
        .where(col(Case.id) == case.id, col(Case.assignee_id).is_(None), col(Case.state).in_(_UNBEGUN))
        .values(assignee_id=officer_id, version=Case.version + 1)
        .execution_options(synchronize_session=False)
    )
    session.expire(case)
    if given.rowcount != 1:  # type: ignore[attr-defined]
        return False
    params = {"officer_id": officer_id, "way": way.value}
    record_event(session, case.id or 0, "given", now=now, params=params)
    notify(session, [officer_id], "given", case_id=case.id, now=now)
    return True
