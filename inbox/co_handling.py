"""Lead and co-handlers (主办、协办): other departments give their part by a date; the reply waits until they have."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, update
from sqlmodel import Session, col, select

from inbox.access import Viewer, expect, get_case, require
from inbox.deadlines import end_co_handling, join_departments, start_co_handling
from inbox.errors import CaseNotFound, MessageRefused, NotAllowed, ReplyIncomplete, WrongState
from inbox.events import record_event
from inbox.models import WITH_DEPARTMENT, Case, CaseSuggestion, Reply
from inbox.notices import notify, officers_of, people_of
from inbox.together_models import CoHandling, PartState
from inbox.wording import clean_text, is_blank
from routing.models import Department, Role

MOST_CO_HANDLERS = 8
LONGEST_PART = 5000
TIMED_OUT_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Request:
    """What a department is asked for, and by when; without a date the policy's limit counts."""

    department_id: int
    asked: str
    due_at: datetime | None = None


def name_co_handler(
    session: Session, viewer: Viewer, case_id: int, request: Request, *, now: datetime
) -> CoHandling:
    """Ask another department for its part; the case is then timed as one of several departments.

    The dispatcher, the supervisor and officers of the lead department may. Raises MessageRefused with co_handler_lead,
    co_handler_already, too_many_co_handlers, department_closed, empty, due_past; NotAllowed, WrongState, CaseNotFound.
    """
    case = _lead_case(session, viewer, case_id, "name_co_handler")
    expect(case, "name_co_handler", *WITH_DEPARTMENT)
    before = co_handlers_of(session, case)
    again = _checked(session, case, before, request, now=now)
    departments = 1 + len({each.department_id for each in before} | {request.department_id})
    answered = has_answer(session, case_id)
    join_departments(session, case, departments, has_answer=answered, now=now, actor_id=viewer.officer_id)
    row = again or CoHandling(
        case_id=case_id,
        round=case.reply_round,
        department_id=request.department_id,
        asked="",
        asked_by=viewer.officer_id,
        asked_at=now,
        due_at=now,
    )
    row.state, row.part, row.reason, row.ended_at, row.ended_by = PartState.ASKED, "", "", None, None
    row.asked, row.asked_by, row.asked_at = clean_text(request.asked)[:LONGEST_PART], viewer.officer_id, now
    row.clock_round, row.due_at = _time_allowed(session, case, request, now=now)
    session.add(row)
    case.version += 1
    session.flush()
    _record(session, row, "co_handler_named", now=now, actor_id=viewer.officer_id)
    params = {"department_id": case.department_id}
    people = officers_of(session, row.department_id, Role.OFFICER)
    notify(session, people, "co_handler_named", case_id=case_id, params=params, now=now)
    return row


def sign_part(
    session: Session, viewer: Viewer, co_handling_id: int, part: str, *, now: datetime
) -> CoHandling:
    """Give the department's part and sign it; late is still possible while the reply is being written.

    Signing the same words twice changes nothing. Raises NotAllowed, WrongState, CaseNotFound, and
    MessageRefused when empty.
    """
    require(viewer, "sign_part", Role.OFFICER)
    row, case = _row(session, viewer, co_handling_id)
    if row.department_id != viewer.department_id:
        raise NotAllowed("sign_part")
    text = clean_text(part)[:LONGEST_PART]
    if is_blank(text):
        raise MessageRefused("empty")
    if row.state == PartState.SIGNED and row.part == text:
        return row
    expect(case, "sign_part", *WITH_DEPARTMENT)
    if row.round != case.reply_round:
        raise WrongState("sign_part", case.state.value)
    _move(
        session,
        row,
        (PartState.ASKED, PartState.TIMED_OUT, PartState.SIGNED),
        state=PartState.SIGNED,
        part=text,
        signed_by=viewer.officer_id,
        signed_at=now,
    )
    _record(session, row, "part_signed", now=now, actor_id=viewer.officer_id)
    _tell_lead(session, case, row, "part_signed", now=now)
    _finish(session, case, row, now=now)
    return row


def release_co_handler(
    session: Session, viewer: Viewer, co_handling_id: int, *, reason: str, now: datetime
) -> CoHandling:
    """Let the reply go on without a department's part, with the reason; it no longer sees the case."""
    row, case = _row(session, viewer, co_handling_id)
    case = _lead_case(session, viewer, case.id or 0, "release_co_handler")
    if not reason.strip():
        raise MessageRefused("reason_missing")
    _move(
        session,
        row,
        (PartState.ASKED, PartState.TIMED_OUT),
        state=PartState.RELEASED,
        reason=reason.strip()[:500],
        ended_by=viewer.officer_id,
        ended_at=now,
    )
    _record(session, row, "co_handler_released", now=now, actor_id=viewer.officer_id)
    _finish(session, case, row, now=now)
    return row


def time_out_co_handlers(session: Session, *, now: datetime, limit: int = TIMED_OUT_AT_ONCE) -> int:
    """Let the replies go on whose co-handlers have not answered in time; return how many parts timed out.

    Due exactly now is not late. Run by the scheduler; a reply that is submitted first does it for its own case.
    """
    late = session.exec(
        select(CoHandling)
        .where(CoHandling.state == PartState.ASKED, col(CoHandling.due_at) < now)
        .order_by(col(CoHandling.due_at))
        .limit(limit)
    ).all()
    return sum(_time_out(session, row, now=now) for row in late)


