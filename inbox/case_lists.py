"""The lists officers work off: saved views with counts, filters, search and pages."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, func, literal_column, or_, true
from sqlmodel import Session, col, select

from inbox.access import Viewer, co_handled, reachable_cases, visible_cases
from inbox.kinds import Kind
from inbox.models import OPEN_STATES, Case, CaseEvent, CaseState, Message, Platform
from inbox.offline_tasks import cases_with_tasks_of
from inbox.search import search_cases
from inbox.time_steps import Age, end_of_week, of_age
from inbox.together_models import PartState
from inbox.tracking import tidy_tracking_code
from routing.models import Department, Officer, Role

PAGE_SIZE = 40
EXPORT_LIMIT = 20_000
COUNT_LIMIT = 1000
"""Counts beside views stop here: a page shows "999+", and counting never reads the whole table."""


class View(StrEnum):
    """The saved views of the inbox (experience.md)."""

    MINE = "mine"
    DEPARTMENT = "department"
    UNCLAIMED = "unclaimed"
    DUE_TODAY = "due_today"
    OVERDUE = "overdue"
    DUE_THIS_WEEK = "due_this_week"
    OPEN = "open"
    IN_REVIEW = "in_review"
    TRIAGE_DESK = "triage_desk"
    RETURNED = "returned"
    CO_HANDLING = "co_handling"
    MY_TASKS = "my_tasks"
    WAITING_FOR_CITIZEN = "waiting_for_citizen"
    SPAM = "spam"
    CLOSED = "closed"
    ALL = "all"


BOARD_VIEWS = (View.OVERDUE, View.DUE_TODAY, View.DUE_THIS_WEEK, View.OPEN)
"""What the numbers of the board open; the side bar shows the first two only."""

Between = tuple[datetime, datetime]
"""From an instant on, before another."""


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list is narrowed to; None means everything.

    `unassigned` are cases without a department, `unclaimed` those that no officer has taken on.
    """

    query: str = ""
    kind: Kind | None = None
    platform: Platform | None = None
    department_id: int | None = None
    assignee_id: int | None = None
    state: CaseState | None = None
    import_id: int | None = None
    age: Age | None = None
    unassigned: bool = False
    unclaimed: bool = False
    received: Between | None = None
    replied: Between | None = None


@dataclass(frozen=True, slots=True)
class CaseRow:
    """One line of a case list."""

    id: int
    tracking_code: str
    title: str
    excerpt: str
    author: str | None
    kind: Kind
    platform: Platform
    state: CaseState
    tags: tuple[str, ...]
    spam: bool
    sensitive: bool
    department_id: int | None
    department: str | None
    department_en: str | None
    assignee: str | None
    received_at: datetime
    next_due_at: datetime | None
    next_clock: str | None
    due_started_at: datetime | None
    closed_at: datetime | None
    return_count: int
    repeat_count: int
    reopened: bool
    lead_id: int | None = None
    follower_count: int = 0


