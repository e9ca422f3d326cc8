"""Calibration: learnt from decisions, judged on cases kept aside, never worse, always reversible."""

import random
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session

from knowledge_base.base_index import SuggestionBase
from knowledge_base.base_revision import base_revision
from knowledge_base.calibration import (
    FEWEST,
    Decision,
    calibrate,
    calibrations,
    curve_in_force,
    go_back,
    use_calibration,
)
from knowledge_base.engine.curve import AS_SHIPPED, Curve, fitted
from knowledge_base.errors import CalibrationNotFound, CalibrationRefused, TooFewDecisions
from knowledge_base.models import Article
from tests.knowledge_base.conftest import CHEN, NOW, TODAY

Publish = Callable[..., Article]


def decisions(count: int, *, share: Callable[[float], float], seed: int = 1) -> list[Decision]:
    """Return decisions of officers who find a suggestion of a confidence right with a share."""
    rng = random.Random(seed)
    sure = [rng.uniform(0.3, 0.99) for _ in range(count)]
    return [Decision(case, value, rng.random() < share(value)) for case, value in enumerate(sure)]


def test_overconfident_engine_learns_to_be_less_sure(session: Session) -> None:
    made = calibrate(session, decisions(1000, share=lambda sure: sure / 2), officer_id=CHEN, now=NOW)

    curve = curve_in_force(session)
    assert made.trial.after.gap < made.trial.before.gap / 2
    assert made.trial.after.loss < made.trial.before.loss
    assert made.trial.fitted_on + made.trial.judged_on == 1000
    assert curve(0.9) == pytest.approx(0.45, abs=0.08)


def test_what_does_no_better_is_refused_and_nothing_changes(session: Session) -> None:
    good = decisions(2000, share=lambda sure: sure / 2)
    calibrate(session, good, officer_id=CHEN, now=NOW)
    before, revision = curve_in_force(session), base_revision(session)
    unlucky = [
        Decision(d.case_id, d.confidence, d.right if d.case_id % 5 == 0 else not d.right) for d in good
    ]

    with pytest.raises(CalibrationRefused):
        calibrate(session, unlucky, officer_id=CHEN, now=NOW)

    assert curve_in_force(session) == before
    assert base_revision(session) == revision
    assert len(calibrations(session)) == 1


@pytest.mark.parametrize(
    "few",
    [
        [],
        decisions(FEWEST - 1, share=lambda _sure: 0.5),
        decisions(1000, share=lambda _sure: 1.0),
        decisions(1000, share=lambda _sure: 0.0),
    ],
)
def test_too_few_decisions_of_either_kind_teach_nothing(session: Session, few: list[Decision]) -> None:
    with pytest.raises(TooFewDecisions):
        calibrate(session, few, officer_id=CHEN, now=NOW)

    assert calibrations(session) == []


def test_every_version_is_kept_and_there_is_a_way_back(session: Session) -> None:
    first = calibrate(session, decisions(1000, share=lambda sure: sure / 2), officer_id=CHEN, now=NOW)
    second = calibrate(session, decisions(1000, share=lambda sure: sure / 4), officer_id=CHEN, now=NOW)

    back = go_back(session)
    assert back is not None
    assert back.id == first.id
    assert go_back(session) is None
    assert curve_in_force(session) == AS_SHIPPED

    use_calibration(session, second.id)
    assert [(v.id, v.in_force) for v in calibrations(session)] == [(second.id, True), (first.id, False)]
    with pytest.raises(CalibrationNotFound):
        use_calibration(session, 99)


def test_engine_follows_and_keeps_its_own_confidence_beside(session: Session, published: Publish) -> None:
    published("a", "居住证怎么办理？")
    base = SuggestionBase()
    shipped = base.engine(session, today=TODAY).suggest("居住证怎么办理")[0]

    calibrate(session, decisions(1000, share=lambda sure: sure / 2), officer_id=CHEN, now=NOW)
    learnt = base.engine(session, today=TODAY).suggest("居住证怎么办理", threshold=0.0)[0]

    assert shipped.own == shipped.confidence == learnt.own
    assert learnt.confidence < shipped.confidence


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=60), st.floats(0, 1))
def test_any_curve_keeps_the_order_and_stays_a_share(seen: list[tuple[float, bool]], sure: float) -> None:
    curve = fitted([confidence for confidence, _ in seen], [right for _, right in seen])

    values = [curve(value) for value in np.linspace(0, 1, 21)]

    assert values == sorted(values)
    assert all(0 <= value <= 1 for value in values)
    assert Curve()(sure) == sure
