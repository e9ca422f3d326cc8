"""Office hours: when offices open and close, with the lunch break, by season and by department."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time

from sla.errors import BadOfficeHours
from sla.problems import problem

_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")
_SEASON = re.compile(r"(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")

Period = tuple[time, time]


@dataclass(frozen=True, slots=True)
class Hours:
    """Opening periods for everyone (empty department) or one department, all year or in a season."""

    periods: tuple[Period, ...]
    department: str = ""
    season_from: str = ""
    season_to: str = ""
    valid_from: date = date.min
    valid_until: date | None = None
    basis: str = ""

    def covers(self, on: date) -> bool:
        """Tell whether these hours are in force on a day; a season may run over the turn of the year."""
        if on < self.valid_from or (self.valid_until is not None and on > self.valid_until):
            return False
        if not self.season_from:
            return True
        day = f"{on.month:02d}-{on.day:02d}"
        if self.season_from <= self.season_to:
            return self.season_from <= day <= self.season_to
        return day >= self.season_from or day <= self.season_to


DEFAULT_BASIS = "default of the program"
"""What stands as the basis of office hours that nobody has set."""

DEFAULT_HOURS = Hours(periods=((time(8, 30), time(12, 0)), (time(14, 0), time(17, 30))), basis=DEFAULT_BASIS)


def _time_of(text: str) -> time:
    form = _CLOCK.fullmatch(text)
    if form is None:
        raise BadOfficeHours(problem("not_a_time", text=text))
    return time(int(form[1]), int(form[2]))


def read_periods(periods: Sequence[Sequence[str]]) -> tuple[Period, ...]:
    """Read [["08:30", "12:00"], ["14:00", "17:30"]]; BadOfficeHours if they overlap or run backwards."""
    read = tuple((_time_of(str(opens)), _time_of(str(closes))) for opens, closes in periods)
    if not read:
        raise BadOfficeHours(problem("no_period"))
    edges = [edge for period in read for edge in period]
    if edges != sorted(edges) or any(opens == closes for opens, closes in read):
        raise BadOfficeHours(problem("periods_overlap"))
    return read


def check_hours(hours: Hours) -> None:
    """Refuse a season with one end only or an impossible day, and a validity that ends before it begins."""
    for edge in (hours.season_from, hours.season_to):
        if edge and _SEASON.fullmatch(edge) is None:
            raise BadOfficeHours(problem("not_a_season_day", text=edge))
    if bool(hours.season_from) != bool(hours.season_to):
        raise BadOfficeHours(problem("half_a_season"))
    if hours.valid_until is not None and hours.valid_until < hours.valid_from:
        raise BadOfficeHours(problem("hours_end_early"))


def hours_on(rules: Sequence[Hours], on: date, department: str = "") -> Hours:
    """Choose the hours of a day: the department's first, then a season's, then the newest."""
    covering = [rule for rule in rules if rule.department in {department, ""} and rule.covers(on)]
    return max(
        covering,
        key=lambda rule: (rule.department == department, bool(rule.season_from), rule.valid_from),
        default=DEFAULT_HOURS,
    )
