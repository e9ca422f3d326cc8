"""The pages of the notice channels: robots, what did not arrive, and each officer's own choice."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlmodel import select

from inbox.models import DeliveryState
from inbox.notice_models import NoticeChoice, NoticeRobot, NoticeSend
from inbox.notices import notify
from tests.web.people import NOW, Browser, People

Open = Callable[..., Browser]
URL = "https://oapi.dingtalk.com/robot/send?access_token=topsecrettoken"
ROBOT = {"name": "住建工作群", "kind": "dingtalk", "url": URL, "secret": "SECtopsecret"}
CHOICE = {
    "email": "alice@lanting.example",
    "email_mode": "digest",
    "digest_at": "09:00",
    "quiet_from": "20:00",
    "quiet_until": "07:00",
}


def test_a_robot_is_added_tested_and_removed_and_its_secrets_never_shown(
    app: Flask, people: People, browser: Open
) -> None:
    gu = browser(people.gu)
    assert gu.post("/channels/robots", ROBOT).status_code == 303

    page = gu.get("/channels").text
    assert "住建工作群" in page
    assert "topsecret" not in page
    assert gu.post("/channels/robots/1/test").status_code == 303
    assert gu.post("/channels/robots/1/remove").status_code == 303
    assert "住建工作群" not in gu.get("/channels").text
    assert gu.post("/channels/robots/1/test").status_code == 404
    with app.extensions["minhu"].database.reading() as session:
        assert len(session.exec(select(NoticeSend)).all()) == 1


def test_a_robot_is_changed_and_keeps_its_secrets_unless_they_are_given_anew(
    app: Flask, people: People, browser: Open
) -> None:
    gu = browser(people.gu)
    gu.post("/channels/robots", ROBOT)
    form = {"name": "值班群", "department": str(people.housing.id), "quiet_from": "22:00", "quiet_until": ""}

    refused = gu.post("/channels/robots/1", form)
    assert refused.status_code == 422
    assert "值班群" in refused.text
    assert "22:00" not in gu.get("/channels").text
    assert gu.post("/channels/robots/1", form | {"quiet_until": "06:45"}).status_code == 303

    page = gu.get("/channels/robots/1").text
    assert 'value="06:45"' in page
    assert "topsecret" not in page
    assert "22:00–06:45" in gu.get("/channels").text
    with app.extensions["minhu"].database.reading() as session:
        robot = session.exec(select(NoticeRobot)).one()
        assert (robot.url, robot.secret, robot.department_id) == (URL, ROBOT["secret"], people.housing.id)
    assert browser(people.bob).get("/channels/robots/1").status_code == 403


@pytest.mark.parametrize(
    "wrong", [{"url": "https://127.0.0.1/robot"}, {"name": " "}, {"kind": "telex"}, {"url": ""}]
)
def test_a_robot_that_cannot_be_kept_is_refused_with_a_sentence(
    people: People, browser: Open, wrong: dict[str, str]
) -> None:
    refused = browser(people.gu).post("/channels/robots", ROBOT | wrong)

    assert refused.status_code == 422
    assert "topsecret" not in refused.text


def test_only_administrators_see_the_channels(people: People, browser: Open) -> None:
    assert browser(people.bob).get("/channels").status_code == 403
    assert browser(people.alice).post("/channels/robots", ROBOT).status_code == 403


def test_what_did_not_arrive_is_counted_shown_and_dealt_with(
    app: Flask, people: People, browser: Open
) -> None:
    with app.extensions["minhu"].database.transaction() as session:
        session.add(NoticeChoice(officer_id=people.alice.id, email="alice@lanting.example"))
        session.flush()
        notify(session, [people.alice.id], "urged", now=NOW)
        send = session.exec(select(NoticeSend)).one()
        send.state, send.error, send.started_at = DeliveryState.UNKNOWN, "ReadTimeout", NOW
    gu = browser(people.gu)

    page = gu.get("/channels").text
    assert "ReadTimeout" in page
    assert "Outcome unknown" in page
    assert "An email to you did not arrive" in browser(people.alice).get("/profile/notices").text
    gu.post("/channels/sends/1", {"do": "let_go"})
    assert "ReadTimeout" not in gu.get("/channels").text


def test_an_officer_chooses_for_themselves(app: Flask, people: People, browser: Open) -> None:
    alice = browser(people.alice)
    assert alice.post("/profile/notices", CHOICE).status_code == 303

    with app.extensions["minhu"].database.reading() as session:
        choice = session.get_one(NoticeChoice, people.alice.id)
        assert (choice.email, choice.email_mode.value, choice.robots) == (CHOICE["email"], "digest", False)
        assert (choice.quiet_from, choice.digest_at) == ("20:00", "09:00")
    assert CHOICE["email"] in alice.get("/profile/notices").text
    assert alice.post("/profile/notices/test").status_code == 303
    assert "A test: notices arrive here" in alice.get("/notices").text


@pytest.mark.parametrize(
    "wrong",
    [
        {"email": "alice"},
        {"email": "a@b.c\nBcc: all@x.example"},
        {"email_mode": "sometimes"},
        {"digest_at": ""},
        {"quiet_from": "25:00"},
    ],
)
def test_a_choice_that_cannot_be_is_refused_and_kept_in_the_form(
    people: People, browser: Open, wrong: dict[str, str]
) -> None:
    refused = browser(people.alice).post("/profile/notices", CHOICE | wrong)

    assert refused.status_code == 422
    assert "Nothing was changed" in refused.text or "Choose one" in refused.text or "08:30" in refused.text
