"""What the case page shows of working together: co-handlers and their parts, work on the street, watchers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from flask_babel import gettext as _

from inbox.access import Viewer, get_case
from inbox.case_view import CaseView
from inbox.co_handling import co_handlers_of
from inbox.mentions import mentionable
from inbox.models import OPEN_STATES, WITH_DEPARTMENT, Case
from inbox.offline_tasks import TaskView, task_departments, tasks_of
from inbox.together_models import CoHandling, PartState
from inbox.watching import watchers_of
from routing.models import Role
from web.context import current_session, now, time_zone
from web.deadline_words import DeadlineWords
from web.names import department_name, officer_name
from web.time_left import time_left_until

FIRST_PART_KEY = 7
"""The keys 1 to 6 insert suggested answers."""


@dataclass(frozen=True, slots=True)
class CoLine:
    """One co-handling department as the page shows it."""

    id: int
    department: str
    state: PartState
    asked: str
    deadline: DeadlineWords | None
    part: str
    signed_by: str
    signed_at: datetime | None
    reason: str
    is_mine: bool


@dataclass(frozen=True, slots=True)
class TaskLine:
    """One task with its names and what the viewer may do with it."""

    task: TaskView
    holder: str
    deadline: DeadlineWords | None
    is_overdue: bool
    may_work: bool


@dataclass(frozen=True, slots=True)
class Together:
    """Everything about working together on one case."""

    co_handlers: list[CoLine]
    parts: list[CoLine]
    waiting: list[CoLine]
    silent: list[CoLine]
    my_part: CoLine | None
    may_name: bool
    may_sign: bool
    tasks: list[TaskLine]
    open_tasks: int
    may_task: bool
    watching: bool
    watchers: str
    people: list[tuple[int, str]]

    @staticmethod
    def names(officer_ids: Sequence[int]) -> str:
        """Return officers' names in one line."""
        return str(_(", ")).join(officer_name(officer_id) for officer_id in officer_ids)


def together_of(view: CaseView, who: Viewer) -> Together:
    """Gather what colleagues do on a case the viewer may see."""
    session = current_session()
    case = get_case(session, who, view.row.id)
    lines = [_co_line(row, who) for row in co_handlers_of(session, case)]
    tasks = [_task_line(task, case, who) for task in tasks_of(session, view.row.id)]
    watchers = watchers_of(session, view.row.id)
    is_with_department = case.state in WITH_DEPARTMENT
    minds = view.may["answer"] or view.may["dispatch"]
    return Together(
        co_handlers=lines,
        parts=[line for line in lines if line.state == PartState.SIGNED],
        waiting=[line for line in lines if line.state == PartState.ASKED],
        silent=[line for line in lines if line.state == PartState.TIMED_OUT],
        my_part=next((line for line in lines if line.is_mine), None),
        may_name=minds and is_with_department and case.department_id is not None,
        may_sign=is_with_department and who.has(Role.OFFICER),
        tasks=tasks,
        open_tasks=sum(line.task.ended_at is None for line in tasks),
        may_task=case.state in OPEN_STATES and _may_ask_for_work(case, who, lines),
        watching=who.officer_id in watchers,
        watchers=Together.names(watchers),
        people=[
            (officer.id or 0, _label(officer.id or 0, officer.department_id))
            for officer in mentionable(session, case)
            if officer.id != who.officer_id
        ],
    )


def task_choices(case: Case) -> list[tuple[int, str]]:
    """Return the departments that can be asked for work on the street."""
    return [(unit, department_name(unit)) for unit in task_departments(current_session(), case)]


def task_line(task: TaskView) -> TaskLine:
    """Describe a task for the list of one's own."""
    return TaskLine(task, _holder(task), _deadline(task), task.is_overdue(now()), may_work=True)


def end_of(day: date) -> datetime:
    """Return the last second of a day where the deployment is."""
    return datetime.combine(day, time(23, 59, 59), time_zone())


def read_day(typed: str) -> datetime | None:
    """Return the end of a day written as a date field sends it; None for nothing or for no date."""
    try:
        return end_of(date.fromisoformat(typed.strip()))
    except ValueError:
        return None


def _co_line(row: CoHandling, who: Viewer) -> CoLine:
    waits = row.state == PartState.ASKED
    return CoLine(
        id=row.id or 0,
        department=department_name(row.department_id),
        state=row.state,
        asked=row.asked,
        deadline=time_left_until(row.due_at, row.asked_at) if waits else None,
        part=row.part,
        signed_by=officer_name(row.signed_by) if row.signed_by else "",
        signed_at=row.signed_at,
        reason=row.reason,
        is_mine=row.department_id == who.department_id and row.state != PartState.RELEASED,
    )


def _task_line(task: TaskView, case: Case, who: Viewer) -> TaskLine:
    minds = who.has(Role.DISPATCHER, Role.SUPERVISOR)
    works = who.has(Role.OFFICER) and who.department_id in (case.department_id, task.department_id)
    may_work = task.ended_at is None and (minds or works)
    return TaskLine(task, _holder(task), _deadline(task), task.is_overdue(now()), may_work)


def _holder(task: TaskView) -> str:
    unit = department_name(task.department_id)
    return f"{unit} · {officer_name(task.officer_id)}" if task.officer_id else unit


def _deadline(task: TaskView) -> DeadlineWords | None:
    return time_left_until(task.due_at, task.created_at) if task.ended_at is None else None


def _may_ask_for_work(case: Case, who: Viewer, lines: Sequence[CoLine]) -> bool:
    if case.department_id is None:
        return False
    if who.has(Role.DISPATCHER, Role.SUPERVISOR):
        return True
    takes_part = case.department_id == who.department_id or any(line.is_mine for line in lines)
    return who.has(Role.OFFICER) and takes_part


def _label(officer_id: int, department_id: int | None) -> str:
    unit = f" · {department_name(department_id)}" if department_id else ""
    return f"{officer_name(officer_id)}{unit}"
