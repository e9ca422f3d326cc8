"""One case: its page, and what an officer does with it besides answering."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from inbox import cases
from inbox.case_view import case_presence, record_look
from inbox.errors import NotAllowed
from inbox.kinds import Kind
from inbox.models import Display
from inbox.notices import mark_case_read
from inbox.sharing import take_assignment_back
from routing.models import Role
from routing.officers import all_officers
from web.case_page import CasePage, case_page
from web.context import current_session, now, viewer
from web.guards import roles
from web.names import department_choices, department_name, name_of
from web.views.auth import safe_target
from web.views.inbox import WORKS_WITH_CASES
from web.words import word

blueprint = Blueprint("cases", __name__, url_prefix="/cases")


@blueprint.get("/<int:case_id>")
@roles(*WORKS_WITH_CASES)
def show(case_id: int) -> str:
    """Show one case on a page of its own."""
    return render_template("cases/show.html", page=case_page(case_id, back=_own_url(case_id)))


@blueprint.post("/<int:case_id>/reveal")
@roles(*WORKS_WITH_CASES)
def reveal(case_id: int) -> ResponseReturnValue:
    """Show the case once with its personal information uncovered; who looked and when is recorded."""
    page = case_page(case_id, back=back_to(case_id))
    if not page.actions.reveal:
        raise NotAllowed("reveal")
    record_look(current_session(), viewer(), case_id, now=now())
    page = case_page(case_id, back=page.back, reveal=True)
    is_pane = request.headers.get("HX-Target") == "case"
    response = make_response(
        render_template("inbox/_case_pane.html" if is_pane else "cases/show.html", page=page, asked=None)
    )
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.post("/<int:case_id>/claim")
@roles(Role.OFFICER)
def claim(case_id: int) -> ResponseReturnValue:
    """Take a case that nobody has."""
    if cases.claim_case(current_session(), viewer(), case_id, now=now()):
        flash(_("The case is yours now."), "success")
    else:
        flash(_("A colleague was quicker and has taken this case on."), "warning")
    return redirect(back_to(case_id), 303)


@blueprint.get("/<int:case_id>/hand-over")
@roles(*WORKS_WITH_CASES)
def ask_hand_over(case_id: int) -> str:
    """Ask which colleague shall have the case."""
    page = _page(case_id)
    people = all_officers(current_session(), department_id=page.row.department_id, role=Role.OFFICER)
    others = [(officer.id, name_of(officer)) for officer in people if officer.name != page.row.assignee]
    return _ask("hand_over", page, options=others)


@blueprint.post("/<int:case_id>/hand-over")
@roles(Role.OFFICER, Role.DISPATCHER, Role.SUPERVISOR)
def hand_over(case_id: int) -> ResponseReturnValue:
    """Give the case to a colleague of the same department."""
    officer_id = request.form.get("officer", 0, type=int)
    cases.hand_over_case(current_session(), viewer(), case_id, officer_id, now=now())
    flash(_("Handed over."), "success")
    return redirect(back_to(case_id), 303)


@blueprint.get("/<int:case_id>/assign")
@roles(Role.DISPATCHER, Role.SUPERVISOR)
def ask_assign(case_id: int) -> str:
    """Ask which department shall have the case; the ones routing thought of come first."""
    page = _page(case_id)
    thought_of = [candidate.department_id for candidate in page.view.candidates]
    choices = [pair for pair in department_choices() if pair[0] != page.row.department_id]
    return _ask("assign", page, options=sorted(choices, key=lambda pair: _place_in(thought_of, pair[0])))


@blueprint.post("/<int:case_id>/assign")
@roles(Role.DISPATCHER, Role.SUPERVISOR)
def assign(case_id: int) -> ResponseReturnValue:
    """Send the case to a department."""
    department_id = request.form.get("department", 0, type=int)
    reason = request.form.get("reason", "").strip()[:300]
    cases.assign_case(current_session(), viewer(), case_id, department_id, now=now(), reason=reason)
    flash(_("Assigned to %(department)s.", department=department_name(department_id)), "success")
    return redirect(back_to(case_id), 303)


@blueprint.post("/<int:case_id>/recall")
@roles(Role.DISPATCHER, Role.SUPERVISOR)
def recall(case_id: int) -> ResponseReturnValue:
    """Take an assignment back that nobody has begun to work on."""
    reason = _("Taken back to the triage desk")
    take_assignment_back(current_session(), viewer(), case_id, reason=reason, now=now())
    flash(_("The case is on the triage desk again."), "success")
    return redirect(back_to(case_id), 303)


@blueprint.get("/<int:case_id>/kind")
@roles(*WORKS_WITH_CASES)
def ask_kind(case_id: int) -> str:
    """Ask what kind of message this is."""
    return _ask("kind", _page(case_id), options=[(kind.value, word(kind)) for kind in Kind])


@blueprint.post("/<int:case_id>/kind")
@roles(Role.OFFICER, Role.DISPATCHER, Role.SUPERVISOR)
def change_kind(case_id: int) -> ResponseReturnValue:
    """Correct what kind of message this is."""
    chosen = request.form.get("kind", "")
    if chosen in [kind.value for kind in Kind]:
        cases.change_kind(current_session(), viewer(), case_id, Kind(chosen), now=now())
        flash(_("The kind was corrected. Clocks that are running keep their limits."), "success")
    return redirect(back_to(case_id), 303)


@blueprint.post("/<int:case_id>/sensitive")
@roles(Role.OFFICER, Role.REVIEWER, Role.DISPATCHER, Role.SUPERVISOR)
def mark_sensitive(case_id: int) -> ResponseReturnValue:
    """Mark the case as sensitive or lift the mark."""
    cases.set_sensitive(
        current_session(), viewer(), case_id, request.form.get("sensitive") == "yes", now=now()
    )
    return redirect(back_to(case_id), 303)


@blueprint.post("/<int:case_id>/display")
@roles(Role.REVIEWER, Role.DISPATCHER, Role.SUPERVISOR)
def decide_display(case_id: int) -> ResponseReturnValue:
    """Decide whether the public may read the message."""
    chosen = Display.PUBLIC if request.form.get("display") == Display.PUBLIC.value else Display.HIDDEN
    cases.set_display(current_session(), viewer(), case_id, chosen, now=now())
    return redirect(back_to(case_id), 303)


@blueprint.post("/<int:case_id>/set-aside")
@roles(Role.DISPATCHER, Role.SUPERVISOR)
def set_aside(case_id: int) -> ResponseReturnValue:
    """Close spam without an answer; one click brings it back."""
    cases.set_aside(current_session(), viewer(), case_id, now=now())
    undo = {
        "text": _("Set aside as spam."),
        "undo_url": url_for("cases.take_back", case_id=case_id),
        "undo_fields": {"next": back_to(case_id)},
    }
    flash(undo, "undo")  # type: ignore[arg-type]
    return redirect(list_behind(case_id), 303)


@blueprint.post("/<int:case_id>/take-back")
@roles(Role.DISPATCHER, Role.SUPERVISOR)
def take_back(case_id: int) -> ResponseReturnValue:
    """Bring a case back that was set aside."""
    cases.take_back(current_session(), viewer(), case_id, now=now())
    flash(_("The case is on the triage desk again, with its clocks running."), "success")
    return redirect(back_to(case_id), 303)


@blueprint.post("/<int:case_id>/close")
@roles(Role.OFFICER, Role.SUPERVISOR)
def close(case_id: int) -> ResponseReturnValue:
    """Close an answered case."""
    cases.close_case(current_session(), viewer(), case_id, now=now())
    flash(_("The case is closed. The citizen can still open it again once."), "success")
    return redirect(back_to(case_id), 303)


@blueprint.post("/<int:case_id>/notes")
@roles(*WORKS_WITH_CASES)
def add_note(case_id: int) -> ResponseReturnValue:
    """Write an internal note."""
    tell = request.form.getlist("tell", type=int)
    _note, mentioned = cases.add_note(
        current_session(), viewer(), case_id, request.form.get("text", ""), tell=tell, now=now()
    )
    if mentioned.unclear:
        words = str(_(", ")).join(f"@{word}" for word in mentioned.unclear)
        sentence = _(
            "The note is kept, but %(words)s fits nobody or several people. Choose them from the list.",
            words=words,
        )
        flash(sentence, "warning")
    return redirect(back_to(case_id) + "#notes", 303)


@blueprint.post("/<int:case_id>/presence")
@roles(*WORKS_WITH_CASES)
def note_presence(case_id: int) -> ResponseReturnValue:
    """Remember that the case is open here; answer with who else has it open and whether it has moved on."""
    here = case_presence(current_session(), viewer(), case_id, now=now())
    cases.note_presence(current_session(), viewer(), case_id, now=now())
    mark_case_read(current_session(), viewer().officer_id, case_id, now=now())
    seen = request.form.get("version", type=int)
    moved_on = seen is not None and seen != here.version
    return render_template("cases/_presence.html", here=here, moved_on=moved_on, back=back_to(case_id))


@blueprint.post("/<int:case_id>/triage")
@roles(*WORKS_WITH_CASES)
def retry_triage(case_id: int) -> ResponseReturnValue:
    """Let the triage steps that failed run again."""
    cases.retry_triage(current_session(), viewer(), case_id, now=now())
    flash(_("Triage runs again. Reload the case in a moment to see what came of it."), "success")
    return redirect(back_to(case_id), 303)


@blueprint.post("/<int:case_id>/deliveries/<int:delivery_id>")
@roles(*WORKS_WITH_CASES)
def send_again(case_id: int, delivery_id: int) -> ResponseReturnValue:
    """Send a reply that did not arrive once more."""
    if cases.send_again(current_session(), viewer(), case_id, delivery_id, now=now()):
        flash(_("The reply is being sent again. The platform will not publish it twice."), "success")
    else:
        flash(_("The reply is on its way or has arrived; nothing was sent again."), "info")
    return redirect(back_to(case_id), 303)


def back_to(case_id: int) -> str:
    """Return the page a form of this case was sent from, else the case's own."""
    asked = request.form.get("next") or request.args.get("next") or ""
    return safe_target(asked) if asked else _own_url(case_id)


def list_behind(case_id: int) -> str:
    """Return the list the case was opened from, without the case: the officer may not see it any more."""
    back = back_to(case_id)
    if not back.startswith(url_for("inbox.index") + "?"):
        return url_for("inbox.index")
    path, _sep, query = back.partition("?")
    return path + "?" + "&".join(part for part in query.split("&") if not part.startswith("case="))


def _place_in(order: list[int], key: int) -> int:
    return order.index(key) if key in order else len(order)


def _own_url(case_id: int) -> str:
    return url_for("cases.show", case_id=case_id)


def _page(case_id: int) -> CasePage:
    return case_page(case_id, back=back_to(case_id))


def _ask(question: str, page: CasePage, options: Sequence[tuple[Any, str]] = ()) -> str:
    return render_template("cases/ask.html", question=question, page=page, options=options)
