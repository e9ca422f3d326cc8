"""Standard answers from a file and into one: preview, review, publication by a colleague, undoing, going round."""

import io
import json
from collections.abc import Callable
from datetime import date
from typing import Any

import openpyxl
import pytest
from flask import Flask
from sqlmodel import col, select

from inbox.models import TaskKind
from inbox.outbox import stale_tasks
from knowledge_base.articles import revise_article
from knowledge_base.content import ArticleContent
from knowledge_base.models import Article, ArticleStatus, RevisionState, Topic
from knowledge_base.topics import create_topic
from routing.officers import create_officer
from tests.web.people import NOW, Browser, People
from tests.web.ways_in import services_of
from web import jobs, knowledge_jobs
from web.article_imports import run_step
from web.runtime import Runtime

Open = Callable[..., Browser]
HEADS = "编号,问题,相似问法,答复,主题,责任单位,政策依据,失效日期\n"
GOOD = (
    HEADS
    + '1,居住证怎么办理？,"暂住证在哪办\n办居住证要几天",带身份证到窗口办理。,户籍,县住房和城乡建设局,'
    + "居住证暂行条例 | 国务院令第663号,2027年12月31日\n"
    + "2,水费在哪里交？,,=cmd()|到营业厅缴纳。,供水,water,,\n"
)


@pytest.fixture
def chen(browser: Open, people: People) -> Browser:
    """Chen's browser, editor."""
    return browser(people.chen)


@pytest.fixture
def lu(app: Flask, browser: Open, people: People) -> Browser:
    """The browser of Lu, another editor."""
    with services_of(app).database.transaction() as session:
        lu = create_officer(session, login="lu", name="陆", roles=["editor"], now=NOW)
    return browser(lu)


def upload(browser: Browser, content: str | bytes, name: str = "答问库.csv") -> str:
    """Upload a file and return the address of its import."""
    data = content.encode() if isinstance(content, str) else content
    form = {"source": "市统一咨询答问库", "version": "2026.11", "licence": "内部使用"}
    answer = browser.post("/article-imports", {**form, "file": (io.BytesIO(data), name)})
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"]


def work(app: Flask) -> None:
    """Do what the worker would do now."""
    services = services_of(app)
    with services.database.reading() as session:
        waiting = [i for k, i in stale_tasks(session, now=NOW.replace(year=2090)) if k == TaskKind.ARTICLES]
        ids = _subjects(session, waiting)
    for import_id in ids:
        run_step(services.database, import_id, clock=lambda: NOW, pulse=lambda: None)
    with services.database.transaction() as session:
        from inbox.outbox import claim_tasks

        claim_tasks(session, TaskKind.ARTICLES, waiting, now=NOW)


def _subjects(session: Any, task_ids: list[int]) -> list[int]:
    from inbox.models import Task

    return [session.get_one(Task, task_id).subject_id for task_id in task_ids]


def articles(app: Flask) -> dict[str, Article]:
    with services_of(app).database.reading() as session:
        found = session.exec(select(Article).order_by(col(Article.key))).all()
        for one in found:
            session.expunge(one)
    return {one.key: one for one in found}


def take_in(app: Flask, browser: Browser, content: str | bytes, name: str = "答问库.csv") -> str:
    address = upload(browser, content, name)
    browser.post(f"{address}/start")
    work(app)
    return address


def test_a_file_goes_from_its_preview_over_a_colleague_to_the_officers(
    app: Flask, chen: Browser, lu: Browser
) -> None:
    address = upload(chen, GOOD)
    preview = chen.get(address).text
    untouched = articles(app)
    chen.post(f"{address}/start")
    running = chen.get(address).text
    work(app)
    taken = chen.get(address).text
    own = chen.post(f"{address}/publish")
    lu.post(f"{address}/publish")
    work(app)
    done = lu.get(address).text

    assert "2 answers are new" in preview
    assert untouched == {}
    assert "it goes on" in running
    assert "A colleague publishes them" in taken
    assert own.status_code == 403
    assert "Officers are offered these answers" in done
    one = articles(app)["1"]
    assert one.status is ArticleStatus.PUBLISHED
    assert (one.owner_code, one.valid_until) == ("housing", date(2027, 12, 31))
    assert (one.source, one.version, one.licence) == ("市统一咨询答问库", "2026.11", "内部使用")
    assert one.basis[0]["number"] == "国务院令第663号"


