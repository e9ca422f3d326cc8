"""A slow second opinion on due instants, written day by day and sharing no code with `sla`.

Working days come from the chinesecalendar package, hours are written out again, time is walked through minute
spans in naive local time (Asia/Shanghai has had no daylight saving time since 1991).
"""

from calendar import monthrange
from datetime import date, datetime, time, timedelta

import chinese_calendar

OPENINGS = ((time(8, 30), time(12, 0)), (time(14, 0), time(17, 30)))
Span = tuple[datetime, datetime]


def working(on: date) -> bool:
    return bool(chinese_calendar.is_workday(on))


def closing(on: date) -> datetime:
    return datetime.combine(on, OPENINGS[-1][1])


def paused_at(at: datetime, pauses: list[Span]) -> datetime | None:
    """The end of a pause that covers this instant, if there is one."""
    ends = [last for first, last in pauses if first <= at < last]
    return max(ends) if ends else None


def spans_of(on: date, *, open_only: bool) -> list[Span]:
    if not open_only:
        return [(datetime.combine(on, time()), datetime.combine(on + timedelta(days=1), time()))]
    if not working(on):
        return []
    return [(datetime.combine(on, opens), datetime.combine(on, closes)) for opens, closes in OPENINGS]


def walk(start: datetime, amount: timedelta, pauses: list[Span], *, open_only: bool) -> datetime:
    """Use up an amount of time day by day, jumping over closed and paused time."""
    left = amount
    on = start.date()
    while True:
        for first, last in spans_of(on, open_only=open_only):
            now = max(first, start)
            while now < last:
                until = paused_at(now, pauses)
                if until is not None:
                    now = until
                    continue
                stop = min([last, *(begin for begin, _ in pauses if begin > now)])
                if now + left <= stop:
                    return now + left
                left -= stop - now
                now = stop
        on += timedelta(days=1)


def open_time(first: date, last: date) -> timedelta:
    """All open time of the days after the first up to and including the last."""
    total = timedelta()
    on = first + timedelta(days=1)
    while on <= last:
        for opens, closes in spans_of(on, open_only=True):
            total += closes - opens
        on += timedelta(days=1)
    return total


def nth_working_day(after: date, count: int) -> date:
    on = after
    while count:
        on += timedelta(days=1)
        count -= working(on)
    return on


def add_months(on: date, months: int) -> date:
    year, month = on.year, on.month
    for _ in range(months):
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    return date(year, month, min(on.day, monthrange(year, month)[1]))


def due(start: datetime, amount: int, unit: str, pauses: list[Span]) -> datetime:
    """When a limit falls due, in naive Shanghai time."""
    midnight = datetime.combine(start.date() + timedelta(days=1), time())
    if unit == "wd":
        last = nth_working_day(start.date(), amount)
        return walk(midnight, open_time(start.date(), last), pauses, open_only=True)
    if unit in {"wh", "wmin"}:
        return walk(
            start, timedelta(**{"hours" if unit == "wh" else "minutes": amount}), pauses, open_only=True
        )
    if unit in {"h", "min"}:
        return walk(
            start, timedelta(**{"hours" if unit == "h" else "minutes": amount}), pauses, open_only=False
        )
    last = start.date() + timedelta(days=amount) if unit == "d" else add_months(start.date(), amount)
    end = walk(midnight, closing(last) - midnight, pauses, open_only=False)
    on = end.date()
    while not working(on) or closing(on) < end:
        on += timedelta(days=1)
    return closing(on)
