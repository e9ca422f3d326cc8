"""Working together through the API: co-handlers, work on the street, watching; the page's own commands and refusals."""

from flask import Response

from inbox.access import get_case
from inbox.co_handling import Request, co_handlers_of, name_co_handler, release_co_handler, sign_part
from inbox.errors import CaseNotFound
from inbox.offline_tasks import (
    MINDERS,
    Work,
    add_photo,
    add_task,
    drop_task,
    finish_task,
    photo_content,
    tasks_of,
)
from inbox.return_queue import returns_of
from inbox.watching import unwatch, watch, watchers_of
from routing.departments import department_by_id
from routing.errors import DepartmentNotFound
from routing.models import Role
from routing.roster import on_call_chain
from web.api.routes import CASES, KNOWING, answer, api, gives, nothing
from web.api.schemas.cases import CasePath
from web.api.schemas.together import (
    CoHandler,
    CoHandlerPath,
    CoHandlerRequest,
    OnCall,
    OnCallQuery,
    Part,
    PhotoForm,
    PhotoPath,
    ReleaseReason,
    StreetPhotos,
    StreetTask,
    TaskEnd,
    TaskPath,
    TaskRequest,
    TogetherOnCase,
    Watching,
)
from web.context import current_session, now, viewer
from web.guards import with_token
from web.views.inbox import WORKS_WITH_CASES


@api.get("/cases/<int:case_id>/together", tags=[CASES], responses=gives(TogetherOnCase, 404))
@with_token(*WORKS_WITH_CASES)
def show_together(path: CasePath) -> Response:
    """Show who works on a case together: returns, co-handlers with their parts, work on the street, watchers."""
    session = current_session()
    case = get_case(session, viewer(), path.case_id)
    return answer(
        TogetherOnCase.model_validate(
            {
                "returns": returns_of(session, path.case_id),
                "co_handlers": co_handlers_of(session, case),
                "tasks": tasks_of(session, path.case_id),
                "watcher_ids": watchers_of(session, path.case_id),
            }
        )
    )


@api.post("/cases/<int:case_id>/co-handlers", tags=[CASES], responses=gives(CoHandler, 404, 409, status=201))
@with_token(*MINDERS)
def ask_co_handler(path: CasePath, body: CoHandlerRequest) -> Response:
    """Ask a department to co-handle; the reply waits until it has signed, its time is over or it is released."""
    asked = Request(body.department_id, body.asked, body.due_at)
    row = name_co_handler(current_session(), viewer(), path.case_id, asked, now=now())
    return answer(CoHandler.model_validate(row), 201)


@api.post(
    "/cases/<int:case_id>/co-handlers/<int:co_handling_id>/sign",
    tags=[CASES],
    responses=gives(CoHandler, 404, 409),
)
@with_token(Role.OFFICER)
def sign(path: CoHandlerPath, body: Part) -> Response:
    """Give the department's part and sign it."""
    row = sign_part(current_session(), viewer(), path.co_handling_id, body.part, now=now())
    return answer(CoHandler.model_validate(row))


@api.post(
    "/cases/<int:case_id>/co-handlers/<int:co_handling_id>/release",
    tags=[CASES],
    responses=gives(CoHandler, 404, 409),
)
@with_token(*MINDERS)
def release(path: CoHandlerPath, body: ReleaseReason) -> Response:
    """Let the reply go on without a department's part."""
    row = release_co_handler(current_session(), viewer(), path.co_handling_id, reason=body.reason, now=now())
    return answer(CoHandler.model_validate(row))


@api.post("/cases/<int:case_id>/tasks", tags=[CASES], responses=gives(StreetTask, 404, 409, status=201))
@with_token(*MINDERS)
def ask_for_work(path: CasePath, body: TaskRequest) -> Response:
    """Ask for work on the street; until it is done no reply can say that it is."""
    work = Work(body.what, body.due_at, body.department_id, body.officer_id)
    row = add_task(current_session(), viewer(), path.case_id, work, now=now())
    return answer(_task(path.case_id, row.id or 0), 201)


@api.post("/cases/<int:case_id>/tasks/<int:task_id>/end", tags=[CASES], responses=gives(StreetTask, 404, 409))
@with_token(*MINDERS)
def end_work(path: TaskPath, body: TaskEnd) -> Response:
    """Say that the work is done, or will not be, with a note."""
    session, who = current_session(), viewer()
    end = finish_task if body.done else drop_task
    end(session, who, path.task_id, note=body.note, now=now())
    return answer(_task(path.case_id, path.task_id))


@api.get("/cases/<int:case_id>/tasks/<int:task_id>/photos", tags=[CASES], responses=gives(StreetPhotos, 404))
@with_token(*WORKS_WITH_CASES)
def list_photos(path: TaskPath) -> Response:
    """List the pictures that show work on the street."""
    get_case(current_session(), viewer(), path.case_id)
    return answer(StreetPhotos(photos=_task(path.case_id, path.task_id).photos))


@api.post(
    "/cases/<int:case_id>/tasks/<int:task_id>/photos",
    tags=[CASES],
    responses=gives(StreetPhotos, 404, 409, 413, status=201),
)
@with_token(*MINDERS)
def keep_photo(path: TaskPath, form: PhotoForm) -> Response:
    """Keep a picture that shows the work (JPEG, PNG, WebP), without place and camera."""
    _task(path.case_id, path.task_id)
    add_photo(current_session(), viewer(), path.task_id, form.file.read(), now=now())
    return answer(StreetPhotos(photos=_task(path.case_id, path.task_id).photos), 201)


@api.get("/cases/<int:case_id>/photos/<int:photo_id>", tags=[CASES], responses=gives(None, 404))
@with_token(*WORKS_WITH_CASES)
def send_photo(path: PhotoPath) -> Response:
    """Send a picture as JPEG."""
    session, who = current_session(), viewer()
    get_case(session, who, path.case_id)
    content = photo_content(session, who, path.photo_id)
    headers = {"Cache-Control": "private, max-age=3600", "X-Content-Type-Options": "nosniff"}
    return Response(content, mimetype="image/jpeg", headers=headers)


@api.put("/cases/<int:case_id>/watching", tags=[CASES], responses=gives(None, 404, status=204))
@with_token(*WORKS_WITH_CASES)
def change_watching(path: CasePath, body: Watching) -> Response:
    """Begin or stop to hear of a case."""
    if body.watching:
        watch(current_session(), viewer(), path.case_id, now=now())
    else:
        unwatch(current_session(), viewer(), path.case_id)
    return nothing()


@api.get("/on-call", tags=[KNOWING], responses=gives(OnCall, 404))
@with_token()
def show_on_call(query: OnCallQuery) -> Response:
    """Show who is called about an alarm now, in order: the department's roster, then the county's."""
    session = current_session()
    if query.department_id is not None and department_by_id(session, query.department_id) is None:
        raise DepartmentNotFound(query.department_id)
    return answer(OnCall.model_validate({"people": on_call_chain(session, query.department_id, now())}))


def _task(case_id: int, task_id: int) -> StreetTask:
    found = next((task for task in tasks_of(current_session(), case_id) if task.id == task_id), None)
    if found is None:
        raise CaseNotFound(task_id)
    return StreetTask.model_validate(found)
