"""The inverted index: which phrasings hold a character n-gram, and which n-grams a phrasing holds.

Everything is a flat numpy array (compressed sparse rows), so a million phrasings stay compact and an index
can be mapped from disk as it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowledge_base.engine.grams import Keys, code_points, grams_of, lengths_of, slices

GRAM_LENGTHS = (1, 2, 3)
POSTING_LENGTH = 2
K1 = 1.2
B = 0.75
POSTING_BUDGET = 400_000


@dataclass(frozen=True, slots=True)
class GramIndex:
    """An immutable index over texts numbered from 0; grams are numbered in the order of their sorted keys."""

    keys: Keys
    lengths: NDArray[np.uint8]
    idf: NDArray[np.float32]
    posting_starts: NDArray[np.int64]
    posting_texts: NDArray[np.int32]
    posting_weights: NDArray[np.float32]
    forward_starts: NDArray[np.int64]
    forward_grams: NDArray[np.int32]
    norms: NDArray[np.float32]
    unknown_idf: float

    @property
    def size(self) -> int:
        """Return how many texts are indexed."""
        return len(self.forward_starts) - 1

    def lookup(self, keys: Keys) -> NDArray[np.int64]:
        """Return the number of each gram, -1 for grams that no text holds."""
        if not len(self.keys):
            return np.full(len(keys), -1, np.int64)
        found = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
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
            weights=self.posting_weights[places] * np.repeat(weights, counts),
            minlength=self.size,
        )
        return totals


def build_index(folded_texts: Sequence[str]) -> GramIndex:
    """Build an index over folded texts."""
    codes = code_points("\n".join([*folded_texts, ""]))
    text_ends = np.cumsum(np.fromiter((len(t) + 1 for t in folded_texts), np.int64, len(folded_texts)))
    keys, texts, starts = _all_grams(codes, text_ends)
    vocabulary, grams = np.unique(keys, return_inverse=True)
    del keys
    count = len(folded_texts)
    order = np.lexsort((starts, texts))
    forward = grams[order].astype(np.int32)
    forward_starts = np.searchsorted(texts[order], np.arange(count + 1)).astype(np.int64)
    lengths = lengths_of(vocabulary)
    pairs, frequency = np.unique(
        grams.astype(np.uint64) * np.uint64(max(count, 1)) + texts.astype(np.uint64), return_counts=True
    )
    pair_gram = (pairs // np.uint64(max(count, 1))).astype(np.int64)
    pair_text = (pairs % np.uint64(max(count, 1))).astype(np.int32)
    holding = np.bincount(pair_gram, minlength=len(vocabulary))
    idf = np.log1p((count - holding + 0.5) / (holding + 0.5)).astype(np.float32)
    posted = lengths[pair_gram] == POSTING_LENGTH
    text_sizes = np.bincount(pair_text[posted], weights=frequency[posted], minlength=count)
    mean_size = float(text_sizes.mean()) if count else 1.0
    spread = K1 * (1 - B + B * text_sizes / max(mean_size, 1.0))
    tf = frequency[posted].astype(np.float32)
    weights = tf * (K1 + 1) / (tf + spread[pair_text[posted]]) * idf[pair_gram[posted]]
    posting_counts = np.bincount(pair_gram[posted], minlength=len(vocabulary))
    tfidf = (1 + np.log(frequency)) * idf[pair_gram]
    norms = np.sqrt(np.bincount(pair_text, weights=tfidf**2, minlength=count))
    return GramIndex(
        keys=vocabulary,
        lengths=lengths,
        idf=idf,
        posting_starts=np.concatenate(([0], np.cumsum(posting_counts))).astype(np.int64),
        posting_texts=pair_text[posted],
        posting_weights=weights.astype(np.float32),
        forward_starts=forward_starts,
        forward_grams=forward,
        norms=norms.astype(np.float32),
        unknown_idf=float(np.log1p((count + 0.5) / 0.5)),
    )


def _all_grams(
    codes: NDArray[np.uint32], text_ends: NDArray[np.int64]
) -> tuple[Keys, NDArray[np.int64], NDArray[np.int64]]:
    """Return key, text and position of every gram of every length."""
    found = [grams_of(codes, length) for length in GRAM_LENGTHS]
    keys = np.concatenate([grams.keys for grams in found])
    starts = np.concatenate([grams.starts for grams in found])
    return keys, np.searchsorted(text_ends, starts, side="right"), starts
