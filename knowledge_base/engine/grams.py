"""Character n-grams as numbers, so that numpy can count, sort and look them up without Python loops."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Keys = NDArray[np.uint64]
Codes = NDArray[np.uint32]

_BITS = 21
_SENTENCE = ord("\n")
_CLAUSE = ord(" ")


@dataclass(frozen=True, slots=True)
class Grams:
    """The n-grams of one length: a key for each and the position of its first character."""

    keys: Keys
    starts: NDArray[np.int64]


def code_points(folded: str) -> Codes:
    """Return a folded text as an array of code points."""
    return np.frombuffer(folded.encode("utf-32-le", "ignore"), dtype=np.uint32)


def grams_of(codes: Codes, length: int) -> Grams:
    """Return the n-grams that cross no break; equal n-grams have equal keys, of whatever length."""
    size = len(codes) - length + 1
    if size <= 0:
        return Grams(np.empty(0, np.uint64), np.empty(0, np.int64))
    letters = (codes != _SENTENCE) & (codes != _CLAUSE)
    whole = letters[:size].copy()
    wide = codes.astype(np.uint64)
    keys = wide[:size].copy()
    for offset in range(1, length):
        whole &= letters[offset : offset + size]
        keys |= wide[offset : offset + size] << np.uint64(_BITS * offset)
    starts = np.flatnonzero(whole)
    return Grams(keys[starts], starts)


def plain_grams(codes: Codes) -> tuple[Keys, NDArray[np.int64], int]:
    """Return the distinct characters and pairs of a text without breaks, with their counts.

    Single characters come first, in ascending order of keys; the last value says how many they are.
    """
    single = codes.astype(np.uint64)
    pairs = single[:-1] | single[1:] << np.uint64(_BITS)
    keys, counts = np.unique(np.concatenate((single, pairs)), return_counts=True)
    return keys, counts, int(keys.searchsorted(np.uint64(1 << _BITS)))


def plain_pairs(pairs: Sequence[str]) -> Keys:
    """Return the key of each string of two characters, in the order given."""
    codes = code_points("".join(pairs)).astype(np.uint64)
    return codes[::2] | codes[1::2] << np.uint64(_BITS)


def lengths_of(keys: Keys) -> NDArray[np.uint8]:
    """Return how many characters each key stands for."""
    two = (keys >> np.uint64(_BITS)) > 0
    three = (keys >> np.uint64(2 * _BITS)) > 0
    return (1 + two.astype(np.uint8) + three.astype(np.uint8)).astype(np.uint8)


def slices(starts: NDArray[np.int64], counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the indices of many runs (`starts`, `counts`) one after another."""
    ends: NDArray[np.int64] = counts.cumsum()
    total = int(ends[-1]) if len(ends) else 0
    places: NDArray[np.int64] = np.arange(total, dtype=np.int64) + (starts - (ends - counts)).repeat(counts)
    return places
