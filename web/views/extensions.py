"""More time: asked for on the case page, decided by a supervisor in a queue."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from inbox.access import get_case
from inbox.errors import MessageRefused, TooLate
from inbox.extensions import (
    approve_extension,
    ask_extension,
    extension_allowed,
    list_requests,
    refuse_extension,
    waiting_requests,
)
from routing.models import Role
from sla.errors import BadLimit, ExtensionRefused
from web.context import calendar, current_session, end_work, now, viewer
from web.deadline_words import limit_words
from web.errors import sentence_for, status_for
from web.frame import Place
from web.guards import roles
from web.names import department_name, officer_name

blueprint = Blueprint("extensions", __name__, url_prefix="/extensions")

PLACES = (
    Place(
        "extensions.index", _l("More time"), "calendar-plus", order=33, count=waiting_requests, alarming=True
    ),
)


@blueprint.get("")
@roles(Role.SUPERVISOR)
def index() -> ResponseReturnValue:
    """List the requests that wait, what falls due first at the top, or those that were decided."""
    decided = request.args.get("show") == "decided"
    tabs = [
        {"label": _("Waiting"), "url": url_for("extensions.index"), "active": not decided},
        {"label": _("Decided"), "url": url_for("extensions.index", show="decided"), "active": decided},
    ]
    found = list_requests(current_session(), viewer(), waiting=not decided)
    return render_template(
        "extensions/index.html",
        requests=found,
        tabs=tabs,
        decided=decided,
        limit_words=limit_words,
        department_name=department_name,
        officer_name=officer_name,
    )


@blueprint.get("/new/<int:case_id>")
@roles(Role.OFFICER)
def new(case_id: int) -> ResponseReturnValue:
    """Ask for how long and why."""
    return _form(case_id, {}, {})


@blueprint.post("/new/<int:case_id>")
@roles(Role.OFFICER)
def create(case_id: int) -> ResponseReturnValue:
    """Send the request to the supervisors."""
    amount = request.form.get("amount", "").strip()
    unit = request.form.get("unit", "wd")
    try:
        ask_extension(
            current_session(),
            viewer(),
            case_id,
            length=f"{amount}{unit}",
            reason=request.form.get("reason", ""),
            calendar=calendar(),
            now=now(),
        )
    except (BadLimit, ExtensionRefused, MessageRefused, TooLate) as error:
        end_work(error)
        where = "reason" if isinstance(error, MessageRefused) else "amount"
        return _form(case_id, request.form, {where: sentence_for(error)}), status_for(error)
    flash(_("More time was asked for. Until a supervisor grants it the deadline stands."), "success")
    return redirect(url_for("cases.show", case_id=case_id), 303)


@blueprint.post("/<int:request_id>/approve")
@roles(Role.SUPERVISOR)
def approve(request_id: int) -> ResponseReturnValue:
    """Grant the time."""
    approve_extension(current_session(), viewer(), request_id, calendar=calendar(), now=now())
    flash(_("Granted. The citizen sees the new date on the tracking page."), "success")
    return redirect(url_for("extensions.index"), 303)


@blueprint.post("/<int:request_id>/refuse")
@roles(Role.SUPERVISOR)
def refuse(request_id: int) -> ResponseReturnValue:
    """Refuse the time, with a reason."""
    try:
        refuse_extension(
            current_session(), viewer(), request_id, answer=request.form.get("answer", ""), now=now()
        )
    except MessageRefused as error:
        end_work(error)
        flash(sentence_for(error), "danger")
    else:
        flash(_("Refused. The department was told why."), "success")
    return redirect(url_for("extensions.index"), 303)


def _form(case_id: int, typed: Any, errors: dict[str, str]) -> str:
    case = get_case(current_session(), viewer(), case_id)
    longest = extension_allowed(current_session(), viewer(), case, now=now())
    if longest is None and not errors:
        abort(409)
    return render_template(
        "extensions/new.html",
        case_id=case_id,
        title=case.title,
        longest=limit_words(longest) if longest else "",
        unit=next((unit for unit in ("wd", "wh", "h", "d") if (longest or "").endswith(unit)), "wd"),
        typed=typed,
        errors=errors,
    )
