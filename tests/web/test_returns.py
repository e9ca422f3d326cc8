"""Returns on screen: the question, the desk where they are decided, the figures with the cases behind them."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlmodel import select

from inbox.models import CaseReturn, CaseState
from routing.models import Duty
from tests.web.office import LIFT, Office
from tests.web.people import Browser, People

Open = Callable[..., Browser]


@pytest.fixture
def office(app: Flask, people: People) -> Office:
    """An office at work."""
    return Office(app, people)


@pytest.fixture
def case(office: Office) -> int:
    """A complaint about a lift, at the housing bureau."""
    return office.receive(LIFT)[0]


def water_duty(office: Office) -> int:
    """The duty of the water bureau."""
    with office.database.reading() as session:
        return session.exec(select(Duty.id).where(Duty.code == "water-1")).one() or 0


def asked(office: Office) -> int:
    """The return that was asked for last."""
    with office.database.reading() as session:
        return session.exec(select(CaseReturn.id)).all()[-1] or 0


def test_return_arbitration_and_the_next_department(
    office: Office, people: People, browser: Open, case: int
) -> None:
    alice, erin = browser(people.alice), browser(people.erin)
    question = alice.get(f"/cases/{case}/return").text
    assert "供水管理" in question
    assert "物业管理" not in question.split("<select")[1]

    done = alice.post(f"/cases/{case}/return", {"duty": water_duty(office)})
    assert done.status_code == 303
    assert office.case(case).state == CaseState.ARBITRATION
    assert "asks to return this case" in alice.get(f"/cases/{case}").text
    assert "reply-text" not in alice.get(f"/cases/{case}").text

    desk = erin.get("/arbitration").text
    assert "Housing Bureau" in desk
    assert "供水管理" in desk
    decided = erin.post(
        f"/arbitration/{asked(office)}", {"decision": "uphold", "department": people.water.id}
    )

    assert decided.status_code == 303
    assert "No return waits" in erin.get("/arbitration").text
    assert office.case(case).department_id == people.water.id
    assert browser(people.dai).get(f"/cases/{case}").status_code == 200
    assert alice.get(f"/cases/{case}").status_code == 404


def test_who_asked_takes_the_return_back(office: Office, people: People, browser: Open, case: int) -> None:
    alice, erin = browser(people.alice), browser(people.erin)
    alice.post(f"/cases/{case}/return", {"basis": "《职责规定》第三条"})
    address = f"/cases/{case}/return/withdraw"
    assert address in alice.get(f"/cases/{case}").text
    assert address not in erin.get(f"/cases/{case}").text
    assert "Take the return back?" in alice.get(address).text

    assert alice.post(address).status_code == 303

    page = alice.get(f"/cases/{case}").text
    assert "Housing Bureau took its return back" in page
    assert address not in page
    assert office.case(case).state == CaseState.ASSIGNED
    assert "No return waits" in erin.get("/arbitration").text
    assert alice.post(address).status_code == 409


def test_a_refusal_keeps_the_words_until_there_is_a_reason(
    office: Office, people: People, browser: Open, case: int
) -> None:
    browser(people.alice).post(f"/cases/{case}/return", {"basis": "《职责规定》第三条"})
    erin = browser(people.erin)

    without = erin.post(f"/arbitration/{asked(office)}", {"decision": "refuse", "reason": " "})
    erin.post(f"/arbitration/{asked(office)}", {"decision": "refuse", "reason": "电梯属物业管理"})
    second = browser(people.bob).post(
        f"/arbitration/{asked(office)}", {"decision": "uphold", "department": people.water.id}
    )

    assert without.status_code == 422
    assert "A reason is needed" in without.text
    assert second.status_code == 409
    page = browser(people.alice).get(f"/cases/{case}").text
    assert "电梯属物业管理" in page
    assert f'href="/cases/{case}/return' not in page
    late = browser(people.alice).post(f"/cases/{case}/return", {"basis": "第三条"})
    assert late.status_code == 422
    assert "cannot be returned again" in late.text


def test_a_return_without_grounds_says_what_is_needed(
    office: Office, people: People, browser: Open, case: int
) -> None:
    refused = browser(people.alice).post(f"/cases/{case}/return", {"basis": " "})

    assert refused.status_code == 422
    assert "A return needs its basis" in refused.text
    assert office.case(case).state == CaseState.ASSIGNED


def test_after_a_working_day_no_return_is_offered(office: Office, people: People, browser: Open) -> None:
    (case,) = office.receive(LIFT, ago=timedelta(days=7))

    page = browser(people.alice).get(f"/cases/{case}").text

    assert f'href="/cases/{case}/return' not in page
    assert "This case cannot be returned" in browser(people.alice).get(f"/cases/{case}/return").text


def test_the_citizen_reads_one_plain_line(office: Office, people: People, browser: Open, case: int) -> None:
    browser(people.alice).post(f"/cases/{case}/return", {"basis": "《职责规定》第三条"})

    page = browser(locale="zh_CN").get(f"/track/{office.case(case).tracking_code}").text

    assert "正在核定承办单位，您无需重新提交" in page
    assert "职责规定" not in page


def test_the_figures_lead_to_the_cases(office: Office, people: People, browser: Open, case: int) -> None:
    browser(people.alice).post(f"/cases/{case}/return", {"basis": "《职责规定》第三条"})
    bob = browser(people.bob)

    figures = bob.get("/arbitration/figures?days=7").text
    listed = bob.get(f"/arbitration/returns?days=7&department={people.housing.id}&state=asked").text
    none = bob.get("/arbitration/returns?days=7&state=upheld").text

    assert "Housing Bureau" in figures
    assert "物业管理" in figures
    assert f"/cases/{case}" in listed
    assert f"/cases/{case}" not in none


def test_officers_do_not_decide(people: People, browser: Open) -> None:
    for person in (people.alice, people.feng, people.chen):
        assert browser(person).get("/arbitration").status_code == 403
        assert browser(person).post("/arbitration/1", {"decision": "refuse"}).status_code == 403


def test_a_case_whose_department_nobody_knows_goes_to_the_triage_desk(
    office: Office, people: People, browser: Open, case: int
) -> None:
    browser(people.alice).post(f"/cases/{case}/return", {"basis": "《职责规定》第三条"})
    browser(people.erin).post(f"/arbitration/{asked(office)}", {"decision": "uphold", "department": "desk"})

    assert office.events(case)[-2:] == ["return_asked", "returned"]
    assert office.case(case).return_until is None
    assert office.case(case).state == CaseState.TRIAGE_DESK
