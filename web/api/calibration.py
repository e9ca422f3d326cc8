"""How sure suggestions are, for programs: the versions, a new fit, a way back."""

from flask import Response

from inbox.learning import suggestion_decisions
from knowledge_base import calibration
from routing.models import Role
from web.api.routes import ARTICLES, answer, api, gives, nothing
from web.api.schemas.calibration import Calibration, CalibrationChoice, Calibrations
from web.context import current_session, now, the_officer
from web.guards import with_token


@api.get("/calibration", tags=[ARTICLES], responses=gives(Calibrations))
@with_token(Role.EDITOR)
def list_calibrations() -> Response:
    """List the versions of how sure suggestions are, newest first."""
    versions = calibration.calibrations(current_session())
    return answer(Calibrations.model_validate({"versions": versions}))


@api.post("/calibration", tags=[ARTICLES], responses=gives(Calibration, 409, status=201))
@with_token(Role.EDITOR)
def calibrate() -> Response:
    """Learn from what officers did with suggestions; what does no better on cases kept aside is refused."""
    session = current_session()
    made = calibration.calibrate(
        session, suggestion_decisions(session), officer_id=the_officer().id, now=now()
    )
    return answer(Calibration.model_validate(made), 201)


@api.put("/calibration", tags=[ARTICLES], responses=gives(None, 404, status=204))
@with_token(Role.EDITOR)
def use_calibration(body: CalibrationChoice) -> Response:
    """Put a version into force again, or how the service came."""
    calibration.use_calibration(current_session(), body.version)
    return nothing()
