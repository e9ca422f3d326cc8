"""Reading in a file on the page: columns, preview, errors in words, progress, result, and the bad rows to keep."""

import io
from collections.abc import Callable

import openpyxl
import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.web.people import Browser, People
from tests.web.ways_in import cases_of, messages_of, open_accounts, services_of
from web import jobs
from web.imports import run_import
from web.runtime import Runtime

Open = Callable[..., Browser]
GOOD = "编号,内容,来信时间\n1,人民路路灯坏了,2026-11-18 09:30\n2,小区电梯坏了没人修,2026/11/18\n"
BAD = GOOD + "3,,\n4,=cmd()|井盖丢了,昨天\n"
START = {"external_id": "编号", "text": "内容", "posted_at": "来信时间", "action": "start"}


@pytest.fixture
def erin(app: Flask, browser: Open, people: People) -> Browser:
    open_accounts(app)
    return browser(people.erin)


def upload(
    browser: Browser, content: bytes | str = GOOD, *, name: str = "十一月.csv", account: str = "sheet"
) -> TestResponse:
    data = content.encode() if isinstance(content, str) else content
    return browser.post("/imports", {"account": account, "file": (io.BytesIO(data), name)})


def work(runtime: Runtime, app: Flask) -> None:
    """Do what a worker would do now: the imports, then the triage."""
    from inbox.models import TaskKind
    from inbox.outbox import stale_tasks
    from tests.web.people import NOW

    jobs.use_runtime(runtime)
    for kind, job in ((TaskKind.IMPORT, jobs.import_file), (TaskKind.TRIAGE, jobs.triage)):
        with services_of(app).database.reading() as session:
            waiting = [i for k, i in stale_tasks(session, now=NOW.replace(year=2090)) if k == kind]
        if waiting:
            job(waiting)


def test_a_file_goes_from_upload_over_its_columns_to_its_cases(
    app: Flask, runtime: Runtime, erin: Browser
) -> None:
    uploaded = upload(erin)
    page = erin.get(uploaded.headers["Location"]).text
    started = erin.post(uploaded.headers["Location"] + "/columns", START)
    running = erin.get(started.headers["Location"]).text
    nothing_yet = len(messages_of(app))
    work(runtime, app)
    done = erin.get(started.headers["Location"]).text

    assert uploaded.status_code == 303
    assert '<option value="内容" selected>' in page
    assert "人民路路灯坏了" in page
    assert "All 2 rows can be taken." in page
    assert nothing_yet == 0
    assert "0 of 2 messages" in running
    assert 'data-refresh="/imports' in running
    assert "2 messages were taken in and triaged." in done
    assert 'data-refresh="/imports' not in done
    assert len(cases_of(app)) == 2
    assert "人民路路灯坏了" in erin.get(uploaded.headers["Location"] + "/cases").text
    assert "十一月.csv" in erin.get("/imports").text


def test_the_progress_survives_a_reload_and_is_a_fragment_that_says_when_nothing_changed(
    erin: Browser,
) -> None:
    page = upload(erin).headers["Location"]
    erin.post(page + "/columns", START)

    first = erin.get(page + "/progress")
    same = erin.get(page + "/progress", headers={"If-None-Match": first.headers["ETag"]})

    assert "0 of 2 messages" in first.text
    assert "<html" not in first.text
    assert same.status_code == 304


def test_rows_that_cannot_be_taken_are_named_in_words_with_their_line(erin: Browser) -> None:
    page = erin.get(upload(erin, BAD).headers["Location"]).text

    assert "2 rows cannot be taken" in page
    assert "there is no text" in page
    assert "“昨天” is not a date and time" in page
    assert "Leave them out and take in 2 messages" in page
    assert 'value="start"' not in page


def test_good_rows_are_taken_when_the_bad_ones_are_left_out(
    app: Flask, runtime: Runtime, erin: Browser
) -> None:
    page = upload(erin, BAD).headers["Location"]
    erin.post(page + "/columns", START | {"action": "start_good"})
    work(runtime, app)

    result = erin.get(page).text
    assert len(messages_of(app)) == 2
    assert "2 rows were not taken" in result
    assert "there is no text" in result


def test_a_file_to_be_taken_whole_is_refused_whole_and_can_go_back_to_its_columns(
    app: Flask, runtime: Runtime, erin: Browser
) -> None:
    page = upload(erin, BAD).headers["Location"]
    erin.post(page + "/columns", START)
    work(runtime, app)

    refused = erin.get(page).text
    erin.post(page + "/retry")

    assert "Nothing was taken in" in refused
    assert messages_of(app) == []
    assert "Which column is what?" in erin.get(page).text


def test_the_bad_rows_come_as_a_workbook_of_plain_words(erin: Browser) -> None:
    page = upload(erin, BAD).headers["Location"]

    answer = erin.get(page + "/bad-rows.xlsx")

    sheet = openpyxl.load_workbook(io.BytesIO(answer.data)).active
    assert sheet is not None
    rows = [[cell.value or "" for cell in row] for row in sheet.iter_rows()]
    assert "attachment" in answer.headers["Content-Disposition"]
    assert rows == [
        ["编号", "内容", "来信时间", "Line in the file", "What is wrong"],
        ["3", "", "", "4", "there is no text"],
        ["4", "=cmd()|井盖丢了", "昨天", "5", "“昨天” is not a date and time"],
    ]
    assert {cell.data_type for row in sheet.iter_rows() for cell in row if cell.value} == {"s"}


