"""Who has written to the demo county just now: neighbours about one matter, and people with several matters at once."""

from collections.abc import Sequence
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
    case_ids = _write(session, tools, story["messages"], "neighbour", now=now)
    if not case_ids:
        return
    unit = department_by_code(session, story["department"])
    first = session.get_one(Case, case_ids[0])
    if unit is not None and (first.state, first.department_id) != (CaseState.ASSIGNED, unit.id):
        assign_case(session, dispatcher, case_ids[0], unit.id, now=now)


def let_people_ask_several_things(session: Session, tools: TriageTools, *, now: datetime) -> None:
    """Receive and triage messages with a matter for two departments each; they wait on the triage desk to be parted."""
    _write(session, tools, read_json("several_matters.json"), "several", now=now)


def _write(
    session: Session, tools: TriageTools, messages: Sequence[dict[str, str]], name: str, *, now: datetime
) -> list[int]:
    """Let people write one after the other, the last of them some minutes ago; return their cases."""
    portals = select(Account).where(Account.platform == Platform.PORTAL, Account.state == AccountState.ACTIVE)
    account = session.exec(portals.order_by(col(Account.id))).first()
    case_ids: list[int] = []
    if account is None:
        return case_ids
    for number, message in enumerate(messages):
        at = now - APART * (len(messages) - number)
        sent = Submission(
            external_id=f"demo-{name}-{number}",
            text=message["text"],
            raw=message["text"].encode(),
            author_name=message["author"],
            author_ref=f"{name}-{number}",
        )
        new = [receipt.case_id for receipt in receive_messages(session, account, [sent], now=at).new]
        triage_cases(session, new, tools, now=at)
        case_ids += new
    return case_ids
