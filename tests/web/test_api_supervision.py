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
