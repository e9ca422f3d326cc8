"""Signing in and out, and the switches anybody may use: language and look."""

from urllib.parse import urlsplit

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import refresh
from werkzeug import Response

from routing.officers import verify_password
from web.context import current_officer, current_session, now, services
from web.frame import THEME_COOKIE, THEMES, home_url
from web.guards import public
from web.i18n import LOCALE_COOKIE, LOCALES
from web.security import limiter
from web.signing_in import begin_session, end_session

blueprint = Blueprint("auth", __name__)

_YEAR_SECONDS = 365 * 24 * 3600


@blueprint.get("/sign-in")
@public
def sign_in() -> ResponseReturnValue:
    """Show the form, or go on when already signed in."""
    if current_officer() is not None:
        return redirect(safe_target(request.args.get("next", "")))
    return render_template("auth/sign_in.html", login="", back=request.args.get("next", ""), refused=False)


@blueprint.post("/sign-in")
@public
@limiter.limit("10 per minute; 60 per hour")
def submit_sign_in() -> ResponseReturnValue:
    """Check login name and password; one sentence for every way of being wrong."""
    login, back = request.form.get("login", "").strip(), request.form.get("next", "")
    password = request.form.get("password", "")
    officer = verify_password(current_session(), login, password, now=now()) if login and password else None
    if officer is None:
        return render_template("auth/sign_in.html", login=login, back=back, refused=True), 401
    begin_session(officer)
    refresh()
    return redirect(safe_target(back))


@blueprint.post("/sign-out")
@public
def sign_out() -> ResponseReturnValue:
    """End the session in this browser, and whatever copies there are of its cookie."""
    end_session()
    flash(_("You have signed out."), "success")
    response = redirect(url_for("auth.sign_in"))
    response.headers["Clear-Site-Data"] = (
        '"cache"'  # nobody who comes to this desk next goes back into a case
    )
    return response


@blueprint.post("/language")
@public
def change_language() -> ResponseReturnValue:
    """Keep the chosen language in this browser and go back to the page."""
    response = redirect(safe_target(request.form.get("next", "")))
    if request.form.get("locale") in LOCALES:
        _remember(response, LOCALE_COOKIE, request.form["locale"])
    return response


@blueprint.post("/look")
@public
def change_theme() -> ResponseReturnValue:
    """Keep the chosen look (as the device, light, dark) in this browser and go back to the page."""
    response = redirect(safe_target(request.form.get("next", "")))
    if request.form.get("theme") in THEMES:
        _remember(response, THEME_COOKIE, request.form["theme"])
    return response


def safe_target(target: str) -> str:
    """Return `target` if it is a page of this site, else the person's first page."""
    parts = urlsplit(target.replace("\\", "/"))
    is_ours = target.startswith("/") and not parts.netloc and not parts.scheme and target.isprintable()
    return target if is_ours else home_url()


def _remember(response: Response, name: str, value: str) -> None:
    is_secure = services().settings.secure_cookies
    response.set_cookie(name, value, max_age=_YEAR_SECONDS, samesite="Lax", httponly=True, secure=is_secure)
