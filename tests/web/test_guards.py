"""Every route says who may open it, and nobody else gets in."""

from collections.abc import Callable

import pytest
from flask import Flask
from werkzeug.routing import Rule

from routing.models import Role
from tests.web.people import Browser, People
from web.guards import ALL_ROLES, UnguardedView, access_of


def routes(app: Flask) -> list[tuple[str, str, Rule]]:
    """Return every route as method, address with made-up values, and rule; static files apart."""
    found = []
    for rule in app.url_map.iter_rules():
        if rule.endpoint.split(".")[-1] == "static":
            continue
        values = {name: _example(rule, name) for name in rule.arguments}
        url = app.url_map.bind("localhost").build(rule.endpoint, values, method=_method(rule))
        found.append((_method(rule), url, rule))
    return found


def _method(rule: Rule) -> str:
    return next(
        method for method in ("GET", "POST", "PUT", "DELETE", "PATCH") if method in (rule.methods or ())
    )


def _example(rule: Rule, name: str) -> object:
    converter = type(rule._converters[name]).__name__
    return 1 if converter.startswith("Integer") else "x"


def test_every_route_is_guarded(app: Flask) -> None:
    unguarded = [rule.endpoint for _, _, rule in routes(app) if access_of(app, rule.endpoint) is None]

    assert unguarded == []


def test_a_guard_that_names_roles_is_never_empty(app: Flask) -> None:
    for _, _, rule in routes(app):
        access = access_of(app, rule.endpoint)

        assert access is not None
        assert access.public or access.roles <= ALL_ROLES
        assert access.public or access.roles


def test_reading_routes_do_not_take_changes_from_strangers_without_token(app: Flask) -> None:
    for _, _, rule in routes(app):
        access = access_of(app, rule.endpoint)
        if access is not None and access.machine:
            assert rule.methods is not None
            assert rule.endpoint == "health.healthz" or rule.rule.startswith("/api/"), rule


def test_view_without_guard_is_refused(app: Flask) -> None:
    app.add_url_rule("/forgotten", "forgotten", lambda: "secret")

    answer = Browser(app).get("/forgotten")

    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert "add @public" in str(UnguardedView("forgotten"))


@pytest.mark.parametrize("role", [None, *Role])
def test_every_route_refuses_whoever_has_not_its_role(
    app: Flask, people: People, browser: Callable[..., Browser], role: Role | None
) -> None:
    person = next((officer for officer in people.all() if role in officer.roles), None)
    them = browser(person)
    let_in, kept_out = 0, 0

    for method, url, rule in routes(app):
        access = access_of(app, rule.endpoint)
        assert access is not None
        if access.public or access.machine:  # programs' tokens: tests/web/test_api_access.py
            continue
        if role is not None and role in access.roles:
            let_in += 1
            if method == "GET":
                assert them.get(url).status_code not in (401, 403, 500), url
            continue
        kept_out += 1
        answer = them.client.open(url, method=method)
        if person is None:
            assert answer.status_code == 302, url
            assert answer.headers["Location"].startswith("/sign-in"), url
        else:
            assert answer.status_code == 403, url

    assert kept_out
    assert let_in or role is None
