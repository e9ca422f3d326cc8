"""A message prepared for comparison: folded once, with its grams, their sounds, its synonyms and its traits."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knowledge_base.engine.grams import code_points, grams_of, plain_grams
from knowledge_base.engine.index import IDF_SCALE, GramIndex, sounds_of
from knowledge_base.engine.normalise import MAX_CHARACTERS, folded, without_breaks
from knowledge_base.engine.synonyms import Synonyms, without_greetings
from knowledge_base.engine.traits import TextTraits, traits_of

SHORT = 30
LONG = 50

_NOTHING = np.empty(0, np.int64)


@dataclass(frozen=True, slots=True)
class PreparedText:
    """A message as the engine compares it.

    `grams` are the numbers of its distinct known n-grams, ascending, `weights` their damped frequencies;
    `implied` the grams of synonyms that it does not hold itself; `sounds` the sounds of its pairs, ascending.
    `long` says how far it counts as a long message, from 0 to 1: the two kinds are weighed apart.
    """

    raw: str
    plain: str
    grams: NDArray[np.int64]
    weights: NDArray[np.float32]
    implied: NDArray[np.int64]
    sounds: NDArray[np.int32]
    distinct: int
    norm: float
    traits: TextTraits
    long: float


def prepare(text: str, index: GramIndex, synonyms: Synonyms) -> PreparedText:
    """Fold a message and look its n-grams up in an index. Beyond 6,000 characters the text is left aside."""
    text = text[:MAX_CHARACTERS]
    line = without_greetings(folded(text))
    plain = without_breaks(line)
    keys, counts, distinct = plain_grams(code_points(plain))
    numbers = index.lookup(keys)
    known = numbers >= 0
    damped = (1 + np.log(counts)).astype(np.float32)
    grams, weights = numbers[known], damped[known]
    squares = float(((weights * index.idf[grams]) ** 2).sum())
    unknown = float((damped[~known] ** 2).sum()) * IDF_SCALE**2
    return PreparedText(
        raw=text,
        plain=plain,
        grams=grams,
        weights=weights,
        implied=_implied(line, grams, index, synonyms),
        sounds=np.sort(sounds_of(keys[distinct:])),
        distinct=distinct,
        norm=float(np.sqrt(squares + unknown)) or 1.0,
        traits=traits_of(plain),
        long=min(max((len(plain) - SHORT) / (LONG - SHORT), 0.0), 1.0),
    )


def _implied(line: str, grams: NDArray[np.int64], index: GramIndex, synonyms: Synonyms) -> NDArray[np.int64]:
    others = synonyms.alternatives(line)
    if not others or not len(grams):
        return _NOTHING
    numbers = index.lookup(grams_of(code_points("\n".join(others)), 2).keys)
    at = np.minimum(np.searchsorted(grams, numbers), len(grams) - 1)
    return np.unique(numbers[(numbers >= 0) & (grams[at] != numbers)])
