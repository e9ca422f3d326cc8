"""What officers do with a case: assign, claim, hand over, note, mark; each act is one event."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import or_, update
from sqlmodel import Session, col, select

from inbox.access import Viewer, expect, expect_alone, get_case, require
from inbox.assignment import give_out
from inbox.deadlines import cancel_clocks, meet_clocks, restart_clocks, return_window
from inbox.deliveries import retry_delivery
from inbox.errors import CaseNotFound, MessageRefused, NotAllowed, WrongState
from inbox.events import record_event
from inbox.groups import follow_lead
from inbox.kinds import Kind
from inbox.mentions import Mentioned, mention
from inbox.models import (
    WITH_DEPARTMENT,
    Case,
    CaseEvent,
    CasePresence,
    CaseState,
    Delivery,
    Display,
    Note,
    TaskKind,
)
from inbox.outbox import add_tasks
from routing.models import Department, Officer, Role
from sla.models import Clock

NOT_YET_ANSWERED = (CaseState.NEW, CaseState.TRIAGE_DESK, *WITH_DEPARTMENT)

DISPATCHERS_ACTS = ("shared", "split", "split_off", "co_handler_named", "co_handler_released")
"""What follows an assignment without its officer doing anything."""


def assign_case(
    session: Session, viewer: Viewer, case_id: int, department_id: int, *, now: datetime, reason: str = ""
) -> Case:
    """Send a case to a department, from the triage desk or from another department.

    Meets the accept clock. The choice is kept as an event with what routing had proposed, so that routing can
    learn from it. Raises NotAllowed, WrongState, CaseNotFound.
    """
    require(viewer, "assign", Role.DISPATCHER, Role.SUPERVISOR)
    case = get_case(session, viewer, case_id, for_update=True)
    expect(case, "assign", *NOT_YET_ANSWERED)
    department = session.get(Department, department_id)
    if department is None or department.closed_at is not None:
        raise NotAllowed("assign_closed_department")
    before = case.department_id
    if before == department_id and case.state in WITH_DEPARTMENT:
        return case
    case.department_id = department_id
    case.assignee_id = None
    case.spam = False
    if case.state not in WITH_DEPARTMENT:
        case.state = CaseState.ASSIGNED
    case.return_until = return_window(session, case, department.code, now=now)
    case.version += 1
    proposed = (case.routing or {}).get("candidates") or [{}]
    record_event(
        session,
        case_id,
        "assigned",
        now=now,
        actor_id=viewer.officer_id,
        params={
            "department_id": department_id,
            "from_department_id": before,
            "proposed_department_id": proposed[0].get("department_id"),
            "reason": reason,
            "automatic": False,
        },
        public=True,
    )
    meet_clocks(session, case, Clock.accept, now=now)
    follow_lead(session, case, now=now)
    give_out(session, [case_id], now=now)
    return case


def is_untouched(session: Session, case: Case) -> bool:
    """Tell whether nobody has begun with a case: it waits on the triage desk or with its department.

    An officer who has it only because the department's way of assigning gave it to them has not begun.
    """
    if case.state not in (CaseState.TRIAGE_DESK, CaseState.ASSIGNED):
        return False
    if case.assignee_id is None:
        return True
    query = (
        select(CaseEvent.kind)
        .where(
            CaseEvent.case_id == case.id,
            col(CaseEvent.kind).not_in(DISPATCHERS_ACTS),
            or_(col(CaseEvent.kind) == "given", col(CaseEvent.actor_id).is_not(None)),
        )
        .order_by(col(CaseEvent.id).desc())
    )
    return session.exec(query.limit(1)).first() == "given"


def recall_case(session: Session, viewer: Viewer, case_id: int, *, now: datetime) -> Case:
    """Take an assignment back to the triage desk before anybody has taken the case on, to undo a slip.

    The clocks go on and the accept clock stays met. Raises NotAllowed, WrongState, CaseNotFound.
    """
    require(viewer, "recall", Role.DISPATCHER, Role.SUPERVISOR)
    case = get_case(session, viewer, case_id, for_update=True)
    expect(case, "recall", CaseState.ASSIGNED)
    if not is_untouched(session, case):
        raise WrongState("recall", case.state.value)
    params = {"department_id": case.department_id}
    case.state = CaseState.TRIAGE_DESK
    case.department_id = None
    case.assignee_id = None
    case.version += 1
    record_event(session, case_id, "recalled", now=now, actor_id=viewer.officer_id, params=params)
    follow_lead(session, case, now=now)
    return case


def claim_case(session: Session, viewer: Viewer, case_id: int, *, now: datetime) -> bool:
    """Take a case that nobody has; False when somebody was quicker. Raises CaseNotFound, NotAllowed."""
    require(viewer, "claim", Role.OFFICER)
    case = get_case(session, viewer, case_id)
    if case.department_id != viewer.department_id:
        raise NotAllowed("claim")
    expect_alone(case, "claim")
    claimed = session.execute(
        update(Case)
        .where(
            col(Case.id) == case_id,
            col(Case.assignee_id).is_(None),
            col(Case.state).in_(WITH_DEPARTMENT),
            col(Case.department_id) == viewer.department_id,
        )
        .values(assignee_id=viewer.officer_id, version=Case.version + 1)
        .execution_options(synchronize_session=False)
    )
    session.expire(case)
    if claimed.rowcount != 1:  # type: ignore[attr-defined]
        return case.assignee_id == viewer.officer_id
    record_event(session, case_id, "claimed", now=now, actor_id=viewer.officer_id)
    follow_lead(session, case, now=now)
    return True


def hand_over_case(session: Session, viewer: Viewer, case_id: int, officer_id: int, *, now: datetime) -> Case:
    """Give a case to a colleague of the same department."""
    require(viewer, "hand_over", Role.OFFICER, Role.SUPERVISOR, Role.DISPATCHER)
    case = get_case(session, viewer, case_id, for_update=True)
    expect(case, "hand_over", *WITH_DEPARTMENT)
    colleague = session.get(Officer, officer_id)
    if colleague is None or colleague.disabled_at or colleague.department_id != case.department_id:
        raise NotAllowed("hand_over")
    case.assignee_id = officer_id
    case.version += 1
    record_event(
        session,
        case_id,
        "handed_over",
        now=now,
        actor_id=viewer.officer_id,
        params={"officer_id": officer_id},
    )
    follow_lead(session, case, now=now)
    return case


def change_kind(session: Session, viewer: Viewer, case_id: int, kind: Kind, *, now: datetime) -> Case:
    """Correct what kind of message this is; running deadlines keep theirs."""
    case = get_case(session, viewer, case_id, for_update=True)
    if case.kind != kind:
        params = {"from": case.kind.value, "to": kind.value}
        case.kind = kind
        case.version += 1
        record_event(session, case_id, "kind_changed", now=now, actor_id=viewer.officer_id, params=params)
    return case


def set_sensitive(session: Session, viewer: Viewer, case_id: int, sensitive: bool, *, now: datetime) -> Case:
    """Mark a case as sensitive, or lift the mark; a sensitive one is hidden from the public at once."""
    case = get_case(session, viewer, case_id, for_update=True)
    if case.sensitive != sensitive:
        case.sensitive = sensitive
        if sensitive:
            case.display = Display.HIDDEN
        kind = "marked_sensitive" if sensitive else "unmarked_sensitive"
        record_event(session, case_id, kind, now=now, actor_id=viewer.officer_id)
    return case


def set_display(session: Session, viewer: Viewer, case_id: int, display: Display, *, now: datetime) -> Case:
    """Decide whether the public may read the message (审看发布); handling goes on either way."""
    require(viewer, "display", Role.REVIEWER, Role.DISPATCHER, Role.SUPERVISOR)
    case = get_case(session, viewer, case_id, for_update=True)
    if display == Display.PUBLIC and case.sensitive:
        raise NotAllowed("publish_sensitive")
    if case.display != display:
        case.display = display
        params = {"display": display.value}
        record_event(session, case_id, "display_decided", now=now, actor_id=viewer.officer_id, params=params)
    return case


def set_aside(session: Session, viewer: Viewer, case_id: int, *, now: datetime) -> Case:
    """Close spam or advertising without an answer; nothing is deleted and `take_back` undoes it."""
    require(viewer, "set_aside", Role.DISPATCHER, Role.SUPERVISOR)
    case = get_case(session, viewer, case_id, for_update=True)
    expect(case, "set_aside", CaseState.NEW, CaseState.TRIAGE_DESK, CaseState.ASSIGNED)
    case.spam = True
    case.state = CaseState.CLOSED
    case.closed_at = now
    case.display = Display.HIDDEN
    case.version += 1
    cancel_clocks(session, case, now=now)
    record_event(session, case_id, "set_aside", now=now, actor_id=viewer.officer_id)
    return case


def take_back(session: Session, viewer: Viewer, case_id: int, *, now: datetime) -> Case:
    """Bring a case that was set aside back to the triage desk, with its clocks running again."""
    require(viewer, "take_back", Role.DISPATCHER, Role.SUPERVISOR)
    case = get_case(session, viewer, case_id, for_update=True)
    if not (case.spam and case.state == CaseState.CLOSED):
        raise WrongState("take_back", case.state.value)
    case.spam = False
    case.state = CaseState.TRIAGE_DESK
    case.closed_at = None
    case.display = Display.PENDING
    case.department_id = None
    case.version += 1
    restart_clocks(session, case, now=now)
    record_event(session, case_id, "taken_back", now=now, actor_id=viewer.officer_id)
    return case


def close_case(session: Session, viewer: Viewer, case_id: int, *, now: datetime) -> Case:
    """Close an answered case that the citizen has not rated."""
    require(viewer, "close", Role.OFFICER, Role.SUPERVISOR)
    case = get_case(session, viewer, case_id, for_update=True)
    expect(case, "close", CaseState.REPLIED)
    mark_closed(session, case, now=now, actor_id=viewer.officer_id, why="by_hand")
    return case


def mark_closed(
    session: Session, case: Case, *, now: datetime, why: str, actor_id: int | None = None
) -> None:
    """Put a case to rest; `why` is rated, silent or by_hand."""
    case.state = CaseState.CLOSED
    case.closed_at = now
    case.version += 1
    record_event(
        session, case.id or 0, "closed", now=now, actor_id=actor_id, params={"why": why}, public=True
    )


def retry_triage(session: Session, viewer: Viewer, case_id: int, *, now: datetime) -> None:
    """Let the triage steps that failed for a case run again; the ones that succeeded stand."""
    get_case(session, viewer, case_id, for_update=True)
    add_tasks(session, TaskKind.TRIAGE, [case_id], now=now)
    record_event(session, case_id, "triage_retried", now=now, actor_id=viewer.officer_id)


def send_again(session: Session, viewer: Viewer, case_id: int, delivery_id: int, *, now: datetime) -> bool:
    """Send a reply of this case that did not arrive once more; False when it is on its way or has arrived."""
    case = get_case(session, viewer, case_id, for_update=True)
    delivery = session.get(Delivery, delivery_id)
    if delivery is None or delivery.case_id != case.id:
        raise CaseNotFound(case_id)
    again = retry_delivery(session, delivery_id, now=now)
    if again:
        record_event(session, case_id, "sent_again", now=now, actor_id=viewer.officer_id)
    return again


def add_note(
    session: Session, viewer: Viewer, case_id: int, text: str, *, now: datetime, tell: Sequence[int] = ()
) -> tuple[Note, Mentioned]:
    """Write an internal note and tell whom it mentions (@) or who was chosen in `tell`.

    Raises MessageRefused when it is empty. A name that fits nobody, or several people, is told back.
    """
    case = get_case(session, viewer, case_id)
    if not text.strip():
        raise MessageRefused("empty")
    note = Note(case_id=case.id or 0, author_id=viewer.officer_id, text=text.strip()[:5000], at=now)
    session.add(note)
    session.flush()
    mentioned = mention(session, case, note, tell, now=now)
    session.flush()
    return note, mentioned


def note_presence(session: Session, viewer: Viewer, case_id: int, *, now: datetime) -> None:
    """Remember that the officer has this case open, so that colleagues see it at once."""
    presence = session.get(CasePresence, (case_id, viewer.officer_id))
    if presence is None:
        session.add(CasePresence(case_id=case_id, officer_id=viewer.officer_id, seen_at=now))
    else:
        presence.seen_at = now
    session.flush()
