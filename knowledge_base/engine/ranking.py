"""From evidence to an order and a confidence: two small linear models, blended by the length of the message."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from knowledge_base.engine import weights
from knowledge_base.engine.evidence import FEATURES, SHARED, Column

MAX_CONFIDENCE = 0.99
_CERTAIN_LEAD = 8.0
_NO_RIVAL_LEAD = 5.0


def _vector(model: Mapping[str, float], names: Sequence[str]) -> NDArray[np.float64]:
    return np.array([model.get(name, 0.0) for name in names])


_FIRST = (_vector(weights.FIRST_LONG, SHARED), _vector(weights.FIRST_SHORT, SHARED))
_FULL = (_vector(weights.LONG, FEATURES), _vector(weights.SHORT, FEATURES))
_SURE_NAMES = [name for name in weights.CONFIDENCE_LONG if name in FEATURES]
_SURE_PLACES = [FEATURES.index(name) for name in _SURE_NAMES]
_SURE = tuple(
    _vector(model, ("bias", "weight", "lead", "share", *_SURE_NAMES))
    for model in (weights.CONFIDENCE_LONG, weights.CONFIDENCE_SHORT)
)


def first_weights(rows: NDArray[np.float64], long: float) -> Column:
    """Weigh the evidence of shared characters alone, to choose whom to compare closely."""
    return rows @ (long * _FIRST[0] + (1 - long) * _FIRST[1])


def full_weights(rows: NDArray[np.float64], long: float) -> Column:
    """Weigh all evidence."""
    return rows @ (long * _FULL[0] + (1 - long) * _FULL[1])


def confidences(weight: Column, rows: NDArray[np.float64], long: float) -> Column:
    """Turn weights, best first, into calibrated confidences, which never rise down the list.

    What counts is the weight itself, its lead over the best rival and its share among all candidates.
    """
    share = np.exp(weight - weight[0])
    share = share / share.sum()
    rival = np.full(len(weight), weight[0])
    rival[0] = weight[1] if len(weight) > 1 else weight[0] - _NO_RIVAL_LEAD
    model = long * _SURE[0] + (1 - long) * _SURE[1]
    total = model[0] + model[1] * weight + model[2] * np.minimum(weight - rival, _CERTAIN_LEAD)
    total = total + model[3] * np.log(share / (1 - share + 1e-3)) + rows[:, _SURE_PLACES] @ model[4:]
    sure = 1 / (1 + np.exp(-total))
    return np.minimum.accumulate(np.minimum(sure, MAX_CONFIDENCE))
