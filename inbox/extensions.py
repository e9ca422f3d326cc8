"""Extensions (延期): asked by the department before the deadline, decided by a supervisor, told to the citizen."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import func, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from inbox.access import Viewer, get_case, require, visible_cases
from inbox.deadlines import refresh_due
from inbox.errors import ExtensionAsked, ExtensionNotFound, MessageRefused, NotAllowed, TooLate, WrongState
from inbox.events import record_event
from inbox.ladder_models import ExtensionRequest, ExtensionState
from inbox.models import Case, CaseState
from inbox.notices import notify, officers_with, people_of
from routing.models import Department, Officer, Role
from sla.calendar import WorkingCalendar
from sla.errors import ExtensionRefused, NoDeadline
from sla.limits import parse_limit
from sla.terms import check_extension, extend_deadline

LONGEST_REASON = 500
_HANDLED = (CaseState.ASSIGNED, CaseState.DRAFTING, CaseState.IN_REVIEW)


@dataclass(frozen=True, slots=True)
class ExtensionView:
    """A request for more time as the queue and the case page show it."""

    id: int
    case_id: int
    tracking_code: str
    title: str
    department_id: int | None
    department: str | None
    length: str
    reason: str
    state: ExtensionState
    old_due_at: datetime
    new_due_at: datetime | None
    asked_by: str
    asked_by_id: int
    asked_at: datetime
    decided_at: datetime | None
    answer: str


def extension_allowed(session: Session, viewer: Viewer, case: Case, *, now: datetime) -> str | None:
    """Return how much more time the viewer may ask for in this case now; None when none."""
    own = viewer.department_id is not None and viewer.department_id == case.department_id
    if not own or not viewer.has(Role.OFFICER) or case.state not in _HANDLED:
        return None
    if open_request(session, case.id or 0) is not None:
        return None
    try:
        longest, _ = check_extension(session, case.id or 0, now=now)
    except (ExtensionRefused, NoDeadline):
        return None
    return str(longest)


def ask_extension(
    session: Session,
    viewer: Viewer,
    case_id: int,
    *,
    length: str,
    reason: str,
    calendar: WorkingCalendar,
    now: datetime,
) -> ExtensionRequest:
    """Ask for more time, before the deadline and for at most what the policy allows; supervisors are told.

    Raises NotAllowed, TooLate, ExtensionAsked, MessageRefused without a reason, BadLimit, and
    ExtensionRefused when the policy does not allow it.
    """
    require(viewer, "ask_extension", Role.OFFICER)
    case = get_case(session, viewer, case_id, for_update=True)
    if case.department_id != viewer.department_id:
        raise NotAllowed("ask_extension")
    if case.state not in _HANDLED:
        raise WrongState("ask_extension", case.state.value)
    if not reason.strip():
        raise MessageRefused("reason_missing")
    limit = parse_limit(length)
    due_at = _possible(session, case_id, str(limit), calendar=calendar, now=now)
    request = ExtensionRequest(
        case_id=case_id,
        department_id=case.department_id,
        length=str(limit),
        reason=reason.strip()[:LONGEST_REASON],
        old_due_at=due_at,
        new_due_at=calendar.due(due_at, limit),
        asked_by=viewer.officer_id,
        asked_at=now,
    )
    try:
        with session.begin_nested():
            session.add(request)
    except IntegrityError as error:
        raise ExtensionAsked(case_id) from error
    params = {"length": str(limit), "reason": request.reason}
    record_event(session, case_id, "extension_asked", now=now, actor_id=viewer.officer_id, params=params)
    told = {
        "department_id": case.department_id,
        "length": str(limit),
        "reason": request.reason,
        "url": "/extensions",
    }
    people = officers_with(session, Role.SUPERVISOR)
    notify(session, people, "extension_asked", case_id=case_id, params=told, now=now)
    return request


def approve_extension(
    session: Session, viewer: Viewer, request_id: int, *, calendar: WorkingCalendar, now: datetime
) -> ExtensionRequest:
    """Grant the time; the citizen sees the new date. Raises TooLate when the deadline passed undecided."""
    request, case = _to_decide(session, viewer, request_id)
    if request.state is ExtensionState.ASKED:
        _possible(session, request.case_id, request.length, calendar=calendar, now=now)
    _decide(session, viewer, request, ExtensionState.APPROVED, "", now=now)
    new_due_at = extend_deadline(
        session,
        request.case_id,
        by=request.length,
        actor_id=viewer.officer_id,
        now=now,
        calendar=calendar,
    )
    request.new_due_at = new_due_at
    refresh_due(session, [request.case_id])
    session.expire(case)
    params = {"length": request.length, "due_at": new_due_at.isoformat(), "reason": request.reason}
    record_event(
        session, request.case_id, "extended", now=now, actor_id=viewer.officer_id, params=params, public=True
    )
    _tell(session, case, request, "extension_approved", now)
    return request


def refuse_extension(
    session: Session, viewer: Viewer, request_id: int, *, answer: str, now: datetime
) -> ExtensionRequest:
    """Refuse the time, with a reason; the deadline stands."""
    request, case = _to_decide(session, viewer, request_id)
    if not answer.strip():
        raise MessageRefused("reason_missing")
    _decide(session, viewer, request, ExtensionState.REFUSED, answer.strip()[:LONGEST_REASON], now=now)
    params = {"reason": request.answer}
    record_event(
        session, request.case_id, "extension_refused", now=now, actor_id=viewer.officer_id, params=params
    )
    _tell(session, case, request, "extension_refused", now)
    return request


def lapse_requests(session: Session, *, now: datetime) -> int:
    """Close requests whose deadline passed undecided or that nothing waits for any more; return how many."""
    late = session.exec(
        select(ExtensionRequest).where(
            ExtensionRequest.state == ExtensionState.ASKED, col(ExtensionRequest.old_due_at) < now
        )
    ).all()
    lapsed = 0
    for request in late:
        try:
            check_extension(session, request.case_id, by=request.length, now=now)
        except (ExtensionRefused, NoDeadline):
            request.state, request.decided_at = ExtensionState.LAPSED, now
            record_event(session, request.case_id, "extension_lapsed", now=now)
            case = session.get_one(Case, request.case_id)
            _tell(session, case, request, "extension_lapsed", now)
            lapsed += 1
    session.flush()
    return lapsed


def waiting_requests(session: Session, viewer: Viewer, now: datetime) -> int:
    """Count the requests that wait for a supervisor."""
    del now
    if not viewer.has(Role.SUPERVISOR):
        return 0
    query = select(func.count()).select_from(ExtensionRequest)
    return int(session.scalar(query.where(ExtensionRequest.state == ExtensionState.ASKED)) or 0)


def list_requests(
    session: Session, viewer: Viewer, *, waiting: bool = True, limit: int = 200
) -> list[ExtensionView]:
    """Return the requests about cases the viewer may see: those that wait by what falls due, else newest first."""
    query = _query(viewer)
    if waiting:
        query = query.where(ExtensionRequest.state == ExtensionState.ASKED)
        query = query.order_by(col(ExtensionRequest.old_due_at))
    else:
        query = query.where(ExtensionRequest.state != ExtensionState.ASKED)
        query = query.order_by(col(ExtensionRequest.decided_at).desc(), col(ExtensionRequest.id).desc())
    return [_view(*row) for row in session.execute(query.limit(limit)).all()]


def requests_of(session: Session, viewer: Viewer, case_id: int) -> list[ExtensionView]:
    """Return the requests about one case, oldest first."""
    query = _query(viewer).where(ExtensionRequest.case_id == case_id).order_by(col(ExtensionRequest.id))
    return [_view(*row) for row in session.execute(query).all()]


def open_request(session: Session, case_id: int) -> ExtensionRequest | None:
    """Return the request about a case that waits to be decided."""
    query = select(ExtensionRequest).where(
        ExtensionRequest.case_id == case_id, ExtensionRequest.state == ExtensionState.ASKED
    )
    return session.exec(query).first()


def _possible(
    session: Session, case_id: int, length: str, *, calendar: WorkingCalendar, now: datetime
) -> datetime:
    """Return what is due now, or say why it cannot be extended by this much; TooLate once it is overdue."""
    try:
        return check_extension(session, case_id, by=length, now=now, calendar=calendar)[1]
    except ExtensionRefused as refused:
        if refused.is_late:
            raise TooLate(case_id) from refused
        raise


def _to_decide(session: Session, viewer: Viewer, request_id: int) -> tuple[ExtensionRequest, Case]:
    require(viewer, "decide_extension", Role.SUPERVISOR)
    request = session.get(ExtensionRequest, request_id)
    if request is None:
        raise ExtensionNotFound(request_id)
    if request.asked_by == viewer.officer_id:
        raise NotAllowed("decide_own_extension")
    return request, get_case(session, viewer, request.case_id, for_update=True)


def _decide(
    session: Session,
    viewer: Viewer,
    request: ExtensionRequest,
    state: ExtensionState,
    answer: str,
    *,
    now: datetime,
) -> None:
    changed = session.execute(
        update(ExtensionRequest)
        .where(col(ExtensionRequest.id) == request.id, col(ExtensionRequest.state) == ExtensionState.ASKED)
        .values(state=state, answer=answer, decided_by=viewer.officer_id, decided_at=now)
        .execution_options(synchronize_session="fetch")
    )
    if changed.rowcount != 1:  # type: ignore[attr-defined]
        raise WrongState("decide_extension", request.state.value)


def _tell(session: Session, case: Case, request: ExtensionRequest, kind: str, now: datetime) -> None:
    people = {request.asked_by, *people_of(session, case)}
    params = {"length": request.length, "reason": request.answer}
    notify(session, people, kind, case_id=request.case_id, params=params, now=now)


def _query(viewer: Viewer) -> Any:
    return (
        sa.select(
            ExtensionRequest,
            col(Case.tracking_code),
            col(Case.title),
            col(Department.name),
            col(Officer.name),
        )
        .join(Case, col(Case.id) == ExtensionRequest.case_id)
        .join(Officer, col(Officer.id) == ExtensionRequest.asked_by)
        .join(Department, col(Department.id) == ExtensionRequest.department_id, isouter=True)
        .where(visible_cases(viewer))
    )


def _view(
    request: ExtensionRequest, code: str, title: str, department: str | None, asked_by: str
) -> ExtensionView:
    own = {
        name: getattr(request, name)
        for name in ExtensionView.__dataclass_fields__
        if name not in ("id", "tracking_code", "title", "department", "asked_by", "asked_by_id")
    }
    return ExtensionView(
        id=request.id or 0,
        tracking_code=code,
        title=title,
        department=department,
        asked_by=asked_by,
        asked_by_id=request.asked_by,
        **own,
    )
