"""Urging, more time, questions to citizens and calls; the same commands, roles and refusals as on the pages."""

from flask import Response, abort

from inbox.call_backs import CALLERS, Call, calls_due, record_call
from inbox.citizen_questions import ask_citizen
from inbox.extensions import approve_extension, ask_extension, list_requests, refuse_extension, requests_of
from inbox.urging import URGERS, urge_case, urge_cases, urging_view, urgings_of
from routing.models import Role
from web.api.routes import SUPERVISION, answer, api, gives, gives_file, nothing
from web.api.schemas.cases import CasePath
from web.api.schemas.supervision import (
    CallMade,
    DueCalls,
    ExtensionQuery,
    Extensions,
    NewExtension,
    NewQuestion,
    Refusal,
    RequestPath,
    Urge,
    Urged,
    UrgeMany,
    UrgingPath,
    Urgings,
)
from web.context import calendar, current_session, now, viewer
from web.downloads import DOCX
from web.guards import with_token
from web.supervision_files import send_urging
from web.views.inbox import WORKS_WITH_CASES
from web.views.supervision import READERS


@api.get("/cases/<int:case_id>/urgings", tags=[SUPERVISION], responses=gives(Urgings, 404))
@with_token(*WORKS_WITH_CASES)
def show_urgings(path: CasePath) -> Response:
    """List the urgings of a case."""
    return answer(_urgings(path.case_id))


@api.post("/cases/<int:case_id>/urgings", tags=[SUPERVISION], responses=gives(Urgings, 404, 409))
@with_token(*URGERS)
def urge(path: CasePath, body: Urge) -> Response:
    """Urge the department that has a case."""
    urge_case(current_session(), viewer(), path.case_id, words=body.words, now=now())
    return answer(_urgings(path.case_id))


@api.post("/urgings", tags=[SUPERVISION], responses=gives(Urged, 404))
@with_token(*URGERS)
def urge_many(body: UrgeMany) -> Response:
    """Urge the departments that have these cases, with one word to all."""
    chosen = list(dict.fromkeys(body.case_ids))
    urged, passed = urge_cases(current_session(), viewer(), chosen, words=body.words, now=now())
    return answer(Urged(urged=urged, passed=passed))


@api.get("/urgings/<int:urging_id>/document.docx", tags=[SUPERVISION], responses=gives_file(DOCX, 404))
@with_token(*READERS)
def send_urging_document(path: UrgingPath) -> Response:
    """Send a notice of urging as an official document (GB/T 9704), as DOCX."""
    found = urging_view(current_session(), viewer(), path.urging_id) or abort(404)
    return send_urging(found)


@api.get("/extension-requests", tags=[SUPERVISION], responses=gives(Extensions))
@with_token(Role.SUPERVISOR)
def show_extension_requests(query: ExtensionQuery) -> Response:
    """List the requests for more time."""
    found = list_requests(current_session(), viewer(), waiting=not query.decided)
    return answer(Extensions.model_validate({"requests": found}))


@api.post(
    "/cases/<int:case_id>/extension-requests",
    tags=[SUPERVISION],
    responses=gives(Extensions, 404, 409, status=201),
)
@with_token(Role.OFFICER)
def ask_for_time(path: CasePath, body: NewExtension) -> Response:
    """Ask for more time, before the deadline."""
    session, who = current_session(), viewer()
    ask_extension(
        session, who, path.case_id, length=body.length, reason=body.reason, calendar=calendar(), now=now()
    )
    return answer(Extensions.model_validate({"requests": requests_of(session, who, path.case_id)}), 201)


@api.post(
    "/extension-requests/<int:request_id>/approve",
    tags=[SUPERVISION],
    responses=gives(None, 404, 409, status=204),
)
@with_token(Role.SUPERVISOR)
def grant_time(path: RequestPath) -> Response:
    """Grant more time; the citizen sees the new date."""
    approve_extension(current_session(), viewer(), path.request_id, calendar=calendar(), now=now())
    return nothing()


@api.post(
    "/extension-requests/<int:request_id>/refuse",
    tags=[SUPERVISION],
    responses=gives(None, 404, 409, status=204),
)
@with_token(Role.SUPERVISOR)
def refuse_time(path: RequestPath, body: Refusal) -> Response:
    """Refuse more time; the deadline stands."""
    refuse_extension(current_session(), viewer(), path.request_id, answer=body.answer, now=now())
    return nothing()


@api.post("/cases/<int:case_id>/question", tags=[SUPERVISION], responses=gives(None, 404, 409, status=204))
@with_token(Role.OFFICER)
def ask_the_citizen(path: CasePath, body: NewQuestion) -> Response:
    """Ask the citizen for what is missing; the handling clock waits."""
    ask_citizen(current_session(), viewer(), path.case_id, text=body.text, calendar=calendar(), now=now())
    return nothing()


@api.get("/call-backs", tags=[SUPERVISION], responses=gives(DueCalls))
@with_token(*CALLERS)
def show_call_backs() -> Response:
    """List which citizens to call after their answer."""
    found = calls_due(current_session(), viewer())
    return answer(DueCalls.model_validate({"calls": found}), private=True)


@api.post("/cases/<int:case_id>/call-back", tags=[SUPERVISION], responses=gives(None, 404, 409, status=204))
@with_token(*CALLERS)
def note_call_back(path: CasePath, body: CallMade) -> Response:
    """Note what a citizen said on the telephone."""
    call = Call(body.reached, body.solved, body.satisfaction, body.words)
    record_call(current_session(), viewer(), path.case_id, call, now=now())
    return nothing()


def _urgings(case_id: int) -> Urgings:
    return Urgings.model_validate({"urgings": urgings_of(current_session(), viewer(), case_id)})
