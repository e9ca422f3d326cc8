"""How sure suggestions are: a version, and how it did on cases kept aside."""

from datetime import datetime

from web.api.schemas.base import Given, Id, Told


class CalibrationChoice(Given):
    """Which version."""

    version: Id | None = None
    """The number of a version; without it, how the service came."""


class Judged(Told):
    """How a version did on decisions that it had not seen."""

    loss: float
    """Mean surprise, in nats; less is better."""
    gap: float
    """How far confidence and the share right lie apart."""


class Trial(Told):
    """A fit and its figures."""

    fitted_on: int
    judged_on: int
    before: Judged
    after: Judged


class Calibration(Told):
    """One version."""

    id: int
    made_at: datetime
    made_by_id: int | None
    in_force: bool
    trial: Trial


class Calibrations(Told):
    """Every version, newest first."""

    versions: list[Calibration]
