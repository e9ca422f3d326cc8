"""Answering through the API: nothing is overwritten, nothing leaves unread by somebody else."""

import pytest
from flask import Flask

from routing.officers import create_officer
from tests.web.api_program import REPLY, Program, housing_case
from tests.web.people import NOW, People
from tests.web.ways_in import services_of


@pytest.fixture
def alice(app: Flask, people: People) -> Program:
    """Alice's program, officer of the housing bureau."""
    return Program(app, people.alice)


@pytest.fixture
def hua(app: Flask, people: People) -> Program:
    """The program of Hua, who writes and reviews in the housing bureau."""
    with services_of(app).database.transaction() as session:
        hua = create_officer(
            session,
            login="hua",
            name="华",
            roles=["officer", "reviewer"],
            department_id=people.housing.id,
            now=NOW,
        )
    return Program(app, hua)


@pytest.fixture
def feng(app: Flask, people: People) -> Program:
    """Feng's program, reviewer of the housing bureau."""
    return Program(app, people.feng)


@pytest.fixture
def path(app: Flask, people: People) -> str:
    """Where a case of the housing bureau is."""
    return f"/cases/{housing_case(app, people)}"


def test_saved_submitted_approved_and_delivered(alice: Program, feng: Program, path: str) -> None:
    saved = alice.put(f"{path}/draft", {"text": "您好", "version": 0})
    submitted = alice.post(f"{path}/submit", {"text": REPLY, "version": saved.json["version"]})
    approved = feng.post(f"{path}/approve", {"version": submitted.json["version"]})
    twice = feng.post(f"{path}/approve", {"version": submitted.json["version"]})
    shown = alice.get(path).json

    assert saved.json["state"] == "draft"
    assert submitted.json["state"] == "submitted"
    assert (approved.json["channel"], approved.json["state"]) == ("tracking", "delivered")
    assert twice.json["id"] == approved.json["id"]
    assert shown["case"]["state"] == "replied"
    assert shown["replies"][0]["text"] == REPLY
    assert shown["replies"][0]["reviews"][0]["decision"] == "approve"


def test_a_stale_save_gives_both_texts_and_overwrites_nothing(
    alice: Program, hua: Program, path: str
) -> None:
    first = alice.put(f"{path}/draft", {"text": "艾丽丝的话", "version": 0}).json

    stale = hua.put(f"{path}/draft", {"text": "华的话", "version": 0})
    joined = hua.put(f"{path}/draft", {"text": "艾丽丝的话，华的话", "version": stale.json["saved_version"]})

    assert stale.status_code == 409
    assert stale.headers["Content-Type"] == "application/problem+json"
    assert stale.json["code"] == "StaleDraft"
    assert (stale.json["saved_by"], stale.json["saved_version"]) == ("艾丽丝", first["version"])
    assert (stale.json["saved_text"], stale.json["your_text"]) == ("艾丽丝的话", "华的话")
    assert joined.json["version"] == first["version"] + 1


def test_a_refused_save_leaves_nothing_behind(alice: Program, hua: Program, path: str) -> None:
    alice.put(f"{path}/draft", {"text": "甲", "version": 0})
    before = alice.get(path)

    hua.put(f"{path}/draft", {"text": "乙", "version": 0})
    hua.put(f"{path}/draft", {"text": "丙" * 20_000, "version": 1})
    after = alice.get(path, headers={"If-None-Match": before.headers["ETag"]})

    assert after.status_code == 304


@pytest.mark.parametrize(("text", "code"), [("", "empty"), ("您好，请致电{电话}。", "placeholders")])
def test_what_is_unfinished_is_not_submitted(alice: Program, path: str, text: str, code: str) -> None:
    refused = alice.post(f"{path}/submit", {"text": text, "version": 0})

    assert (refused.status_code, refused.json["code"]) == (422, "ReplyIncomplete"), code
    assert alice.get(path).json["replies"] == []


def test_nobody_approves_words_of_their_own(alice: Program, hua: Program, feng: Program, path: str) -> None:
    saved = hua.put(f"{path}/draft", {"text": "您好", "version": 0}).json
    submitted = alice.post(f"{path}/submit", {"text": REPLY, "version": saved["version"]}).json

    own = hua.post(f"{path}/approve", {"version": submitted["version"]})
    not_reviewer = alice.post(f"{path}/approve", {"version": submitted["version"]})

    assert (own.status_code, own.json["code"]) == (403, "SelfReview")
    assert not_reviewer.status_code == 403
    assert alice.get(path).json["case"]["state"] == "in_review"
    assert feng.post(f"{path}/approve", {"version": submitted["version"]}).status_code == 200


def test_only_the_version_that_was_read_is_approved(alice: Program, feng: Program, path: str) -> None:
    submitted = alice.post(f"{path}/submit", {"text": REPLY, "version": 0}).json
    alice.post(f"{path}/withdraw")
    again = alice.post(f"{path}/submit", {"text": REPLY + "祝好。", "version": submitted["version"]}).json

    stale = feng.post(f"{path}/approve", {"version": submitted["version"]})

    assert (stale.status_code, stale.json["code"]) == (409, "StaleDraft")
    assert stale.json["saved_version"] == again["version"]
    assert feng.get(path).json["case"]["state"] == "in_review"


def test_sent_back_with_the_reason_and_withdrawn(alice: Program, feng: Program, path: str) -> None:
    submitted = alice.post(f"{path}/submit", {"text": REPLY, "version": 0}).json

    no_reason = feng.post(f"{path}/send-back", {"version": submitted["version"], "reason": ""})
    back = feng.post(f"{path}/send-back", {"version": submitted["version"], "reason": "请写明日期"})
    too_late = alice.post(f"{path}/withdraw")
    review = alice.get(path).json["replies"][0]["reviews"][0]

    assert no_reason.status_code == 422
    assert back.json["state"] == "draft"
    assert too_late.status_code == 409
    assert (review["reviewer"], review["reason"]) == ("冯静", "请写明日期")


def test_a_case_without_reply_cannot_be_approved_or_closed(alice: Program, feng: Program, path: str) -> None:
    assert feng.post(f"{path}/approve", {"version": 0}).json["code"] == "WrongState"
    assert alice.post(f"{path}/close").json["code"] == "WrongState"


def test_checks_object_to_words_and_save_nothing(alice: Program, path: str) -> None:
    checked = alice.post(f"{path}/checks", {"text": "我们高度重视，将尽快处理。"}).json

    assert 0 <= checked["answers"] <= 1
    assert {"empty_phrase", "vague_promise"} <= {finding["rule"] for finding in checked["findings"]}
    assert alice.get(path).json["replies"] == []
