"""Indicator 12, 超期存量: what stood open past its due instant at the end of the period, by how long."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, func, not_, or_
from sqlalchemy import case as sql_case
from sqlmodel import Session, col, select

from inbox.access import Viewer, visible_cases
from inbox.indicators.cohort import WAS_DUE, Period
from inbox.models import Case
from sla.models import Clock, Deadline

VERSION = 1
STEPS_DAYS = (1, 3, 7, 15, 30)
"""Overdue for at most so many days; the last step is longer than all."""


def count(
    session: Session, viewer: Viewer, period: Period, *, now: datetime
) -> Mapping[int | None, tuple[int, int]]:
    """Count by department what stood open at the end of the period, and how much of it was past due."""
    at = period.until(now)
    past = func.sum(sql_case((_past(at), 1), else_=0))
    rows = session.execute(
        select(col(Case.department_id), func.count(), past)
        .select_from(Deadline)
        .join(Case, col(Case.id) == col(Deadline.subject_id))
        .where(_stood_open(at), visible_cases(viewer))
        .group_by(col(Case.department_id))
    )
    return {key: (int(n), int(late or 0)) for key, n, late in rows}


def ages(session: Session, viewer: Viewer, period: Period, *, now: datetime) -> tuple[int, ...]:
    """Count what was past due by how long: one number for each of `STEPS_DAYS` and one for longer."""
    at = period.until(now)
    due_at = col(Deadline.due_at)
    step = sql_case(
        *((due_at >= at - timedelta(days=days), n) for n, days in enumerate(STEPS_DAYS)),
        else_=len(STEPS_DAYS),
    ).label("step")
    rows = session.execute(
        select(step, func.count())
        .select_from(Deadline)
        .join(Case, col(Case.id) == col(Deadline.subject_id))
        .where(_stood_open(at), _past(at), visible_cases(viewer))
        .group_by(step)
    )
    found = {int(n): int(number) for n, number in rows}
    return tuple(found.get(n, 0) for n in range(len(STEPS_DAYS) + 1))


def rows(met: bool, missed: bool, period: Period, *, now: datetime) -> Any:
    """Return a query for the cases that stood open: all, only those past due (`met`), or only the others."""
    at = period.until(now)
    query = (
        select(col(Case.id))
        .select_from(Deadline)
        .join(Case, col(Case.id) == col(Deadline.subject_id))
        .where(_stood_open(at))
        .order_by(col(Deadline.due_at), col(Case.id))
    )
    if met:
        return query.where(_past(at))
    return query.where(not_(_past(at))) if missed else query


def _past(at: datetime) -> Any:
    return and_(col(Deadline.due_at) < at, WAS_DUE)


def _stood_open(at: datetime) -> Any:
    """Begun by then, and neither met nor cancelled by then."""
    return and_(
        col(Deadline.clock) == Clock.resolve,
        col(Deadline.started_at) < at,
        or_(col(Deadline.met_at).is_(None), col(Deadline.met_at) >= at),
        or_(col(Deadline.cancelled_at).is_(None), col(Deadline.cancelled_at) >= at),
    )
