"""A message prepared for comparison: folded once, with its grams and its sentences."""

import re
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from knowledge_base.engine.grams import Keys, code_points, grams_of
from knowledge_base.engine.index import GRAM_LENGTHS, GramIndex
from knowledge_base.engine.normalise import MAX_CHARACTERS, folded
from knowledge_base.engine.synonyms import Synonyms

MAX_SENTENCES = 62
_PIECES = re.compile(r"[^\n ]+")


@dataclass(frozen=True)
class PreparedText:
    """A folded message; `grams` are the numbers of its distinct known n-grams in ascending order."""

    raw: str
    folded: str
    plain: str
    grams: NDArray[np.int64]
    counts: NDArray[np.int64]
    sentence_bits: NDArray[np.uint64]
    sentences: tuple[tuple[int, int], ...]
    unknown: int
    norm: float

    @cached_property
    def sentence_texts(self) -> list[str]:
        """Return the folded sentences without breaks."""
        return [self.folded[start:end].replace(" ", "") for start, end in self.sentences]


def prepare(text: str, index: GramIndex, synonyms: Synonyms) -> PreparedText:
    """Fold a message and look its n-grams up in an index. Beyond 6,000 characters the text is left aside."""
    text = text[:MAX_CHARACTERS]
    line = synonyms.unified(folded(text))
    codes = code_points(line)
    parts = [grams_of(codes, length) for length in GRAM_LENGTHS]
    keys: Keys = np.concatenate([part.keys for part in parts])
    starts = np.concatenate([part.starts for part in parts])
    sentences = sentences_of(line)
    distinct, inverse, counts = np.unique(keys, return_inverse=True, return_counts=True)
    bits = _bits(distinct, inverse, starts, sentences)
    numbers = index.lookup(distinct)
    known = numbers >= 0
    weights = (1 + np.log(counts)) * np.where(known, index.idf[numbers], index.unknown_idf)
    return PreparedText(
        raw=text,
        folded=line,
        plain=line.replace("\n", "").replace(" ", ""),
        grams=numbers[known],
        counts=counts[known],
        sentence_bits=bits[known],
        sentences=sentences,
        unknown=int((~known).sum()),
        norm=float(np.sqrt((weights**2).sum())) or 1.0,
    )


def sentences_of(line: str) -> tuple[tuple[int, int], ...]:
    """Return the spans of the sentences of a folded text; pieces are joined up to a useful length."""
    spans: list[tuple[int, int]] = []
    for match in re.finditer(r"[^\n]+", line):
        spans.extend(_windows(line, match.start(), match.end()))
    return tuple(spans[:MAX_SENTENCES])


def _windows(line: str, start: int, end: int) -> list[tuple[int, int]]:
    """Cut a long sentence at its clauses so that no piece is much longer than 40 characters."""
    if end - start <= 40:
        return [(start, end)]
    found: list[tuple[int, int]] = []
    first = start
    for match in _PIECES.finditer(line, start, end):
        if match.end() - first > 40 and match.start() > first:
            found.append((first, match.start()))
            first = match.start()
    found.append((first, end))
    return found


def _bits(
    distinct: Keys,
    inverse: NDArray[np.int64],
    starts: NDArray[np.int64],
    sentences: tuple[tuple[int, int], ...],
) -> NDArray[np.uint64]:
    """Return, for each distinct gram, a bit for every sentence that holds it."""
    bits = np.zeros(len(distinct), np.uint64)
    if len(sentences) and len(starts):
        begins = np.fromiter((s for s, _ in sentences), np.int64, len(sentences))
        which = np.minimum(np.searchsorted(begins, starts, side="right") - 1, MAX_SENTENCES - 1)
        np.bitwise_or.at(bits, inverse, np.uint64(1) << which.astype(np.uint64))
    return bits
