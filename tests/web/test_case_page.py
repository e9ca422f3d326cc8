"""The case page: what it explains, what each role may press, and what each press does."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlmodel import select

from inbox.cases import add_note, claim_case, note_presence
from inbox.kinds import Kind
from inbox.models import CaseState, Delivery, DeliveryState, Task, TriageFailure
from inbox.replies import approve_reply, save_draft, submit_reply
from sla.views import deadlines_of
from tests.web.office import LIFT, Office
from tests.web.people import NOW, Browser, People

Open = Callable[..., Browser]


@pytest.fixture
def office(app: Flask, people: People) -> Office:
    """An office at work."""
    return Office(app, people)


@pytest.fixture
def case(office: Office) -> int:
    """A complaint about a lift, at the housing bureau."""
    return office.receive(LIFT)[0]


def buttons(page: str) -> set[str]:
    """Return the addresses that the page's forms and dialogs lead to."""
    return set(re.findall(r'(?:action|href)="/cases/\d+/([a-z-]+)', page))


def test_the_page_shows_words_marks_clocks_reasons_and_the_answer(
    office: Office, people: People, browser: Open, case: int
) -> None:
    page = browser(people.alice).get(f"/cases/{case}").text

    assert "<mark>" in page
    assert office.case(case).tracking_code in page
    assert "Every day counted and skipped" in page
    assert "a duty of this department" in page
    assert "小区电梯坏了找谁修" in page
    assert "石栖陈阿姨您好" in page
    assert "{电话}" in page
    assert "Received through 岚汀网站" in page


def test_a_deadline_over_a_holiday_names_the_holiday_and_its_notice(
    office: Office, people: People, browser: Open
) -> None:
    eve = datetime(2026, 9, 30, 6, 0, tzinfo=UTC)
    (case,) = office.receive(LIFT, ago=NOW - eve)

    page = browser(people.alice, locale="zh_CN").get(f"/cases/{case}").text

    assert "国庆节" in page
    assert "国办发明电〔2025〕7号" in page


def test_personal_information_is_covered_until_somebody_looks_and_is_recorded(
    office: Office, people: People, browser: Open, case: int
) -> None:
    visitor = browser(people.alice)
    assert "13812345678" not in visitor.get(f"/cases/{case}").text

    shown = visitor.post(f"/cases/{case}/reveal")

    assert "13812345678" in shown.text
    assert shown.headers["Cache-Control"] == "no-store"
    assert "revealed" in office.events(case)
    assert "13812345678" not in visitor.get(f"/cases/{case}").text


def test_an_administrator_cannot_uncover_personal_information(
    office: Office, people: People, browser: Open, case: int
) -> None:
    assert "reveal" not in buttons(browser(people.gu).get(f"/cases/{case}").text)

    assert browser(people.gu).post(f"/cases/{case}/reveal").status_code == 403
    assert "revealed" not in office.events(case)


def test_buttons_are_drawn_only_for_what_the_role_allows(
    office: Office, people: People, browser: Open, case: int
) -> None:
    officer = buttons(browser(people.alice).get(f"/cases/{case}").text)
    dispatcher = buttons(browser(people.erin).get(f"/cases/{case}").text)
    reviewer = buttons(browser(people.feng).get(f"/cases/{case}").text)

    assert {"claim", "hand-over", "return", "kind", "sensitive", "reply"} <= officer
    assert not officer & {"assign", "set-aside", "recall"}
    assert {"assign", "recall", "set-aside", "hand-over", "kind"} <= dispatcher
    assert not dispatcher & {"claim", "return", "reply"}
    assert not reviewer & {"claim", "assign", "return", "hand-over", "reply", "kind"}


def test_a_case_of_another_department_looks_like_none_at_all(
    office: Office, people: People, browser: Open, case: int
) -> None:
    stranger = browser(people.dai)

    assert stranger.get(f"/cases/{case}").status_code == 404
    assert stranger.post(f"/cases/{case}/claim").status_code == 404
    assert stranger.post(f"/cases/{case}/notes", {"text": "x"}).status_code == 404
    assert stranger.post(f"/cases/{case}/reveal").status_code == 404
    hidden, absent = stranger.get(f"/cases/{case}").text, stranger.get("/cases/999999").text
    assert _without_reference(hidden) == _without_reference(absent).replace("999999", str(case))


