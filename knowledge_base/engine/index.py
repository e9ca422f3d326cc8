"""The inverted index: which texts hold a character or a pair of characters, and which of them a text holds.

Everything is a flat numpy array (compressed sparse rows), so a million texts stay compact and an index can be
mapped from disk as it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowledge_base.engine.grams import Keys, code_points, grams_of, lengths_of, slices
from knowledge_base.engine.pinyin import syllables

GRAM_LENGTHS = (1, 2)
K1 = 1.2
B = 0.9
SINGLE_CHARACTER_SHARE = 0.5
POSTING_BUDGET = 120_000
IDF_SCALE = 10.0


@dataclass(frozen=True, slots=True)
class GramIndex:
    """An immutable index over texts numbered from 0; grams are numbered in the order of their sorted keys.

    `idf` runs up to IDF_SCALE for what no text holds, whatever the size of the base, so that a weight means the
    same in a base of a hundred texts and of a hundred thousand. `sounds` tells how a pair is pronounced, 0 where
    that is not known or the gram is a single character.
    """

    keys: Keys
    is_pair: NDArray[np.bool_]
    idf: NDArray[np.float32]
    sounds: NDArray[np.int32]
    posting_starts: NDArray[np.int64]
    posting_texts: NDArray[np.int32]
    posting_weights: NDArray[np.float32]
    forward_starts: NDArray[np.int64]
    forward_grams: NDArray[np.int32]
    norms: NDArray[np.float32]
    single_totals: NDArray[np.float32]
    pair_totals: NDArray[np.float32]

    @property
    def size(self) -> int:
        """Return how many texts are indexed."""
        return len(self.forward_starts) - 1

    def lookup(self, keys: Keys) -> NDArray[np.int64]:
        """Return the number of each gram, -1 for grams that no text holds."""
        if not len(self.keys):
            return np.full(len(keys), -1, np.int64)
        found = np.minimum(self.keys.searchsorted(keys), len(self.keys) - 1)
        return np.where(self.keys[found] == keys, found, -1)

    def scores(self, grams: NDArray[np.int64], weights: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return a BM25 score for every text. The rarest grams go first; common ones beyond a budget of
        postings are left out, which bounds the time in a large base and hardly moves the best texts.
        """
        starts = self.posting_starts[grams]
        counts = self.posting_starts[grams + 1] - starts
        if int(counts.sum()) > POSTING_BUDGET:
            order = np.argsort(counts, kind="stable")
            kept = order[: max(1, int(np.searchsorted(np.cumsum(counts[order]), POSTING_BUDGET)))]
            starts, counts, weights = starts[kept], counts[kept], weights[kept]
        places = slices(starts, counts)
        totals: NDArray[Any] = np.bincount(
            self.posting_texts[places],
            weights=self.posting_weights[places] * weights.repeat(counts),
            minlength=self.size,
        )
        return totals


def build_index(folded_texts: Sequence[str]) -> GramIndex:
    """Build an index over folded texts."""
    count = len(folded_texts)
    codes = code_points("\n".join([*folded_texts, ""]))
    text_ends = np.cumsum(np.fromiter((len(t) + 1 for t in folded_texts), np.int64, count))
    parts = [grams_of(codes, length) for length in GRAM_LENGTHS]
    starts = np.concatenate([part.starts for part in parts])
    keys, inverse = np.unique(np.concatenate([part.keys for part in parts]), return_inverse=True)
    grams: NDArray[Any] = inverse.astype(np.int32)
    texts = np.searchsorted(text_ends, starts, side="right").astype(np.int32)
    order = np.argsort(texts, kind="stable")
    forward_grams = grams[order]
    sizes = np.bincount(texts, minlength=count)
    is_pair = lengths_of(keys) == 2
    pair_gram, pair_text, frequency = _pairs(grams, texts, count)
    holding = np.bincount(pair_gram, minlength=len(keys))
    rarest = float(np.log1p((count + 0.5) / 0.5))
    idf = (IDF_SCALE / rarest * np.log1p((count - holding + 0.5) / (holding + 0.5))).astype(np.float32)
    return GramIndex(
        keys=keys,
        is_pair=is_pair,
        idf=idf,
        sounds=sounds_of(keys),
        posting_starts=_starts(holding),
        posting_texts=pair_text,
        posting_weights=_impacts(pair_gram, pair_text, frequency, is_pair, idf, count),
        forward_starts=_starts(sizes),
        forward_grams=forward_grams,
        norms=np.sqrt(
            np.bincount(pair_text, weights=((1 + np.log(frequency)) * idf[pair_gram]) ** 2, minlength=count)
        ).astype(np.float32),
        single_totals=_totals(texts, idf[grams] * ~is_pair[grams], count),
        pair_totals=_totals(texts, idf[grams] * is_pair[grams], count),
    )


def sounds_of(keys: Keys) -> NDArray[np.int32]:
    """Return how pairs are pronounced, 0 for single characters and where it is not known."""
    table = _sound_table()
    first = table[(keys & np.uint64(0x1F_FFFF)).astype(np.int64)]
    second = table[((keys >> np.uint64(21)) & np.uint64(0x1F_FFFF)).astype(np.int64)]
    return np.where((first > 0) & (second > 0), first * 512 + second, 0).astype(np.int32)


@lru_cache(maxsize=1)
def _sound_table() -> NDArray[np.int32]:
    table = np.zeros(0x11_0000, np.int32)
    known = syllables()
    table[list(known)] = list(known.values())
    return table


def _totals(texts: NDArray[np.int32], weights: NDArray[Any], count: int) -> NDArray[np.float32]:
    return np.bincount(texts, weights=weights, minlength=count).astype(np.float32)


def _starts(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.concatenate(([0], np.cumsum(counts))).astype(np.int64)


def _pairs(
    grams: NDArray[Any], texts: NDArray[np.int32], count: int
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float32]]:
    """Return each distinct (gram, text) with its frequency, by gram and then by text."""
    width = np.int64(max(count, 1))
    pairs, frequency = np.unique(grams.astype(np.int64) * width + texts, return_counts=True)
    return (pairs // width).astype(np.int32), (pairs % width).astype(np.int32), frequency.astype(np.float32)


def _impacts(
    grams: NDArray[np.int32],
    texts: NDArray[np.int32],
    frequency: NDArray[np.float32],
    is_pair: NDArray[np.bool_],
    idf: NDArray[np.float32],
    count: int,
) -> NDArray[np.float32]:
    """Return what each posting adds to its text's score: BM25, single characters counting half."""
    impacts = np.empty(len(grams), np.float32)
    pairs = is_pair[grams]
    for chosen, share in ((pairs, 1.0), (~pairs, SINGLE_CHARACTER_SHARE)):
        sizes = np.bincount(texts[chosen], weights=frequency[chosen], minlength=count)
        spread = K1 * (1 - B + B * sizes / max(float(sizes.mean()) if count else 1.0, 1e-9))
        tf = frequency[chosen]
        impacts[chosen] = share * tf * (K1 + 1) / (tf + spread[texts[chosen]]) * idf[grams[chosen]]
    return impacts
