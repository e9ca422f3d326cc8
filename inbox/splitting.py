"""Splitting a message with several matters into linked cases; the citizen goes on seeing one submission."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from inbox.access import Viewer, get_case, require
from inbox.assignment import give_out
from inbox.cases import assign_case, is_untouched, recall_case
from inbox.deadlines import cancel_clocks
from inbox.errors import MessageRefused, NotAllowed, WrongState
from inbox.events import record_event
from inbox.lessons import facts_of
from inbox.models import Account, Case, CasePart, CaseState, Display, Message, TaskKind
from inbox.outbox import add_tasks
from inbox.parts import linked_parts, parts_of
from inbox.privacy import mask_all
from inbox.tracking import new_tracking_code
from inbox.wording import EXCERPT_LENGTH, TITLE_LENGTH, clean_text, one_line, title_from
from routing.catalogue import Catalogue
from routing.matters import Part, propose_parts
from routing.models import Department, Role

MOST_PARTS = 6
LONGEST_PART = 5000
DISPATCHERS = (Role.DISPATCHER, Role.SUPERVISOR)


def propose_split(session: Session, viewer: Viewer, case_id: int, catalogue: Catalogue) -> tuple[Part, ...]:
    """Return how a case on the desk could be split; nothing for one matter, or for a part of a split message."""
    case = get_case(session, viewer, case_id)
    if linked_parts(session, case_id):
        return ()
    message = _opening(session, case)
    return propose_parts(catalogue, facts_of(case, message, session.get_one(Account, case.account_id)))


def split_case(
    session: Session, viewer: Viewer, case_id: int, parts: Sequence[tuple[str, int]], *, now: datetime
) -> list[int]:
    """Split a case into (text, department) parts and return the ids of all of them, the case itself first.

    The case keeps the citizen's message whole and answers for the first part; each other part becomes a case of its
    own with the same clock. Raises MessageRefused for fewer than two parts or an empty one, WrongState when
    somebody has begun or the case is split already, NotAllowed, CaseNotFound.
    """
    require(viewer, "split", *DISPATCHERS)
    wanted = check_parts(parts)
    case = get_case(session, viewer, case_id, for_update=True)
    if not is_untouched(session, case) or linked_parts(session, case_id):
        raise WrongState("split", case.state.value)
    assign_case(session, viewer, case_id, wanted[0][1], now=now, reason="split")
    ids = [case_id, *(_open_part(session, viewer, case, wish, now=now) for wish in wanted[1:])]
    for number, (part_id, (text, _)) in enumerate(zip(ids, wanted, strict=True), 1):
        part = CasePart(case_id=part_id, origin_id=case_id, number=number, text=text, split_at=now)
        part.split_by = viewer.officer_id
        session.add(part)
    params = {"parts": len(ids), "cases": ids[1:]}
    record_event(session, case_id, "split", now=now, actor_id=viewer.officer_id, params=params)
    for part_id in ids[1:]:
        params = {"origin": case_id}
        record_event(session, part_id, "split_off", now=now, actor_id=viewer.officer_id, params=params)
    add_tasks(session, TaskKind.TRIAGE, ids[1:], now=now)
    session.flush()
    give_out(session, ids[1:], now=now)
    return ids


def undo_split(session: Session, viewer: Viewer, case_id: int, *, now: datetime) -> None:
    """Join the parts again before anybody has worked on one; the case goes back to the triage desk.

    The other parts are closed without an answer and no longer shown to the citizen; nothing is deleted. Raises
    WrongState when somebody has begun or it is not split, NotAllowed, CaseNotFound.
    """
    require(viewer, "split", *DISPATCHERS)
    case = get_case(session, viewer, case_id, for_update=True)
    rows = parts_of(session, case_id)
    if not rows or rows[0].origin_id != case_id:
        raise WrongState("undo_split", case.state.value)
    others = [
        get_case(session, viewer, row.case_id, for_update=True) for row in rows if row.case_id != case_id
    ]
    for part in (case, *others):
        if not is_untouched(session, part):
            raise WrongState("undo_split", part.state.value)
    for part in others:
        part.state, part.closed_at, part.display = CaseState.CLOSED, now, Display.HIDDEN
        part.department_id = part.assignee_id = None
        part.version += 1
        cancel_clocks(session, part, now=now)
        record_event(session, part.id or 0, "split_undone", now=now, actor_id=viewer.officer_id)
    for row in rows:
        row.undone_at = now
    recall_case(session, viewer, case_id, now=now)
    record_event(session, case_id, "split_undone", now=now, actor_id=viewer.officer_id)
    session.flush()


def check_parts(parts: Sequence[tuple[str, int]]) -> list[tuple[str, int]]:
    """Return the matters that a dispatcher wrote, cleaned. Raises MessageRefused with split_parts or too_long."""
    wanted = [(clean_text(text).strip(), department_id) for text, department_id in parts]
    if not 2 <= len(wanted) <= MOST_PARTS or any(not text for text, _ in wanted):
        raise MessageRefused("split_parts", limit=MOST_PARTS)
    longest = max(len(text) for text, _ in wanted)
    if longest > LONGEST_PART:
        raise MessageRefused("too_long", length=longest, limit=LONGEST_PART)
    return wanted


def _open_part(
    session: Session, viewer: Viewer, origin: Case, wish: tuple[str, int], *, now: datetime
) -> int:
    text, department_id = wish
    department = session.get(Department, department_id)
    if department is None or department.closed_at is not None:
        raise NotAllowed("assign_closed_department")
    message = _opening(session, origin)
    covered = mask_all(text)
    part = Case(
        tracking_code=new_tracking_code(),
        account_id=origin.account_id,
        platform=origin.platform,
        title=one_line(title_from(covered), TITLE_LENGTH),
        excerpt=one_line(covered, EXCERPT_LENGTH),
        author_name=origin.author_name,
        author_ref=origin.author_ref,
        state=CaseState.ASSIGNED,
        sensitive=origin.sensitive,
        display=Display.HIDDEN,
        department_id=department_id,
        received_at=origin.received_at,
    )
    session.add(part)
    session.flush()
    session.add(
        Message(
            case_id=part.id or 0,
            account_id=origin.account_id,
            external_id=f"{part.tracking_code}:part",
            raw=text.encode("utf-8", "surrogatepass"),
            text=text,
            contact=message.contact,
            place=message.place,
            posted_at=message.posted_at,
            received_at=message.received_at,
        )
    )
    params = {
        "department_id": department_id,
        "from_department_id": None,
        "automatic": False,
        "reason": "split",
    }
    record_event(
        session, part.id or 0, "assigned", now=now, actor_id=viewer.officer_id, params=params, public=True
    )
    return part.id or 0


def _opening(session: Session, case: Case) -> Message:
    query = select(Message).where(Message.case_id == case.id).order_by(col(Message.id)).limit(1)
    return session.exec(query).one()
