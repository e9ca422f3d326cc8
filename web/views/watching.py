"""Watching a case: hear of its reply, its return, its deadlines."""

from flask import Blueprint, flash, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from inbox.watching import unwatch, watch
from web.context import current_session, now, viewer
from web.guards import roles
from web.views.cases import back_to
from web.views.inbox import WORKS_WITH_CASES

blueprint = Blueprint("watching", __name__)


@blueprint.post("/cases/<int:case_id>/watch")
@roles(*WORKS_WITH_CASES)
def change(case_id: int) -> ResponseReturnValue:
    """Begin or stop to watch a case."""
    if request.form.get("watching") == "yes":
        watch(current_session(), viewer(), case_id, now=now())
        flash(_("You hear of its reply, a return and deadlines that pass."), "success")
    else:
        unwatch(current_session(), viewer(), case_id)
    return redirect(back_to(case_id), 303)
