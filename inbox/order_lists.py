"""Supervision orders as they are read: lists, one order whole with its steps, the files that were filed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy import ColumnElement, func, true
from sqlmodel import Session, col, select

from inbox.access import Viewer
from inbox.errors import OrderNotFound
from inbox.ladder_models import OPEN_ORDERS, OrderReason, OrderState, SupervisionOrder, SupervisionStep
from inbox.models import Case
from routing.models import Officer, Role

ANSWERERS = (Role.OFFICER, Role.REVIEWER)
"""Who answers an order for its department."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A file that proves what was done."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class OrderRow:
    """An order as lists show it."""

    id: int
    number: str
    subject: str
    reason: OrderReason
    state: OrderState
    department_id: int
    case_id: int | None
    article_id: int | None
    issued_at: datetime
    report_due_at: datetime
    closed_at: datetime | None

    def is_late(self, now: datetime) -> bool:
        """Tell whether the department still owes its report after the day it was due."""
        owes = self.state in (OrderState.ISSUED, OrderState.ACKNOWLEDGED, OrderState.SENT_BACK)
        return owes and now > self.report_due_at


@dataclass(frozen=True, slots=True)
class StepView:
    """One thing that was done about an order."""

    id: int
    kind: OrderState
    text: str
    done_on: date | None
    evidence_name: str | None
    actor: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class OrderView:
    """An order whole, with what the viewer may do with it now."""

    row: OrderRow
    requirement: str
    issued_by: str | None
    tracking_code: str | None
    steps: tuple[StepView, ...]
    may_acknowledge: bool
    may_report: bool
    may_judge: bool


def list_orders(
    session: Session, viewer: Viewer, *, states: Sequence[OrderState] = OPEN_ORDERS, limit: int = 200
) -> list[OrderRow]:
    """Return the orders the viewer may see in these states, the report that is due first at the top."""
    query = select(SupervisionOrder).where(_visible(viewer), col(SupervisionOrder.state).in_(states))
    found = session.exec(
        query.order_by(col(SupervisionOrder.report_due_at), col(SupervisionOrder.id)).limit(limit)
    )
    return [_row(order) for order in found.all()]


def orders_of(session: Session, viewer: Viewer, case_id: int) -> list[OrderRow]:
    """Return the orders about a case, oldest first."""
    query = select(SupervisionOrder).where(_visible(viewer), SupervisionOrder.case_id == case_id)
    return [_row(order) for order in session.exec(query.order_by(col(SupervisionOrder.id))).all()]


def orders_about(session: Session, viewer: Viewer, article_ids: Sequence[int]) -> dict[int, OrderRow]:
    """Return the newest open order about each of these articles that the viewer may see, by article."""
    query = select(SupervisionOrder).where(
        _visible(viewer),
        col(SupervisionOrder.article_id).in_(article_ids),
        col(SupervisionOrder.state).in_(OPEN_ORDERS),
    )
    found = session.exec(query.order_by(col(SupervisionOrder.id))).all()
    return {order.article_id or 0: _row(order) for order in found}


def waiting_orders(session: Session, viewer: Viewer, now: datetime) -> int:
    """Count what waits for the viewer: orders to answer for a department, reports to judge for a supervisor."""
    del now
    if viewer.has(Role.SUPERVISOR):
        states: tuple[OrderState, ...] = (OrderState.REPORTED,)
    elif viewer.has(*ANSWERERS):
        states = (OrderState.ISSUED, OrderState.ACKNOWLEDGED, OrderState.SENT_BACK)
    else:
        return 0
    query = select(func.count()).select_from(SupervisionOrder)
    return int(session.scalar(query.where(_visible(viewer), col(SupervisionOrder.state).in_(states))) or 0)


def order_view(session: Session, viewer: Viewer, order_id: int) -> OrderView:
    """Return an order whole. Raises OrderNotFound, also for one of another department."""
    order = order_for(session, viewer, order_id)
    issuer = session.get(Officer, order.issued_by) if order.issued_by else None
    case = session.get(Case, order.case_id) if order.case_id else None
    answers = viewer.department_id == order.department_id and viewer.has(*ANSWERERS)
    return OrderView(
        row=_row(order),
        requirement=order.requirement,
        issued_by=issuer.name if issuer else None,
        tracking_code=case.tracking_code if case else None,
        steps=_steps_of(session, order_id),
        may_acknowledge=answers and order.state == OrderState.ISSUED,
        may_report=answers
        and order.state in (OrderState.ACKNOWLEDGED, OrderState.SENT_BACK, OrderState.REPORTED),
        may_judge=order.state == OrderState.REPORTED and may_judge_order(session, viewer, order_id),
    )


def evidence_of(session: Session, viewer: Viewer, order_id: int, step_id: int) -> Evidence:
    """Return a file that was filed with an order. Raises OrderNotFound."""
    order_for(session, viewer, order_id)
    step = session.get(SupervisionStep, step_id)
    if step is None or step.order_id != order_id or step.evidence is None:
        raise OrderNotFound(order_id)
    return Evidence(step.evidence_name or "evidence", step.evidence)


def order_for(session: Session, viewer: Viewer, order_id: int) -> SupervisionOrder:
    """Return an order that the viewer may see. Raises OrderNotFound."""
    query = select(SupervisionOrder).where(SupervisionOrder.id == order_id, _visible(viewer))
    order = session.exec(query).first()
    if order is None:
        raise OrderNotFound(order_id)
    return order


def may_judge_order(session: Session, viewer: Viewer, order_id: int) -> bool:
    """Nobody judges the measures they filed themselves."""
    filed = select(SupervisionStep.id).where(
        SupervisionStep.order_id == order_id,
        SupervisionStep.kind == OrderState.REPORTED,
        SupervisionStep.actor_id == viewer.officer_id,
    )
    return viewer.has(Role.SUPERVISOR) and session.exec(filed).first() is None


def _visible(viewer: Viewer) -> ColumnElement[bool]:
    if viewer.sees_everything:
        return true()
    return col(SupervisionOrder.department_id) == (viewer.department_id or 0)


def _steps_of(session: Session, order_id: int) -> tuple[StepView, ...]:
    query = (
        sa.select(
            col(SupervisionStep.id),
            col(SupervisionStep.kind),
            col(SupervisionStep.text),
            col(SupervisionStep.done_on),
            col(SupervisionStep.evidence_name),
            col(Officer.name),
            col(SupervisionStep.at),
        )
        .join(Officer, col(Officer.id) == SupervisionStep.actor_id, isouter=True)
        .where(col(SupervisionStep.order_id) == order_id)
        .order_by(col(SupervisionStep.id))
    )
    return tuple(StepView(*row) for row in session.execute(query).all())


def _row(order: SupervisionOrder) -> OrderRow:
    return OrderRow(**{name: getattr(order, name) for name in OrderRow.__dataclass_fields__})
