"""The pages of accounts: list, changes, secrets, the example of a push."""

import re
import subprocess
import sys
from collections.abc import Callable
from html import unescape

import pytest
from flask import Flask

from inbox.accounts import get_account
from inbox.channels.push import sign
from tests.web.people import Browser, People
from web.push_example import push_examples

Open = Callable[..., Browser]
WECHAT = {"code": "housing-wechat", "name": "住建发布", "platform": "wechat", "state": "active"}


@pytest.fixture
def gu(people: People, browser: Open) -> Browser:
    return browser(people.gu)


def secret_in(page: str) -> str:
    found = re.search(r"<dt>Secret</dt><dd>([^<]+)</dd>", page)
    assert found is not None, page
    return unescape(found.group(1))


def test_empty_list_says_what_to_do(gu: Browser) -> None:
    assert "Register the first one" in gu.get("/accounts").text


def test_new_account_shows_its_secret_once(app: Flask, gu: Browser, people: People) -> None:
    made = gu.post("/accounts/new", {**WECHAT, "department_id": people.housing.id})

    assert made.headers["Cache-Control"] == "no-store"
    with app.extensions["minhu"].database.reading() as session:
        account = get_account(session, "housing-wechat")
    assert secret_in(made.text) == account.push_secret
    assert str(account.push_secret) not in gu.get("/accounts/housing-wechat").text
    assert "Housing Bureau" in gu.get("/accounts").text


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"code": "住建"}, "small Latin letters"),
        ({"code": ""}, "small Latin letters"),
        ({"name": ""}, "A name is needed."),
        ({"platform": "myspace"}, "Choose a platform."),
        ({"state": "lost"}, "Choose a state."),
        ({"callback_url": "javascript:alert(1)"}, "begins with https://"),
    ],
)
def test_refused_form_says_why(gu: Browser, change: dict[str, str], sentence: str) -> None:
    refused = gu.post("/accounts/new", {**WECHAT, **change})

    assert refused.status_code == 422
    assert sentence in refused.text


def test_code_is_taken_once(gu: Browser) -> None:
    gu.post("/accounts/new", WECHAT)

    again = gu.post("/accounts/new", WECHAT)

    assert again.status_code == 409
    assert "housing-wechat exists already" in again.text


def test_account_is_changed_but_never_its_code(app: Flask, gu: Browser, people: People) -> None:
    gu.post("/accounts/new", WECHAT)

    gu.post("/accounts/housing-wechat", {**WECHAT, "code": "other", "state": "closed", "handle": "zhujian"})

    with app.extensions["minhu"].database.reading() as session:
        account = get_account(session, "housing-wechat")
    assert account.state == "closed"
    assert account.handle == "zhujian"


def test_secret_changes_only_after_the_question(app: Flask, gu: Browser) -> None:
    old = secret_in(gu.post("/accounts/new", WECHAT).text)

    asked = gu.get("/accounts/housing-wechat/secret")
    new = secret_in(gu.post("/accounts/housing-wechat/secret").text)

    assert "stops working at once" in asked.text
    assert new != old


def test_dispatcher_reads_but_sees_no_way_to_the_secret(people: People, browser: Open, gu: Browser) -> None:
    gu.post("/accounts/new", WECHAT)
    erin = browser(people.erin)

    assert "New secret" not in erin.get("/accounts/housing-wechat").text
    assert erin.get("/accounts/housing-wechat/secret").status_code == 403
    assert erin.post("/accounts/housing-wechat/secret").status_code == 403


def test_unknown_account_is_a_page_with_what_to_do(gu: Browser) -> None:
    assert gu.get("/accounts/nowhere").status_code == 404


def test_copied_python_example_signs_as_the_protocol_asks() -> None:
    example = next(
        e.text for e in push_examples("http://localhost:1", "housing-wechat") if e.language == "Python"
    )
    program = example.replace('"…"', '"secret"').replace(
        "print(urllib.request.urlopen(request)", "print((request)"
    )
    program = program.split("print(")[0] + (
        "import json as j; print(j.dumps([at, nonce, body.decode(), dict(request.header_items()), request.full_url]))"
    )

    out = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, text=True).stdout
    at, nonce, body, headers, url = __import__("json").loads(out)

    assert url == "http://localhost:1/api/push/housing-wechat"
    assert headers["X-minhu-signature"] == sign("secret", at, nonce, body.encode())


def test_copied_shell_example_signs_as_the_protocol_asks() -> None:
    example = next(
        e.text for e in push_examples("http://localhost:1", "housing-wechat") if e.language == "Shell"
    )
    program = example.replace("SECRET='…'", "SECRET='secret'").split("curl ")[0]
    program += 'printf \'%s\\n%s\\n%s\\n%s\' "$AT" "$NONCE" "$SIGNATURE" "$BODY"'

    out = subprocess.run(["bash", "-c", program], capture_output=True, check=True, text=True).stdout
    at, nonce, signature, body = out.split("\n", 3)

    assert signature == sign("secret", at, nonce, body.encode())
