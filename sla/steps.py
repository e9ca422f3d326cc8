"""The steps of one deadline in order: warnings, steps after the start, the breach, escalations after it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sla.calendar import WorkingCalendar
from sla.course import Course
from sla.models import FactKind
from sla.policy import Steps

# Due exactly now is not overdue (service-levels.md, Definitions), so the breach is the instant after.
AFTER_DUE = timedelta(microseconds=1)
_ORDER = {FactKind.warned: 0, FactKind.breached: 1, FactKind.escalated: 2, FactKind.resumed: 3}


@dataclass(frozen=True, slots=True)
class Step:
    """Something the sweep marks at an instant."""

    kind: FactKind
    name: str
    at: datetime
    percent: int | None = None

    @property
    def key(self) -> str:
        """Name the step in one word, unique within a deadline."""
        return f"{self.kind.value}:{self.name}"


def steps_of(
    calendar: WorkingCalendar, course: Course, steps: Steps, *, start_at: datetime, department: str = ""
) -> list[Step]:
    """Give all steps of a deadline, earliest first; two at the same instant in the order of their kind."""
    due_at = course.due_at
    found = [Step(FactKind.warned, str(n), course.used_up_at(n), n) for n in steps.warn]
    found.append(Step(FactKind.breached, "due", due_at + AFTER_DUE))
    found += [
        Step(FactKind.escalated, name, calendar.due(start_at, limit, department=department))
        for name, limit in steps.at
    ]
    found += [
        Step(FactKind.escalated, name, calendar.due(due_at, limit, department=department) + AFTER_DUE)
        for name, limit in steps.after
    ]
    return sorted(found, key=lambda step: (step.at, _ORDER[step.kind], step.percent or 0))


def first_step(
    calendar: WorkingCalendar, course: Course, steps: Steps, *, start_at: datetime, department: str = ""
) -> Step:
    """Give the earliest step without working out the others, as each new deadline needs it."""
    if steps.at or not steps.warn:
        return steps_of(calendar, course, steps, start_at=start_at, department=department)[0]
    percent = min(steps.warn)
    return Step(FactKind.warned, str(percent), course.used_up_at(percent), percent)


def next_of(steps: Sequence[Step], done: frozenset[str]) -> Step | None:
    """Give the earliest step that has not happened yet."""
    return next((step for step in steps if step.key not in done), None)
