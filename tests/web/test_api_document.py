"""The OpenAPI document: complete, valid, true."""

import json
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import pytest
from flask import Flask
from pydantic import BaseModel

from tests.web.api_program import Program
from tests.web.people import People
from tests.web.test_api_access import addresses
from web.api import schemas
from web.api.schemas.base import Given
from web.guards import access_of

MODULES = tuple(import_module(f"{schemas.__name__}.{found.name}") for found in iter_modules(schemas.__path__))
Document = dict[str, Any]


@pytest.fixture
def document(app: Flask) -> Document:
    """The document as a program gets it."""
    answer = Program(app).get("/openapi.json")
    assert answer.status_code == 200
    told: Document = json.loads(answer.data)
    return told


def operations_of(document: Document) -> list[tuple[str, str, Document]]:
    return [
        (uri, method, operation)
        for uri, item in document["paths"].items()
        for method, operation in item.items()
    ]


def test_every_address_is_described(app: Flask, document: Document) -> None:
    described = {(method.upper(), uri) for uri, method, _ in operations_of(document)}

    assert len(described) == len(list(addresses(app))) - 1  # the document does not describe itself
    assert all(uri.startswith("/api/v1/") for _, uri in described)


def test_every_operation_says_what_it_does_and_who_may(app: Flask, document: Document) -> None:
    ids = [operation["operationId"] for *_, operation in operations_of(document)]
    assert len(set(ids)) == len(ids)

    for uri, _method, operation in operations_of(document):
        assert operation["summary"].endswith("."), uri
        assert operation["tags"], uri
        is_open = uri.startswith("/api/v1/track/")
        assert operation["security"] == ([] if is_open else [{"token": []}]), uri
        assert is_open or "Roles: " in operation["description"], uri
        assert {"422", "429"} <= set(operation["responses"]), uri
        assert is_open or {"401", "403"} <= set(operation["responses"]), uri
        assert {"200", "201", "202", "204"} & set(operation["responses"]), uri


def test_every_reference_leads_somewhere(document: Document) -> None:
    def references(value: Any) -> list[str]:
        if isinstance(value, dict):
            own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
            return own + [found for each in value.values() for found in references(each)]
        if isinstance(value, list):
            return [found for each in value for found in references(each)]
        return []

    schemas = document["components"]["schemas"]
    for reference in references(document):
        assert reference.removeprefix("#/components/schemas/") in schemas


def test_nothing_points_to_another_host(document: Document) -> None:
    assert "http://" not in json.dumps(document)
    assert "https://" not in json.dumps(document)


def test_no_two_shapes_share_a_name() -> None:
    names = [
        name
        for module in MODULES
        for name, found in vars(module).items()
        if isinstance(found, type) and issubclass(found, BaseModel) and found.__module__ == module.__name__
    ]

    assert len(set(names)) == len(names)


def test_every_shape_that_is_given_refuses_what_is_not_described() -> None:
    for module in MODULES:
        for found in vars(module).values():
            if isinstance(found, type) and issubclass(found, Given):
                assert found.model_config["extra"] == "forbid", found


def test_what_is_answered_is_what_is_described(app: Flask, people: People, document: Document) -> None:
    """Every GET without a number in its address answers the fields that its schema requires."""
    program = Program(app, people.bob)
    for method, path, rule in addresses(app):
        access = access_of(app, rule.endpoint)
        if method != "GET" or rule.arguments or access is None or "supervisor" not in access.roles:
            continue
        answer = program.get(path)
        content = document["paths"][rule.rule]["get"]["responses"]["200"]["content"]
        assert answer.mimetype in content, path
        if answer.mimetype != "application/json":
            continue
        name = content["application/json"]["schema"]["$ref"].removeprefix("#/components/schemas/")
        schema = document["components"]["schemas"][name]
        assert set(schema["required"]) <= set(answer.json) <= set(schema["properties"]), path
