"""The triage desk: the best departments one key away, spam aside, every slip undone."""

from collections.abc import Callable

import pytest
from flask import Flask

from inbox.models import CaseState
from inbox.returns import Grounds, ask_return, uphold_return
from tests.web.office import LIFT, Office
from tests.web.people import Browser, People

Open = Callable[..., Browser]
UNSURE = "昨天路过看到一件事，不知道归谁管。"


@pytest.fixture
def office(app: Flask, people: People) -> Office:
    """An office at work."""
    return Office(app, people)


def returned(office: Office, people: People) -> int:
    """A case that housing gave back: routing has its reasons, the desk has the basis."""
    (case,) = office.receive(LIFT)
    asked = office.do(ask_return, office.viewer(people.alice), case, Grounds("《职责规定》第三条"))
    office.do(uphold_return, office.viewer(people.erin), asked.id, department_id=None)
    return case


def test_the_desk_offers_the_best_departments_with_their_reasons(
    office: Office, people: People, browser: Open
) -> None:
    case = returned(office, people)

    page = browser(people.erin).get("/triage-desk").text

    assert f'action="/triage-desk/{case}/assign"' in page
    assert 'data-hotkey="1"' in page
    assert "a duty of this department" in page
    assert "<mark>电梯</mark>" in page
    assert "Returned by Housing Bureau" in page
    assert "《职责规定》第三条" in page


def test_one_click_assigns_and_opens_the_next_and_undo_takes_it_back(
    office: Office, people: People, browser: Open
) -> None:
    first, second = office.receive(UNSURE, "这件事不知道该问谁，请指个路。")
    visitor = browser(people.erin)

    done = visitor.post(f"/triage-desk/{first}/assign", {"department": people.water.id, "then": second})
    page = visitor.get(done.location).text

    assert office.case(first).department_id == people.water.id
    assert f'action="/triage-desk/{second}/assign"' in page
    assert f'action="/triage-desk/{first}/recall"' in page

    visitor.post(f"/triage-desk/{first}/recall")
    assert office.case(first).state == CaseState.TRIAGE_DESK
    assert office.case(first).department_id is None


def test_choosing_no_department_changes_nothing(office: Office, people: People, browser: Open) -> None:
    (case,) = office.receive(UNSURE)

    browser(people.erin).post(f"/triage-desk/{case}/assign", {"department": ""})

    assert office.case(case).state == CaseState.TRIAGE_DESK


def test_spam_is_set_aside_and_undone(office: Office, people: People, browser: Open) -> None:
    (case,) = office.receive(UNSURE)
    visitor = browser(people.erin)

    visitor.post(f"/triage-desk/{case}/spam")
    page = visitor.get("/triage-desk").text

    assert office.case(case).spam
    assert "The triage desk is empty" in page
    visitor.post(f"/triage-desk/{case}/take-back")
    assert office.case(case).state == CaseState.TRIAGE_DESK


def test_a_case_that_left_the_desk_gives_way_to_the_first(
    office: Office, people: People, browser: Open
) -> None:
    gone, here = office.receive(LIFT, UNSURE)

    page = browser(people.erin).get(f"/triage-desk?case={gone}").text

    assert f'action="/triage-desk/{here}/assign"' in page


def test_only_dispatchers_and_supervisors_come_to_the_desk(
    office: Office, people: People, browser: Open
) -> None:
    allowed = {
        person.login for person in people.all() if browser(person).get("/triage-desk").status_code == 200
    }

    assert allowed == {"erin", "bob"}


