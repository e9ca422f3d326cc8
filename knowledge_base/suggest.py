"""What to answer: the suggestion engine that every message, page and command uses.

A cache of the published articles, immutable and held in memory. Any process rebuilds it from the database
when `engine_revision` has moved on.
"""

import threading
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import or_, select
from sqlmodel import Session, col

from knowledge_base.base_revision import base_revision
from knowledge_base.engine.evidence import has_a_pair, shared_evidence, string_evidence, trait_evidence
from knowledge_base.engine.explain import Reason, Span, shared_terms
from knowledge_base.engine.index import GramIndex, build_index
from knowledge_base.engine.message import PreparedText, prepare
from knowledge_base.engine.normalise import folded, without_breaks
from knowledge_base.engine.ranking import confidences, first_weights, full_weights, longness
from knowledge_base.engine.synonyms import SHIPPED, Synonyms, without_greetings
from knowledge_base.engine.traits import TraitTable, trait_table
from knowledge_base.engine.weights import THRESHOLD
from knowledge_base.models import Article, ArticlePhrasing, ArticleStatus, Authority, SynonymGroup

RETRIEVED = 100
COMPARED = 30
SYNONYM_SHARE = 0.6

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
    `phrasing_terms` are (start, end) places in the raw message and in `matched_phrasing`.
    """

    article_id: int
    confidence: float
    question: str
    matched_phrasing: str
    terms: tuple[Span, ...] = ()
    phrasing_terms: tuple[Span, ...] = ()
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class _Texts:
    """The indexed texts: every article's question and phrasings, numbered through."""

    raw: tuple[str, ...]
    plain: tuple[str, ...]
    owners: NDArray[np.int64]
    traits: TraitTable


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
        owners: list[int] = []
        for number, entry in enumerate(entries):
            texts = (entry.question, *entry.phrasings)
            raw.extend(texts)
            owners.extend([number] * len(texts))
        plain = tuple(without_breaks(without_greetings(folded(text))) for text in raw)
        index = build_index(plain)
        starts = [e.valid_from.toordinal() if e.valid_from else 0 for e in entries]
        ends = [e.valid_until.toordinal() if e.valid_until else date.max.toordinal() for e in entries]
        return cls(
            entries,
            revision,
            _Texts(tuple(raw), plain, np.array(owners, np.int64), trait_table(plain)),
            index,
            Synonyms(synonyms),
            (np.array(starts, np.int64), np.array(ends, np.int64)),
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
        on that day; None asks for no date. An empty list means that nothing fits.
        """
        message = prepare(f"{title}\n{text}" if title else text, self._index, self._synonyms)
        ranked = self._ranked(message, _codes(region), today)
        shown = [pair for pair in ranked[:limit] if pair[1] >= threshold]
        offset = len(title) + 1 if title else 0
        return [self._explained(message, text_no, sure, offset) for text_no, sure in shown]

    def _ranked(
        self, message: PreparedText, region: frozenset[str] | None, today: date | None
    ) -> list[tuple[int, float]]:
        """Return (text number, confidence) of the best phrasing of each candidate article, best first."""
        candidates, rows = self._compared(message, region, today)
        if not len(candidates):
            return []
        long = longness(message)
        weight = full_weights(rows, long)
        order = np.argsort(-weight, kind="stable")
        _, first = np.unique(self._texts.owners[candidates[order]], return_index=True)
        order = order[np.sort(first)]
        sure = confidences(weight[order], rows[order], long)
        found = list(zip(candidates[order].tolist(), sure.tolist(), strict=True))
        return sorted(found, key=lambda pair: self._tie_key(*pair))

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
        if len(candidates) > COMPARED:
            best = np.argpartition(-first_weights(rows, longness(message)), COMPARED)[:COMPARED]
            candidates, rows = candidates[best], rows[best]
        texts = [self._texts.plain[number] for number in candidates.tolist()]
        traits = trait_evidence(message, self._texts.traits, candidates)
        return candidates, np.column_stack([rows, *traits, *string_evidence(message, texts)])

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
        found = np.flatnonzero(scores > 0)
        if today is not None:
            day, owners = today.toordinal(), self._texts.owners[found]
            found = found[(self._valid[0][owners] <= day) & (self._valid[1][owners] >= day)]
        if region is not None:
            found = found[[self._fits(number, region) for number in self._texts.owners[found].tolist()]]
        if len(found) > RETRIEVED:
            found = found[np.argpartition(-scores[found], RETRIEVED)[:RETRIEVED]]
        return found, scores

    def _fits(self, number: int, region: frozenset[str]) -> bool:
        own = self.entries[number].region
        return own is None or own in region

    def _explained(self, message: PreparedText, text_no: int, sure: float, offset: int) -> Suggestion:
        entry = self.entries[int(self._texts.owners[text_no])]
        phrasing = self._texts.raw[text_no]
        shared = shared_terms(message, phrasing, self._index)
        reasons = [Reason("shared_words", {"words": list(shared.words)})] if shared.words else []
        if phrasing != entry.question:
            reasons.append(Reason("similar_phrasing", {"phrasing": phrasing}))
        if entry.region is not None:
            reasons.append(Reason("same_area", {"region": entry.region}))
        terms = tuple((s - offset, e - offset) for s, e in shared.in_message if s >= offset)
        return Suggestion(
            article_id=entry.article_id,
            confidence=round(sure, 4),
            question=entry.question,
            matched_phrasing=phrasing,
            terms=terms,
            phrasing_terms=shared.in_phrasing,
            reasons=tuple(reasons),
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


def _codes(region: str | Collection[str] | None) -> frozenset[str] | None:
    if region is None:
        return None
    return frozenset({region} if isinstance(region, str) else region)
