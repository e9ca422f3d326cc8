"""Builds the columns of a GramIndex, block by block, so that a million texts need little more than their index."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from knowledge_base.engine.columns import Array, Arrays, Vocabulary, starts_of
from knowledge_base.engine.grams import Keys, code_points, grams_of, lengths_of, slices
from knowledge_base.engine.index import rarity, sounds_of

GRAM_LENGTHS = (1, 2)
K1 = 1.2
B = 0.9
SINGLE_CHARACTER_SHARE = 0.5

_BLOCK = 1 << 16
_MOST_OF_A_GRAM = 65_535
_IMPACT_STEPS = 65_535 / (K1 + 1)


@dataclass(slots=True)
class _Block:
    """Some texts, not more than a sixteen-bit number tells apart, with grams numbered among themselves.

    `forward` are the grams text by text, `sizes` how many a text has; the postings of the first gram come first,
    `counts` says how many each gram has. A block is renumbered once every text is known.
    """

    keys: Keys
    forward: NDArray[np.int32]
    sizes: NDArray[np.int32]
    counts: NDArray[np.int32]
    texts: NDArray[np.uint16]
    frequencies: NDArray[np.uint16]


@dataclass(frozen=True, slots=True)
class _Lengths:
    """How many pairs and single characters each text has, and how many texts have in the mean."""

    pairs: NDArray[np.int64]
    singles: NDArray[np.int64]
    means: NDArray[np.float64]


def gram_columns(texts: Iterable[str], base: Arrays | None = None) -> dict[str, Array]:
    """Return the columns of an index over folded texts, for a file or to lie behind those of `base`.

    Behind a base its own idf and mean length go on to count, and only grams that it lacks are added.
    """
    blocks = list(_blocks(texts))
    known = Vocabulary(base["keys"]) if base else Vocabulary(np.empty(0, np.uint64))
    vocabulary = known.with_later(_joined([block.keys for block in blocks], np.uint64))
    numbers = [vocabulary.find(block.keys).astype(np.int32) for block in blocks]
    holding = np.zeros(len(vocabulary), np.int64)
    for block, number in zip(blocks, numbers, strict=True):
        holding[number] += block.counts
    earlier = len(base["norms"]) if base else 0
    later = vocabulary.later
    new_idf = rarity(holding[len(known) :], earlier + sum(len(block.sizes) for block in blocks))
    is_pair = lengths_of(later) == 2
    all_pairs = np.concatenate((base["is_pair"], is_pair)) if base else is_pair
    idf = np.concatenate((base["idf"], new_idf)) if base else new_idf
    lengths = _lengths(blocks, numbers, all_pairs, base)
    return {
        "keys": later,
        "is_pair": is_pair,
        "idf": new_idf,
        "scales": (new_idf * np.where(is_pair, 1.0, SINGLE_CHARACTER_SHARE) / _IMPACT_STEPS).astype(
            np.float32
        ),
        "sounds": sounds_of(later),
        "mean_lengths": lengths.means,
        **_postings(blocks, numbers, holding, all_pairs, lengths),
        **_forward(blocks, numbers, all_pairs, idf),
    }


def _blocks(texts: Iterable[str]) -> Iterator[_Block]:
    remaining = iter(texts)
    while block := list(islice(remaining, _BLOCK)):
        yield _block(block)


def _block(texts: list[str]) -> _Block:
    codes = code_points("\n".join([*texts, ""]))
    ends = np.cumsum(np.fromiter((len(text) + 1 for text in texts), np.int64, len(texts)))
    parts = [grams_of(codes, length) for length in GRAM_LENGTHS]
    places = np.concatenate([part.starts for part in parts])
    keys, inverse = np.unique(np.concatenate([part.keys for part in parts]), return_inverse=True)
    owners = np.searchsorted(ends, places, side="right").astype(np.int32)
    held, frequencies = np.unique(inverse.astype(np.int64) * _BLOCK + owners, return_counts=True)
    return _Block(
        keys=keys,
        forward=inverse[np.argsort(owners, kind="stable")].astype(np.int32),
        sizes=np.bincount(owners, minlength=len(texts)).astype(np.int32),
        counts=np.bincount(held // _BLOCK, minlength=len(keys)).astype(np.int32),
        texts=(held % _BLOCK).astype(np.uint16),
        frequencies=np.minimum(frequencies, _MOST_OF_A_GRAM).astype(np.uint16),
    )


def _lengths(
    blocks: list[_Block], numbers: list[NDArray[np.int32]], is_pair: Array, base: Arrays | None
) -> _Lengths:
    sizes = _joined([block.sizes for block in blocks], np.int64)
    pairs = _joined(
        [_sums(is_pair[number[b.forward]], b.sizes) for b, number in zip(blocks, numbers, strict=True)],
        np.int64,
    )
    if base is not None:
        means = base["mean_lengths"]
    else:
        means = np.array([part.mean() if len(part) else 1.0 for part in (pairs, sizes - pairs)])
    return _Lengths(pairs, sizes - pairs, np.maximum(means, 1e-9))


def _postings(
    blocks: list[_Block],
    numbers: list[NDArray[np.int32]],
    holding: NDArray[np.int64],
    is_pair: Array,
    lengths: _Lengths,
) -> dict[str, Array]:
    """Return for each gram that any text holds the texts and what it counts in them: BM25 without the idf."""
    held = np.flatnonzero(holding)
    starts = starts_of(holding[held])
    free = np.zeros(len(holding), np.int64)
    free[held] = starts[:-1]
    texts, impacts = np.empty(int(starts[-1]), np.int32), np.empty(int(starts[-1]), np.uint16)
    first = 0
    for block, number in zip(blocks, numbers, strict=True):
        places = slices(free[number], block.counts.astype(np.int64))
        free[number] += block.counts
        owners = block.texts.astype(np.int32) + first
        texts[places] = owners
        pair = is_pair[number].repeat(block.counts)
        impacts[places] = _impacts(block.frequencies, owners, pair, lengths)
        first += len(block.sizes)
    return {
        "posting_grams": held,
        "posting_starts": starts,
        "posting_texts": texts,
        "posting_impacts": impacts,
    }


def _impacts(frequencies: Array, owners: Array, pair: Array, lengths: _Lengths) -> NDArray[np.uint16]:
    size = np.where(pair, lengths.pairs[owners], lengths.singles[owners])
    mean = np.where(pair, lengths.means[0], lengths.means[1])
    often = frequencies.astype(np.float64)
    impact = often * (K1 + 1) / (often + K1 * (1 - B + B * size / mean))
    impacts: NDArray[np.uint16] = np.rint(impact * _IMPACT_STEPS).astype(np.uint16)
    return impacts


def _forward(
    blocks: list[_Block], numbers: list[NDArray[np.int32]], is_pair: Array, idf: Array
) -> dict[str, Array]:
    """Return what each text holds, and the sums over it; the blocks are used up, which halves the memory."""
    starts = starts_of(_joined([block.sizes for block in blocks], np.int64))
    forward = np.empty(int(starts[-1]), np.int32)
    norms, singles, pairs = [], [], []
    done = 0
    while blocks:
        block, number = blocks.pop(0), numbers.pop(0)
        grams = number[block.forward]
        forward[done : done + len(grams)] = grams
        done += len(grams)
        weights, pair = idf[grams], is_pair[grams]
        singles.append(_sums(weights * ~pair, block.sizes))
        pairs.append(_sums(weights * pair, block.sizes))
        damped = (1 + np.log(block.frequencies.astype(np.float32))) * idf[number].repeat(block.counts)
        norms.append(np.sqrt(np.bincount(block.texts, weights=damped**2, minlength=len(block.sizes))))
    return {
        "forward_starts": starts,
        "forward_grams": forward,
        "norms": _joined(norms, np.float32),
        "single_totals": _joined(singles, np.float32),
        "pair_totals": _joined(pairs, np.float32),
    }


def _sums(values: Array, sizes: Array) -> Array:
    """Return the sum of each text's values."""
    owners = np.repeat(np.arange(len(sizes)), sizes)
    return np.bincount(owners, weights=values, minlength=len(sizes))


def _joined(parts: list[Array], kind: type[np.generic]) -> Array:
    return np.concatenate(parts).astype(kind, copy=False) if parts else np.empty(0, kind)
