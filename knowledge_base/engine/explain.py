"""Why a suggestion was made: the terms that both texts share, as places in each, rarest first."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from knowledge_base.engine.grams import code_points, grams_of
from knowledge_base.engine.index import IDF_SCALE, GramIndex
from knowledge_base.engine.message import PreparedText
from knowledge_base.engine.normalise import folded, positions

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
    ours, theirs = grams_of(code_points(left), 2), grams_of(code_points(right), 2)
    shared = np.intersect1d(ours.keys, theirs.keys)
    numbers = index.lookup(shared)
    floor = COMMON if index.size >= 20 else 0.0
    rarity = np.where(numbers >= 0, index.idf[numbers], IDF_SCALE)
    shared, rarity = shared[rarity >= floor], rarity[rarity >= floor]
    in_phrasing = _runs(theirs.starts[np.isin(theirs.keys, shared)])
    weight = dict(zip(shared.tolist(), rarity.tolist(), strict=True))
    start_weight = dict(zip(theirs.starts.tolist(), theirs.keys.tolist(), strict=True))
    ranked = sorted(
        in_phrasing, key=lambda run: -sum(weight.get(start_weight.get(i, 0), 0.0) for i in range(*run))
    )
    words = tuple(dict.fromkeys(right[start:end] for start, end in ranked))
    return SharedTerms(
        _raw_spans(_runs(ours.starts[np.isin(ours.keys, shared)]), message.raw),
        _raw_spans(in_phrasing, phrasing),
        words[:MAX_WORDS],
    )


def _runs(starts: np.ndarray[Any, Any]) -> list[Span]:
    """Join the starts of neighbouring pairs into runs."""
    runs: list[Span] = []
    for start in sorted(starts.tolist()):
        if runs and start < runs[-1][1]:
            runs[-1] = (runs[-1][0], start + 2)
        else:
            runs.append((start, start + 2))
    return runs


def _raw_spans(runs: list[Span], raw: str) -> tuple[Span, ...]:
    if not runs:
        return ()
    places = positions(raw)
    return tuple((places[start], places[end - 1] + 1) for start, end in runs)
