"""Who a program works for: the officer whose API token came with the request."""

from flask import request

from routing.officers import OfficerView, officer_by_id
from routing.tokens import HeldToken, held_token, note_use
from web.context import now, services


def officer_with_token() -> OfficerView | None:
    """Return the officer of the bearer token, or None without a token that is good.

    Looked up in a session of its own: the request's session may already be writing, and noting the use of a token
    must not wait for it, nor be undone with it.
    """
    given = request.authorization
    if given is None or given.type != "bearer" or not given.token:
        return None
    with services().database.reading() as session:
        held = held_token(session, given.token, now=now())
        officer = officer_by_id(session, held.officer_id) if held else None
    if held is None or officer is None or officer.is_disabled:
        return None
    _note(held)
    return officer


def _note(held: HeldToken) -> None:
    if held.use_is_due:
        with services().database.transaction() as session:
            note_use(session, held.id, now=now())
