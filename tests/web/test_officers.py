"""The page of officers: new ones, changes, passwords, leaving."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from sqlmodel import select

from inbox.accounts import AccountChange, create_account, get_account
from inbox.intake import Submission, receive_messages
from inbox.models import Case, CaseEvent, CaseState, Platform
from routing.officers import create_officer, officer_by_login, verify_password
from tests.web.people import NOW, Browser, People

Open = Callable[..., Browser]
NINA = {"login": "Nina", "name": "倪娜", "name_en": "Nina", "phone": "", "locale": "en", "roles": ["officer"]}


@pytest.fixture
def gu(people: People, browser: Open) -> Browser:
    return browser(people.gu)


def test_list_finds_people_by_name_department_and_role(gu: Browser, people: People) -> None:
    assert "Alice" in gu.get("/officers").text
    assert "Alice" not in gu.get("/officers?q=dai").text
    assert "Dai" in gu.get("/officers?q=dai").text
    assert "Dai" not in gu.get(f"/officers?department={people.housing.id}").text
    assert "Feng" in gu.get("/officers?role=reviewer").text
    assert "Nobody like that" in gu.get("/officers?q=nobody").text


def test_new_officer_gets_a_password_that_is_shown_once_and_works(
    app: Flask, gu: Browser, people: People
) -> None:
    made = gu.post("/officers/new", {**NINA, "department_id": people.water.id})

    assert made.status_code == 200
    assert made.headers["Cache-Control"] == "no-store"
    password = re.search(r"<dt>Password</dt><dd>([^<]+)</dd>", made.text)
    assert password is not None
    with app.extensions["minhu"].database.transaction() as session:
        nina = verify_password(session, "nina", password.group(1), now=NOW)
    assert nina is not None
    assert nina.department_id == people.water.id


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"login": ""}, "A login name is needed."),
        ({"login": "ALICE"}, "already signs in as alice"),
        ({"name": " "}, "A name is needed."),
        ({"roles": []}, "Choose at least one role."),
        ({"roles": ["emperor"]}, "Choose at least one role."),
        ({"department_id": ""}, "belong to a department"),
    ],
)
def test_refused_form_keeps_what_was_typed(
    gu: Browser, people: People, change: dict[str, object], sentence: str
) -> None:
    refused = gu.post("/officers/new", {**NINA, "department_id": people.water.id, **change})

    assert refused.status_code in (409, 422)
    assert sentence in refused.text
    assert "倪娜" in refused.text or "name" in change


def test_fields_that_are_not_on_the_form_are_not_taken(app: Flask, gu: Browser, people: People) -> None:
    forged = {
        "password_hash": "x",
        "session_version": 99,
        "totp_secret": "x",
        "id": 1,
        "disabled_at": "2020-01-01",
    }

    gu.post("/officers/new", {**NINA, "department_id": people.water.id, **forged})

    with app.extensions["minhu"].database.reading() as session:
        nina = officer_by_login(session, "nina")
    assert nina is not None
    assert nina.session_version == 1
    assert not nina.has_second_factor
    assert not nina.is_disabled


def test_changed_roles_end_the_sessions_of_the_officer(gu: Browser, people: People, browser: Open) -> None:
    alice = browser(people.alice)
    typed = {
        "name": "艾丽丝",
        "locale": "en",
        "department_id": people.housing.id,
        "roles": ["officer", "editor"],
    }

    answered = gu.post(f"/officers/{people.alice.id}", typed)

    assert answered.status_code == 302
    assert alice.get("/profile").status_code == 302


def test_last_administrator_stays(gu: Browser, people: People) -> None:
    typed = {"name": "顾源", "locale": "en", "department_id": people.housing.id, "roles": ["officer"]}

    demoted = gu.post(f"/officers/{people.gu.id}", typed)
    gone = gu.post(f"/officers/{people.gu.id}/leave")

    assert demoted.status_code == 409
    assert "last administrator" in demoted.text
    assert gone.status_code == 409
    assert gu.get("/officers").status_code == 200


def test_administrator_can_give_a_new_password(gu: Browser, people: People, browser: Open) -> None:
    alice = browser(people.alice)

    shown = gu.post(f"/officers/{people.alice.id}/password")

    assert "shown this once" in shown.text
    assert alice.get("/profile").status_code == 302


def test_unknown_officer_is_a_page_with_what_to_do(gu: Browser) -> None:
    assert gu.get("/officers/9999").status_code == 404
    assert "no such officer" in gu.get("/officers/9999").text


def leaving(app: Flask, people: People) -> tuple[int, int]:
    """Give Alice an open case and her department an account; return the case's id and a colleague's."""
    with app.extensions["minhu"].database.transaction() as session:
        change = AccountChange(name="住建微信", platform=Platform.WECHAT, department_id=people.housing.id)
        account = create_account(session, "housing-wechat", change, now=NOW)
        taken = receive_messages(
            session, account, [Submission(external_id="1", text="路灯不亮", raw=b"x")], now=NOW
        )
        case = session.get_one(Case, taken.new[0].case_id)
        case.department_id, case.assignee_id, case.state = (
            people.housing.id,
            people.alice.id,
            CaseState.DRAFTING,
        )
        colleague = create_officer(
            session, login="ann", name="安娜", roles=["officer"], department_id=people.housing.id, now=NOW
        )
        return case.id or 0, colleague.id


def test_leaving_ends_sessions_hands_over_cases_and_changes_secrets(
    app: Flask, gu: Browser, people: People, browser: Open
) -> None:
    case_id, colleague_id = leaving(app, people)
    alice = browser(people.alice)
    assert alice.get("/profile").status_code == 200
    with app.extensions["minhu"].database.reading() as session:
        old_secret = get_account(session, "housing-wechat").push_secret

    asked = gu.get(f"/officers/{people.alice.id}/leave")
    left = gu.post(
        f"/officers/{people.alice.id}/leave", {"successor": colleague_id, "account": ["housing-wechat"]}
    )

    assert "1 open case goes to" in asked.text
    assert "住建微信" in asked.text
    assert left.headers["Cache-Control"] == "no-store"
    assert alice.get("/profile").status_code == 302
    with app.extensions["minhu"].database.reading() as session:
        case = session.get_one(Case, case_id)
        secret = get_account(session, "housing-wechat").push_secret
        kinds = list(session.scalars(select(CaseEvent.kind).where(CaseEvent.case_id == case_id)))
    assert "handed_over" in kinds
    assert case.assignee_id == colleague_id
    assert secret is not None
    assert secret != old_secret
    assert secret in left.text


def test_leaving_without_successor_puts_cases_back_for_the_department(
    app: Flask, gu: Browser, people: People
) -> None:
    case_id, _ = leaving(app, people)

    left = gu.post(f"/officers/{people.alice.id}/leave")

    assert "1 case waits for somebody" in left.text
    with app.extensions["minhu"].database.reading() as session:
        case = session.get_one(Case, case_id)
    assert case.assignee_id is None
    assert case.department_id == people.housing.id


def test_refused_leaving_changes_nothing(app: Flask, gu: Browser, people: People, browser: Open) -> None:
    leaving(app, people)
    alice = browser(people.alice)

    refused = gu.post(f"/officers/{people.alice.id}/leave", {"account": ["no-such-account"]})

    assert refused.status_code == 404
    assert alice.get("/profile").status_code == 200


def test_who_left_can_come_back(gu: Browser, people: People) -> None:
    gu.post(f"/officers/{people.alice.id}/leave")
    assert "Has left" in gu.get("/officers?gone=1").text

    gu.post(f"/officers/{people.alice.id}/return")

    assert "Has left" not in gu.get("/officers?gone=1").text
