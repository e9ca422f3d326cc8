"""Splitting a message with several matters on the triage desk, and joining the parts again."""

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from inbox.errors import MessageRefused
from inbox.splitting import split_case, undo_split
from routing.models import Role
from web.context import current_session, end_work, now, viewer
from web.errors import sentence_for
from web.guards import roles

blueprint = Blueprint("splitting", __name__, url_prefix="/triage-desk")


@blueprint.post("/<int:case_id>/split")
@roles(Role.DISPATCHER, Role.SUPERVISOR)
def split(case_id: int) -> ResponseReturnValue:
    """Split the case into the parts of the form; the snackbar joins them again."""
    texts, chosen = request.form.getlist("text"), request.form.getlist("department")
    parts = [(text, department) for text, department in zip(texts, chosen, strict=False) if text.strip()]
    if any(not department.isdecimal() for _text, department in parts):
        flash(_("Choose a department for each matter. Nothing was changed."), "warning")
        return redirect(url_for("triage_desk.index", case=case_id) + "#split", 303)
    try:
        ids = split_case(
            current_session(), viewer(), case_id, [(text, int(unit)) for text, unit in parts], now=now()
        )
    except MessageRefused as error:
        end_work(error)
        flash(sentence_for(error), "warning")
        return redirect(url_for("triage_desk.index", case=case_id) + "#split", 303)
    undo = {
        "text": ngettext("Split into %(num)s linked case.", "Split into %(num)s linked cases.", len(ids)),
        "undo_url": url_for("splitting.join", case_id=case_id),
    }
    flash(undo, "undo")  # type: ignore[arg-type]
    return redirect(url_for("triage_desk.index", case=request.form.get("then", type=int)), 303)


@blueprint.post("/<int:case_id>/join")
@roles(Role.DISPATCHER, Role.SUPERVISOR)
def join(case_id: int) -> ResponseReturnValue:
    """Join the parts again while nobody has begun."""
    undo_split(current_session(), viewer(), case_id, now=now())
    flash(_("The parts were joined again. The case is back on the triage desk."), "success")
    return redirect(url_for("triage_desk.index", case=case_id), 303)
