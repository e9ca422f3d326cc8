"""Whole words beside pairs of characters: 大学 and 学生 share no word in 大学生, though they share characters."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowledge_base.engine.grams import slices
from knowledge_base.engine.index import IDF_SCALE

_LONGEST = 2_000


@dataclass(frozen=True, slots=True)
class WordTable:
    """The distinct words of every indexed text, numbered, with their rarity."""

    numbers: dict[str, int]
    idf: NDArray[np.float32]
    starts: NDArray[np.int64]
    words: NDArray[np.int32]


def word_table(texts: Sequence[str]) -> WordTable:
    """Cut many folded texts into words."""
    numbers: dict[str, int] = {}
    words: list[int] = []
    counts = np.zeros(len(texts) + 1, np.int64)
    for at, text in enumerate(texts, start=1):
        distinct = {numbers.setdefault(word, len(numbers)) for word in words_of(text)}
        words.extend(distinct)
        counts[at] = len(distinct)
    held = np.array(words, np.int32)
    holding = np.bincount(held, minlength=len(numbers)) if len(held) else np.zeros(len(numbers))
    rarest = np.log1p((len(texts) + 0.5) / 0.5)
    idf = IDF_SCALE / rarest * np.log1p((len(texts) - holding + 0.5) / (holding + 0.5))
    return WordTable(numbers, idf.astype(np.float32), np.cumsum(counts), held)


def words_of(text: str) -> list[str]:
    """Return the words of a folded text, the first 2,000 characters of it."""
    from rjieba import cut  # its dictionary takes 32 MB, which only a process with an engine should pay

    found: list[str] = cut(text[:_LONGEST])
    return found


def word_evidence(text: str, table: WordTable, candidates: NDArray[np.int64]) -> list[NDArray[Any]]:
    """Return the weight of the words that each candidate shares with a text, of those that it does not share,
    the share of the former, and the cosine of both.
    """
    ours = set(words_of(text))
    known = {number for word in ours if (number := table.numbers.get(word)) is not None}
    starts = table.starts[candidates]
    counts = table.starts[candidates + 1] - starts
    words = table.words[slices(starts, counts)]
    shared = np.array([word in known for word in words.tolist()], bool)
    idf = table.idf[words]
    parts = np.empty((4, len(words)), np.float32)
    np.multiply(idf, shared, out=parts[0])
    parts[1] = idf
    np.multiply(parts[0], idf, out=parts[2])
    np.multiply(idf, idf, out=parts[3])
    hit, total, dot, square = np.add.reduceat(parts, counts.cumsum() - counts, axis=1)
    unknown = (len(ours) - len(known)) * IDF_SCALE**2
    norm = math.sqrt(sum(w * w for w in table.idf[list(known)].tolist()) + unknown) or 1.0
    return [hit, total - hit, hit / np.maximum(total, 1e-9), dot / np.maximum(np.sqrt(square) * norm, 1e-9)]