def test_taking_a_case_on_makes_it_mine_and_the_second_is_told(
    office: Office, people: People, browser: Open, case: int
) -> None:
    first = browser(people.alice).post(f"/cases/{case}/claim", {"next": f"/inbox?view=unclaimed&case={case}"})
    second = browser(office.anna)
    second.post(f"/cases/{case}/claim")

    assert first.location == f"/inbox?view=unclaimed&case={case}"
    assert office.case(case).assignee_id == people.alice.id
    assert "A colleague was quicker" in second.get(f"/cases/{case}").text


def test_forms_never_lead_to_another_site(office: Office, people: People, browser: Open, case: int) -> None:
    answer = browser(people.alice).post(f"/cases/{case}/claim", {"next": "https://evil.example/"})

    assert answer.location.startswith("/")


def test_handing_over_offers_colleagues_of_the_department_only(
    office: Office, people: People, browser: Open, case: int
) -> None:
    visitor = browser(people.alice)
    office.do(claim_case, office.viewer(people.alice), case)

    question = visitor.get(f"/cases/{case}/hand-over").text
    visitor.post(f"/cases/{case}/hand-over", {"officer": office.anna.id})

    assert "Anna" in question
    assert "Dai" not in question
    assert office.case(case).assignee_id == office.anna.id
    assert "Handed over to Anna" in visitor.get(f"/cases/{case}").text


def test_returning_needs_a_basis_and_leads_back_to_the_list(
    office: Office, people: People, browser: Open, case: int
) -> None:
    visitor = browser(people.alice)
    back = f"/inbox?view=department&case={case}"

    refused = visitor.post(f"/cases/{case}/return", {"basis": " ", "next": back})
    done = visitor.post(f"/cases/{case}/return", {"basis": "《职责规定》第三条", "next": back})

    assert refused.status_code == 422
    assert done.location == "/inbox?view=department"
    assert office.case(case).state == CaseState.ARBITRATION
    assert visitor.get(done.location).status_code == 200


def test_a_dispatcher_assigns_elsewhere_with_routings_own_ideas_first(
    office: Office, people: People, browser: Open, case: int
) -> None:
    visitor = browser(people.erin)

    question = visitor.get(f"/cases/{case}/assign").text
    visitor.post(f"/cases/{case}/assign", {"department": people.water.id, "reason": "水管漏水"})

    assert f'value="{people.water.id}"' in question
    assert f'<option value="{people.housing.id}"' not in question
    assert office.case(case).department_id == people.water.id
    assert "水管漏水" in visitor.get(f"/cases/{case}").text


def test_recalling_and_correcting_and_marking_leave_their_traces(
    office: Office, people: People, browser: Open, case: int
) -> None:
    visitor = browser(people.erin)

    visitor.post(f"/cases/{case}/kind", {"kind": "complaint"})
    visitor.post(f"/cases/{case}/sensitive", {"sensitive": "yes"})
    visitor.post(f"/cases/{case}/recall")

    found = office.case(case)
    assert (found.kind, found.sensitive, found.state) == (Kind.COMPLAINT, True, CaseState.TRIAGE_DESK)
    assert "recalled" in office.events(case)
    assert "Taken back to the triage desk from Housing Bureau" in visitor.get(f"/cases/{case}").text


def test_spam_is_set_aside_and_one_click_brings_it_back(
    office: Office, people: People, browser: Open, case: int
) -> None:
    visitor = browser(people.erin)

    visitor.post(f"/cases/{case}/set-aside", {"next": f"/cases/{case}"})
    offered = visitor.get("/inbox").text
    visitor.post(f"/cases/{case}/take-back")

    assert f'action="/cases/{case}/take-back"' in offered
    assert office.case(case).state == CaseState.TRIAGE_DESK
    assert not office.case(case).spam


def test_notes_are_for_colleagues_and_need_words(
    office: Office, people: People, browser: Open, case: int
) -> None:
    visitor = browser(people.alice)

    assert visitor.post(f"/cases/{case}/notes", {"text": "  "}).status_code == 422
    visitor.post(f"/cases/{case}/notes", {"text": "和物业老周确认过"})

    assert "和物业老周确认过" in browser(office.anna).get(f"/cases/{case}").text


def test_colleagues_see_each_other_and_that_the_case_moved_on(
    office: Office, people: People, browser: Open, case: int
) -> None:
    office.do(note_presence, office.viewer(office.anna), case)
    version = office.case(case).version
    visitor = browser(people.alice)

    calm = visitor.post(f"/cases/{case}/presence", {"version": version}).text
    office.do(claim_case, office.viewer(office.anna), case)
    moved = visitor.post(f"/cases/{case}/presence", {"version": version}).text

    assert "Also here now: 安娜" in calm or "Also here now: Anna" in calm
    assert "has changed" not in calm
    assert "has changed" in moved


