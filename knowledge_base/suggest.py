"""What to answer: the suggestion engine that every message, page and command uses.

The published articles as an index that never changes: in memory, or mapped from a file that all processes share, with
what has changed since in a few more rows behind it. `knowledge_base.base_index` brings it up to date.
"""

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlmodel import Session

from knowledge_base.base_revision import base_revision
from knowledge_base.engine.asks import asks_of
from knowledge_base.engine.columns import Arrays
from knowledge_base.engine.curve import AS_SHIPPED, Curve
from knowledge_base.engine.entries import Entry, EntryTable
from knowledge_base.engine.evidence import (
    as_rows,
    gist_evidence,
    has_a_pair,
    shared_evidence,
    short_evidence,
    string_evidence,
    trait_evidence,
)
from knowledge_base.engine.explain import Reason, SharedTerms, Span, shared_terms
from knowledge_base.engine.index import GramIndex
from knowledge_base.engine.meaning import Meaning
from knowledge_base.engine.message import PreparedText, prepare
from knowledge_base.engine.parts import index_columns, open_entries, open_parts
from knowledge_base.engine.ranking import confidences, first_weights, full_weights
from knowledge_base.engine.synonyms import SHIPPED, Synonyms
from knowledge_base.engine.weights import THRESHOLD
from knowledge_base.published import editors_synonyms, published_entries

__all__ = ["Candidate", "Entry", "Suggestion", "SuggestionEngine", "Weighed", "load_engine"]

SMALL_BASE = 5_000


@dataclass(frozen=True, slots=True)
class _Effort:
    """How many postings are read for a text, how many texts are weighed by what they share, how many closely."""

    postings: int
    retrieved: int
    compared: int


LARGE = _Effort(60_000, 80, 24)
SMALL = _Effort(60_000, 40, 14)
ASK = _Effort(20_000, 40, 14)
"""For a message in a large base, in a small one, and for one ask of a message, of which only the best answer counts."""

MEANT = _Effort(60_000, 120, 120)
"""For a short question with a sentence model: what is said in other words shares too few to come through otherwise."""

SHORT_ENOUGH = 0.5

