"""The page of office hours: lines for everybody and for departments, a preview, putting them in force."""

from collections.abc import Callable
from datetime import time

import pytest
from flask import Flask

from inbox.events import events_of
from sla.calendar import SHANGHAI
from sla.calendar_editing import list_hours
from sla.models import Clock
from sla.views import deadlines_of
from tests.web.office import LIFT, Office
from tests.web.people import Browser, People, carried

Open = Callable[..., Browser]

ALL_YEAR = {"department": "", "periods": "8:30-12:00, 14:00-17:30"}
SUMMER = {
    "department": "",
    "periods": "8:00-12:00，15:00-18:00",
    "season_from": "06-01",
    "season_to": "09-30",
}
FIELDS = ("department", "season_from", "season_to", "periods", "valid_from", "valid_until", "basis")


@pytest.fixture
def gu(people: People, browser: Open, defaults: None) -> Browser:
    return browser(people.gu)


def lines(*given: dict[str, str]) -> dict[str, list[str]]:
    """Lay lines out as a form sends them."""
    return {name: [line.get(name, "") for line in given] for name in FIELDS}


def test_hours_for_the_summer_and_for_one_department_are_put_in_force(app: Flask, gu: Browser) -> None:
    court = {"department": "housing", "periods": "9:00-12:00 13:00-17:00", "basis": "县府办〔2026〕8号"}

    preview = gu.post("/calendar/hours/preview", lines(ALL_YEAR, SUMMER, court))
    answered = gu.post("/calendar/hours", {"content": carried(preview.text)})

    assert preview.status_code == 200
    assert "Housing Bureau" in preview.text
    assert answered.status_code == 302
    shown = gu.get("/calendar").text
    assert "08:00–12:00 · 15:00–18:00" in shown
    assert "06-01 – 09-30" in shown
    assert "县府办〔2026〕8号" in shown
    with app.extensions["minhu"].database.reading() as session:
        assert [rule.department for rule in list_hours(session)] == ["", "", "housing"]


def test_preview_changes_nothing_and_an_empty_line_can_be_added(app: Flask, gu: Browser) -> None:
    page = gu.post("/calendar/hours/preview", lines(ALL_YEAR) | {"do": "add"})

    assert page.text.count('name="periods"') == 2
    gu.post("/calendar/hours/preview", lines(ALL_YEAR, SUMMER))
    with app.extensions["minhu"].database.reading() as session:
        assert len(list_hours(session)) == 1


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ({"periods": "14:00-12:00"}, "each opening before its closing"),
        ({"periods": "morning"}, "not a list such as"),
        ({"periods": "25:00-26:00"}, "not a time of day"),
        ({"periods": "8:30-12:00", "season_from": "06-01"}, "first and a last day"),
        ({"periods": "8:30-12:00", "valid_from": "2026-02-30"}, "not a day"),
    ],
)
def test_hours_that_cannot_be_are_refused_with_what_was_typed(
    gu: Browser, line: dict[str, str], problem: str
) -> None:
    refused = gu.post("/calendar/hours/preview", lines(ALL_YEAR, line))

    assert refused.status_code == 422
    assert problem in refused.text
    assert line["periods"] in refused.text


def test_a_line_for_everybody_and_all_year_must_stay(gu: Browser) -> None:
    refused = gu.post("/calendar/hours/preview", lines(SUMMER))

    assert refused.status_code == 422
    assert "everyone and all year" in refused.text


def test_moved_deadlines_are_told_on_the_case_and_to_who_has_it(
    app: Flask, people: People, browser: Open
) -> None:
    office = Office(app, people)
    (case_id,) = office.receive(LIFT)
    gu, alice = browser(people.gu), browser(people.alice)
    alice.post(f"/cases/{case_id}/claim")
    early = {"department": "", "periods": "8:30-12:00, 13:00-16:30"}

    preview = gu.post("/calendar/hours/preview", lines(early))
    gu.post("/calendar/hours", {"content": carried(preview.text)})

    with office.database.reading() as session:
        due_at = {view.clock: view.due_at for view in deadlines_of(session, [case_id])[case_id]}
        case = office.case(case_id)
        moved = [event for event in events_of(session, case_id) if event.kind == "deadline_moved"]
    assert due_at[Clock.resolve].astimezone(SHANGHAI).time() == time(16, 30)
    assert case.next_due_at in due_at.values()
    assert {event.params["clock"] for event in moved} >= {"resolve"}
    assert "Office hours changed" in alice.get(f"/cases/{case_id}").text
    assert "Deadlines of cases in your hands moved (1)" in alice.get("/notices").text


def test_officer_may_not_change_the_hours(people: People, browser: Open, defaults: None) -> None:
    alice = browser(people.alice)

    assert alice.get("/calendar/hours").status_code == 403
    assert alice.post("/calendar/hours", {"content": "[]"}).status_code == 403


def test_forged_content_is_refused(gu: Browser) -> None:
    for content in ("", "[]", "{}", '[{"periods": "x"}]', "[1]"):
        assert gu.post("/calendar/hours", {"content": content}).status_code == 422
