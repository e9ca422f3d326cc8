"""The citizen's form: no account, no app, nothing to follow (管理办法 §25); contact details only if offered."""

import hashlib
import json
import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, select

from inbox.errors import AccountNotFound, MessageRefused
from inbox.intake import Receipt, Submission, receive_messages
from inbox.models import Account, AccountState, Platform

PORTAL_CODE = "portal"

MAX_FORM_LENGTH = 10_000
"""Longest text taken from the form, in characters."""


@dataclass(frozen=True, slots=True)
class PortalForm:
    """What the form asks. `form_id` is made when the form is shown, so that a second click is a repeat."""

    form_id: str
    text: str
    title: str = ""
    place: str = ""
    name: str = ""
    contact: str = ""


def new_form_id() -> str:
    """Return a fresh identifier for one showing of the form."""
    return uuid.uuid4().hex


def portal_account(session: Session) -> Account | None:
    """Return the open portal account, preferring the one whose code is ``portal``."""
    open_ones = session.exec(
        select(Account).where(Account.platform == Platform.PORTAL, Account.state == AccountState.ACTIVE)
    ).all()
    return next((a for a in open_ones if a.code == PORTAL_CODE), open_ones[0] if open_ones else None)


def receive_form(session: Session, form: PortalForm, *, now: datetime) -> Receipt:
    """Take the citizen's message in; sent twice it is one case with one tracking code.

    Raises AccountNotFound when no portal is open, MessageRefused when the text cannot be taken.
    """
    account = portal_account(session)
    if account is None:
        raise AccountNotFound(PORTAL_CODE)
    if len(form.text) > MAX_FORM_LENGTH:
        raise MessageRefused("too_long", length=len(form.text), limit=MAX_FORM_LENGTH)
    taken = receive_messages(session, account, [portal_submission(form)], now=now)
    for refusal in taken.refused:
        raise MessageRefused(refusal.reason, **refusal.params)
    return (taken.new + taken.repeated)[0]


def portal_submission(form: PortalForm) -> Submission:
    """Turn the form into a submission; nothing the citizen did not type is kept.

    Its identifier covers the words: who goes back, writes something else and sends again has a second message.
    """
    asked = {
        "title": form.title,
        "text": form.text,
        "place": form.place,
        "name": form.name,
        "contact": form.contact,
    }
    raw = json.dumps(asked, ensure_ascii=False).encode("utf-8", "surrogatepass")
    return Submission(
        external_id=f"portal-{form.form_id}-{hashlib.sha256(raw).hexdigest()[:16]}",
        text=form.text,
        raw=raw,
        title=form.title or None,
        author_name=form.name or None,
        contact=form.contact or None,
        place=form.place or None,
    )
