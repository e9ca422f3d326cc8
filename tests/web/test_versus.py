"""Two suggestions side by side, on the page of a case, beside a question that is tried, and through the API."""

import re
from collections.abc import Callable

import pytest
from flask import Flask

from knowledge_base.articles import install_article
from knowledge_base.content import ArticleContent
from tests.web.api_program import Program
from tests.web.office import LIFT, Office
from tests.web.people import NOW, Browser, People
from tests.web.ways_in import services_of

Open = Callable[..., Browser]

QUESTIONS = ("城关镇路灯坏了找谁报修？", "云岭镇路灯坏了能不能报修？", "居住证怎么办理？")
MESSAGE = "我们城关镇的路灯坏了，找谁"


@pytest.fixture
def articles(app: Flask, people: People) -> list[int]:
    """Three published answers."""
    with services_of(app).database.transaction() as session:
        made = [
            install_article(
                session,
                ArticleContent(question, "请拨打12345。"),
                key=f"k{number}",
                author_id=people.chen.id,
                reviewer_id=people.gu.id,
                now=NOW,
            ).id
            for number, question in enumerate(QUESTIONS)
        ]
    services_of(app).knowledge.forget()
    return [number or 0 for number in made]


def test_who_tries_a_question_is_told_why_one_goes_first(
    people: People, browser: Open, articles: list[int]
) -> None:
    chen = browser(people.chen)
    tried = chen.get("/articles/try", query_string={"text": MESSAGE})
    (link,) = re.findall(r'href="(/articles/try/compare[^"]+)"', tried.text)

    page = chen.get(link.replace("&amp;", "&"))

    assert page.status_code == 200
    assert page.text.index(QUESTIONS[0]) < page.text.index(QUESTIONS[1])
    assert "What tips the balance: " in page.text
    assert "Words in common" in page.text
    assert "clearly for the first" in page.text
    assert "says no or not" in page.text
    assert "only on a tie" in page.text


def test_the_page_speaks_chinese(people: People, browser: Open, articles: list[int]) -> None:
    page = browser(people.chen, locale="zh_CN").get(
        "/articles/try/compare", query_string={"text": MESSAGE, "first": articles[0], "second": articles[1]}
    )

    assert "起决定作用的是：" in page.text
    assert "共有词语" in page.text


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"text": MESSAGE, "first": "1", "second": "9999"}, 409),
        ({"text": MESSAGE, "first": "1", "second": "1"}, 409),
        ({"text": MESSAGE, "first": "1"}, 404),
        ({"text": MESSAGE, "first": "x", "second": "y"}, 404),
        ({"text": MESSAGE, "first": "-1", "second": "99999999999999999999"}, 409),
        ({"first": "1", "second": "2"}, 302),
    ],
)
def test_what_cannot_be_compared_is_said(
    people: People, browser: Open, articles: list[int], query: dict[str, str], status: int
) -> None:
    page = browser(people.chen).get("/articles/try/compare", query_string=query)

    assert page.status_code == status
    assert status != 409 or "These two cannot be compared" in page.text


def test_an_officer_compares_what_is_offered_for_a_case(app: Flask, people: People, browser: Open) -> None:
    office = Office(app, people)
    with services_of(app).database.transaction() as session:
        content = ArticleContent("小区电梯坏了多久能修好？", "一般三个工作日内修复。")
        other = install_article(
            session,
            content,
            key="lift2",
            author_id=people.chen.id,
            reviewer_id=people.gu.id,
            now=NOW,
        ).id
    services_of(app).knowledge.forget()
    case = office.receive(LIFT)[0]
    with services_of(app).database.reading() as session:
        found = services_of(app).knowledge.engine(session, now=NOW).suggest(LIFT, threshold=0, limit=3)
    pair = {"first": next(one.article_id for one in found if one.article_id != other), "second": other}

    page = browser(people.alice).get(f"/cases/{case}/suggestions/compare", query_string=pair)
    foreign = browser(people.dai).get(f"/cases/{case}/suggestions/compare", query_string=pair)

    assert page.status_code == 200
    assert "Why one goes before the other" in page.text
    assert foreign.status_code == 404


def test_programs_are_told_too(app: Flask, people: People, articles: list[int]) -> None:
    dai = Program(app, people.dai)

    told = dai.post("/suggest/compare", {"text": MESSAGE, "articles": [articles[1], articles[0]]}).json
    refused = dai.post("/suggest/compare", {"text": "谢谢", "articles": articles[:2]})
    short = dai.post("/suggest/compare", {"text": MESSAGE, "articles": articles[:1]})

    assert told["first"]["article_id"] == articles[0]
    assert "路灯坏了" in told["first"]["shared"]
    assert {tip["kind"] for tip in told["tips"]} >= {"terms", "negation", "places"}
    assert told["decided_by"][0] in {tip["kind"] for tip in told["tips"] if tip["strength"] > 0}
    assert told["sentence"].startswith("起决定作用的是：")
    assert (refused.status_code, refused.json["code"]) == (409, "NotWeighed")
    assert short.status_code == 422
