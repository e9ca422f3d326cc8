"""Turns a message into numbers: characters and words of title and body apart, their meaning, and duty words.

Character runs and words are hashed into a fixed number of buckets, so nothing but arrays has to be stored. What a
bucket weighs (its rarity) and which direction of meaning its words point to (a truncated singular value
decomposition over labelled and unlabelled messages) are learned by `fit`. Words of the catalogue's duties and of
common subjects are counted by duty and subject, and a sentence model's vectors join where there are any.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zlib import crc32

import numpy as np
import numpy.typing as npt

from routing.words import WordScanner, normalise

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int32]
Small = npt.NDArray[np.uint8]
Codes = npt.NDArray[np.uint64]

BUCKET_BITS = 20
LONGEST_TITLE = 200
LONGEST_BODY = 1200
MEANING_DIMENSIONS = 100
MEANING_MESSAGES = 6000
COMMONEST_SHARE = 0.3
POWER_STEPS = 4
LONGEST_RUN = 3

TITLE_CHARACTERS, BODY_CHARACTERS, TITLE_WORDS, BODY_WORDS, ALL_WORDS = range(1, 6)

# Title characters, body characters, title words, body words: how much each section weighs, and in how many
# messages a bucket must occur to count.
SECTION_WEIGHTS = (1.2, 1.0, 1.2, 1.0)
SECTION_FLOORS = (1, 2, 1, 2)
MEANING_WEIGHT = 1.0
MEANING_FLOOR = 3
DUTY_WEIGHT = 0.3
DUTY_TITLE = 1.5
SENTENCE_WEIGHT = 1.0

# A word said ten times is not ten times as telling.
_DAMPED = np.concatenate(([0.0], 1 + np.log(np.arange(1, 256)))).astype(np.float32)
_NOTHING = np.zeros(0, dtype=np.float32)
_MASK = np.uint64(0x1FFFFF)
_SHIFT = np.uint64(64 - BUCKET_BITS)
_FACTOR = np.uint64(0x9E3779B97F4A7C15)
_SALTS = [np.uint64(section * 0x9E3779B97F4A7C15 % 2**64) for section in range(ALL_WORDS + 1)]


@dataclass(frozen=True, slots=True)
class Counted:
    """A message as hashed buckets and how often each occurs, before anything learned is applied."""

    sections: tuple[tuple[Ints, Small], ...]
    meaning: tuple[Ints, Small]
    duties: Floats
    sentence: Floats


@dataclass(frozen=True, slots=True)
class Vector:
    """A message as the linear model reads it: sparse columns with values, and a dense tail."""

    columns: Ints
    values: Floats
    dense: Floats


class Lexicon:
    """Words that each point to one or more duties or subjects; part of a model, so that it stays the same."""

    def __init__(
        self, duties_of_word: Mapping[str, Sequence[int]], size: int, *, weight: float = DUTY_WEIGHT
    ) -> None:
        """Take each word with the numbers (0 … size-1) of the duties that it points to, and their common weight."""
        self.duties_of_word = {
            normalise(word).strip(): tuple(duties) for word, duties in duties_of_word.items()
        }
        self.size = size
        self.weight = weight
        self._scanner = WordScanner(self.duties_of_word)

    def counts(self, text: str) -> Floats:
        """Return how often each duty's words occur in a normalised text."""
        counts = np.zeros(self.size, dtype=np.float32)
        for hit in self._scanner.find(text):
            for duty in self.duties_of_word[hit.word]:
                counts[duty] += 1
        return counts

    def features(self, title: str, body: str) -> Floats:
        """Return what a normalised message says of each duty, in its title and in its body."""
        found = np.concatenate((DUTY_TITLE * np.log1p(self.counts(title)), np.log1p(self.counts(body))))
        return _unit(found.astype(np.float32)) * np.float32(self.weight)


