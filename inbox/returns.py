"""Returning a case and sending it elsewhere (退回重派): asked with the duty it rests on, decided by somebody else."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import update
from sqlmodel import Session, col, select

from inbox.access import Viewer, expect, get_case, require
from inbox.cases import assign_case
from inbox.deadlines import begin_arbitration, drop_arbitration, end_arbitration
from inbox.errors import CaseNotFound, MessageRefused, NotAllowed, WrongState
from inbox.events import record_event
from inbox.groups import follow_lead
from inbox.models import WITH_DEPARTMENT, Case, CaseReturn, CaseState, ReturnState
from inbox.notices import notify, officers_with
from inbox.watching import tell_watchers
from routing.models import Department, Duty, Role

MAX_RETURNS = 2
"""A case may be returned at most twice (service-levels.md, 退单)."""

ARBITRATORS = (Role.DISPATCHER, Role.SUPERVISOR)
LONGEST_BASIS = 500


@dataclass(frozen=True, slots=True)
class Grounds:
    """Why a case is not a department's: a duty of the catalogue, or a document and its article, and whose it is."""

    basis: str = ""
    duty_id: int | None = None
    department_id: int | None = None


def ask_return(
    session: Session, viewer: Viewer, case_id: int, grounds: Grounds, *, now: datetime
) -> CaseReturn:
    """Ask to give a case back; the handling clocks stand still until a dispatcher or supervisor has decided.

    Raises MessageRefused with basis_missing without grounds, return_too_late when the time for it is over,
    return_again after a refusal or `MAX_RETURNS`; NotAllowed for another department's case, WrongState.
    """
    require(viewer, "return", Role.OFFICER)
    case = get_case(session, viewer, case_id, for_update=True)
    if case.department_id is None or case.department_id != viewer.department_id:
        raise NotAllowed("return")
    expect(case, "return", *WITH_DEPARTMENT)
    earlier = returns_of_case(session, case_id)
    refusal = why_not(case, [each.state for each in earlier], now=now)
    if refusal is not None:
        raise MessageRefused(refusal)
    grounds = _checked(session, grounds, case.department_id)
    asked = CaseReturn(
        case_id=case_id,
        number=len(earlier) + 1,
        from_department_id=case.department_id,
        to_department_id=grounds.department_id,
        duty_id=grounds.duty_id,
        routed_duty=_routed_by(case),
        basis=grounds.basis,
        was_drafting=case.state == CaseState.DRAFTING,
        asked_by=viewer.officer_id,
        asked_at=now,
    )
    case.state = CaseState.ARBITRATION
    case.return_count += 1
    case.version += 1
    asked.due_at = begin_arbitration(session, case, now=now, actor_id=viewer.officer_id)
    session.add(asked)
    session.flush()
    _record(session, asked, "return_asked", now=now, actor_id=viewer.officer_id, public=True)
    _tell_of_return(session, asked, now=now)
    return asked


def why_not(case: Case, returns: Sequence[ReturnState], *, now: datetime) -> str | None:
    """Return the reason why a department may not return a case any more, or None while it may.

    `returns` is what became of each that was ever asked for the case, those taken back included.
    Exactly at the end of the time for it a return is still taken.
    """
    if len(returns) >= MAX_RETURNS or ReturnState.REFUSED in returns:
        return "return_again"
    if case.return_until is not None and now > case.return_until:
        return "return_too_late"
    return None


def uphold_return(
    session: Session,
    viewer: Viewer,
    return_id: int,
    *,
    department_id: int | None,
    reason: str = "",
    now: datetime,
) -> Case:
    """Let a case go to another department, or to the triage desk when nobody knows which (None).

    The event `returned` keeps both departments and the duty, so that routing can learn from it. Raises NotAllowed,
    WrongState when somebody else has decided, MessageRefused for the department that returned it.
    """
    case, asked = _to_decide(session, viewer, return_id)
    if department_id == asked.from_department_id:
        raise MessageRefused("return_to_sender")
    _require_open(session, department_id)
    _decide(session, viewer, asked, ReturnState.UPHELD, reason=reason, department_id=department_id, now=now)
    case.state = CaseState.TRIAGE_DESK
    case.assignee_id = None
    case.return_until = None
    case.version += 1
    end_arbitration(session, case, now=now, actor_id=viewer.officer_id)
    _record(session, asked, "returned", now=now, actor_id=viewer.officer_id)
    if department_id is None:
        case.department_id = None
        session.flush()
        follow_lead(session, case, now=now)
        return case
    return assign_case(session, viewer, case.id or 0, department_id, now=now, reason=reason)


def refuse_return(session: Session, viewer: Viewer, return_id: int, *, reason: str, now: datetime) -> Case:
    """Let a case stay where it is, with the reason; it cannot be returned again.

    Raises MessageRefused without a reason or when the department was closed meanwhile, NotAllowed, WrongState.
    """
    case, asked = _to_decide(session, viewer, return_id)
    if not reason.strip():
        raise MessageRefused("reason_missing")
    department = session.get(Department, asked.from_department_id)
    if department is None or department.closed_at is not None:
        raise MessageRefused("department_closed")
    _decide(
        session,
        viewer,
        asked,
        ReturnState.REFUSED,
        reason=reason,
        department_id=asked.from_department_id,
        now=now,
    )
    case.state = CaseState.DRAFTING if asked.was_drafting else CaseState.ASSIGNED
    case.version += 1
    end_arbitration(session, case, now=now, actor_id=viewer.officer_id)
    _record(session, asked, "return_refused", now=now, actor_id=viewer.officer_id)
    notify(session, [asked.asked_by], "return_refused", case_id=case.id, now=now)
    return case


