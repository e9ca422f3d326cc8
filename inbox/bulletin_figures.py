"""The printed columns of a 通报, counted for what fell due in its period, and the breaches the ladder entered."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import case as sql_case
from sqlmodel import Session, col, select

from inbox.indicators.cohort import Period, cohort
from inbox.ladder_models import BulletinEntry
from inbox.models import Case, Rating, Satisfaction
from sla.models import Clock, Deadline

VERSION = 1
"""The version of the columns' formulas; it is kept with every published figure."""


@dataclass(frozen=True, slots=True)
class Row:
    """One department's line: 派遣总数, 按时办结, 超时办结, 未办结 and what the rates are made of."""

    department_id: int | None
    assigned: int = 0
    on_time: int = 0
    late: int = 0
    open: int = 0
    rated: int = 0
    dissatisfied: int = 0

    @property
    def closed_share(self) -> float | None:
        """Return 结案率: on time and late ÷ assigned."""
        return (self.on_time + self.late) / self.assigned if self.assigned else None

    @property
    def on_time_share(self) -> float | None:
        """Return 按时结案率: on time ÷ assigned."""
        return self.on_time / self.assigned if self.assigned else None

    @property
    def dissatisfied_share(self) -> float | None:
        """Return 不满意率: dissatisfied ÷ rated."""
        return self.dissatisfied / self.rated if self.rated else None


@dataclass(frozen=True, slots=True)
class Entry:
    """A breach that stood for five working days: which case of which department, and which clock."""

    case_id: int
    tracking_code: str
    title: str
    department_id: int | None
    clock: str
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything a 通报 says in numbers, with the cases behind them (case ids by department and column)."""

    rows: tuple[Row, ...]
    entries: tuple[Entry, ...]
    cases: Mapping[str, Mapping[str, list[int]]]
    counted_at: datetime
    version: int = VERSION

    @property
    def total(self) -> Row:
        """Return the last line: the sum of all departments."""
        names = ("assigned", "on_time", "late", "open", "rated", "dissatisfied")
        return Row(None, *(sum(getattr(row, name) for row in self.rows) for name in names))

    def of(self, department_id: int | None) -> "Figures":
        """Return what concerns one department alone."""
        return Figures(
            tuple(row for row in self.rows if row.department_id == department_id),
            tuple(entry for entry in self.entries if entry.department_id == department_id),
            {key: value for key, value in self.cases.items() if key == str(department_id)},
            self.counted_at,
            self.version,
        )

    def as_json(self) -> dict[str, Any]:
        """Return the figures as they are kept when they are published."""
        entries = [{**asdict(entry), "due_at": entry.due_at.isoformat()} for entry in self.entries]
        return {
            "version": self.version,
            "counted_at": self.counted_at.isoformat(),
            "rows": [asdict(row) for row in self.rows],
            "entries": entries,
            "cases": self.cases,
        }


def from_json(kept: Mapping[str, Any]) -> Figures:
    """Return figures as they were when they were published."""
    entries = ({**entry, "due_at": datetime.fromisoformat(entry["due_at"])} for entry in kept["entries"])
    return Figures(
        tuple(Row(**row) for row in kept["rows"]),
        tuple(Entry(**entry) for entry in entries),
        kept["cases"],
        datetime.fromisoformat(kept["counted_at"]),
        kept["version"],
    )


def count_figures(session: Session, period: Period, *, now: datetime) -> Figures:
    """Count the columns for every department; cases at the triage desk and spam have nobody to answer for them."""
    met = col(Deadline.met_at)
    column = sql_case((met.is_(None), "open"), (met <= col(Deadline.due_at), "on_time"), else_="late")
    unhappy = col(Rating.satisfaction) == Satisfaction.DISSATISFIED
    base = cohort(Clock.resolve, period, now=now).where(
        col(Deadline.cancelled_at).is_(None), col(Case.department_id).is_not(None)
    )
    found = session.execute(
        base.with_only_columns(
            col(Case.department_id),
            column,
            col(Case.id),
            sql_case((col(Rating.id).is_not(None), 1), else_=0),
            sql_case((unhappy, 1), else_=0),
        )
    )
    rows, cases = _tally(found)
    return Figures(rows, _entries(session, period), cases, now)


def was_anything_due(session: Session, period: Period, *, now: datetime) -> bool:
    """Tell whether a 通报 of the period would say anything."""
    query = cohort(Clock.resolve, period, now=now).where(col(Case.department_id).is_not(None)).limit(1)
    return session.execute(query).first() is not None


def _tally(found: Iterable[Any]) -> tuple[tuple[Row, ...], dict[str, dict[str, list[int]]]]:
    cases: dict[str, dict[str, list[int]]] = {}
    ratings: dict[int, list[int]] = {}
    for department_id, column, case_id, rated, unhappy in found:
        own = cases.setdefault(str(department_id), {"on_time": [], "late": [], "open": []})
        own[column].append(case_id)
        counts = ratings.setdefault(department_id, [0, 0])
        counts[0] += rated
        counts[1] += unhappy
    rows = [
        Row(key, sum(map(len, cases[str(key)].values())), *map(len, cases[str(key)].values()), *counts)
        for key, counts in sorted(ratings.items())
    ]
    return tuple(rows), cases


def _entries(session: Session, period: Period) -> tuple[Entry, ...]:
    query = (
        select(BulletinEntry, Case.tracking_code, Case.title)
        .join(Case, col(Case.id) == col(BulletinEntry.case_id))
        .where(col(BulletinEntry.at) >= period.starts_at, col(BulletinEntry.at) < period.ends_at)
        .order_by(col(BulletinEntry.due_at), col(BulletinEntry.id))
    )
    return tuple(
        Entry(entry.case_id, code, title, entry.department_id, entry.clock, entry.due_at)
        for entry, code, title in session.exec(query).all()
    )
