"""Calls to citizens after the answer: whom to call, and what they said."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from inbox.call_backs import CALLERS, Call, calls_due, record_call, waiting_calls
from inbox.models import Satisfaction
from web.context import current_session, now, viewer
from web.frame import Place
from web.guards import roles
from web.names import department_name
from web.words import word

blueprint = Blueprint("call_backs", __name__, url_prefix="/call-backs")

PLACES = (Place("call_backs.index", _l("Calls to citizens"), "telephone", order=34, count=waiting_calls),)


@blueprint.get("")
@roles(*CALLERS)
def index() -> ResponseReturnValue:
    """List whom to call, the call that is due first at the top."""
    return render_template(
        "call_backs/index.html",
        calls=calls_due(current_session(), viewer()),
        moment_now=now(),
        department_name=department_name,
    )


@blueprint.get("/<int:case_id>")
@roles(*CALLERS)
def show(case_id: int) -> ResponseReturnValue:
    """Show what to ask and note what is said."""
    return _page(case_id, {})


@blueprint.post("/<int:case_id>")
@roles(*CALLERS)
def record(case_id: int) -> ResponseReturnValue:
    """Keep what came of the call."""
    reached = request.form.get("reached") == "yes"
    solved, satisfaction = request.form.get("solved"), request.form.get("satisfaction", type=Satisfaction)
    if request.form.get("reached") not in ("yes", "no"):
        return _page(case_id, {"reached": _("Say whether anybody answered.")}), 422
    if reached and (solved not in ("yes", "no") or satisfaction is None):
        return _page(
            case_id, {"solved": _("Say whether it is solved and whether the citizen is satisfied.")}
        ), 422
    call = Call(reached, solved == "yes" if reached else None, satisfaction, request.form.get("words", ""))
    record_call(current_session(), viewer(), case_id, call, now=now())
    if reached:
        flash(_("The call was noted."), "success")
    else:
        flash(_("Nobody answered: the case stays on the list."), "info")
    return redirect(url_for("call_backs.index"), 303)


def _page(case_id: int, errors: dict[str, str]) -> str:
    row = next(
        (row for row in calls_due(current_session(), viewer(), limit=10_000) if row.case_id == case_id), None
    )
    if row is None:
        abort(404)
    return render_template(
        "call_backs/show.html",
        row=row,
        department=department_name(row.department_id),
        errors=errors,
        typed=request.form,
        satisfactions=[(each.value, word(each)) for each in Satisfaction],
    )
