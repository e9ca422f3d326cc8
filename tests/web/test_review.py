"""The review queue: nobody approves words of their own, and nothing is approved unread."""

from collections.abc import Callable

import pytest
from flask import Flask

from inbox.models import CaseState
from inbox.replies import save_draft, send_back_reply, submit_reply, withdraw_reply
from tests.web.office import LIFT, Office
from tests.web.people import Browser, People

Open = Callable[..., Browser]
TEXT = "物业会尽快修好电梯，电话0000-6000001。"
BETTER = "物业将于11月21日前修好电梯，电话0000-6000001。"


@pytest.fixture
def office(app: Flask, people: People) -> Office:
    """An office at work."""
    return Office(app, people)


@pytest.fixture
def case(office: Office, people: People) -> int:
    """A case whose reply waits for review."""
    (case_id,) = office.receive(LIFT)
    office.do(submit_reply, office.viewer(people.alice), case_id, TEXT, expected_version=0)
    return case_id


def test_the_queue_shows_question_reply_and_checks(
    office: Office, people: People, browser: Open, case: int
) -> None:
    page = browser(people.feng).get("/reviews").text

    assert "小区电梯坏了三天没人修" in page
    assert "<mark>尽快</mark>" in page
    assert "Approve and send" in page


def test_approving_sends_the_reply_and_opens_the_next(
    office: Office, people: People, browser: Open, case: int
) -> None:
    (other,) = office.receive("另一部电梯坏了，物业不管")
    office.do(submit_reply, office.viewer(people.alice), other, TEXT, expected_version=0)
    visitor = browser(people.feng)

    answer = visitor.post(f"/reviews/{case}/approve", {"version": office.reply(case).version, "then": other})

    assert answer.location == f"/reviews?case={other}"
    assert office.case(case).state == CaseState.REPLIED


def test_approving_twice_sends_once(office: Office, people: People, browser: Open, case: int) -> None:
    visitor, version = browser(people.feng), office.reply(case).version
    for _ in range(2):
        assert visitor.post(f"/reviews/{case}/approve", {"version": version}).status_code == 303

    assert office.events(case).count("delivered") == 1


def test_nobody_sees_an_approve_button_on_words_of_their_own(
    office: Office, people: People, browser: Open
) -> None:
    (case,) = office.receive(LIFT)
    anna = office.viewer(office.anna)
    office.do(save_draft, anna, case, "先写一句", expected_version=0)
    office.do(submit_reply, office.viewer(people.alice), case, TEXT, expected_version=1)
    visitor = browser(office.anna)

    page = visitor.get(f"/reviews?case={case}").text

    assert "Approve and send" not in page
    assert "You wrote a part of this reply" in page
    assert "Review the reply" not in visitor.get(f"/cases/{case}").text
    assert (
        visitor.post(f"/reviews/{case}/approve", {"version": office.reply(case).version}).status_code == 403
    )
    assert office.case(case).state == CaseState.IN_REVIEW


def test_a_reply_that_changed_since_it_was_read_is_not_approved(
    office: Office, people: People, browser: Open, case: int
) -> None:
    read = office.reply(case).version
    alice = office.viewer(people.alice)
    office.do(withdraw_reply, alice, case)
    office.do(submit_reply, alice, case, BETTER, expected_version=read)

    answer = browser(people.feng).post(f"/reviews/{case}/approve", {"version": read})

    assert answer.status_code == 409
    assert BETTER in answer.text
    assert office.case(case).state == CaseState.IN_REVIEW


def test_sending_back_needs_a_reason_and_keeps_what_was_typed(
    office: Office, people: People, browser: Open, case: int
) -> None:
    visitor, version = browser(people.feng), office.reply(case).version

    refused = visitor.post(f"/reviews/{case}/send-back", {"version": version, "reason": " "})
    done = visitor.post(f"/reviews/{case}/send-back", {"version": version, "reason": "请写明日期"})

    assert refused.status_code == 422
    assert "Write what should be changed" in refused.text
    assert done.status_code == 303
    assert office.case(case).state == CaseState.DRAFTING


def test_the_second_look_shows_what_changed_since_the_first(
    office: Office, people: People, browser: Open, case: int
) -> None:
    version = office.reply(case).version
    office.do(send_back_reply, office.viewer(people.feng), case, version=version, reason="请写明日期")
    office.do(submit_reply, office.viewer(people.alice), case, BETTER, expected_version=version)

    page = browser(people.feng).get(f"/reviews?case={case}").text

    assert "Changed since the last review" in page
    assert "<del>" in page
    assert "11月21日前" in page
    assert "请写明日期" in page


def test_words_sent_back_and_not_changed_are_called_so(
    office: Office, people: People, browser: Open, case: int
) -> None:
    version = office.reply(case).version
    office.do(send_back_reply, office.viewer(people.feng), case, version=version, reason="请写明日期")
    office.do(submit_reply, office.viewer(people.alice), case, TEXT, expected_version=version)

    assert "Not a word was changed" in browser(people.feng).get(f"/reviews?case={case}").text


def test_the_queue_is_empty_with_a_way_on(office: Office, people: People, browser: Open) -> None:
    page = browser(people.feng).get("/reviews").text

    assert "Nothing waits for review" in page
    assert 'href="/inbox"' in page


def test_a_decided_reply_says_so(office: Office, people: People, browser: Open, case: int) -> None:
    visitor = browser(people.feng)
    visitor.post(f"/reviews/{case}/approve", {"version": office.reply(case).version})

    page = visitor.get(f"/reviews?case={case}").text

    assert "not waiting for review any more" in page
    assert "Approve and send" not in page


def test_only_reviewers_of_the_department_come_in(
    office: Office, people: People, browser: Open, case: int
) -> None:
    assert browser(people.alice).get("/reviews").status_code == 403
    assert browser(people.erin).get("/reviews").status_code == 403
    assert browser(people.dai).post(f"/reviews/{case}/approve", {"version": 1}).status_code == 403
