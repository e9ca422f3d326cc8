"""Indicator 10, 重复诉求率: how many of the messages say again what the same person said before, with nothing new."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func
from sqlalchemy import case as sql_case
from sqlmodel import Session, col

from inbox.access import Viewer, visible_cases
from inbox.indicators.cohort import Period, cohort
from inbox.indicators.definitions import Code
from inbox.models import Case
from sla.models import Clock, Deadline

VERSION = 1

_COUNTED = and_(col(Deadline.round) == 1, col(Deadline.cancelled_at).is_(None))
_REPEATS = col(Case.repeat_count) > 0


def count(
    session: Session, viewer: Viewer, period: Period, *, now: datetime
) -> tuple[Code, int, None, Mapping[int | None, tuple[int, int]]]:
    """Count the cases of the cohort and the repeats among them, by department."""
    query = cohort(Clock.resolve, period, now=now).order_by(None).where(_COUNTED, visible_cases(viewer))
    repeats = func.sum(sql_case((_REPEATS, 1), else_=0))
    counts = query.with_only_columns(col(Case.department_id), func.count(), repeats)
    rows = session.execute(counts.group_by(col(Case.department_id)))
    return Code.REPEATED, VERSION, None, {key: (int(n), int(again or 0)) for key, n, again in rows}


def rows(met: bool, missed: bool, period: Period, *, now: datetime) -> Any:
    """Return a query for the cases of the cohort: all, only the repeats (`met`), or only the others."""
    query = cohort(Clock.resolve, period, now=now).where(_COUNTED)
    if met:
        return query.where(_REPEATS)
    return query.where(~_REPEATS) if missed else query
