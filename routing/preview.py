"""What a change of the catalogue would have done to messages that have already come: moved from where to where."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from routing.catalogue import Catalogue
from routing.decision import RoutingFacts, decide


@dataclass(frozen=True, slots=True)
class Move:
    """Messages that would go elsewhere; None stands for the triage desk. `cases` are (id, title)."""

    from_id: int | None
    to_id: int | None
    cases: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """How many messages were looked at and which would have gone elsewhere, the largest group first."""

    looked_at: int
    moves: tuple[Move, ...]

    @property
    def moved(self) -> int:
        """Return how many would have gone elsewhere."""
        return sum(len(move.cases) for move in self.moves)


def compare(
    before: Catalogue, after: Catalogue, messages: Iterable[tuple[int, str, RoutingFacts]]
) -> Preview:
    """Decide each (case id, title, facts) with both catalogues."""
    moved: dict[tuple[int | None, int | None], list[tuple[int, str]]] = defaultdict(list)
    looked_at = 0
    for case_id, title, facts in messages:
        looked_at += 1
        then, now = decide(before, facts).department_id, decide(after, facts).department_id
        if then != now:
            moved[then, now].append((case_id, title))
    ordered = sorted(moved.items(), key=lambda item: -len(item[1]))
    return Preview(looked_at, tuple(Move(*ends, tuple(cases)) for ends, cases in ordered))
