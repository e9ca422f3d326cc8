"""Work on the street (网下处置): who does what by when, with pictures; before it is done no reply says so."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select as sa_select
from sqlalchemy import update
from sqlmodel import Session, and_, col, or_, select

from inbox.access import Viewer, expect, get_case, require
from inbox.done_words import done_claims
from inbox.errors import CaseNotFound, MessageRefused, NotAllowed, ReplyIncomplete, WrongState
from inbox.events import record_event
from inbox.models import OPEN_STATES, Case
from inbox.notices import notify, officers_of
from inbox.photos import Photo, read_photo
from inbox.together_models import CoHandling, OfflineTask, PartState, TaskPhoto
from inbox.wording import clean_text, is_blank
from routing.models import Department, Officer, Role

MOST_OPEN_TASKS = 20
MOST_PHOTOS = 12
LONGEST_TASK = 1000
MINDERS = (Role.OFFICER, Role.DISPATCHER, Role.SUPERVISOR)


@dataclass(frozen=True, slots=True)
class Work:
    """What has to be done, by which department (or which officer of it), until when."""

    what: str
    due_at: datetime
    department_id: int
    officer_id: int | None = None


@dataclass(frozen=True, slots=True)
class PhotoView:
    """A picture without its bytes."""

    id: int
    width: int
    height: int
    uploaded_at: datetime


@dataclass(frozen=True, slots=True)
class TaskView:
    """A task as the case page and the list show it."""

    id: int
    case_id: int
    what: str
    department_id: int
    officer_id: int | None
    due_at: datetime
    created_at: datetime
    ended_at: datetime | None
    is_done: bool
    note: str
    photos: tuple[PhotoView, ...]

    def is_overdue(self, now: datetime) -> bool:
        """Tell whether it is open after its time; due exactly now is not."""
        return self.ended_at is None and now > self.due_at


def add_task(session: Session, viewer: Viewer, case_id: int, work: Work, *, now: datetime) -> OfflineTask:
    """Ask for something to be done on the street, by the lead department or one that co-handles the case.

    Raises MessageRefused with empty, due_past, task_stranger or too_many_tasks; NotAllowed, WrongState, CaseNotFound.
    """
    require(viewer, "add_task", *MINDERS)
    case = get_case(session, viewer, case_id)
    expect(case, "add_task", *OPEN_STATES)
    _check(session, case, work, now=now)
    task = OfflineTask(
        case_id=case_id,
        what=clean_text(work.what)[:LONGEST_TASK],
        department_id=work.department_id,
        officer_id=work.officer_id,
        due_at=work.due_at,
        created_by=viewer.officer_id,
        created_at=now,
    )
    session.add(task)
    session.flush()
    _record(session, task, "task_added", now=now, actor_id=viewer.officer_id)
    people = [task.officer_id] if task.officer_id else officers_of(session, task.department_id, Role.OFFICER)
    others = [officer_id for officer_id in people if officer_id != viewer.officer_id]
    notify(session, others, "task_added", case_id=case_id, now=now)
    return task


def add_photo(session: Session, viewer: Viewer, task_id: int, content: bytes, *, now: datetime) -> TaskPhoto:
    """Add a picture that shows the work; it is encoded anew, so position and camera are gone.

    Raises MessageRefused for what is no picture, is too large or hides another file in it.
    """
    task, _case = _task(session, viewer, task_id)
    if task.ended_at is not None:
        raise WrongState("add_photo", "done")
    if len(photos_of(session, [task_id]).get(task_id, ())) >= MOST_PHOTOS:
        raise MessageRefused("too_many_photos", limit=MOST_PHOTOS)
    photo: Photo = read_photo(content)
    row = TaskPhoto(
        task_id=task_id,
        uploaded_by=viewer.officer_id,
        uploaded_at=now,
        width=photo.width,
        height=photo.height,
        content=photo.content,
    )
    session.add(row)
    session.flush()
    return row


def finish_task(session: Session, viewer: Viewer, task_id: int, *, note: str, now: datetime) -> OfflineTask:
    """Say that the work is done, with what was done."""
    return _end(session, viewer, task_id, note=note, is_done=True, now=now)


def drop_task(session: Session, viewer: Viewer, task_id: int, *, note: str, now: datetime) -> OfflineTask:
    """Say that the work will not be done, and why."""
    return _end(session, viewer, task_id, note=note, is_done=False, now=now)


def tasks_of(session: Session, case_id: int) -> tuple[TaskView, ...]:
    """Return the tasks of a case, open ones first, by when they fall due."""
    query = select(OfflineTask).where(OfflineTask.case_id == case_id)
    return _views(session, query.order_by(col(OfflineTask.ended_at).nulls_first(), col(OfflineTask.due_at)))


def my_tasks(session: Session, viewer: Viewer, *, limit: int = 200) -> tuple[TaskView, ...]:
    """Return the open tasks that are the viewer's or their department's, first due first."""
    query = select(OfflineTask).join(Case, col(Case.id) == OfflineTask.case_id)
    query = query.where(_mine(viewer), col(Case.state).in_(OPEN_STATES))
    return _views(session, query.order_by(col(OfflineTask.due_at), col(OfflineTask.id)).limit(limit))


def cases_with_tasks_of(viewer: Viewer) -> Any:
    """Return a query for the cases with an open task of the viewer's, or of their department's without an officer."""
    return select(OfflineTask.case_id).where(_mine(viewer))


def photo_content(session: Session, viewer: Viewer, photo_id: int) -> bytes:
    """Return a picture for who may see its case. Raises CaseNotFound."""
    photo = session.get(TaskPhoto, photo_id)
    if photo is None:
        raise CaseNotFound(photo_id)
    task = session.get_one(OfflineTask, photo.task_id)
    get_case(session, viewer, task.case_id)
    return photo.content


def require_work_done(session: Session, case_id: int, text: str) -> None:
    """Refuse a reply that says done while work on the street is open, naming the work and the words.

    Raises ReplyIncomplete with open_tasks.
    """
    open_tasks = _open(session, case_id)
    claims = done_claims(text) if open_tasks else []
    if claims:
        raise ReplyIncomplete(
            "open_tasks",
            tasks=[task.what[:60] for task in open_tasks],
            words=list(dict.fromkeys(claim.text for claim in claims)),
        )


def has_open_tasks(session: Session, case_id: int) -> bool:
    """Tell whether work on the street is still to be done."""
    return bool(_open(session, case_id))


def _check(session: Session, case: Case, work: Work, *, now: datetime) -> None:
    if is_blank(work.what):
        raise MessageRefused("empty")
    if work.due_at <= now:
        raise MessageRefused("due_past")
    if work.department_id not in task_departments(session, case):
        raise MessageRefused("task_stranger")
    department = session.get(Department, work.department_id)
    if department is None or department.closed_at is not None:
        raise MessageRefused("department_closed")
    if work.officer_id is not None:
        officer = session.get(Officer, work.officer_id)
        if officer is None or officer.disabled_at or officer.department_id != work.department_id:
            raise MessageRefused("task_stranger")
    if len(_open(session, case.id or 0)) >= MOST_OPEN_TASKS:
        raise MessageRefused("too_many_tasks", limit=MOST_OPEN_TASKS)


def task_departments(session: Session, case: Case) -> list[int]:
    """Return the departments that can be asked for work: the lead one and those that co-handle the case."""
    query = select(CoHandling.department_id).where(
        CoHandling.case_id == case.id,
        CoHandling.round == case.reply_round,
        CoHandling.state != PartState.RELEASED,
    )
    lead = [case.department_id] if case.department_id is not None else []
    return list(dict.fromkeys([*lead, *session.exec(query).all()]))


def _end(
    session: Session, viewer: Viewer, task_id: int, *, note: str, is_done: bool, now: datetime
) -> OfflineTask:
    task, _case = _task(session, viewer, task_id)
    if is_blank(note):
        raise MessageRefused("reason_missing")
    ended = session.execute(
        update(OfflineTask)
        .where(col(OfflineTask.id) == task_id, col(OfflineTask.ended_at).is_(None))
        .values(
            ended_at=now,
            ended_by=viewer.officer_id,
            is_done=is_done,
            note=clean_text(note)[:LONGEST_TASK],
        )
        .execution_options(synchronize_session=False)
    )
    if ended.rowcount != 1:  # type: ignore[attr-defined]
        raise WrongState("end_task", "done")
    session.refresh(task)
    kind = "task_done" if is_done else "task_dropped"
    _record(session, task, kind, now=now, actor_id=viewer.officer_id)
    if task.created_by != viewer.officer_id:
        notify(session, [task.created_by], kind, case_id=task.case_id, now=now)
    return task


def _task(session: Session, viewer: Viewer, task_id: int) -> tuple[OfflineTask, Case]:
    """Return a task the viewer may work on: of their department, or of a case that is theirs to mind."""
    require(viewer, "task", *MINDERS)
    task = session.get(OfflineTask, task_id)
    if task is None:
        raise CaseNotFound(task_id)
    case = get_case(session, viewer, task.case_id)
    session.refresh(task)
    minds = viewer.has(Role.DISPATCHER, Role.SUPERVISOR) or case.department_id == viewer.department_id
    if not minds and task.department_id != viewer.department_id:
        raise NotAllowed("task")
    return task, case


def _mine(viewer: Viewer) -> Any:
    own = col(OfflineTask.officer_id) == viewer.officer_id
    unit = and_(col(OfflineTask.officer_id).is_(None), col(OfflineTask.department_id) == viewer.department_id)
    return and_(col(OfflineTask.ended_at).is_(None), or_(own, unit))


def _open(session: Session, case_id: int) -> Sequence[OfflineTask]:
    query = select(OfflineTask).where(OfflineTask.case_id == case_id, col(OfflineTask.ended_at).is_(None))
    return session.exec(query.order_by(col(OfflineTask.due_at))).all()


def _views(session: Session, query: Any) -> tuple[TaskView, ...]:
    tasks = session.exec(query).all()
    photos = photos_of(session, [task.id or 0 for task in tasks])
    return tuple(
        TaskView(
            id=task.id or 0,
            case_id=task.case_id,
            what=task.what,
            department_id=task.department_id,
            officer_id=task.officer_id,
            due_at=task.due_at,
            created_at=task.created_at,
            ended_at=task.ended_at,
            is_done=task.is_done,
            note=task.note,
            photos=photos.get(task.id or 0, ()),
        )
        for task in tasks
    )


def photos_of(session: Session, task_ids: Sequence[int]) -> dict[int, tuple[PhotoView, ...]]:
    """Return the pictures of tasks without their bytes, oldest first."""
    if not task_ids:
        return {}
    query = (
        sa_select(
            col(TaskPhoto.task_id),
            col(TaskPhoto.id),
            col(TaskPhoto.width),
            col(TaskPhoto.height),
            col(TaskPhoto.uploaded_at),
        )
        .where(col(TaskPhoto.task_id).in_(task_ids))
        .order_by(col(TaskPhoto.id))
    )
    found: dict[int, tuple[PhotoView, ...]] = {}
    for task_id, photo_id, width, height, at in session.execute(query):
        found[task_id] = (*found.get(task_id, ()), PhotoView(photo_id, width, height, at))
    return found


def _record(session: Session, task: OfflineTask, kind: str, *, now: datetime, actor_id: int) -> None:
    params = {
        "task_id": task.id,
        "department_id": task.department_id,
        "reason": (task.what if kind == "task_added" else task.note)[:500],
    }
    record_event(session, task.case_id, kind, now=now, actor_id=actor_id, params=params)