@dataclass(frozen=True, slots=True)
class CasePage:
    """One page of a list; `total` is exact up to `COUNT_LIMIT`, and `total_is_floor` says when it is not."""

    rows: tuple[CaseRow, ...]
    page: int
    total: int
    total_is_floor: bool
    page_size: int = PAGE_SIZE

    @property
    def pages(self) -> int:
        """How many pages there are, as far as counted."""
        return max(1, -(-self.total // self.page_size))


def views_for(viewer: Viewer) -> tuple[View, ...]:
    """Return the views that make sense for this officer, in the order of the side bar."""
    views: list[View] = []
    if viewer.has(Role.DISPATCHER, Role.SUPERVISOR):
        views.append(View.TRIAGE_DESK)
    if viewer.has(Role.OFFICER):
        views += [View.MINE, View.UNCLAIMED]
    if viewer.department_id is not None and viewer.has(Role.OFFICER, Role.REVIEWER):
        views += [View.DEPARTMENT, View.CO_HANDLING, View.MY_TASKS]
    views += [View.DUE_TODAY, View.OVERDUE, View.IN_REVIEW, View.WAITING_FOR_CITIZEN, View.RETURNED]
    if viewer.has(Role.DISPATCHER, Role.SUPERVISOR):
        views.append(View.SPAM)
    return (*views, View.CLOSED, View.ALL)


def count_views(session: Session, viewer: Viewer, *, now: datetime, end_of_day: datetime) -> dict[View, int]:
    """Return how many cases each view of this officer holds, each at most `COUNT_LIMIT`.

    `closed` and `all` are archives and carry no count.
    """
    return {
        view: _count(
            session,
            and_(_scope(view, viewer), view_condition(view, viewer, now=now, end_of_day=end_of_day)),
        )
        for view in views_for(viewer)
        if view not in (View.CLOSED, View.ALL)
    }


def list_cases(
    session: Session,
    viewer: Viewer,
    view: View,
    filters: Filters | None = None,
    *,
    now: datetime,
    end_of_day: datetime,
    page: int = 1,
) -> CasePage:
    """Return one page of a view: what is due first comes first, archives newest first."""
    filters = filters or Filters()
    condition = and_(
        _scope(view, viewer),
        view_condition(view, viewer, now=now, end_of_day=end_of_day),
        *_filter_conditions(session, filters, now),
    )
    total = _count(session, condition)
    page = max(1, min(page, max(1, -(-total // PAGE_SIZE))))
    order: list[Any] = [col(Case.received_at).desc(), col(Case.id).desc()]
    if view not in (View.CLOSED, View.ALL, View.WAITING_FOR_CITIZEN, View.SPAM):
        order = by_due()
    # The ids alone come straight from an index; joined with names, every open case would be sorted.
    query = select(Case.id).where(condition).order_by(*order).offset((page - 1) * PAGE_SIZE).limit(PAGE_SIZE)
    rows = tuple(cases_by_id(session, viewer, [case_id or 0 for case_id in session.exec(query).all()]))
    return CasePage(rows, page, total, total >= COUNT_LIMIT)


def cases_to_export(
    session: Session,
    viewer: Viewer,
    view: View,
    filters: Filters | None = None,
    *,
    now: datetime,
    end_of_day: datetime,
) -> list[CaseRow]:
    """Return a whole view for a file, newest first, at most `EXPORT_LIMIT` cases of those the viewer may see."""
    condition = and_(
        visible_cases(viewer),
        view_condition(view, viewer, now=now, end_of_day=end_of_day),
        *_filter_conditions(session, filters or Filters(), now),
    )
    order = (col(Case.received_at).desc(), col(Case.id).desc())
    query = _rows().where(condition).order_by(*order).limit(EXPORT_LIMIT)
    return [case_row(*row) for row in session.exec(query).all()]


def by_due() -> list[Any]:
    """Return the order of work: what falls due first comes first.

    A case without a deadline comes before all others on both databases: its triage failed, so somebody should
    look. Written this way SQLite reads the order from the index instead of sorting every open case.
    """
    return [col(Case.next_due_at).nulls_first(), col(Case.id)]


def cases_by_id(session: Session, viewer: Viewer, case_ids: Sequence[int]) -> list[CaseRow]:
    """Return the visible ones among these cases in the order given."""
    query = _rows().where(reachable_cases(viewer), col(Case.id).in_(case_ids))
    found = {row.id: row for row in (case_row(*r) for r in session.exec(query).all())}
    return [found[i] for i in case_ids if i in found]


def view_condition(view: View, viewer: Viewer, *, now: datetime, end_of_day: datetime) -> ColumnElement[bool]:
    """Return the condition of one saved view; who may see what is a separate condition."""
    open_now = col(Case.state).in_(OPEN_STATES)
    mine = col(Case.assignee_id) == viewer.officer_id
    my_department = col(Case.department_id) == viewer.department_id
    alone = col(Case.lead_id).is_(None)  # who follows another case is worked on there
    # Built only when asked for: every page counts several views.
    conditions: dict[View, Callable[[], ColumnElement[bool]]] = {
        View.MINE: lambda: and_(open_now, mine, alone),
        View.DEPARTMENT: lambda: and_(open_now, my_department, alone),
        View.UNCLAIMED: lambda: and_(
            col(Case.state) == CaseState.ASSIGNED, col(Case.assignee_id).is_(None), my_department, alone
        ),
        View.DUE_TODAY: lambda: and_(open_now, col(Case.next_due_at).between(now, end_of_day)),
        View.OVERDUE: lambda: and_(open_now, col(Case.next_due_at) < now),
        View.DUE_THIS_WEEK: lambda: and_(
            open_now, col(Case.next_due_at).between(now, end_of_week(end_of_day))
        ),
        View.OPEN: lambda: open_now,
        View.IN_REVIEW: lambda: col(Case.state) == CaseState.IN_REVIEW,
        View.TRIAGE_DESK: lambda: and_(
            col(Case.state) == CaseState.TRIAGE_DESK, col(Case.spam).is_(False), alone
        ),
        # The 0 stands in the statement so that the index of returned cases is known to fit.
        View.RETURNED: lambda: and_(open_now, col(Case.return_count) > literal_column("0")),
        View.CO_HANDLING: lambda: and_(
            open_now, col(Case.id).in_(co_handled(viewer.department_id or 0, PartState.ASKED))
        ),
        View.MY_TASKS: lambda: and_(open_now, col(Case.id).in_(cases_with_tasks_of(viewer))),
        View.WAITING_FOR_CITIZEN: lambda: col(Case.state) == CaseState.REPLIED,
        View.SPAM: lambda: col(Case.spam).is_(True),
        View.CLOSED: lambda: col(Case.state) == CaseState.CLOSED,
        View.ALL: true,
    }
    return conditions[view]()


def _scope(view: View, viewer: Viewer) -> ColumnElement[bool]:
    """Return whose cases a view is about: one's own, or also those one's department has a part in."""
    is_shared = view in (View.CO_HANDLING, View.MY_TASKS)
    return reachable_cases(viewer) if is_shared else visible_cases(viewer)


def earlier_cases(session: Session, viewer: Viewer, case: Case, *, limit: int = 10) -> list[CaseRow]:
    """Return other cases of the same citizen on the same account that the viewer may see."""
    if not case.author_ref:
        return []
    query = (
        _rows()
        .where(
            visible_cases(viewer),
            col(Case.account_id) == case.account_id,
            col(Case.author_ref) == case.author_ref,
            col(Case.id) != case.id,
        )
        .order_by(col(Case.received_at).desc())
        .limit(limit)
    )
    return [case_row(*row) for row in session.exec(query).all()]


def case_row(case: Case, department: str | None, department_en: str | None, assignee: str | None) -> CaseRow:
    """Describe one case for a list."""
    return CaseRow(
        id=case.id or 0,
        tracking_code=case.tracking_code,
        title=case.title,
        excerpt=case.excerpt,
        author=case.author_name,
        kind=case.kind,
        platform=case.platform,
        state=case.state,
        tags=tuple(case.tags),
        spam=case.spam,
        sensitive=case.sensitive,
        department_id=case.department_id,
        department=department,
        department_en=department_en,
        assignee=assignee,
        received_at=case.received_at,
        next_due_at=case.next_due_at,
        next_clock=case.next_clock,
        due_started_at=case.next_due_started_at,
        closed_at=case.closed_at,
        return_count=case.return_count,
        repeat_count=case.repeat_count,
        reopened=case.reply_round > 0,
        lead_id=case.lead_id,
        follower_count=case.follower_count,
    )


def recent_arrivals(session: Session, *, since: datetime) -> int:
    """Return how many cases came in since an instant, at most `COUNT_LIMIT`."""
    return _count(session, col(Case.received_at) >= since)


def returned_by(session: Session, case_id: int) -> dict[str, Any] | None:
    """Return what the newest return of a case said, or None."""
    query = (
        select(CaseEvent.params)
        .where(CaseEvent.case_id == case_id, CaseEvent.kind == "returned")
        .order_by(col(CaseEvent.id).desc())
        .limit(1)
    )
    params = session.exec(query).first()
    return dict(params) if params is not None else None


def _rows() -> Any:
    return (
        select(Case, Department.name, Department.name_en, Officer.name)
        .join(Department, col(Department.id) == Case.department_id, isouter=True)
        .join(Officer, col(Officer.id) == Case.assignee_id, isouter=True)
    )


def _count(session: Session, condition: ColumnElement[bool]) -> int:
    limited = select(Case.id).where(condition).limit(COUNT_LIMIT).subquery()
    return int(session.scalar(select(func.count()).select_from(limited)) or 0)


def _filter_conditions(session: Session, filters: Filters, now: datetime) -> list[ColumnElement[bool]]:
    conditions = _time_conditions(filters, now)
    if filters.unassigned:
        conditions.append(col(Case.department_id).is_(None))
    if filters.unclaimed:
        conditions.append(col(Case.assignee_id).is_(None))
    if filters.query.strip():
        found = search_cases(session, filters.query)
        code = tidy_tracking_code(filters.query)
        conditions.append(or_(col(Case.id).in_(found), col(Case.tracking_code) == code))
    for column, value in (
        (Case.kind, filters.kind),
        (Case.platform, filters.platform),
        (Case.department_id, filters.department_id),
        (Case.assignee_id, filters.assignee_id),
        (Case.state, filters.state),
    ):
        if value is not None:
            conditions.append(col(column) == value)
    if filters.import_id is not None:
        conditions.append(col(Case.id).in_(_cases_of_import(filters.import_id)))
    return conditions


def _time_conditions(filters: Filters, now: datetime) -> list[ColumnElement[bool]]:
    conditions = [of_age(filters.age, now)] if filters.age else []
    for column, span in ((Case.received_at, filters.received), (Case.replied_at, filters.replied)):
        if span is not None:
            conditions.append(and_(col(column) >= span[0], col(column) < span[1]))
    return conditions


def _cases_of_import(import_id: int) -> Any:
    return select(Message.case_id).where(Message.import_id == import_id)
