"""Changing the roster: shifts in turn, the standing order, who answers for what, absences, the way of assigning."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import delete
from sqlmodel import Session, col, select

from routing.errors import BadRoster, EntryNotFound, OfficerNotFound
from routing.models import Duty, Officer
from routing.roster_models import Absence, AssignmentWay, DepartmentAssignment, DutyAnswerer, DutyShift

LONGEST_ROTA = timedelta(days=370)


@dataclass(frozen=True, slots=True)
class Rota:
    """Shifts in turn: each of `officer_ids` for `days_each` days, changing at `changes_at`, both days included."""

    officer_ids: Sequence[int]
    first_on: date
    last_on: date
    days_each: int = 1
    changes_at: time = time(8, 30)
    position: int = 1


def plan_rota(session: Session, department_id: int | None, rota: Rota, *, zone: ZoneInfo) -> int:
    """Write the shifts of a rota and return how many; shifts of the same place in that time give way.

    Raises BadRoster for no officers, a span that runs backwards or is longer than a year, OfficerNotFound.
    """
    if not rota.officer_ids or rota.days_each < 1:
        raise BadRoster("nobody")
    if rota.last_on < rota.first_on or rota.last_on - rota.first_on > LONGEST_ROTA:
        raise BadRoster("dates")
    for officer_id in rota.officer_ids:
        _working(session, officer_id)
    begin = datetime.combine(rota.first_on, rota.changes_at, zone)
    end = datetime.combine(rota.last_on + timedelta(days=1), rota.changes_at, zone)
    _make_room(session, department_id, rota.position, begin, end)
    starts = list(_days(rota))
    for number, day in enumerate(starts):
        until = min(day + timedelta(days=rota.days_each), rota.last_on + timedelta(days=1))
        session.add(
            DutyShift(
                department_id=department_id,
                officer_id=rota.officer_ids[number % len(rota.officer_ids)],
                position=rota.position,
                starts_at=datetime.combine(day, rota.changes_at, zone),
                ends_at=datetime.combine(until, rota.changes_at, zone),
            )
        )
    session.flush()
    return len(starts)


def set_standing_order(
    session: Session, department_id: int | None, officer_ids: Sequence[int], *, now: datetime
) -> None:
    """Say who is called, in this order, whenever no dated shift counts; an empty list ends the order."""
    for officer_id in officer_ids:
        _working(session, officer_id)
    session.execute(
        delete(DutyShift).where(
            col(DutyShift.department_id).is_not_distinct_from(department_id), col(DutyShift.ends_at).is_(None)
        )
    )
    session.add_all(
        DutyShift(department_id=department_id, officer_id=officer_id, position=number, starts_at=now)
        for number, officer_id in enumerate(dict.fromkeys(officer_ids), 1)
    )
    session.flush()


def shifts_between(
    session: Session, department_id: int | None, since: datetime, until: datetime
) -> list[DutyShift]:
    """Return the dated shifts that touch a span, in order; standing orders are not among them."""
    query = (
        select(DutyShift)
        .where(
            DutyShift.department_id == department_id,
            col(DutyShift.starts_at) < until,
            col(DutyShift.ends_at) > since,
        )
        .order_by(col(DutyShift.starts_at), col(DutyShift.position), col(DutyShift.id))
    )
    return list(session.exec(query).all())


def standing_order(session: Session, department_id: int | None) -> list[int]:
    """Return the officers of the standing order, first to be called first."""
    query = (
        select(DutyShift.officer_id)
        .where(DutyShift.department_id == department_id, col(DutyShift.ends_at).is_(None))
        .order_by(col(DutyShift.position), col(DutyShift.id))
    )
    return list(session.exec(query).all())


def remove_shift(session: Session, department_id: int | None, shift_id: int) -> None:
    """Take one shift off a roster. Raises EntryNotFound."""
    shift = session.get(DutyShift, shift_id)
    if shift is None or shift.department_id != department_id:
        raise EntryNotFound("shift", shift_id)
    session.delete(shift)
    session.flush()


def set_answerers(session: Session, duty_id: int, officer_ids: Sequence[int]) -> None:
    """Say which officers answer for a duty. Raises EntryNotFound, OfficerNotFound, BadRoster for strangers."""
    duty = session.get(Duty, duty_id)
    if duty is None:
        raise EntryNotFound("duty", duty_id)
    for officer_id in officer_ids:
        if _working(session, officer_id).department_id != duty.department_id:
            raise BadRoster("stranger")
    session.execute(delete(DutyAnswerer).where(col(DutyAnswerer.duty_id) == duty_id))
    session.add_all(DutyAnswerer(duty_id=duty_id, officer_id=i) for i in dict.fromkeys(officer_ids))
    session.flush()


def answerers_by_duty(session: Session, department_id: int) -> dict[int, list[int]]:
    """Return who answers for each duty of a department."""
    query = (
        select(DutyAnswerer.duty_id, DutyAnswerer.officer_id)
        .join(Duty, col(Duty.id) == DutyAnswerer.duty_id)
        .where(Duty.department_id == department_id)
        .order_by(col(DutyAnswerer.id))
    )
    found: dict[int, list[int]] = {}
    for duty_id, officer_id in session.exec(query).all():
        found.setdefault(duty_id, []).append(officer_id)
    return found


def add_absence(
    session: Session,
    officer_id: int,
    *,
    starts_at: datetime,
    ends_at: datetime,
    substitute_id: int | None = None,
    note: str = "",
) -> Absence:
    """Note that an officer is away and who stands in. Raises BadRoster, OfficerNotFound.

    A substitute is another officer of the same department who can sign in.
    """
    officer = _working(session, officer_id)
    if ends_at <= starts_at:
        raise BadRoster("dates")
    if substitute_id is not None:
        other = _working(session, substitute_id)
        if other.id == officer.id or other.department_id != officer.department_id:
            raise BadRoster("substitute")
    absence = Absence(
        officer_id=officer_id,
        substitute_id=substitute_id,
        starts_at=starts_at,
        ends_at=ends_at,
        note=note.strip()[:200],
    )
    session.add(absence)
    session.flush()
    return absence


def end_absence(session: Session, absence_id: int, *, now: datetime) -> Absence:
    """Let an officer be back: an absence that has begun ends now, one that has not is taken away."""
    absence = session.get(Absence, absence_id)
    if absence is None:
        raise EntryNotFound("absence", absence_id)
    if absence.starts_at >= now:
        session.delete(absence)
    elif absence.ends_at > now:
        absence.ends_at = now
    session.flush()
    return absence


def absences_of(session: Session, department_id: int, *, since: datetime) -> list[Absence]:
    """Return the absences of a department's officers that are not over yet, the nearest first."""
    query = (
        select(Absence)
        .join(Officer, col(Officer.id) == Absence.officer_id)
        .where(Officer.department_id == department_id, col(Absence.ends_at) > since)
        .order_by(col(Absence.starts_at), col(Absence.id))
    )
    return list(session.exec(query).all())


