"""The course of one deadline: where it begins, what interrupts it, when each part of it is used up."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sla.errors import BadPause, NaiveTime
from sla.timeline import Timeline, instant, ticks


@dataclass(frozen=True, slots=True)
class Pause:
    """A span in which a clock stands still, with who stopped it and why for the explanation."""

    started_at: datetime
    ended_at: datetime
    reason: str = ""
    actor: str = ""


def merged(pauses: Sequence[Pause], begin: int) -> list[tuple[int, int]]:
    """Join pauses into spans that do not overlap, cut off before the clock begins, in ticks."""
    if not pauses:
        return []
    spans: list[tuple[int, int]] = []
    for pause in pauses:
        for at in (pause.started_at, pause.ended_at):
            if at.tzinfo is None:
                raise NaiveTime(at)
        if pause.ended_at < pause.started_at:
            msg = f"A pause cannot end at {pause.ended_at} before it begins at {pause.started_at}."
            raise BadPause(msg)
        spans.append((ticks(pause.started_at), ticks(pause.ended_at)))
    joined: list[tuple[int, int]] = []
    for first, last in sorted(spans):
        first, last = max(first, begin), max(last, begin)
        if joined and first <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(last, joined[-1][1]))
        else:
            joined.append((first, last))
    return joined


class Course:
    """A limit applied to a start: `due_at`, and the instant at which any percentage is used up.

    With a timeline, time is open time on it; without one, it is elapsed time. `rolled_from` is the last day
    of a limit in calendar days that ended on a day off and so ends on the next working day.
    """

    __slots__ = ("_base", "_begin", "_line", "_spans", "due", "provisional", "rolled_from")

    def __init__(
        self,
        line: Timeline | None,
        begin: int,
        base: int,
        spans: list[tuple[int, int]],
        *,
        provisional: bool = False,
    ) -> None:
        self.provisional = provisional
        self.rolled_from: date | None = None
        self._line = line
        self._spans = spans
        self._begin = begin if line is None else line.worked(begin)
        self._base = base if line is None else line.worked(base)
        self.due: int | None = base if not spans else self._after_pauses(self._base)

    @property
    def due_at(self) -> datetime:
        """Give the last instant at which the limit is kept, in UTC."""
        if self.due is None:  # pragma: no cover - the calendar lays out enough years first
            raise OverflowError
        return instant(self.due)

    def used_up_at(self, percent: int) -> datetime:
        """Give the instant at which a percentage of the limit is used up, pauses left out."""
        if percent >= 100:
            return self.due_at
        part = self._begin + (self._base - self._begin) * percent // 100
        found = self._after_pauses(part)
        return self.due_at if found is None else min(instant(found), self.due_at)

    def followed_by(self, later: "Course", start_at: datetime) -> "Course":
        """Join a course in one unit with its extension in another; percentages are then of elapsed time."""
        either = self.provisional or later.provisional
        joined = Course(None, ticks(start_at), later.due or 0, [], provisional=either)
        joined.rolled_from = later.rolled_from
        return joined

    def _after_pauses(self, target: int) -> int | None:
        """Find when the measure reaches the target if paused spans are left out.

        A pause that begins exactly when the target is reached changes nothing: the deadline was due by then.
        """
        line = self._line
        for first, last in self._spans:
            start = first if line is None else line.worked(first)
            if start >= target:
                break
            target += last - first if line is None else line.worked(last) - start
        return target if line is None else line.at(target)
