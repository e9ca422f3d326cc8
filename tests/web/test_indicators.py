"""The twelve indicators: equal to a slow recount from the raw events, opened by their cases, each to its own people."""

import csv
import html
import re
from collections.abc import Callable
from datetime import date, timedelta
from io import BytesIO, StringIO

import openpyxl
import pytest
from flask import Flask
from sqlmodel import Session, select

from inbox.access import Viewer
from inbox.indicators.cohort import Period
from inbox.indicators.counting import Part, cases_behind, indicators
from inbox.indicators.definitions import Code
from inbox.models import Case
from inbox.spans import SpanKind, span_before, span_of
from routing.models import Department, Role
from tests.conftest import COUNTY_AT
from tests.inbox.recount import recount, stories
from tests.web.api_program import Program
from tests.web.office import LIFT, Office
from tests.web.people import NOW, Browser, People

END = COUNTY_AT
SUPERVISOR = Viewer(1, None, frozenset({Role.SUPERVISOR}))
PERIODS = [
    Period(END - timedelta(days=days), END - timedelta(days=until))
    for days, until in ((120, -30), (60, 30), (21, 7), (3, 0))
]


def test_each_indicator_equals_a_slow_recount_from_the_raw_events(county: Session) -> None:
    session = county
    told = stories(session)
    seen: set[Code] = set()

    for period in PERIODS:
        found = indicators(session, SUPERVISOR, period, now=END)
        slow = recount(told, period.starts_at, min(period.ends_at, END))
        for result in found:
            if result.code != Code.REPEATED:
                assert (result.total.counted, result.total.met) == slow.get(result.code.value, (0, 0)), (
                    result.code
                )
            if 0 < result.total.met < result.total.counted:
                seen.add(result.code)
            own = [result.departments.get(key) for key in result.departments]
            assert sum(figure.counted for figure in own if figure) == result.total.counted

    # A recount that only ever compared nothing with nothing would prove nothing.
    assert {Code.ANSWERED, Code.ON_TIME, Code.RESPONSE, Code.FORWARDED, Code.SOLVED, Code.STOCK} <= seen


def test_the_list_behind_a_number_has_exactly_its_cases(county: Session) -> None:
    session = county
    period = PERIODS[0]

    for result in indicators(session, SUPERVISOR, period, now=END):
        if result.code == Code.RETURNED:
            continue  # counted where it came from: its cases are elsewhere by now
        for department_id, figure in result.departments.items():
            if department_id is None:
                continue
            lists = {
                part: cases_behind(
                    session, SUPERVISOR, result.code, part, period, now=END, department_id=department_id
                )
                for part in Part
            }
            assert len(lists[Part.COUNTED]) == figure.counted, result.code
            assert len(lists[Part.MET]) == figure.met, result.code
            assert len(lists[Part.MISSED]) == figure.counted - figure.met, result.code
            units = select(Case.department_id).where(Case.id.in_(lists[Part.COUNTED]))  # type: ignore[union-attr]
            assert set(session.exec(units).all()) <= {department_id}


def test_due_exactly_now_is_not_counted_yet_and_a_moment_later_it_is(county: Session) -> None:
    session = county
    due_at = max(h.due for story in stories(session) for h in story.resolve if h.due < END)
    period = Period(due_at, END)

    at, after = (
        next(r for r in indicators(session, SUPERVISOR, period, now=moment) if r.code == Code.ON_TIME)
        for moment in (due_at, due_at + timedelta(microseconds=1))
    )

    assert at.total.counted == 0
    assert after.total.counted >= 1


@pytest.mark.parametrize(
    ("kind", "day", "first", "last"),
    [
        (SpanKind.WEEK, date(2026, 11, 22), date(2026, 11, 16), date(2026, 11, 22)),
        (SpanKind.MONTH, date(2028, 2, 10), date(2028, 2, 1), date(2028, 2, 29)),
        (SpanKind.QUARTER, date(2026, 12, 31), date(2026, 10, 1), date(2026, 12, 31)),
        (SpanKind.YEAR, date(2026, 1, 1), date(2026, 1, 1), date(2026, 12, 31)),
    ],
)
def test_periods_begin_and_end_where_people_say(kind: SpanKind, day: date, first: date, last: date) -> None:
    assert span_of(kind, day) == (first, last)
    assert span_before(kind, day)[1] == first - timedelta(days=1)


@pytest.fixture
def office(app: Flask, people: People) -> Office:
    """An office with old and new cases of two departments."""
    office = Office(app, people)
    office.receive(LIFT, "小区物业不退装修押金", "自来水停水两天了", ago=timedelta(days=20))
    return office


