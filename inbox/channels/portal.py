"""The citizen's form: no account, no app, nothing to follow (管理办法 §25); contact details only if offered."""

import json
import uuid
from dataclasses import dataclass

from sqlmodel import Session, select

from inbox.intake import Submission
from inbox.models import Account, AccountState, Platform

PORTAL_CODE = "portal"


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


def portal_submission(form: PortalForm) -> Submission:
    """Turn the form into a submission; nothing the citizen did not type is kept."""
    asked = {
        "title": form.title,
        "text": form.text,
        "place": form.place,
        "name": form.name,
        "contact": form.contact,
    }
    return Submission(
        external_id=f"portal-{form.form_id}",
        text=form.text,
        raw=json.dumps(asked, ensure_ascii=False).encode("utf-8", "surrogatepass"),
        title=form.title or None,
        author_name=form.name or None,
        contact=form.contact or None,
        place=form.place or None,
    )