PROMISING = 0.25
SYNONYM_SHARE = 0.6
SURE_ASK = 0.5
LOCAL_LEAD = 0.05


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An article that may answer a message, and why.

    `confidence` is calibrated: of suggestions shown with 0.8 about 80 % are right. `terms` and
    `phrasing_terms` are (start, end) places in the raw message and in `matched_phrasing`; `ask` is the part of
    the message that it answers when the message asks several things and it does not answer the whole. `own` is
    the engine's confidence before the deployment's own calibration.
    """

    article_id: int
    confidence: float
    question: str
    matched_phrasing: str
    terms: tuple[Span, ...] = ()
    phrasing_terms: tuple[Span, ...] = ()
    reasons: tuple[Reason, ...] = ()
    ask: Span | None = None
    own: float = 0.0


@dataclass(frozen=True, slots=True)
class Candidate:
    """An article as it was weighed for a message: by which phrasing, what both share, and the row of evidence.

    `authority` is 0 for the highest, `region` the area it is for, None for all.
    """

    article_id: int
    confidence: float
    authority: int
    region: str | None
    question: str
    phrasing: str
    terms: SharedTerms
    evidence: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Weighed:
    """A message and everything that was weighed for it, best first."""

    message: PreparedText
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class _Ranked:
    """A text in its place among the candidates, and its row of evidence."""

    text_no: int
    sure: float
    row: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Found:
    """A text that answers a message, or one ask of it; `offset` leads from its places to the raw text."""

    message: PreparedText
    text_no: int
    sure: float
    offset: int
    ask: Span | None = None


class _Scratch(threading.local):
    """Arrays for each thread, so that threads share an engine without waiting for each other."""

    def __init__(self, grams: int, texts: int) -> None:
        self.grams = np.zeros(grams, np.int32)
        self.texts = np.zeros(texts, np.float32)


@dataclass(frozen=True, eq=False)
class SuggestionEngine:
    """Suggests articles for a message. Immutable, so threads share one."""

    revision: int
    _entries: EntryTable = field(repr=False)
    _parts: dict[str, Any] = field(repr=False)
    _left_out: NDArray[np.bool_] | None = field(repr=False)
    _synonyms: Synonyms = field(repr=False)
    _scratch: _Scratch = field(repr=False)
    _curve: Curve = AS_SHIPPED

    @classmethod
    def build(
        cls,
        entries: Iterable[Entry],
        *,
        synonyms: Sequence[Sequence[str]] = SHIPPED,
        revision: int = 0,
    ) -> "SuggestionEngine":
        """Build an engine over entries, in memory; words of one group of `synonyms` count as related."""
        return cls.over(index_columns(entries), synonyms=synonyms, revision=revision)

    @classmethod
    def over(
        cls,
        base: Arrays,
        more: Arrays | None = None,
        *,
        left_out: NDArray[np.bool_] | None = None,
        synonyms: Sequence[Sequence[str]] = SHIPPED,
        revision: int = 0,
    ) -> "SuggestionEngine":
        """Work with the columns of an index and of what lies behind it; nothing is copied.

        `left_out` marks the entries that are never suggested, such as those that `more` replaces.
        """
        parts = open_parts(base, more)
        grams: GramIndex = parts["grams"]
        return cls(
            revision=revision,
            _entries=open_entries(base, more),
            _parts=parts,
            _left_out=left_out if left_out is not None and left_out.any() else None,
            _synonyms=Synonyms(synonyms),
            _scratch=_Scratch(len(grams.vocabulary), grams.size),
        )

    def calibrated(self, curve: Curve) -> "SuggestionEngine":
        """Return the same engine with its confidence turned into what a deployment has seen to be right."""
        return replace(self, _curve=curve)

    def __len__(self) -> int:
        return len(self._entries) - (int(self._left_out.sum()) if self._left_out is not None else 0)

    @property
    def _index(self) -> GramIndex:
        index: GramIndex = self._parts["grams"]
        return index

    def suggest(
        self,
        text: str,
        *,
        title: str | None = None,
        region: str | Sequence[str] | None = None,
        limit: int = 3,
        today: date | None = None,
        threshold: float = THRESHOLD,
        meaning: Meaning | None = None,
    ) -> list[Suggestion]:
        """Return at most `limit` suggestions of at least `threshold` confidence, best first.

        `region` is the citizen's area code, or the codes of the area and all areas above it, the nearest first:
        articles for other areas are left out, and one for the citizen's own area goes before one for everybody unless
        that is surer by more than five hundredths. Without it no article is left out. `today` leaves out what is not
        in force on that day; None asks for no date. `meaning` lets a sentence model have its say. A message that asks
        several things gets suggestions for each. An empty list means that nothing fits.
        """
        message = prepare(f"{title}\n{text}" if title else text, self._index, self._synonyms)
        codes = _codes(region)
        offset = len(title) + 1 if title else 0
        found = [
            _Found(message, one.text_no, one.sure, offset)
            for one in self._ranked(message, codes, today, meaning)[:limit]
        ]
        for start, end in asks_of(text):
            ask = prepare(text[start:end], self._index, self._synonyms)
            ranked = self._ranked(ask, codes, today, meaning, ASK)[:1]
            found.extend(_Found(ask, one.text_no, one.sure, -start, (start, end)) for one in ranked)
        best = self._merged(found)[:limit]
        return [self._explained(one) for one in best if self._curve(one.sure) >= threshold]

    def weighed(
        self,
        text: str,
        *,
        title: str | None = None,
        region: str | Sequence[str] | None = None,
        today: date | None = None,
        meaning: Meaning | None = None,
    ) -> "Weighed":
        """Return every candidate for a message, one text an article, best first, with all its evidence."""
        message = prepare(f"{title}\n{text}" if title else text, self._index, self._synonyms)
        ranked = self._ranked(message, _codes(region), today, meaning)
        candidates = [self._candidate(message, one) for one in ranked]
        return Weighed(message, tuple(candidates))

    def _candidate(self, message: PreparedText, one: "_Ranked") -> "Candidate":
        entry = int(self._entries.owners[one.text_no])
        phrasing = self._written(one.text_no)
        return Candidate(
            article_id=int(self._entries.ids[entry]),
            confidence=round(self._curve(one.sure), 4),
            authority=int(self._entries.ranks[entry]),
            region=self._entries.region(entry),
            question=self._entries.question(entry),
            phrasing=phrasing,
            terms=shared_terms(message, phrasing, self._index),
            evidence=one.row,
        )

    def _merged(self, found: list["_Found"]) -> list["_Found"]:
        """Put what answers one ask beside what answers the whole message, each article once.

        The first suggestion for the whole message stays first; only an ask that is surely answered adds one.
        """
        if len(found) < 2:
            return found
        best: dict[int, _Found] = {}
        for one in found:
            owner = int(self._entries.owners[one.text_no])
            known = best.get(owner)
            if one.ask is None or (one.sure >= SURE_ASK and (known is None or one.sure > known.sure)):
                best[owner] = one if known is not found[0] else found[0]
        first, *others = best.values()
        ceiling = max(first.sure, SURE_ASK)
        others = [replace(one, sure=min(one.sure, ceiling)) for one in others]
        return [first, *sorted(others, key=lambda one: -one.sure)]

    def _ranked(
        self,
        message: PreparedText,
        region: tuple[str, ...] | None,
        today: date | None,
        meaning: Meaning | None,
        effort: _Effort | None = None,
    ) -> "list[_Ranked]":
        """Return the best phrasing of each candidate article, best first.

        One for the citizen's own area goes first where nothing clearly surer stands against it; of two that are as
        sure to a hundredth the higher authority does.
        """
        effort = effort or self._effort(message, meaning)
        candidates, rows = self._compared(message, region, today, effort)
        if not len(candidates):
            return []
        if meaning is not None:
            nearness = meaning.evidence(message.raw, [self._written(number) for number in candidates])
            rows = rows if nearness is None else as_rows([*rows.T, *nearness])
        weight = full_weights(rows, message.long)
        order = self._one_an_article(candidates, (-weight).argsort(kind="stable").tolist())
        sure = confidences(weight[order], rows[order], message.long, self._index.size)
        owners = self._entries.owners[candidates[order]]
        distance = self._entries.distance(owners, region or ())
        lead = LOCAL_LEAD * (distance < len(region or ()))
        ranks = self._entries.ranks[owners]
        places = np.lexsort((-sure, ranks, distance, -np.round(sure + lead, 2))).tolist()
        texts, certain = candidates[order].tolist(), sure.tolist()
        return [_Ranked(texts[place], certain[place], rows[order[place]]) for place in places]

    def _effort(self, message: PreparedText, meaning: Meaning | None) -> _Effort:
        if meaning is not None and message.long < SHORT_ENOUGH:
            return MEANT
        return LARGE if self._index.size > SMALL_BASE else SMALL

    def _one_an_article(self, candidates: NDArray[np.int64], order: list[int]) -> list[int]:
        """Keep the best text of each article."""
        owners = self._entries.owners[candidates].tolist()
        best: dict[int, int] = {}
        for place in order:
            best.setdefault(owners[place], place)
        return list(best.values())

    def _compared(
        self, message: PreparedText, region: tuple[str, ...] | None, today: date | None, effort: _Effort
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return the most promising texts, each with its row of evidence."""
        candidates, scores = self._retrieved(message, region, today, effort)
        if not len(candidates):
            return candidates, np.empty((0, 0))
        rows = shared_evidence(message, self._index, candidates, scores, self._scratch.grams)
        alike = has_a_pair(rows)
        candidates, rows = candidates[alike], rows[alike]
        if not len(candidates):
            return candidates, rows
        most = effort.compared
        if len(candidates) > most:
            best = (-first_weights(rows, message.long)).argpartition(most)[:most]
            candidates, rows = candidates[best], rows[best]
        texts = self._entries.plain.of(candidates)
        short = short_evidence(message, self._index, self._parts["words"], candidates)
        traits = trait_evidence(message, self._parts["traits"], candidates)
        strings = [*string_evidence(message, texts), *gist_evidence(message, texts)]
        return candidates, as_rows([*rows.T, *short, *traits, *strings])

    def _retrieved(
        self, message: PreparedText, region: tuple[str, ...] | None, today: date | None, effort: _Effort
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return the texts that share the most with a message, and the score of each."""
        if not len(message.grams):
            return np.empty(0, np.int64), np.empty(0, np.float32)
        implied = np.full(len(message.implied), SYNONYM_SHARE, np.float32)
        most = effort.retrieved
        with self._index.scores(
            np.concatenate((message.grams, message.implied)),
            np.concatenate((message.weights, implied)),
            self._scratch.texts,
            effort.postings,
        ) as scores:
            for floor in (PROMISING * scores.highest, 0.0):
                found, score = scores.above(floor)
                usable = self._usable(found, region, today)
                found, score = found[usable], score[usable]
                if len(found) >= most:
                    break
        if len(found) > most:
            best = (-score).argpartition(most)[:most]
            found, score = found[best], score[best]
        return found, score

    def _usable(
        self, found: NDArray[np.int64], region: tuple[str, ...] | None, today: date | None
    ) -> NDArray[np.bool_]:
        """Return which texts are neither left out, nor out of force, nor for other areas."""
        owners = self._entries.owners[found]
        usable = np.ones(len(found), bool)
        if self._left_out is not None:
            usable &= ~self._left_out[owners]
        if today is not None:
            usable &= self._entries.in_force(owners, today)
        if region is not None:
            usable &= self._entries.fitting(owners, region)
        return usable

    def _written(self, text_no: int) -> str:
        """Return what somebody wrote, of which this text is a form."""
        return self._entries.raw[int(self._entries.raw_of[text_no])]

    def _explained(self, one: "_Found") -> Suggestion:
        entry = int(self._entries.owners[one.text_no])
        question, region = self._entries.question(entry), self._entries.region(entry)
        phrasing = self._written(one.text_no)
        shared = shared_terms(one.message, phrasing, self._index)
        reasons = [Reason("shared_words", {"words": list(shared.words)})] if shared.words else []
        if phrasing != question:
            reasons.append(Reason("similar_phrasing", {"phrasing": phrasing}))
        if region is not None:
            reasons.append(Reason("same_area", {"region": region}))
        if one.ask is not None:
            reasons.append(Reason("answers_one_ask", {"start": one.ask[0], "end": one.ask[1]}))
        return Suggestion(
            article_id=int(self._entries.ids[entry]),
            confidence=round(self._curve(one.sure), 4),
            question=question,
            matched_phrasing=phrasing,
            terms=tuple((s - one.offset, e - one.offset) for s, e in shared.in_message if s >= one.offset),
            phrasing_terms=shared.in_phrasing,
            reasons=tuple(reasons),
            ask=one.ask,
            own=round(one.sure, 4),
        )


def load_engine(session: Session, *, today: date) -> SuggestionEngine:
    """Build the engine in memory from what is published and not yet expired on `today`, with the editors' synonyms.

    Articles that become valid later are held, and suggested from their day on.
    """
    revision = base_revision(session)
    return SuggestionEngine.build(
        published_entries(session, today=today),
        synonyms=[*SHIPPED, *editors_synonyms(session)],
        revision=revision,
    )


def _codes(region: str | Sequence[str] | None) -> tuple[str, ...] | None:
    if region is None:
        return None
    return (region,) if isinstance(region, str) else tuple(region)
