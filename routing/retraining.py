"""Learns from the deployment's own cases, measures the whole decision before and after, and never gets silently worse.

Every fifth case, by its id, is kept aside for ever: no version learns from it, so that all versions are measured
on cases that none has seen. The work between reading and storing needs no database and may take a minute.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from zlib import crc32

import numpy as np
import numpy.typing as npt
from sqlmodel import Session

from routing.catalogue import Catalogue
from routing.decision import RoutingFacts, decide
from routing.precedents import Precedents
from routing.training import Example, Learned, alone_share, calibration_error, learn, lexicon_of
from routing.versions import VersionView, store_classifier

ASIDE_ONE_IN = 5
MOST_ASIDE = 1500
FEWEST_TO_CALIBRATE = 60
TOLERATED_LOSS = 0.005
"""A version may be this much less accurate before it counts as worse: one case in two hundred is chance."""

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Lesson:
    """A case whose department turned out right; `corrected` when routing had thought of another first."""

    case_id: int
    facts: RoutingFacts
    label: str
    corrected: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """How whole decisions did on kept-aside cases.

    `accuracy` is the share whose first candidate was right, `routed` the share that went without a person,
    `routed_right` how many of those were right, `alone` the share that could go at 95 %, `ece` the calibration error.
    """

    cases: int
    accuracy: float
    routed: float
    routed_right: float
    alone: float
    ece: float


@dataclass(frozen=True, slots=True)
class Trained:
    """What a training brought: everything a new version needs."""

    learned: Learned
    precedents: Precedents
    calibration: tuple[float, float]
    before: Standing
    after: Standing

    @property
    def is_worse(self) -> bool:
        """Tell whether decisions were right less often than without it."""
        return self.after.accuracy < self.before.accuracy - TOLERATED_LOSS


def train(
    catalogue: Catalogue,
    lessons: Sequence[Lesson],
    unlabelled: Iterable[tuple[str | None, str]] = (),
    *,
    progress: Progress = lambda _percent: None,
) -> Trained:
    """Train on four fifths of the lessons and measure on the rest. Raises TooFewExamples.

    `progress` is told a percentage now and then.
    """
    aside = [lesson for lesson in lessons if is_kept_aside(lesson.case_id)][-MOST_ASIDE:]
    used = [lesson for lesson in lessons if not is_kept_aside(lesson.case_id)]
    progress(5)
    learned = learn(
        [Example(lesson.facts.title, lesson.facts.text, lesson.label) for lesson in used],
        unlabelled,
        lexicon=lexicon_of(catalogue),
    )
    progress(70)
    precedents = Precedents.build(
        [(lesson.case_id, lesson.facts.title, lesson.facts.text, lesson.label) for lesson in used]
    )
    before = measure(catalogue, aside)
    progress(80)
    raw = catalogue.with_classifier(learned.classifier, precedents)
    calibration = _calibrate(*_decided(raw, aside))
    after = measure(catalogue.with_classifier(learned.classifier, precedents, calibration), aside)
    progress(95)
    return Trained(learned, precedents, calibration, before, after)


def keep(session: Session, trained: Trained, *, now: datetime, trained_by: int | None = None) -> VersionView:
    """Store a version and use it, unless it is worse than what is in use: then it is only kept, and says so."""
    return store_classifier(
        session,
        trained.learned,
        now=now,
        trained_by=trained_by,
        activate=not trained.is_worse,
        precedents=trained.precedents,
        calibration=list(trained.calibration),
        before=asdict(trained.before),
        after=asdict(trained.after),
        is_worse=trained.is_worse,
    )


def is_kept_aside(case_id: int) -> bool:
    """Tell whether a case is for measuring only; the answer never changes."""
    return crc32(str(case_id).encode()) % ASIDE_ONE_IN == 0


def measure(catalogue: Catalogue, lessons: Sequence[Lesson]) -> Standing:
    """Decide kept-aside cases as triage would, and compare with where they ended."""
    if not lessons:
        return Standing(0, 0.0, 0.0, 0.0, 0.0, 0.0)
    decisions = [decide(catalogue, lesson.facts) for lesson in lessons]
    confidence = np.array([decision.confidence for decision in decisions])
    right = np.array(
        [
            bool(decision.candidates) and decision.candidates[0].code == lesson.label
            for decision, lesson in zip(decisions, lessons, strict=True)
        ]
    )
    routed = np.array([decision.automatic for decision in decisions])
    return Standing(
        len(lessons),
        round(float(right.mean()), 4),
        round(float(routed.mean()), 4),
        round(float(right[routed].mean()), 4) if routed.any() else 0.0,
        round(alone_share(confidence, right), 4),
        round(calibration_error(confidence, right), 4),
    )


def _decided(
    catalogue: Catalogue, lessons: Sequence[Lesson]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    """Return log-odds of the best candidates that no rule decided, and whether they were right."""
    odds, right = [], []
    for lesson in lessons:
        decision = decide(catalogue, lesson.facts)
        if decision.candidates and decision.confidence < 1:
            share = min(max(decision.confidence, 1e-4), 1 - 1e-4)
            odds.append(math.log(share / (1 - share)))
            right.append(decision.candidates[0].code == lesson.label)
    return np.array(odds), np.array(right, dtype=bool)


def _calibrate(odds: npt.NDArray[np.float64], right: npt.NDArray[np.bool_]) -> tuple[float, float]:
    """Fit slope and shift by Newton's method; a ridge keeps them near (1, 0), which few cases leave untouched."""
    if odds.size < FEWEST_TO_CALIBRATE:
        return 1.0, 0.0
    rows = np.column_stack((odds, np.ones(odds.size)))
    start = np.array([1.0, 0.0])
    weights = start.copy()
    for _ in range(25):
        chance = 1 / (1 + np.exp(-np.clip(rows @ weights, -30, 30)))
        slope = rows.T @ (chance - right) + 2.0 * (weights - start)
        curve = rows.T * (chance * (1 - chance)) @ rows + 2.0 * np.eye(2)
        step = np.linalg.solve(curve, slope)
        weights -= step
        if np.abs(step).max() < 1e-6:
            break
    return round(max(0.2, float(weights[0])), 4), round(float(weights[1]), 4)