def settle_parts(session: Session, case: Case, reply: Reply, *, now: datetime) -> dict[str, list[int]]:
    """Return who contributed to a reply that is being submitted and who did not answer, by department id.

    Raises ReplyIncomplete with co_handlers while somebody still has time to answer. Who signed a part counts as an
    author, so they cannot be the one who approves it.
    """
    rows = co_handlers_of(session, case)
    for row in rows:
        if row.state == PartState.ASKED and row.due_at < now:
            _time_out(session, row, now=now)
    waiting = [row.department_id for row in rows if row.state == PartState.ASKED]
    if waiting:
        raise ReplyIncomplete("co_handlers", department_ids=waiting)
    signed = [row for row in rows if row.state == PartState.SIGNED]
    authors = [row.signed_by for row in signed if row.signed_by is not None]
    reply.contributor_ids = list(dict.fromkeys([*reply.contributor_ids, *authors]))
    silent = [row.department_id for row in rows if row.state == PartState.TIMED_OUT]
    told = {"contributed": [row.department_id for row in signed], "silent": silent}
    return {key: ids for key, ids in told.items() if ids}


def co_handlers_of(session: Session, case: Case) -> list[CoHandling]:
    """Return the co-handlers of a case's present round, in the order they were named."""
    query = (
        select(CoHandling)
        .where(CoHandling.case_id == case.id, CoHandling.round == case.reply_round)
        .order_by(col(CoHandling.id))
    )
    return list(session.exec(query).all())


def has_answer(session: Session, case_id: int) -> bool:
    """Tell whether the knowledge base had something to say about a case; some policies ask."""
    query = select(func.count()).select_from(CaseSuggestion).where(CaseSuggestion.case_id == case_id)
    return bool(session.scalar(query))


def _time_allowed(
    session: Session, case: Case, request: Request, *, now: datetime
) -> tuple[int | None, datetime]:
    """Start the clock of the policy, unless the department got a date of its own."""
    if request.due_at is not None:
        return None, request.due_at
    department = session.get_one(Department, request.department_id)
    return start_co_handling(session, case, department.code, now=now)


def _lead_case(session: Session, viewer: Viewer, case_id: int, action: str) -> Case:
    require(viewer, action, Role.OFFICER, Role.DISPATCHER, Role.SUPERVISOR)
    case = get_case(session, viewer, case_id, for_update=True)
    is_lead = viewer.has(Role.OFFICER) and case.department_id == viewer.department_id
    if case.department_id is None or not (is_lead or viewer.has(Role.DISPATCHER, Role.SUPERVISOR)):
        raise NotAllowed(action)
    return case


def _checked(
    session: Session, case: Case, before: Sequence[CoHandling], request: Request, *, now: datetime
) -> CoHandling | None:
    """Refuse what cannot be asked; return the released row of a department that is asked again."""
    same = next((row for row in before if row.department_id == request.department_id), None)
    department = session.get(Department, request.department_id)
    problems = {
        "co_handler_lead": request.department_id == case.department_id,
        "department_closed": department is None or department.closed_at is not None,
        "co_handler_already": same is not None and same.state != PartState.RELEASED,
        "too_many_co_handlers": same is None and len(before) >= MOST_CO_HANDLERS,
        "empty": is_blank(request.asked),
        "due_past": request.due_at is not None and request.due_at <= now,
    }
    for reason, is_so in problems.items():
        if is_so:
            raise MessageRefused(reason)
    return same


def _row(session: Session, viewer: Viewer, co_handling_id: int) -> tuple[CoHandling, Case]:
    row = session.get(CoHandling, co_handling_id)
    if row is None:
        raise CaseNotFound(co_handling_id)
    # The case first, then the part: two people who lock them in different order would wait for each other.
    case = get_case(session, viewer, row.case_id)
    session.refresh(case, with_for_update=True)
    session.refresh(row)
    return row, case


def _move(session: Session, row: CoHandling, states: Sequence[PartState], **values: object) -> None:
    """Change a part only from one of these states, so that of two people at once one is told."""
    moved = session.execute(
        update(CoHandling)
        .where(col(CoHandling.id) == row.id, col(CoHandling.state).in_(states))
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    if moved.rowcount != 1:  # type: ignore[attr-defined]
        raise WrongState("co_handle", row.state.value)
    session.refresh(row)


def _time_out(session: Session, row: CoHandling, *, now: datetime) -> bool:
    case = session.get_one(Case, row.case_id, with_for_update=True)
    try:
        _move(session, row, (PartState.ASKED,), state=PartState.TIMED_OUT, ended_at=now)
    except WrongState:
        return False
    _record(session, row, "part_timed_out", now=now)
    _tell_lead(session, case, row, "part_timed_out", now=now)
    _finish(session, case, row, now=now)
    return True


def _finish(session: Session, case: Case, row: CoHandling, *, now: datetime) -> None:
    """End the clock of a part nobody waits for any more."""
    case.version += 1
    answered = row.state != PartState.RELEASED
    end_co_handling(session, case, row.clock_round, now=now, answered=answered)


def _tell_lead(session: Session, case: Case, row: CoHandling, kind: str, *, now: datetime) -> None:
    params = {"department_id": row.department_id}
    notify(session, people_of(session, case), kind, case_id=case.id, params=params, now=now)


def _record(
    session: Session, row: CoHandling, kind: str, *, now: datetime, actor_id: int | None = None
) -> None:
    params: dict[str, Any] = {"department_id": row.department_id, "co_handling_id": row.id}
    body = {"co_handler_named": row.asked, "co_handler_released": row.reason}.get(kind, "")
    if body:
        params["reason"] = body[:500]
    record_event(session, row.case_id, kind, now=now, actor_id=actor_id, params=params)
