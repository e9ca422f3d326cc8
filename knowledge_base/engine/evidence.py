"""Evidence: what speaks for each candidate, a column for each kind and a row for each candidate."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz
from rapidfuzz.distance import JaroWinkler, LCSseq

from knowledge_base.engine.grams import slices
from knowledge_base.engine.index import GramIndex
from knowledge_base.engine.message import PreparedText
from knowledge_base.engine.traits import TraitTable, kinds_in

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
    "synonyms",
    "homophones",
)
TRAITS = ("frames", "asked_same", "asked_extra", "negation", "place_hit", "place_conflict", "number_miss")
STRINGS = ("ratio", "ratio_rel", "partial", "lcs_rel", "jaro")
FEATURES = (*SHARED, *TRAITS, *STRINGS)

TYPICAL_LENGTH = 60
HEAD = 200
WINDOW = 600

_PAIR_COLUMNS = [SHARED.index(name) for name in ("matched2_rel", "synonyms", "homophones")]


def shared_evidence(
    message: PreparedText,
    index: GramIndex,
    candidates: NDArray[np.int64],
    scores: Column,
    scratch: NDArray[np.int32],
) -> NDArray[np.float64]:
    """Return the evidence of shared characters and pairs, a row a candidate, columns as in SHARED.

    `scratch` is a zeroed array with a cell for each gram of the index; it is left zeroed.
    """
    starts = index.forward_starts[candidates]
    counts = index.forward_starts[candidates + 1] - starts
    grams = index.forward_grams[slices(starts, counts)]
    edges = np.cumsum(counts) - counts
    place = _places_of(message, grams, scratch)
    present = place > 0
    idf = index.idf[grams]
    pair = index.is_pair[grams]
    hit = idf * present
    hit2 = hit * pair
    hit1 = hit - hit2
    idf2 = idf * pair
    single = ~pair
    damp = np.float32(np.log1p(len(message.plain) / TYPICAL_LENGTH))
    sums = np.add.reduceat(
        np.stack(
            (
                hit1,
                hit2,
                idf - idf2,
                idf2,
                single,
                single & present,
                np.maximum(hit1 - damp, 0),
                message.weights[np.maximum(place, 1) - 1] * hit * idf if len(message.weights) else hit,
                idf2 * (place < 0),
                idf2 * (_heard(message, index.sounds[grams]) & ~present),
            )
        ),
        edges,
        axis=1,
    )
    matched1, matched2, total1, total2, count1, found1, beyond1, product, implied, heard = sums
    rarest = np.maximum.reduceat(np.stack((hit1, hit2)), edges, axis=1)
    cover2 = matched2 / np.maximum(total2, 1e-6)
    cosine = product / index.norms[candidates]
    return np.stack(
        (
            scores[candidates],
            cover2,
            relative(cover2),
            relative(matched2),
            total1 - matched1,
            total2 - matched2,
            rarest[0],
            rarest[1],
            beyond1,
            cosine / message.norm,
            relative(cosine),
            found1 / (count1 + message.distinct - found1),
            implied,
            heard,
        ),
        axis=1,
    )


def has_a_pair(rows: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which candidates share more with the message than single characters."""
    return np.asarray(rows[:, _PAIR_COLUMNS].any(axis=1))


def trait_evidence(message: PreparedText, table: TraitTable, candidates: NDArray[np.int64]) -> list[Column]:
    """Return the evidence of questions, negation, places and numbers, columns as in TRAITS."""
    ours = message.traits
    asked = table.asked[candidates]
    hits, conflicts, numbers = [], [], []
    for number in candidates.tolist():
        theirs = table.places[number]
        found = sum(place in message.plain for place in theirs)
        hits.append(found)
        conflicts.append(found < len(theirs) and not ours.places <= theirs)
        numbers.append(len(table.numbers[number] - ours.numbers))
    return [
        table.frames[candidates].astype(float),
        kinds_in(asked & ours.asked).astype(float),
        kinds_in(asked & ~np.uint16(ours.asked)).astype(float),
        (table.negated[candidates] != ours.negated).astype(float),
        np.array(hits, float),
        np.array(conflicts, float),
        np.array(numbers, float),
    ]


def string_evidence(message: PreparedText, texts: Sequence[str]) -> list[Column]:
    """Return what RapidFuzz says of the message and each text, columns as in STRINGS."""
    plain, head, window = message.plain, message.plain[:HEAD], message.plain[:WINDOW]
    ratio = np.array([fuzz.ratio(plain, text) for text in texts]) / 100
    lcs = np.array([LCSseq.similarity(head, text) / max(len(text), 1) for text in texts])
    return [
        ratio,
        relative(ratio),
        np.array([fuzz.partial_ratio(window, text) for text in texts]) / 100,
        relative(lcs),
        np.array([JaroWinkler.similarity(head, text) for text in texts]),
    ]


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


def _heard(message: PreparedText, sounds: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Return which pairs sound like a pair of the message."""
    at = np.minimum(np.searchsorted(message.sounds, sounds), len(message.sounds) - 1)
    heard: NDArray[np.bool_] = (message.sounds[at] == sounds) & (sounds > 0)
    return heard
