"""Neighbours of the demo county who have just written about one matter, so that one reply can answer them all."""

from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from inbox.access import Viewer
from inbox.cases import assign_case
from inbox.intake import Submission, receive_messages
from inbox.models import Account, AccountState, Case, CaseState, Platform
from inbox.triage import TriageTools, triage_cases
from routing.departments import department_by_code
from web.demo.files import read_json

APART = timedelta(minutes=17)
"""One reads it in the chat of the house and writes too."""


def let_neighbours_write(session: Session, tools: TriageTools, dispatcher: Viewer, *, now: datetime) -> None:
    """Receive and triage what they wrote in the last hours, and see that their department has the first case."""
    story = read_json("neighbours.json")
    portals = select(Account).where(Account.platform == Platform.PORTAL, Account.state == AccountState.ACTIVE)
    account = session.exec(portals.order_by(col(Account.id))).first()
    if account is None:
        return
    case_ids = []
    for number, message in enumerate(story["messages"]):
        at = now - APART * (len(story["messages"]) - number)
        sent = Submission(
            external_id=f"demo-neighbour-{number}",
            text=message["text"],
            raw=message["text"].encode(),
            author_name=message["author"],
            author_ref=f"neighbour-{number}",
        )
        taken = receive_messages(session, account, [sent], now=at)
        case_ids += [receipt.case_id for receipt in taken.new]
        triage_cases(session, [receipt.case_id for receipt in taken.new], tools, now=at)
    unit = department_by_code(session, story["department"])
    first = session.get_one(Case, case_ids[0])
    if unit is not None and (first.state, first.department_id) != (CaseState.ASSIGNED, unit.id):
        assign_case(session, dispatcher, case_ids[0], unit.id, now=now)
