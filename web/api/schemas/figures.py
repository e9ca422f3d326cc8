"""The indicators of a period."""

from datetime import date
from typing import Annotated

from pydantic import Field

from inbox.indicators.definitions import Code
from web.api.schemas.base import Given, Told

_Day = Annotated[date, Field(ge=date(2000, 1, 1), lt=date(2100, 1, 1))]


class IndicatorQuery(Given):
    """Which period; without days, this month."""

    first_day: _Day | None = None
    """The first day, in the deployment's time zone."""
    last_day: _Day | None = None
    """The last day, included."""


class Figure(Told):
    """What was counted of the county or of one department."""

    counted: int
    """The denominator."""
    met: int
    """The numerator; for the stock what is past due."""
    share: float | None
    """The rate, 0 to 1; null when nothing was counted."""
    excluded: dict[str, int]
    """How many rows were left out, by reason."""
    extras: dict[str, int]
    """Further numbers beside the rate."""


class DepartmentFigure(Figure):
    """One department's part of an indicator."""

    department_id: int | None
    """Null for what no department has."""


class Indicator(Told):
    """One of the twelve indicators."""

    number: int
    """Its place in the list, 1 to 12."""
    code: Code
    formula: str
    """What is counted, in the language of the token's officer."""
    version: int
    """The version of the formula."""
    total: Figure
    departments: list[DepartmentFigure]


class Indicators(Told):
    """The twelve indicators of what fell due in a period, for what you may see."""

    first_day: date
    last_day: date
    indicators: list[Indicator]
