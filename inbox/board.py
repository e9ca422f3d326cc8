"""The supervisor's figures: what is overdue now, due today and this week, and who has it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func
from sqlalchemy import case as sql_case
from sqlmodel import Session, col, select

from inbox.access import Viewer, visible_cases
from inbox.case_lists import CaseRow, cases_by_id
from inbox.kinds import Kind
from inbox.models import OPEN_STATES, Case, CaseState, Rating, Satisfaction
from routing.models import Department, Officer


@dataclass(frozen=True, slots=True)
class Horizon:
    """The instants that separate now, today and this week, and the start of the period looked back on."""

    now: datetime
    end_of_day: datetime
    end_of_week: datetime
    since: datetime


@dataclass(frozen=True, slots=True)
class Load:
    """Open work of one department, officer or kind."""

    key: int | str | None
    name: str
    name_en: str
    open: int
    overdue: int
    due_today: int
    due_this_week: int


@dataclass(frozen=True, slots=True)
class Board:
    """The overdue board: totals, who has what, and the worst cases first."""

    overdue: int
    due_today: int
    due_this_week: int
    open: int
    triage_desk: int
    in_review: int
    answered_in_period: int
    satisfied_share: float | None
    rated: int
    departments: tuple[Load, ...]
    kinds: tuple[Load, ...]
    officers: tuple[Load, ...]
    worst: tuple[CaseRow, ...]
    next_due: tuple[CaseRow, ...]


def board(session: Session, viewer: Viewer, horizon: Horizon) -> Board:
    """Return the figures for everything the viewer may see; each number is a list elsewhere."""
    mine = visible_cases(viewer)
    open_now = and_(mine, col(Case.state).in_(OPEN_STATES))
    total = session.execute(select(*_sums(horizon)).where(open_now)).one()
    state_counts: dict[CaseState, int] = dict(
        session.execute(select(col(Case.state), func.count()).where(open_now).group_by(col(Case.state))).all()
    )
    answered = session.scalar(
        select(func.count()).select_from(Case).where(mine, col(Case.replied_at) >= horizon.since)
    )
    rated, satisfied = _satisfaction(session, mine, horizon.since)
    return Board(
        open=int(total[0] or 0),
        overdue=int(total[1] or 0),
        due_today=int(total[2] or 0),
        due_this_week=int(total[3] or 0),
        triage_desk=state_counts.get(CaseState.TRIAGE_DESK, 0),
        in_review=state_counts.get(CaseState.IN_REVIEW, 0),
        answered_in_period=int(answered or 0),
        satisfied_share=satisfied / rated if rated else None,
        rated=rated,
        departments=_by_department(session, open_now, horizon),
        kinds=_by_kind(session, open_now, horizon),
        officers=_by_officer(session, open_now, horizon),
        worst=_due(session, viewer, open_now, col(Case.next_due_at) < horizon.now, limit=15),
        next_due=_due(session, viewer, open_now, col(Case.next_due_at) >= horizon.now, limit=10),
    )


def _sums(horizon: Horizon) -> list[Any]:
    due = col(Case.next_due_at)

    def count(condition: ColumnElement[bool]) -> Any:
        return func.sum(sql_case((condition, 1), else_=0))

    return [
        func.count(),
        count(due < horizon.now),
        count(and_(due >= horizon.now, due <= horizon.end_of_day)),
        count(and_(due >= horizon.now, due <= horizon.end_of_week)),
    ]


def _by_department(session: Session, condition: ColumnElement[bool], horizon: Horizon) -> tuple[Load, ...]:
    rows = session.execute(
        select(col(Case.department_id), Department.name, Department.name_en, *_sums(horizon))
        .join(Department, col(Department.id) == Case.department_id)
        .where(condition)
        .group_by(col(Case.department_id), col(Department.name), col(Department.name_en))
    ).all()
    return _sorted([_load(key, name, name_en, sums) for key, name, name_en, *sums in rows])


def _by_officer(session: Session, condition: ColumnElement[bool], horizon: Horizon) -> tuple[Load, ...]:
    rows = session.execute(
        select(col(Case.assignee_id), Officer.name, Officer.name_en, *_sums(horizon))
        .join(Officer, col(Officer.id) == Case.assignee_id)
        .where(condition)
        .group_by(col(Case.assignee_id), col(Officer.name), col(Officer.name_en))
    ).all()
    return _sorted([_load(key, name, name_en, sums) for key, name, name_en, *sums in rows])[:12]


def _by_kind(session: Session, condition: ColumnElement[bool], horizon: Horizon) -> tuple[Load, ...]:
    rows = session.execute(
        select(col(Case.kind), *_sums(horizon)).where(condition).group_by(col(Case.kind))
    ).all()
    return _sorted(
        [_load(Kind(kind).value, Kind(kind).chinese, Kind(kind).value, sums) for kind, *sums in rows]
    )


def _load(key: Any, name: str, name_en: str, sums: Sequence[Any]) -> Load:
    return Load(key, name, name_en, *(int(value or 0) for value in sums))


def _sorted(loads: list[Load]) -> tuple[Load, ...]:
    return tuple(sorted(loads, key=lambda load: (-load.overdue, -load.due_today, -load.open, load.name)))


def _satisfaction(session: Session, mine: ColumnElement[bool], since: datetime) -> tuple[int, int]:
    rows = session.execute(
        select(col(Rating.satisfaction), func.count())
        .join(Case, col(Case.id) == Rating.case_id)
        .where(mine, col(Rating.at) >= since)
        .group_by(col(Rating.satisfaction))
    ).all()
    counts = {Satisfaction(value): int(n) for value, n in rows}
    return sum(counts.values()), sum(n for value, n in counts.items() if value != Satisfaction.DISSATISFIED)


def _due(
    session: Session,
    viewer: Viewer,
    condition: ColumnElement[bool],
    when: ColumnElement[bool],
    *,
    limit: int,
) -> tuple[CaseRow, ...]:
    ids = session.exec(
        select(Case.id).where(condition, when).order_by(col(Case.next_due_at), col(Case.id)).limit(limit)
    ).all()
    return tuple(cases_by_id(session, viewer, [i or 0 for i in ids]))
