"""A linear classifier learned in numpy: one support vector machine a label, all trained in one pass."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from routing.features import Floats, Vector

EPOCHS = 40
LONG_RUN = 150_000
PENALTY = 1.0
TOLERANCE = 0.02


@dataclass(frozen=True, slots=True)
class LinearModel:
    """Weights a column and label; the last dense row is the bias."""

    sparse: Floats
    dense: Floats

    def scores(self, vector: Vector) -> Floats:
        """Return a score a label: above 0 speaks for it, and the highest one wins."""
        scores: Floats = vector.values @ self.sparse[vector.columns] + vector.dense @ self.dense[:-1]
        total: Floats = scores + self.dense[-1]
        return total


def train(
    vectors: Sequence[Vector], labels: npt.NDArray[np.int64], sizes: tuple[int, int], *, seed: int = 0
) -> LinearModel:
    """Fit squared-hinge machines, one label against the others, by dual coordinate descent.

    `labels` are numbers from 0, `sizes` the numbers of sparse columns and of labels. Each step takes one message
    and moves all labels' machines at once; their steps don't touch each other. Source: Hsieh and others, "A dual
    coordinate descent method for large-scale linear SVM" (2008), algorithm 1.
    """
    columns, classes = sizes
    sparse = np.zeros((columns, classes), dtype=np.float32)
    dense = np.zeros((vectors[0].dense.size + 1, classes), dtype=np.float32)
    tails = [np.append(vector.dense, np.float32(1)) for vector in vectors]
    signs = np.full((len(vectors), classes), -1, dtype=np.float32)
    signs[np.arange(len(vectors)), labels] = 1
    duals = np.zeros((len(vectors), classes), dtype=np.float32)
    ridge = np.float32(0.5 / PENALTY)
    curvature = [
        float(vector.values @ vector.values + tail @ tail) + ridge
        for vector, tail in zip(vectors, tails, strict=True)
    ]
    random = np.random.default_rng(seed)
    for _ in range(max(2, min(EPOCHS, LONG_RUN // len(vectors)))):
        worst = 0.0
        for i in random.permutation(len(vectors)).tolist():
            vector, tail = vectors[i], tails[i]
            rows = sparse[vector.columns]
            gradient = signs[i] * (vector.values @ rows + tail @ dense) - 1 + duals[i] * ridge
            moved = np.maximum(duals[i] - gradient / curvature[i], 0)
            step = (moved - duals[i]) * signs[i]
            change = float(np.abs(step).max())
            if change > 1e-6:
                duals[i] = moved
                sparse[vector.columns] = rows + vector.values[:, None] * step
                dense += tail[:, None] * step
                worst = max(worst, change)
        if worst < TOLERANCE:
            break
    return LinearModel(sparse, dense)
