"""What routing learned, and splitting a message by matter; the same commands and roles as on the pages."""

from flask import Response
from flask_babel import gettext as _

from inbox.access import get_case
from inbox.lessons import request_training
from inbox.splitting import split_case, undo_split
from routing.models import Role
from routing.versions import activate_classifier, classifier_versions, go_back
from web.api import told
from web.api.routes import CASES, KNOWING, answer, api, gives, nothing, problem
from web.api.schemas.cases import CaseChange, CasePath
from web.api.schemas.routing import LinkedCases, Split, Training, Version, VersionPath, Versions
from web.context import current_session, now, viewer
from web.guards import with_token


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
