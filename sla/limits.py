"""Time limits: an amount of working or calendar time, written the way service-levels.md writes them."""

import re
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache

from sla.errors import BadLimit
from sla.problems import problem

MOST = {"wmin": 600_000, "wh": 80_000, "wd": 10_000, "min": 6_000_000, "h": 250_000, "d": 10_000, "mo": 330}
_FORM = re.compile(r"(\d{1,9})(wmin|wh|wd|min|h|d|mo)(@open)?")


class Unit(StrEnum):
    """What a limit counts; the first three only while offices are open."""

    working_minutes = "wmin"
    working_hours = "wh"
    working_days = "wd"
    minutes = "min"
    hours = "h"
    days = "d"
    months = "mo"


WORKING_UNITS = frozenset({Unit.working_minutes, Unit.working_hours, Unit.working_days})
DAY_UNITS = frozenset({Unit.working_days, Unit.days, Unit.months})
_SECONDS = {Unit.working_minutes: 60, Unit.working_hours: 3600, Unit.minutes: 60, Unit.hours: 3600}


@dataclass(frozen=True, slots=True)
class Limit:
    """An amount of time; `from_opening` counts from the next opening of the offices, not from receipt.

    `is_working_time`: only open hours count, nights and days off do not. `counts_days`: whole days count,
    so the day of receipt does not. `seconds` is the length of a limit in minutes or hours, 0 for one that
    counts days.
    """

    amount: int
    unit: Unit
    from_opening: bool = False
    next_day: bool = False
    # Worked out once: they are asked for with every deadline.
    is_working_time: bool = field(init=False, compare=False, repr=False)
    counts_days: bool = field(init=False, compare=False, repr=False)
    seconds: int = field(init=False, compare=False, repr=False)
    text: str = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        text = "eonwd" if self.next_day else f"{self.amount}{self.unit.value}"
        object.__setattr__(self, "is_working_time", self.unit in WORKING_UNITS)
        object.__setattr__(self, "counts_days", self.unit in DAY_UNITS)
        object.__setattr__(self, "seconds", self.amount * _SECONDS.get(self.unit, 0))
        object.__setattr__(self, "text", f"{text}@open" if self.from_opening else text)

    def __str__(self) -> str:
        return self.text

    def __hash__(self) -> int:
        return hash(self.text)


@lru_cache(maxsize=4096)
def parse_limit(text: str) -> Limit:
    """Read a limit such as "5wd", "4wh", "30wmin", "15min", "24h", "15d", "3mo" or "eonwd".

    wd, wh, wmin count only while offices are open; d and mo count calendar days and months, h and min run
    through nights and days off. "eonwd" is the end of the next working day. "@open" appended counts from
    the next opening: what arrives after closing is treated as received when the offices open. Raises
    BadLimit for 0 (due before anybody could act), for more than 10,000 days and for anything else.
    """
    if not isinstance(text, str):
        raise BadLimit(str(text), problem("limit_not_text"))
    plain = text.strip().lower()
    if plain in {"eonwd", "eonwd@open"}:
        return Limit(1, Unit.working_days, from_opening=plain.endswith("@open"), next_day=True)
    form = _FORM.fullmatch(plain)
    if form is None:
        raise BadLimit(text, problem("limit_form"))
    amount, unit = int(form[1]), Unit(form[2])
    if amount < 1:
        raise BadLimit(text, problem("limit_zero"))
    if amount > MOST[unit.value]:
        raise BadLimit(text, problem("limit_too_much", most=f"{MOST[unit.value]}{unit.value}"))
    return Limit(amount, unit, from_opening=form[3] is not None)


def as_limit(limit: Limit | str) -> Limit:
    """Take a limit as it is, or read its text form."""
    return limit if isinstance(limit, Limit) else parse_limit(limit)


def add_up(limits: list[Limit]) -> list[Limit]:
    """Join neighbours of one unit, so that 15d extended by 30d is 45d and not two rolls over days off."""
    joined: list[Limit] = []
    for limit in limits:
        if joined and joined[-1].unit is limit.unit:
            last = joined.pop()
            joined.append(Limit(last.amount + limit.amount, last.unit, from_opening=last.from_opening))
        else:
            joined.append(limit)
    return joined
