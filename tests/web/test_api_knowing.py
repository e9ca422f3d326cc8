"""Questions to what the service knows: whom to ask, what to answer, by when."""

import pytest
from flask import Flask

from knowledge_base.articles import install_article
from knowledge_base.content import ArticleContent
from routing.entries import add_duty
from sla.defaults import install_defaults
from tests.web.api_program import Program
from tests.web.people import NOW, People
from tests.web.ways_in import open_accounts, services_of


@pytest.fixture
def dai(app: Flask, people: People) -> Program:
    """Dai's program, officer of the water bureau."""
    return Program(app, people.dai)


def publish(app: Flask, people: People) -> int:
    """Put an answer into force."""
    content = ArticleContent(
        question="路灯坏了找谁报修？",
        answer="路灯故障请拨打{电话}报修，24小时内修复。",
        phrasings=("路灯不亮了怎么办", "小区门口的路灯坏了"),
    )
    with services_of(app).database.transaction() as session:
        article = install_article(
            session, content, key="lamp", author_id=people.chen.id, reviewer_id=people.gu.id, now=NOW
        )
    return article.id or 0


def test_a_text_finds_its_answer_with_reasons(app: Flask, people: People, dai: Program) -> None:
    article_id = publish(app, people)

    found = dai.post("/suggest", {"text": "我们小区门口的路灯坏了，找谁报修？"}).json["suggestions"]
    nothing = dai.post("/suggest", {"text": "谢谢"}).json["suggestions"]

    assert [each["article_id"] for each in found] == [article_id]
    assert 0 < found[0]["confidence"] <= 1
    assert any("路灯" in reason["text"] for reason in found[0]["reasons"])
    assert found[0]["terms"]
    assert nothing == []


def test_a_message_is_routed_by_its_words_with_reasons(app: Flask, people: People, dai: Program) -> None:
    with services_of(app).database.transaction() as session:
        add_duty(
            session,
            department_id=people.water.id,
            code="leak",
            title="供水管道维护",
            words=["漏水", "停水", "水管"],
        )

    decided = dai.post("/route", {"text": "门口水管漏水，已经停水两天了"}).json

    assert decided["candidates"][0]["code"] == "water"
    assert decided["candidates"][0]["reasons"][0]["code"] == "duty_words"
    assert "漏水" in decided["candidates"][0]["reasons"][0]["text"]
    assert decided["department_id"] in (people.water.id, None)


def test_the_account_counts_when_routing(app: Flask, dai: Program) -> None:
    open_accounts(app)

    assert dai.post("/route", {"text": "你好", "account": "portal"}).json["department_id"] is None
    assert dai.post("/route", {"text": "你好", "account": "nowhere"}).status_code == 404


def test_a_deadline_is_laid_out_day_by_day(app: Flask, dai: Program) -> None:
    with services_of(app).database.transaction() as session:
        install_defaults(session)

    told = dai.post("/deadlines/explain", {"start_at": "2026-09-29T15:00:00+08:00", "limit": "5wd"}).json

    assert told["counted_days"] == 5
    assert told["days"][0]["code"] == "received"
    assert "holiday" in {day["code"] for day in told["days"]}
    assert all(day["text"] for day in told["days"])
    assert told["provisional"] is False


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"start_at": "2026-09-29T15:00:00", "limit": "5wd"}, "InvalidRequest"),
        ({"start_at": "0001-01-01T00:00:00+14:00", "limit": "5wd"}, "InvalidRequest"),
        ({"start_at": "9999-12-31T23:59:59Z", "limit": "5wd"}, "InvalidRequest"),
        ({"start_at": "2026-09-29T15:00:00Z", "limit": "soon"}, "BadLimit"),
        ({"start_at": "2026-09-29T15:00:00Z", "limit": "0wd"}, "BadLimit"),
        ({"start_at": "2026-09-29T15:00:00Z", "limit": "9000wd"}, "LimitTooLong"),
    ],
)
def test_what_is_no_limit_is_refused(dai: Program, body: dict[str, str], code: str) -> None:
    refused = dai.post("/deadlines/explain", body)

    assert (refused.status_code, refused.json["code"]) == (422, code)


def test_questions_write_nothing_and_wait_for_nobody(app: Flask, people: People, dai: Program) -> None:
    publish(app, people)
    assert dai.get("/me").status_code == 200  # the token's first use is noted now
    with services_of(app).database.transaction():  # somebody holds the one write lock of SQLite
        assert dai.post("/suggest", {"text": "路灯"}).status_code == 200


def test_who_am_i_and_which_departments_are_there(people: People, dai: Program) -> None:
    me, units = dai.get("/me").json, dai.get("/departments").json["departments"]

    assert (me["login"], me["roles"], me["department_id"]) == ("dai", ["officer"], people.water.id)
    assert {unit["code"] for unit in units} == {"housing", "water"}
