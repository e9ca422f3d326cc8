"""The triage desk: one unsure case at a time, the best departments one key away."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from inbox.case_lists import View
from inbox.cases import set_aside, take_back
from inbox.errors import WrongState
from inbox.sharing import take_assignment_back
from inbox.triage_desk import DeskCase, assign_from_desk, triage_desk
from routing.models import DepartmentKind, Role
from web.case_page import with_deadlines
from web.case_words import word_spans
from web.context import current_session, end_work, now, viewer
from web.frame import Place, current_frame
from web.guards import roles
from web.i18n import language
from web.names import department_name, departments
from web.sentences import reason_sentence
from web.split_offer import split_offer
from web.words import word

blueprint = Blueprint("triage_desk", __name__, url_prefix="/triage-desk")


def _waiting(*_asked: Any) -> int:
    return current_frame().view_counts.get(View.TRIAGE_DESK, 0)


PLACES = (Place("triage_desk.index", _l("Triage desk"), "signpost-split", order=20, count=_waiting),)


@blueprint.get("")
@roles(Role.DISPATCHER, Role.SUPERVISOR)
def index() -> str:
    """Show the desk with the chosen case open, or the one that falls due first."""
    return desk_page(request.args.get("case", type=int))


def desk_page(case_id: int | None, **split: Any) -> str:
    """Return the desk; `split` is what was typed into the form for several matters, and why it was refused."""
    desk = triage_desk(current_session(), viewer(), case_id, now=now())
    if desk.open and desk.open.row.id != case_id:
        split = {}
    return render_template(
        "triage_desk/index.html",
        desk=desk,
        rows=with_deadlines(desk.rows),
        departments=_departments(),
        aside=current_frame().view_counts.get(View.SPAM, 0),
        **(_opened(desk.open) if desk.open else {}),
        **(split_offer(desk.open, **split) if desk.open else {}),
        then=_following([row.id for row in desk.rows], desk.open.row.id if desk.open else 0),
    )


@blueprint.post("/<int:case_id>/assign")
@roles(Role.DISPATCHER, Role.SUPERVISOR)
def assign(case_id: int) -> ResponseReturnValue:
    """Send the case to a department and open the next one; the snackbar undoes it."""
    department_id = request.form.get("department", 0, type=int)
    if not department_id:
        flash(_("Choose a department first."), "warning")
        return redirect(url_for("triage_desk.index", case=case_id), 303)
    try:
        assign_from_desk(current_session(), viewer(), case_id, department_id, now=now())
    except WrongState as error:
        end_work(error)
        flash(
            _("A colleague was quicker: this case has left the desk. Your choice was not saved."), "warning"
        )
        return redirect(_next(), 303)
    _offer_undo(
        _("Assigned to %(department)s.", department=department_name(department_id)),
        "triage_desk.undo_assign",
        case_id,
    )
    return redirect(_next(), 303)


@blueprint.post("/<int:case_id>/recall")
@roles(Role.DISPATCHER, Role.SUPERVISOR)
def undo_assign(case_id: int) -> ResponseReturnValue:
    """Take the assignment back while nobody has begun."""
    reason = _("Chosen by mistake on the triage desk")
    take_assignment_back(current_session(), viewer(), case_id, reason=reason, now=now())
    return redirect(url_for("triage_desk.index", case=case_id), 303)


@blueprint.post("/<int:case_id>/spam")
@roles(Role.DISPATCHER, Role.SUPERVISOR)
def put_aside(case_id: int) -> ResponseReturnValue:
    """Close spam without an answer and open the next case; the snackbar undoes it."""
    set_aside(current_session(), viewer(), case_id, now=now())
    _offer_undo(_("Set aside as spam."), "triage_desk.undo_spam", case_id)
    return redirect(_next(), 303)


@blueprint.post("/<int:case_id>/take-back")
@roles(Role.DISPATCHER, Role.SUPERVISOR)
def undo_spam(case_id: int) -> ResponseReturnValue:
    """Bring the case back that was set aside."""
    take_back(current_session(), viewer(), case_id, now=now())
    return redirect(url_for("triage_desk.index", case=case_id), 303)


def _opened(desk_case: DeskCase) -> dict[str, object]:
    """Return the open case's candidates with their reasons, and the words they rest on marked in the message."""
    candidates = [
        {
            "id": candidate.department_id,
            "name": department_name(candidate.department_id),
            "percent": round(candidate.confidence * 100),
            "reasons": [reason_sentence(reason) for reason in candidate.reasons],
        }
        for candidate in desk_case.candidates[:3]
    ]
    words = [
        str(found)
        for candidate in desk_case.candidates
        for reason in candidate.reasons
        for name in ("words", "places")
        for found in reason.get("params", {}).get(name, ())
    ]
    spans = {message.id: word_spans(message.text, words) for message in desk_case.messages}
    returns = [(department_name(back.department_id), back.basis) for back in desk_case.returns]
    return {"candidates": candidates, "spans": spans, "returns": returns}


def _departments() -> list[tuple[str, list[tuple[int, str]]]]:
    units = [unit for unit in departments().values() if unit.is_open]
    return [
        (word(kind), [(unit.id, unit.label(language())) for unit in units if unit.kind == kind])
        for kind in DepartmentKind
    ]


def _offer_undo(text: str, endpoint: str, case_id: int) -> None:
    flash({"text": text, "undo_url": url_for(endpoint, case_id=case_id)}, "undo")  # type: ignore[arg-type]


def _following(ids: list[int], case_id: int) -> int | None:
    after = ids[ids.index(case_id) + 1 :] if case_id in ids else []
    return after[0] if after else None


def _next() -> str:
    return url_for("triage_desk.index", case=request.form.get("then", type=int))
