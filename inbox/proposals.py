"""Proposals to supervise (提请督办): breaches that stood for days without an order, for a supervisor to decide on.

The sweep proposes and a person issues: docs/decisions/0081-orders-are-signed.md.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from inbox.access import Viewer, get_case, require, visible_cases
from inbox.errors import WrongState
from inbox.events import record_event
from inbox.ladder_models import OPEN_ORDERS, SupervisionOrder
from inbox.models import Case, CaseEvent
from routing.models import Role
from sla.models import Clock, Deadline, DeadlineFact, FactKind

STEP = "propose"
"""The step of a policy that proposes."""

DECLINED = "supervision_declined"
CLOCKS = (Clock.first_reply, Clock.resolve, Clock.total)
"""The clocks of the department that has the case; an order goes to it."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A case whose department a supervisor may want to supervise; `due_at` is the earliest breach behind it."""

    case_id: int
    tracking_code: str
    title: str
    department_id: int
    due_at: datetime
    proposed_at: datetime


def list_proposals(session: Session, viewer: Viewer, *, limit: int = 200) -> list[Proposal]:
    """Return the proposals that wait, the oldest breach first.

    One goes by itself when the case is answered, handed on or supervised, or when its time was lengthened.
    """
    require(viewer, "proposals", Role.SUPERVISOR)
    return [Proposal(*row) for row in session.execute(_query(viewer).limit(limit)).all()]


def proposal_count(session: Session, viewer: Viewer) -> int:
    """Return how many proposals wait for a supervisor; none do for anybody else."""
    if not viewer.has(Role.SUPERVISOR):
        return 0
    waiting = _query(viewer).order_by(None).subquery()
    return session.scalar(sa.select(sa.func.count()).select_from(waiting)) or 0


def decline_proposal(session: Session, viewer: Viewer, case_id: int, *, now: datetime) -> None:
    """Decide that no order is needed for now; the case keeps who decided so. Raises WrongState without a proposal."""
    require(viewer, "proposals", Role.SUPERVISOR)
    case = get_case(session, viewer, case_id, for_update=True)
    if session.execute(_query(viewer).where(col(Case.id) == case_id)).first() is None:
        raise WrongState("decline", case.state.value)
    record_event(session, case_id, DECLINED, now=now, actor_id=viewer.officer_id)


def _query(viewer: Viewer) -> Any:
    ordered = select(SupervisionOrder.id).where(
        SupervisionOrder.case_id == Case.id, col(SupervisionOrder.state).in_(OPEN_ORDERS)
    )
    declined = select(CaseEvent.id).where(
        CaseEvent.case_id == Case.id,
        CaseEvent.kind == DECLINED,
        col(CaseEvent.at) >= col(DeadlineFact.found_at),
    )
    # Every page of a supervisor counts these: the step written out lets the partial index find what was ever
    # proposed, and the clock inside a function keeps the database from reading all open deadlines instead.
    proposed = select(DeadlineFact.deadline_id).where(
        col(DeadlineFact.step) == sa.literal_column(f"'{STEP}'")
    )
    return (
        sa.select(
            col(Case.id),
            col(Case.tracking_code),
            col(Case.title),
            col(Case.department_id),
            sa.func.min(col(Deadline.due_at), type_=Deadline.due_at.type),  # type: ignore[attr-defined]
            sa.func.min(col(DeadlineFact.at), type_=DeadlineFact.at.type),  # type: ignore[attr-defined]
        )
        .join(Deadline, col(Deadline.subject_id) == Case.id)
        .join(DeadlineFact, col(DeadlineFact.deadline_id) == Deadline.id)
        .where(
            visible_cases(viewer),
            col(Case.department_id).is_not(None),
            col(Deadline.id).in_(proposed),
            sa.func.coalesce(col(Deadline.clock), "", type_=Deadline.clock.type).in_(CLOCKS),  # type: ignore[attr-defined]
            col(Deadline.met_at).is_(None),
            col(Deadline.cancelled_at).is_(None),
            col(DeadlineFact.series) == col(Deadline.series),
            col(DeadlineFact.kind) == FactKind.escalated,
            col(DeadlineFact.step) == STEP,
            col(DeadlineFact.withdrawn_at).is_(None),
            ~ordered.exists(),
            ~declined.exists(),
        )
        .group_by(col(Case.id), col(Case.tracking_code), col(Case.title), col(Case.department_id))
        .order_by(sa.func.min(col(Deadline.due_at)), col(Case.id))
    )
