"""Evidence: what speaks for each candidate, a column for each kind and a row for each candidate."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz
from rapidfuzz.distance import JaroWinkler, LCSseq

from knowledge_base.engine.grams import slices
from knowledge_base.engine.index import GramIndex
from knowledge_base.engine.message import PreparedText
from knowledge_base.engine.traits import TraitTable, gist_of, kinds_in
from knowledge_base.engine.words import WordTable, word_evidence

Column = NDArray[np.float64]

SHARED = (
    "score",
    "cover2",
    "cover2_rel",
    "matched2_rel",
    "missing1",
    "missing2",
    "rarest1",
    "rarest2",
    "beyond1",
    "cosine",
    "cosine_rel",
    "jaccard1",
    "lack1",
    "synonyms",
)
SOUNDS = ("homophones",)
TRAITS = ("negation", "frames", "asked_same", "asked_extra", "place_hit", "place_conflict", "number_miss")
WORDS = ("word_hit", "word_miss", "word_cover", "word_cosine", "word_lack")
STRINGS = ("ratio_rel", "jaro", "partial", "lcs_rel", "begins", "ends")
GIST = ("gist_share", "gist_ratio", "gist_ratio_rel", "length_share", "first")
FEATURES = (*SHARED, *SOUNDS, *WORDS, *TRAITS, *STRINGS, *GIST)

TYPICAL_LENGTH = 60
HEAD = 200

_MATCHED = SHARED.index("matched2_rel")
_IMPLIED = SHARED.index("synonyms")


def shared_evidence(
    message: PreparedText,
    index: GramIndex,
    candidates: NDArray[np.int64],
    scores: NDArray[Any],
    scratch: NDArray[np.int32],
) -> NDArray[np.float64]:
    """Return the evidence of shared characters and pairs, a row a candidate, columns as in SHARED.

    `scores` are the candidates' own. `scratch` is a zeroed array with a cell for each gram of the index; it is
    left zeroed.
    """
    starts = index.forward_starts[candidates]
    counts = index.forward_starts[candidates + 1] - starts
    grams = index.forward_grams[slices(starts, counts)]
    edges = counts.cumsum() - counts
    place = _places_of(message, grams, scratch)
    present = place > 0
    idf = index.idf[grams]
    pair = index.is_pair[grams]
    hit = idf * present
    hit2 = hit * pair
    hit1 = hit - hit2
    damp = np.float32(np.log1p(len(message.plain) / TYPICAL_LENGTH))
    parts = np.empty((6, len(grams)), np.float32)
    parts[0], parts[1] = hit1, hit2
    np.logical_and(present, ~pair, out=parts[2], casting="unsafe")
    np.maximum(hit1 - damp, 0, out=parts[3])
    np.multiply(message.weights[np.maximum(place, 1) - 1], hit * idf, out=parts[4])
    np.multiply(idf * pair, place < 0, out=parts[5])
    matched1, matched2, found1, beyond1, product, implied = np.add.reduceat(parts, edges, axis=1)
    rarest1, rarest2 = np.maximum.reduceat(parts[:2], edges, axis=1)
    total1, total2 = index.single_totals[candidates], index.pair_totals[candidates]
    letters = (counts + 1) / 2
    cover2 = matched2 / np.maximum(total2, 1e-6)
    cosine = product / index.norms[candidates]
    return as_rows(
        (
            scores,
            cover2,
            relative(cover2),
            relative(matched2),
            total1 - matched1,
            total2 - matched2,
            rarest1,
            rarest2,
            beyond1,
            cosine / message.norm,
            relative(cosine),
            found1 / (letters + message.distinct - found1),
            1 - found1 / message.distinct,
            implied,
        )
    )


def as_rows(columns: Sequence[NDArray[Any]]) -> NDArray[np.float64]:
    """Put columns side by side."""
    table = np.empty((len(columns), len(columns[0])))
    for at, column in enumerate(columns):
        table[at] = column
    return table.T


def has_a_pair(rows: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which candidates share more with the message than single characters."""
    return np.asarray((rows[:, _MATCHED] > 0) | (rows[:, _IMPLIED] > 0))


