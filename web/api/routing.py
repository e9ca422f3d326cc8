"""What routing learned, and splitting a message by matter; the same commands and roles as on the pages."""

from flask import Response
from flask_babel import gettext as _

from inbox.access import get_case
from inbox.lessons import request_training
from inbox.sharing import Share, share_case, undo_sharing
from inbox.splitting import propose_split, split_case, undo_split
from routing.models import Role
from routing.versions import activate_classifier, classifier_versions, go_back
from web.api import told
from web.api.routes import CASES, KNOWING, answer, api, gives, nothing, problem
from web.api.schemas.cases import CaseChange, CasePath
from web.api.schemas.routing import (
    LeadAndCoHandlers,
    LinkedCases,
    Proposal,
    Sharing,
    Split,
    Training,
    Version,
    VersionPath,
    Versions,
)
from web.context import current_session, now, services, viewer
from web.guards import with_token


@api.get("/cases/<int:case_id>/split", tags=[CASES], responses=gives(Proposal, 404))
@with_token(Role.DISPATCHER, Role.SUPERVISOR)
def show_split_proposal(path: CasePath) -> Response:
    """Show how a message could be split by matter, with the department that seems right for each part."""
    session = current_session()
    catalogue = services().knowledge.catalogue(session, now=now())
    parts = propose_split(session, viewer(), path.case_id, catalogue)
    return answer(Proposal.model_validate({"parts": parts}))


@api.post("/cases/<int:case_id>/split", tags=[CASES], responses=gives(LinkedCases, 404, 409, 422))
@with_token(Role.DISPATCHER, Role.SUPERVISOR)
def split_into_cases(path: CasePath, body: Split) -> Response:
    """Split a message into linked cases; the citizen goes on seeing one submission."""
    parts = [(part.text, part.department_id) for part in body.parts]
    return answer(
        LinkedCases(case_ids=split_case(current_session(), viewer(), path.case_id, parts, now=now()))
    )


@api.post("/cases/<int:case_id>/join", tags=[CASES], responses=gives(CaseChange, 404, 409))
@with_token(Role.DISPATCHER, Role.SUPERVISOR)
def join_parts(path: CasePath) -> Response:
    """Join the parts of a message again before anybody has worked on one."""
    undo_split(current_session(), viewer(), path.case_id, now=now())
    return answer(told.change(get_case(current_session(), viewer(), path.case_id)))


@api.post("/cases/<int:case_id>/share", tags=[CASES], responses=gives(LeadAndCoHandlers, 404, 409, 422))
@with_token(Role.DISPATCHER, Role.SUPERVISOR)
def share_among_departments(path: CasePath, body: Sharing) -> Response:
    """Keep a message whole: the department of the first matter leads, the others co-handle."""
    shares = [Share(part.text, part.department_id, part.due_at) for part in body.parts]
    rows = share_case(current_session(), viewer(), path.case_id, shares, now=now())
    return answer(
        LeadAndCoHandlers.model_validate({"department_id": shares[0].department_id, "co_handlers": rows})
    )


@api.post("/cases/<int:case_id>/unshare", tags=[CASES], responses=gives(CaseChange, 404, 409))
@with_token(Role.DISPATCHER, Role.SUPERVISOR)
def take_sharing_back(path: CasePath) -> Response:
    """Take lead and co-handlers back to the triage desk before anybody has begun."""
    reason = _("Chosen by mistake on the triage desk")
    case = undo_sharing(current_session(), viewer(), path.case_id, reason=reason, now=now())
    return answer(told.change(case))


@api.get("/routing/versions", tags=[KNOWING], responses=gives(Versions))
@with_token(Role.ADMINISTRATOR, Role.SUPERVISOR, Role.DISPATCHER)
def list_versions() -> Response:
    """List what routing learned, with its figures before and after."""
    found = [
        Version.model_validate({name: getattr(version, name) for name in Version.model_fields})
        for version in classifier_versions(current_session())
    ]
    return answer(Versions(versions=found))


@api.post("/routing/train", tags=[KNOWING], responses=gives(Training, 409, status=202))
@with_token(Role.ADMINISTRATOR)
def train_again() -> Response:
    """Ask for a training in the background; 409 while one is under way."""
    run_id = request_training(current_session(), viewer(), now=now())
    if run_id is None:
        return problem(409, _("A training is under way already."), "TrainingUnderWay")
    return answer(Training(run_id=run_id), 202)


@api.post("/routing/versions/<int:version_id>/use", tags=[KNOWING], responses=gives(None, 404, status=204))
@with_token(Role.ADMINISTRATOR)
def use_version(path: VersionPath) -> Response:
    """Use a version from now on."""
    activate_classifier(current_session(), path.version_id)
    return nothing()


@api.post("/routing/back", tags=[KNOWING], responses=gives(None, status=204))
@with_token(Role.ADMINISTRATOR)
def use_version_before() -> Response:
    """Use the version before the present one; with none before, nothing learned."""
    go_back(current_session())
    return nothing()
