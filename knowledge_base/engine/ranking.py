"""From evidence to an order and a confidence: small linear models, blended by the length of the message.

There are two pairs: one for characters alone, one that counts meaning as well.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knowledge_base.engine import weights
from knowledge_base.engine.evidence import FEATURES, SHARED, Column
from knowledge_base.engine.meaning import MEANING

MAX_CONFIDENCE = 0.99
_CERTAIN_LEAD = 8.0
_NO_RIVAL_LEAD = 5.0
_LEADS = ("bias", "weight", "lead", "share", "spread", "size")
_TYPICAL_SIZE, _LEAST_SIZE, _MOST_SIZE = 10_000, 100, 1_000_000

Numbers = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class _Model:
    """Weights and confidence for long and for short messages, as vectors over the same evidence."""

    weight: tuple[NDArray[np.float64], NDArray[np.float64]]
    leads: tuple[NDArray[np.float64], NDArray[np.float64]]
    sure: tuple[NDArray[np.float64], NDArray[np.float64]]

    @classmethod
    def of(
        cls, names: Sequence[str], weight: tuple[Numbers, Numbers], sure: tuple[Numbers, Numbers]
    ) -> "_Model":
        long, short = weight
        return cls(
            (_vector(long, names), _vector(short, names)),
            (_vector(sure[0], _LEADS), _vector(sure[1], _LEADS)),
            (_vector(sure[0], names), _vector(sure[1], names)),
        )


def _vector(model: Numbers, names: Sequence[str]) -> NDArray[np.float64]:
    return np.array([model.get(name, 0.0) for name in names])


_FIRST = (_vector(weights.FIRST_LONG, SHARED), _vector(weights.FIRST_SHORT, SHARED))
_BY_CHARACTERS = _Model.of(
    FEATURES,
    (weights.LONG, weights.SHORT),
    (weights.CONFIDENCE_LONG, weights.CONFIDENCE_SHORT),
)
_BY_MEANING = _Model.of(
    (*FEATURES, *MEANING),
    (weights.LONG_MEANING, weights.SHORT_MEANING),
    (weights.CONFIDENCE_LONG_MEANING, weights.CONFIDENCE_SHORT_MEANING),
)


def first_weights(rows: NDArray[np.float64], long: float) -> Column:
    """Weigh the evidence of shared characters alone, to choose whom to compare closely."""
    return rows @ _blend(_FIRST, long)


def full_weights(rows: NDArray[np.float64], long: float) -> Column:
    """Weigh all evidence, with or without that of meaning."""
    return rows @ _blend(_model(rows).weight, long)


def parts_of_weight(row: NDArray[np.float64], long: float) -> dict[str, float]:
    """Return what each kind of evidence adds to the weight of a candidate; their sum is its full weight."""
    model = _model(row[np.newaxis])
    return dict(zip(evidence_names(row), (row * _blend(model.weight, long)).tolist(), strict=True))


def evidence_names(row: NDArray[np.float64]) -> tuple[str, ...]:
    """Return what each number of a row of evidence is called."""
    return FEATURES if len(row) == len(FEATURES) else (*FEATURES, *MEANING)


def confidences(weight: Column, rows: NDArray[np.float64], long: float, size: int) -> Column:
    """Turn weights, best first, into calibrated confidences, which never rise down the list.

    What counts is the evidence, its weight, the lead over the best rival and over the mean, the share among all,
    and the `size` of the base: among more texts chance finds more that look right.
    """
    model = _model(rows)
    bias, own, lead, part, spread, crowd = _blend(model.leads, long)
    share = np.exp(weight - weight[0])
    share = share / share.sum()
    rival = np.full(len(weight), weight[0])
    rival[0] = weight[1] if len(weight) > 1 else weight[0] - _NO_RIVAL_LEAD
    total = bias + own * weight + lead * np.minimum(weight - rival, _CERTAIN_LEAD)
    total = total + spread * (weight - weight.mean()) + part * np.log(share / (1 - share + 1e-3))
    total = total + crowd * np.log(min(max(size, _LEAST_SIZE), _MOST_SIZE) / _TYPICAL_SIZE)
    total = total + rows @ _blend(model.sure, long)
    sure = 1 / (1 + np.exp(-total))
    return np.minimum.accumulate(np.minimum(sure, MAX_CONFIDENCE))


def _model(rows: NDArray[np.float64]) -> _Model:
    return _BY_CHARACTERS if rows.shape[1] == len(FEATURES) else _BY_MEANING


def _blend(pair: tuple[NDArray[np.float64], NDArray[np.float64]], long: float) -> NDArray[np.float64]:
    return long * pair[0] + (1 - long) * pair[1]
