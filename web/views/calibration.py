"""How sure suggestions are: learnt from what officers did with them, version by version, with a way back."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from inbox.learning import suggestion_decisions
from knowledge_base.calibration import (
    FEWEST,
    FEWEST_OF_EACH,
    calibrate,
    calibrations,
    use_calibration,
)
from knowledge_base.errors import CalibrationRefused, TooFewDecisions
from routing.models import Role
from web.context import current_session, end_work, now, the_officer
from web.errors import sentence_for
from web.frame import Place
from web.guards import roles
from web.names import officer_name

blueprint = Blueprint("calibration", __name__, url_prefix="/calibration")

PLACES = (Place("calibration.index", _l("Calibration"), "speedometer", "knowledge", 60),)


@blueprint.get("")
@roles(Role.EDITOR)
def index() -> ResponseReturnValue:
    """Show what there is to learn from, and every version."""
    decisions = suggestion_decisions(current_session())
    versions = calibrations(current_session())
    return render_template(
        "calibration/index.html",
        decisions=len(decisions),
        used=sum(decision.right for decision in decisions),
        versions=versions,
        as_shipped=not any(version.in_force for version in versions),
        fewest=FEWEST,
        fewest_of_each=FEWEST_OF_EACH,
        officer_name=officer_name,
    )


@blueprint.post("")
@roles(Role.EDITOR)
def learn() -> ResponseReturnValue:
    """Fit anew; what does no better is refused."""
    session = current_session()
    try:
        calibrate(session, suggestion_decisions(session), officer_id=the_officer().id, now=now())
    except (TooFewDecisions, CalibrationRefused) as error:
        end_work(error)
        flash(sentence_for(error), "warning")
    else:
        flash(_("A better version is in force. Every suggestion from now on goes by it."), "success")
    return redirect(url_for("calibration.index"), 303)


@blueprint.post("/use")
@roles(Role.EDITOR)
def use() -> ResponseReturnValue:
    """Put a version into force again, or go back to how the service came."""
    use_calibration(current_session(), request.form.get("version", type=int) or None)
    flash(_("It is in force again."), "success")
    return redirect(url_for("calibration.index"), 303)