def test_reading_the_same_file_again_changes_nothing(app: Flask, chen: Browser) -> None:
    take_in(app, chen, GOOD)
    before = {key: one.revision for key, one in articles(app).items()}

    page = chen.get(upload(chen, GOOD)).text

    assert "There is nothing to take in" in page
    assert {key: one.revision for key, one in articles(app).items()} == before


def test_what_changed_is_shown_word_by_word_and_waits_for_review(
    app: Flask, chen: Browser, lu: Browser
) -> None:
    address = take_in(app, chen, GOOD)
    lu.post(f"{address}/publish")
    work(app)

    changed = GOOD.replace("到窗口办理", "到二楼窗口办理")
    page = chen.get(upload(chen, changed)).text
    take_in(app, chen, changed)

    assert "1 answer is changed" in page
    assert "<ins>二楼</ins>" in page
    one = articles(app)["1"]
    assert one.answer == "带身份证到窗口办理。"
    assert one.pending is RevisionState.IN_REVIEW
    assert articles(app)["2"].pending is None


def test_bad_rows_are_refused_each_with_its_reason_and_can_be_kept(app: Flask, chen: Browser) -> None:
    bad = GOOD + (
        "3,没有答案的问题？,,,,,,\n"
        "4,日期不对的问题？,,答。,,,,下个月\n"
        "5,单位不对的问题？,,答。,,县不存在局,,\n"
        "1,编号重复的问题？,,答。,,,,\n"
        "6,水费在哪里交？,,答。,,,,\n"
        f"7,太长的问题？,,{'长' * 20_001},,,,\n"
    )

    address = upload(chen, bad)
    page = chen.get(address).text
    kept = openpyxl.load_workbook(io.BytesIO(chen.get(f"{address}/refused.xlsx").data)).active
    chen.post(f"{address}/start")
    work(app)

    for words in (
        "6 rows are refused",
        "Answer: there is no text",
        "“下个月” is not a date",
        "no department “县不存在局”",
        "it repeats line 2",
        "it repeats line 3",
        "longer than 20000 characters",
    ):
        assert words in page, words
    assert kept is not None
    assert kept.max_row == 7
    assert sorted(articles(app)) == ["1", "2"]


def test_topics_are_made_and_a_cycle_of_them_is_refused(app: Flask, chen: Browser) -> None:
    rows = (
        "编号,问题,答复,主题,上级主题\n"
        "1,问题一？,答。,不动产,住房\n"
        "2,问题二？,答。,甲,乙\n"
        "3,问题三？,答。,乙,甲\n"
        "4,问题四？,答。,住房,\n"
    )

    page = chen.get(upload(chen, rows)).text
    take_in(app, chen, rows)

    assert page.count("the topic stands below itself") == 2
    with services_of(app).database.reading() as session:
        topics = {topic.name: topic for topic in session.exec(select(Topic)).all()}
    assert topics["不动产"].parent_id == topics["住房"].id
    assert "甲" not in topics


def test_undoing_puts_everything_back_and_names_what_was_changed_since(
    app: Flask, chen: Browser, lu: Browser, people: People
) -> None:
    first = take_in(app, chen, GOOD)
    lu.post(f"{first}/publish")
    work(app)
    second = take_in(
        app,
        chen,
        GOOD.replace("到窗口办理", "到二楼窗口办理").replace("营业厅", "新营业厅")
        + "3,新问题？,,新答复。,,,,\n",
    )
    lu.post(f"{second}/publish")
    work(app)
    assert articles(app)["1"].answer == "带身份证到二楼窗口办理。"
    touched = articles(app)["2"]
    with services_of(app).database.transaction() as session:
        content = ArticleContent(question=touched.question, answer="同事改过的。")
        revise_article(
            session,
            touched.id or 0,
            content,
            expected_revision=touched.revision,
            author_id=people.chen.id,
            now=NOW,
        )

    asked = chen.get(f"{second}/undo").text
    chen.post(f"{second}/undo")
    work(app)
    work(app)
    page = chen.get(second).text

    assert "Undo the import" in asked
    assert articles(app)["1"].answer == "带身份证到窗口办理。"
    assert articles(app)["1"].status is ArticleStatus.PUBLISHED
    assert articles(app)["3"].status is ArticleStatus.RETIRED
    assert articles(app)["2"].answer == "=cmd()|到新营业厅缴纳。"
    assert "1 answer was kept" in page
    assert "水费在哪里交？" in page


