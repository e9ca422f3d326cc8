"""Opening hours laid out as sorted numbers, so that adding working time is two binary searches."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
SECOND = 1_000_000
LATEST = (datetime(9999, 1, 1, tzinfo=UTC) - EPOCH) // MICROSECOND


def ticks(at: datetime) -> int:
    """Count the microseconds since 1970 in UTC, exactly."""
    return (at - EPOCH) // MICROSECOND


def instant(count: int) -> datetime:
    """Turn microseconds since 1970 back into an aware datetime in UTC."""
    return EPOCH + timedelta(microseconds=count)


@dataclass(frozen=True, slots=True)
class WorkingDay:
    """A working day by its ordinal and its openings in ticks."""

    ordinal: int
    openings: tuple[tuple[int, int], ...]


class Timeline:
    """Working time of one department over a span of years.

    `worked(t)` is the open time from the beginning up to t; `at(worked)` is the first instant at which so
    much has passed, which is the closing time and not the next opening when both would do.
    """

    __slots__ = ("_before", "_ends", "_starts", "closes", "first_year", "last_year", "ordinals", "total")

    def __init__(self, first_year: int, last_year: int, days: Iterable[WorkingDay]) -> None:
        self.first_year = first_year
        self.last_year = last_year
        self.ordinals: list[int] = []
        self.closes: list[int] = []
        self._starts: list[int] = []
        self._ends: list[int] = []
        self._before: list[int] = []
        total = 0
        for day in days:
            self.ordinals.append(day.ordinal)
            self.closes.append(day.openings[-1][1])
            for opens, closes in day.openings:
                self._starts.append(opens)
                self._ends.append(closes)
                self._before.append(total)
                total += closes - opens
        self.total = total

    def worked(self, at: int) -> int:
        """Give the open time before an instant."""
        i = bisect_right(self._starts, at) - 1
        if i < 0:
            return 0
        return self._before[i] + min(at, self._ends[i]) - self._starts[i]

    def at(self, worked: int) -> int | None:
        """Give the first instant by which so much open time has passed; None beyond the last year."""
        if worked > self.total:
            return None
        i = max(bisect_left(self._before, worked) - 1, 0)
        return self._starts[i] + worked - self._before[i]

    def later(self, start_at: datetime, amount: int) -> datetime | None:
        """Give the first instant by which so much open time has passed since another; None if not laid out."""
        at = (start_at - EPOCH) // MICROSECOND
        i = bisect_right(self._starts, at) - 1
        if i < 0:
            return None
        target = self._before[i] + min(at, self._ends[i]) - self._starts[i] + amount
        if target > self.total:
            return None
        i = bisect_left(self._before, target) - 1
        return EPOCH + timedelta(microseconds=self._starts[i] + target - self._before[i])

    def opening(self, at: int) -> int | None:
        """Give the instant itself while offices are open, otherwise their next opening.

        The closing instant counts as closed: nothing can be handled in no time at all.
        """
        i = bisect_right(self._starts, at) - 1
        if i >= 0 and at < self._ends[i]:
            return at
        return self._starts[i + 1] if i + 1 < len(self._starts) else None

    def closing_after(self, ordinal: int, count: int) -> int | None:
        """Give the closing time of the count-th working day after a day, which need not be a working day."""
        i = bisect_right(self.ordinals, ordinal) + count - 1
        return self.closes[i] if i < len(self.closes) else None

    def closing_from(self, at: int) -> int | None:
        """Give the first closing time of a working day at or after an instant."""
        i = bisect_left(self.closes, at)
        return self.closes[i] if i < len(self.closes) else None
