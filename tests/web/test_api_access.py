"""The API's doors: tokens only, the same roles as on pages, the same cases."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from flask import Flask
from werkzeug.routing import Rule

from inbox.access import Viewer
from inbox.leaving import LeavingPlan, off_board
from routing.models import Role
from routing.officers import update_officer
from routing.tokens import create_token, revoke_tokens_of, tokens_of
from tests.web.api_program import Program, housing_case
from tests.web.people import NOW, Browser, People
from tests.web.ways_in import as_viewer, services_of
from web.guards import access_of

Open = Callable[..., Browser]


def addresses(app: Flask) -> Iterator[tuple[str, str, Rule]]:
    """Yield every address of the API as method, path with made-up values, and rule."""
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith("api."):
            method = next(m for m in ("GET", "POST", "PUT") if m in (rule.methods or ()))
            values = {name: 1 if name.endswith("_id") else "x" for name in rule.arguments}
            url = app.url_map.bind("localhost").build(rule.endpoint, values, method=method)
            yield method, url.removeprefix("/api/v1"), rule


@pytest.mark.parametrize("role", Role)
def test_every_address_opens_for_its_roles_and_for_nobody_else(
    app: Flask, people: People, role: Role
) -> None:
    person = next(officer for officer in people.all() if role in officer.roles)
    program, let_in, kept_out = Program(app, person), 0, 0

    for method, path, rule in addresses(app):
        access = access_of(app, rule.endpoint)
        assert access is not None
        if access.public:
            continue
        status = program.send(method, path, json=None if method == "GET" else {}).status_code
        if role in access.roles:
            let_in += 1
            assert status in (200, 202, 204, 404, 409, 422), path
        else:
            kept_out += 1
            assert status == 403, path

    assert let_in
    assert kept_out


def test_nothing_but_the_citizens_addresses_and_the_document_is_open(app: Flask, people: People) -> None:
    stranger, opened = Program(app), set()

    for method, path, rule in addresses(app):
        answer = stranger.send(method, path, json=None if method == "GET" else {})
        if answer.status_code == 401:
            assert answer.headers["WWW-Authenticate"].startswith("Bearer")
            assert answer.headers["Content-Type"] == "application/problem+json"
        else:
            opened.add(rule.rule.removeprefix("/api/v1"))

    assert opened == {
        "/openapi.json",
        "/track/<code>",
        "/track/<code>/rating",
        "/track/<code>/reopen",
        "/track/<code>/supplement",
    }


def test_a_browsers_cookie_opens_nothing(app: Flask, people: People, browser: Open) -> None:
    alice = browser(people.alice)

    assert alice.get("/profile").status_code == 200
    assert alice.get("/api/v1/cases").status_code == 401
    assert alice.client.post("/api/v1/suggest", json={"text": "路灯"}).status_code == 401


def test_a_token_opens_no_page(app: Flask, people: People) -> None:
    program = Program(app, people.alice)

    page = program.client.get("/inbox", headers={"Authorization": f"Bearer {program.token}"})

    assert page.status_code == 302
    assert page.headers["Location"].startswith("/sign-in")


@pytest.mark.parametrize(
    "given", ["", "Bearer", "Bearer ", "Bearer mh_wrong", "Basic YTpi", "Token x", "Bearer \xff"]
)
def test_a_wrong_header_is_refused(app: Flask, people: People, given: str) -> None:
    answer = Program(app).get("/me", headers={"Authorization": given})

    assert answer.status_code == 401
    assert answer.json["code"] == "Unauthorized"


def test_a_revoked_token_is_refused_at_once(app: Flask, people: People) -> None:
    program = Program(app, people.alice)
    assert program.get("/me").json["login"] == "alice"

    with services_of(app).database.transaction() as session:
        revoke_tokens_of(session, people.alice.id, now=NOW)

    assert program.get("/me").status_code == 401


def test_an_expired_token_is_refused(app: Flask, people: People) -> None:
    program = Program(app)
    with services_of(app).database.transaction() as session:
        made = create_token(
            session, people.alice.id, "old", lasts=timedelta(days=1), now=NOW - timedelta(days=1)
        )
    program.token = made.secret

    assert program.get("/me").status_code == 401


def test_whoever_leaves_takes_their_programs_along(app: Flask, people: People) -> None:
    program = Program(app, people.alice)
    gu: Viewer = as_viewer(people.gu)

    with services_of(app).database.transaction() as session:
        off_board(session, gu, people.alice.id, LeavingPlan(), now=NOW)

    assert program.get("/me").status_code == 401


def test_new_roles_hold_from_the_next_request_on(app: Flask, people: People) -> None:
    program = Program(app, people.bob)
    assert program.get("/board").status_code == 200

    with services_of(app).database.transaction() as session:
        update_officer(session, people.bob.id, roles=["editor"])

    assert program.get("/board").status_code == 403
    assert program.get("/me").json["roles"] == ["editor"]


def test_another_department_sees_nothing_of_a_case(app: Flask, people: People) -> None:
    case_id = housing_case(app, people)
    alice, dai = Program(app, people.alice), Program(app, people.dai)
    bodies = {
        "notes": {"text": "x"},
        "return": {"basis": "x"},
        "kind": {"kind": "help"},
        "sensitive": {"sensitive": True},
    }
    bodies |= {
        "draft": {"text": "x", "version": 0},
        "submit": {"text": "x", "version": 0},
        "checks": {"text": "x"},
    }
    bodies |= {"hand-over": {"officer_id": people.dai.id}, "claim": {}, "withdraw": {}, "close": {}}

    foreign = dai.get(f"/cases/{case_id}")
    missing = dai.get("/cases/999999")
    answers = [
        dai.send(
            "PUT" if name in ("kind", "sensitive", "draft") else "POST", f"/cases/{case_id}/{name}", json=body
        )
        for name, body in bodies.items()
    ]

    assert alice.get(f"/cases/{case_id}").status_code == 200
    assert foreign.status_code == missing.status_code == 404
    assert foreign.json == missing.json
    assert {answer.status_code for answer in answers} == {404}
    assert dai.get("/cases").json["cases"] == []
    assert dai.get("/cases", query_string={"query": "路灯"}).json["total"] == 0


def test_the_use_of_a_token_is_noted_even_when_the_request_is_refused(app: Flask, people: People) -> None:
    program = Program(app, people.alice)

    assert program.get("/accounts").status_code == 403

    with services_of(app).database.reading() as session:
        assert tokens_of(session, people.alice.id)[0].last_used_at == NOW


def test_whoever_guesses_tokens_is_put_off(app: Flask, people: People) -> None:
    stranger = Program(app)

    statuses = [
        stranger.get("/me", headers={"Authorization": f"Bearer mh_{number}"}).status_code
        for number in range(32)
    ]

    assert statuses[:30] == [401] * 30
    assert statuses[30:] == [429] * 2


def test_what_nobody_described_is_problem_json_too(app: Flask, people: People) -> None:
    program = Program(app, people.alice)

    missing = program.get("/nowhere")
    wrong_method = program.send("DELETE", "/cases")

    assert (missing.status_code, wrong_method.status_code) == (404, 405)
    assert (
        missing.headers["Content-Type"] == wrong_method.headers["Content-Type"] == "application/problem+json"
    )