def test_another_choice_of_columns_is_tried_before_anything_is_taken(app: Flask, erin: Browser) -> None:
    page = upload(erin, "甲,乙\n路灯坏了,人民路\n").headers["Location"]

    lost = erin.get(page).text
    tried = erin.post(
        page + "/columns", {"text": "甲", "place": "乙", "action": "check"}, follow_redirects=True
    )

    assert "Choose the column that holds the text." in lost
    assert "Take in" not in lost
    assert "Take in 1 message" in tried.text
    assert messages_of(app) == []


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"text": "编号", "title": "编号", "action": "start"}, "One column was chosen for two fields"),
        ({"text": "nothing", "action": "start"}, "no column nothing"),
        ({"place": "内容", "action": "start"}, "No column holds the text"),
        ({"action": "start"}, "No column holds the text"),
    ],
)
def test_columns_that_do_not_fit_are_refused_with_the_choice_kept(
    app: Flask, erin: Browser, form: dict[str, str], sentence: str
) -> None:
    page = upload(erin).headers["Location"]

    refused = erin.post(page + "/columns", form)

    assert refused.status_code == 422
    assert sentence in refused.text
    assert messages_of(app) == []


@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [
        (b"", "x.csv", "is empty"),
        (b"PK\x03\x04 not a workbook at all", "x.xlsx", "is not a readable workbook"),
        (b"%PDF-1.7", "x.pdf", "is not a table"),
        (b"a,text\n\x81\xff,x\n", "x.csv", "is neither UTF-8 nor GB18030"),
        (b"one line\n", "x.csv", "has no column names"),
        (b'{"text": "x"}\n{broken', "x.jsonl", "Line 2 is not readable JSON"),
    ],
)
def test_a_file_that_cannot_be_read_gets_one_sentence(
    erin: Browser, content: bytes, name: str, sentence: str
) -> None:
    refused = upload(erin, content, name=name)

    assert refused.status_code == 422
    assert sentence in refused.text
    assert "Nothing was read in yet" in erin.get("/imports").text


def test_no_file_and_an_unknown_account_get_one_sentence_each(erin: Browser) -> None:
    assert "Please choose a file." in erin.post("/imports", {"account": "sheet"}).text
    assert "No account has the code nobody" in upload(erin, account="nobody").text


def test_two_hundred_columns_and_a_name_with_markup_are_shown(erin: Browser) -> None:
    head = ",".join([f"列{n}" for n in range(199)] + ["内容"])
    row = ",".join(["<b>x</b>"] * 199 + ["路灯坏了"])

    page = erin.get(upload(erin, f"{head}\n{row}\n", name="<script>.csv").headers["Location"])

    assert page.status_code == 200
    assert "200 columns" in page.text
    assert "<b>x" not in page.text
    assert "<script>.csv" not in page.text


def test_lone_surrogates_of_a_json_file_are_taken_and_shown(
    app: Flask, runtime: Runtime, erin: Browser
) -> None:
    page = upload(erin, b'{"id": "1", "text": "\\u8def\\u706f\\ud83d"}\n', name="x.jsonl").headers["Location"]

    shown = erin.get(page)
    erin.post(page + "/columns", {"external_id": "id", "text": "text", "action": "start"})
    work(runtime, app)

    assert shown.status_code == 200
    assert messages_of(app)[0].text == "路灯\ufffd"


def test_an_interrupted_import_goes_on_where_it_was(app: Flask, runtime: Runtime, erin: Browser) -> None:
    rows = "".join(f"{n},第{n}盏路灯坏了,\n" for n in range(1, 1501))
    page = upload(erin, "编号,内容,来信时间\n" + rows).headers["Location"]
    erin.post(page + "/columns", START)

    class Killed(BaseException):
        """What a killed worker looks like from inside."""

    def die(_done: int, _total: int) -> None:
        raise Killed

    number = int(page.rsplit("/", 1)[1])
    with pytest.raises(Killed):
        run_import(
            runtime.database, number, zone=runtime.knowledge._zone, clock=services_of(app).clock, progress=die
        )
    half = erin.get(page).text
    work(runtime, app)

    assert "1,000 of 1,500 messages" in half
    assert len(messages_of(app)) == 1500
    assert "1500 messages were taken in" in erin.get(page).text


@pytest.mark.parametrize("address", ["/imports", "/imports/new", "/imports/1", "/imports/1/bad-rows.xlsx"])
def test_only_dispatchers_and_administrators_read_files_in(
    browser: Open, people: People, address: str
) -> None:
    allowed = {people.erin.login, people.gu.login}

    for officer in people.all():
        status = browser(officer).get(address).status_code
        assert (status == 403) == (officer.login not in allowed), officer.login


def test_an_import_that_does_not_exist_is_not_found(erin: Browser) -> None:
    assert erin.get("/imports/99").status_code == 404
