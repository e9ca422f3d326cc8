"""Signing in and out: what the session cookie holds, and when it stops being believed."""

import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import g, has_request_context, session
from sqlmodel import col, delete

from routing.officers import OfficerView, officer_by_id
from web.context import current_session, now, services
from web.models import EndedSession

_OFFICER = "officer"


def begin_session(officer: OfficerView) -> None:
    """Begin a session for the officer; nothing of the session before it is kept (no fixation)."""
    session.clear()
    session[_OFFICER] = session_entry(officer, at=now())
    session.permanent = True
    g.officer = officer


def session_entry(officer: OfficerView, *, at: datetime) -> dict[str, Any]:
    """Return what the cookie holds: who, since when, which session, and the version that a new password outdates."""
    return {
        "id": officer.id,
        "version": officer.session_version,
        "at": int(at.timestamp()),
        "session": secrets.token_hex(16),
    }


def end_session() -> None:
    """End this session here and for every copy of its cookie."""
    held = session.get(_OFFICER)
    if isinstance(held, dict) and held.get("session"):
        database = current_session()
        database.exec(delete(EndedSession).where(col(EndedSession.ended_at) < now() - _lifetime()))
        database.merge(EndedSession(session_id=str(held["session"])[:32], ended_at=now()))
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
    if officer is None or not _is_good(held, officer):
        session.pop(_OFFICER, None)
        return None
    return officer


def _is_good(held: dict[str, Any], officer: OfficerView) -> bool:
    began_at = datetime.fromtimestamp(held.get("at", 0), UTC)
    return (
        not officer.is_disabled
        and officer.session_version == held.get("version")
        and now() < began_at + _lifetime()
        and current_session().get(EndedSession, str(held.get("session"))) is None
    )


def _lifetime() -> timedelta:
    return timedelta(hours=services().settings.session_hours)
