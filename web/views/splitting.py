"""A message with several matters on the triage desk: linked cases, or one lead with co-handlers, and back again."""

from datetime import datetime

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from inbox.errors import MessageRefused
from inbox.sharing import Share, share_case, undo_sharing
from inbox.splitting import split_case, undo_split
from routing.models import Role
from web.context import current_session, end_work, now, viewer
from web.errors import sentence_for
from web.guards import roles
from web.names import department_name
from web.split_offer import Row
from web.together import read_day
from web.views.triage_desk import desk_page

blueprint = Blueprint("splitting", __name__, url_prefix="/triage-desk")


@blueprint.post("/<int:case_id>/split")
@roles(Role.DISPATCHER, Role.SUPERVISOR)
def split(case_id: int) -> ResponseReturnValue:
    """Split the case into the matters of the form, or let the first department lead; the snackbar undoes it."""
    rows = _typed()
    if any(unit is None for _text, unit in rows):
        return _refused(case_id, _("Choose a department for each matter. Nothing was changed."))
    parts = [(text, unit or 0) for text, unit in rows]
    try:
        undo = _share(case_id, parts) if request.form.get("way") == "lead" else _split(case_id, parts)
    except MessageRefused as error:
        end_work(error)
        return _refused(case_id, sentence_for(error))
    flash(undo, "undo")  # type: ignore[arg-type]
    return redirect(url_for("triage_desk.index", case=request.form.get("then", type=int)), 303)


@blueprint.post("/<int:case_id>/join")
@roles(Role.DISPATCHER, Role.SUPERVISOR)
def join(case_id: int) -> ResponseReturnValue:
    """Join the parts again while nobody has begun."""
    undo_split(current_session(), viewer(), case_id, now=now())
    flash(_("The parts were joined again. The case is back on the triage desk."), "success")
    return redirect(url_for("triage_desk.index", case=case_id), 303)


@blueprint.post("/<int:case_id>/unshare")
@roles(Role.DISPATCHER, Role.SUPERVISOR)
def unshare(case_id: int) -> ResponseReturnValue:
    """Take lead and co-handlers back while nobody has begun."""
    reason = _("Chosen by mistake on the triage desk")
    undo_sharing(current_session(), viewer(), case_id, reason=reason, now=now())
    flash(_("Nobody leads or co-handles any more. The case is back on the triage desk."), "success")
    return redirect(url_for("triage_desk.index", case=case_id), 303)


def _split(case_id: int, parts: list[tuple[str, int]]) -> dict[str, str]:
    ids = split_case(current_session(), viewer(), case_id, parts, now=now())
    return {
        "text": ngettext("Split into %(num)s linked case.", "Split into %(num)s linked cases.", len(ids)),
        "undo_url": url_for("splitting.join", case_id=case_id),
    }


def _share(case_id: int, parts: list[tuple[str, int]]) -> dict[str, str]:
    due_at: datetime | None = read_day(request.form.get("due", ""))
    shares = [Share(text, unit, due_at) for text, unit in parts]
    rows = share_case(current_session(), viewer(), case_id, shares, now=now())
    told = {
        "lead": department_name(parts[0][1]),
        "others": str(_(", ")).join(department_name(row.department_id) for row in rows),
    }
    return {
        "text": _("%(lead)s leads, with %(others)s.", **told),
        "undo_url": url_for("splitting.unshare", case_id=case_id),
    }


def _typed() -> list[Row]:
    texts, chosen = request.form.getlist("text"), request.form.getlist("department")
    return [
        (text, int(unit) if unit.isdecimal() else None)
        for text, unit in zip(texts, chosen, strict=False)
        if text.strip()
    ]


def _refused(case_id: int, refusal: str) -> ResponseReturnValue:
    """Show the desk again with everything that was typed."""
    return desk_page(case_id, typed=_typed(), refusal=refusal, due=request.form.get("due", "")), 422
