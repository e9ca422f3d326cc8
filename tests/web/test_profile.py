"""The officer's own page: language, password, other browsers."""

from collections.abc import Callable

import pytest
from flask import Flask

from routing.officers import set_password, verify_password
from tests.web.people import NOW, Browser, People

Open = Callable[..., Browser]
OLD, NEW = "the old password", "a new password"


@pytest.fixture
def alice(app: Flask, people: People, browser: Open) -> Browser:
    with app.extensions["minhu"].database.transaction() as session:
        set_password(session, people.alice.id, OLD)
    return browser(people.alice)


def fits(app: Flask, password: str) -> bool:
    with app.extensions["minhu"].database.transaction() as session:
        return verify_password(session, "alice", password, now=NOW) is not None


def test_page_says_who_one_is(alice: Browser) -> None:
    page = alice.get("/profile").text

    assert "alice" in page
    assert "Housing Bureau" in page
    assert "Officer" in page


def test_new_password_needs_the_old_one(app: Flask, alice: Browser) -> None:
    refused = alice.post("/profile/password", {"old": "guessed", "new": NEW, "again": NEW})

    assert refused.status_code == 422
    assert "not your present password" in refused.text
    assert fits(app, OLD)


@pytest.mark.parametrize(
    ("new", "again", "sentence"), [(NEW, NEW + "x", "differ"), ("short", "short", "at least 8")]
)
def test_bad_new_password_changes_nothing(
    app: Flask, alice: Browser, new: str, again: str, sentence: str
) -> None:
    refused = alice.post("/profile/password", {"old": OLD, "new": new, "again": again})

    assert refused.status_code == 422
    assert sentence in refused.text
    assert fits(app, OLD)


def test_new_password_keeps_this_browser_and_ends_the_others(
    app: Flask, alice: Browser, people: People, browser: Open
) -> None:
    elsewhere = browser(people.alice)

    alice.post("/profile/password", {"old": OLD, "new": NEW, "again": NEW})

    assert fits(app, NEW)
    assert alice.get("/profile").status_code == 200
    assert elsewhere.get("/profile").status_code == 302


def test_other_browsers_can_be_signed_out(alice: Browser, people: People, browser: Open) -> None:
    elsewhere = browser(people.alice)

    alice.post("/profile/sessions/end")

    assert alice.get("/profile").status_code == 200
    assert elsewhere.get("/profile").status_code == 302


def test_language_is_kept_with_the_officer(alice: Browser, people: People, browser: Open) -> None:
    alice.post("/profile/language", {"locale": "en"})
    elsewhere = browser(people.alice)
    elsewhere.client.delete_cookie("locale")

    assert '<html lang="en"' in elsewhere.get("/profile").text
