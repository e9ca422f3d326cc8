"""Indicator 7, 退单率: how many assignments a department gave back.

A returned case is another department's in the end, so a return is counted where it came from: a department's
assignments are the cases it has and those it gave back.
"""

from collections import Counter
from datetime import datetime

from sqlalchemy import and_
from sqlmodel import Session, col

from inbox.access import Viewer, visible_cases
from inbox.indicators.cohort import Period, cohort
from inbox.models import Case, CaseEvent
from sla.models import Clock, Deadline

_ASSIGNED = and_(col(Deadline.met_at).is_not(None), col(Deadline.cancelled_at).is_(None))
UPHELD, REFUSED = "returned", "return_refused"
"""The events that decide about a return; one that is only asked for is not counted yet."""

_WAS_DECIDED = and_(col(CaseEvent.case_id) == col(Case.id), col(CaseEvent.kind).in_((UPHELD, REFUSED)))


def count(
    session: Session, viewer: Viewer, period: Period, *, now: datetime
) -> tuple[Counter[int], Counter[int]]:
    """Count the upheld and the refused returns of cases whose assignment fell due, by who asked for them."""
    query = (
        cohort(Clock.accept, period, now=now)
        .order_by(None)
        .where(_ASSIGNED, visible_cases(viewer), col(Case.return_count) > 0)
        .join(CaseEvent, _WAS_DECIDED)
    )
    found: dict[str, Counter[int]] = {UPHELD: Counter(), REFUSED: Counter()}
    for kind, params in session.execute(query.with_only_columns(col(CaseEvent.kind), col(CaseEvent.params))):
        found[kind][params["department_id"]] += 1
    return found[UPHELD], found[REFUSED]
