"""The inverted index: which texts hold a character or a pair of characters, and which of them a text holds.

Everything is a flat numpy column (compressed sparse rows), so a million texts stay compact and an index can be
mapped from disk as it is. What has changed since lies behind it in a second, small set of columns.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from knowledge_base.engine.columns import Arrays, Rows, Vocabulary, stack
from knowledge_base.engine.grams import Keys
from knowledge_base.engine.pinyin import syllables

IDF_SCALE = 10.0

_MANY = 8
_NO_TEXTS = np.empty(0, np.int64)


@dataclass(frozen=True, slots=True)
class Postings:
    """Which texts hold a gram, and how much each counts for it: `grams` names the rows, None for all in order.

    `impacts` are sixteen-bit shares of what `scales` says of the gram; `first` is the number of the first text.
    """

    grams: NDArray[np.int64] | None
    starts: NDArray[np.int64]
    texts: NDArray[np.int32]
    impacts: NDArray[np.uint16]
    first: int

    def runs(self, grams: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return where the texts of each gram begin, and how many there are."""
        if self.grams is not None:
            at = np.minimum(self.grams.searchsorted(grams), max(len(self.grams) - 1, 0))
            held = self.grams[at] == grams if len(self.grams) else np.zeros(len(grams), bool)
            starts = self.starts[at]
            return starts, np.where(held, self.starts[np.minimum(at + 1, len(self.starts) - 1)] - starts, 0)
        inside = grams < len(self.starts) - 1
        safe = np.where(inside, grams, 0)
        starts = self.starts[safe]
        return starts, np.where(inside, self.starts[safe + 1] - starts, 0) if len(self.starts) > 1 else starts


@dataclass(frozen=True, slots=True)
class GramIndex:
    """An immutable index over texts numbered from 0; grams are numbered in the order of their sorted keys.

    `idf` runs up to IDF_SCALE for what no text holds, whatever the size of the base, so that a weight means the
    same in a base of a hundred texts and of a hundred thousand. `sounds` tells how a pair is pronounced, 0 where
    that is not known or the gram is a single character.
    """

    vocabulary: Vocabulary
    is_pair: Rows
    idf: Rows
    scales: Rows
    sounds: Rows
    forward_starts: Rows
    forward_grams: Rows
    norms: Rows
    single_totals: Rows
    pair_totals: Rows
    postings: tuple[Postings, ...]

    @classmethod
    def open(cls, base: Arrays, more: Arrays | None = None) -> "GramIndex":
        """Return the index of the columns that `gram_columns` has made."""
        rows = stack(base, more)
        parts = [(base, 0)] if more is None else [(base, 0), (more, len(base["norms"]))]
        return cls(
            vocabulary=Vocabulary.of(rows["keys"]),
            **{name: rows[name] for name in _PLAIN_COLUMNS},
            postings=tuple(
                Postings(
                    part["posting_grams"] if first else None,
                    part["posting_starts"],
                    part["posting_texts"],
                    part["posting_impacts"],
                    first,
                )
                for part, first in parts
            ),
        )

    @property
    def size(self) -> int:
        """Return how many texts are indexed."""
        return len(self.norms)

    def lookup(self, keys: Keys) -> NDArray[np.int64]:
        """Return the number of each gram, -1 for grams that no text holds."""
        return self.vocabulary.find(keys)

    @contextmanager
    def scores(
        self,
        grams: NDArray[np.int64],
        weights: NDArray[np.float32],
        cells: NDArray[np.float32],
        budget: int,
    ) -> Iterator["Scores"]:
        """Score every text for these grams by BM25, in `cells`: zeroed before and after, a cell for each text.

        The rarest grams go first; common ones beyond a `budget` of postings are left out, which bounds the time in
        a large base and hardly moves the best texts.
        """
        factors = weights * self.scales[grams]
        try:
            touched = [_add(part, grams, factors, cells, budget) for part in self.postings]
            texts = touched[0] if len(touched) == 1 else np.concatenate(touched)
            yield Scores(cells, texts)
        except BaseException:  # a job may be timed out anywhere
            cells.fill(0)
            raise
        cells[texts] = 0


class Scores:
    """What texts score; looks at every cell or only at those that were touched, whichever takes less time."""

    def __init__(self, cells: NDArray[np.float32], texts: NDArray[np.int64]) -> None:
        self._cells = cells
        self._texts = None if len(cells) < _MANY * len(texts) else texts
        self._values = cells if self._texts is None else cells[texts]
        self.highest = float(self._values.max(initial=0))

    def above(self, floor: float) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return the texts that score more than this, each once, and their scores."""
        chosen = (self._values > floor).nonzero()[0]
        if self._texts is None:
            return chosen, self._values[chosen]
        texts = self._texts[chosen]
        turns = np.arange(len(texts), dtype=np.float32)
        self._cells[texts] = turns  # of a text that is touched often the last turn stays
        last = self._cells[texts] == turns
        return texts[last], self._values[chosen[last]]


_PLAIN_COLUMNS = (
    "is_pair",
    "idf",
    "scales",
    "sounds",
    "forward_starts",
    "forward_grams",
    "norms",
    "single_totals",
    "pair_totals",
)


def _add(
    part: Postings,
    grams: NDArray[np.int64],
    factors: NDArray[np.float32],
    cells: NDArray[np.float32],
    budget: int,
) -> NDArray[np.int64]:
    """Add what each posting counts to its text's cell, and return the texts."""
    starts, counts = part.runs(grams)
    if int(counts.sum()) > budget:
        order = np.argsort(counts, kind="stable")
        kept = order[: max(1, int(np.searchsorted(np.cumsum(counts[order]), budget)))]
        starts, counts, factors = starts[kept], counts[kept], factors[kept]
    runs = [slice(*run) for run in zip(starts.tolist(), (starts + counts).tolist(), strict=True)]
    if not runs:
        return _NO_TEXTS
    texts = np.concatenate([part.texts[run] for run in runs])
    impacts = np.concatenate([part.impacts[run] for run in runs])
    texts = texts.astype(np.int64) + part.first
    np.add.at(cells, texts, impacts * factors.repeat(counts))
    return texts


def rarity(holding: NDArray[np.int64], count: int) -> NDArray[np.float32]:
    """Return how much a term tells that so many of `count` texts hold, up to IDF_SCALE."""
    rarest = float(np.log1p((count + 0.5) / 0.5))
    return (IDF_SCALE / rarest * np.log1p((count - holding + 0.5) / (holding + 0.5))).astype(np.float32)


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
