"""Two suggestions side by side, in words: what speaks for each, and what tips the balance."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from knowledge_base.answers import AnswerView
from knowledge_base.versus import AREA, AUTHORITY, TERMS, Traits, Versus, VersusSide
from web.case_words import AUTHORITIES, unit_of
from web.i18n import format_day, format_percent

KIND_WORDS: Mapping[str, Any] = {
    TERMS: _l("Words in common"),
    "synonyms": _l("Related words"),
    "sounds": _l("Words that sound alike"),
    "negation": _l("Can or cannot"),
    "asked": _l("Kind of question"),
    "places": _l("Places"),
    "numbers": _l("Numbers"),
    "wording": _l("Wording as a whole"),
    "meaning": _l("Meaning"),
    AREA: _l("Area"),
    AUTHORITY: _l("Authority"),
}
"""Each kind of evidence, as people call it."""

_ASKED: Mapping[str, Any] = {
    "how": _l("how"),
    "why": _l("why"),
    "when": _l("when, how long"),
    "which": _l("which, where"),
    "how_many": _l("how many"),
    "whether": _l("whether, may I"),
    "what": _l("what"),
    "who": _l("who"),
    "good": _l("is it good"),
    "difference": _l("what is the difference"),
    "download": _l("where to download"),
    "price": _l("what does it cost"),
}
_VERDICTS: Mapping[int, Any] = {
    2: _l("clearly for the first"),
    1: _l("a little for the first"),
    0: _l("for neither"),
    -1: _l("a little for the second"),
    -2: _l("clearly for the second"),
}


@dataclass(frozen=True, slots=True)
class VersusLine:
    """One kind of evidence: what was seen in the message and in each article, and whom it speaks for.

    `strength` is 2 or 1 for the first, -2 or -1 for the second, 0 for neither, None for what is not weighed.
    """

    label: str
    message: str
    first: str
    second: str
    verdict: str
    strength: int | None


def versus_lines(found: Versus) -> list[VersusLine]:
    """Say what was weighed, kind by kind; kinds of which neither article nor message has anything are left out."""
    lines = []
    for tip in found.tips:
        asked, first, second = (
            _SEEN[tip.kind](found.message, side) for side in (None, found.first, found.second)
        )
        if first or second or tip.strength:
            lines.append(
                VersusLine(
                    label=str(KIND_WORDS[tip.kind]),
                    message=asked or "–",
                    first=first or "–",
                    second=second or "–",
                    verdict=str(_VERDICTS[tip.strength]),
                    strength=tip.strength,
                )
            )
    return lines


def fact_lines(found: Versus, answers: Mapping[int, AnswerView]) -> list[VersusLine]:
    """Say what decides only whether an article may be offered at all, or between two that are equally sure."""
    views = [answers.get(side.article_id) for side in (found.first, found.second)]
    rows: list[tuple[Any, Callable[[AnswerView], str], Any]] = [
        (_l("Authority"), lambda one: str(AUTHORITIES[one.authority]), _l("only on a tie")),
        (_l("Area"), lambda one: one.region or str(_("everywhere")), _l("both may be offered")),
        (_l("Validity"), _validity, _l("both may be offered")),
        (_l("Responsible"), lambda one: unit_of(one.owner_code) or "–", _l("not weighed")),
    ]
    tie = AUTHORITY in found.decided_by
    lines = []
    for label, say, verdict in rows:
        first, second = (say(view) if view else "–" for view in views)
        lines.append(VersusLine(str(label), "–", first, second, str(verdict), strength=None))
    if AREA in found.decided_by:
        lines[1] = replace(lines[1], verdict=str(_("decides: the citizen's own area")), strength=2)
    if tie:
        lines[0] = replace(lines[0], verdict=str(_("decides: both are equally sure")), strength=2)
    return lines


def balance_sentence(found: Versus) -> str:
    """Say in one sentence why the first goes first."""
    if found.decided_by == (AREA,):
        return str(_("The first is for the citizen's own area, and the second is not surer by much."))
    if found.decided_by == (AUTHORITY,):
        return str(_("Both are equally sure, so the answer of the higher authority goes first."))
    if not found.decided_by:
        return str(_("Hardly anything sets them apart: read both before you choose."))
    kinds = str(_(", ")).join(str(KIND_WORDS[kind]) for kind in found.decided_by)
    against = [tip for tip in found.tips if tip.strength < 0]
    if not against:
        return str(_("What tips the balance: %(kinds)s. Nothing speaks for the second.", kinds=kinds))
    others = str(_(", ")).join(
        str(KIND_WORDS[tip.kind]) for tip in sorted(against, key=lambda tip: tip.weight)
    )
    return str(
        _(
            "What tips the balance: %(kinds)s. For the second speaks: %(others)s, but it weighs less.",
            kinds=kinds,
            others=others,
        )
    )


def sure_words(side: VersusSide) -> str:
    """Say how sure a suggestion is."""
    return str(_("%(percent)s likely", percent=format_percent(side.confidence)))


def _terms(_message: Traits, side: VersusSide | None) -> str:
    if side is None:
        return ""
    shared = _quoted(side.shared)
    if not side.lacking:
        return shared
    lacking = str(_("not in the message: %(words)s", words=_quoted(side.lacking)))
    return str(_("; ")).join(filter(None, (shared, lacking)))


def _negation(message: Traits, side: VersusSide | None) -> str:
    traits = side.traits if side else message
    return str(_("says no or not") if traits.negated else _("says no “not”"))


def _asked(message: Traits, side: VersusSide | None) -> str:
    return str(_(", ")).join(str(_ASKED[kind]) for kind in (side.traits if side else message).asked)


def _found(present: Callable[[VersusSide], bool]) -> Callable[[Traits, VersusSide | None], str]:
    return lambda _message, side: str(_("yes")) if side is not None and present(side) else ""


def _named(names: Callable[[Traits], Iterable[str]]) -> Callable[[Traits, VersusSide | None], str]:
    return lambda message, side: _quoted(names(side.traits if side else message))


def _wording(_message: Traits, side: VersusSide | None) -> str:
    return str(_("%(percent)s alike", percent=format_percent(side.alike))) if side else ""


def _meaning(_message: Traits, side: VersusSide | None) -> str:
    return format_percent(side.near) if side and side.near is not None else ""


_SEEN: Mapping[str, Callable[[Traits, VersusSide | None], str]] = {
    TERMS: _terms,
    "synonyms": _found(lambda side: side.related),
    "sounds": _found(lambda side: side.sounds_alike),
    "negation": _negation,
    "asked": _asked,
    "places": _named(lambda traits: traits.places),
    "numbers": _named(lambda traits: traits.numbers),
    "wording": _wording,
    "meaning": _meaning,
}


def _quoted(words: Iterable[str]) -> str:
    return str(_(", ")).join(str(_("“%(words)s”", words=word)) for word in words)


def _validity(answer: AnswerView) -> str:
    if answer.valid_until:
        return str(_("until %(date)s", date=format_day(answer.valid_until)))
    return str(_("without an end"))
