"""Finds near duplicates: messages whose title and text together are nearly the same, whoever wrote them.

Comparing each new message with every open one is too slow, so each text leaves a sketch (its smallest hashed
character triples), and only texts that share some of a sketch are compared in full with RapidFuzz.
"""

import re
import unicodedata
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from rapidfuzz import fuzz
from rapidfuzz.distance import Indel

SIMILAR_FROM = 80.0
LONGEST_TEXT = 4000
SHORT_TEXT = 40
SKETCH_SIZE = 24
SHARED_GRAMS = 2
SHORTEST_PASSAGE = 4

# At a ratio of 80 the shorter text has at least two thirds of the longer one's length.
_LENGTH_RATIO = SIMILAR_FROM / (200.0 - SIMILAR_FROM)
# A character has 21 bits, so a triple fits into 64 without a collision before it is scattered.
_BITS = np.uint64(21)
_SHIFT = np.uint64(31)
_FACTOR = np.uint64(0x9E3779B97F4A7C15)
_NOT_WORDS = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Duplicate:
    """An indexed message that is nearly the same; `similarity` is RapidFuzz's ratio over 100, 0.8..1."""

    key: int
    similarity: float


@dataclass(frozen=True, slots=True)
class DuplicatePair:
    """Two positions in a list of messages that are nearly the same, the earlier one first."""

    first: int
    second: int
    similarity: float


@dataclass(frozen=True, slots=True)
class Passage:
    """Words both texts have: text[start:end] in one, other[other_start:other_end] in the other."""

    start: int
    end: int
    other_start: int
    other_end: int


class DuplicateIndex:
    """The open messages, ready to be asked; adding and removing is cheap, so one index serves for days."""

    def __init__(self) -> None:
        """Start empty."""
        self._texts: dict[int, str] = {}
        self._sketches: dict[int, int | array[int]] = {}

    def __len__(self) -> int:
        """Return how many messages are indexed."""
        return len(self._texts)

    def __contains__(self, key: int) -> bool:
        """Tell whether the message is indexed."""
        return key in self._texts

    def add(self, key: int, text: str, *, title: str | None = None) -> None:
        """Index a message under its id; the same id again replaces what was there."""
        comparable = comparable_text(text, title=title)
        self._add(key, comparable, sketch(comparable))

    def find_and_add(self, key: int, text: str, *, title: str | None = None) -> list[Duplicate]:
        """Return the near duplicates that came before and index the message, at the price of one of the two."""
        self.remove(key)
        comparable = comparable_text(text, title=title)
        grams = sketch(comparable)
        found = self._find(comparable, grams, limit=None)
        self._add(key, comparable, grams)
        return found

    def _add(self, key: int, comparable: str, grams: list[int]) -> None:
        self.remove(key)
        self._texts[key] = comparable
        for gram in grams:
            known = self._sketches.get(gram)
            if known is None:
                self._sketches[gram] = key
            elif isinstance(known, int):
                self._sketches[gram] = array("q", (known, key))
            else:
                known.append(key)

    def remove(self, key: int) -> None:
        """Forget a message; one that isn't there is no error."""
        text = self._texts.pop(key, None)
        if text is None:
            return
        for gram in sketch(text):
            known = self._sketches.get(gram)
            if isinstance(known, array):
                known.remove(key)
            elif known == key:
                del self._sketches[gram]

    def find(self, text: str, *, title: str | None = None, limit: int | None = None) -> list[Duplicate]:
        """Return the near duplicates of a message, the most similar first; an empty text has none."""
        comparable = comparable_text(text, title=title)
        return self._find(comparable, sketch(comparable), limit=limit)

    def _find(self, text: str, grams: list[int], *, limit: int | None) -> list[Duplicate]:
        found = []
        for key in self._candidates(text, grams):
            similarity = fuzz.ratio(text, self._texts[key], score_cutoff=SIMILAR_FROM)
            if similarity >= SIMILAR_FROM:
                found.append(Duplicate(key, similarity / 100))
        found.sort(key=lambda duplicate: (-duplicate.similarity, duplicate.key))
        return found[:limit]

    def _candidates(self, text: str, grams: list[int]) -> Iterator[int]:
        shared: Counter[int] = Counter()
        for gram in grams:
            known = self._sketches.get(gram)
            if isinstance(known, int):
                shared[known] += 1
            elif known is not None:
                shared.update(known)
        wanted = min(SHARED_GRAMS, len(grams))
        shortest, longest = len(text) * _LENGTH_RATIO, len(text) / _LENGTH_RATIO
        for key, count in shared.items():
            if count >= wanted and shortest <= len(self._texts[key]) <= longest:
                yield key


def comparable_text(text: str, *, title: str | None = None) -> str:
    """Return title and text together as they are compared: one width and case, without spaces and signs.

    Only the first 4,000 characters of each count.
    """
    whole = f"{(title or '')[:LONGEST_TEXT]}{text[:LONGEST_TEXT]}"
    return _NOT_WORDS.sub("", unicodedata.normalize("NFKC", whole).lower())


def similarity(text: str, other: str) -> float:
    """Return RapidFuzz's ratio of two comparable texts over 100; 0 when it is below the limit of 0.8."""
    return fuzz.ratio(text, other, score_cutoff=SIMILAR_FROM) / 100


def likeness(text: str, other: str) -> float:
    """Return RapidFuzz's ratio of two comparable texts over 100, however small."""
    return fuzz.ratio(text, other) / 100


def find_pairs(messages: Iterable[tuple[str | None, str]]) -> list[DuplicatePair]:
    """Return all pairs of near duplicates among (title, text) messages, in order of their second member."""
    index = DuplicateIndex()
    pairs: list[DuplicatePair] = []
    for position, (title, text) in enumerate(messages):
        found = index.find_and_add(position, text, title=title)
        pairs += (DuplicatePair(duplicate.key, position, duplicate.similarity) for duplicate in found)
    return pairs


def agreeing_passages(text: str, other: str) -> list[Passage]:
    """Return the passages of at least four characters that both raw texts have, in reading order."""
    blocks = Indel.opcodes(text[:LONGEST_TEXT], other[:LONGEST_TEXT])
    return [
        Passage(block.src_start, block.src_end, block.dest_start, block.dest_end)
        for block in blocks
        if block.tag == "equal" and block.src_end - block.src_start >= SHORTEST_PASSAGE
    ]


def sketch(text: str) -> list[int]:
    """Return the numbers by which similar texts find each other: the smallest hashed character triples.

    A short text has few triples, so all of them count and its pairs too.
    """
    chars = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32).astype(np.uint64)
    triples = np.unique(_scatter(chars[:-2] | chars[1:-1] << _BITS | chars[2:] << (_BITS + _BITS)))
    if len(text) > SHORT_TEXT:
        return _as_list(triples[:SKETCH_SIZE])
    pairs = np.unique(_scatter(chars[:-1] | chars[1:] << _BITS))
    return _as_list(
        np.concatenate((triples, pairs, _scatter(chars[:1]))) if len(text) > 1 else _scatter(chars)
    )


def _scatter(grams: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Spread the grams' numbers evenly, so that the smallest are a fair sample whatever their characters."""
    mixed = (grams ^ (grams >> _SHIFT)) * _FACTOR
    return mixed ^ (mixed >> _SHIFT)


def _as_list(numbers: npt.NDArray[np.uint64]) -> list[int]:
    return [int(number) for number in numbers.tolist()]
