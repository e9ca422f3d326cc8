"""How sure is sure: the line that turns the engine's confidence into what a deployment has seen to be right."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

LEAST, MOST = 0.0001, 0.99
_HELD_BACK = 4.0
_STEPS = 60
_LONGEST_STEP = 0.5
_FARTHEST = 50.0


@dataclass(frozen=True, slots=True)
class Curve:
    """A straight line over the logarithm of the odds; slope 1 and shift 0 change nothing."""

    slope: float = 1.0
    shift: float = 0.0

    def __call__(self, confidence: float) -> float:
        """Return the confidence that was seen to be right; 0 stays 0, and the order of suggestions stays."""
        if confidence <= 0 or self == AS_SHIPPED:
            return confidence
        return float(min(self.of(np.array([confidence]))[0], MOST))

    def of(self, confidence: NDArray[Any]) -> NDArray[np.float64]:
        """Return the confidences that were seen to be right."""
        return _share(self.slope * _odds(confidence) + self.shift)


AS_SHIPPED = Curve()


def fitted(confidence: Sequence[float], right: Sequence[bool]) -> Curve:
    """Return the line that explains best which suggestions were right, held back a little towards no change."""
    odds, target = _odds(np.array(confidence)), np.array(right, float)
    line = np.array([1.0, 0.0])
    table = np.column_stack((odds, np.ones(len(odds))))
    for _ in range(_STEPS):
        share = _share(table @ line)
        gradient = table.T @ (share - target) + _HELD_BACK * (line - (1.0, 0.0))
        curvature = (table.T * (share * (1 - share))) @ table + _HELD_BACK * np.eye(2)
        line = line - np.clip(np.linalg.solve(curvature, gradient), -_LONGEST_STEP, _LONGEST_STEP)
    return Curve(max(float(line[0]), 0.05), float(line[1]))


def loss(confidence: NDArray[Any], right: NDArray[Any]) -> float:
    """Return the mean surprise at what turned out right or wrong, in nats; less is better."""
    sure = np.clip(confidence, LEAST, 1 - LEAST)
    return float(-np.where(right, np.log(sure), np.log(1 - sure)).mean())


def gap(confidence: NDArray[Any], right: NDArray[Any]) -> float:
    """Return how far confidence and the share right lie apart, on average over ten bins."""
    bins = np.minimum((confidence * 10).astype(int), 9)
    parts = [bins == number for number in np.unique(bins)]
    return float(sum(abs(confidence[p].mean() - right[p].mean()) * p.mean() for p in parts))


def _share(odds: NDArray[Any]) -> NDArray[np.float64]:
    return np.asarray(1 / (1 + np.exp(-np.clip(odds, -_FARTHEST, _FARTHEST))))


def _odds(confidence: NDArray[Any]) -> NDArray[np.float64]:
    sure = np.clip(confidence, LEAST, 1 - LEAST)
    return np.asarray(np.log(sure / (1 - sure)))