def test_a_failed_step_of_triage_shows_its_cause_and_runs_again(
    office: Office, people: People, browser: Open, case: int
) -> None:
    with office.database.transaction() as session:
        session.add(TriageFailure(case_id=case, step="suggest", error="ValueError: broken", at=NOW))
    visitor = browser(people.alice)

    page = visitor.get(f"/cases/{case}").text
    visitor.post(f"/cases/{case}/triage")

    assert "ValueError: broken" in page
    with office.database.reading() as session:
        assert session.exec(select(Task.id).where(Task.subject_id == case, Task.kind == "triage")).all()


def test_a_reply_that_did_not_arrive_is_sent_again_by_hand(
    office: Office, people: People, browser: Open, case: int
) -> None:
    alice, anna = office.viewer(people.alice), office.viewer(office.anna)
    reply = office.do(
        submit_reply, alice, case, "物业已于11月19日修好，电话0000-6000001。", expected_version=0
    )
    delivery = office.do(approve_reply, anna, case, version=reply.version)
    with office.database.transaction() as session:
        stored = session.get_one(Delivery, delivery.id)
        stored.state, stored.error = DeliveryState.FAILED, "HTTP 502"
    visitor = browser(people.alice)

    page = visitor.get(f"/cases/{case}").text
    visitor.post(f"/cases/{case}/deliveries/{delivery.id}")

    assert "HTTP 502" in page
    with office.database.reading() as session:
        assert session.get_one(Delivery, delivery.id).state == DeliveryState.WAITING
    (other,) = office.receive("另一部电梯坏了，物业不管")
    assert visitor.post(f"/cases/{other}/deliveries/{delivery.id}").status_code == 404


def test_earlier_cases_of_the_same_citizen_are_one_click_away(
    office: Office, people: People, browser: Open, case: int
) -> None:
    (again,) = office.receive("电梯又坏了，物业还是不管")

    page = browser(people.alice).get(f"/cases/{again}").text

    assert "1 earlier case of the same citizen" in page
    assert f'href="/cases/{case}"' in page


def test_the_page_tells_a_closed_case_from_an_open_one(
    office: Office, people: People, browser: Open, case: int
) -> None:
    alice, anna = office.viewer(people.alice), office.viewer(office.anna)
    reply = office.do(
        submit_reply, alice, case, "物业已于11月19日修好，电话0000-6000001。", expected_version=0
    )
    office.do(approve_reply, anna, case, version=reply.version)
    visitor = browser(people.alice)

    visitor.post(f"/cases/{case}/close")
    page = visitor.get(f"/cases/{case}").text

    assert "Closed by hand" in page
    assert "Done in time" in page
    assert 'id="reply-form"' not in page


def test_a_supplement_and_a_note_stand_in_the_order_they_came(
    office: Office, people: People, browser: Open, case: int
) -> None:
    alice = office.viewer(people.alice)
    office.do(add_note, alice, case, "先问物业", at=NOW - timedelta(minutes=10))
    office.do(save_draft, alice, case, "草稿", expected_version=0)

    page = browser(people.alice).get(f"/cases/{case}").text

    assert page.index("小区电梯坏了三天") < page.index("先问物业") < page.index("草稿")


def test_clocks_of_the_page_are_those_of_the_case(
    office: Office, people: People, browser: Open, case: int
) -> None:
    with office.database.reading() as session:
        clocks = deadlines_of(session, [case])[case]

    page = browser(people.alice).get(f"/cases/{case}").text

    assert page.count('class="clock"') == len(clocks)


def test_every_question_page_opens_without_scripts(
    office: Office, people: People, browser: Open, case: int
) -> None:
    officer, dispatcher = browser(people.alice), browser(people.erin)

    assert [officer.get(f"/cases/{case}/{page}").status_code for page in ("hand-over", "return", "kind")] == [
        200
    ] * 3
    assert dispatcher.get(f"/cases/{case}/assign").status_code == 200
    assert officer.get(f"/cases/{case}/assign").status_code == 403


def _without_reference(page: str) -> str:
    """Leave out the number of the request, which differs for every answer."""
    return re.sub(r"<code>[0-9a-f]{12}</code>", "", page)
