"""What each indicator counts, as conditions on the rows of its cohort.

The cohort is what fell due in the period. One row is one handling: a case that the citizen opened again was handled
twice, and each handling is due once. The number on the page and the list behind it come from the same conditions.
Each definition has a version; change the version with the formula, so that a published figure can always be told
from one that was counted otherwise (管理办法 §31: 可获取、可量化、可考核).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, not_, true
from sqlalchemy.orm import aliased
from sqlmodel import col

from inbox.learning import MOSTLY_UNCHANGED
from inbox.models import Case, CaseSuggestion, Display, Rating, Reply, Satisfaction
from sla.models import Clock, Deadline

Condition = ColumnElement[bool]


class Code(StrEnum):
    """The indicators by their short words, in the order of the list."""

    ANSWERED = "answered"
    RESPONSE = "response"
    FORWARDED = "forwarded"
    ON_TIME = "on_time"
    SOLVED = "solved"
    SATISFIED = "satisfied"
    RETURNED = "returned"
    REOPENED = "reopened"
    EXTENDED = "extended"
    REPEATED = "repeated"
    ADOPTED = "adopted"
    STOCK = "stock"


class Exclusion(StrEnum):
    """Why a row of the cohort is left out."""

    SET_ASIDE = "set_aside"
    HIDDEN = "hidden"


class Extra(StrEnum):
    """A further number beside the indicator, about the rows that it counts."""

    DELIVERED = "delivered"
    LATE = "late"
    OPEN = "open"
    ANSWERED = "answered"
    UPHELD = "upheld"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Indicator:
    """One indicator: of the rows that are not excluded and fit `counted`, how many fit `met`.

    `extras` are further numbers: of the rows not excluded, how many fit. `more_is_better` is None when neither is.
    """

    code: Code
    clock: Clock
    met: Condition
    counted: Condition = field(default_factory=true)
    excluded: Mapping[Exclusion, Condition] = field(default_factory=dict)
    extras: Mapping[Extra, Condition] = field(default_factory=dict)
    version: int = 1
    more_is_better: bool | None = True

    @property
    def number(self) -> int:
        """Return its place in the list of twelve."""
        return list(Code).index(self.code) + 1

    def kept(self) -> Condition:
        """Return the condition for a row that no exclusion leaves out."""
        return and_(true(), *(not_(condition) for condition in self.excluded.values()))

    def denominator(self) -> Condition:
        """Return the condition for a row that is counted."""
        return and_(self.kept(), self.counted)

    def numerator(self) -> Condition:
        """Return the condition for a row that counts as met."""
        return and_(self.denominator(), self.met)


_CANCELLED = col(Deadline.cancelled_at).is_not(None)
_MET = col(Deadline.met_at).is_not(None)
_IN_TIME = and_(_MET, col(Deadline.met_at) <= col(Deadline.due_at))
_LATE = and_(_MET, col(Deadline.met_at) > col(Deadline.due_at))
_SET_ASIDE: Mapping[Exclusion, Condition] = {Exclusion.SET_ASIDE: _CANCELLED}
_CLOCK_EXTRAS: Mapping[Extra, Condition] = {Extra.LATE: _LATE, Extra.OPEN: not_(_MET)}
_PUBLIC = col(Case.display) == Display.PUBLIC
_HIDDEN = and_(not_(_CANCELLED), col(Case.display) == Display.HIDDEN)
_RATED = col(Rating.id).is_not(None)
_FIRST = col(Deadline.round) == 1
_later = aliased(Deadline)
_REOPENED = exists().where(
    col(_later.subject_id) == col(Deadline.subject_id),
    col(_later.clock) == Clock.resolve,
    col(_later.round) > col(Deadline.round),
)
_SUGGESTED = exists().where(col(CaseSuggestion.case_id) == col(Deadline.subject_id))
_RETURNED = col(Case.return_count) > 0
_REPEATS = col(Case.repeat_count) > 0
_KEPT = and_(_MET, col(Reply.kept_share) >= MOSTLY_UNCHANGED)


def _on_clock(code: Code, clock: Clock) -> Indicator:
    return Indicator(code, clock, _IN_TIME, excluded=_SET_ASIDE, extras=_CLOCK_EXTRAS)


def _on_handling(code: Code, met: Condition, **more: Any) -> Indicator:
    return Indicator(code, Clock.resolve, met, **{"excluded": _SET_ASIDE, **more})


RATES: tuple[Indicator, ...] = (
    _on_handling(
        Code.ANSWERED,
        and_(_MET, _PUBLIC),
        excluded={Exclusion.SET_ASIDE: _CANCELLED, Exclusion.HIDDEN: _HIDDEN},
        extras={Extra.DELIVERED: _MET},
    ),
    _on_clock(Code.RESPONSE, Clock.first_reply),
    _on_clock(Code.FORWARDED, Clock.accept),
    _on_clock(Code.ON_TIME, Clock.resolve),
    _on_handling(Code.SOLVED, col(Rating.solved).is_(True), counted=_RATED, extras={Extra.ANSWERED: _MET}),
    _on_handling(
        Code.SATISFIED,
        col(Rating.satisfaction).in_((Satisfaction.SATISFIED, Satisfaction.FAIRLY_SATISFIED)),
        counted=_RATED,
        extras={Extra.ANSWERED: _MET},
    ),
    _on_handling(Code.REOPENED, _REOPENED, counted=_MET, more_is_better=False),
    Indicator(Code.RETURNED, Clock.accept, _RETURNED, _MET, _SET_ASIDE, more_is_better=False),
    _on_handling(Code.REPEATED, _REPEATS, counted=_FIRST, more_is_better=None),
    _on_handling(Code.EXTENDED, col(Deadline.extension) != "", counted=_MET, more_is_better=False),
    _on_handling(Code.ADOPTED, _KEPT, counted=_SUGGESTED),
)
"""The rates whose rows are deadlines; the stock is counted by a module of its own, and so is who returned a case."""
