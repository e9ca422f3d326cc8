"""Notices as messages: written in their reader's language, handed to the mail server or to a robot."""

from datetime import datetime
from typing import Any

import httpx
from flask import Flask
from flask_babel import force_locale, ngettext
from flask_babel import gettext as _

from inbox.channels.email import Mail, MailServer, send_mail
from inbox.channels.robots import send_to_robot
from inbox.notice_sending import Line, Outcome, Parcel
from web.context import end_work
from web.i18n import format_instant
from web.notice_words import line_of
from web.runtime import Runtime
from web.settings import Settings

_speakers: list[tuple[Runtime, Flask]] = []


def send_parcel(runtime: Runtime, parcel: Parcel, *, now: datetime) -> Outcome:
    """Send one message and say what is known of it."""
    settings = runtime.settings
    if parcel.robot is None and not (settings.smtp_host and parcel.email):
        return Outcome("no mail server" if parcel.email else "no address", final=True)
    subject, text = _words(runtime, parcel)
    if parcel.robot is not None:
        with httpx.Client(follow_redirects=False, trust_env=False) as client:
            origins = settings.robot_origins.split()
            return send_to_robot(client, parcel.robot, text, origins=origins, now=now)
    return send_mail(_server(settings), Mail(parcel.batch, parcel.email, subject, text))


def _server(settings: Settings) -> MailServer:
    return MailServer(
        settings.smtp_host,
        settings.smtp_port,
        settings.smtp_security,
        settings.smtp_user,
        settings.smtp_password.get_secret_value(),
        settings.mail_from,
    )


def _words(runtime: Runtime, parcel: Parcel) -> tuple[str, str]:
    """Write subject and text; no citizen's words or names leave the house, only codes and links."""
    with _speaker(runtime).test_request_context("/"), force_locale(parcel.locale):
        try:
            lines = [_line(runtime.settings, line) for line in parcel.lines]
            first = line_of(parcel.lines[0].kind, parcel.lines[0].params).text if parcel.lines else ""
            count = len(lines)
            more = ngettext("Minhu: %(num)s notice", "Minhu: %(num)s notices", count)
            subject = _("Minhu: %(notice)s", notice=first) if count == 1 else more
            return " ".join(subject.split()), "\n\n".join([subject, *lines] if count > 1 else lines)
        finally:
            end_work()


def _line(settings: Settings, line: Line) -> str:
    told = line_of(line.kind, line.params)
    about = " · ".join(filter(None, (line.tracking_code, format_instant(line.at))))
    return "\n".join(filter(None, (told.text, told.detail, about, _link(settings, line))))


def _link(settings: Settings, line: Line) -> str:
    path = line.params.get("url") or (f"/cases/{line.case_id}" if line.case_id else "/notices")
    return f"{settings.public_address}{path}"


def _speaker(runtime: Runtime) -> Any:
    """Return an application to speak with: translations and names need one; made once for each process."""
    for known, app in _speakers:
        if known is runtime:
            return app
    from web.app import create_app  # only here: most jobs need no Flask

    app = create_app(runtime.settings, runtime=runtime)
    _speakers[:] = [(runtime, app)]
    return app
