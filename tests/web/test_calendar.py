"""The pages of the working calendar: a year with its notices, and loading a new one."""

import io
import json
from collections.abc import Callable

import pytest
from flask import Flask

from tests.web.people import NOW, Browser, People, carried

Open = Callable[..., Browser]
NOTICE = {
    "year": "2027",
    "number": "国办发明电〔2026〕9号",
    "issued_on": "2026-11-10",
    "holidays": "2027-01-01 至 2027-01-03 元旦\n2027-02-05 .. 2027-02-11 春节",
    "workdays": "2027-02-14 春节",
}


@pytest.fixture
def gu(people: People, browser: Open, defaults: None) -> Browser:
    return browser(people.gu)


def test_year_shows_every_span_with_its_notice(gu: Browser, people: People, browser: Open) -> None:
    english = gu.get("/calendar?year=2026").text
    chinese = browser(people.gu, locale="zh_CN").get("/calendar?year=2026").text

    assert "National Day" in english
    assert "make-up working day" in english
    assert "国办发明电〔2025〕7号" in chinese
    assert "国庆节" in chinese
    assert '<time datetime="2026-10-01">1</time><small>休</small>' in chinese


def test_year_without_notice_says_that_it_is_provisional(gu: Browser) -> None:
    assert "No notice for this year yet" in gu.get("/calendar?year=2027").text


def test_year_out_of_reach_shows_this_one(gu: Browser) -> None:
    assert "Working calendar 2026" in gu.get("/calendar?year=999999").text


def test_preview_shows_the_days_and_changes_nothing(app: Flask, gu: Browser) -> None:
    page = gu.post("/calendar/notices/preview", NOTICE)

    assert page.status_code == 200
    assert "14 Feb 2027" in page.text
    with app.extensions["minhu"].database.reading() as session:
        app.extensions["minhu"].knowledge.forget()
        calendar = app.extensions["minhu"].knowledge.calendar(session, now=NOW)
    assert 2027 not in calendar.known_years


def test_loading_makes_the_year_known_at_once(app: Flask, gu: Browser) -> None:
    page = gu.post("/calendar/notices/preview", NOTICE).text
    content = page.split('name="content" value="')[1].split('"')[0].replace("&#34;", '"')

    answered = gu.post("/calendar/notices", {"content": content})

    assert answered.headers["Location"] == "/calendar?year=2027"
    year = gu.get("/calendar?year=2027").text
    assert "国办发明电〔2026〕9号" in year
    assert "No notice for this year yet" not in year


def test_uploaded_file_is_taken_instead_of_what_is_typed(gu: Browser) -> None:
    notice = {
        "year": 2027,
        "number": "文件〔2026〕1号",
        "issued_on": "2026-11-10",
        "days": [{"on": "2027-01-01", "kind": "holiday", "name": "元旦"}],
    }
    file = (io.BytesIO(json.dumps(notice).encode()), "2027.json")

    page = gu.post("/calendar/notices/preview", {**NOTICE, "file": file}, content_type="multipart/form-data")

    assert "文件〔2026〕1号" in page.text


@pytest.mark.parametrize(
    "change",
    [
        {"number": ""},
        {"issued_on": "yesterday"},
        {"year": "two"},
        {"holidays": "", "workdays": ""},
        {"workdays": "2027-02-16 春节"},
        {"holidays": "2027-02-30 元旦"},
        {"holidays": "next spring"},
    ],
)
def test_impossible_notice_is_refused_with_what_was_typed(gu: Browser, change: dict[str, str]) -> None:
    refused = gu.post("/calendar/notices/preview", {**NOTICE, **change})

    assert refused.status_code == 422
    assert "Nothing was saved" in refused.text
    assert change.get("number", NOTICE["number"]) in refused.text


def test_forged_content_is_refused(gu: Browser) -> None:
    assert gu.post("/calendar/notices", {"content": "{"}).status_code == 422


def test_officer_reads_the_calendar_but_loads_nothing(people: People, browser: Open, defaults: None) -> None:
    alice = browser(people.alice)

    assert alice.get("/calendar").status_code == 200
    assert "Load a notice" not in alice.get("/calendar").text
    assert alice.post("/calendar/notices", {"content": "{}"}).status_code == 403


def test_local_holiday_with_a_half_day_is_loaded_and_taken_out_again(app: Flask, gu: Browser) -> None:
    local = {
        "year": "2026",
        "number": "岚政发〔2026〕3号",
        "issued_on": "2026-11-01",
        "region": "岚汀县",
        "holidays": "2026-12-21 冬至节",
        "half_days": "2026-12-22 冬至节",
    }
    preview = gu.post("/calendar/notices/preview", local)
    gu.post("/calendar/notices", {"content": carried(preview.text)})
    shown = gu.get("/calendar?year=2026").text

    asked = gu.get(
        "/calendar/notices/2026/remove", query_string={"number": local["number"], "region": "岚汀县"}
    )

    assert "half day" in preview.text
    assert "岚政发〔2026〕3号" in shown
    assert asked.status_code == 200
    assert "冬至节" in gu.get("/calendar?year=2026").text
    gu.post(f"/calendar/notices/2026/remove?number={local['number']}&region=岚汀县")
    assert "冬至节" not in gu.get("/calendar?year=2026").text
    assert gu.post("/calendar/notices/2026/remove?number=none").status_code == 404


def test_taking_out_the_years_only_notice_makes_it_provisional(gu: Browser) -> None:
    number = "国办发明电〔2025〕7号"
    assert number in gu.get("/calendar?year=2026").text

    gu.post("/calendar/notices/2026/remove", query_string={"number": number})

    assert "No notice for this year yet" in gu.get("/calendar?year=2026").text
