"""What every address of the API shares: the blueprint, answers, refusals, rates."""

import hashlib
from http import HTTPStatus
from typing import Any

from flask import Response, request
from flask_babel import gettext as _
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag
from pydantic import BaseModel, ValidationError
from werkzeug.exceptions import Unauthorized

from inbox.errors import StaleDraft
from knowledge_base.errors import StaleArticle
from web.api.schemas.base import Problem
from web.errors import error_response, sentence_for, status_for
from web.security import client_address, limiter

PREFIX = "/api/v1"
PROBLEM = "application/problem+json"

CASES = Tag(name="cases", description="Citizens' matters: lists, one whole, and what officers do with them.")
REPLIES = Tag(name="replies", description="The answer to a case: draft, checks, review by somebody else.")
ARTICLES = Tag(name="articles", description="Standard answers, from draft to retirement.")
KNOWING = Tag(name="knowing", description="What the service knows: whom to ask, what to answer, by when.")
OPERATIONS = Tag(name="operations", description="Accounts, imports, figures, replies to carry back by hand.")
SUPERVISION = Tag(
    name="supervision", description="Urging, supervision orders, more time, questions to citizens, calls."
)
NOTICES = Tag(
    name="notices",
    description="What you are told: mentions, clocks that run out, supervision; and how it reaches you.",
)
FIGURES = Tag(name="figures", description="The twelve indicators of a period, and the 通报 made of them.")
MATTERS = Tag(
    name="matters", description="Many citizens with one matter: groups, one reply to all, alarms, topics."
)
CITIZENS = Tag(name="citizens", description="What a tracking code opens, without a token.")

Described = dict[Any, Any]
"""What an address answers, by status, as flask-openapi3 takes it."""

api = APIBlueprint("api", __name__, url_prefix=PREFIX)


def _caller() -> str:
    """Return whom a rate counts: a token by its digest, else the address."""
    given = request.headers.get("Authorization")
    return hashlib.sha256(given.encode()).hexdigest() if given else client_address()


limiter.limit("600 per minute", key_func=_caller)(api)
limiter.limit("30 per minute", deduct_when=lambda response: response.status_code == 401)(api)


def gives(model: type[BaseModel] | None, *problems: int, status: int = 200) -> Described:
    """Describe what an address answers: a model or nothing, and the problems that are its own."""
    shown: Described = {status: model}
    return shown | {number: problem_description(number) for number in problems}


def gives_file(mimetype: str, *problems: int) -> Described:
    """Describe an address that sends a file."""
    content = {mimetype: {"schema": {"type": "string", "format": "binary"}}}
    return gives(None, *problems) | {200: {"description": "The file, as an attachment.", "content": content}}


def problem_description(status: int, *, or_with: str | None = None, words: str = "") -> dict[str, Any]:
    """Describe one problem for the document; `or_with` names a schema of problems that tell more."""
    names = [or_with, "Problem"] if or_with else ["Problem"]
    schemas = [{"$ref": f"#/components/schemas/{name}"} for name in names]
    schema = {"anyOf": schemas} if or_with else schemas[0]
    return {"description": words or HTTPStatus(status).phrase, "content": {PROBLEM: {"schema": schema}}}


def answer(model: BaseModel, status: int = 200, *, private: bool = False) -> Response:
    """Send a model as JSON; what is read carries an ETag, what is `private` is kept by nobody."""
    response = Response(model.model_dump_json(), status, mimetype="application/json")
    if private:
        response.headers["Cache-Control"] = "private, no-store"
    elif request.method in ("GET", "HEAD"):
        response.headers["Cache-Control"] = "private, no-cache"
        response.add_etag()
        response.make_conditional(request)
    return response


def nothing() -> Response:
    """Say that it was done and that there is nothing to tell."""
    return Response(status=204)


def problem(status: int, sentence: str, code: str, **more: Any) -> Response:
    """Answer a refusal as problem+json (RFC 9457), with members of its own."""
    response = error_response(status, sentence, code=code)
    if more:
        response.data = Problem.model_validate({**response.get_json(), **more}).model_dump_json()
    return response


@api.errorhandler(StaleDraft)
def refuse_stale_draft(error: StaleDraft) -> Response:
    """Give both texts, so that the program can let a person join them."""
    return problem(
        status_for(error),
        sentence_for(error),
        "StaleDraft",
        saved_by=error.saved_by,
        saved_version=error.saved_version,
        saved_text=error.saved_text,
        your_text=error.your_text,
    )


@api.errorhandler(StaleArticle)
def refuse_stale_article(error: StaleArticle) -> Response:
    """Say which revision is the newest."""
    return problem(status_for(error), sentence_for(error), "StaleArticle", revision=error.actual)


@api.errorhandler(Unauthorized)
def ask_for_token(error: Unauthorized) -> Response:
    """Say how to prove who is asking."""
    sentence = _(
        "The token is missing, wrong, expired or revoked, so nothing was done. Make a new one on your profile page."
    )
    response = problem(401, sentence, "Unauthorized")
    response.headers.extend([(n, v) for n, v in error.get_headers() if n == "WWW-Authenticate"])
    return response


@api.errorhandler(RecursionError)
def refuse_depth(_error: RecursionError) -> Response:
    """Refuse JSON that is nested deeper than anybody needs."""
    return _malformed([])


def refuse_values(error: ValidationError) -> Response:
    """Say which values cannot be used; the values themselves are not repeated."""
    found = error.errors(include_url=False, include_input=False, include_context=False)
    return _malformed(
        [{"where": ".".join(map(str, e["loc"])), "problem": e["msg"], "code": e["type"]} for e in found]
    )


def _malformed(errors: list[dict[str, str]]) -> Response:
    sentence = _(
        "Some values are missing or cannot be used. Nothing was changed; correct them and send again."
    )
    return problem(422, sentence, "InvalidRequest", errors=errors)


@api.record_once
def _settle(state: Any) -> None:
    # flask-openapi3 asks the application what to answer to values that do not fit.
    state.app.validation_error_callback = refuse_values
