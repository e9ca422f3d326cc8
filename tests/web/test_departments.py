"""The pages of departments and their duties."""

from collections.abc import Callable

import pytest
from flask import Flask

from routing.departments import department_by_code
from routing.entries import all_duties
from tests.web.people import Browser, People

Open = Callable[..., Browser]
HOUSING = {
    "name": "县住房和城乡建设局",
    "name_en": "Housing Bureau",
    "phone": "0000-6000001",
    "aliases": "住建局、 房管局",
}


@pytest.fixture
def gu(people: People, browser: Open) -> Browser:
    return browser(people.gu)


def test_list_shows_departments_in_the_readers_language(gu: Browser, people: People, browser: Open) -> None:
    assert "Housing Bureau" in gu.get("/departments").text
    assert "县住房和城乡建设局" in browser(people.gu, locale="zh_CN").get("/departments").text


def test_dispatcher_reads_but_does_not_change(people: People, browser: Open) -> None:
    erin = browser(people.erin)

    page = erin.get("/departments/housing")

    assert page.status_code == 200
    assert 'name="phone"' not in page.text
    assert erin.post("/departments/housing", HOUSING).status_code == 403


def test_changes_are_saved_and_lists_are_read_with_any_comma(app: Flask, gu: Browser) -> None:
    answered = gu.post("/departments/housing", {**HOUSING, "threshold": "62.5"})

    assert answered.status_code == 303
    with app.extensions["minhu"].database.reading() as session:
        unit = department_by_code(session, "housing")
    assert unit is not None
    assert unit.phone == "0000-6000001"
    assert unit.aliases == ("住建局", "房管局")
    assert unit.threshold == 0.625


@pytest.mark.parametrize("threshold", ["120", "-1", "much"])
def test_impossible_threshold_is_refused_with_the_rest_kept(gu: Browser, threshold: str) -> None:
    refused = gu.post("/departments/housing", {**HOUSING, "phone": "123", "threshold": threshold})

    assert refused.status_code == 422
    assert "percentage from 0 to 100" in refused.text
    assert 'value="123"' in refused.text


def test_new_department_needs_a_free_code(gu: Browser) -> None:
    made = gu.post("/departments/new", {**HOUSING, "code": "Parks", "kind": "department"})
    again = gu.post("/departments/new", {**HOUSING, "code": "parks", "kind": "department"})

    assert made.headers["Location"] == "/departments/parks"
    assert again.status_code == 409
    assert "parks is in use already" in again.text


def test_closed_department_takes_nothing_until_it_is_opened_again(app: Flask, gu: Browser) -> None:
    assert "No new message goes there" in gu.get("/departments/housing/close").text

    gu.post("/departments/housing/close")
    assert "Nothing is routed to it" in gu.get("/departments/housing").text
    gu.post("/departments/housing/reopen")

    with app.extensions["minhu"].database.reading() as session:
        unit = department_by_code(session, "housing")
    assert unit is not None
    assert unit.is_open


def test_duty_decides_where_a_message_goes(app: Flask, gu: Browser) -> None:
    assert "Nothing in the text points" in gu.get("/departments?try=小区电梯坏了").text

    gu.post("/departments/housing/duties", {"title": "物业管理", "words": "电梯，物业", "exclusive": "1"})
    app.extensions["minhu"].knowledge.forget()
    tried = gu.get("/departments?try=小区电梯坏了").text

    assert "“电梯”" in tried
    assert "a duty of this department – 物业管理" in tried


def test_duty_can_be_changed_and_retired(app: Flask, gu: Browser, people: People) -> None:
    gu.post("/departments/housing/duties", {"title": "物业管理", "words": "电梯"})
    with app.extensions["minhu"].database.reading() as session:
        (duty,) = all_duties(session, department_id=people.housing.id)

    gu.post(
        f"/departments/housing/duties/{duty.id}",
        {"title": "物业", "words": "电梯\n楼道", "basis": "物业管理条例"},
    )
    with app.extensions["minhu"].database.reading() as session:
        (changed,) = all_duties(session, department_id=people.housing.id)
    gu.post(f"/departments/housing/duties/{duty.id}/retire")

    assert changed.words == ("电梯", "楼道")
    assert changed.basis == "物业管理条例"
    assert "No duties yet" in gu.get("/departments/housing").text


def test_duty_without_words_is_refused(gu: Browser) -> None:
    gu.post("/departments/housing/duties", {"title": "物业管理", "words": " ， "})

    assert "at least one word" in gu.get("/departments/housing").text


def test_unknown_department_is_a_page_with_what_to_do(gu: Browser) -> None:
    assert gu.get("/departments/nowhere").status_code == 404
