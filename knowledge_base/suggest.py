"""What to answer: the suggestion engine that every message, page and command uses.

A cache of the published articles, immutable and held in memory. Any process rebuilds it from the database
when `engine_revision` has moved on.
"""

import threading
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import or_, select
from sqlmodel import Session, col

from knowledge_base.base_revision import base_revision
from knowledge_base.engine.asks import asks_of
from knowledge_base.engine.evidence import (
    as_rows,
    has_a_pair,
    shared_evidence,
    short_evidence,
    string_evidence,
    trait_evidence,
)
from knowledge_base.engine.explain import Reason, Span, shared_terms
from knowledge_base.engine.index import GramIndex, build_index
from knowledge_base.engine.message import PreparedText, prepare
from knowledge_base.engine.normalise import SENTENCE_BREAK, folded, without_breaks
from knowledge_base.engine.ranking import confidences, first_weights, full_weights
from knowledge_base.engine.synonyms import SHIPPED, Synonyms, without_greetings
from knowledge_base.engine.traits import TraitTable, trait_table
from knowledge_base.engine.weights import THRESHOLD
from knowledge_base.engine.words import WordTable, word_table
from knowledge_base.models import Article, ArticlePhrasing, ArticleStatus, Authority, SynonymGroup

SMALL_BASE = 5_000
RETRIEVED = (40, 80)
COMPARED = (14, 24)
PROMISING = 0.25
SYNONYM_SHARE = 0.6
SHORTEST_FORM = 6
SURE_ASK = 0.5

_RANKS = {authority: rank for rank, authority in enumerate(Authority)}


@dataclass(frozen=True, slots=True)
class Entry:
    """One published article as the engine needs it; dates are inclusive, None means no limit."""

    article_id: int
    question: str
    phrasings: tuple[str, ...] = ()
    region: str | None = None
    authority: Authority = Authority.COUNTY
    valid_from: date | None = None
    valid_until: date | None = None


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An article that may answer a message, and why.

    `confidence` is calibrated: of suggestions shown with 0.8 about 80 % are right. `terms` and
    `phrasing_terms` are (start, end) places in the raw message and in `matched_phrasing`; `ask` is the part of
    the message that it answers when the message asks several things and it does not answer the whole.
    """

    article_id: int
    confidence: float
    question: str
    matched_phrasing: str
    terms: tuple[Span, ...] = ()
    phrasing_terms: tuple[Span, ...] = ()
    reasons: tuple[Reason, ...] = ()
    ask: Span | None = None


@dataclass(frozen=True, slots=True)
class _Found:
    """A text that answers a message, or one ask of it; `offset` leads from its places to the raw text."""

    message: PreparedText
    text_no: int
    sure: float
    offset: int
    ask: Span | None = None


@dataclass(frozen=True, slots=True)
class _Texts:
    """The indexed texts: every article's question and phrasings, numbered through."""

    raw: tuple[str, ...]
    plain: tuple[str, ...]
    owners: NDArray[np.int64]
    traits: TraitTable
    words: WordTable


class _Scratch(threading.local):
    """A zeroed array for each thread, so that threads share an engine without waiting for each other."""

    def __init__(self, size: int) -> None:
        self.cells = np.zeros(size, np.int32)