def count_features(
    title: str | None, text: str, lexicons: Sequence[Lexicon], sentence: Floats | None = None
) -> Counted:
    """Count the buckets of one message; the first 200 characters of the title and 1,200 of the body are read.

    `sentence` is what a sentence model makes of the message, if one is used.
    """
    head, body = normalise((title or "")[:LONGEST_TITLE]), normalise(text[:LONGEST_BODY])
    head_codes, body_codes = _word_codes(_words(head)), _word_codes(_words(body))
    return Counted(
        sections=(
            _counted(_runs(head), TITLE_CHARACTERS),
            _counted(_runs(body), BODY_CHARACTERS),
            _counted(head_codes, TITLE_WORDS),
            _counted(body_codes, BODY_WORDS),
        ),
        meaning=_counted(np.concatenate((head_codes, head_codes, body_codes)), ALL_WORDS),
        duties=np.concatenate([_NOTHING, *(lexicon.features(head, body) for lexicon in lexicons)]),
        sentence=_NOTHING if sentence is None else sentence.astype(np.float32) * np.float32(SENTENCE_WEIGHT),
    )


@dataclass(frozen=True, slots=True)
class FeatureSpace:
    """What was learned of the buckets; turns counted messages into vectors."""

    columns: Ints
    rarity: Floats
    meaning_columns: Ints
    meaning_rarity: Floats
    directions: Floats

    @classmethod
    def fit(cls, labelled: Sequence[Counted], unlabelled: Sequence[Counted] = ()) -> "FeatureSpace":
        """Learn from messages; the labelled ones decide which buckets exist, all of them what words mean."""
        columns, rarity = _columns(labelled)
        everything = [*labelled, *unlabelled]
        meaning_columns, meaning_rarity = _meaning_columns(everything)
        sample = everything[:: max(1, math.ceil(len(everything) / MEANING_MESSAGES))]
        directions = _directions(
            [_weigh(found.meaning, meaning_columns, meaning_rarity) for found in sample], meaning_rarity.size
        )
        return cls(columns, rarity, meaning_columns, meaning_rarity, directions)

    @property
    def sparse_size(self) -> int:
        """Return the number of sparse columns."""
        return int(self.rarity.size)

    def vector(self, counted: Counted) -> Vector:
        """Return the message's vector; each section has length one before it is weighed."""
        found = weigh_sections(self, counted)
        return Vector(
            np.concatenate([columns for columns, _ in found]),
            np.concatenate([values for _, values in found]),
            self.dense(counted),
        )

    def dense(self, counted: Counted) -> Floats:
        """Return the vector's tail: where the words point to, duties and subjects, the sentence model's vector."""
        columns, values = _weigh(counted.meaning, self.meaning_columns, self.meaning_rarity)
        meaning = _unit(values @ self.directions[columns]) * np.float32(MEANING_WEIGHT)
        return np.concatenate((meaning, counted.duties, counted.sentence))


def weigh_sections(space: FeatureSpace, counted: Counted) -> list[tuple[Ints, Floats]]:
    """Return the columns and values of title characters, body characters, title words and body words."""
    return [
        _weigh(section, space.columns, space.rarity, scale)
        for section, scale in zip(counted.sections, SECTION_WEIGHTS, strict=True)
    ]


def read_words(title: str | None, text: str) -> list[str]:
    """Return the different words of a message, those of one character left out."""
    both = (*_words(normalise((title or "")[:LONGEST_TITLE])), *_words(normalise(text[:LONGEST_BODY])))
    return [word for word in dict.fromkeys(both) if len(word) > 1]


def word_buckets(words: Sequence[str], section: int) -> Ints:
    """Return the buckets of words in a section, to look up what they speak for."""
    return _buckets(_word_codes(words), section)


def _words(text: str) -> tuple[str, ...]:
    from rjieba import cut  # its dictionary takes 32 MB, which only a process with a classifier should pay

    return tuple(word for word in cut(text) if len(word) > 1 or "\u4e00" <= word <= "\u9fff")


def _word_codes(words: Sequence[str]) -> Codes:
    return np.array([crc32(word.encode("utf-8", "replace")) for word in words], dtype=np.uint64)


def _runs(text: str) -> Codes:
    """Return the codes of all runs of one to three characters; a character has 21 bits."""
    chars = (
        np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32).astype(np.uint64) & _MASK
    )
    runs = [chars]
    for length in range(2, LONGEST_RUN + 1):
        if chars.size >= length:
            runs.append(runs[-1][:-1] << np.uint64(21) | chars[length - 1 :])
    return np.concatenate(runs)


