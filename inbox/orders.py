"""Supervision orders (督办单): issued by a supervisor, acknowledged and reported on by the department, judged again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import PurePath
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, func, true, update
from sqlmodel import Session, col, select

from inbox.access import Viewer, get_case, require
from inbox.document_numbers import SUPERVISION, next_numbers
from inbox.errors import FileRefused, MessageRefused, NotAllowed, OrderNotFound, WrongState
from inbox.events import record_event
from inbox.ladder_models import OPEN_ORDERS, OrderReason, OrderState, SupervisionOrder, SupervisionStep
from inbox.models import Case
from inbox.notices import Tell, notify_all, officers_of, officers_with
from inbox.supervision import PREFIX, REPORT_WITHIN
from knowledge_base.models import Article
from routing.models import Department, Officer, Role
from sla.calendar import WorkingCalendar
from sla.limits import parse_limit

LARGEST_EVIDENCE_MB = 5
EVIDENCE_KINDS = frozenset({".pdf", ".jpg", ".jpeg", ".png", ".docx", ".xlsx", ".ofd"})
LONGEST_TEXT = 2000
ANSWERERS = (Role.OFFICER, Role.REVIEWER)


@dataclass(frozen=True, slots=True)
class Evidence:
    """A file that proves what was done."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class OrderTerms:
    """What a supervisor asks for; an order is about a case or about an article."""

    reason: OrderReason
    requirement: str
    within: str = REPORT_WITHIN


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


def issue_order(
    session: Session,
    viewer: Viewer,
    case_id: int,
    terms: OrderTerms,
    *,
    calendar: WorkingCalendar,
    now: datetime,
    prefix: str = PREFIX,
) -> SupervisionOrder:
    """Supervise a case. Raises NotAllowed, CaseNotFound, WrongState when no department has it."""
    require(viewer, "supervise", Role.SUPERVISOR)
    case = get_case(session, viewer, case_id, for_update=True)
    if case.department_id is None:
        raise WrongState("supervise", case.state.value)
    order = _issue(
        session,
        viewer,
        {"case_id": case_id, "department_id": case.department_id, "subject": case.title},
        terms,
        calendar=calendar,
        now=now,
        prefix=prefix,
    )
    params = {"number": order.number, "department_id": order.department_id, "order_id": order.id}
    record_event(session, case_id, "supervised", now=now, actor_id=viewer.officer_id, params=params)
    _tell(session, order, "supervised", _department(session, order), now, urgent="danger" in case.tags)
    return order


def issue_article_order(
    session: Session,
    viewer: Viewer,
    article_id: int,
    terms: OrderTerms,
    *,
    calendar: WorkingCalendar,
    now: datetime,
    prefix: str = PREFIX,
) -> SupervisionOrder:
    """Supervise a stale article: its owner is asked to put it right. Raises WrongState when nobody owns it."""
    require(viewer, "supervise", Role.SUPERVISOR)
    article = session.get(Article, article_id)
    owner = select(Department.id).where(Department.code == (article.owner_code if article else ""))
    department_id = session.exec(owner).first()
    if article is None or department_id is None:
        raise WrongState("supervise", "no owner")
    order = _issue(
        session,
        viewer,
        {"article_id": article_id, "department_id": department_id, "subject": article.question[:200]},
        terms,
        calendar=calendar,
        now=now,
        prefix=prefix,
    )
    _tell(session, order, "supervised", _department(session, order), now)
    return order


def acknowledge_order(session: Session, viewer: Viewer, order_id: int, *, now: datetime) -> SupervisionOrder:
    """Confirm for the department that the order has arrived and is being dealt with (签收)."""
    order = _to_answer(session, viewer, order_id)
    _expect(order, "acknowledge", OrderState.ISSUED)
    order.acknowledged_by, order.acknowledged_at = viewer.officer_id, now
    _move(session, viewer, order, OrderState.ACKNOWLEDGED, now=now)
    return order


