"""What the demo county shows of the ladder: a case urged, two supervision orders, more time asked for."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import update
from sqlmodel import Session, col, select

from inbox.access import Viewer
from inbox.errors import InboxError
from inbox.extensions import ask_extension
from inbox.ladder_models import OrderReason
from inbox.models import Case, CaseState
from inbox.notice_models import Notice
from inbox.orders import OrderTerms, acknowledge_order, issue_order
from inbox.urging import urge_case
from routing.models import Role
from sla.calendar import WorkingCalendar
from sla.errors import SlaError

READ_AFTER = timedelta(days=2)
"""Older notices count as read: people do open their bell."""


def climb_ladder(
    session: Session,
    people: Sequence[Viewer],
    calendar: WorkingCalendar,
    *,
    department_id: int,
    now: datetime,
) -> None:
    """Urge, supervise and ask for time about cases of one department, a few hours ago."""
    session.execute(
        update(Notice)
        .where(col(Notice.at) < now - READ_AFTER)
        .values(read_at=now - READ_AFTER)
        .execution_options(synchronize_session=False)
    )
    supervisor = next((viewer for viewer in people if viewer.has(Role.SUPERVISOR)), None)
    officer = next((v for v in people if v.department_id == department_id and v.has(Role.OFFICER)), None)
    if supervisor is None or officer is None:
        return
    late = _cases(session, department_id, late=True, now=now)
    late += _cases(session, department_id, late=False, now=now)  # a small demo has few late ones
    _supervise(session, supervisor, officer, late, calendar, now=now)
    others = [v for v in people if v.has(Role.OFFICER) and v.department_id not in (None, department_id)]
    for asker in (officer, *others):
        for case_id in _cases(session, asker.department_id or 0, late=False, now=now):
            if _asks_for_time(session, asker, case_id, calendar, now=now - timedelta(minutes=20)):
                return


def _supervise(
    session: Session,
    supervisor: Viewer,
    officer: Viewer,
    late: Sequence[int],
    calendar: WorkingCalendar,
    *,
    now: datetime,
) -> None:
    earlier = now - timedelta(hours=4)
    demands = (
        "请立即组织现场核查，三个工作日内办结并答复群众，同时说明超期原因。",
        "请明确责任人和完成时限，办理情况附现场照片报送。",
    )
    for case_id, demand in zip(late, demands, strict=False):
        terms = OrderTerms(OrderReason.OVERDUE, demand)
        order = issue_order(session, supervisor, case_id, terms, calendar=calendar, now=earlier)
        if demand is demands[1]:
            acknowledge_order(session, officer, order.id or 0, now=now - timedelta(hours=3))
    for case_id in late[2:3]:
        urge_case(session, supervisor, case_id, words="群众已来电询问，请今天给出答复。", now=earlier)


def _asks_for_time(
    session: Session, officer: Viewer, case_id: int, calendar: WorkingCalendar, *, now: datetime
) -> bool:
    reason = "需会同供电公司现场勘查，配件已订购，预计三个工作日内到货。"
    try:
        ask_extension(session, officer, case_id, length="3wd", reason=reason, calendar=calendar, now=now)
    except (SlaError, InboxError):
        return False
    return True


def _cases(session: Session, department_id: int, *, late: bool, now: datetime) -> list[int]:
    due = col(Case.next_due_at) < now if late else col(Case.next_due_at) > now
    query = (
        select(Case.id)
        .where(
            Case.department_id == department_id,
            col(Case.state).in_((CaseState.ASSIGNED, CaseState.DRAFTING)),
            due,
        )
        .order_by(col(Case.next_due_at), col(Case.id))
        .limit(20)
    )
    return [case_id or 0 for case_id in session.exec(query).all()]
