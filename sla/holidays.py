"""Holiday notices: which days are off, which weekend days are worked, and by which document."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from importlib.resources import files
from typing import Any

from sla.errors import BadNotice
from sla.models import DayKind
from sla.problems import Problem, problem

NEW_YEAR_SPAN = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class NoticeDay:
    """One day a notice speaks of."""

    on: date
    kind: DayKind
    name: str
    name_en: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice with its number, date and source; an empty region means the whole country."""

    year: int
    number: str
    issued_on: date
    days: tuple[NoticeDay, ...]
    title: str = ""
    source: str = ""
    region: str = ""


def _day_of(entry: Any, problems: list[Problem]) -> NoticeDay | None:
    if not isinstance(entry, Mapping):
        problems.append(problem("not_a_day", entry=entry))
        return None
    try:
        return NoticeDay(
            on=date.fromisoformat(str(entry.get("on", ""))),
            kind=DayKind(str(entry.get("kind", ""))),
            name=str(entry.get("name", "")),
            name_en=str(entry.get("name_en", "")),
        )
    except ValueError:
        problems.append(problem("no_such_date_or_kind", on=entry.get("on"), kind=entry.get("kind")))
        return None


def _problems_of_days(year: int, days: Sequence[NoticeDay]) -> list[Problem]:
    problems: list[Problem] = []
    seen: set[date] = set()
    for day in days:
        if day.on in seen:
            problems.append(problem("day_twice", on=day.on))
        seen.add(day.on)
        if day.on.year != year and not timedelta() < date(year, 1, 1) - day.on <= NEW_YEAR_SPAN:
            problems.append(problem("day_of_another_year", on=day.on, year=year))
        if day.kind is DayKind.workday and day.on.weekday() < 5:
            problems.append(problem("no_weekend_day", on=day.on))
    return problems


def read_notice(entry: Any, source: str = "notice") -> Notice:
    """Check one notice given as plain data and return it.

    Days at the end of December may belong to the next year's notice, as those of 2007, 2008, 2012, 2019 and
    2023 did. Raises BadNotice with every problem found, such as a date that does not exist, a make-up day
    on a Tuesday or a missing number.
    """
    if not isinstance(entry, Mapping):
        raise BadNotice(source, [problem("not_a_notice")])
    problems: list[Problem] = []
    year = entry.get("year")
    if not isinstance(year, int) or isinstance(year, bool) or not 1949 <= year <= 9998:
        problems.append(problem("not_a_year", year=year))
        year = 1949
    number = str(entry.get("number", "")).strip()
    if not number:
        problems.append(problem("number_missing"))
    issued_on = date.min
    try:
        issued_on = date.fromisoformat(str(entry.get("issued_on", "")))
    except ValueError:
        problems.append(problem("issue_date_wrong", on=entry.get("issued_on")))
    listed = entry.get("days")
    if not isinstance(listed, list) or not listed:
        problems.append(problem("no_days"))
        listed = []
    days = tuple(day for item in listed if (day := _day_of(item, problems)) is not None)
    problems += _problems_of_days(year, days)
    if problems:
        raise BadNotice(source, problems)
    return Notice(
        year=year,
        number=number,
        issued_on=issued_on,
        days=tuple(sorted(days, key=lambda day: day.on)),
        title=str(entry.get("title", "")),
        source=str(entry.get("source", "")),
        region=str(entry.get("region", "")),
    )


def read_notices(content: str | bytes, source: str = "file") -> list[Notice]:
    """Read a notice file: one notice or a list of them, in JSON, UTF-8. Raises BadNotice."""
    try:
        parsed = json.loads(content)
    except ValueError as error:
        raise BadNotice(source, [problem("not_json", error=error)]) from error
    entries = parsed if isinstance(parsed, list) else [parsed]
    if not entries:
        raise BadNotice(source, [problem("empty")])
    return [read_notice(entry, source) for entry in entries]


@lru_cache(maxsize=1)
def shipped_notices() -> tuple[Notice, ...]:
    """Give the notices of the State Council that come with the program, 2007 to 2026, oldest first."""
    found: list[Notice] = []
    for path in files("sla").joinpath("notices").iterdir():
        if path.name[:4].isdigit() and path.name.endswith(".json"):
            found += read_notices(path.read_text(encoding="utf-8"), path.name)
    return tuple(sorted(found, key=lambda notice: (notice.year, notice.issued_on)))


@lru_cache(maxsize=1)
def _festivals() -> dict[int, dict[str, date]]:
    content = json.loads(files("sla").joinpath("notices/festivals.json").read_text(encoding="utf-8"))
    return {
        int(year): {name: date.fromisoformat(on) for name, on in days.items()}
        for year, days in content["years"].items()
    }


def statutory_days(year: int) -> tuple[NoticeDay, ...]:
    """Foresee the days off of a year without a notice: those the law itself fixes, never a make-up day.

    全国年节及纪念日放假办法 (revised 10 November 2024) §2: one day for 元旦, four for 春节 from the eve on,
    one each for 清明, 端午 and 中秋, two for 劳动节, three for 国庆节. Beyond 2060 only those with a fixed
    date.
    """
    spans = [(date(year, 1, 1), 1, "元旦", "New Year's Day"), (date(year, 5, 1), 2, "劳动节", "Labour Day")]
    spans.append((date(year, 10, 1), 3, "国庆节", "National Day"))
    lunar = _festivals().get(year)
    if lunar:
        spans += [
            (lunar["spring_festival"] - timedelta(days=1), 4, "春节", "Spring Festival"),
            (lunar["qingming"], 1, "清明节", "Qingming Festival"),
            (lunar["dragon_boat"], 1, "端午节", "Dragon Boat Festival"),
            (lunar["mid_autumn"], 1, "中秋节", "Mid-Autumn Festival"),
        ]
    days: dict[date, NoticeDay] = {}
    for first, length, name, name_en in spans:
        for n in range(length):
            on = first + timedelta(days=n)
            days.setdefault(on, NoticeDay(on, DayKind.holiday, name, name_en))
    return tuple(sorted(days.values(), key=lambda day: day.on))