def report_measures(
    session: Session,
    viewer: Viewer,
    order_id: int,
    *,
    text: str,
    done_on: date | None,
    evidence: Evidence | None = None,
    now: datetime,
) -> SupervisionOrder:
    """File what was done and when, with a file as evidence if there is one; more may be filed until it is judged.

    Raises MessageRefused when nothing is said, FileRefused for a file that is no evidence.
    """
    order = _to_answer(session, viewer, order_id)
    _expect(order, "report", OrderState.ACKNOWLEDGED, OrderState.SENT_BACK, OrderState.REPORTED)
    if not text.strip():
        raise MessageRefused("empty")
    if evidence is not None:
        _check_evidence(evidence)
    step = SupervisionStep(
        order_id=order_id,
        kind=OrderState.REPORTED,
        text=text.strip()[:LONGEST_TEXT],
        done_on=done_on,
        evidence_name=evidence.name[:120] if evidence else None,
        evidence=evidence.content if evidence else None,
        at=now,
    )
    _move(session, viewer, order, OrderState.REPORTED, now=now, step=step)
    return order


def send_order_back(
    session: Session, viewer: Viewer, order_id: int, *, reason: str, now: datetime
) -> SupervisionOrder:
    """Judge what was filed as insufficient: the department has to do more."""
    order = _to_judge(session, viewer, order_id)
    if not reason.strip():
        raise MessageRefused("reason_missing")
    step = SupervisionStep(
        order_id=order_id, kind=OrderState.SENT_BACK, text=reason.strip()[:LONGEST_TEXT], at=now
    )
    _move(session, viewer, order, OrderState.SENT_BACK, now=now, step=step)
    return order


def close_order(
    session: Session, viewer: Viewer, order_id: int, *, conclusion: str, now: datetime
) -> SupervisionOrder:
    """Judge what was filed as sufficient and close the order (办结); only a supervisor who filed nothing may."""
    order = _to_judge(session, viewer, order_id)
    if not conclusion.strip():
        raise MessageRefused("reason_missing")
    order.closed_by, order.closed_at = viewer.officer_id, now
    step = SupervisionStep(
        order_id=order_id, kind=OrderState.CLOSED, text=conclusion.strip()[:LONGEST_TEXT], at=now
    )
    _move(session, viewer, order, OrderState.CLOSED, now=now, step=step)
    return order


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
    order = _get(session, viewer, order_id)
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
        may_judge=order.state == OrderState.REPORTED and _may_judge(session, viewer, order_id),
    )


def evidence_of(session: Session, viewer: Viewer, order_id: int, step_id: int) -> Evidence:
    """Return a file that was filed with an order. Raises OrderNotFound."""
    _get(session, viewer, order_id)
    step = session.get(SupervisionStep, step_id)
    if step is None or step.order_id != order_id or step.evidence is None:
        raise OrderNotFound(order_id)
    return Evidence(step.evidence_name or "evidence", step.evidence)


def _issue(
    session: Session,
    viewer: Viewer,
    about: dict[str, Any],
    terms: OrderTerms,
    *,
    calendar: WorkingCalendar,
    now: datetime,
    prefix: str,
) -> SupervisionOrder:
    report_due_at = calendar.due(now, parse_limit(terms.within))
    year = now.astimezone(calendar.tz).year
    [number] = next_numbers(session, SUPERVISION, year, prefix=prefix)
    order = SupervisionOrder(
        **about,
        year=number.year,
        serial=number.serial,
        number=number.text,
        reason=terms.reason,
        requirement=terms.requirement.strip()[:LONGEST_TEXT],
        report_due_at=report_due_at,
        issued_by=viewer.officer_id,
        issued_at=now,
    )
    session.add(order)
    session.flush()
    session.add(
        SupervisionStep(
            order_id=order.id or 0,
            kind=OrderState.ISSUED,
            text=order.requirement,
            actor_id=viewer.officer_id,
            at=now,
        )
    )
    return order


