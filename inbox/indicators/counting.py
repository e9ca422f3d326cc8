"""Counts the indicators of a period, for the county and for each department, and lists the cases behind a number."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import and_, func
from sqlalchemy import case as sql_case
from sqlmodel import Session, col

from inbox.access import Viewer, visible_cases
from inbox.indicators import returns, stock
from inbox.indicators.cohort import Period, cohort
from inbox.indicators.definitions import RATES, Code, Condition, Exclusion, Extra, Indicator
from inbox.models import Case
from sla.models import Clock

LIST_LIMIT = 2000
"""How many cases behind a number are listed; the number itself is exact."""


class Part(StrEnum):
    """Which cases behind an indicator one wants to see."""

    COUNTED = "counted"
    MET = "met"
    MISSED = "missed"


@dataclass(frozen=True, slots=True)
class Figure:
    """One indicator of one department (None: of everything): of `counted` rows, `met` fit the formula."""

    counted: int = 0
    met: int = 0
    excluded: Mapping[Exclusion, int] = field(default_factory=dict)
    extras: Mapping[Extra, int] = field(default_factory=dict)

    @property
    def share(self) -> float | None:
        """Return the rate, 0..1; None when there was nothing to count."""
        return self.met / self.counted if self.counted else None

    def plus(self, other: "Figure") -> "Figure":
        """Add the rows of two departments."""
        return Figure(
            self.counted + other.counted,
            self.met + other.met,
            {
                key: self.excluded.get(key, 0) + other.excluded.get(key, 0)
                for key in {**self.excluded, **other.excluded}
            },
            {
                key: self.extras.get(key, 0) + other.extras.get(key, 0)
                for key in {**self.extras, **other.extras}
            },
        )


@dataclass(frozen=True, slots=True)
class Result:
    """One indicator in full: its total and what each department's part of it is."""

    code: Code
    version: int
    more_is_better: bool | None
    total: Figure
    departments: Mapping[int | None, Figure]

    @property
    def number(self) -> int:
        """Return its place in the list of twelve."""
        return list(Code).index(self.code) + 1


def indicators(session: Session, viewer: Viewer, period: Period, *, now: datetime) -> tuple[Result, ...]:
    """Return all twelve in the order of the list, for what the viewer may see.

    Rows that fall due after `now` are not counted yet; due exactly now is not overdue and not due yet either.
    """
    found = {result.code: result for result in _rates(session, viewer, period, now)}
    found[Code.RETURNED] = _by_returner(session, viewer, period, found[Code.RETURNED], now)
    stood = {key: Figure(*values) for key, values in stock.count(session, viewer, period, now=now).items()}
    found[Code.STOCK] = _result(Code.STOCK, stock.VERSION, False, stood)
    return tuple(found[code] for code in Code)


def cases_behind(
    session: Session,
    viewer: Viewer,
    code: Code,
    part: Part,
    period: Period,
    *,
    now: datetime,
    department_id: int | None = None,
) -> list[int]:
    """List the cases behind a number, the earliest due first, at most `LIST_LIMIT`; twice handled is listed twice."""
    if code == Code.STOCK:
        query = stock.rows(part == Part.MET, part == Part.MISSED, period, now=now)
    else:
        indicator = next(one for one in RATES if one.code == code)
        query = cohort(indicator.clock, period, now=now).where(_condition(indicator, part))
    if department_id is not None:
        query = query.where(col(Case.department_id) == department_id)
    query = query.where(visible_cases(viewer)).limit(LIST_LIMIT)
    return [row[0] for row in session.execute(query)]


def _by_returner(session: Session, viewer: Viewer, period: Period, result: Result, now: datetime) -> Result:
    """Count each return where it came from: a department's assignments are the cases it has and those it gave back."""
    upheld, refused = returns.count(session, viewer, period, now=now)
    held = {key: figure.counted for key, figure in result.departments.items() if key is not None}
    figures: dict[int | None, Figure] = {
        key: Figure(
            held.get(key, 0) + upheld[key],
            upheld[key] + refused[key],
            extras={Extra.UPHELD: upheld[key], Extra.REFUSED: refused[key]},
        )
        for key in {**held, **upheld, **refused}
    }
    return _result(result.code, result.version, result.more_is_better, figures)


def _condition(indicator: Indicator, part: Part) -> Condition:
    if part == Part.MET:
        return indicator.numerator()
    if part == Part.MISSED:
        missed = sql_case((indicator.met, 0), else_=1) == 1  # an unknown answer is not a yes
        return and_(indicator.denominator(), missed)
    return indicator.denominator()


def _rates(session: Session, viewer: Viewer, period: Period, now: datetime) -> Iterable[Result]:
    """Read each clock's cohort once for all indicators that count it."""
    for clock in (Clock.accept, Clock.first_reply, Clock.resolve):
        wanted = [indicator for indicator in RATES if indicator.clock == clock]
        columns = [column for indicator in wanted for column in _columns(indicator)]
        base = cohort(clock, period, now=now).order_by(None).where(visible_cases(viewer))
        rows = session.execute(
            base.with_only_columns(col(Case.department_id), *columns).group_by(col(Case.department_id))
        ).all()
        start = 1
        for indicator in wanted:
            width = len(_columns(indicator))
            figures = {row[0]: _figure(indicator, row[start : start + width]) for row in rows}
            start += width
            yield _result(indicator.code, indicator.version, indicator.more_is_better, figures)


def _columns(indicator: Indicator) -> list[Any]:
    extras = [and_(indicator.kept(), condition) for condition in indicator.extras.values()]
    conditions = [indicator.denominator(), indicator.numerator(), *indicator.excluded.values(), *extras]
    return [func.sum(sql_case((condition, 1), else_=0)) for condition in conditions]


def _figure(indicator: Indicator, values: Sequence[Any]) -> Figure:
    counted, met, *rest = (int(value or 0) for value in values)
    exclusions = dict(zip(indicator.excluded, rest, strict=False))
    return Figure(counted, met, exclusions, dict(zip(indicator.extras, rest[len(exclusions) :], strict=True)))


def _result(
    code: Code, version: int, more_is_better: bool | None, figures: Mapping[int | None, Figure]
) -> Result:
    total = Figure()
    for figure in figures.values():
        total = total.plus(figure)
    return Result(code, version, more_is_better, total, figures)
