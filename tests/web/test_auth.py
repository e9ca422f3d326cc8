"""Signing in and out, switching the language and the look."""

import re
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import unquote

import pytest
from flask import Flask

from routing.officers import disable_officer, set_password, update_officer
from tests.web.people import NOW, Browser, People

Open = Callable[..., Browser]
PASSWORD = "correct horse battery"


@pytest.fixture
def alice_has_a_password(app: Flask, people: People) -> People:
    with app.extensions["minhu"].database.transaction() as session:
        set_password(session, people.alice.id, PASSWORD)
    return people


def test_right_password_opens_the_page_that_was_asked_for(
    browser: Open, alice_has_a_password: People
) -> None:
    stranger = browser()

    asked = stranger.get("/profile?tab=1")
    answered = stranger.post("/sign-in", {"login": " Alice ", "password": PASSWORD, "next": "/profile?tab=1"})

    assert unquote(asked.headers["Location"]) == "/sign-in?next=/profile?tab=1"
    assert answered.status_code == 302
    assert answered.headers["Location"] == "/profile?tab=1"
    assert stranger.get("/profile").status_code == 200


@pytest.mark.parametrize(
    ("login", "password"), [("alice", "wrong"), ("nobody", PASSWORD), ("", ""), ("alice", "")]
)
def test_every_wrong_way_gets_the_same_sentence(
    browser: Open, alice_has_a_password: People, login: str, password: str
) -> None:
    stranger = browser()

    refused = stranger.post("/sign-in", {"login": login, "password": password})

    assert refused.status_code == 401
    assert "Login name and password do not fit" in refused.text
    assert stranger.get("/profile").status_code == 302


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "javascript:alert(1)",
        "\\\\evil.example",
        "/a\nb",
    ],
)
def test_sign_in_never_leads_to_another_site(
    browser: Open, alice_has_a_password: People, target: str
) -> None:
    answered = browser().post("/sign-in", {"login": "alice", "password": PASSWORD, "next": target})

    assert answered.status_code == 302
    assert re.match(r"^/[a-z]", answered.headers["Location"])


def test_ten_wrong_passwords_lock_the_account_even_for_the_right_one(
    app: Flask, browser: Open, alice_has_a_password: People
) -> None:
    for number in range(10):
        attacker = browser()
        attacker.client.post(
            "/sign-in",
            data={"csrf_token": attacker.token(), "login": "alice", "password": "wrong"},
            environ_base={"REMOTE_ADDR": f"10.0.0.{number}"},
        )

    assert browser().post("/sign-in", {"login": "alice", "password": PASSWORD}).status_code == 401


def test_eleventh_attempt_within_a_minute_from_one_address_is_put_off(browser: Open, people: People) -> None:
    stranger = browser()

    answers = [stranger.post("/sign-in", {"login": "x", "password": "y"}) for _ in range(11)]

    assert [answer.status_code for answer in answers] == [401] * 10 + [429]
    assert "Too many attempts" in answers[-1].text


def test_signing_in_keeps_nothing_of_the_session_before(browser: Open, alice_has_a_password: People) -> None:
    stranger = browser()
    before = stranger.token()
    with stranger.client.session_transaction() as cookie:
        cookie["planted"] = "by somebody else"

    stranger.post("/sign-in", {"login": "alice", "password": PASSWORD})

    with stranger.client.session_transaction() as cookie:
        assert "planted" not in cookie
    assert stranger.client.post("/profile/sessions/end", data={"csrf_token": before}).status_code == 400


def test_signing_out_ends_the_session(browser: Open, people: People) -> None:
    alice = browser(people.alice)

    alice.post("/sign-out")

    assert alice.get("/profile").status_code == 302


def test_copy_of_the_cookie_is_worth_nothing_after_signing_out(browser: Open, people: People) -> None:
    alice, thief = browser(people.alice), browser()
    cookie = alice.client.get_cookie("minhu")
    assert cookie is not None
    thief.client.set_cookie("minhu", cookie.value)
    assert thief.get("/profile").status_code == 200

    answered = alice.post("/sign-out")

    assert answered.headers["Clear-Site-Data"] == '"cache"'
    assert thief.get("/profile").status_code == 302


def test_signing_out_twice_is_no_error(browser: Open, people: People) -> None:
    alice = browser(people.alice)
    cookie = alice.client.get_cookie("minhu")
    assert cookie is not None
    alice.post("/sign-out")

    alice.client.set_cookie("minhu", cookie.value)

    assert alice.post("/sign-out").status_code in (302, 400)


def test_disabling_an_officer_kills_the_open_session(app: Flask, browser: Open, people: People) -> None:
    alice = browser(people.alice)
    assert alice.get("/profile").status_code == 200

    with app.extensions["minhu"].database.transaction() as session:
        disable_officer(session, people.alice.id, now=NOW)

    assert alice.get("/profile").status_code == 302


def test_new_roles_end_the_open_session(app: Flask, browser: Open, people: People) -> None:
    alice = browser(people.alice)

    with app.extensions["minhu"].database.transaction() as session:
        update_officer(session, people.alice.id, roles=["editor"])

    assert alice.get("/profile").status_code == 302


def test_session_ends_after_its_hours_however_busy(app: Flask, browser: Open, people: People) -> None:
    alice = browser(people.alice)
    services = app.extensions["minhu"]
    later = NOW + timedelta(hours=services.settings.session_hours)

    app.extensions["minhu"] = type(services)(services.runtime, lambda: later)

    assert alice.get("/profile").status_code == 302


def test_altered_cookie_is_nobody(browser: Open, people: People) -> None:
    alice = browser(people.alice)
    cookie = alice.client.get_cookie("minhu")
    assert cookie is not None

    alice.client.set_cookie("minhu", cookie.value[:-3] + "abc")

    assert alice.get("/profile").status_code == 302


def test_language_is_kept_in_the_browser(browser: Open, people: People) -> None:
    alice = browser(people.alice, locale="zh_CN")

    chinese = alice.get("/profile")
    answered = alice.post("/language", {"locale": "en", "next": "/profile"})
    english = alice.get("/profile")

    assert '<html lang="zh-CN"' in chinese.text
    assert "个人信息" in chinese.text
    assert answered.headers["Location"] == "/profile"
    assert '<html lang="en"' in english.text
    assert "My profile" in english.text


def test_unknown_language_and_look_change_nothing(browser: Open) -> None:
    stranger = browser(locale="zh_CN")

    stranger.post("/language", {"locale": "xx"})
    stranger.post("/look", {"theme": "pink"})

    page = stranger.get("/sign-in").text
    assert 'lang="zh-CN"' in page
    assert 'data-theme="auto"' in page


def test_look_is_kept_in_the_browser(browser: Open) -> None:
    stranger = browser()

    stranger.post("/look", {"theme": "dark"})

    assert 'data-bs-theme="dark"' in stranger.get("/sign-in").text


def test_form_without_token_is_refused_with_what_to_do(browser: Open, people: People) -> None:
    alice = browser(people.alice)

    refused = alice.client.post("/sign-out")

    assert refused.status_code == 400
    assert "copy what you wrote" in refused.text
    assert alice.get("/profile").status_code == 200


def test_htmx_may_carry_the_token_in_a_header(browser: Open, people: People) -> None:
    alice = browser(people.alice)

    answered = alice.client.post("/profile/sessions/end", headers={"X-CSRFToken": alice.token()})

    assert answered.status_code == 302
