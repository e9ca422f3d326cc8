"""The citizen's way in: the start page, the form, and the receipt with the tracking code."""

import re
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_limiter import RequestLimit

from inbox.channels.portal import MAX_FORM_LENGTH, PortalForm, new_form_id, portal_account, receive_form
from inbox.citizen_view import tracked_case
from inbox.errors import CaseNotFound, MessageRefused
from knowledge_base.answers import public_answers
from knowledge_base.topics import topic_tree
from web.context import current_officer, current_session, now, today
from web.errors import sentence_for, status_for
from web.frame import Place, home_url
from web.guards import public
from web.security import limiter
from web.views.tracking import guesses, keep_private, unknown_code

blueprint = Blueprint("portal", __name__)

PLACES = (Place("portal.write", _l("Write to us"), "pencil-square", "public", 10),)

FIELD_LENGTHS = {"title": 100, "place": 200, "name": 60, "contact": 120}
TRAP = "homepage"
"""A field that people do not see; programs that fill in every field give themselves away."""

_FORM_ID = re.compile(r"[0-9a-f]{32}")
_TOPICS_SHOWN = 12


@blueprint.get("/")
@public
def index() -> ResponseReturnValue:
    """Show citizens what they can do here; officers go to their work."""
    if current_officer() is not None:
        return redirect(home_url())
    topics = [t for t in topic_tree(current_session()) if t.depth == 0 and t.published]
    return render_template(
        "portal/index.html",
        is_open=portal_account(current_session()) is not None,
        topics=sorted(topics, key=lambda t: -t.published)[:_TOPICS_SHOWN],
        answers=public_answers(current_session(), today=today(), size=1).total,
    )


@blueprint.get("/write")
@public
def write() -> ResponseReturnValue:
    """Show the form."""
    return _form({"form_id": new_form_id()}, is_open=portal_account(current_session()) is not None)


def _too_fast(_limit: RequestLimit) -> Response:
    """Put somebody off who sends too often, with what they wrote still in the form."""
    error = _(
        "Too many messages came from your network just now. Nothing was lost; wait a minute and send it again."
    )
    return Response(_form(_typed(), error=error), 429)


@blueprint.post("/write")
@public
@limiter.limit("10 per minute; 60 per hour", on_breach=_too_fast)
def submit() -> ResponseReturnValue:
    """Take the message in and show the tracking code; a double click is one case."""
    typed = _typed()
    if request.form.get(TRAP):
        error = _(
            "Our guard against automatic messages took this for one. Your words are still here; send them again."
        )
        return _form(typed, error=error), 422
    try:
        receipt = receive_form(current_session(), PortalForm(**typed), now=now())
    except MessageRefused as refused:
        return _form(typed, error=sentence_for(refused)), status_for(refused)
    return redirect(url_for("portal.show_receipt", code=receipt.tracking_code), 303)


@blueprint.get("/receipt/<code>")
@public
@guesses
def show_receipt(code: str) -> ResponseReturnValue:
    """Show the tracking code, to be copied or printed."""
    try:
        case = tracked_case(current_session(), code)
    except CaseNotFound:
        return unknown_code(code)
    return keep_private(render_template("portal/receipt.html", case=case, words=case.words[0]))


def _typed() -> dict[str, str]:
    """Return what was typed; a form identifier that we did not make is replaced."""
    form_id = request.form.get("form_id", "")
    typed = {name: request.form.get(name, "").strip()[:length] for name, length in FIELD_LENGTHS.items()}
    typed["text"] = request.form.get("text", "")
    typed["form_id"] = form_id if _FORM_ID.fullmatch(form_id) else new_form_id()
    return typed


def _form(typed: dict[str, str], *, is_open: bool = True, error: str | None = None) -> str:
    values: dict[str, Any] = {"typed": typed, "error": error, "is_open": is_open}
    return render_template(
        "portal/write.html", **values, lengths=FIELD_LENGTHS, longest=MAX_FORM_LENGTH, trap=TRAP
    )
