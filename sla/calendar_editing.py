"""Notices and office hours for the people who keep them: lists, previews of what moves, loading."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlmodel import Session

from sla.calendar import DayInfo, WorkingCalendar
from sla.calendar_rows import delete_notice, store_hours, store_notice, stored_hours, stored_notices
from sla.errors import BadOfficeHours, UnknownNotice
from sla.holidays import Notice
from sla.hours import Hours, check_hours
from sla.models import ChangeReason
from sla.policies import load_policies
from sla.problems import problem
from sla.recompute import DeadlineMove, settle, touched_by
from sla.revisions import bump_revision


@dataclass(frozen=True, slots=True)
class CalendarYear:
    """A year with its notices; provisional while no national notice is known."""

    year: int
    notices: tuple[Notice, ...]
    provisional: bool
    days_off: int
    make_up_days: int
    working_days: int


@dataclass(frozen=True, slots=True)
class ChangedDay:
    """A day that a notice changes."""

    on: date
    was: DayInfo
    becomes: DayInfo


@dataclass(frozen=True, slots=True)
class CalendarPreview:
    """What loading does: days that change, deadlines that move, deadlines that are provisional no longer.

    `touched` has the moves and those that only became certain or provisional.
    """

    changed_days: tuple[ChangedDay, ...]
    moves: tuple[DeadlineMove, ...]
    settled: int
    touched: tuple[DeadlineMove, ...] = ()

    @property
    def newly_overdue(self) -> int:
        """Count the deadlines that become overdue by it."""
        return sum(move.is_overdue and not move.was_overdue for move in self.moves)


def calendar_years(calendar: WorkingCalendar, *, through: int | None = None) -> list[CalendarYear]:
    """List the years that notices speak of, newest first, and those up to `through` as provisional."""
    known = {notice.year for notice in calendar.notices}
    years = known | (set(range(max(known), through + 1)) if known and through else set())
    return [_year_of(calendar, year) for year in sorted(years, reverse=True)]


def _year_of(calendar: WorkingCalendar, year: int) -> CalendarYear:
    days = days_of_year(calendar, year)
    return CalendarYear(
        year=year,
        notices=tuple(notice for notice in calendar.notices if notice.year == year),
        provisional=year not in calendar.known_years,
        days_off=sum(day.code in {"holiday", "statutory_day"} for day in days),
        make_up_days=sum(day.code == "make_up_day" for day in days),
        working_days=sum(day.is_working for day in days),
    )


def days_of_year(calendar: WorkingCalendar, year: int) -> list[DayInfo]:
    """List every day of a year, for a calendar picture."""
    first = date(year, 1, 1)
    length = (date(year + 1, 1, 1) - first).days
    return [calendar.day(first + timedelta(days=n)) for n in range(length)]


def preview_notices(
    session: Session, notices: Sequence[Notice], calendar: WorkingCalendar, *, now: datetime
) -> CalendarPreview:
    """Show what loading these notices would move, changing nothing."""
    return _previewed(session, calendar, _with_notices(session, notices, calendar), now=now)


def load_notices(
    session: Session,
    notices: Sequence[Notice],
    calendar: WorkingCalendar,
    *,
    now: datetime,
    actor_id: int | None = None,
) -> CalendarPreview:
    """Store notices and compute every deadline they touch again, logging each move with the numbers.

    A notice with the same year, region and number replaces the one there. Loading it twice moves nothing.
    """
    changed = _with_notices(session, notices, calendar)
    for notice in notices:
        store_notice(session, notice, now=now, actor_id=actor_id)
    bump_revision(session)
    params = {"notices": [notice.number for notice in notices]}
    return _settled(
        session,
        calendar,
        changed,
        reason=ChangeReason.notice_loaded,
        now=now,
        actor_id=actor_id,
        params=params,
    )


def preview_removal(
    session: Session, notice: Notice, calendar: WorkingCalendar, *, now: datetime
) -> CalendarPreview:
    """Show what taking a notice out again would move, changing nothing. Raises UnknownNotice."""
    return _previewed(session, calendar, _without_notice(session, notice, calendar), now=now)


def remove_notice(
    session: Session,
    notice: Notice,
    calendar: WorkingCalendar,
    *,
    now: datetime,
    actor_id: int | None = None,
) -> CalendarPreview:
    """Take a notice out again and compute every deadline it touched anew. Raises UnknownNotice.

    A year that loses its only national notice is provisional again.
    """
    changed = _without_notice(session, notice, calendar)
    delete_notice(session, notice.year, notice.region, notice.number)
    bump_revision(session)
    return _settled(
        session,
        calendar,
        changed,
        reason=ChangeReason.notice_removed,
        now=now,
        actor_id=actor_id,
        params={"notices": [notice.number]},
    )


def find_notice(session: Session, year: int, region: str, number: str) -> Notice:
    """Give a notice of the calendar; raises UnknownNotice."""
    for notice in stored_notices(session):
        if (notice.year, notice.region, notice.number) == (year, region, number):
            return notice
    raise UnknownNotice(year, number)


def _without_notice(session: Session, notice: Notice, calendar: WorkingCalendar) -> WorkingCalendar:
    kept = [n for n in stored_notices(session) if n != notice]
    return WorkingCalendar(kept, stored_hours(session), tz=calendar.tz)


def _with_notices(session: Session, notices: Sequence[Notice], calendar: WorkingCalendar) -> WorkingCalendar:
    replaced = {(notice.year, notice.region, notice.number) for notice in notices}
    kept = [n for n in stored_notices(session) if (n.year, n.region, n.number) not in replaced]
    return WorkingCalendar([*kept, *notices], stored_hours(session), tz=calendar.tz)


def list_hours(session: Session) -> list[Hours]:
    """List the office hours: everyone's first, then by department and season."""
    return sorted(
        stored_hours(session), key=lambda rule: (rule.department, rule.season_from, rule.valid_from)
    )


