"""Ways out for notices through the API: robots whose secrets never come back, and each officer's own choice."""

from typing import Any

import pytest
from flask import Flask
from sqlmodel import col, select

from inbox.models import DeliveryState
from inbox.notice_models import NoticeRobot, NoticeSend
from inbox.notices import notify
from tests.web.api_program import Program
from tests.web.people import NOW, People

URL = "https://oapi.dingtalk.com/robot/send?access_token=topsecrettoken"
ROBOT = {"name": "住建工作群", "kind": "dingtalk", "url": URL, "secret": "SECtopsecret"}
CHOICE = {
    "email": "alice@lanting.example",
    "email_mode": "off",
    "robots": False,
    "quiet_from": "",
    "quiet_until": "",
    "digest_at": "09:00",
}


def test_a_robot_from_adding_to_removing(app: Flask, people: People) -> None:
    gu = Program(app, people.gu)

    made = gu.post("/channels/robots", ROBOT)
    assert made.status_code == 201
    path = f"/channels/robots/{made.json['id']}"
    change = {"name": "全县工作群", "quiet_from": "22:00", "quiet_until": "06:30"}
    changed = gu.put(path, change)
    tried = gu.post(f"{path}/test")
    listed = gu.get("/channels")

    assert (changed.json["name"], changed.json["quiet_from"]) == ("全县工作群", "22:00")
    assert changed.json["is_signed"] is True
    assert tried.status_code == 202
    assert tried.json["last_state"] == "waiting"
    assert listed.json["robots"] == [tried.json]
    assert "topsecret" not in "".join(answer.text for answer in (made, changed, tried, listed))
    assert gu.post(f"{path}/remove").status_code == 204
    assert gu.get("/channels").json["robots"] == []
    assert gu.put(path, change).status_code == 404
    with app.extensions["minhu"].database.reading() as session:
        gone = session.exec(select(NoticeRobot)).one()
        assert (gone.secret, "topsecret" in gone.url) == ("", False)


def test_a_secret_is_never_sent_along_to_another_address(app: Flask, people: People) -> None:
    gu = Program(app, people.gu)
    path = f"/channels/robots/{gu.post('/channels/robots', ROBOT).json['id']}"
    change = {"name": "群", "quiet_from": "", "quiet_until": ""}

    moved = gu.put(path, {**change, "url": "https://oapi.dingtalk.com/robot/send?access_token=other"})
    signed = gu.put(path, {**change, "secret": "SECother"})

    assert (moved.json["is_signed"], moved.json["ending"]) == (False, "ther")
    assert signed.json["is_signed"] is True


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"url": "https://127.0.0.1/robot"}, 422),
        ({"name": " "}, 422),
        ({"quiet_from": "", "quiet_until": "07:00"}, 422),
        ({"quiet_until": "25:00"}, 422),
        ({"kind": "telex"}, 422),
        ({"department_id": 999}, 404),
    ],
)
def test_a_robot_that_cannot_be_kept_is_refused(
    app: Flask, people: People, wrong: dict[str, Any], status: int
) -> None:
    gu = Program(app, people.gu)

    refused = gu.post("/channels/robots", ROBOT | wrong)

    assert refused.status_code == status
    assert "topsecret" not in refused.text
    assert gu.get("/channels").json["robots"] == []


def test_what_did_not_arrive_is_sent_again_or_let_go(app: Flask, people: People) -> None:
    database = app.extensions["minhu"].database
    alice, gu = Program(app, people.alice), Program(app, people.gu)
    alice.put("/notice-choice", CHOICE | {"email_mode": "at_once"})
    with database.transaction() as session:
        for kind in ("urged", "mentioned"):
            notify(session, [people.alice.id], kind, now=NOW)
        for send in session.exec(select(NoticeSend)).all():
            send.state, send.error, send.started_at = DeliveryState.UNKNOWN, "ReadTimeout", NOW

    first, second = gu.get("/channels").json["failed"]
    assert {each["error"] for each in alice.get("/notice-choice").json["failed"]} == {"ReadTimeout"}
    gu.post(f"/channels/sends/{first['id']}", {"decision": "send_again"})
    left = gu.post(f"/channels/sends/{second['id']}", {"decision": "let_go"}).json["failed"]

    assert left == []
    with database.reading() as session:
        states = session.exec(select(NoticeSend.state).order_by(col(NoticeSend.id))).all()
    assert set(states) == {DeliveryState.WAITING, DeliveryState.DELIVERED}


def test_a_choice_holds_and_nobody_switches_off_a_supervision_order(app: Flask, people: People) -> None:
    database = app.extensions["minhu"].database
    alice = Program(app, people.alice)

    kept = alice.put("/notice-choice", CHOICE).json
    with database.transaction() as session:
        for kind in ("mentioned", "supervised"):
            notify(session, [people.alice.id], kind, now=NOW, params={"number": "1"})
        sent = session.exec(select(NoticeSend)).all()

    assert {name: kept[name] for name in CHOICE} == CHOICE
    assert "supervised" in kept["always_sent"]
    assert alice.get("/notice-choice").json == kept
    assert len(sent) == 1
    assert Program(app, people.dai).get("/notice-choice").json["email"] == ""
    assert alice.post("/notice-choice/test").status_code == 204


@pytest.mark.parametrize(
    "wrong",
    [
        {"email": "alice"},
        {"email": "a@b.example\nBcc: x@y.example"},
        {"email_mode": "never"},
        {"quiet_from": "21:00"},
        {"digest_at": ""},
        {"supervised": False},
    ],
)
def test_a_choice_that_cannot_be_is_refused_and_nothing_changes(
    app: Flask, people: People, wrong: dict[str, Any]
) -> None:
    alice = Program(app, people.alice)
    before = alice.get("/notice-choice").json

    assert alice.put("/notice-choice", CHOICE | wrong).status_code == 422
    assert alice.get("/notice-choice").json == before
