"""The triage desk: what routing was unsure of, one case at a time, with the departments it thought of."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, func, select

from inbox.access import Viewer, get_case, require, visible_cases
from inbox.case_lists import COUNT_LIMIT, CaseRow, View, by_due, cases_by_id, view_condition
from inbox.case_view import CandidateView, MessageView, candidates_of, messages_of
from inbox.cases import assign_case
from inbox.errors import WrongState
from inbox.models import Case, CaseEvent, CaseState
from routing.models import Officer, Role

DESK_LENGTH = 40


@dataclass(frozen=True, slots=True)
class ReturnView:
    """Why a department gave a case back."""

    by: str | None
    department_id: int | None
    basis: str
    at: datetime


@dataclass(frozen=True, slots=True)
class DeskCase:
    """The case that lies open on the desk."""

    row: CaseRow
    messages: tuple[MessageView, ...]
    candidates: tuple[CandidateView, ...]
    confidence: float
    returns: tuple[ReturnView, ...]


@dataclass(frozen=True, slots=True)
class Desk:
    """The first cases of the desk by deadline, how many there are, and the one that lies open."""

    rows: tuple[CaseRow, ...]
    total: int
    total_is_floor: bool
    open: DeskCase | None


def triage_desk(session: Session, viewer: Viewer, case_id: int | None, *, now: datetime) -> Desk:
    """Return the desk with the case asked for open, or the first when it has left the desk.

    Ordered by what falls due next. Raises NotAllowed for who may not dispatch.
    """
    require(viewer, "triage", Role.DISPATCHER, Role.SUPERVISOR)
    condition = view_condition(View.TRIAGE_DESK, viewer, now=now, end_of_day=now)
    query = select(Case.id).where(visible_cases(viewer), condition)
    ids = [i or 0 for i in session.exec(query.order_by(*by_due()).limit(DESK_LENGTH))]
    total = int(session.scalar(select(func.count()).select_from(query.limit(COUNT_LIMIT).subquery())) or 0)
    opened = case_id if case_id is not None and _is_on_desk(session, viewer, case_id) else None
    opened = opened or (ids[0] if ids else None)
    if opened is not None and opened not in ids:
        ids = [opened, *ids[: DESK_LENGTH - 1]]
    rows = tuple(cases_by_id(session, viewer, ids))
    current = next((row for row in rows if row.id == opened), None)
    return Desk(rows, total, total >= COUNT_LIMIT, _open_case(session, viewer, current) if current else None)


def assign_from_desk(
    session: Session, viewer: Viewer, case_id: int, department_id: int, *, now: datetime
) -> Case:
    """Send a case that lies on the desk to a department; of two dispatchers at once the first one decides.

    Raises WrongState when a colleague was quicker, and what `assign_case` raises.
    """
    require(viewer, "assign", Role.DISPATCHER, Role.SUPERVISOR)
    case = get_case(session, viewer, case_id, for_update=True)
    if case.state != CaseState.TRIAGE_DESK:
        raise WrongState("assign", case.state.value)
    return assign_case(session, viewer, case_id, department_id, now=now)


def returns_of(session: Session, case_id: int) -> tuple[ReturnView, ...]:
    """Return every return of a case, newest first."""
    query = (
        select(CaseEvent, Officer.name)
        .join(Officer, col(Officer.id) == CaseEvent.actor_id, isouter=True)
        .where(CaseEvent.case_id == case_id, CaseEvent.kind == "returned")
        .order_by(col(CaseEvent.id).desc())
    )
    return tuple(
        ReturnView(name, event.params.get("department_id"), event.params.get("basis", ""), event.at)
        for event, name in session.exec(query).all()
    )


def _is_on_desk(session: Session, viewer: Viewer, case_id: int) -> bool:
    query = select(Case.state).where(Case.id == case_id, visible_cases(viewer))
    return session.exec(query).first() == CaseState.TRIAGE_DESK


def _open_case(session: Session, viewer: Viewer, row: CaseRow) -> DeskCase:
    routing = get_case(session, viewer, row.id).routing or {}
    return DeskCase(
        row=row,
        messages=messages_of(session, row.id),
        candidates=candidates_of(session, routing),
        confidence=float(routing.get("confidence") or 0),
        returns=returns_of(session, row.id) if row.return_count else (),
    )
