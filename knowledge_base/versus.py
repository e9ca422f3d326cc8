"""Why one article goes before another: the evidence for both side by side, and what tips the balance."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial

from rapidfuzz import fuzz

from knowledge_base.engine.asks import asks_of
from knowledge_base.engine.evidence import GIST, STRINGS
from knowledge_base.engine.explain import Span
from knowledge_base.engine.meaning import MEANING, Meaning
from knowledge_base.engine.message import PreparedText
from knowledge_base.engine.normalise import plain
from knowledge_base.engine.ranking import evidence_names, parts_of_weight
from knowledge_base.engine.traits import asked_kinds, traits_of
from knowledge_base.engine.words import words_of
from knowledge_base.errors import NotWeighed
from knowledge_base.suggest import Candidate, SuggestionEngine, Weighed

TERMS = "terms"
AUTHORITY = "authority"
AREA = "area"
MOST_WORDS = 8

_KINDS: Mapping[str, tuple[str, ...]] = {
    "synonyms": ("synonyms",),
    "sounds": ("homophones",),
    "negation": ("negation",),
    "asked": ("asked_same", "asked_extra", "frames"),
    "places": ("place_hit", "place_conflict"),
    "numbers": ("number_miss",),
    "wording": (*STRINGS, *GIST),
    "meaning": MEANING,
}
_KIND_OF = {name: kind for kind, names in _KINDS.items() for name in names}
KINDS = (TERMS, *_KINDS)
"""The kinds of evidence in the order in which people read them; whatever is not named above counts as shared terms."""

_CLEAR, _SLIGHT = 1.0, 0.15


@dataclass(frozen=True, slots=True)
class Traits:
    """What a text itself says: kinds of question, negation, places and numbers."""

    asked: tuple[str, ...]
    negated: bool
    places: tuple[str, ...]
    numbers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class VersusSide:
    """One of the two articles: by which phrasing it was compared, and what was seen in it.

    `shared` are the words that the message holds too, rarest first, `lacking` those that it does not hold. `alike` is
    how alike both texts are as written, `near` how near in meaning where a sentence model was asked, both 0 to 1.
    """

    article_id: int
    confidence: float
    question: str
    phrasing: str
    phrasing_terms: tuple[Span, ...]
    shared: tuple[str, ...]
    lacking: tuple[str, ...]
    related: bool
    sounds_alike: bool
    traits: Traits
    alike: float
    near: float | None


@dataclass(frozen=True, slots=True)
class Tip:
    """How far one kind of evidence speaks for the first article, below 0 for the second."""

    kind: str
    weight: float

    @property
    def strength(self) -> int:
        """Return 2 or 1 where it speaks clearly or a little for the first, -2 or -1 for the second, 0 for neither."""
        size = 2 if abs(self.weight) >= _CLEAR else int(abs(self.weight) >= _SLIGHT)
        return size if self.weight > 0 else -size


@dataclass(frozen=True, slots=True)
class Versus:
    """Two articles compared for a message; the one that goes first is `first`.

    `decided_by` are the kinds of evidence that outweigh the rest, the weightiest first; the area alone where the first
    is for the citizen's own and the second is not surer by much; the authority alone where both are as sure to a
    hundredth. `asked` is the part of the message they were compared for, None for the whole.
    """

    message: Traits
    first: VersusSide
    second: VersusSide
    tips: tuple[Tip, ...]
    decided_by: tuple[str, ...]
    asked: str | None = None


def versus(
    engine: SuggestionEngine,
    text: str,
    articles: tuple[int, int],
    *,
    title: str | None = None,
    region: str | Sequence[str] | None = None,
    today: date | None = None,
    meaning: Meaning | None = None,
) -> Versus:
    """Compare two articles for a message, in whichever order they are named.

    Where they are no candidates for the message as a whole they are compared for the one thing it asks to which both
    are. Raises NotWeighed when there is none: one shares too little, is not in force, or is for another area.
    """
    weigh = partial(engine.weighed, region=region, today=today, meaning=meaning)
    weighed = weigh(text, title=title)
    missing = _missing(weighed, articles)
    asked = None
    for start, end in asks_of(text) if missing else ():
        part = weigh(text[start:end])
        if not _missing(part, articles):
            weighed, missing, asked = part, (), text[start:end]
            break
    if missing or articles[0] == articles[1]:
        raise NotWeighed((missing or articles)[0])
    first, second = (one for one in weighed.candidates if one.article_id in articles)
    tips = _tips(first, second, weighed.message.long)
    return Versus(
        message=_traits(weighed.message.plain),
        first=_side(weighed.message, first),
        second=_side(weighed.message, second),
        tips=tips,
        decided_by=_decided_by(first, second, tips),
        asked=asked,
    )


def _missing(weighed: Weighed, articles: tuple[int, int]) -> tuple[int, ...]:
    found = {one.article_id for one in weighed.candidates}
    return tuple(article_id for article_id in articles if article_id not in found)


def _tips(first: Candidate, second: Candidate, long: float) -> tuple[Tip, ...]:
    ours, theirs = (parts_of_weight(one.evidence, long) for one in (first, second))
    sums = dict.fromkeys(KINDS, 0.0)
    for name, part in ours.items():
        sums[_KIND_OF.get(name, TERMS)] += part - theirs[name]
    return tuple(Tip(kind, round(weight, 3)) for kind, weight in sums.items())


def _decided_by(first: Candidate, second: Candidate, tips: tuple[Tip, ...]) -> tuple[str, ...]:
    if (
        first.region != second.region
        and first.region
        and round(first.confidence, 2) <= round(second.confidence, 2)
    ):
        return (AREA,)
    if first.authority < second.authority and round(first.confidence, 2) == round(second.confidence, 2):
        return (AUTHORITY,)
    speaking = sorted((tip for tip in tips if tip.strength > 0), key=lambda tip: -tip.weight)
    against = -sum(tip.weight for tip in tips if tip.weight < 0)
    kinds, sum_of = [], 0.0
    for tip in speaking:
        kinds.append(tip.kind)
        sum_of += tip.weight
        if sum_of > against:
            break
    return tuple(kinds)


def _side(message: PreparedText, one: Candidate) -> VersusSide:
    text = plain(one.phrasing)
    parts = dict(zip(evidence_names(one.evidence), one.evidence.tolist(), strict=True))
    lacking = [word for word in dict.fromkeys(words_of(text)) if len(word) > 1 and word not in message.plain]
    return VersusSide(
        article_id=one.article_id,
        confidence=one.confidence,
        question=one.question,
        phrasing=one.phrasing,
        phrasing_terms=one.terms.in_phrasing,
        shared=one.terms.words,
        lacking=tuple(lacking[:MOST_WORDS]),
        related=parts["synonyms"] > 0,
        sounds_alike=parts["homophones"] > 0,
        traits=_traits(text),
        alike=round(fuzz.ratio(message.plain, text) / 100, 3),
        near=round(parts["meaning"], 3) if "meaning" in parts else None,
    )


def _traits(text: str) -> Traits:
    found = traits_of(text)
    return Traits(
        asked_kinds(found.asked), found.negated, tuple(sorted(found.places)), tuple(sorted(found.numbers))
    )
