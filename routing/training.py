"""Learns a classifier from messages whose department is known, and measures it on kept-aside ones."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from routing.catalogue_words import lexicon_of
from routing.classifier import Calibration, TextClassifier, evidence, judge
from routing.errors import TooFewExamples
from routing.features import Counted, FeatureSpace, Floats, Lexicon, count_features
from routing.linear import LinearModel, train
from routing.subjects import subject_lexicon

__all__ = ["Example", "Figures", "Learned", "alone_share", "calibration_error", "learn", "lexicon_of"]

FOLDS = 5
ALL_FOLDS_UP_TO = 4000
MOST_EXAMPLES = 20_000
FEWEST_OF_A_LABEL = 3
GOOD_ENOUGH = 0.95
ECE_BINS = 10

Labels = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Example:
    """A message and the label that turned out right."""

    title: str | None
    text: str
    label: str


Sentences = Callable[[Sequence[tuple[str | None, str]]], Floats]
"""A sentence model: a row of numbers for each (title, text), made outside of routing."""


@dataclass(frozen=True, slots=True)
class Figures:
    """How the classifier did on messages it had not learned from.

    `alone` is the largest share of messages that could go without a person at 95 % precision, `ece` the expected
    calibration error in ten bins.
    """

    examples: int
    labels: int
    accuracy: float
    macro_f1: float
    alone: float
    ece: float


@dataclass(frozen=True, slots=True)
class Learned:
    """A trained classifier with its figures."""

    classifier: TextClassifier
    figures: Figures


def learn(
    examples: Sequence[Example],
    unlabelled: Iterable[tuple[str | None, str]] = (),
    *,
    lexicon: Lexicon | None = None,
    sentences: Sentences | None = None,
) -> Learned:
    """Train on (title, text) with labels; unlabelled messages teach what words mean.

    Labels with fewer than three messages are left out. Raises TooFewExamples with fewer than two labels left.
    The figures come from five folds, or from one of them above 4,000 messages. Of more than 20,000 messages the
    later ones in the list are learned from, the same number of each label as far as there are any: more changes
    a linear model little and costs memory.
    """
    enough = {
        label for label, count in Counter(e.label for e in examples).items() if count >= FEWEST_OF_A_LABEL
    }
    kept = _most_recent([example for example in examples if example.label in enough])
    labels = tuple(sorted(enough))
    if len(labels) < 2:
        raise TooFewExamples(len(examples), len(labels))
    lexicons = tuple(found for found in (lexicon, subject_lexicon()) if found is not None)
    vectors = None if sentences is None else sentences([(example.title, example.text) for example in kept])
    counted = [
        count_features(example.title, example.text, lexicons, None if vectors is None else vectors[i])
        for i, example in enumerate(kept)
    ]
    more = [count_features(title, text, ()) for title, text in unlabelled]
    number = {label: i for i, label in enumerate(labels)}
    right = np.array([number[example.label] for example in kept], dtype=np.int64)
    calibration, figures = _measure(counted, more, right, len(labels))
    space, model = _fit(counted, more, right, len(labels))
    size = 0 if vectors is None else int(vectors.shape[1])
    classifier = TextClassifier(labels, lexicons, space, model, calibration, figures.accuracy, size)
    return Learned(classifier, figures)


def _most_recent(examples: list[Example]) -> list[Example]:
    """Return at most 20,000 examples, the last ones of each label, rare labels whole."""
    if len(examples) <= MOST_EXAMPLES:
        return examples
    by_label: dict[str, list[int]] = {}
    for position, example in enumerate(examples):
        by_label.setdefault(example.label, []).append(position)
    room, kept = MOST_EXAMPLES, list[int]()
    for done, positions in enumerate(sorted(by_label.values(), key=len)):
        share = room // (len(by_label) - done)
        kept += positions[-share:]
        room -= min(share, len(positions))
    return [examples[position] for position in sorted(kept)]


def _fit(
    counted: Sequence[Counted], more: Sequence[Counted], right: Labels, labels: int
) -> tuple[FeatureSpace, LinearModel]:
    space = FeatureSpace.fit(counted, more)
    vectors = [space.vector(message) for message in counted]
    return space, train(vectors, right, (space.sparse_size, labels))


def _measure(
    counted: Sequence[Counted], more: Sequence[Counted], right: Labels, labels: int
) -> tuple[Calibration, Figures]:
    folds = _folds(right)
    tested: list[int] = []
    guesses: list[int] = []
    seen: list[Floats] = []
    for fold in range(FOLDS if len(counted) <= ALL_FOLDS_UP_TO else 1):
        inside = np.flatnonzero(folds != fold)
        space, model = _fit([counted[i] for i in inside.tolist()], more, right[inside], labels)
        for i in np.flatnonzero(folds == fold).tolist():
            views = judge(space, model, counted[i])
            scores = views.sum(axis=0) + model.dense[-1]
            tested.append(i)
            guesses.append(int(scores.argmax()))
            seen.append(evidence(scores, views))
    answers = right[tested]
    is_right = np.array(guesses) == answers
    calibration = _calibrate(np.stack(seen), is_right)
    confidence = np.array([calibration.confidence(found) for found in seen])
    figures = Figures(
        examples=len(counted),
        labels=labels,
        accuracy=round(float(is_right.mean()), 4),
        macro_f1=round(_macro_f1(answers, np.array(guesses), labels), 4),
        alone=round(alone_share(confidence, is_right), 4),
        ece=round(calibration_error(confidence, is_right), 4),
    )
    return calibration, figures


def _folds(right: Labels) -> Labels:
    """Deal each label's messages out over the folds in a fixed random order."""
    random = np.random.default_rng(0)
    folds = np.zeros(right.size, dtype=np.int64)
    for label in np.unique(right):
        members = random.permutation(np.flatnonzero(right == label))
        folds[members] = np.arange(members.size) % FOLDS
    return folds


