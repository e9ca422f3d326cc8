"""Answering: the draft that saves itself, the answer that is inserted, the checks, and handing it to review."""

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from inbox.errors import InboxError, NotAllowed, ReplyIncomplete, StaleDraft, WrongState
from inbox.replies import check_draft, reject_suggestion, save_draft, submit_reply, withdraw_reply
from routing.models import Role
from web.case_page import case_page
from web.case_words import check_lines
from web.context import current_session, end_work, now, viewer
from web.differences import side_by_side
from web.errors import sentence_for, status_for
from web.guards import roles
from web.views.cases import back_to

blueprint = Blueprint("replies", __name__, url_prefix="/cases/<int:case_id>")


@blueprint.post("/draft")
@roles(Role.OFFICER)
def autosave(case_id: int) -> ResponseReturnValue:
    """Keep what is typed; 409 with both texts when a colleague saved in between."""
    try:
        reply = save_draft(
            current_session(),
            viewer(),
            case_id,
            request.form.get("text", ""),
            expected_version=_revision(),
            now=now(),
            article_id=request.form.get("suggestion_id", type=int),
        )
    except StaleDraft as error:
        end_work(error)
        told = {"saved_by": error.saved_by, "revision": error.saved_version, "text": error.saved_text}
        return jsonify(told), 409
    return jsonify(revision=reply.version)


@blueprint.post("/reply")
@roles(Role.OFFICER)
def answer(case_id: int) -> ResponseReturnValue:
    """Save, insert or reject a suggested answer, or submit; a stale save shows both texts side by side."""
    try:
        if request.form.get("reject"):
            return _reject(case_id, request.form.get("reject", 0, type=int))
        if request.form.get("insert"):
            return _insert(case_id, request.form.get("insert", 0, type=int))
        if request.form.get("insert_part"):
            return _insert_part(case_id, request.form.get("insert_part", 0, type=int))
        if request.form.get("do") == "submit":
            return _submit(case_id)
        _save(case_id, request.form.get("text", ""), request.form.get("suggestion_id", type=int))
    except StaleDraft as error:
        end_work(error)
        return _both_texts(case_id, error)
    except (WrongState, NotAllowed, ReplyIncomplete) as error:
        end_work(error)
        return _kept(case_id, error)
    flash(_("Draft saved."), "success")
    return redirect(back_to(case_id) + "#reply-form", 303)


@blueprint.post("/reply/withdraw")
@roles(Role.OFFICER)
def withdraw(case_id: int) -> ResponseReturnValue:
    """Take a submitted reply back to edit it."""
    withdraw_reply(current_session(), viewer(), case_id, now=now())
    flash(_("The reply is a draft again."), "success")
    return redirect(back_to(case_id) + "#reply-form", 303)


@blueprint.post("/checks")
@roles(Role.OFFICER, Role.REVIEWER)
def check(case_id: int) -> ResponseReturnValue:
    """Say what an inspector would object to in the text as it stands; nothing is saved."""
    text = request.form.get("text", "")
    lines = check_lines(check_draft(current_session(), viewer(), case_id, text), text)
    return render_template("cases/_checks.html", checks=lines)


def _save(case_id: int, text: str, article_id: int | None) -> None:
    save_draft(
        current_session(),
        viewer(),
        case_id,
        text,
        expected_version=_revision(),
        now=now(),
        article_id=article_id,
    )


def _insert(case_id: int, article_id: int) -> ResponseReturnValue:
    """Put a suggested answer into the draft on the server, for browsers without scripts."""
    page = case_page(case_id, back=back_to(case_id))
    written = request.form.get("text", "").rstrip()
    for card in page.suggestions:
        if card.article_id == article_id:
            _save(case_id, f"{written}\n\n{card.answer}" if written else card.answer, article_id)
            flash(_("The answer was put into the draft."), "success")
    return redirect(back_to(case_id) + "#reply-form", 303)


def _insert_part(case_id: int, co_handling_id: int) -> ResponseReturnValue:
    """Put a co-handler's part into the draft on the server, for browsers without scripts."""
    page = case_page(case_id, back=back_to(case_id))
    written = request.form.get("text", "").rstrip()
    for line in page.together.parts:
        if line.id == co_handling_id:
            _save(case_id, f"{written}\n\n{line.part}" if written else line.part, None)
            flash(_("The part was put into the draft."), "success")
    return redirect(back_to(case_id) + "#reply-form", 303)


def _reject(case_id: int, article_id: int) -> ResponseReturnValue:
    """Put a suggestion away; what was typed meanwhile is saved with it."""
    if request.form.get("text", "").strip():
        _save(case_id, request.form.get("text", ""), None)
    if reject_suggestion(current_session(), viewer(), case_id, article_id, now=now()):
        flash(_("Thank you: the answer is put away, and its editors see that it did not fit."), "success")
    return redirect(back_to(case_id) + "#reply-form", 303)


def _submit(case_id: int) -> ResponseReturnValue:
    text = request.form.get("text", "")
    try:
        submit_reply(current_session(), viewer(), case_id, text, expected_version=_revision(), now=now())
    except ReplyIncomplete as error:
        # Not undone: the words are kept as the draft they still are.
        return _kept(case_id, error)
    flash(_("Submitted. A reviewer will look at it before it is sent."), "success")
    return redirect(back_to(case_id), 303)


def _kept(case_id: int, error: InboxError) -> ResponseReturnValue:
    """Show the case with what was typed, why it was refused, and nothing lost."""
    page = case_page(case_id, back=back_to(case_id))
    shown = render_template(
        "cases/show.html", page=page, typed=request.form.get("text", ""), refusal=sentence_for(error)
    )
    return shown, status_for(error)


def _both_texts(case_id: int, error: StaleDraft) -> ResponseReturnValue:
    page = render_template(
        "errors/conflict.html",
        title=_("Two versions of this reply"),
        theirs=error.saved_text,
        yours=error.your_text,
        theirs_author=error.saved_by,
        rows=side_by_side(error.saved_text, error.your_text),
        action=url_for("replies.answer", case_id=case_id, next=back_to(case_id)),
        field="text",
        revision=error.saved_version,
        back_url=back_to(case_id),
    )
    return page, 409


def _revision() -> int:
    return request.form.get("revision", 0, type=int)
