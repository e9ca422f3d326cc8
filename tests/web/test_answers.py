"""Published questions and answers: only what is in force, found by its words or by what comes closest."""

import html
import json
import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from flask import Flask

from knowledge_base.articles import Provenance, install_article
from knowledge_base.attention import attention_page
from knowledge_base.content import ArticleContent, Basis
from knowledge_base.models import ArticleStatus
from knowledge_base.topics import create_topic
from tests.web.people import NOW, Browser, People
from tests.web.ways_in import services_of

Open = Callable[..., Browser]


@pytest.fixture
def publish(app: Flask, people: People) -> Callable[..., int]:
    """Put an article in the base and return its id."""
    with services_of(app).database.transaction() as session:
        create_topic(session, code="housing", name="住房与物业", name_en="Housing")
        create_topic(session, code="papers", name="户籍与证件", name_en="Papers")

    def put(question: str, answer: str = "请到窗口办理。", *, is_sample: bool = False, **more: Any) -> int:
        status = more.pop("status", ArticleStatus.PUBLISHED)
        content = ArticleContent(question=question, answer=answer, **({"topic_code": "housing"} | more))
        with services_of(app).database.transaction() as session:
            article = install_article(
                session,
                content,
                key=question,
                author_id=None,
                reviewer_id=None,
                now=NOW,
                status=status,
                provenance=Provenance(is_sample=is_sample),
            )
            return article.id or 0

    return put


def test_published_answers_are_listed_and_drafts_and_expired_ones_are_not(
    browser: Open, publish: Callable[..., int]
) -> None:
    live = publish("小区电梯坏了找谁修？")
    hidden = [
        publish("草稿里的问题？", status=ArticleStatus.DRAFT),
        publish("已经下架的问题？", status=ArticleStatus.RETIRED),
        publish("过期的问题？", valid_until=date(2026, 11, 19)),
        publish("还没生效的问题？", valid_from=date(2026, 11, 21)),
    ]

    page = browser().get("/answers").text

    assert "小区电梯坏了找谁修？" in page
    assert "问题？" not in page
    assert browser().get(f"/answers/{live}").status_code == 200
    assert [browser().get(f"/answers/{number}").status_code for number in hidden] == [404] * 4


def test_an_answer_shows_what_it_rests_on_and_where_the_matter_is_done(
    browser: Open, publish: Callable[..., int]
) -> None:
    number = publish(
        "居住证怎么办理？",
        "{称呼}您好，带身份证到{单位}办理，电话{电话}，凭追踪码{追踪码}查询。",
        owner_code="housing",
        service_url="https://example.gov.cn/service",
        basis=(Basis("居住证暂行条例", "国务院令第663号", "https://example.gov.cn/663"),),
    )

    page = browser().get(f"/answers/{number}").text

    assert "带身份证到县住房和城乡建设局办理" in page
    assert "{" not in page.split('<div class="answer-text')[1].split("</div>")[0]
    assert "您好" not in page
    assert 'href="https://example.gov.cn/service"' in page
    assert "居住证暂行条例" in page
    assert "国务院令第663号" in page
    assert "Housing Bureau" in page


def test_a_sample_is_marked_as_invented_and_a_real_answer_is_not(
    browser: Open, publish: Callable[..., int]
) -> None:
    sample, real = publish("示例？", is_sample=True), publish("真的？")

    assert "It is invented" in browser().get(f"/answers/{sample}").text
    assert "It is invented" not in browser().get(f"/answers/{real}").text


def test_search_finds_two_character_words_and_topics_narrow(
    browser: Open, publish: Callable[..., int]
) -> None:
    publish("小区电梯坏了找谁修？")
    publish("居住证怎么办理？", topic_code="papers")

    assert "居住证" not in browser().get("/answers?q=电梯").text
    assert "电梯坏了" not in browser().get("/answers?topic=papers").text
    assert "1 answer for “电梯”" in browser().get("/answers?q=电梯").text


def test_a_question_in_other_words_gets_the_closest_answers(
    browser: Open, publish: Callable[..., int]
) -> None:
    publish("小区电梯坏了找谁修？", phrasings=("电梯坏了没人修", "物业不修电梯怎么办"))

    page = browser().get("/answers?q=我们楼的电梯坏了没人修怎么办").text

    assert "Is it one of these?" in page
    assert "小区电梯坏了找谁修？" in page


