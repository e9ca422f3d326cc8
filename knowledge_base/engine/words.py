"""Whole words beside pairs of characters: 大学 and 学生 share no word in 大学生, though they share characters."""

import math
from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowledge_base.engine.columns import Array, Arrays, Rows, Vocabulary, stack, starts_of
from knowledge_base.engine.grams import slices
from knowledge_base.engine.index import IDF_SCALE, rarity

_LONGEST = 2_000


@dataclass(frozen=True, slots=True)
class WordTable:
    """The distinct words of every indexed text, numbered, with their rarity."""

    numbers: Vocabulary
    idf: Rows
    starts: Rows
    words: Rows

    @classmethod
    def open(cls, base: Arrays, more: Arrays | None = None) -> "WordTable":
        """Return the table of the columns that `word_columns` has made."""
        rows = stack(base, more)
        return cls(Vocabulary.of(rows["keys"]), rows["idf"], rows["word_starts"], rows["words"])


def word_columns(texts: Iterable[str], base: Arrays | None = None) -> dict[str, Array]:
    """Cut many folded texts into words; those that `base` has not met are numbered behind its own."""
    met: dict[str, int] = {}
    held, counts = array("i"), array("i")
    for text in texts:
        distinct = {met.setdefault(word, len(met)) for word in words_of(text)}
        held.extend(distinct)
        counts.append(len(distinct))
    keys = word_keys(met)
    known = Vocabulary(base["keys"]) if base else Vocabulary(np.empty(0, np.uint64))
    vocabulary = known.with_later(keys)
    words = vocabulary.find(keys)[np.frombuffer(held, np.int32)].astype(np.int32)
    new = words[words >= len(known)] - len(known)
    size = len(counts) + (len(base["word_starts"]) - 1 if base else 0)
    return {
        "keys": vocabulary.later,
        "idf": rarity(np.bincount(new, minlength=len(vocabulary.later)), size),
        "word_starts": starts_of(np.frombuffer(counts, np.int32)),
        "words": words,
    }


def word_keys(words: Iterable[str]) -> NDArray[np.uint64]:
    """Return the key by which each word is known."""
    return np.array([_word_key(word) for word in words], np.uint64)


@lru_cache(maxsize=100_000)
def _word_key(word: str) -> int:
    return int.from_bytes(blake2b(word.encode(errors="surrogatepass"), digest_size=8).digest(), "big")


def words_of(text: str) -> list[str]:
    """Return the words of a folded text, the first 2,000 characters of it."""
    from rjieba import cut  # its dictionary takes 32 MB, which only a process with an engine should pay

    found: list[str] = cut(text[:_LONGEST])
    return found


def word_evidence(text: str, table: WordTable, candidates: NDArray[np.int64]) -> list[NDArray[Any]]:
    """Return the weight of the words that each candidate shares with a text, of those that it does not share,
    the share of the former, the cosine of both, and the weight of the rarest word of the text that it lacks.
    """
    ours = set(words_of(text))
    numbers = table.numbers.find(word_keys(ours))
    known = np.sort(numbers[numbers >= 0])
    starts = table.starts[candidates]
    counts = table.starts[candidates + 1] - starts
    words = table.words[slices(starts, counts)]
    place = np.minimum(known.searchsorted(words), max(len(known) - 1, 0))
    shared = known[place] == words if len(known) else np.zeros(len(words), bool)
    idf = table.idf[words]
    parts = np.empty((4, len(words)), np.float32)
    np.multiply(idf, shared, out=parts[0])
    parts[1] = idf
    np.multiply(parts[0], idf, out=parts[2])
    np.multiply(idf, idf, out=parts[3])
    hit, total, dot, square = np.add.reduceat(parts, counts.cumsum() - counts, axis=1)
    unknown = (len(ours) - len(known)) * IDF_SCALE**2
    norm = math.sqrt(float((table.idf[known] ** 2).sum()) + unknown) or 1.0
    return [
        hit,
        total - hit,
        hit / np.maximum(total, 1e-9),
        dot / np.maximum(np.sqrt(square) * norm, 1e-9),
        _rarest_lacking(table.idf[known], unknown > 0, (len(candidates), counts), place, shared),
    ]


def _rarest_lacking(
    weights: NDArray[np.float32],
    has_unknown: bool,
    shape: tuple[int, NDArray[np.int64]],
    place: NDArray[np.int64],
    shared: NDArray[np.bool_],
) -> NDArray[Any]:
    """Return the greatest weight of a word of the text that each candidate lacks; no text holds an unknown one."""
    size, counts = shape
    if has_unknown or not len(weights):
        return np.full(size, IDF_SCALE if has_unknown else 0.0)
    lacking = np.tile(weights, (size, 1))
    lacking[np.arange(size).repeat(counts)[shared], place[shared]] = 0
    rarest: NDArray[Any] = lacking.max(axis=1)
    return rarest
