"""Signing in and out: what the session cookie holds, and when it stops being believed."""

from datetime import UTC, datetime, timedelta

from flask import g, has_request_context, session

from routing.officers import OfficerView, officer_by_id
from web.context import current_session, now, services

_OFFICER = "officer"


def begin_session(officer: OfficerView) -> None:
    """Begin a session for the officer; nothing of the session before it is kept (no fixation)."""
    session.clear()
    session[_OFFICER] = session_entry(officer, at=now())
    session.permanent = True
    g.officer = officer


def session_entry(officer: OfficerView, *, at: datetime) -> dict[str, int]:
    """Return what the cookie holds: who, since when, and the version that disabling or a new password outdates."""
    return {"id": officer.id, "version": officer.session_version, "at": int(at.timestamp())}


def end_session() -> None:
    """End the session in this browser."""
    session.clear()
    g.officer = None


def load_officer() -> OfficerView | None:
    """Return the officer the cookie names, if the session is still good.

    Asked on every request, so that disabling an officer, new roles or a new password end the sessions that
    are open at once (管理办法 §28). A session ends `session_hours` after signing in, however busy it was.
    """
    held = session.get(_OFFICER) if has_request_context() else None
    if not isinstance(held, dict):
        return None
    officer = officer_by_id(current_session(), held.get("id", 0))
    ends_at = datetime.fromtimestamp(held.get("at", 0), UTC) + timedelta(
        hours=services().settings.session_hours
    )
    if (
        officer is None
        or officer.is_disabled
        or officer.session_version != held.get("version")
        or now() >= ends_at
    ):
        session.pop(_OFFICER, None)
        return None
    return officer
