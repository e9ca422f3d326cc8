"""Files that leave: replies carried back by hand in two steps, and case lists with what one may see."""

import io
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest
from flask import Flask
from sqlmodel import select
from werkzeug.test import TestResponse

from inbox.accounts import get_account
from inbox.intake import Submission, receive_messages
from inbox.models import CaseEvent, CaseState, Delivery, DeliveryState
from tests.web.people import NOW, Browser, People
from tests.web.ways_in import ANSWER, answer, cases_of, hand_to_housing, open_accounts, services_of

Open = Callable[..., Browser]


@pytest.fixture
def waiting(app: Flask, people: People) -> list[int]:
    """Two answered messages of the hotline's sheet; return their cases."""
    open_accounts(app)
    texts = ["=1+1 路灯坏了", "电梯坏了没人修"]
    with services_of(app).database.transaction() as session:
        account = get_account(session, "sheet")
        rows = [Submission(f"H{n}", text, text.encode()) for n, text in enumerate(texts, 1)]
        taken = receive_messages(session, account, rows, now=NOW)
    for receipt in taken.new:
        _triage(app, receipt.case_id)
        hand_to_housing(app, people, receipt.case_id)
        answer(app, people, receipt.case_id)
    return [receipt.case_id for receipt in taken.new]


def _triage(app: Flask, case_id: int) -> None:
    from inbox.triage import triage_cases

    services = services_of(app)
    with services.database.transaction() as session:
        triage_cases(session, [case_id], services.knowledge.tools(session, now=NOW), now=NOW)


def deliveries(app: Flask) -> list[Delivery]:
    with services_of(app).database.reading() as session:
        return list(session.exec(select(Delivery)).all())


def sheet(response: TestResponse) -> list[list[Any]]:
    page = openpyxl.load_workbook(io.BytesIO(response.data)).active
    assert page is not None
    assert {cell.data_type for row in page.iter_rows() for cell in row if cell.value} <= {"s"}
    return [[cell.value for cell in row] for row in page.iter_rows()]


def chosen(app: Flask) -> dict[str, list[str]]:
    return {"delivery": [str(d.id) for d in deliveries(app)]}


def test_the_replies_of_an_account_wait_with_their_number(
    browser: Open, people: People, waiting: list[int]
) -> None:
    erin = browser(people.erin)

    assert "热线台账" in erin.get("/exports").text
    assert "2 replies, each with the message it answers." in erin.get("/exports/sheet").text


def test_taking_the_file_marks_nothing(app: Flask, browser: Open, people: People, waiting: list[int]) -> None:
    response = browser(people.erin).post("/exports/sheet/replies.xlsx", chosen(app))

    rows = sheet(response)
    assert rows[0] == ["Identifier", "Tracking code", "Message", "Reply", "Approved on"]
    assert [(row[0], row[2], row[3]) for row in rows[1:]] == [
        ("H1", "=1+1 路灯坏了", ANSWER),
        ("H2", "电梯坏了没人修", ANSWER),
    ]
    assert {d.state for d in deliveries(app)} == {DeliveryState.WAITING}
    assert "attachment" in response.headers["Content-Disposition"]
    assert "no-store" in response.headers["Cache-Control"]


def test_saying_that_they_are_carried_back_delivers_them_and_notes_who_said_so(
    app: Flask, browser: Open, people: People, waiting: list[int]
) -> None:
    erin = browser(people.erin)

    first = erin.post("/exports/sheet/carried", chosen(app), follow_redirects=True)
    second = erin.post("/exports/sheet/carried", chosen(app), follow_redirects=True)

    assert "2 replies are marked as carried back" in first.text
    assert "No reply waits" in first.text
    assert "had been marked before" in second.text
    assert {case.state for case in cases_of(app)} == {CaseState.REPLIED}
    with services_of(app).database.reading() as session:
        events = session.exec(select(CaseEvent).where(CaseEvent.kind == "delivered")).all()
    assert [event.actor_id for event in events] == [people.erin.id] * 2


def test_only_what_the_page_showed_is_marked(
    app: Flask, browser: Open, people: People, waiting: list[int]
) -> None:
    shown = deliveries(app)[0]

    browser(people.erin).post("/exports/sheet/carried", {"delivery": [str(shown.id), "99999", "x"]})

    states = {d.id: d.state for d in deliveries(app)}
    assert states.pop(shown.id) == DeliveryState.DELIVERED
    assert set(states.values()) == {DeliveryState.WAITING}


def test_replies_of_another_account_are_never_marked(
    app: Flask, browser: Open, people: People, waiting: list[int]
) -> None:
    browser(people.erin).post("/exports/weibo/carried", chosen(app))

    assert {d.state for d in deliveries(app)} == {DeliveryState.WAITING}


def test_an_unknown_account_is_not_found(browser: Open, people: People, waiting: list[int]) -> None:
    assert browser(people.erin).get("/exports/nobody").status_code == 404


def test_who_does_not_carry_replies_does_not_see_them(
    browser: Open, people: People, waiting: list[int]
) -> None:
    for officer in (people.alice, people.bob, people.chen, people.dai, people.feng):
        assert browser(officer).get("/exports/sheet").status_code == 403
        assert browser(officer).post("/exports/sheet/carried").status_code == 403


def test_a_case_list_leaves_as_words_in_the_readers_language(
    browser: Open, people: People, waiting: list[int]
) -> None:
    english = sheet(browser(people.bob).get("/exports/cases.xlsx"))
    chinese = sheet(browser(people.bob, locale="zh_CN").get("/exports/cases.xlsx"))

    assert len(english) == len(chinese) == 3
    assert english[0][:3] == ["Tracking code", "Title", "Message"]
    assert english[1][6] == "Housing Bureau"
    assert chinese[1][6] == "县住房和城乡建设局"


def test_a_case_list_is_narrowed_like_the_inbox(browser: Open, people: People, waiting: list[int]) -> None:
    bob = browser(people.bob)

    assert len(sheet(bob.get("/exports/cases.xlsx?q=电梯"))) == 2
    assert len(sheet(bob.get("/exports/cases.xlsx?view=triage_desk"))) == 1
    assert len(sheet(bob.get("/exports/cases.xlsx?view=nonsense&kind=nonsense&page=x"))) == 3
    assert len(sheet(bob.get("/exports/cases.xlsx?department=999"))) == 1


def test_nobody_takes_away_cases_they_may_not_see(browser: Open, people: People, waiting: list[int]) -> None:
    assert len(sheet(browser(people.alice).get("/exports/cases.xlsx"))) == 3
    assert len(sheet(browser(people.dai).get("/exports/cases.xlsx"))) == 1
    assert browser(people.chen).get("/exports/cases.xlsx").status_code == 403
    assert browser().get("/exports/cases.xlsx").status_code == 302
