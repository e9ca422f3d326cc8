"""Indicator 7, 退单率: how many assignments a department gave back.

A returned case is another department's in the end, so a return is counted where it came from: a department's
assignments are the cases it has and those it gave back.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func
from sqlmodel import Session, col

from inbox.access import Viewer, visible_cases
from inbox.indicators.cohort import Period, cohort
from inbox.indicators.definitions import Code
from inbox.models import Case, CaseEvent
from sla.models import Clock, Deadline

VERSION = 1

_ASSIGNED = and_(col(Deadline.met_at).is_not(None), col(Deadline.cancelled_at).is_(None))
_WAS_RETURNED = and_(col(CaseEvent.case_id) == col(Case.id), col(CaseEvent.kind) == "returned")


def count(
    session: Session, viewer: Viewer, period: Period, *, now: datetime
) -> tuple[Code, int, bool, Mapping[int | None, tuple[int, int]]]:
    """Count assignments and returns by the department that had the case."""
    base = cohort(Clock.accept, period, now=now).order_by(None).where(_ASSIGNED, visible_cases(viewer))
    held = session.execute(
        base.with_only_columns(col(Case.department_id), func.count()).group_by(col(Case.department_id))
    )
    assigned = Counter({key: int(number) for key, number in held if key is not None})
    returned = Counter(_returns(session, base))
    assigned.update(returned)
    return Code.RETURNED, VERSION, False, {key: (assigned[key], returned[key]) for key in assigned}


def rows(met: bool, missed: bool, period: Period, *, now: datetime) -> Any:
    """Return a query for the assigned cases: all, only the returned (`met`), or only the others."""
    query = cohort(Clock.accept, period, now=now).where(_ASSIGNED)
    if met:
        return query.join(CaseEvent, _WAS_RETURNED)
    return query.where(col(Case.return_count) == 0) if missed else query


def _returns(session: Session, base: Any) -> list[int]:
    query = base.where(col(Case.return_count) > 0).join(CaseEvent, _WAS_RETURNED)
    found = session.execute(query.with_only_columns(col(CaseEvent.params)))
    return [params["department_id"] for (params,) in found if params.get("department_id")]
