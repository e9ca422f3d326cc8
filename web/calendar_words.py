"""The calendar as people look at it: months of weeks of days, and what each day is."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from babel import dates
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from sla.calendar import DayInfo, WorkingCalendar
from sla.hours import DEFAULT_BASIS, Hours
from web.i18n import format_day, is_chinese

DAY_WORDS = {
    "weekday": _l("working day"),
    "weekend": _l("weekend"),
    "holiday": _l("public holiday"),
    "make_up_day": _l("make-up working day"),
    "half_day": _l("half day"),
    "statutory_day": _l("public holiday by law, no notice yet"),
}

_LOOKS = {
    "holiday": "off",
    "statutory_day": "off",
    "make_up_day": "worked",
    "half_day": "half",
    "weekend": "weekend",
}


@dataclass(frozen=True, slots=True)
class DayShown:
    """A day of a month; `mark` is the character beside it, `words` what a screen reader says."""

    number: int
    iso: str
    look: str
    mark: str
    words: str
    is_today: bool


@dataclass(frozen=True, slots=True)
class MonthShown:
    """A month as weeks from Monday; None where a week reaches into another month."""

    name: str
    weeks: tuple[tuple[DayShown | None, ...], ...]


@dataclass(frozen=True, slots=True)
class Span:
    """Days in a row that a notice treats alike."""

    first: date
    last: date
    word: str
    name: str
    notice: str
    is_working: bool

    @property
    def days(self) -> int:
        """Count the days."""
        return (self.last - self.first).days + 1


@dataclass(frozen=True, slots=True)
class HoursShown:
    """Office hours in words."""

    who: str
    season: str
    periods: str
    since: str
    basis: str


def day_word(day: DayInfo) -> str:
    """Say what a day is."""
    return str(DAY_WORDS.get(day.code, day.code))


def spans_of(days: Iterable[DayInfo]) -> list[Span]:
    """Put days in a row together that are alike: the seven days of a festival are one line."""
    spans: list[Span] = []
    for day in days:
        span = Span(day.on, day.on, day_word(day), day_name(day), _number(day), day.is_working)
        last = spans[-1] if spans else None
        follows = last is not None and last.last + timedelta(days=1) == day.on
        if (
            last is not None
            and follows
            and (last.word, last.name, last.notice) == (span.word, span.name, span.notice)
        ):
            spans[-1] = replace(last, last=day.on)
        else:
            spans.append(span)
    return spans


def day_name(day: DayInfo) -> str:
    """Return the occasion of a day in the reader's language."""
    return day.name if is_chinese() or not day.name_en else day.name_en


def weekday_names() -> list[tuple[str, str]]:
    """Return the days of the week from Monday, in short and in full."""
    monday = date(2024, 1, 1)
    days = [monday + timedelta(days=number) for number in range(7)]
    return [
        (
            dates.format_date(day, "EEEEE", locale=get_locale()),
            dates.format_date(day, "EEEE", locale=get_locale()),
        )
        for day in days
    ]


def months_of(calendar: WorkingCalendar, year: int, today: date) -> list[MonthShown]:
    """Lay out the twelve months of a year."""
    return [_month(calendar, year, month, today) for month in range(1, 13)]


def default_basis() -> str:
    """Say in the reader's language where the shipped office hours come from."""
    return str(_("default of the program"))


def hours_words(hours: Hours, names: Mapping[str, str]) -> HoursShown:
    """Say when offices are open; `names` are the departments' by code."""
    season = f"{hours.season_from} – {hours.season_to}" if hours.season_from else str(_("all year"))
    periods = " · ".join(f"{opens:%H:%M}–{closes:%H:%M}" for opens, closes in hours.periods)
    since = format_day(hours.valid_from) if hours.valid_from.year > 1900 else "—"
    basis = default_basis() if hours.basis == DEFAULT_BASIS else hours.basis
    if hours.valid_until is not None:
        since = f"{since} – {format_day(hours.valid_until)}"
    who = names.get(hours.department, hours.department) if hours.department else str(_("everybody"))
    return HoursShown(who, season, periods, since, basis)


def _month(calendar: WorkingCalendar, year: int, month: int, today: date) -> MonthShown:
    first = date(year, month, 1)
    cells: list[DayShown | None] = [None] * first.weekday()
    on = first
    while on.month == month:
        cells.append(_day(calendar.day(on), today))
        on += timedelta(days=1)
    cells += [None] * (-len(cells) % 7)
    weeks = tuple(tuple(cells[start : start + 7]) for start in range(0, len(cells), 7))
    return MonthShown(dates.format_date(first, "LLLL", locale=get_locale()), weeks)


def _number(day: DayInfo) -> str:
    return day.notice.number if day.notice else ""


def _day(info: DayInfo, today: date) -> DayShown:
    look = _LOOKS.get(info.code, "work")
    mark = {"off": _("off"), "worked": _("work"), "half": "½"}.get(look, "")
    words = ", ".join(filter(None, (day_word(info) if look != "work" else "", day_name(info))))
    return DayShown(info.on.day, info.on.isoformat(), look, str(mark), words, info.on == today)