def test_a_message_with_two_matters_is_split_and_joined_again(
    office: Office, people: People, browser: Open
) -> None:
    (case,) = office.receive("两件事想反映，不知道归谁管。一是东边那件，二是西边那件。")
    visitor = browser(people.erin)
    assert "Split into linked cases" in visitor.get(f"/triage-desk?case={case}").text
    parts = {"text": ["东边那件", "西边那件", ""], "department": [people.housing.id, people.water.id, ""]}

    visitor.post(f"/triage-desk/{case}/split", parts | {"department": ["", "", ""]})
    assert office.case(case).state == CaseState.TRIAGE_DESK
    visitor.post(f"/triage-desk/{case}/split", parts)

    assert "One of 2 matters" in visitor.get(f"/cases/{case}").text
    assert office.case(case).department_id == people.housing.id
    tracked = browser().get(f"/track/{office.case(case).tracking_code}").text
    assert "The other matters of your message" in tracked
    assert "Water Bureau" in tracked
    visitor.post(f"/triage-desk/{case}/join")
    assert office.case(case).state == CaseState.TRIAGE_DESK
    assert "other matters" not in browser().get(f"/track/{office.case(case).tracking_code}").text


def test_one_department_leads_and_the_others_co_handle(office: Office, people: People, browser: Open) -> None:
    (case,) = office.receive("两件事想反映，不知道归谁管。一是东边那件，二是西边那件。")
    visitor = browser(people.erin)
    assert "One lead with co-handlers" in visitor.get(f"/triage-desk?case={case}").text
    form = {
        "text": ["东边那件", "西边那件", ""],
        "department": [people.housing.id, people.water.id, ""],
        "way": "lead",
        "due": "2026-11-25",
    }

    done = visitor.post(f"/triage-desk/{case}/split", form)

    assert "Housing Bureau leads, with Water Bureau" in visitor.get(done.location).text
    page = browser(people.alice).get(f"/cases/{case}").text
    assert "西边那件" in page
    assert "Kept whole: Housing Bureau leads, others co-handle" in page
    tracked = browser().get(f"/track/{office.case(case).tracking_code}").text
    assert "The other matters of your message" not in tracked
    visitor.post(f"/triage-desk/{case}/unshare")
    assert office.case(case).state == CaseState.TRIAGE_DESK


def test_a_refused_split_keeps_every_word_that_was_typed(
    office: Office, people: People, browser: Open
) -> None:
    (case,) = office.receive("两件事想反映，不知道归谁管。一是东边那件，二是西边那件。")
    visitor, unit = browser(people.erin), people.housing.id
    texts = ["路灯那一段我自己写的", "水管那一段我自己写的", ""]

    undecided = visitor.post(f"/triage-desk/{case}/split", {"text": texts, "department": [unit, "", ""]})
    alone = visitor.post(
        f"/triage-desk/{case}/split",
        {"text": texts, "department": [unit, unit, ""], "way": "lead", "due": "2026-11-25"},
    )

    for refused, why in (
        (undecided, "Choose a department for each matter"),
        (alone, "nobody would co-handle"),
    ):
        assert refused.status_code == 422
        assert why in refused.text
        assert all(text in refused.text for text in texts)
    assert 'value="2026-11-25"' in alone.text
    assert office.case(case).state == CaseState.TRIAGE_DESK


def test_of_two_dispatchers_at_once_the_first_decides(office: Office, people: People, browser: Open) -> None:
    (case,) = office.receive(UNSURE)
    first, second = browser(people.erin), browser(people.bob)

    first.post(f"/triage-desk/{case}/assign", {"department": people.housing.id})
    late = second.post(f"/triage-desk/{case}/assign", {"department": people.water.id})

    assert office.case(case).department_id == people.housing.id
    assert "A colleague was quicker" in second.get(late.location).text


def test_the_desk_says_how_many_messages_were_set_aside_and_leads_to_them(
    office: Office, people: People, browser: Open
) -> None:
    first, _second = office.receive(UNSURE, "这件事不知道该问谁，请指个路。")
    visitor = browser(people.erin)
    assert "0 set aside as spam" in visitor.get("/triage-desk").text

    visitor.post(f"/triage-desk/{first}/spam")

    page = visitor.get("/triage-desk").text
    assert 'href="/set-aside">1 set aside as spam' in page
