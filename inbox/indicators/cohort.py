"""The rows that indicators count: the handlings that fell due in a period, with their case, reply and rating."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, or_
from sqlalchemy import case as sql_case
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from inbox.models import Case, Rating, Reply
from sla.models import Clock, Deadline


@dataclass(frozen=True, slots=True)
class Period:
    """A span of time: from its first instant, before its last."""

    starts_at: datetime
    ends_at: datetime

    def until(self, now: datetime) -> datetime:
        """Return up to when rows can be counted: what is not yet due is neither good nor bad."""
        return min(self.ends_at, now)


WAS_DUE = or_(
    col(Deadline.paused_at).is_(None),
    col(Deadline.met_at).is_not(None),
    col(Deadline.paused_at) > col(Deadline.due_at),
)
"""A clock that stands still before its due instant has not fallen due (超期: now > deadline + approved pauses)."""

_before = aliased(Deadline)

# A case set aside and brought back has a cancelled handling before the one that was answered: a deadline's round counts
# handlings, a reply's counts answers. Asked only of the few that were handled more than once.
_CANCELLED_BEFORE = (
    select(func.count())
    .select_from(_before)
    .where(
        col(_before.subject_id) == col(Deadline.subject_id),
        col(_before.clock) == Clock.resolve,
        col(_before.round) < col(Deadline.round),
        col(_before.cancelled_at).is_not(None),
    )
    .correlate(Deadline)
    .scalar_subquery()
)
_ANSWERS_BEFORE = sql_case((col(Deadline.round) == 1, 0), else_=col(Deadline.round) - 1 - _CANCELLED_BEFORE)


def cohort(clock: Clock, period: Period, *, now: datetime) -> Any:
    """Return a query for the ids of the cases of a cohort, earliest due first, ready for more conditions."""
    due_at = col(Deadline.due_at)
    query = (
        select(col(Case.id))
        .select_from(Deadline)
        .join(Case, col(Case.id) == col(Deadline.subject_id))
        .where(col(Deadline.clock) == clock, due_at >= period.starts_at, due_at < period.until(now), WAS_DUE)
        .order_by(due_at, col(Case.id))
    )
    if clock != Clock.resolve:
        return query
    same_handling = and_(col(Reply.case_id) == col(Deadline.subject_id), col(Reply.round) == _ANSWERS_BEFORE)
    return query.join(Reply, same_handling, isouter=True).join(
        Rating, col(Rating.reply_id) == col(Reply.id), isouter=True
    )
