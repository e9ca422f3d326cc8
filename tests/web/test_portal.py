"""The citizen's first page, the form and the receipt: no account, no trap for people, one case a message."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from inbox.channels.portal import MAX_FORM_LENGTH
from tests.web.people import Browser, People
from tests.web.ways_in import cases_of, messages_of, open_accounts

Open = Callable[..., Browser]
FORM_ID = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def citizen(app: Flask, browser: Open) -> Browser:
    open_accounts(app)
    return browser()


def send(citizen: Browser, text: str = "人民路路灯坏了三天", **typed: str) -> TestResponse:
    return citizen.post("/write", {"form_id": FORM_ID, "text": text, **typed})


def test_the_first_page_offers_writing_tracking_and_looking_up_and_staff_a_way_in(citizen: Browser) -> None:
    page = citizen.get("/").text

    for address in ('href="/write"', 'action="/track"', 'action="/answers"', 'href="/sign-in"'):
        assert address in page


def test_an_officer_is_sent_from_the_first_page_to_work(browser: Open, people: People) -> None:
    answer = browser(people.alice).get("/")

    assert answer.status_code == 302
    assert answer.headers["Location"] != "/"


def test_a_message_gets_a_tracking_code_on_a_page_to_keep(app: Flask, citizen: Browser) -> None:
    sent = send(citizen, title="路灯不亮", place="人民路", name="王某", contact="0000-6000009")

    receipt = citizen.get(sent.headers["Location"])
    case, message = cases_of(app)[0], messages_of(app)[0]
    assert sent.status_code == 303
    assert f"<code>{case.tracking_code}</code>" in receipt.text
    assert f'data-copy="{case.tracking_code}"' in receipt.text
    assert "data-print" in receipt.text
    assert "人民路路灯坏了三天" in receipt.text
    assert (case.title, message.place, message.contact) == ("路灯不亮", "人民路", "0000-6000009")
    assert receipt.headers["X-Robots-Tag"].startswith("noindex")
    assert "no-store" in receipt.headers["Cache-Control"]


def test_nothing_but_the_text_is_needed(app: Flask, citizen: Browser) -> None:
    send(citizen)

    (case,) = cases_of(app)
    assert case.author_name is None
    assert case.author_ref is None


def test_a_double_click_is_one_case(app: Flask, citizen: Browser) -> None:
    first, second = send(citizen), send(citizen)

    assert first.headers["Location"] == second.headers["Location"]
    assert len(cases_of(app)) == 1


def test_going_back_and_writing_something_else_is_a_second_message(app: Flask, citizen: Browser) -> None:
    send(citizen)
    send(citizen, "井盖也丢了")

    assert [m.text for m in messages_of(app)] == ["人民路路灯坏了三天", "井盖也丢了"]


def test_a_form_identifier_that_we_did_not_make_is_replaced(app: Flask, citizen: Browser) -> None:
    answer = citizen.post("/write", {"form_id": "../x" * 100, "text": "路灯坏了"})

    assert answer.status_code == 303
    assert re.fullmatch(r"portal-[0-9a-f]{32}-[0-9a-f]{16}", messages_of(app)[0].external_id)


@pytest.mark.parametrize("text", ["", "  \n ", "\u200b\ufeff"])
def test_an_empty_text_is_refused_with_what_was_typed_beside_it(
    app: Flask, citizen: Browser, text: str
) -> None:
    answer = send(citizen, text, place="人民路")

    assert answer.status_code == 422
    assert 'value="人民路"' in answer.text
    assert 'role="alert"' in answer.text
    assert messages_of(app) == []


def test_a_text_of_a_megabyte_is_refused_and_kept_in_the_form(app: Flask, citizen: Browser) -> None:
    answer = send(citizen, "长" * 350_000)

    assert answer.status_code == 422
    assert answer.text.count("长") >= 350_000
    assert "350000 characters" in answer.text
    assert messages_of(app) == []


def test_the_longest_text_of_emoji_is_taken(app: Flask, citizen: Browser) -> None:
    answer = send(citizen, "😀" * MAX_FORM_LENGTH)

    assert answer.status_code == 303
    assert messages_of(app)[0].text == "😀" * MAX_FORM_LENGTH


def test_bytes_that_are_no_text_become_a_readable_message(app: Flask, citizen: Browser) -> None:
    body = f"csrf_token={citizen.token()}&form_id={FORM_ID}&text=%C2%B7%ED%A0%BD%FF%00%E8%B7%AF%E7%81%AF"
    answer = citizen.client.post("/write", data=body, content_type="application/x-www-form-urlencoded")

    assert answer.status_code == 303
    assert "路灯" in messages_of(app)[0].text
    assert "\x00" not in messages_of(app)[0].text


def test_what_a_citizen_writes_never_becomes_markup(citizen: Browser) -> None:
    sent = send(citizen, "<script>alert(1)</script>", title='"><img src=x>')

    page = citizen.get(sent.headers["Location"]).text
    assert "<script>alert" not in page
    assert "<img src=x" not in page


def test_the_trap_asks_a_person_to_send_once_more_and_keeps_the_words(app: Flask, citizen: Browser) -> None:
    caught = send(citizen, homepage="https://spam.example")

    assert caught.status_code == 422
    assert "人民路路灯坏了三天" in caught.text
    assert "spam.example" not in caught.text
    assert messages_of(app) == []
    assert send(citizen).status_code == 303


def test_the_eleventh_message_within_a_minute_is_put_off_with_its_words_kept(
    app: Flask, citizen: Browser
) -> None:
    answers = [send(citizen, f"第{number}件事") for number in range(11)]

    assert [a.status_code for a in answers] == [303] * 10 + [429]
    assert "第10件事" in answers[10].text
    assert len(messages_of(app)) == 10


def test_a_form_without_its_token_is_refused(app: Flask, citizen: Browser) -> None:
    answer = citizen.client.post("/write", data={"form_id": FORM_ID, "text": "路灯坏了"})

    assert answer.status_code == 400
    assert messages_of(app) == []


def test_without_an_open_portal_the_form_says_so_and_a_message_is_refused(browser: Open) -> None:
    citizen = browser()

    assert "The form is closed at the moment" in citizen.get("/write").text
    assert send(citizen).status_code == 404


def test_the_form_says_who_reads_it_and_needs_no_account(citizen: Browser) -> None:
    page = citizen.get("/write").text

    assert "Who reads this" in page
    assert "captcha" not in page.lower()
    assert page.count(" required") == 1
