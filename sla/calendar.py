"""The working calendar: which days and hours count, and when a limit falls due."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from functools import lru_cache
from zoneinfo import ZoneInfo

from sqlmodel import Session

from sla.calendar_rows import stored_hours, stored_notices
from sla.course import Course, Pause, merged
from sla.errors import LimitTooLong, NaiveTime, NoSuchDay
from sla.explanation import Explanation, explain
from sla.holidays import Notice, NoticeDay, shipped_notices, statutory_days
from sla.hours import DEFAULT_HOURS, Hours, check_hours, hours_on
from sla.limits import Limit, Unit, add_up, as_limit, parse_limit
from sla.models import DayKind
from sla.revisions import kept
from sla.timeline import LATEST, SECOND, Timeline, WorkingDay, instant, ticks

SHANGHAI = ZoneInfo("Asia/Shanghai")
FURTHEST_YEARS = 400
WIDEST_YEARS = 1000
REMEMBERED = 20_000


@dataclass(frozen=True, slots=True)
class DayInfo:
    """What a day is; `code`: weekday, weekend, holiday, make_up_day, half_day, statutory_day (foreseen)."""

    on: date
    is_working: bool
    code: str
    name: str = ""
    name_en: str = ""
    notice: Notice | None = None
    provisional: bool = False


class WorkingCalendar:
    """Days off, make-up working days and office hours of one deployment; never changes once built.

    Rules are evaluated in `tz`. A year without a national notice is provisional: weekends and the days
    fixed by law are taken as off, and whatever reaches into it says so (service-levels.md, Working time).
    """

    def __init__(
        self, notices: Iterable[Notice], hours: Iterable[Hours] = (), *, tz: ZoneInfo = SHANGHAI
    ) -> None:
        self.tz = tz
        self.notices = tuple(sorted(notices, key=lambda n: (bool(n.region), n.issued_on, n.number)))
        self.hours = tuple(hours) or (DEFAULT_HOURS,)
        for rule in self.hours:
            check_hours(rule)
        self.known_years = frozenset(notice.year for notice in self.notices if not notice.region)
        # Later documents override earlier ones, local ones the national:
        # 国办发明电〔2020〕1号 undid a make-up day.
        self._marks: dict[date, tuple[NoticeDay, Notice]] = {
            day.on: (day, notice) for notice in self.notices for day in notice.days
        }
        self._own_hours = frozenset(rule.department for rule in self.hours)
        self._foreseen: dict[int, dict[date, NoticeDay]] = {}
        self._years: dict[tuple[str, int], list[WorkingDay]] = {}
        self._lines: dict[str, Timeline] = {}
        self._day_zero = _day_zero(tz)
        self._due_by_day: dict[tuple[str, str], dict[int, datetime]] = {}
        self._courses: dict[tuple[date, Limit, str], Course] = {}

    def day(self, on: date) -> DayInfo:
        """Say what a day is and by which notice."""
        mark = self._marks.get(on)
        if mark is not None:
            day, notice = mark
            working = day.kind is not DayKind.holiday
            code = "make_up_day" if day.kind is DayKind.workday else day.kind.value
            return DayInfo(on, working, code, day.name, day.name_en, notice)
        provisional = on.year not in self.known_years
        if provisional and (law := self._statutory(on.year).get(on)) is not None:
            return DayInfo(on, False, "statutory_day", law.name, law.name_en, provisional=True)
        working = on.weekday() < 5
        return DayInfo(on, working, "weekday" if working else "weekend", provisional=provisional)

    def is_working_day(self, on: date) -> bool:
        """Tell whether offices open on a day, half days included."""
        return self.day(on).is_working

    def openings(self, on: date, department: str = "") -> list[tuple[datetime, datetime]]:
        """Give the opening periods of a day in local time; empty on a day off."""
        info = self.day(on)
        if not info.is_working:
            return []
        periods = hours_on(self.hours, on, department).periods
        if info.code == DayKind.half_day.value:
            periods = periods[:1]
        return [
            (datetime.combine(on, opens, self.tz), datetime.combine(on, closes, self.tz))
            for opens, closes in periods
        ]

    def due(
        self,
        start_at: datetime,
        limit: Limit | str,
        pauses: Sequence[Pause] = (),
        *,
        extensions: Sequence[Limit | str] = (),
        department: str = "",
    ) -> datetime:
        """Compute the last instant at which a limit is still kept; due exactly now is not overdue.

        Nwd: the day of receipt is not counted and the limit ends when offices close on the Nth working day
        after it. Nwh, Nwmin: open time from receipt or the next opening. Nh, Nmin: elapsed time. Nd, Nmo:
        the day of receipt is not counted, the limit ends at closing time of the last day, and of the next
        working day if that is a day off (民法典 §201–203). A pause moves the end by the working time it
        covers (by the elapsed time for h and min; for d and mo likewise, then to the next closing time);
        overlapping pauses count once. Returns UTC. Raises NaiveTime, BadLimit, BadPause, LimitTooLong.
        """
        chosen = limit if isinstance(limit, Limit) else parse_limit(limit)
        if not pauses and not extensions and not chosen.from_opening and start_at.tzinfo is not None:
            quick = self._quick(start_at, chosen, department)
            if quick is not None:
                return quick
        return self.course(start_at, chosen, pauses, extensions=extensions, department=department).due_at

    def _quick(self, start_at: datetime, limit: Limit, department: str) -> datetime | None:
        """Look up what is known already, or search what is laid out already; None if more is needed."""
        if not limit.counts_days:
            if not limit.is_working_time:
                return None
            line = self._lines.get(department if department in self._own_hours else "")
            return line.later(start_at, limit.seconds * SECOND) if line is not None else None
        if self._day_zero is None:
            return None
        number = (start_at - self._day_zero).days
        known = self._due_by_day.get((limit.text, department))
        if known is None:
            known = self._due_by_day[limit.text, department] = {}
        due_at = known.get(number)
        if due_at is None and number >= 0:
            if len(known) >= REMEMBERED:
                known.clear()
            due_at = known[number] = self.course(start_at, limit, department=department).due_at
        return due_at

    def course(
        self,
        start_at: datetime,
        limit: Limit | str,
        pauses: Sequence[Pause] = (),
        *,
        extensions: Sequence[Limit | str] = (),
        department: str = "",
    ) -> Course:
        """Compute a whole deadline: when it falls due, and when any percentage of its time is used up."""
        if start_at.tzinfo is None:
            raise NaiveTime(start_at)
        chain = [as_limit(limit)]
        if extensions:
            chain = add_up([*chain, *map(as_limit, extensions)])
        try:
            course = self._course(start_at, chain[0], pauses, department)
            for more in chain[1:]:
                later = self._course(course.due_at, more, pauses, department)
                course = course.followed_by(later, start_at)
        except OverflowError as error:
            raise LimitTooLong(start_at, str(chain[0])) from error
        if course.due is None or course.due > LATEST:
            raise LimitTooLong(start_at, str(chain[0]))
        return course

    def explain(
        self,
        start_at: datetime,
        limit: Limit | str,
        pauses: Sequence[Pause] = (),
        *,
        extensions: Sequence[Limit | str] = (),
        department: str = "",
    ) -> Explanation:
        """Show each day from receipt to the due day: counted or not, and why."""
        course = self.course(start_at, limit, pauses, extensions=extensions, department=department)
        return explain(
            self, course, start_at, as_limit(limit), tuple(map(as_limit, extensions)), pauses, department
        )

    def working_time(self, start_at: datetime, end_at: datetime, department: str = "") -> timedelta:
        """Measure the open time between two instants; negative if the second comes first."""
        if end_at < start_at:
            return -self.working_time(end_at, start_at, department)
        line = self._line(department, start_at.year - 1, end_at.year + 1)
        return timedelta(microseconds=line.worked(ticks(end_at)) - line.worked(ticks(start_at)))

    def next_opening(self, at: datetime, department: str = "") -> datetime:
        """Give the instant itself while offices are open, otherwise when they open next."""
        year = at.astimezone(self.tz).year
        return instant(self._found(at, "opening", year, department, lambda line: line.opening(ticks(at))))

    def working_days_between(self, first: date, last: date) -> int:
        """Count the working days after the first day up to and including the last."""
        return sum(self.is_working_day(first + timedelta(days=n)) for n in range(1, (last - first).days + 1))

    def is_provisional(self, first: date, last: date) -> bool:
        """Tell whether a span touches a year whose notice is not known."""
        if first.year == last.year:
            return first.year not in self.known_years
        return any(year not in self.known_years for year in range(first.year, last.year + 1))

    def _course(self, start_at: datetime, limit: Limit, pauses: Sequence[Pause], department: str) -> Course:
        begins = self.next_opening(start_at, department) if limit.from_opening else start_at
        if limit.counts_days:
            return self._whole_days(begins, limit, pauses, department)
        if limit.is_working_time:
            return self._working_hours(begins, limit, pauses, department)
        begin = ticks(begins)
        return Course(None, begin, begin + limit.seconds * SECOND, merged(pauses, begin))

    def _whole_days(self, begins: datetime, limit: Limit, pauses: Sequence[Pause], department: str) -> Course:
        """Compute a limit in days, which is the same for all that arrives on one day unless it is paused."""
        received_on = begins.astimezone(self.tz).date()
        compute = self._working_days if limit.unit is Unit.working_days else self._calendar_days
        if pauses:
            return compute(begins, received_on, limit, pauses, department)
        key = (received_on, limit, department)
        course = self._courses.get(key)
        if course is None:
            if len(self._courses) >= REMEMBERED:
                self._courses.clear()
            course = self._courses[key] = compute(begins, received_on, limit, (), department)
        return course

    def _working_days(
        self, begins: datetime, received_on: date, limit: Limit, pauses: Sequence[Pause], department: str
    ) -> Course:
        ordinal, year = received_on.toordinal(), received_on.year
        midnight = self._midnight_after(received_on)
        line, base = self._line_with(
            begins, str(limit), year, department, lambda line: line.closing_after(ordinal, limit.amount)
        )
        return self._settled(begins, line, midnight, base, merged(pauses, midnight), department, year)

    def _working_hours(
        self, begins: datetime, limit: Limit, pauses: Sequence[Pause], department: str
    ) -> Course:
        begin, year = ticks(begins), begins.astimezone(self.tz).year
        amount = limit.seconds * SECOND
        line, base = self._line_with(
            begins, str(limit), year, department, lambda line: line.at(line.worked(begin) + amount)
        )
        return self._settled(begins, line, begin, base, merged(pauses, begin), department, year)

    def _settled(
        self,
        start_at: datetime,
        line: Timeline,
        begin: int,
        base: int,
        spans: list[tuple[int, int]],
        department: str,
        year: int,
    ) -> Course:
        """Make the course of a limit in working time, laying out more years if pauses push it beyond them."""
        while True:
            course = Course(line, begin, base, spans)
            if course.due is not None:
                break
            if line.last_year >= min(year + FURTHEST_YEARS, 9998):
                raise LimitTooLong(start_at, "the paused limit")
            line = self._line(department, line.first_year, min(line.last_year * 2 - year + 2, 9998))
        last = instant(course.due).astimezone(self.tz).date()
        course.provisional = self.is_provisional(start_at.astimezone(self.tz).date(), last)
        return course

    def _calendar_days(
        self, begins: datetime, start_on: date, limit: Limit, pauses: Sequence[Pause], department: str
    ) -> Course:
        last = (
            months_later(start_on, limit.amount)
            if limit.unit is Unit.months
            else start_on + timedelta(limit.amount)
        )
        closing = self.openings(last, department)
        end = closing[-1][1] if closing else self._nominal_closing(last, department)
        midnight = self._midnight_after(start_on)
        course = Course(None, midnight, ticks(end), merged(pauses, midnight))
        ended = course.due or 0
        ended_on = instant(ended).astimezone(self.tz).date()
        course.due = self._found(
            begins, str(limit), ended_on.year, department, lambda line: line.closing_from(ended)
        )
        due_on = course.due_at.astimezone(self.tz).date()
        course.rolled_from = ended_on if due_on > ended_on else None
        course.provisional = self.is_provisional(min(last, ended_on), due_on)
        return course

    def _nominal_closing(self, on: date, department: str) -> datetime:
        return datetime.combine(on, hours_on(self.hours, on, department).periods[-1][1], self.tz)

    def _midnight_after(self, on: date) -> int:
        following = on + timedelta(days=1)
        return ticks(datetime(following.year, following.month, following.day, tzinfo=self.tz))

    def _found(
        self, at: datetime, what: str, year: int, department: str, search: Callable[[Timeline], int | None]
    ) -> int:
        return self._line_with(at, what, year, department, search)[1]

    def _line_with(
        self, at: datetime, what: str, year: int, department: str, search: Callable[[Timeline], int | None]
    ) -> tuple[Timeline, int]:
        """Search ahead, laying out twice as many years each time the end is reached."""
        ahead = 1
        while True:
            line = self._line(department, year - 1, min(year + ahead, 9998))
            found = search(line)
            if found is not None:
                return line, found
            if ahead >= FURTHEST_YEARS or year + ahead >= 9998:
                raise LimitTooLong(at, what)
            ahead = max(ahead * 2, line.last_year - year + 1)

    def _line(self, department: str, first_year: int, last_year: int) -> Timeline:
        if department not in self._own_hours:
            department = ""
        line = self._lines.get(department)
        if line is not None and line.first_year <= first_year and line.last_year >= last_year:
            return line
        if first_year < 1:
            raise NoSuchDay(date(1, 1, 1))
        if line is not None and last_year - line.first_year < WIDEST_YEARS > line.last_year - first_year:
            first_year, last_year = min(first_year, line.first_year), max(last_year, line.last_year)
        # Two threads may lay out the same years; the last one wins and both are right.
        laid = Timeline(first_year, last_year, self._working(department, first_year, last_year))
        self._lines[department] = laid
        return laid

    def _working(self, department: str, first_year: int, last_year: int) -> Iterator[WorkingDay]:
        for year in range(first_year, last_year + 1):
            key = (department, year)
            if key not in self._years:
                self._years[key] = list(self._working_in(department, year))
            yield from self._years[key]

    def _working_in(self, department: str, year: int) -> Iterator[WorkingDay]:
        on = date(year, 1, 1)
        while on.year == year:
            openings = tuple((ticks(opens), ticks(closes)) for opens, closes in self.openings(on, department))
            # A spring-forward gap can swallow a period; one that does not run forward does not exist.
            openings = tuple(pair for pair in openings if pair[0] < pair[1])
            if openings:
                yield WorkingDay(on.toordinal(), openings)
            on += timedelta(days=1)

    def _statutory(self, year: int) -> dict[date, NoticeDay]:
        if year not in self._foreseen:
            self._foreseen[year] = {day.on: day for day in statutory_days(year)}
        return self._foreseen[year]


@lru_cache(maxsize=8)
def _day_zero(tz: ZoneInfo) -> datetime | None:
    """Give the beginning of 1992 if the zone has kept one offset since then, as Shanghai has; else None.

    Days can then be counted without asking the zone each time.
    """
    offsets = {
        datetime(year, month, 1, tzinfo=tz).utcoffset()
        for year in range(1992, 2101)
        for month in range(1, 13)
    }
    offset = offsets.pop()
    return None if offsets or offset is None else datetime(1992, 1, 1, tzinfo=timezone(offset))


def months_later(on: date, months: int) -> date:
    """Give the same day of a later month, or its last day if it has no such day (民法典 §202)."""
    count = on.year * 12 + on.month - 1 + months
    if count >= 9999 * 12:
        raise OverflowError
    first_of_next = date((count + 1) // 12, (count + 1) % 12 + 1, 1)
    last = first_of_next - timedelta(days=1)
    return last.replace(day=min(on.day, last.day))


def shipped_calendar(*, tz: ZoneInfo = SHANGHAI, hours: Iterable[Hours] = ()) -> WorkingCalendar:
    """Build a calendar from the notices that come with the program, without a database."""
    return WorkingCalendar(shipped_notices(), hours, tz=tz)


def load_calendar(session: Session, *, tz: ZoneInfo = SHANGHAI) -> WorkingCalendar:
    """Build the calendar of this deployment from its notices and office hours, once in a session.

    Reading a few hundred rows takes some milliseconds: to keep it for longer, compare `sla.revisions.sla_revision`.
    """
    return kept(
        session,
        ("calendar", tz),
        lambda: WorkingCalendar(stored_notices(session), stored_hours(session), tz=tz),
    )
