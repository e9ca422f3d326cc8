"""The twelve indicators in words: name, what it asks, and the formula as it is counted."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext as _lp

from inbox.indicators.definitions import Code, Exclusion, Extra


@dataclass(frozen=True, slots=True)
class IndicatorWords:
    """What a page says of an indicator."""

    name: Any
    met: Any
    counted: Any

    @property
    def formula(self) -> str:
        """Return the formula in one line."""
        return f"{self.met} ÷ {self.counted}"


WORDS: Mapping[Code, IndicatorWords] = {
    Code.ANSWERED: IndicatorWords(
        _lp("indicator", "Answered"), _l("answered and published"), _l("valid messages whose answer fell due")
    ),
    Code.RESPONSE: IndicatorWords(
        _l("First reply on time"),
        _l("first human reply by its due instant"),
        _l("first replies that fell due"),
    ),
    Code.FORWARDED: IndicatorWords(
        _l("Assigned on time"), _l("assigned by the due instant"), _l("assignments that fell due")
    ),
    Code.ON_TIME: IndicatorWords(
        _l("Resolved on time"),
        _l("resolved by the effective deadline, approved pauses and extensions included"),
        _l("resolutions that fell due"),
    ),
    Code.SOLVED: IndicatorWords(
        _lp("indicator", "Solved"), _l("the citizen says: solved"), _l("citizens who answered")
    ),
    Code.SATISFIED: IndicatorWords(
        _lp("indicator", "Satisfied"), _l("satisfied or fairly satisfied"), _l("rated answers")
    ),
    Code.RETURNED: IndicatorWords(
        _lp("indicator", "Returned"),
        _l("returned by the department"),
        _l("assignments: the cases a department has and those it returned"),
    ),
    Code.REOPENED: IndicatorWords(
        _lp("indicator", "Opened again"),
        _l("opened again by the citizen"),
        _l("resolved cases that had fallen due"),
    ),
    Code.EXTENDED: IndicatorWords(
        _lp("indicator", "Extended"),
        _l("with an approved extension"),
        _l("resolved cases that had fallen due"),
    ),
    Code.REPEATED: IndicatorWords(
        _lp("indicator", "Repeated"),
        _l("repeats: the same matter with no new facts or reasons"),
        _l("valid cases that fell due"),
    ),
    Code.ADOPTED: IndicatorWords(
        _l("Suggested answers used"),
        _l("replies sent with at most a fifth of the suggested answer changed"),
        _l("cases that were shown a suggestion"),
    ),
    Code.STOCK: IndicatorWords(
        _l("Overdue stock"), _l("open past the due instant at the end of the period"), _l("open at that time")
    ),
}

EXCLUSIONS: Mapping[Exclusion, Any] = {
    Exclusion.SET_ASIDE: _l("set aside as spam:"),
    Exclusion.HIDDEN: _l("not to be published:"),
}

EXTRAS: Mapping[Extra, Any] = {
    Extra.DELIVERED: _l("answered, published or not:"),
    Extra.LATE: _l("late:"),
    Extra.OPEN: _l("still open:"),
    Extra.ANSWERED: _l("answered, rated or not:"),
    Extra.UPHELD: _l("upheld:"),
    Extra.REFUSED: _l("refused:"),
}

STOCK_STEPS = (
    _l("up to 1 day overdue"),
    _l("1 to 3 days overdue"),
    _l("3 to 7 days overdue"),
    _l("7 to 15 days overdue"),
    _l("15 to 30 days overdue"),
    _l("more than 30 days overdue"),
)
