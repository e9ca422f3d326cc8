"""Answering: a draft that is never lost, answers that are inserted, checks, and a second pair of eyes."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlmodel import select

from inbox.models import CaseState, ReplyState
from inbox.replies import save_draft, submit_reply
from inbox.returns import Grounds, ask_return, uphold_return
from knowledge_base.models import ArticleUse
from tests.web.office import LIFT, Office
from tests.web.people import Browser, People

Open = Callable[..., Browser]
TEXT = "石栖陈阿姨您好，物业已于11月19日修好电梯，电话0000-6000001。"
OTHERS = "您好，电梯配件已到，11月21日前修好，电话0000-6000001。"


@pytest.fixture
def office(app: Flask, people: People) -> Office:
    """An office at work."""
    return Office(app, people)


@pytest.fixture
def case(office: Office) -> int:
    """A complaint about a lift, at the housing bureau."""
    return office.receive(LIFT)[0]


def test_a_message_is_answered_end_to_end(office: Office, people: People, browser: Open, case: int) -> None:
    browser(people.alice).post(f"/cases/{case}/claim")
    browser(people.alice).post(f"/cases/{case}/reply", {"text": TEXT, "revision": 0, "do": "submit"})
    version = office.reply(case).version
    browser(people.feng).post(f"/reviews/{case}/approve", {"version": version})

    assert office.case(case).state == CaseState.REPLIED
    assert office.events(case)[-2:] == ["approved", "delivered"]


def test_what_is_typed_is_saved_by_itself_and_is_there_in_the_next_browser(
    office: Office, people: People, browser: Open, case: int
) -> None:
    first = browser(people.alice).post(f"/cases/{case}/draft", {"text": "写到一半", "revision": 0})

    assert first.json == {"revision": 1}
    assert "写到一半" in browser(people.alice).get(f"/cases/{case}").text
    assert office.case(case).state == CaseState.DRAFTING


def test_saving_the_same_words_again_changes_nothing(
    office: Office, people: People, browser: Open, case: int
) -> None:
    visitor = browser(people.alice)
    for _ in range(3):
        answer = visitor.post(f"/cases/{case}/draft", {"text": TEXT, "revision": 0, "suggestion_id": ""})

        assert answer.json == {"revision": 1}


def test_an_inserted_answer_is_counted_once_however_often_the_draft_saves_itself(
    office: Office, people: People, browser: Open, case: int
) -> None:
    visitor = browser(people.alice)
    visitor.post(f"/cases/{case}/draft", {"text": "标准答案", "revision": 0, "suggestion_id": 1})
    visitor.post(f"/cases/{case}/draft", {"text": "标准答案，再加一句", "revision": 1, "suggestion_id": 1})

    assert office.reply(case).article_id == 1
    assert office.reply(case).inserted_text == "标准答案"


def test_a_stale_save_by_itself_is_refused_with_the_other_text(
    office: Office, people: People, browser: Open, case: int
) -> None:
    office.do(save_draft, office.viewer(office.anna), case, OTHERS, expected_version=0)

    refused = browser(people.alice).post(f"/cases/{case}/draft", {"text": TEXT, "revision": 0})

    assert refused.status_code == 409
    assert refused.json is not None
    assert refused.json["text"] == OTHERS
    assert office.reply(case).text == OTHERS


@pytest.mark.parametrize("pressed", ["save", "submit"])
def test_two_officers_at_once_see_both_texts_and_lose_nothing(
    office: Office, people: People, browser: Open, case: int, pressed: str
) -> None:
    visitor = browser(people.alice)
    office.do(save_draft, office.viewer(office.anna), case, OTHERS, expected_version=0)

    both = visitor.post(f"/cases/{case}/reply", {"text": TEXT, "revision": 0, "do": pressed})

    assert both.status_code == 409
    assert TEXT in both.text
    assert OTHERS in both.text
    assert "安娜" in both.text

    joined = visitor.post(f"/cases/{case}/reply", {"text": TEXT + OTHERS, "revision": 1})
    assert joined.status_code == 303
    assert office.reply(case).text == TEXT + OTHERS


def test_a_suggested_answer_is_inserted_without_scripts_and_keeps_what_was_typed(
    office: Office, people: People, browser: Open, case: int
) -> None:
    visitor = browser(people.alice)

    answer = visitor.post(f"/cases/{case}/reply", {"text": "您好！", "revision": 0, "insert": 1})

    assert answer.status_code == 303
    text = office.reply(case).text
    assert text.startswith("您好！\n\n石栖陈阿姨您好")
    assert "{电话}" in text
    assert office.reply(case).article_id == 1


def test_an_answer_that_does_not_fit_is_put_away_and_the_words_are_kept(
    office: Office, people: People, browser: Open, case: int
) -> None:
    visitor = browser(people.alice)

    visitor.post(f"/cases/{case}/reply", {"text": "自己写", "revision": 0, "reject": 1})
    page = visitor.get(f"/cases/{case}").text

    assert "小区电梯坏了找谁修" not in page
    assert office.reply(case).text == "自己写"
    with office.database.reading() as session:
        assert session.exec(select(ArticleUse.rejected).where(ArticleUse.article_id == 1)).one() == 1


def test_who_cannot_write_is_offered_no_answer_to_insert(
    office: Office, people: People, browser: Open, case: int
) -> None:
    page = browser(people.feng).get(f"/cases/{case}").text

    assert "小区电梯坏了找谁修" in page
    assert 'name="insert"' not in page
    assert 'name="reject"' not in page


def test_a_gap_keeps_the_reply_from_review_but_keeps_the_words(
    office: Office, people: People, browser: Open, case: int
) -> None:
    answer = browser(people.alice).post(
        f"/cases/{case}/reply", {"text": "请拨打{电话}联系物业。", "revision": 0, "do": "submit"}
    )

    assert answer.status_code == 422
    assert "gaps" in answer.text
    assert "请拨打{电话}联系物业。" in answer.text
    assert office.reply(case).text == "请拨打{电话}联系物业。"
    assert office.reply(case).state == ReplyState.DRAFT


def test_an_empty_reply_is_not_submitted(office: Office, people: People, browser: Open, case: int) -> None:
    answer = browser(people.alice).post(f"/cases/{case}/reply", {"text": " ", "revision": 0, "do": "submit"})

    assert answer.status_code == 422
    assert office.case(case).state != CaseState.IN_REVIEW


def test_a_double_click_submits_once(office: Office, people: People, browser: Open, case: int) -> None:
    visitor = browser(people.alice)
    answers = [
        visitor.post(f"/cases/{case}/reply", {"text": TEXT, "revision": 0, "do": "submit"}).status_code
        for _ in range(2)
    ]

    assert answers == [303, 303]
    assert office.events(case).count("submitted") == 1


def test_words_for_a_case_that_has_moved_on_are_handed_back(
    office: Office, people: People, browser: Open, case: int
) -> None:
    office.do(submit_reply, office.viewer(office.anna), case, OTHERS, expected_version=0)

    answer = browser(people.alice).post(f"/cases/{case}/reply", {"text": TEXT, "revision": 1, "do": "save"})

    assert answer.status_code == 409
    assert TEXT in answer.text
    assert "moved on" in answer.text


def test_words_that_are_too_long_are_handed_back_whole(
    office: Office, people: People, browser: Open, case: int
) -> None:
    long = "电梯" * 6000

    answer = browser(people.alice).post(f"/cases/{case}/reply", {"text": long, "revision": 0, "do": "save"})

    assert answer.status_code == 422
    assert long in answer.text


def test_the_author_takes_a_submitted_reply_back(
    office: Office, people: People, browser: Open, case: int
) -> None:
    visitor = browser(people.alice)
    office.do(submit_reply, office.viewer(people.alice), case, TEXT, expected_version=0)
    assert "Take it back to edit" in visitor.get(f"/cases/{case}").text
    assert "Take it back to edit" not in browser(office.anna).get(f"/cases/{case}").text

    visitor.post(f"/cases/{case}/reply/withdraw")

    assert office.case(case).state == CaseState.DRAFTING
    assert browser(office.anna).post(f"/cases/{case}/reply/withdraw").status_code == 409


def test_checks_answer_with_the_words_they_object_to(
    office: Office, people: People, browser: Open, case: int
) -> None:
    visitor = browser(people.alice)

    found = visitor.post(
        f"/cases/{case}/checks", {"text": "我们高度重视，将尽快处理，请打13812345678。"}
    ).text
    nothing = visitor.post(f"/cases/{case}/checks", {"text": ""}).text

    for word in ("高度重视", "尽快", "13812345678"):
        assert f"<mark>{word}</mark>" in found
    assert nothing.strip() == ""
    assert office.case(case).state == CaseState.ASSIGNED


def test_only_officers_of_the_department_may_write(
    office: Office, people: People, browser: Open, case: int
) -> None:
    for person, status in ((people.dai, 404), (people.erin, 403), (people.feng, 403)):
        answer = browser(person).post(f"/cases/{case}/draft", {"text": TEXT, "revision": 0})

        assert answer.status_code == status


def test_the_reason_of_a_reviewer_stands_above_the_reply(
    office: Office, people: People, browser: Open, case: int
) -> None:
    office.do(submit_reply, office.viewer(people.alice), case, TEXT, expected_version=0)
    version = office.reply(case).version
    browser(people.feng).post(f"/reviews/{case}/send-back", {"version": version, "reason": "请写明修理单位"})

    page = browser(people.alice).get(f"/cases/{case}").text

    assert "请写明修理单位" in page
    assert page.index("请写明修理单位") < page.index('id="reply-text"')


def test_a_draft_survives_a_return_to_the_desk(
    office: Office, people: People, browser: Open, case: int
) -> None:
    alice = office.viewer(people.alice)
    office.do(save_draft, alice, case, TEXT, expected_version=0)
    asked = office.do(ask_return, alice, case, Grounds("第三条"))
    office.do(uphold_return, office.viewer(people.erin), asked.id, department_id=None)

    assert TEXT in browser(people.erin).get(f"/cases/{case}").text
