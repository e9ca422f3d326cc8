"""The pages of alarms, watched words, transfers, what was set aside, and topics."""

from typing import Any

import pytest
from sqlmodel import select

from inbox.intake import Submission, receive_messages
from inbox.models import Account, Case, CaseState, Platform
from inbox.risk_models import Alarm, Transfer
from inbox.topic_watch import make_digest, refresh_topics
from inbox.triage import triage_cases
from web.runtime import Runtime, utc_now

TEXTS = (
    "小区三栋有人站在楼顶要跳楼，快来人救命",
    "代开各类发票，低息贷款秒到账，加微信：fapiao888",
    *(f"柳渡工业园化工厂半夜排放臭气，熏得睡不着，第{n}天了" for n in range(5)),
)


@pytest.fixture
def cases(runtime: Runtime, people: Any, defaults: Any) -> list[int]:
    """Somebody in danger, an advert, and neighbours of a factory have written."""
    with runtime.database.transaction() as session:
        account = Account(code="wall", name="留言板", platform=Platform.PORTAL, created_at=utc_now())
        session.add(account)
        session.flush()
        sent = [Submission(f"a-{n}", text, b"raw") for n, text in enumerate(TEXTS)]
        ids = [receipt.case_id for receipt in receive_messages(session, account, sent, now=utc_now()).new]
        triage_cases(session, ids, runtime.knowledge.tools(session, now=utc_now()), now=utc_now())
        refresh_topics(session, now=utc_now())
        make_digest(session, now=utc_now())
    return ids


def test_an_alarm_is_acknowledged_and_handed_on(
    browser: Any, people: Any, runtime: Runtime, cases: list[int]
) -> None:
    erin = browser(people.erin)
    with runtime.database.reading() as session:
        alarm = session.exec(select(Alarm).where(Alarm.case_id == cases[0])).one()
    assert f"/alarms/{alarm.id}/acknowledge" in erin.get("/alarms").text

    erin.post(f"/alarms/{alarm.id}/acknowledge")
    assert f"/alarms/{alarm.id}/acknowledge" not in erin.get("/alarms").text
    assert "Erin" in erin.get("/alarms?show=past").text

    page = f"/cases/{cases[0]}/transfer"
    assert erin.post(page, data={"recipient": "", "reason": ""}).status_code == 422
    erin.post(page, data={"recipient": "县公安局", "reason": "请求出警", "way": "110"})
    with runtime.database.reading() as session:
        made = session.exec(select(Transfer)).one()
    erin.post(f"/transfers/{made.id}/receipt", data={"receipt": "值班员0231"})
    assert "值班员0231" in erin.get(f"/transfers/{made.id}").text
    assert "县公安局" in erin.get("/transfers").text
    assert "县公安局" in erin.get(page).text


def test_words_are_tried_added_and_removed(browser: Any, people: Any, cases: list[int]) -> None:
    bob = browser(people.bob)

    assert "<mark>自＊殺</mark>" in bob.post("/watched-words/try", data={"text": "他说要自＊殺"}).text
    bob.post("/watched-words", data={"word": "尾矿库溃坝", "tag": "danger", "effect": "mark"})
    assert "尾矿库溃坝" in bob.get("/watched-words").text
    assert bob.post("/watched-words", data={"word": "x", "tag": "danger"}).status_code == 422
    bob.post("/watched-words/minutes", data={"danger": 7, "harmful": 20})
    assert 'value="7"' in bob.get("/watched-words").text
    assert browser(people.alice).get("/watched-words").status_code == 403


def test_what_was_set_aside_is_listed_with_its_reason_and_comes_back(
    browser: Any, people: Any, runtime: Runtime, cases: list[int]
) -> None:
    erin = browser(people.erin)
    page = erin.get("/set-aside").text
    assert "<mark>" in page

    erin.post(f"/cases/{cases[1]}/take-back")

    with runtime.database.reading() as session:
        assert session.get_one(Case, cases[1]).state == CaseState.TRIAGE_DESK
    assert "fapiao888" not in erin.get("/set-aside").text


def test_topics_open_their_cases_and_lead_to_one_reply(browser: Any, people: Any, cases: list[int]) -> None:
    bob = browser(people.bob)

    page = bob.get("/hot-topics").text
    assert "柳渡工业园" in page
    assert "柳渡工业园" in bob.get("/hot-topics/table.csv").text
    number = page.split('href="/hot-topics/')[1:]
    topic = next(part.split('"')[0] for part in number if part.split('"')[0].isdigit())
    assert all(f"/cases/{case_id}" in bob.get(f"/hot-topics/{topic}").text for case_id in cases[2:])
    assert f'action="/cases/{cases[2]}/group"' in bob.get(f"/hot-topics/{topic}/gather").text
    assert bob.get("/hot-topics?show=growing").status_code == 200
    assert 'data-chart="' in page
    assert "The figures as a table" in bob.get(f"/hot-topics/{topic}").text
    assert bob.get("/hot-topics/digests").status_code == 200
    assert browser(people.alice).get("/hot-topics").status_code == 403
    assert bob.get("/hot-topics/999999").status_code == 404
