"""A message prepared for comparison: folded once, with its grams, their sounds, its synonyms and its traits."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knowledge_base.engine.grams import code_points, grams_of
from knowledge_base.engine.index import GRAM_LENGTHS, IDF_SCALE, GramIndex, sounds_of
from knowledge_base.engine.normalise import MAX_CHARACTERS, folded, without_breaks
from knowledge_base.engine.synonyms import Synonyms, without_greetings
from knowledge_base.engine.traits import TextTraits, traits_of


@dataclass(frozen=True, slots=True)
class PreparedText:
    """A message as the engine compares it.

    `grams` are the numbers of its distinct known n-grams, ascending, `weights` their damped frequencies;
    `implied` the grams of synonyms that it does not hold itself; `sounds` the sounds of its pairs, ascending.
    """

    raw: str
    plain: str
    grams: NDArray[np.int64]
    weights: NDArray[np.float32]
    implied: NDArray[np.int64]
    sounds: NDArray[np.int32]
    distinct: int
    total_idf: float
    norm: float
    traits: TextTraits


def prepare(text: str, index: GramIndex, synonyms: Synonyms) -> PreparedText:
    """Fold a message and look its n-grams up in an index. Beyond 6,000 characters the text is left aside."""
    text = text[:MAX_CHARACTERS]
    line = without_greetings(folded(text))
    plain = without_breaks(line)
    codes = code_points(plain)
    parts = [grams_of(codes, length) for length in GRAM_LENGTHS]
    keys, counts = np.unique(np.concatenate([part.keys for part in parts]), return_counts=True)
    numbers = index.lookup(keys)
    known = numbers >= 0
    damped = (1 + np.log(counts)).astype(np.float32)
    idf = np.where(known, index.idf[numbers], IDF_SCALE) if len(index.idf) else damped * 0
    grams = numbers[known]
    return PreparedText(
        raw=text,
        plain=plain,
        grams=grams,
        weights=damped[known],
        implied=_implied(line, grams, index, synonyms),
        sounds=np.unique(sounds_of(keys)),
        distinct=len(np.unique(codes)),
        total_idf=float(idf.sum()) or 1.0,
        norm=float(np.sqrt(((damped * idf) ** 2).sum())) or 1.0,
        traits=traits_of(plain),
    )


def _implied(line: str, grams: NDArray[np.int64], index: GramIndex, synonyms: Synonyms) -> NDArray[np.int64]:
    others = synonyms.alternatives(line)
    if not others:
        return np.empty(0, np.int64)
    numbers = index.lookup(grams_of(code_points("\n".join(others)), 2).keys)
    return np.setdiff1d(numbers[numbers >= 0], grams)
