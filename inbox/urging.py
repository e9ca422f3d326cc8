"""Urging by hand (催办): a supervisor or dispatcher asks a department, with a word, to get on with a case."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from inbox.access import Viewer, get_case, require
from inbox.case_lists import CaseRow
from inbox.errors import WrongState
from inbox.events import record_event
from inbox.ladder_models import Urging
from inbox.models import Case, CaseState
from inbox.notices import notify as tell
from inbox.notices import officers_of, people_of
from routing.models import Department, Officer, Role

URGERS = (Role.SUPERVISOR, Role.DISPATCHER)
LONGEST_WORD = 200
_UNANSWERED = (CaseState.ASSIGNED, CaseState.DRAFTING, CaseState.IN_REVIEW)


@dataclass(frozen=True, slots=True)
class UrgingView:
    """One urging of a case; `by` is None when the policy urged, `number` is that of a 催办通知书."""

    id: int
    number: str | None
    clock: str | None
    due_at: datetime | None
    words: str
    by: str | None
    at: datetime
    case_id: int
    tracking_code: str
    title: str
    department: str | None


def may_urge(viewer: Viewer, case: Case | CaseRow) -> bool:
    """Tell whether there is a department to urge about this case and the viewer may."""
    return viewer.has(*URGERS) and case.department_id is not None and case.state in _UNANSWERED


def urge_case(session: Session, viewer: Viewer, case_id: int, *, words: str, now: datetime) -> Urging:
    """Urge the department that has a case; everybody there who can act is told. Raises NotAllowed, WrongState."""
    require(viewer, "urge", *URGERS)
    case = get_case(session, viewer, case_id, for_update=True)
    if not may_urge(viewer, case):
        raise WrongState("urge", case.state.value)
    said = words.strip()[:LONGEST_WORD]
    urging = Urging(
        case_id=case_id,
        department_id=case.department_id,
        clock=case.next_clock,
        due_at=case.next_due_at,
        words=said,
        urged_by=viewer.officer_id,
        at=now,
    )
    session.add(urging)
    session.flush()
    params = {"officer_id": viewer.officer_id, "word": said}
    event = {"department_id": case.department_id, "reason": said}
    record_event(session, case_id, "urged", now=now, actor_id=viewer.officer_id, params=event)
    people = {*people_of(session, case), *officers_of(session, case.department_id or 0, Role.REVIEWER)}
    tell(session, people, "urged", case_id=case_id, params=params, urgent="danger" in case.tags, now=now)
    return urging


def urge_cases(
    session: Session, viewer: Viewer, case_ids: Sequence[int], *, words: str, now: datetime
) -> tuple[int, int]:
    """Urge several cases at once; return how many were urged and how many had nothing to urge."""
    urged = 0
    for case_id in case_ids:
        try:
            urge_case(session, viewer, case_id, words=words, now=now)
        except WrongState:
            continue
        urged += 1
    return urged, len(case_ids) - urged


def urgings_of(session: Session, viewer: Viewer, case_id: int) -> list[UrgingView]:
    """Return the urgings of a case the viewer may see, oldest first."""
    get_case(session, viewer, case_id)
    return [_view(*row) for row in session.execute(_query().where(col(Urging.case_id) == case_id)).all()]


def urging_view(session: Session, viewer: Viewer, urging_id: int) -> UrgingView | None:
    """Return one urging, for its printed form; None when there is none."""
    row = session.execute(_query().where(col(Urging.id) == urging_id)).first()
    if row is None:
        return None
    get_case(session, viewer, row[0].case_id)
    return _view(*row)


def _query() -> Any:
    return (
        sa.select(Urging, col(Officer.name), col(Case.tracking_code), col(Case.title), col(Department.name))
        .join(Officer, col(Officer.id) == Urging.urged_by, isouter=True)
        .join(Case, col(Case.id) == Urging.case_id)
        .join(Department, col(Department.id) == Urging.department_id, isouter=True)
        .order_by(col(Urging.at), col(Urging.id))
    )


def _view(urging: Urging, by: str | None, code: str, title: str, department: str | None) -> UrgingView:
    return UrgingView(
        urging.id or 0,
        urging.number,
        urging.clock,
        urging.due_at,
        urging.words,
        by,
        urging.at,
        urging.case_id,
        code,
        title,
        department,
    )
