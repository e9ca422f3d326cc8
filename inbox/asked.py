"""What a case asked when it came in: the text that suggestions were found for."""

from dataclasses import dataclass

from sqlmodel import Session

from inbox.access import Viewer, get_case
from inbox.models import Account
from inbox.similar import opening_messages
from routing.catalogue import Catalogue
from routing.whereabouts import areas_of


@dataclass(frozen=True, slots=True)
class Asked:
    """A message as triage reads it; `areas` are where it is from, the nearest first (`routing.whereabouts`)."""

    text: str
    title: str | None = None
    areas: tuple[str, ...] = ()


def asked_in(session: Session, viewer: Viewer, case_id: int, catalogue: Catalogue) -> Asked:
    """Return what a case asked. Raises CaseNotFound."""
    get_case(session, viewer, case_id)
    message = opening_messages(session, [case_id])[case_id]
    account = session.get_one(Account, message.account_id)
    whole = f"{message.title or ''}\n{message.text}"
    return Asked(message.text, message.title, areas_of(catalogue, whole, account.region))
