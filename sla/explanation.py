"""Why a deadline falls due when it does: every day from receipt to the end, counted or skipped."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sla.course import Course, Pause
from sla.limits import Limit

if TYPE_CHECKING:
    from sla.calendar import DayInfo, WorkingCalendar


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason as a code with its parameters; whoever shows it finds the words."""

    code: str
    params: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Day:
    """One day of a deadline.

    `seconds` is how much of it counted towards a limit in hours or minutes, `paused_seconds` the open time
    (elapsed time for calendar units) that pauses took away; `openings` are local times, the gap between
    them is lunch.
    """

    date: date
    counted: bool
    reason: Reason
    openings: tuple[tuple[datetime, datetime], ...] = ()
    seconds: int = 0
    paused_seconds: int = 0
    pauses: tuple[Pause, ...] = ()
    provisional: bool = False


@dataclass(frozen=True, slots=True)
class Explanation:
    """A due instant (UTC) with the days that lead to it."""

    start_at: datetime
    limit: Limit
    extensions: tuple[Limit, ...]
    due: datetime
    provisional: bool
    days: tuple[Day, ...]

    @property
    def counted_days(self) -> int:
        """Count the days that count."""
        return sum(day.counted for day in self.days)


def explain(
    calendar: "WorkingCalendar",
    course: Course,
    start_at: datetime,
    limit: Limit,
    extensions: tuple[Limit, ...],
    pauses: Sequence[Pause],
    department: str,
) -> Explanation:
    """Lay out the days of a computed course; it decides nothing, it only shows what counted."""
    teller = _Teller(calendar, course, start_at, limit, pauses, department)
    first, last = start_at.astimezone(calendar.tz).date(), course.due_at.astimezone(calendar.tz).date()
    days = tuple(teller.day(first + timedelta(days=n)) for n in range((last - first).days + 1))
    return Explanation(start_at, limit, extensions, course.due_at, course.provisional, days)


class _Teller:
    def __init__(
        self,
        calendar: "WorkingCalendar",
        course: Course,
        start_at: datetime,
        limit: Limit,
        pauses: Sequence[Pause],
        department: str,
    ) -> None:
        self._calendar = calendar
        self._limit = limit
        self._pauses = pauses
        self._department = department
        begins = calendar.next_opening(start_at, department) if limit.from_opening else start_at
        self._begins = begins
        self._received_on = begins.astimezone(calendar.tz).date()
        self._due_at = course.due_at
        self._rolled_from = course.rolled_from

    def day(self, on: date) -> Day:
        calendar = self._calendar
        info = calendar.day(on)
        openings = tuple(calendar.openings(on, self._department))
        spans = self._counting_spans(on, openings)
        pauses = tuple(
            pause for pause in self._pauses if _overlap([(pause.started_at, pause.ended_at)], spans)
        )
        whole = sum((last - first).total_seconds() for first, last in spans)
        paused = _overlap(_union(pauses), spans).total_seconds()
        counted = whole > paused and not self._is_rolled(on)
        return Day(
            date=on,
            counted=counted,
            reason=self._reason(on, counted, whole > 0, pauses),
            openings=openings,
            seconds=int(whole - paused) if counted else 0,
            paused_seconds=int(paused),
            pauses=pauses,
            provisional=info.provisional,
        )

    def _is_rolled(self, on: date) -> bool:
        return self._rolled_from is not None and on > self._rolled_from

    def _counting_spans(
        self, on: date, openings: tuple[tuple[datetime, datetime], ...]
    ) -> list[tuple[datetime, datetime]]:
        """Give the parts of a day between the beginning of the clock and its end."""
        calendar = self._calendar
        if self._limit.is_working_time:
            spans = list(openings)
        else:
            midnight = datetime.combine(on, datetime.min.time(), calendar.tz)
            spans = [(midnight, datetime.combine(on + timedelta(days=1), datetime.min.time(), calendar.tz))]
        begins = self._begins
        if self._limit.counts_days and on <= self._received_on:
            return []
        clipped = [(max(first, begins), min(last, self._due_at)) for first, last in spans]
        return [(first, last) for first, last in clipped if first < last]

    def _reason(self, on: date, counted: bool, has_time: bool, pauses: tuple[Pause, ...]) -> Reason:
        info = self._calendar.day(on)
        if self._limit.counts_days and on <= self._received_on:
            return Reason("before_opening" if on < self._received_on else "received")
        if self._is_rolled(on):
            return Reason("rolled", _named(info))
        if has_time and not counted:
            return Reason("paused", {"by": [p.actor for p in pauses], "why": [p.reason for p in pauses]})
        params = _named(info)
        if counted and not self._limit.is_working_time:
            return Reason("calendar_day", {} if info.is_working else params)
        if info.is_working and not has_time:
            return Reason("outside_hours", params)
        return Reason(info.code, params)


def _named(info: "DayInfo") -> dict[str, Any]:
    """Give the name of a day and the notice that made it what it is."""
    params: dict[str, Any] = {}
    if info.name:
        params = {"name": info.name, "name_en": info.name_en}
    if info.notice is not None:
        params |= {"notice": info.notice.number, "region": info.notice.region}
    return params


def _union(pauses: Sequence[Pause]) -> list[tuple[datetime, datetime]]:
    joined: list[tuple[datetime, datetime]] = []
    for pause in sorted(pauses, key=lambda pause: pause.started_at):
        if joined and pause.started_at <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], pause.ended_at))
        else:
            joined.append((pause.started_at, pause.ended_at))
    return joined


def _overlap(
    ours: Sequence[tuple[datetime, datetime]], theirs: Sequence[tuple[datetime, datetime]]
) -> timedelta:
    total = timedelta()
    for first, last in ours:
        for begins, ends in theirs:
            total += max(min(last, ends) - max(first, begins), timedelta())
    return total
