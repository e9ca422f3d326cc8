"""The page of an officer's API tokens."""

import re
from collections.abc import Callable

from flask import Flask

from tests.web.api_program import Program
from tests.web.people import Browser, People

Open = Callable[..., Browser]


def test_made_once_shown_once_and_it_works(app: Flask, people: People, browser: Open) -> None:
    alice = browser(people.alice)

    empty = alice.get("/profile/tokens")
    made = alice.post("/profile/tokens", {"name": "台账同步", "days": "90"})
    listed = alice.get("/profile/tokens")
    found = re.search(r"mh_[\w-]{43}", made.text)

    assert "You have no tokens" in empty.text
    assert made.headers["Cache-Control"] == "no-store"
    assert found is not None
    assert found.group() not in listed.text
    assert found.group()[:9] in listed.text
    assert "台账同步" in listed.text
    program = Program(app)
    program.token = found.group()
    assert program.get("/me").json["login"] == "alice"


def test_revoked_with_one_click(app: Flask, people: People, browser: Open) -> None:
    program, alice = Program(app, people.alice), browser(people.alice)

    answer = alice.post("/profile/tokens/1/revoke", follow_redirects=True)

    assert "The token was revoked" in answer.text
    assert "You have no tokens" in answer.text
    assert program.get("/me").status_code == 401


def test_nobody_revokes_the_token_of_somebody_else(app: Flask, people: People, browser: Open) -> None:
    program = Program(app, people.alice)

    assert browser(people.bob).post("/profile/tokens/1/revoke").status_code == 404
    assert browser(people.bob).get("/profile/tokens").text.count("mh_") == 0
    assert program.get("/me").status_code == 200


def test_what_is_missing_is_asked_for(people: People, browser: Open) -> None:
    alice = browser(people.alice)

    nameless = alice.post("/profile/tokens", {"name": " ", "days": "90"})
    endless = alice.post("/profile/tokens", {"name": "x", "days": "99999"})

    assert nameless.status_code == endless.status_code == 422
    assert "Say in a few words which program it is for" in nameless.text
    assert "Choose how long it works" in endless.text
    assert "You have no tokens" in alice.get("/profile/tokens").text


def test_the_profile_leads_to_the_tokens(people: People, browser: Open) -> None:
    assert 'href="/profile/tokens"' in browser(people.alice).get("/profile").text
    assert "接口令牌" in browser(people.alice, locale="zh_CN").get("/profile/tokens").text
