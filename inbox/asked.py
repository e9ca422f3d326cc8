"""What a case asked when it came in: the text that suggestions were found for."""

from dataclasses import dataclass

from sqlmodel import Session

from inbox.access import Viewer, get_case
from inbox.models import Account
from inbox.similar import opening_messages


@dataclass(frozen=True, slots=True)
class Asked:
    """A message as triage reads it; `region` is the area of the account it came through."""

    text: str
    title: str | None = None
    region: str | None = None


def asked_in(session: Session, viewer: Viewer, case_id: int) -> Asked:
    """Return what a case asked. Raises CaseNotFound."""
    get_case(session, viewer, case_id)
    message = opening_messages(session, [case_id])[case_id]
    account = session.get_one(Account, message.account_id)
    return Asked(message.text, message.title, account.region)
