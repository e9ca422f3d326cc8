"""The supervisor's figures: what is overdue now, due today and this week, by department, officer, kind and age.

All of them come from one reading of the open cases in an index that holds everything they need, so that the board
costs the same however many cases are closed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, literal_column
from sqlalchemy import case as sql_case
from sqlmodel import Session, col, select

from inbox.access import Viewer, visible_cases
from inbox.case_lists import CaseRow, View, cases_by_id, view_condition
from inbox.kinds import Kind
from inbox.models import OPEN_STATES, Case, Rating, Satisfaction
from inbox.time_steps import Age, end_of_week, received_since
from routing.models import Department, Officer

OFFICERS_SHOWN = 12
WORST_SHOWN = 10

# The states stand in the statement itself, so that the index of open cases is known to fit.
OPEN_NOW = col(Case.state).in_([literal_column(f"'{state.value}'") for state in OPEN_STATES])


@dataclass(frozen=True, slots=True)
class Horizon:
    """The instants that separate now and today, and the start of the period looked back on."""

    now: datetime
    end_of_day: datetime
    since: datetime


@dataclass(frozen=True, slots=True)
class Sums:
    """Open cases of one sort; those due this week include those due today."""

    open: int = 0
    overdue: int = 0
    due_today: int = 0
    due_this_week: int = 0

    def plus(self, other: "Sums") -> "Sums":
        """Add two groups of cases."""
        return Sums(
            self.open + other.open,
            self.overdue + other.overdue,
            self.due_today + other.due_today,
            self.due_this_week + other.due_this_week,
        )


@dataclass(frozen=True, slots=True)
class Load:
    """Open work of one department, officer, kind or age; a key of None is work that nobody has."""

    key: Any
    name: str
    name_en: str
    open: int
    overdue: int
    due_today: int
    due_this_week: int


@dataclass(frozen=True, slots=True)
class Cell:
    """How many open cases of a kind a department has."""

    department_id: int | None
    kind: Kind
    open: int


@dataclass(frozen=True, slots=True)
class Board:
    """The overdue board: totals, who has what, and the worst cases first."""

    open: int
    overdue: int
    due_today: int
    due_this_week: int
    triage_desk: int
    in_review: int
    answered_in_period: int
    satisfied_share: float | None
    rated: int
    departments: tuple[Load, ...]
    kinds: tuple[Load, ...]
    ages: tuple[Load, ...]
    officers: tuple[Load, ...]
    officers_in_all: int
    cells: tuple[Cell, ...]
    worst: tuple[CaseRow, ...]
    next_due: tuple[CaseRow, ...]


@dataclass(frozen=True, slots=True)
class _Group:
    department_id: int | None
    assignee_id: int | None
    kind: Kind
    sums: Sums


def board(session: Session, viewer: Viewer, horizon: Horizon) -> Board:
    """Return the figures for everything the viewer may see; each number is a list elsewhere."""
    mine = visible_cases(viewer)
    groups = _groups(session, mine, horizon)
    officers = _named(session, Officer, _added(groups, "assignee_id"))
    answered = session.scalar(
        select(func.count()).select_from(Case).where(mine, col(Case.replied_at) >= horizon.since)
    )
    rated, satisfied = _satisfaction(session, viewer, horizon.since)
    return Board(
        **asdict(_total(groups)),
        triage_desk=_counted(session, viewer, View.TRIAGE_DESK, horizon),
        in_review=_counted(session, viewer, View.IN_REVIEW, horizon),
        answered_in_period=int(answered or 0),
        satisfied_share=satisfied / rated if rated else None,
        rated=rated,
        departments=_named(session, Department, _added(groups, "department_id")),
        kinds=_by_kind(groups),
        ages=_by_age(session, mine, horizon),
        officers=officers[:OFFICERS_SHOWN],
        officers_in_all=len(officers),
        cells=_cells(groups),
        worst=_due(session, viewer, col(Case.next_due_at) < horizon.now),
        next_due=_due(session, viewer, col(Case.next_due_at) >= horizon.now),
    )


def open_sums(session: Session, viewer: Viewer, horizon: Horizon) -> tuple[Sums, tuple[Load, ...]]:
    """Return the totals and the departments alone, as the wall screen shows them."""
    groups = _groups(session, visible_cases(viewer), horizon)
    return _total(groups), _named(session, Department, _added(groups, "department_id"))


def _groups(session: Session, mine: ColumnElement[bool], horizon: Horizon) -> list[_Group]:
    keys = (col(Case.department_id), col(Case.assignee_id), col(Case.kind))
    rows = session.execute(select(*keys, *_sums(horizon)).where(mine, OPEN_NOW).group_by(*keys))
    return [
        _Group(department, assignee, Kind(kind), Sums(*map(int, sums)))
        for department, assignee, kind, *sums in rows
    ]


def _sums(horizon: Horizon) -> list[Any]:
    due = col(Case.next_due_at)
    return [
        func.count(),
        _count(due < horizon.now),
        _count(and_(due >= horizon.now, due <= horizon.end_of_day)),
        _count(and_(due >= horizon.now, due <= end_of_week(horizon.end_of_day))),
    ]


def _count(condition: ColumnElement[bool]) -> Any:
    return func.sum(sql_case((condition, 1), else_=0))


def _total(groups: Iterable[_Group]) -> Sums:
    total = Sums()
    for group in groups:
        total = total.plus(group.sums)
    return total


def _added(groups: Iterable[_Group], key: str) -> dict[int | None, Sums]:
    found: dict[int | None, Sums] = {}
    for group in groups:
        value = getattr(group, key)
        found[value] = found.get(value, Sums()).plus(group.sums)
    return found


def _named(session: Session, table: Any, sums: dict[int | None, Sums]) -> tuple[Load, ...]:
    """Put the names to the numbers, most overdue first; what nobody has comes last."""
    rows = session.execute(select(table.id, table.name, table.name_en))
    names = {key: (name, name_en) for key, name, name_en in rows}
    nobody = ("", "")
    loads = [_load(key, *(nobody if key is None else names[key]), sums=found) for key, found in sums.items()]
    return tuple(sorted(loads, key=_urgency))


def _load(key: Any, name: str, name_en: str, *, sums: Sums) -> Load:
    return Load(key, name, name_en, **asdict(sums))


def _urgency(load: Load) -> tuple[bool, int, int, int, str]:
    return (load.key is None, -load.overdue, -load.due_today, -load.open, load.name)


def _by_kind(groups: Iterable[_Group]) -> tuple[Load, ...]:
    found: dict[Kind, Sums] = {}
    for group in groups:
        found[group.kind] = found.get(group.kind, Sums()).plus(group.sums)
    return tuple(_load(kind, kind.value, kind.value, sums=found[kind]) for kind in Kind if kind in found)


def _by_age(session: Session, mine: ColumnElement[bool], horizon: Horizon) -> tuple[Load, ...]:
    """Count every age, the empty ones too: the distribution is what matters."""
    steps = [(age, received_since(age, horizon.now)) for age in Age]
    number = sql_case(
        *((col(Case.received_at) > since, n) for n, (_, since) in enumerate(steps) if since is not None),
        else_=len(steps) - 1,
    ).label("age")
    rows = session.execute(select(number, *_sums(horizon)).where(mine, OPEN_NOW).group_by(number))
    found = {int(n): Sums(*map(int, sums)) for n, *sums in rows}
    return tuple(_load(age, age.value, age.value, sums=found.get(n, Sums())) for n, age in enumerate(Age))


def _cells(groups: Iterable[_Group]) -> tuple[Cell, ...]:
    found: dict[tuple[int | None, Kind], int] = {}
    for group in groups:
        key = (group.department_id, group.kind)
        found[key] = found.get(key, 0) + group.sums.open
    return tuple(Cell(department_id, kind, number) for (department_id, kind), number in found.items())


def _counted(session: Session, viewer: Viewer, view: View, horizon: Horizon) -> int:
    condition = view_condition(view, viewer, now=horizon.now, end_of_day=horizon.end_of_day)
    query = select(func.count()).select_from(Case).where(visible_cases(viewer), condition)
    return int(session.scalar(query) or 0)


def _satisfaction(session: Session, viewer: Viewer, since: datetime) -> tuple[int, int]:
    query = select(col(Rating.satisfaction), func.count()).where(col(Rating.at) >= since)
    if not viewer.sees_everything:
        query = query.join(Case, col(Case.id) == Rating.case_id).where(visible_cases(viewer))
    rows = session.execute(query.group_by(col(Rating.satisfaction))).all()
    counts = {Satisfaction(value): int(n) for value, n in rows}
    return sum(counts.values()), sum(n for value, n in counts.items() if value != Satisfaction.DISSATISFIED)


def _due(session: Session, viewer: Viewer, when: ColumnElement[bool]) -> tuple[CaseRow, ...]:
    """Read one step of states at a time in the order of the index, instead of sorting every open case."""
    found: list[tuple[datetime, int]] = []
    for state in OPEN_STATES:
        rows = session.execute(
            select(col(Case.next_due_at), col(Case.id))
            .where(visible_cases(viewer), col(Case.state) == state, when)
            .order_by(col(Case.next_due_at), col(Case.id))
            .limit(WORST_SHOWN)
        )
        found += [(due_at, case_id) for due_at, case_id in rows]
    return tuple(cases_by_id(session, viewer, _ids(sorted(found)[:WORST_SHOWN])))


def _ids(found: Sequence[tuple[datetime, int]]) -> list[int]:
    return [case_id for _, case_id in found]
