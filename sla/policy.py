"""One time-limit policy and the plain facts it looks at."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from sla.limits import Limit
from sla.models import Clock

WARN_AT = (50, 80)


@dataclass(frozen=True, slots=True)
class Facts:
    """What a policy may look at, as plain words: this folder does not know what a message is."""

    kind: str
    tags: frozenset[str] = frozenset()
    topic: str | None = None
    channel: str | None = None
    department: str | None = None
    departments: int = 1
    answered_by_kb: bool = False


@dataclass(frozen=True, slots=True)
class Condition:
    """All parts given must hold: one of the words each, any of the tags; an empty one always holds."""

    kinds: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    topics: frozenset[str] = frozenset()
    channels: frozenset[str] = frozenset()
    departments: frozenset[str] = frozenset()
    departments_at_least: int = 1
    answered_by_kb: bool | None = None

    def holds(self, facts: Facts) -> bool:
        """Tell whether the facts of a case meet this condition."""
        return (
            (not self.kinds or facts.kind in self.kinds)
            and (not self.tags or not self.tags.isdisjoint(facts.tags))
            and (not self.topics or facts.topic in self.topics)
            and (not self.channels or facts.channel in self.channels)
            and (not self.departments or facts.department in self.departments)
            and facts.departments >= self.departments_at_least
            and (self.answered_by_kb is None or facts.answered_by_kb is self.answered_by_kb)
        )

    def can_meet(self, other: "Condition") -> bool:
        """Tell whether one case could meet both; a case has one kind but any number of tags."""
        pairs = (
            (self.kinds, other.kinds),
            (self.topics, other.topics),
            (self.channels, other.channels),
            (self.departments, other.departments),
        )
        if any(mine and theirs and mine.isdisjoint(theirs) for mine, theirs in pairs):
            return False
        return (
            None in {self.answered_by_kb, other.answered_by_kb} or self.answered_by_kb == other.answered_by_kb
        )


@dataclass(frozen=True, slots=True)
class Steps:
    """What the sweep marks: percentages of the limit, steps some time after the start and after due."""

    warn: tuple[int, ...] = WARN_AT
    at: tuple[tuple[str, Limit], ...] = ()
    after: tuple[tuple[str, Limit], ...] = ()


@dataclass(frozen=True, slots=True)
class Policy:
    """One version of a policy. `rank` decides between several that hold; the higher one wins."""

    code: str
    name: str
    rank: int
    conditions: tuple[Condition, ...]
    limits: Mapping[Clock, Limit]
    extension: Limit | None = None
    name_en: str = ""
    version: int = 1
    id: int | None = None
    effective_on: date = date.min
    steps: Mapping[str, Steps] = field(default_factory=dict)
    basis: Mapping[str, str] = field(default_factory=dict)

    @property
    def warn_at(self) -> tuple[float, ...]:
        """Give the shares of the time limit at which officers are warned, 0 to 1."""
        return tuple(percent / 100 for percent in self.steps_of(Clock.resolve).warn)

    def steps_of(self, clock: Clock) -> Steps:
        """Give the steps of one clock, or those for all clocks."""
        return self.steps.get(clock.value) or self.steps.get("default") or Steps()

    def holds(self, facts: Facts) -> bool:
        """Tell whether any of the conditions holds."""
        return any(condition.holds(facts) for condition in self.conditions)

    def can_tie(self, other: "Policy") -> bool:
        """Tell whether one case could fall under both with neither before the other."""
        return self.rank == other.rank and any(
            mine.can_meet(theirs) for mine in self.conditions for theirs in other.conditions
        )
