"""Asking a citizen for what is missing; the clock stands still meanwhile."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from inbox.access import get_case
from inbox.citizen_questions import ANSWER_WITHIN, LONGEST_QUESTION, ask_citizen, stop_waiting
from routing.models import Role
from web.context import calendar, current_session, now, viewer
from web.deadline_words import limit_words
from web.guards import roles

blueprint = Blueprint("citizen_questions", __name__, url_prefix="/cases")


@blueprint.get("/<int:case_id>/question")
@roles(Role.OFFICER)
def new(case_id: int) -> ResponseReturnValue:
    """Ask what the citizen is to add."""
    case = get_case(current_session(), viewer(), case_id)
    return render_template(
        "cases/question.html",
        title=case.title,
        case_id=case_id,
        longest=LONGEST_QUESTION,
        within=limit_words(ANSWER_WITHIN),
    )


@blueprint.post("/<int:case_id>/question")
@roles(Role.OFFICER)
def create(case_id: int) -> ResponseReturnValue:
    """Put the question on the tracking page and stop the handling clock."""
    ask_citizen(
        current_session(),
        viewer(),
        case_id,
        text=request.form.get("text", ""),
        calendar=calendar(),
        now=now(),
    )
    flash(_("The question stands on the tracking page. The handling clock waits for the citizen."), "success")
    return redirect(url_for("cases.show", case_id=case_id), 303)


@blueprint.post("/<int:case_id>/question/end")
@roles(Role.OFFICER)
def end(case_id: int) -> ResponseReturnValue:
    """Go on without the citizen's answer."""
    if stop_waiting(current_session(), viewer(), case_id, now=now()):
        flash(_("The clock runs again."), "success")
    return redirect(url_for("cases.show", case_id=case_id), 303)
