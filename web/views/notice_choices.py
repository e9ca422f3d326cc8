"""How an officer wants to hear of notices: by email at once or once a day, quiet hours, the department's group."""

import re
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from inbox.notice_models import EmailMode
from inbox.notice_sending import EMAIL, choice_of, choose, failed_sends
from inbox.notices import notify
from inbox.quiet_hours import read_time
from web.context import current_session, now, services, the_officer
from web.guards import signed_in
from web.security import limiter
from web.words import word

blueprint = Blueprint("notice_choices", __name__, url_prefix="/profile/notices")


@blueprint.get("")
@signed_in
def show() -> ResponseReturnValue:
    """Show what was chosen."""
    return _page({}, {})


@blueprint.post("")
@signed_in
def change() -> ResponseReturnValue:
    """Keep what is chosen."""
    typed = request.form
    errors = _errors(typed)
    if errors:
        return _page(typed, errors), 422
    choose(
        current_session(),
        the_officer().id,
        email=typed.get("email", "").strip(),
        email_mode=EmailMode(typed["email_mode"]),
        robots=typed.get("robots") == "1",
        **{name: typed.get(name, "").strip() for name in ("quiet_from", "quiet_until", "digest_at")},
    )
    flash(_("Your choice holds from now on."), "success")
    return redirect(url_for("notice_choices.show"), 303)


@blueprint.post("/test")
@signed_in
@limiter.limit("6 per minute")
def test() -> ResponseReturnValue:
    """Send the officer a test on every way that was chosen."""
    notify(current_session(), [the_officer().id], "channel_test", now=now(), urgent=True)
    flash(_("A test is on its way to you."), "success")
    return redirect(url_for("notice_choices.show"), 303)


def _errors(typed: Any) -> dict[str, str]:
    errors = {}
    email = typed.get("email", "").strip()
    if email and not re.fullmatch(EMAIL, email):
        errors["email"] = _("This is not an email address. Nothing was changed.")
    if typed.get("email_mode") not in [mode.value for mode in EmailMode]:
        errors["email_mode"] = _("Choose one of these.")
    for name in ("quiet_from", "quiet_until", "digest_at"):
        text = typed.get(name, "").strip()
        if (text or name == "digest_at") and read_time(text) is None:
            errors[name] = _("Write a time such as 08:30.")
    return errors


def _page(typed: Any, errors: dict[str, str]) -> str:
    choice = choice_of(current_session(), the_officer().id)
    return render_template(
        "profile/notices.html",
        choice=choice,
        typed=typed,
        errors=errors,
        modes=[(mode.value, word(mode)) for mode in EmailMode],
        can_mail=bool(services().settings.smtp_host),
        failed=failed_sends(current_session(), officer_id=the_officer().id, limit=5),
    )
