"""Who is on duty, in which order people are called, who answers for a duty, who stands in for whom."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from sqlmodel import Session, col, or_, select

from routing.models import Officer, Role
from routing.roster_models import Absence, DutyAnswerer, DutyShift

LONGEST_CHAIN = 20
_CALLED_LAST = (Role.SUPERVISOR, Role.DISPATCHER, Role.ADMINISTRATOR)


class Source(StrEnum):
    """Why somebody is called: a dated shift, a standing order, the county's duty office, or a role."""

    SHIFT = "shift"
    STANDING = "standing"
    COUNTY = "county"
    ROLE = "role"


@dataclass(frozen=True, slots=True)
class OnDuty:
    """One person to call; `stands_in_for` is the officer on the roster who is away."""

    officer_id: int
    name: str
    name_en: str
    phone: str
    position: int
    source: Source
    stands_in_for: int | None = None


def on_duty(session: Session, department_id: int | None, at: datetime) -> list[OnDuty]:
    """Return who is on duty in a department at an instant, first to be called first; empty when nobody is.

    A dated shift goes before the standing order. Whoever is away is replaced by the substitute, or left out; an
    account that was ended is left out. None asks for the county's duty office.
    """
    rows = session.exec(
        select(DutyShift)
        .where(
            DutyShift.department_id == department_id,
            col(DutyShift.starts_at) <= at,
            or_(col(DutyShift.ends_at).is_(None), col(DutyShift.ends_at) > at),
        )
        .order_by(col(DutyShift.position), col(DutyShift.starts_at), col(DutyShift.id))
    ).all()
    dated = [row for row in rows if row.ends_at is not None]
    source = Source.SHIFT if dated else Source.STANDING
    return _people(session, [row.officer_id for row in dated or rows], source, at=at)


def on_call_chain(session: Session, department_id: int | None, at: datetime) -> list[OnDuty]:
    """Return everybody to call about an alarm, in order, each once: the department's roster, then the county's.

    When neither names anybody, supervisors, dispatchers and administrators follow, so an alarm always has somebody
    to go to as long as anybody of them can sign in. Positions count from 1 along the whole chain.
    """
    chain = on_duty(session, department_id, at)
    if department_id is not None:
        chain += [replace(person, source=Source.COUNTY) for person in on_duty(session, None, at)]
    if not chain:
        chain = _people(session, _by_role(session), Source.ROLE, at=at)
    once: dict[int, OnDuty] = {}
    for person in chain:
        once.setdefault(person.officer_id, person)
    return [replace(person, position=number) for number, person in enumerate(once.values(), 1)][
        :LONGEST_CHAIN
    ]


def answerers_of(session: Session, duty_ids: Sequence[int], at: datetime) -> list[int]:
    """Return the officers who answer for any of these duties and can work at an instant, substitutes included."""
    if not duty_ids:
        return []
    found = session.exec(
        select(DutyAnswerer.officer_id)
        .where(col(DutyAnswerer.duty_id).in_(duty_ids))
        .order_by(col(DutyAnswerer.duty_id), col(DutyAnswerer.officer_id))
    ).all()
    return [person.officer_id for person in _people(session, found, Source.STANDING, at=at)]


def substitutes(session: Session, officer_ids: Iterable[int], at: datetime) -> dict[int, int | None]:
    """Return which of these officers are away at an instant, each with who stands in, or None for nobody."""
    absences = session.exec(
        select(Absence)
        .where(
            col(Absence.officer_id).in_(list(officer_ids)),
            col(Absence.starts_at) <= at,
            col(Absence.ends_at) > at,
        )
        .order_by(col(Absence.id))
    ).all()
    return {absence.officer_id: absence.substitute_id for absence in absences}


def present(session: Session, officer_id: int, at: datetime) -> int | None:
    """Return the officer, or who stands in while they are away; None when neither can work.

    A substitute who is away as well hands on to theirs; a circle of people who are all away ends with None.
    """
    seen: set[int] = set()
    asked: int | None = officer_id
    while asked is not None and asked not in seen:
        seen.add(asked)
        away = substitutes(session, [asked], at)
        if asked not in away:
            officer = session.get(Officer, asked)
            return None if officer is None or officer.disabled_at is not None else asked
        asked = away[asked]
    return None


def _people(session: Session, officer_ids: Sequence[int], source: Source, *, at: datetime) -> list[OnDuty]:
    away = substitutes(session, officer_ids, at)
    people: list[OnDuty] = []
    for officer_id in dict.fromkeys(officer_ids):
        working = present(session, officer_id, at) if officer_id in away else officer_id
        officer = session.get(Officer, working) if working is not None else None
        if officer is None or officer.disabled_at is not None:
            continue
        instead = officer_id if working != officer_id else None
        people.append(
            OnDuty(
                officer.id or 0,
                officer.name,
                officer.name_en,
                officer.phone,
                len(people) + 1,
                source,
                instead,
            )
        )
    return people


def _by_role(session: Session) -> list[int]:
    officers = session.exec(
        select(Officer).where(col(Officer.disabled_at).is_(None)).order_by(col(Officer.id))
    ).all()
    return [o.id or 0 for role in _CALLED_LAST for o in officers if role.value in o.roles]
