"""Rehearses a change of the catalogue on last month's messages: made, looked at, and undone."""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlmodel import Session

from inbox.access import Viewer, require
from inbox.lessons import recent_facts
from routing.catalogue import load_catalogue
from routing.models import Role
from routing.preview import Preview, compare

LAST_MONTH = timedelta(days=30)
MOST_MESSAGES = 1000
"""More would keep a person waiting; the page says that these are the newest."""


def preview_change(
    session: Session, viewer: Viewer, change: Callable[[Session], object], *, now: datetime
) -> Preview:
    """Return what `change` would have done to the messages of the last thirty days, at most the newest thousand.

    The change happens in a savepoint that is always rolled back; an error it raises comes out. Raises NotAllowed.
    """
    require(viewer, "catalogue", Role.ADMINISTRATOR)
    before = load_catalogue(session)
    messages = list(recent_facts(session, since=now - LAST_MONTH, limit=MOST_MESSAGES))
    rehearsal = session.begin_nested()
    try:
        change(session)
        session.flush()
        after = load_catalogue(session)
    finally:
        rehearsal.rollback()
    session.expire_all()
    return compare(before, after, messages)