def test_numbers_on_the_page_open_their_cases(
    office: Office, people: People, browser: Callable[..., Browser]
) -> None:
    visitor = browser(people.bob)
    first, last = (NOW.date() - timedelta(days=40)).isoformat(), NOW.date().isoformat()

    page = visitor.get(f"/indicators/on_time?from={first}&to={last}").text
    numbers = re.findall(r'<a href="(/indicators/on_time[^"#]*)#cases" data-cases="(\d+)"', page)

    assert numbers
    for url, count in numbers:
        listed = visitor.get(html.unescape(url)).text
        assert len(set(re.findall(r'href="/cases/(\d+)"', listed))) == int(count)


def test_every_indicator_says_its_formula_and_version(
    office: Office, people: People, browser: Callable[..., Browser]
) -> None:
    page = browser(people.bob, locale="zh_CN").get("/indicators").text

    for name in (
        "答复率",
        "响应率",
        "按时转出率",
        "按时办结率",
        "解决率",
        "满意率",
        "退单率",
        "重办率",
        "延期率",
    ):
        assert name in page
    assert page.count("第 1 版") == 12
    assert browser(people.bob).get("/indicators/nonsense").status_code == 404
    assert browser(people.bob).get("/indicators?from=2026-13-45&to=x").status_code == 200


def test_a_department_sees_its_own_figures_only(
    office: Office, people: People, browser: Callable[..., Browser]
) -> None:
    period = f"from={(NOW.date() - timedelta(days=40)).isoformat()}&to={NOW.date().isoformat()}"
    own = browser(people.alice).get(f"/indicators/on_time?{period}").text
    whole = browser(people.bob).get(f"/indicators/on_time?{period}").text
    spied = browser(people.alice).get(
        f"/indicators/on_time?{period}&part=counted&department={people.water.id}"
    )

    assert "Water Bureau" in whole
    assert "Water Bureau" not in own
    assert "自来水停水" not in spied.text
    assert browser(people.chen).get("/indicators").status_code == 403


def test_a_program_reads_the_same_figures(app: Flask, office: Office, people: People) -> None:
    days = {"first_day": str(NOW.date() - timedelta(days=40)), "last_day": str(NOW.date())}

    told = Program(app, people.bob).get("/indicators", query_string=days).json
    own = Program(app, people.alice).get("/indicators", query_string=days).json

    assert [one["number"] for one in told["indicators"]] == list(range(1, 13))
    on_time, mine = told["indicators"][3], own["indicators"][3]
    assert on_time["total"]["counted"] == 3
    assert {one["department_id"] for one in mine["departments"]} == {people.housing.id}
    assert Program(app, people.bob).get("/indicators", query_string={"first_day": "x"}).status_code == 422


def test_the_workbook_holds_every_indicator_for_every_department(
    office: Office, people: People, browser: Callable[..., Browser]
) -> None:
    sent = browser(people.bob).get("/indicators/indicators.xlsx")

    assert sent.status_code == 200
    assert sent.mimetype.endswith("spreadsheetml.sheet")


def test_the_csv_holds_what_the_workbook_holds_and_no_formula(
    app: Flask, office: Office, people: People, browser: Callable[..., Browser]
) -> None:
    with office.database.transaction() as session:
        session.get_one(Department, people.water.id).name = "=HYPERLINK(1)"
    period = f"from={(NOW.date() - timedelta(days=40)).isoformat()}&to={NOW.date().isoformat()}"
    visitor = browser(people.bob, locale="zh_CN")

    sent = visitor.get(f"/indicators/indicators.csv?{period}")
    sheet = openpyxl.load_workbook(BytesIO(visitor.get(f"/indicators/indicators.xlsx?{period}").data)).active

    assert sent.data.startswith(b"\xef\xbb\xbf")  # by this Excel knows that it is UTF-8
    assert "attachment" in sent.headers["Content-Disposition"]
    rows = list(csv.reader(StringIO(sent.data.decode("utf-8-sig"))))
    assert "'=HYPERLINK(1)" in {row[2] for row in rows}
    cells = [[cell.value or "" for cell in row] for row in sheet.iter_rows()]
    assert [[cell.removeprefix("'") for cell in row] for row in rows] == cells
    days = {"first_day": str(NOW.date() - timedelta(days=40)), "last_day": str(NOW.date())}
    told = Program(app, people.bob).get("/indicators.csv", query_string=days)
    assert list(csv.reader(StringIO(told.data.decode("utf-8-sig")))) == rows
    assert Program(app, people.chen).get("/indicators.csv").status_code == 403