def sound_evidence(message: PreparedText, index: GramIndex, candidates: NDArray[np.int64]) -> Column:
    """Return how much of each candidate is not written in the message but sounds like something in it."""
    starts = index.forward_starts[candidates]
    counts = index.forward_starts[candidates + 1] - starts
    grams = index.forward_grams[slices(starts, counts)]
    sounds = index.sounds[grams]
    at = np.minimum(message.sounds.searchsorted(sounds), max(len(message.sounds) - 1, 0))
    heard = (message.sounds[at] == sounds) & (sounds > 0)
    written = message.grams[np.minimum(message.grams.searchsorted(grams), len(message.grams) - 1)] == grams
    return np.asarray(np.add.reduceat(index.idf[grams] * (heard & ~written), counts.cumsum() - counts))


def trait_evidence(message: PreparedText, table: TraitTable, candidates: NDArray[np.int64]) -> list[Column]:
    """Return the evidence of negation, questions, places and numbers, columns as in TRAITS."""
    ours = message.traits
    negation = (table.negated[candidates] != ours.negated).astype(float)
    asked = table.asked[candidates]
    hits, conflicts, numbers = [], [], []
    for number in candidates.tolist():
        theirs = table.places[number]
        found = sum(place in message.plain for place in theirs)
        hits.append(found)
        conflicts.append(found < len(theirs) and not ours.places <= theirs)
        numbers.append(len(table.numbers[number] - ours.numbers))
    return [
        negation,
        table.frames[candidates].astype(float),
        kinds_in(asked & ours.asked).astype(float),
        kinds_in(asked & ~np.uint16(ours.asked)).astype(float),
        np.array(hits, float),
        np.array(conflicts, float),
        np.array(numbers, float),
    ]


def string_evidence(message: PreparedText, texts: Sequence[str]) -> list[Column]:
    """Return what RapidFuzz says of the message and each text, columns as in STRINGS."""
    plain = message.plain
    ratio = np.array([fuzz.ratio(plain, text) for text in texts]) / 100
    columns = [relative(ratio)]
    if message.long > 0:
        head = plain[:HEAD]
        columns.append(np.array([JaroWinkler.similarity(head, text) for text in texts]))
    else:
        columns += _nothing(1, len(texts))
    if message.long == 1:
        return columns + _nothing(len(STRINGS) - 2, len(texts))
    lcs = np.array([LCSseq.similarity(plain, text) / max(len(text), 1) for text in texts])
    return [
        *columns,
        np.array([fuzz.partial_ratio(plain, text) for text in texts]) / 100,
        relative(lcs),
        np.array([text.startswith(plain[:2]) for text in texts], float),
        np.array([text.endswith(plain[-2:]) for text in texts], float),
    ]


def short_evidence(
    message: PreparedText, index: GramIndex, words: WordTable, candidates: NDArray[np.int64]
) -> list[Column]:
    """Return the evidence of whole words, and of sounds, which counts in short messages only."""
    heard = [sound_evidence(message, index, candidates)] if message.long < 1 else _nothing(1, len(candidates))
    return [*heard, *word_evidence(message.plain, words, candidates)]


def gist_evidence(message: PreparedText, texts: Sequence[str]) -> list[Column]:
    """Return how alike the message and each text are without the words of asking, columns as in GIST.

    It counts in short messages only: a long one tells a story around its gist.
    """
    if message.long == 1:
        return _nothing(len(GIST), len(texts))
    ours = gist_of(message.plain)
    letters, size = set(ours), len(message.plain)
    theirs = [gist_of(text) for text in texts]
    ratio = np.array([fuzz.ratio(ours, text) for text in theirs]) / 100
    return [
        np.array([len(letters & set(text)) / max(len(letters | set(text)), 1) for text in theirs]),
        ratio,
        relative(ratio),
        np.array([min(len(text), size) / max(len(text), size, 1) for text in texts]),
        np.array([text[:1] == message.plain[:1] for text in texts], float),
    ]


def _nothing(columns: int, rows: int) -> list[Column]:
    return [np.zeros(rows)] * columns


def relative(column: Column) -> Column:
    """Return a column as shares of its greatest value."""
    return column / max(float(column.max()), 1e-9)


def _places_of(
    message: PreparedText, grams: NDArray[np.int32], scratch: NDArray[np.int32]
) -> NDArray[np.int32]:
    """Return for each gram its place in the message counted from 1, -1 if a synonym implies it, else 0."""
    scratch[message.grams] = np.arange(1, len(message.grams) + 1)
    scratch[message.implied] = -1
    place = scratch[grams]
    scratch[message.grams] = 0
    scratch[message.implied] = 0
    return place