def preview_hours(
    session: Session, rules: Sequence[Hours], calendar: WorkingCalendar, *, now: datetime
) -> CalendarPreview:
    """Show what other office hours would move, changing nothing. Raises BadOfficeHours."""
    return _previewed(session, calendar, _with_hours(session, rules, calendar), now=now, hours=True)


def change_hours(
    session: Session,
    rules: Sequence[Hours],
    calendar: WorkingCalendar,
    *,
    now: datetime,
    actor_id: int | None = None,
) -> CalendarPreview:
    """Replace all office hours and compute the deadlines they touch again. Raises BadOfficeHours."""
    changed = _with_hours(session, rules, calendar)
    store_hours(session, rules)
    bump_revision(session)
    return _settled(
        session,
        calendar,
        changed,
        reason=ChangeReason.hours_changed,
        now=now,
        actor_id=actor_id,
        params={},
        hours=True,
    )


def _with_hours(session: Session, rules: Sequence[Hours], calendar: WorkingCalendar) -> WorkingCalendar:
    if not any(rule.department == "" and not rule.season_from for rule in rules):
        raise BadOfficeHours(problem("no_hours_for_everyone"))
    for rule in rules:
        check_hours(rule)
    return WorkingCalendar(stored_notices(session), rules, tz=calendar.tz)


def changed_days(before: WorkingCalendar, after: WorkingCalendar) -> list[ChangedDay]:
    """Compare two calendars day by day over all years that a notice of either speaks of."""
    years = sorted({notice.year + n for notice in (*before.notices, *after.notices) for n in (-1, 0)})
    found = []
    for year in years:
        for was, becomes in zip(days_of_year(before, year), days_of_year(after, year), strict=True):
            if (was.is_working, was.code) != (becomes.is_working, becomes.code):
                found.append(ChangedDay(was.on, was, becomes))
    return found


def _first_touched(
    before: WorkingCalendar, after: WorkingCalendar, days: Sequence[ChangedDay], now: datetime, *, hours: bool
) -> date | None:
    if hours:
        rules = set(before.hours) ^ set(after.hours)
        return min((rule.valid_from for rule in rules), default=None)
    years = [date(year, 1, 1) for year in before.known_years ^ after.known_years]
    return min([*(day.on for day in days), *years], default=None)


def _previewed(
    session: Session,
    before: WorkingCalendar,
    after: WorkingCalendar,
    *,
    now: datetime,
    hours: bool = False,
) -> CalendarPreview:
    days = changed_days(before, after)
    first = _first_touched(before, after, days, now, hours=hours)
    if first is None:
        return CalendarPreview((), (), 0)
    found = touched_by(session, after, load_policies(session), first=first, now=now)
    return _summed_up(days, (item.move for item in found))


def _settled(
    session: Session,
    before: WorkingCalendar,
    after: WorkingCalendar,
    *,
    reason: ChangeReason,
    now: datetime,
    actor_id: int | None,
    params: dict[str, list[str]],
    hours: bool = False,
) -> CalendarPreview:
    days = changed_days(before, after)
    first = _first_touched(before, after, days, now, hours=hours)
    if first is None:
        return CalendarPreview((), (), 0)
    found = touched_by(session, after, load_policies(session), first=first, now=now)
    moves = settle(session, found, reason=reason, now=now, actor_id=actor_id, params=dict(params))
    return _summed_up(days, moves)


def _summed_up(days: Sequence[ChangedDay], moves: Iterable[DeadlineMove]) -> CalendarPreview:
    touched = tuple(m for m in moves if m.is_moved or m.provisional != m.old_provisional)
    settled = sum(move.old_provisional and not move.provisional for move in touched)
    return CalendarPreview(tuple(days), tuple(m for m in touched if m.is_moved), settled, touched)
