"""The OpenAPI document: what the addresses themselves say, with who may call each read off its guard."""

import json
from functools import cache
from importlib.metadata import version
from typing import Any

from flask import Flask, Response, current_app, request
from flask_openapi3.utils import get_model_schema, parse_rule

from web.api.routes import api, problem_description
from web.api.schemas.base import InvalidRequest, Problem, StaleDraftProblem, WrongValue
from web.guards import ALL_ROLES, Access, access_of, machine

DESCRIPTION = (
    "What officers do on the pages of Minhu, for programs. A token from the profile page goes into the header "
    "`Authorization: Bearer mh_…`; it works in the officer's name, with their roles, and sees the cases they see. "
    "What is not there and what is not yours look the same (404). Instants are ISO 8601 in UTC. Every refusal is "
    "problem+json; a request that was refused has changed nothing."
)
_TOKEN = {
    "type": "http",
    "scheme": "bearer",
    "description": "A personal token: Profile → API tokens. It is shown once and ends with its officer's access.",
}


@api.get("/openapi.json", doc_ui=False)
@machine
def describe() -> Response:
    """Send this document."""
    response = Response(_document(current_app._get_current_object()), mimetype="application/json")  # type: ignore[attr-defined]  # noqa: SLF001
    response.headers["Cache-Control"] = "public, max-age=300"
    response.add_etag()
    response.make_conditional(request)
    return response


@cache
def _document(app: Flask) -> str:
    document: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": {
            "title": "Minhu 民呼",
            "version": version("minhu"),
            "description": DESCRIPTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": [tag.model_dump(exclude_none=True) for tag in api.tags],
        "paths": {uri: _plain(item) for uri, item in sorted(api.paths.items())},
        "components": {"schemas": _schemas(), "securitySchemes": {"token": _TOKEN}},
    }
    for rule in app.url_map.iter_rules():
        item = document["paths"].get(parse_rule(rule.rule))
        if item is not None and rule.endpoint.startswith("api."):
            for method in set(item) & {name.lower() for name in rule.methods or ()}:
                _tell_access(item[method], access_of(app, rule.endpoint))
    return json.dumps(document, ensure_ascii=False, sort_keys=True)


def _tell_access(operation: dict[str, Any], access: Access | None) -> None:
    """Say who may call it and which refusals every address has."""
    if access is None or access.public:
        operation["security"] = []
        refusals = [429]
    else:
        operation["security"] = [{"token": []}]
        refusals = [401, 403, 429]
        words = "any" if access.roles == ALL_ROLES else ", ".join(sorted(access.roles))
        operation["description"] = f"{operation.get('description', '')}\n\nRoles: {words}.".strip()
    for status in refusals:
        operation["responses"].setdefault(str(status), problem_description(status))
    invalid = problem_description(422, or_with="InvalidRequest", words="Some values cannot be used")
    operation["responses"].setdefault("422", invalid)


def _schemas() -> dict[str, Any]:
    schemas = {name: _plain(schema) for name, schema in api.components_schemas.items()}
    for model in (Problem, InvalidRequest, StaleDraftProblem, WrongValue):
        schemas[model.__name__] = dict(get_model_schema(model, mode="serialization"))
    for schema in schemas.values():
        schema.pop("$defs", None)  # flask-openapi3 lists them beside as well
    return dict(sorted(schemas.items()))


def _plain(described: Any) -> dict[str, Any]:
    plain: dict[str, Any] = described.model_dump(
        mode="json", by_alias=True, exclude_unset=True, warnings=False
    )
    return plain
