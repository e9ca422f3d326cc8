"""Supervision orders (督办单): issued by a supervisor, acknowledged and reported on by the department, judged again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import PurePath
from typing import Any

from sqlalchemy import update
from sqlmodel import Session, col, select

from inbox.access import Viewer, get_case, require
from inbox.document_numbers import SUPERVISION, next_numbers
from inbox.errors import FileRefused, MessageRefused, NotAllowed, WrongState
from inbox.events import record_event
from inbox.ladder_models import OrderReason, OrderState, SupervisionOrder, SupervisionStep
from inbox.notices import Tell, notify_all, officers_of, officers_with
from inbox.order_lists import ANSWERERS, Evidence, may_judge_order, order_for
from inbox.supervision import PREFIX, REPORT_WITHIN
from knowledge_base.models import Article
from routing.models import Department, Role
from sla.calendar import WorkingCalendar
from sla.limits import parse_limit

LARGEST_EVIDENCE_MB = 5
EVIDENCE_KINDS = frozenset({".pdf", ".jpg", ".jpeg", ".png", ".docx", ".xlsx", ".ofd"})
LONGEST_TEXT = 2000


@dataclass(frozen=True, slots=True)
class OrderTerms:
    """What a supervisor asks for; an order is about a case or about an article."""

    reason: OrderReason
    requirement: str
    within: str = REPORT_WITHIN


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


def _to_answer(session: Session, viewer: Viewer, order_id: int) -> SupervisionOrder:
    order = order_for(session, viewer, order_id)
    if viewer.department_id != order.department_id or not viewer.has(*ANSWERERS):
        raise NotAllowed("answer_order")
    return order


def _to_judge(session: Session, viewer: Viewer, order_id: int) -> SupervisionOrder:
    require(viewer, "judge", Role.SUPERVISOR)
    order = order_for(session, viewer, order_id)
    _expect(order, "judge", OrderState.REPORTED)
    if not may_judge_order(session, viewer, order_id):
        raise NotAllowed("judge_own_measures")
    return order


def _expect(order: SupervisionOrder, action: str, *states: OrderState) -> None:
    if order.state not in states:
        raise WrongState(action, order.state.value)


def _check_evidence(evidence: Evidence) -> None:
    if PurePath(evidence.name).suffix.lower() not in EVIDENCE_KINDS:
        raise FileRefused("evidence_kind", file=evidence.name[:60])
    if len(evidence.content) > LARGEST_EVIDENCE_MB * 1024 * 1024:
        raise FileRefused("file_too_large", limit=LARGEST_EVIDENCE_MB)
    if not evidence.content:
        raise FileRefused("empty_file", file=evidence.name[:60])