@dataclass(frozen=True, eq=False)
class SuggestionEngine:
    """Suggests articles for a message. Immutable, so threads share one."""

    entries: tuple[Entry, ...]
    revision: int
    _texts: _Texts = field(repr=False)
    _index: GramIndex = field(repr=False)
    _synonyms: Synonyms = field(repr=False)
    _valid: tuple[NDArray[np.int64], NDArray[np.int64]] = field(repr=False)
    _areas: tuple[str | None, ...] = field(repr=False)
    _area_of: NDArray[np.int64] = field(repr=False)
    _scratch: _Scratch = field(repr=False)

    @classmethod
    def build(
        cls,
        entries: Iterable[Entry],
        *,
        synonyms: Sequence[Sequence[str]] = SHIPPED,
        revision: int = 0,
    ) -> "SuggestionEngine":
        """Build an engine over entries; words of one group of `synonyms` count as related."""
        entries = tuple(entries)
        raw: list[str] = []
        compared: list[str] = []
        owners: list[int] = []
        for number, entry in enumerate(entries):
            for text in (entry.question, *entry.phrasings):
                forms = _forms(text)
                raw.extend([text] * len(forms))
                compared.extend(forms)
                owners.extend([number] * len(forms))
        plain = tuple(compared)
        index = build_index(plain)
        areas = tuple(dict.fromkeys(e.region for e in entries))
        starts = [e.valid_from.toordinal() if e.valid_from else 0 for e in entries]
        ends = [e.valid_until.toordinal() if e.valid_until else date.max.toordinal() for e in entries]
        return cls(
            entries,
            revision,
            _Texts(tuple(raw), plain, np.array(owners, np.int64), trait_table(plain), word_table(plain)),
            index,
            Synonyms(synonyms),
            (np.array(starts, np.int64), np.array(ends, np.int64)),
            areas,
            np.array([areas.index(e.region) for e in entries], np.int64),
            _Scratch(len(index.keys)),
        )

    def __len__(self) -> int:
        return len(self.entries)

    def suggest(
        self,
        text: str,
        *,
        title: str | None = None,
        region: str | Collection[str] | None = None,
        limit: int = 3,
        today: date | None = None,
        threshold: float = THRESHOLD,
    ) -> list[Suggestion]:
        """Return at most `limit` suggestions of at least `threshold` confidence, best first.

        `region` is the citizen's area code, or the codes of the area and all areas above it: articles for
        other areas are left out. Without it no article is left out. `today` leaves out what is not in force
        on that day; None asks for no date. A message that asks several things gets suggestions for each. An
        empty list means that nothing fits.
        """
        message = prepare(f"{title}\n{text}" if title else text, self._index, self._synonyms)
        codes = _codes(region)
        offset = len(title) + 1 if title else 0
        found = [
            _Found(message, text_no, sure, offset)
            for text_no, sure in self._ranked(message, codes, today)[:limit]
        ]
        for start, end in asks_of(text):
            ask = prepare(text[start:end], self._index, self._synonyms)
            ranked = self._ranked(ask, codes, today)[:1]
            found.extend(_Found(ask, text_no, sure, -start, (start, end)) for text_no, sure in ranked)
        return [self._explained(one) for one in self._merged(found)[:limit] if one.sure >= threshold]

    def _merged(self, found: list["_Found"]) -> list["_Found"]:
        """Put what answers one ask beside what answers the whole message, each article once.

        The first suggestion for the whole message stays first; only an ask that is surely answered adds one.
        """
        if len(found) < 2:
            return found
        best: dict[int, _Found] = {}
        for one in found:
            owner = int(self._texts.owners[one.text_no])
            known = best.get(owner)
            if one.ask is None or (one.sure >= SURE_ASK and (known is None or one.sure > known.sure)):
                best[owner] = one if known is not found[0] else found[0]
        first, *others = best.values()
        ceiling = max(first.sure, SURE_ASK)
        others = [replace(one, sure=min(one.sure, ceiling)) for one in others]
        return [first, *sorted(others, key=lambda one: -one.sure)]

    def _ranked(
        self, message: PreparedText, region: frozenset[str] | None, today: date | None
    ) -> list[tuple[int, float]]:
        """Return (text number, confidence) of the best phrasing of each candidate article, best first."""
        candidates, rows = self._compared(message, region, today)
        if not len(candidates):
            return []
        weight = full_weights(rows, message.long)
        order = self._one_an_article(candidates, (-weight).argsort(kind="stable").tolist())
        sure = confidences(weight[order], rows[order], message.long)
        found = list(zip(candidates[order].tolist(), sure.tolist(), strict=True))
        return sorted(found, key=lambda pair: self._tie_key(*pair))

    def _one_an_article(self, candidates: NDArray[np.int64], order: list[int]) -> list[int]:
        """Keep the best text of each article."""
        owners = self._texts.owners[candidates].tolist()
        best: dict[int, int] = {}
        for place in order:
            best.setdefault(owners[place], place)
        return list(best.values())

    def _tie_key(self, text_no: int, sure: float) -> tuple[float, int, float]:
        authority = self.entries[int(self._texts.owners[text_no])].authority
        return (-round(sure, 2), _RANKS[authority], -sure)

    def _compared(
        self, message: PreparedText, region: frozenset[str] | None, today: date | None
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return the most promising texts, each with its row of evidence."""
        candidates, scores = self._retrieved(message, region, today)
        if not len(candidates):
            return candidates, np.empty((0, 0))
        rows = shared_evidence(message, self._index, candidates, scores, self._scratch.cells)
        alike = has_a_pair(rows)
        candidates, rows = candidates[alike], rows[alike]
        if not len(candidates):
            return candidates, rows
        most = COMPARED[self._index.size > SMALL_BASE]
        if len(candidates) > most:
            best = (-first_weights(rows, message.long)).argpartition(most)[:most]
            candidates, rows = candidates[best], rows[best]
        texts = [self._texts.plain[number] for number in candidates.tolist()]
        short = short_evidence(message, self._index, self._texts.words, candidates)
        traits = trait_evidence(message, self._texts.traits, candidates)
        return candidates, as_rows([*rows.T, *short, *traits, *string_evidence(message, texts)])

    def _retrieved(
        self, message: PreparedText, region: frozenset[str] | None, today: date | None
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return the texts that share the most with a message, and the score of every text."""
        if not len(message.grams):
            return np.empty(0, np.int64), np.empty(0)
        implied = np.full(len(message.implied), SYNONYM_SHARE, np.float32)
        scores = self._index.scores(
            np.concatenate((message.grams, message.implied)), np.concatenate((message.weights, implied))
        )
        most = RETRIEVED[self._index.size > SMALL_BASE]
        found = self._usable((scores > PROMISING * scores.max()).nonzero()[0], region, today)
        if len(found) < most:
            found = self._usable((scores > 0).nonzero()[0], region, today)
        if len(found) > most:
            found = found[(-scores[found]).argpartition(most)[:most]]
        return found, scores

    def _usable(
        self, found: NDArray[np.int64], region: frozenset[str] | None, today: date | None
    ) -> NDArray[np.int64]:
        """Leave out what is not in force and what is for other areas."""
        if today is not None:
            day, owners = today.toordinal(), self._texts.owners[found]
            found = found[(self._valid[0][owners] <= day) & (self._valid[1][owners] >= day)]
        if region is not None:
            fits = np.array([code is None or code in region for code in self._areas])
            found = found[fits[self._area_of[self._texts.owners[found]]]]
        return found

    def _explained(self, one: "_Found") -> Suggestion:
        entry = self.entries[int(self._texts.owners[one.text_no])]
        phrasing = self._texts.raw[one.text_no]
        shared = shared_terms(one.message, phrasing, self._index)
        reasons = [Reason("shared_words", {"words": list(shared.words)})] if shared.words else []
        if phrasing != entry.question:
            reasons.append(Reason("similar_phrasing", {"phrasing": phrasing}))
        if entry.region is not None:
            reasons.append(Reason("same_area", {"region": entry.region}))
        if one.ask is not None:
            reasons.append(Reason("answers_one_ask", {"start": one.ask[0], "end": one.ask[1]}))
        return Suggestion(
            article_id=entry.article_id,
            confidence=round(one.sure, 4),
            question=entry.question,
            matched_phrasing=phrasing,
            terms=tuple((s - one.offset, e - one.offset) for s, e in shared.in_message if s >= one.offset),
            phrasing_terms=shared.in_phrasing,
            reasons=tuple(reasons),
            ask=one.ask,
        )


def load_engine(session: Session, *, today: date) -> SuggestionEngine:
    """Build the engine from what is published and not yet expired on `today`, with the editors' synonyms.

    Articles that become valid later are held, and suggested from their day on.
    """
    revision = base_revision(session)
    conditions = [
        col(Article.status) == ArticleStatus.PUBLISHED,
        or_(col(Article.valid_until).is_(None), col(Article.valid_until) >= today),
    ]
    phrasings: dict[int, list[str]] = {}
    rows = session.execute(
        select(col(ArticlePhrasing.article_id), col(ArticlePhrasing.text))
        .join(Article, col(Article.id) == col(ArticlePhrasing.article_id))
        .where(*conditions)
        .order_by(col(ArticlePhrasing.article_id), col(ArticlePhrasing.position))
    )
    for article_id, text in rows:
        phrasings.setdefault(article_id, []).append(text)
    columns: tuple[Any, ...] = (
        Article.id,
        Article.question,
        Article.region,
        Article.authority,
        Article.valid_from,
        Article.valid_until,
    )
    articles = session.execute(select(*columns).where(*conditions).order_by(col(Article.id)))
    entries = [
        Entry(
            row.id,
            row.question,
            tuple(phrasings.get(row.id, ())),
            row.region,
            row.authority,
            row.valid_from,
            row.valid_until,
        )
        for row in articles
    ]
    groups = session.scalars(select(col(SynonymGroup.words)).where(col(SynonymGroup.disabled_at).is_(None)))
    return SuggestionEngine.build(entries, synonyms=[*SHIPPED, *groups], revision=revision)


def engine_revision(session: Session) -> int:
    """Return the number of the base's last change: an engine with another `revision` is out of date."""
    return base_revision(session)


def _forms(text: str) -> list[str]:
    """Return a question in the forms in which it is compared: whole, and by its first sentence alone."""
    line = without_greetings(folded(text))
    whole = without_breaks(line)
    first = without_breaks(line.strip(SENTENCE_BREAK).partition(SENTENCE_BREAK)[0])
    return [whole, first] if SHORTEST_FORM <= len(first) < len(whole) else [whole]


def _codes(region: str | Collection[str] | None) -> frozenset[str] | None:
    if region is None:
        return None
    return frozenset({region} if isinstance(region, str) else region)