def _move(
    session: Session,
    viewer: Viewer,
    order: SupervisionOrder,
    state: OrderState,
    *,
    now: datetime,
    step: SupervisionStep | None = None,
) -> None:
    """Put an order into its next state with one step, one event of its case and notices to the other side.

    The state is changed on condition of the one that was read, so of two who act at once one is refused.
    """
    before = order.state
    changed = session.execute(
        update(SupervisionOrder)
        .where(col(SupervisionOrder.id) == order.id, col(SupervisionOrder.state) == before)
        .values(state=state)
        .execution_options(synchronize_session=False)
    )
    if changed.rowcount != 1:  # type: ignore[attr-defined]
        raise WrongState(state.value, before.value)
    order.state = state
    step = step or SupervisionStep(order_id=order.id or 0, kind=state, at=now)
    step.actor_id = viewer.officer_id
    session.add(step)
    session.flush()
    if order.case_id is not None:
        record_event(
            session,
            order.case_id,
            f"order_{state.value}",
            now=now,
            actor_id=viewer.officer_id,
            params={"number": order.number, "order_id": order.id},
        )
    to_department = state in (OrderState.SENT_BACK, OrderState.CLOSED)
    people = _department(session, order) if to_department else officers_with(session, Role.SUPERVISOR)
    _tell(session, order, f"order_{state.value}", people, now)


def _tell(
    session: Session,
    order: SupervisionOrder,
    kind: str,
    people: Sequence[int],
    now: datetime,
    *,
    urgent: bool = False,
) -> None:
    params = {
        "number": order.number,
        "department_id": order.department_id,
        "url": f"/supervision/{order.id}",
    }
    notify_all(session, [Tell(people, kind, order.case_id, params, urgent)], now=now)


def _department(session: Session, order: SupervisionOrder) -> list[int]:
    return officers_of(session, order.department_id, *ANSWERERS)


def _get(session: Session, viewer: Viewer, order_id: int) -> SupervisionOrder:
    query = select(SupervisionOrder).where(SupervisionOrder.id == order_id, _visible(viewer))
    order = session.exec(query).first()
    if order is None:
        raise OrderNotFound(order_id)
    return order


def _to_answer(session: Session, viewer: Viewer, order_id: int) -> SupervisionOrder:
    order = _get(session, viewer, order_id)
    if viewer.department_id != order.department_id or not viewer.has(*ANSWERERS):
        raise NotAllowed("answer_order")
    return order


def _to_judge(session: Session, viewer: Viewer, order_id: int) -> SupervisionOrder:
    require(viewer, "judge", Role.SUPERVISOR)
    order = _get(session, viewer, order_id)
    _expect(order, "judge", OrderState.REPORTED)
    if not _may_judge(session, viewer, order_id):
        raise NotAllowed("judge_own_measures")
    return order


def _may_judge(session: Session, viewer: Viewer, order_id: int) -> bool:
    """Nobody judges the measures they filed themselves."""
    filed = select(SupervisionStep.id).where(
        SupervisionStep.order_id == order_id,
        SupervisionStep.kind == OrderState.REPORTED,
        SupervisionStep.actor_id == viewer.officer_id,
    )
    return viewer.has(Role.SUPERVISOR) and session.exec(filed).first() is None


def _expect(order: SupervisionOrder, action: str, *states: OrderState) -> None:
    if order.state not in states:
        raise WrongState(action, order.state.value)


def _visible(viewer: Viewer) -> ColumnElement[bool]:
    if viewer.sees_everything:
        return true()
    return col(SupervisionOrder.department_id) == (viewer.department_id or 0)


def _check_evidence(evidence: Evidence) -> None:
    if PurePath(evidence.name).suffix.lower() not in EVIDENCE_KINDS:
        raise FileRefused("evidence_kind", file=evidence.name[:60])
    if len(evidence.content) > LARGEST_EVIDENCE_MB * 1024 * 1024:
        raise FileRefused("file_too_large", limit=LARGEST_EVIDENCE_MB)
    if not evidence.content:
        raise FileRefused("empty_file", file=evidence.name[:60])


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