def test_an_unpublished_import_is_undone_too(app: Flask, chen: Browser, lu: Browser) -> None:
    first = take_in(app, chen, GOOD)
    lu.post(f"{first}/publish")
    work(app)
    second = take_in(app, chen, GOOD.replace("到窗口办理", "到二楼窗口办理"))

    chen.post(f"{second}/undo")
    work(app)

    one = articles(app)["1"]
    assert (one.pending, one.answer, one.status) == (None, "带身份证到窗口办理。", ArticleStatus.PUBLISHED)
    assert "1 answer is changed" in chen.get(upload(chen, GOOD.replace("到窗口办理", "到三楼办理"))).text


def test_a_colleagues_waiting_change_is_never_overwritten(app: Flask, chen: Browser, lu: Browser) -> None:
    address = take_in(app, chen, GOOD)
    one = articles(app)["1"]
    lu.post(
        f"/articles/{one.id}/edit", {"question": "居住证怎么办理？", "answer": "手工改的。", "revision": "1"}
    )

    page = chen.get(upload(chen, GOOD.replace("到窗口办理", "到二楼窗口办理"))).text

    assert address
    assert "has a change of a colleague&#39;s that waits" in page


@pytest.mark.parametrize(
    ("ending", "more"), [("xlsx", ""), ("csv", ""), ("csv", "&encoding=gb18030"), ("json", "")]
)
def test_what_goes_out_comes_in_again_and_changes_nothing(
    app: Flask, chen: Browser, lu: Browser, ending: str, more: str
) -> None:
    with services_of(app).database.transaction() as session:
        create_topic(session, code="hj", name="户籍")
    address = take_in(app, chen, GOOD)
    lu.post(f"{address}/publish")
    work(app)

    sent = chen.get(f"/article-imports/answers.{ending}?list=published{more}")
    page = chen.get(upload(chen, sent.data, f"out.{ending}")).text

    assert "attachment" in sent.headers["Content-Disposition"]
    assert "There is nothing to take in" in page
    assert "rows are refused" not in page


def test_no_cell_that_goes_out_is_a_formula(app: Flask, chen: Browser, lu: Browser) -> None:
    address = take_in(app, chen, GOOD)
    lu.post(f"{address}/publish")
    work(app)

    text = chen.get("/article-imports/answers.csv").data.decode("utf-8-sig")
    book = openpyxl.load_workbook(io.BytesIO(chen.get("/article-imports/answers.xlsx").data)).active
    records = json.loads(chen.get("/article-imports/answers.json").data)

    assert "'=cmd()|到营业厅缴纳。" in text
    assert book is not None
    assert all(cell.data_type != "f" for row in book.iter_rows() for cell in row)
    assert records[1]["answer"] == "=cmd()|到营业厅缴纳。"
    assert records[0]["phrasings"] == ["暂住证在哪办", "办居住证要几天"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"%PDF-1.7", "is not a table"),
        ("姓名,电话\n张三,1\n".encode(), "no column holds “Question”"),
        (b"PK\x03\x04broken", "not a readable workbook"),
    ],
)
def test_a_file_that_is_no_base_of_answers_gets_a_clear_sentence(
    chen: Browser, content: bytes, words: str
) -> None:
    answer = chen.post("/article-imports", {"file": (io.BytesIO(content), "x.csv")})

    assert answer.status_code == 422
    assert words in answer.text


def test_the_job_takes_a_file_in_and_a_second_run_does_nothing(
    app: Flask, runtime: Runtime, chen: Browser
) -> None:
    address = upload(chen, GOOD)
    chen.post(f"{address}/start")
    again = chen.post(f"{address}/start", follow_redirects=True).text
    jobs.use_runtime(runtime)
    with services_of(app).database.reading() as session:
        waiting = [i for k, i in stale_tasks(session, now=NOW.replace(year=2090)) if k == TaskKind.ARTICLES]

    for _ in range(2):
        knowledge_jobs.import_articles(waiting)

    assert "nothing was done twice" in again
    assert len(waiting) == 1
    assert {key: one.revision for key, one in articles(app).items()} == {"1": 1, "2": 1}


def test_only_editors_read_in_and_out(browser: Open, people: People) -> None:
    assert browser(people.alice).get("/article-imports").status_code == 403
    assert browser(people.alice).get("/article-imports/answers.csv").status_code == 403