def test_nothing_found_says_what_to_do(browser: Open, publish: Callable[..., int]) -> None:
    publish("小区电梯坏了找谁修？")

    page = browser().get("/answers?q=zzzz").text

    assert "No answer to that yet" in page
    assert 'href="/write"' in page


@pytest.mark.parametrize(
    "query", ["%", "_", "'", "电" * 5000, "😀", "\ud83d".encode("utf-8", "surrogatepass")]
)
def test_strange_searches_are_answered(browser: Open, publish: Callable[..., int], query: Any) -> None:
    publish("小区电梯坏了找谁修？")

    assert browser().get("/answers", query_string={"q": query}).status_code == 200


def test_many_answers_come_in_pages(browser: Open, publish: Callable[..., int]) -> None:
    for number in range(17):
        publish(f"第{number:02}个办事指南怎么查？")

    first, second = browser().get("/answers").text, browser().get("/answers?page=2").text

    assert first.count('href="/answers/') >= 15
    assert "第16个办事指南怎么查？" in second
    assert "第00个办事指南怎么查？" not in second


def test_an_unknown_topic_is_not_found(browser: Open, publish: Callable[..., int]) -> None:
    assert browser().get("/answers?topic=nothing").status_code == 404


def test_an_answer_carries_structured_data_that_no_answer_can_break_out_of(
    browser: Open, publish: Callable[..., int]
) -> None:
    number = publish("居住证怎么办理？", "到窗口办理</script><script>alert(1)</script>。")

    page = browser().get(f"/answers/{number}").text
    data = json.loads(page.split('<script type="application/ld+json">')[1].split("</script>")[0])

    assert set(data) == {"@context", "@type", "inLanguage", "mainEntity"}
    assert (data["@context"], data["@type"]) == ("https://schema.org", "FAQPage")
    (question,) = data["mainEntity"]
    assert (question["@type"], question["name"]) == ("Question", "居住证怎么办理？")
    answer = question["acceptedAnswer"]
    assert answer["@type"] == "Answer"
    assert answer["text"].startswith("到窗口办理</script>")
    assert "<script>alert" not in page


@pytest.mark.parametrize("question", ["“居住证”怎么办？\u2028", "a" * 100, "<b>&amp;'\"\\"])
def test_structured_data_meets_what_schema_org_and_search_engines_ask_of_a_faq_page(
    browser: Open, publish: Callable[..., int], question: str
) -> None:
    """FAQPage: mainEntity is a list of Question; each has a name and exactly one acceptedAnswer with a text, and

    all of it stands on the page for people to read, too.
    """
    number = publish(question, "请拨打{电话}，由{单位}答复。")

    page = browser().get(f"/answers/{number}").text
    blocks = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    (data,) = [json.loads(block) for block in blocks]

    assert data["@type"] == "FAQPage"
    assert isinstance(data["mainEntity"], list)
    for entity in data["mainEntity"]:
        assert entity["@type"] == "Question"
        assert isinstance(entity["acceptedAnswer"], dict)
        assert entity["acceptedAnswer"]["@type"] == "Answer"
        assert entity["name"].strip()
        assert entity["acceptedAnswer"]["text"].strip()
        assert "{" not in entity["acceptedAnswer"]["text"]
        shown = " ".join(
            html.unescape(re.sub(r"<script.*?</script>|<[^>]+>", " ", page, flags=re.DOTALL)).split()
        )
        for text in (entity["name"], entity["acceptedAnswer"]["text"]):
            assert " ".join(text.split()) in shown


def test_the_list_of_answers_and_what_is_no_answer_carry_no_structured_data(
    browser: Open, publish: Callable[..., int]
) -> None:
    publish("居住证怎么办理？")

    for address in ("/answers", "/answers?q=居住证", "/answers/999999"):
        assert "ld+json" not in browser().get(address).text


def test_a_citizen_says_once_whether_it_helped(
    app: Flask, browser: Open, publish: Callable[..., int]
) -> None:
    number = publish("居住证怎么办理？")
    citizen, other = browser(), browser()

    for useful in ("yes", "no"):
        citizen.post(f"/answers/{number}/useful", {"useful": useful})
    other.post(f"/answers/{number}/useful", {"useful": "no"})
    missing = other.post("/answers/999999/useful", {"useful": "no"})

    with services_of(app).database.reading() as session:
        (row,) = attention_page(session, today=NOW.date()).rows
    assert (row.helpful, row.unhelpful) == (1, 1)
    assert "You have said so" in citizen.get(f"/answers/{number}").text
    assert missing.status_code == 404
