"""Standard answers through the API: written by one editor, published by another."""

import pytest
from flask import Flask

from routing.officers import create_officer
from tests.web.api_program import Program
from tests.web.people import NOW, People
from tests.web.ways_in import services_of

CONTENT = {
    "question": "路灯坏了找谁报修？",
    "answer": "{称呼}您好，路灯故障请拨打{电话}报修，24小时内修复。",
    "phrasings": ["路灯不亮了怎么办", "小区门口的路灯坏了"],
    "owner_code": "housing",
    "tags": ["路灯"],
    "basis": [{"title": "城市照明管理规定", "number": "建设部令第4号"}],
    "review_by": "2027-06-30",
}


@pytest.fixture
def chen(app: Flask, people: People) -> Program:
    """Chen's program, editor."""
    return Program(app, people.chen)


@pytest.fixture
def lu(app: Flask, people: People) -> Program:
    """The program of Lu, another editor."""
    with services_of(app).database.transaction() as session:
        lu = create_officer(session, login="lu", name="陆", roles=["editor"], now=NOW)
    return Program(app, lu)


def published(chen: Program, lu: Program) -> int:
    """Return an article that is in force."""
    made = chen.post("/articles", CONTENT).json
    path = f"/articles/{made['id']}"
    chen.post(f"{path}/submit", {"revision": 1})
    assert lu.post(f"{path}/approve", {"revision": 1}).json["status"] == "published"
    return int(made["id"])


def test_written_reviewed_and_published(app: Flask, people: People, chen: Program, lu: Program) -> None:
    made = chen.post("/articles", CONTENT)
    path = f"/articles/{made.json['id']}"
    submitted = chen.post(f"{path}/submit", {"revision": 1})
    own = chen.post(f"{path}/approve", {"revision": 1})
    approved = lu.post(f"{path}/approve", {"revision": 1})
    read = Program(app, people.dai).get(path).json

    assert (made.status_code, made.json["status"], made.json["revision"]) == (201, "draft", 1)
    assert submitted.json["pending"] == "in_review"
    assert (own.status_code, own.json["code"]) == (403, "SelfReview")
    assert (approved.json["status"], approved.json["published_revision"]) == ("published", 1)
    assert read["live"]["basis"][0]["number"] == "建设部令第4号"
    assert read["live"]["review_by"] == "2027-06-30"
    assert read["draft"] is None


def test_a_revision_waits_while_the_old_text_stays_in_force(chen: Program, lu: Program) -> None:
    path = f"/articles/{published(chen, lu)}"

    revised = chen.put(path, {**CONTENT, "answer": "新的答复。", "revision": 1})
    stale = lu.put(path, {**CONTENT, "answer": "另一个答复。", "revision": 1})
    shown = chen.get(path).json

    assert revised.json["revision"] == 2
    assert (stale.status_code, stale.json["code"], stale.json["revision"]) == (409, "StaleArticle", 2)
    assert shown["live"]["answer"] == CONTENT["answer"]
    assert shown["draft"]["answer"] == "新的答复。"


def test_sent_back_with_a_comment(chen: Program, lu: Program) -> None:
    path = f"/articles/{chen.post('/articles', CONTENT).json['id']}"
    chen.post(f"{path}/submit", {"revision": 1})

    back = lu.post(f"{path}/send-back", {"revision": 1, "comment": "请补充电话"})

    assert back.json["pending"] == "sent_back"
    assert chen.get(path).json["history"][0]["comment"] == "请补充电话"


def test_retired_once_and_for_all(app: Flask, people: People, chen: Program, lu: Program) -> None:
    path = f"/articles/{published(chen, lu)}"

    retired = chen.post(f"{path}/retire", {"reason": "规定已废止"})
    again = chen.post(f"{path}/retire", {})
    wrong = chen.post(f"{path}/approve", {"revision": 1})

    assert retired.json["status"] == again.json["status"] == "retired"
    assert (wrong.status_code, wrong.json["code"]) == (409, "WrongState")


def test_list_is_searched_and_paged(app: Flask, people: People, chen: Program, lu: Program) -> None:
    published(chen, lu)
    chen.post("/articles", {"question": "医保怎么转移？", "answer": "请到窗口办理。"})
    dai = Program(app, people.dai)

    everything = dai.get("/articles", query_string={"size": 1}).json
    found = dai.get("/articles", query_string={"text": "路灯"}).json
    drafts = dai.get("/articles", query_string={"work_list": "draft"}).json
    of_housing = dai.get("/articles", query_string={"owner_code": "housing"}).json

    assert (everything["total"], everything["pages"], len(everything["articles"])) == (2, 2, 1)
    assert [row["question"] for row in found["articles"]] == [CONTENT["question"]]
    assert [row["question"] for row in drafts["articles"]] == ["医保怎么转移？"]
    assert of_housing["total"] == 1


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"question": " "}, 422, "InvalidArticle"),
        ({"answer": "x" * 20_001}, 422, "InvalidArticle"),
        ({"service_url": "javascript:alert(1)"}, 422, "InvalidArticle"),
        ({"valid_from": "2027-01-01", "valid_until": "2026-01-01"}, 422, "InvalidArticle"),
        ({"topic_code": "nowhere"}, 404, "TopicNotFound"),
        ({"status": "published"}, 422, "InvalidRequest"),
        ({"author_id": 1}, 422, "InvalidRequest"),
        ({"basis": [{"number": "1"}]}, 422, "InvalidRequest"),
    ],
)
def test_what_is_no_article_is_refused(
    chen: Program, change: dict[str, object], status: int, code: str
) -> None:
    refused = chen.post("/articles", CONTENT | change)

    assert (refused.status_code, refused.json["code"]) == (status, code)
    assert chen.get("/articles").json["total"] == 0
