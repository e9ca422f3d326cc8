"""Why a suggestion was made: the terms that both texts share, as places in each, rarest first."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from knowledge_base.engine.grams import plain_pairs
from knowledge_base.engine.index import IDF_SCALE, GramIndex
from knowledge_base.engine.message import PreparedText
from knowledge_base.engine.normalise import CLAUSE_BREAK, SENTENCE_BREAK, folded, positions

Span = tuple[int, int]

MAX_WORDS = 6
COMMON = 1.5


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason as a code and its parameters; the page puts it in words."""

    code: str
    params: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SharedTerms:
    """Where two texts agree: spans in each raw text, and the shared words, rarest first."""

    in_message: tuple[Span, ...]
    in_phrasing: tuple[Span, ...]
    words: tuple[str, ...]


def shared_terms(message: PreparedText, phrasing: str, index: GramIndex) -> SharedTerms:
    """Return what a message and a phrasing share, in runs of at least two characters.

    Pairs that a great part of all phrasings hold are left unmarked: they explain nothing.
    """
    left, right = folded(message.raw), folded(phrasing)
    pairs = {right[at : at + 2]: 0.0 for at in range(len(right) - 1) if right[at : at + 2] in left}
    pairs = {pair: 0.0 for pair in pairs if not (SENTENCE_BREAK in pair or CLAUSE_BREAK in pair)}
    if not pairs:
        return SharedTerms((), (), ())
    numbers = index.lookup(plain_pairs(list(pairs)))
    floor = COMMON if index.size >= 20 else 0.0
    rarity = np.where(numbers >= 0, index.idf[numbers], IDF_SCALE).tolist()
    rare = {pair: weight for pair, weight in zip(pairs, rarity, strict=True) if weight >= floor}
    in_phrasing = _runs(at for at in range(len(right) - 1) if right[at : at + 2] in rare)
    ranked = sorted(
        in_phrasing, key=lambda run: -sum(rare.get(right[at : at + 2], 0.0) for at in range(*run))
    )
    in_message = _runs(sorted(at for pair in rare for at in _occurrences(left, pair)))
    return SharedTerms(
        _raw_spans(in_message, message.raw),
        _raw_spans(in_phrasing, phrasing),
        tuple(dict.fromkeys(right[start:end] for start, end in ranked))[:MAX_WORDS],
    )


def _occurrences(text: str, pair: str) -> Iterator[int]:
    at = text.find(pair)
    while at >= 0:
        yield at
        at = text.find(pair, at + 1)


def _runs(starts: Iterable[int]) -> list[Span]:
    """Join the ascending starts of pairs into runs."""
    runs: list[Span] = []
    for start in starts:
        if runs and start < runs[-1][1]:
            runs[-1] = (runs[-1][0], start + 2)
        else:
            runs.append((start, start + 2))
    return runs


def _raw_spans(runs: list[Span], raw: str) -> tuple[Span, ...]:
    if not runs:
        return ()
    places = positions(raw, upto=runs[-1][1])
    return tuple((places[start], places[end - 1] + 1) for start, end in runs)
