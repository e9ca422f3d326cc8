"""Co-handling departments of a case: asked, signed, released."""

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from inbox.co_handling import Request, name_co_handler, release_co_handler, sign_part
from inbox.errors import MessageRefused
from routing.models import Role
from web.case_page import case_page
from web.context import current_session, end_work, now, today, viewer
from web.errors import sentence_for, status_for
from web.guards import roles
from web.names import department_choices
from web.together import read_day
from web.views.cases import back_to

blueprint = Blueprint("co_handling", __name__, url_prefix="/cases/<int:case_id>/co-handlers")

MINDERS = (Role.OFFICER, Role.DISPATCHER, Role.SUPERVISOR)


@blueprint.get("")
@roles(*MINDERS)
def ask(case_id: int) -> ResponseReturnValue:
    """Ask which department shall give what part by when."""
    return _question(case_id)


@blueprint.post("")
@roles(*MINDERS)
def name(case_id: int) -> ResponseReturnValue:
    """Ask a department to co-handle."""
    form = request.form
    asked = Request(form.get("department", 0, type=int), form.get("asked", ""), read_day(form.get("due", "")))
    try:
        name_co_handler(current_session(), viewer(), case_id, asked, now=now())
    except MessageRefused as error:
        end_work(error)
        return _question(case_id, refusal=sentence_for(error)), status_for(error)
    flash(
        _("Asked. The reply waits until the part is signed, the time is over, or you release them."),
        "success",
    )
    return redirect(back_to(case_id), 303)


@blueprint.post("/<int:co_handling_id>/sign")
@roles(Role.OFFICER)
def sign(case_id: int, co_handling_id: int) -> ResponseReturnValue:
    """Give the department's part and sign it."""
    sign_part(current_session(), viewer(), co_handling_id, request.form.get("part", ""), now=now())
    flash(_("Signed. The lead department has your part."), "success")
    return redirect(back_to(case_id), 303)


@blueprint.get("/<int:co_handling_id>/release")
@roles(*MINDERS)
def ask_release(case_id: int, co_handling_id: int) -> ResponseReturnValue:
    """Ask why the reply goes on without a department's part."""
    return render_template(
        "co_handling/release.html", page=case_page(case_id, back=back_to(case_id)), chosen=co_handling_id
    )


@blueprint.post("/<int:co_handling_id>/release")
@roles(*MINDERS)
def release(case_id: int, co_handling_id: int) -> ResponseReturnValue:
    """Let the reply go on without a department's part."""
    reason = request.form.get("reason", "")
    release_co_handler(current_session(), viewer(), co_handling_id, reason=reason, now=now())
    flash(_("Released. The reply no longer waits for it."), "success")
    return redirect(back_to(case_id), 303)


def _question(case_id: int, *, refusal: str | None = None) -> str:
    page = case_page(case_id, back=back_to(case_id))
    return render_template(
        "co_handling/ask.html",
        page=page,
        refusal=refusal,
        typed=request.form,
        departments=[pair for pair in department_choices() if pair[0] != page.row.department_id],
        first_day=today().isoformat(),
    )