def _buckets(codes: Codes, section: int) -> Ints:
    mixed = (codes + _SALTS[section]) * _FACTOR
    mixed ^= mixed >> np.uint64(29)
    return (mixed * _FACTOR >> _SHIFT).astype(np.int32)


def _counted(codes: Codes, section: int) -> tuple[Ints, Small]:
    buckets, counts = np.unique(_buckets(codes, section), return_counts=True)
    return buckets, np.minimum(counts, 255).astype(np.uint8)


def _columns(labelled: Sequence[Counted]) -> tuple[Ints, Floats]:
    kept = np.zeros(1 << BUCKET_BITS, dtype=bool)
    frequency = np.zeros(1 << BUCKET_BITS, dtype=np.int64)
    for section, floor in enumerate(SECTION_FLOORS):
        counts = np.bincount(
            np.concatenate([found.sections[section][0] for found in labelled]), minlength=1 << BUCKET_BITS
        )
        kept |= counts >= max(floor, len(labelled) // 50_000 + floor)
        frequency += counts
    return _numbered(kept, frequency, len(labelled))


def _meaning_columns(messages: Sequence[Counted]) -> tuple[Ints, Floats]:
    buckets = np.concatenate([found.meaning[0] for found in messages])
    frequency = np.bincount(buckets, minlength=1 << BUCKET_BITS)
    commonest = max(MEANING_FLOOR, COMMONEST_SHARE * len(messages))
    kept = (frequency >= MEANING_FLOOR) & (frequency <= commonest)
    return _numbered(kept, frequency, len(messages))


def _numbered(
    kept: npt.NDArray[np.bool_], frequency: npt.NDArray[np.int64], messages: int
) -> tuple[Ints, Floats]:
    columns = np.full(1 << BUCKET_BITS, -1, dtype=np.int32)
    columns[kept] = np.arange(int(kept.sum()), dtype=np.int32)
    return columns, (np.log((1 + messages) / (1 + frequency[kept])) + 1).astype(np.float32)


def _weigh(
    counted: tuple[Ints, Small], numbers: Ints, rarity: Floats, scale: float = 1.0
) -> tuple[Ints, Floats]:
    buckets, counts = counted
    columns = numbers[buckets]
    known = columns >= 0
    columns = columns[known]
    return columns, _unit(_DAMPED[counts[known]] * rarity[columns]) * np.float32(scale)


def _unit(values: Floats) -> Floats:
    length = float(np.sqrt(values @ values))
    return values / np.float32(length) if length > 0 else values


def _directions(rows: Sequence[tuple[Ints, Floats]], size: int) -> Floats:
    """Return the main directions of the rows, by a randomised decomposition with a fixed seed."""
    dimensions = min(MEANING_DIMENSIONS, len(rows), size)
    if dimensions == 0:
        return np.zeros((size, 0), dtype=np.float32)
    random = np.random.default_rng(0)
    basis = random.standard_normal((size, min(dimensions + 20, len(rows), size))).astype(np.float32)
    for _ in range(POWER_STEPS):
        basis = _orthonormal(_times_transposed(rows, _times(rows, basis), size))
    projected = _times(rows, basis)
    # The directions come from a matrix as small as the number of directions, not of messages.
    _, turned = np.linalg.eigh(projected.T @ projected)
    return np.ascontiguousarray((basis @ turned[:, ::-1])[:, :dimensions], dtype=np.float32)


def _orthonormal(matrix: Floats) -> Floats:
    """Return columns of the same span with length one and at right angles; what has no length is left out."""
    values, turned = np.linalg.eigh(matrix.T.astype(np.float64) @ matrix)
    kept = values > values[-1] * 1e-9
    turn: Floats = (turned[:, kept] / np.sqrt(values[kept])).astype(np.float32)
    return matrix @ turn


def _times(rows: Sequence[tuple[Ints, Floats]], matrix: Floats) -> Floats:
    return np.stack([values @ matrix[columns] for columns, values in rows])


def _times_transposed(rows: Sequence[tuple[Ints, Floats]], matrix: Floats, size: int) -> Floats:
    total = np.zeros((size, matrix.shape[1]), dtype=np.float32)
    for (columns, values), row in zip(rows, matrix, strict=True):
        total[columns] += values[:, None] * row
    return total
