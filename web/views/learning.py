"""What routing has learned: versions with their figures before and after, training, and the way back."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from inbox.lessons import request_training
from routing.models import Role
from routing.runs import latest_run
from routing.versions import activate_classifier, classifier_versions, go_back
from web.context import current_session, now, viewer
from web.frame import Place
from web.guards import roles
from web.names import officer_name

blueprint = Blueprint("learning", __name__, url_prefix="/routing-versions")

PLACES = (Place("learning.index", _l("What routing learned"), "lightbulb", "administration", 34),)

OUTCOMES = {
    "activated": _l("The new version decides at least as well on the kept-aside cases and is in use."),
    "worse": _l(
        "The new version decides worse on the kept-aside cases, so it was kept and is not used; with few answered "
        "cases that is usual. What decided before goes on deciding. Train again when more cases have been answered."
    ),
    "too_few": _l("There are too few answered cases of at least two departments. Nothing was changed."),
}
FAILED = _l("The training broke off. What is in use was not touched; the next night tries again.")


@blueprint.get("")
@roles(Role.ADMINISTRATOR, Role.SUPERVISOR, Role.DISPATCHER)
def index() -> str:
    """List the versions, how the newest training stands, and what each did on kept-aside cases."""
    session = current_session()
    run = latest_run(session)
    versions = classifier_versions(session)
    return render_template(
        "learning/index.html",
        run=run,
        outcome=OUTCOMES.get(run.outcome, FAILED) if run and not run.is_under_way else None,
        versions=versions,
        in_use=next((version for version in versions if version.is_active), None),
        by={
            version.trained_by: officer_name(version.trained_by) for version in versions if version.trained_by
        },
    )


@blueprint.post("/train")
@roles(Role.ADMINISTRATOR)
def train() -> ResponseReturnValue:
    """Ask for a new training; it runs in the background."""
    run_id = request_training(current_session(), viewer(), now=now())
    if run_id is None:
        flash(_("A training is under way already."), "info")
    else:
        flash(_("The training has been asked for. This page shows how far it is."), "success")
    return redirect(url_for("learning.index"), 303)


@blueprint.post("/back")
@roles(Role.ADMINISTRATOR)
def back() -> ResponseReturnValue:
    """Use the version before the present one."""
    before = go_back(current_session())
    if before is None:
        flash(_("Nothing learned is used now: rules, catalogue and places decide."), "success")
    else:
        flash(_("Version %(id)s is in use again.", id=before), "success")
    return redirect(url_for("learning.index"), 303)


@blueprint.post("/<int:version_id>/use")
@roles(Role.ADMINISTRATOR)
def use(version_id: int) -> ResponseReturnValue:
    """Use a version from the list."""
    activate_classifier(current_session(), version_id)
    flash(_("Version %(id)s is in use from now on.", id=version_id), "success")
    return redirect(url_for("learning.index"), 303)
