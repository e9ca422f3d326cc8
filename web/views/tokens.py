"""An officer's API tokens: made for a program, shown once, listed, revoked."""

from datetime import timedelta

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from routing.errors import TooManyTokens
from routing.tokens import create_token, revoke_token, tokens_of
from web.context import current_session, now, the_officer
from web.errors import sentence_for, status_for
from web.guards import signed_in
from web.security import limiter

blueprint = Blueprint("tokens", __name__, url_prefix="/profile/tokens")

LIVES = {30: _l("30 days"), 90: _l("90 days"), 365: _l("One year")}
LONGEST_NAME = 60


@blueprint.get("")
@signed_in
def index() -> ResponseReturnValue:
    """List the officer's tokens and offer to make one."""
    return _page()


@blueprint.post("")
@signed_in
@limiter.limit("20 per hour")
def create() -> ResponseReturnValue:
    """Make a token and show it this once."""
    name, days = request.form.get("name", "").strip(), request.form.get("days", 0, type=int)
    if not name or len(name) > LONGEST_NAME:
        return _page({"name": _("Say in a few words which program it is for. No token was made.")}), 422
    if days not in LIVES:
        return _page({"days": _("Choose how long it works. No token was made.")}), 422
    try:
        made = create_token(current_session(), the_officer().id, name, lasts=timedelta(days=days), now=now())
    except TooManyTokens as error:
        return _page({"name": sentence_for(error)}), status_for(error)
    response = make_response(render_template("tokens/created.html", made=made))
    response.headers["Cache-Control"] = "no-store"  # the page holds a secret
    return response


@blueprint.post("/<int:token_id>/revoke")
@signed_in
def revoke(token_id: int) -> ResponseReturnValue:
    """End a token at once."""
    revoke_token(current_session(), the_officer().id, token_id, now=now())
    flash(_("The token was revoked. The program that used it is refused from now on."), "success")
    return redirect(url_for("tokens.index"), 303)


def _page(errors: dict[str, str] | None = None) -> str:
    return render_template(
        "tokens/index.html",
        tokens=tokens_of(current_session(), the_officer().id),
        now=now(),
        errors=errors or {},
        typed=request.form,
        lives=[(str(days), str(words)) for days, words in LIVES.items()],
        longest=LONGEST_NAME,
    )