def _calibrate(seen: Floats, is_right: npt.NDArray[np.bool_]) -> Calibration:
    """Fit a logistic regression by Newton's method; a little ridge keeps a perfect separation finite."""
    mean, spread = seen.mean(axis=0), seen.std(axis=0) + 1e-6
    rows = np.column_stack(((seen - mean) / spread, np.ones(len(seen))))
    ridge = np.diag([2.0] * seen.shape[1] + [1e-3])
    weights = np.zeros(rows.shape[1])
    for _ in range(30):
        chance = 1 / (1 + np.exp(-rows @ weights))
        slope = rows.T @ (chance - is_right) + ridge @ weights
        step = np.linalg.solve(rows.T * (chance * (1 - chance)) @ rows + ridge, slope)
        weights -= step
        if np.abs(step).max() < 1e-6:
            break
    plain = weights[:-1] / spread
    return Calibration(tuple(float(w) for w in plain), float(weights[-1] - plain @ mean))


def _macro_f1(answers: Labels, guesses: Labels, labels: int) -> float:
    scores = []
    for label in range(labels):
        hits = int(((answers == label) & (guesses == label)).sum())
        total = int((answers == label).sum() + (guesses == label).sum())
        scores.append(2 * hits / total if total else 0.0)
    return float(np.mean(scores))


def alone_share(confidence: npt.NDArray[np.float64], is_right: npt.NDArray[np.bool_]) -> float:
    """Return the largest share that, taken by confidence, is right at 95 %."""
    ordered = is_right[np.argsort(-confidence, kind="stable")]
    precision = np.cumsum(ordered) / np.arange(1, ordered.size + 1)
    good = np.flatnonzero(precision >= GOOD_ENOUGH)
    return float((good[-1] + 1) / ordered.size) if good.size else 0.0


def calibration_error(confidence: npt.NDArray[np.float64], is_right: npt.NDArray[np.bool_]) -> float:
    """Return the expected calibration error in ten bins."""
    bins = np.minimum((confidence * ECE_BINS).astype(int), ECE_BINS - 1)
    gaps = (
        (bins == b).mean() * abs(confidence[bins == b].mean() - is_right[bins == b].mean())
        for b in range(ECE_BINS)
        if (bins == b).any()
    )
    return float(sum(gaps))
