"""The last messages, for trying what a changed answer would do; shown with personal information covered."""

from sqlalchemy import select
from sqlmodel import Session, col

from inbox.models import Account, Case, Message
from knowledge_base.effect import MESSAGES_TRIED, PastMessage
from routing.catalogue import Catalogue
from routing.whereabouts import areas_of


def past_messages(
    session: Session, catalogue: Catalogue, *, limit: int = MESSAGES_TRIED
) -> list[PastMessage]:
    """Return the opening messages of the newest ordinary cases; spam and sensitive ones are left out."""
    query = (
        select(col(Case.id), col(Case.title), col(Message.text), col(Message.title), col(Account.region))
        .join(Message, col(Message.case_id) == col(Case.id))
        .join(Account, col(Account.id) == col(Case.account_id))
        .where(col(Case.spam).is_(False), col(Case.sensitive).is_(False))
        .order_by(col(Case.id).desc(), col(Message.id))
        .limit(limit)
    )
    found: dict[int, PastMessage] = {}
    for case_id, shown, text, title, region in session.execute(query):
        if case_id not in found:
            areas = areas_of(catalogue, f"{title or ''}\n{text}", region)
            found[case_id] = PastMessage(case_id, shown, text, title, areas)
    return list(found.values())
