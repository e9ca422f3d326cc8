"""The first deadlines that a change of rules would move, each with the case it belongs to."""

from collections.abc import Sequence
from dataclasses import dataclass

from inbox.case_lists import CaseRow, cases_by_id
from sla.recompute import DeadlineMove
from web.context import current_session, viewer

SHOWN = 20


@dataclass(frozen=True, slots=True)
class ShownMove:
    """A deadline that would move; `case` is None where the person may not see it."""

    move: DeadlineMove
    case: CaseRow | None


def shown_moves(moves: Sequence[DeadlineMove]) -> list[ShownMove]:
    """Return the first of the moves with their cases."""
    first = moves[:SHOWN]
    ids = list(dict.fromkeys(move.subject_id for move in first))
    cases = {case.id: case for case in cases_by_id(current_session(), viewer(), ids)}
    return [ShownMove(move, cases.get(move.subject_id)) for move in first]