def withdraw_return(session: Session, viewer: Viewer, case_id: int, *, now: datetime) -> Case:
    """Let the officer who asked take the request back before it is decided; the handling clocks run on at once.

    The case is where it was and no returned one. The request stays one of the two that a case has, so that nobody stops
    the clocks over and over. Raises NotAllowed for anybody else, WrongState when nothing waits or somebody has decided.
    """
    require(viewer, "withdraw_return", Role.OFFICER)
    case = get_case(session, viewer, case_id, for_update=True)
    asked = next(
        (each for each in returns_of_case(session, case_id) if each.state == ReturnState.ASKED), None
    )
    if asked is None:
        raise WrongState("withdraw_return", case.state.value)
    if asked.asked_by != viewer.officer_id:
        raise NotAllowed("withdraw_return")
    expect(case, "withdraw_return", CaseState.ARBITRATION)
    own = asked.from_department_id
    _decide(session, viewer, asked, ReturnState.WITHDRAWN, reason="", department_id=own, now=now)
    case.state = CaseState.DRAFTING if asked.was_drafting else CaseState.ASSIGNED
    case.return_count -= 1
    case.version += 1
    drop_arbitration(session, case, now=now, actor_id=viewer.officer_id)
    _record(session, asked, "return_withdrawn", now=now, actor_id=viewer.officer_id, public=True)
    return case


def returns_of_case(session: Session, case_id: int) -> list[CaseReturn]:
    """Return every return of a case, oldest first."""
    query = select(CaseReturn).where(CaseReturn.case_id == case_id).order_by(col(CaseReturn.number))
    return list(session.exec(query).all())


def _checked(session: Session, grounds: Grounds, own_department_id: int) -> Grounds:
    """Fill in what follows from the duty, and refuse grounds that name nothing."""
    duty = session.get(Duty, grounds.duty_id) if grounds.duty_id is not None else None
    if grounds.duty_id is not None and (duty is None or duty.department_id == own_department_id):
        raise MessageRefused("own_duty")
    written = grounds.basis.strip()
    if duty is not None and not written:
        written = f"{duty.title}（{duty.basis}）" if duty.basis else duty.title
    if not written:
        raise MessageRefused("basis_missing")
    department_id = grounds.department_id or (duty.department_id if duty else None)
    if department_id == own_department_id:
        raise MessageRefused("return_to_sender")
    if grounds.department_id is not None:
        _require_open(session, grounds.department_id)
    return Grounds(written[:LONGEST_BASIS], duty.id if duty else None, department_id)


def _routed_by(case: Case) -> str:
    """Return the title of the duty that routing went by when it chose the department, if it went by one."""
    for candidate in (case.routing or {}).get("candidates") or ():
        if candidate.get("department_id") == case.department_id:
            for reason in candidate.get("reasons", ()):
                if reason.get("code") == "duty_words":
                    return str(reason.get("params", {}).get("duty", ""))[:256]
    return ""


def _to_decide(session: Session, viewer: Viewer, return_id: int) -> tuple[Case, CaseReturn]:
    require(viewer, "arbitrate", *ARBITRATORS)
    asked = session.get(CaseReturn, return_id)
    if asked is None:
        raise CaseNotFound(return_id)
    case = get_case(session, viewer, asked.case_id, for_update=True)
    session.refresh(asked)
    if asked.asked_by == viewer.officer_id:
        raise NotAllowed("arbitrate_own")
    if asked.state != ReturnState.ASKED:
        raise WrongState("arbitrate", case.state.value)
    expect(case, "arbitrate", CaseState.ARBITRATION)
    return case, asked


def _decide(
    session: Session,
    viewer: Viewer,
    asked: CaseReturn,
    state: ReturnState,
    *,
    reason: str,
    department_id: int | None,
    now: datetime,
) -> None:
    """Write the decision unless somebody else was quicker: of two at once exactly one counts."""
    decided = session.execute(
        update(CaseReturn)
        .where(col(CaseReturn.id) == asked.id, col(CaseReturn.state) == ReturnState.ASKED)
        .values(
            state=state,
            decided_by=viewer.officer_id,
            decided_at=now,
            decided_department_id=department_id,
            reason=reason.strip()[:LONGEST_BASIS],
        )
        .execution_options(synchronize_session=False)
    )
    if decided.rowcount != 1:  # type: ignore[attr-defined]
        raise WrongState("arbitrate", state.value)
    session.refresh(asked)


def _require_open(session: Session, department_id: int | None) -> None:
    if department_id is None:
        return
    department = session.get(Department, department_id)
    if department is None or department.closed_at is not None:
        raise MessageRefused("department_closed")


def _tell_of_return(session: Session, asked: CaseReturn, *, now: datetime) -> None:
    params = {"department_id": asked.from_department_id}
    others = [i for i in officers_with(session, *ARBITRATORS) if i != asked.asked_by]
    notify(session, others, "return_asked", case_id=asked.case_id, params=params, now=now)
    tell_watchers(
        session,
        asked.case_id,
        "watched_return_asked",
        params=params,
        actor_id=asked.asked_by,
        now=now,
    )


def _record(
    session: Session, asked: CaseReturn, kind: str, *, now: datetime, actor_id: int, public: bool = False
) -> None:
    to = asked.to_department_id if asked.decided_at is None else asked.decided_department_id
    record_event(
        session,
        asked.case_id,
        kind,
        now=now,
        actor_id=actor_id,
        params={
            "return_id": asked.id,
            "number": asked.number,
            "department_id": asked.from_department_id,
            "from_department_id": asked.from_department_id,
            "to_department_id": to,
            "duty_id": asked.duty_id,
            "basis": asked.basis,
            "reason": asked.reason,
        },
        public=public,
    )
