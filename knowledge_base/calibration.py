"""Calibration: what officers did with suggestions decides how sure the next ones are.

Fitted on four fifths of the decisions and judged on the rest, by case, so that no case is on both sides. What would do
worse there than what is in force is refused. Every version is kept, and any can be put into force again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from sqlalchemy import select, update
from sqlmodel import Session, col

from knowledge_base.base_revision import bump_base_revision
from knowledge_base.engine.curve import AS_SHIPPED, Curve, fitted, gap, loss
from knowledge_base.errors import CalibrationNotFound, CalibrationRefused, TooFewDecisions
from knowledge_base.models import Calibration

FEWEST = 100
FEWEST_OF_EACH = 20
_KEPT_ASIDE = 5


@dataclass(frozen=True, slots=True)
class Decision:
    """What an officer did with one suggestion: `confidence` is the engine's own, before any calibration."""

    case_id: int
    confidence: float
    right: bool


@dataclass(frozen=True, slots=True)
class Judged:
    """How a curve does on decisions that it has not seen: mean surprise, and how far confidence is off."""

    loss: float
    gap: float


@dataclass(frozen=True, slots=True)
class Trial:
    """A curve fitted on some decisions and judged on others, beside the one in force."""

    curve: Curve
    fitted_on: int
    judged_on: int
    before: Judged
    after: Judged

    @property
    def is_better(self) -> bool:
        """Tell whether it may be put into force."""
        return self.after.loss < self.before.loss


@dataclass(frozen=True, slots=True)
class CalibrationView:
    """One version, as pages and programs show it."""

    id: int
    made_at: datetime
    made_by_id: int | None
    trial: Trial
    in_force: bool


def try_calibration(session: Session, decisions: Sequence[Decision]) -> Trial:
    """Fit and judge, and change nothing. Raises TooFewDecisions."""
    right = sum(d.right for d in decisions)
    if len(decisions) < FEWEST or min(right, len(decisions) - right) < FEWEST_OF_EACH:
        raise TooFewDecisions(len(decisions), right, FEWEST, FEWEST_OF_EACH)
    aside = [d for d in decisions if d.case_id % _KEPT_ASIDE == 0]
    others = [d for d in decisions if d.case_id % _KEPT_ASIDE != 0]
    if not aside or not others:
        raise TooFewDecisions(len(decisions), right, FEWEST, FEWEST_OF_EACH)
    curve = fitted([d.confidence for d in others], [d.right for d in others])
    return Trial(
        curve, len(others), len(aside), _judged(curve_in_force(session), aside), _judged(curve, aside)
    )


def calibrate(
    session: Session, decisions: Sequence[Decision], *, officer_id: int | None, now: datetime
) -> CalibrationView:
    """Put a better curve into force; every process uses it within two seconds.

    Raises TooFewDecisions, and CalibrationRefused when the fit does worse on the cases kept aside.
    """
    trial = try_calibration(session, decisions)
    if not trial.is_better:
        raise CalibrationRefused(trial.before.loss, trial.after.loss)
    row = Calibration(
        slope=trial.curve.slope,
        shift=trial.curve.shift,
        fitted_on=trial.fitted_on,
        judged_on=trial.judged_on,
        loss_before=trial.before.loss,
        loss_after=trial.after.loss,
        gap_before=trial.before.gap,
        gap_after=trial.after.gap,
        made_at=now,
        made_by_id=officer_id,
    )
    session.add(row)
    session.flush()
    use_calibration(session, row.id)
    return _view(row)


def use_calibration(session: Session, calibration_id: int | None) -> None:
    """Put a version into force again; None goes back to how the service came. Raises CalibrationNotFound."""
    row = session.get(Calibration, calibration_id) if calibration_id is not None else None
    if calibration_id is not None and row is None:
        raise CalibrationNotFound(calibration_id)
    session.execute(update(Calibration).values(in_force=False).execution_options(synchronize_session="fetch"))
    if row is not None:
        row.in_force = True
    bump_base_revision(session)
    session.flush()


def go_back(session: Session) -> CalibrationView | None:
    """Put the version before the one in force into force, or how the service came; return it."""
    now_used = session.scalar(select(col(Calibration.id)).where(col(Calibration.in_force)))
    earlier = select(Calibration).where(col(Calibration.id) < (now_used or 0))
    row = session.scalars(earlier.order_by(col(Calibration.id).desc()).limit(1)).one_or_none()
    use_calibration(session, row.id if row else None)
    return _view(row) if row else None


def curve_in_force(session: Session) -> Curve:
    """Return the curve that every suggestion goes through."""
    row = session.scalars(select(Calibration).where(col(Calibration.in_force)).limit(1)).one_or_none()
    return Curve(row.slope, row.shift) if row else AS_SHIPPED


def calibrations(session: Session) -> list[CalibrationView]:
    """Return every version, newest first."""
    return [_view(row) for row in session.scalars(select(Calibration).order_by(col(Calibration.id).desc()))]


def _judged(curve: Curve, decisions: Sequence[Decision]) -> Judged:
    sure = curve.of(np.array([d.confidence for d in decisions]))
    right = np.array([d.right for d in decisions])
    return Judged(loss(sure, right), gap(sure, right))


def _view(row: Calibration) -> CalibrationView:
    return CalibrationView(
        row.id or 0,
        row.made_at,
        row.made_by_id,
        Trial(
            Curve(row.slope, row.shift),
            row.fitted_on,
            row.judged_on,
            Judged(row.loss_before, row.gap_before),
            Judged(row.loss_after, row.gap_after),
        ),
        row.in_force,
    )