def assignment_way(session: Session, department_id: int) -> AssignmentWay:
    """Return how a department assigns: by hand unless it chose."""
    chosen = session.get(DepartmentAssignment, department_id)
    return AssignmentWay(chosen.way) if chosen is not None else AssignmentWay.HAND


def choose_way(session: Session, department_id: int, way: AssignmentWay) -> None:
    """Let a department assign by hand, by roster or by load from the next case on."""
    chosen = session.get(DepartmentAssignment, department_id)
    if chosen is None:
        session.add(DepartmentAssignment(department_id=department_id, way=way))
    else:
        chosen.way = way
    session.flush()


def _days(rota: Rota) -> Sequence[date]:
    count = (rota.last_on - rota.first_on).days + 1
    return [rota.first_on + timedelta(days=n) for n in range(0, count, rota.days_each)]


def _make_room(
    session: Session, department_id: int | None, position: int, begin: datetime, end: datetime
) -> None:
    """Take away the dated shifts of a place in a span; one that reaches over an edge keeps what lies outside."""
    for shift in shifts_between(session, department_id, begin, end):
        if shift.position != position or shift.ends_at is None:
            continue
        if shift.ends_at > end:
            after = DutyShift(**shift.model_dump(exclude={"id", "starts_at"}), starts_at=end)
            session.add(after)
        if shift.starts_at < begin:
            shift.ends_at = begin
        else:
            session.delete(shift)
    session.flush()


def _working(session: Session, officer_id: int) -> Officer:
    officer = session.get(Officer, officer_id)
    if officer is None or officer.disabled_at is not None:
        raise OfficerNotFound(officer_id)
    return officer
