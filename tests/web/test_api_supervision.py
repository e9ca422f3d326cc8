"""Urging, supervision, more time, questions and calls, through the API."""

import pytest
from flask import Flask

from tests.web.api_program import Program
from tests.web.office import LIFT, Office
from tests.web.people import People


@pytest.fixture
def office(app: Flask, people: People) -> Office:
    return Office(app, people)


def test_an_order_from_issue_to_closing(app: Flask, office: Office) -> None:
    [case_id] = office.receive(LIFT)
    bob, alice = Program(app, office.people.bob), Program(app, office.people.alice)
    dai = Program(app, office.people.dai)

    terms = {"reason": "overdue", "requirement": "请修好电梯"}
    made = bob.post(f"/cases/{case_id}/supervision-orders", terms)
    assert made.status_code == 201
    path = f"/supervision-orders/{made.json['row']['id']}"
    assert alice.post(f"/cases/{case_id}/supervision-orders", terms).status_code == 403
    assert dai.get(path).status_code == 404
    assert alice.get(path).json["may_acknowledge"] is True
    assert alice.post(f"{path}/acknowledge").json["row"]["state"] == "acknowledged"
    assert alice.post(f"{path}/acknowledge").status_code == 409
    alice.post(f"{path}/measures", {"text": "已修好", "done_on": "2026-11-19"})
    back = bob.post(f"{path}/judgement", {"decision": "send_back", "words": "请附记录"})
    assert back.json["row"]["state"] == "sent_back"
    alice.post(f"{path}/measures", {"text": "记录如下"})
    closed = bob.post(f"{path}/judgement", {"decision": "close", "words": "同意"})

    assert closed.json["row"]["state"] == "closed"
    assert [step["kind"] for step in closed.json["steps"]][-1] == "closed"
    assert bob.get("/supervision-orders").json["orders"] == []
    assert len(bob.get("/supervision-orders?closed=true").json["orders"]) == 1


def test_urging_more_time_questions_and_calls(app: Flask, office: Office) -> None:
    [case_id, other] = office.receive("请求帮助：" + LIFT, "投诉物业不修小区电梯")
    erin, alice, bob = (
        Program(app, who) for who in (office.people.erin, office.people.alice, office.people.bob)
    )

    urged = erin.post(f"/cases/{case_id}/urgings", {"words": "请尽快"}).json["urgings"]
    assert urged[0]["words"] == "请尽快"
    asked = alice.post(f"/cases/{case_id}/extension-requests", {"length": "3wd", "reason": "等配件"})
    assert asked.status_code == 201
    again = alice.post(f"/cases/{case_id}/extension-requests", {"length": "3wd", "reason": "等配件"})
    assert (again.status_code, again.json["code"]) == (409, "ExtensionAsked")
    [request] = bob.get("/extension-requests").json["requests"]
    assert bob.post(f"/extension-requests/{request['id']}/approve").status_code == 204
    assert bob.post(f"/extension-requests/{request['id']}/refuse", {"answer": "不"}).status_code == 409
    assert bob.get("/extension-requests?decided=true").json["requests"][0]["state"] == "approved"
    assert alice.post(f"/cases/{other}/question", {"text": "哪栋楼？"}).status_code == 204
    assert alice.post(f"/cases/{other}/question", {"text": "哪栋楼？"}).status_code == 409
    assert erin.get("/call-backs").json == {"calls": []}
    assert erin.post(f"/cases/{case_id}/call-back", {"reached": True, "solved": True}).status_code == 409


def test_evidence_is_filed_listed_and_sent_as_it_was(app: Flask, office: Office) -> None:
    [case_id] = office.receive(LIFT)
    bob, alice, dai = (
        Program(app, who) for who in (office.people.bob, office.people.alice, office.people.dai)
    )
    terms = {"reason": "overdue", "requirement": "请修好电梯"}
    order = bob.post(f"/cases/{case_id}/supervision-orders", terms).json["row"]
    path = f"/supervision-orders/{order['id']}"
    alice.post(f"{path}/acknowledge")

    assert (
        alice.upload(f"{path}/evidence", "x.html", b"<script>", text="见附件").json["code"] == "FileRefused"
    )
    assert alice.upload(f"{path}/evidence", "a.pdf", b"%PDF", text="").status_code == 422
    assert dai.upload(f"{path}/evidence", "a.pdf", b"%PDF", text="见附件").status_code == 404
    filed = alice.upload(f"{path}/evidence", "验收单.pdf", b"%PDF", text="见附件", done_on="2026-11-19")

    assert filed.status_code == 201
    [one] = bob.get(f"{path}/evidence").json["evidence"]
    assert (one["name"], one["text"], one["done_on"]) == ("验收单.pdf", "见附件", "2026-11-19")
    sent = bob.get(one["url"].removeprefix("/api/v1"))
    assert (sent.data, sent.mimetype) == (b"%PDF", "application/octet-stream")
    assert sent.headers["Content-Disposition"].startswith("attachment")
    assert dai.get(one["url"].removeprefix("/api/v1")).status_code == 404
    assert bob.get(path).json["row"]["state"] == "reported"
    assert bob.get(f"{path}/document.docx").data.startswith(b"PK")
    assert dai.get(f"{path}/document.docx").status_code == 404


def test_several_cases_are_urged_at_once(app: Flask, office: Office) -> None:
    cases = office.receive(LIFT, "投诉物业不修小区电梯")
    bob = Program(app, office.people.bob)

    urged = bob.post("/urgings", {"case_ids": [*cases, cases[0]], "words": "请尽快"})

    assert urged.json == {"urged": 2, "passed": 0}
    words = bob.get(f"/cases/{cases[0]}/urgings").json["urgings"]
    assert [each["words"] for each in words] == ["请尽快"]
    assert bob.get("/urgings/1/document.docx").data.startswith(b"PK")
    assert Program(app, office.people.alice).post("/urgings", {"case_ids": cases}).status_code == 403
    assert bob.post("/urgings", {"case_ids": [999]}).status_code == 404


def test_an_article_out_of_date_is_supervised(app: Flask, office: Office) -> None:
    bob = Program(app, office.people.bob)
    [article] = bob.get("/articles").json["articles"]
    terms = {"reason": "stale_article", "requirement": "请核对电话"}

    made = bob.post(f"/articles/{article['id']}/supervision-orders", terms)

    assert made.status_code == 201
    assert (made.json["row"]["article_id"], made.json["row"]["case_id"]) == (article["id"], None)
    assert bob.post("/articles/999/supervision-orders", terms).status_code == 409
