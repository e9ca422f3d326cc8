"""An officer's own page: language, password, what they may do."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from routing.departments import department_by_id
from routing.errors import WeakPassword
from routing.officers import SHORTEST_PASSWORD, end_sessions, set_password, update_officer, verify_password
from web.context import current_session, now, the_officer
from web.errors import sentence_for
from web.guards import signed_in
from web.i18n import LOCALE_COOKIE, LOCALES
from web.security import limiter
from web.signing_in import begin_session

blueprint = Blueprint("profile", __name__, url_prefix="/profile")


@blueprint.get("")
@signed_in
def show() -> ResponseReturnValue:
    """Show who is signed in and what can be changed."""
    return _page({})


@blueprint.post("/language")
@signed_in
def change_language() -> ResponseReturnValue:
    """Keep the language with the officer, for every browser."""
    locale = request.form.get("locale", "")
    response = redirect(url_for("profile.show"))
    if locale in LOCALES:
        update_officer(current_session(), the_officer().id, locale=locale)
        response.delete_cookie(LOCALE_COOKIE)
    return response


@blueprint.post("/password")
@signed_in
@limiter.limit("10 per minute")
def change_password() -> ResponseReturnValue:
    """Set a new password after checking the old one; other browsers are signed out."""
    officer, old, new = the_officer(), request.form.get("old", ""), request.form.get("new", "")
    if verify_password(current_session(), officer.login, old, now=now()) is None:
        return _page({"old": _("This is not your present password. Nothing was changed.")}), 422
    if new != request.form.get("again", ""):
        return _page({"again": _("The two new passwords differ. Nothing was changed.")}), 422
    try:
        begin_session(set_password(current_session(), officer.id, new))
    except WeakPassword as error:
        return _page({"new": sentence_for(error)}), 422
    flash(_("Your password was changed. Other browsers were signed out."), "success")
    return redirect(url_for("profile.show"))


@blueprint.post("/sessions/end")
@signed_in
def end_other_sessions() -> ResponseReturnValue:
    """Sign out every other browser."""
    begin_session(end_sessions(current_session(), the_officer().id))
    flash(_("Every other browser was signed out."), "success")
    return redirect(url_for("profile.show"))


def _page(errors: dict[str, str]) -> str:
    officer = the_officer()
    department = department_by_id(current_session(), officer.department_id) if officer.department_id else None
    return render_template(
        "profile/show.html",
        officer=officer,
        department=department,
        errors=errors,
        locales=list(LOCALES.items()),
        shortest=SHORTEST_PASSWORD,
    )
