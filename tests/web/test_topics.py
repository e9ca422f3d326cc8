"""The tree of topics on its page: add, rename, move, retire; no topic stands below itself."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlmodel import select

from knowledge_base.articles import install_article
from knowledge_base.content import ArticleContent
from knowledge_base.models import Topic
from tests.web.people import NOW, Browser, People
from tests.web.ways_in import services_of


@pytest.fixture
def chen(browser: Callable[..., Browser], people: People) -> Browser:
    """Chen's browser, with housing and permits below it."""
    chen = browser(people.chen)
    chen.post("/topics", {"code": "housing", "name": "住房"})
    chen.post("/topics", {"code": "permits", "name": "许可", "parent": "housing"})
    return chen


def topics(app: Flask) -> dict[str, Topic]:
    with services_of(app).database.reading() as session:
        return {topic.code: topic for topic in session.exec(select(Topic)).all()}


def test_topics_are_added_renamed_and_moved(app: Flask, chen: Browser) -> None:
    chen.post("/topics/permits", {"name": "证照", "name_en": "Permits", "parent": ""})

    assert topics(app)["permits"].parent_id is None
    assert (topics(app)["permits"].name, topics(app)["permits"].name_en) == ("证照", "Permits")
    assert "证照" in chen.get("/topics").text


def test_a_topic_never_stands_below_itself(app: Flask, chen: Browser) -> None:
    refused = [
        chen.post("/topics/housing", {"name": "住房", "parent": parent}) for parent in ("permits", "housing")
    ]

    assert [answer.status_code for answer in refused] == [409, 409]
    assert "which stands below it" in refused[0].text
    assert topics(app)["housing"].parent_id is None


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"code": "housing", "name": "又一个"}, 409),
        ({"code": "坏 代码", "name": "名"}, 422),
        ({"code": "x", "name": " "}, 422),
    ],
)
def test_what_cannot_be_a_topic_is_refused_with_what_was_typed(
    app: Flask, chen: Browser, form: dict[str, str], status: int
) -> None:
    answer = chen.post("/topics", form)

    assert answer.status_code == status
    assert form["code"] in answer.text
    assert len(topics(app)) == 2


def test_a_topic_in_use_is_not_retired_and_a_retired_one_is_on_no_choice(app: Flask, chen: Browser) -> None:
    with services_of(app).database.transaction() as session:
        content = ArticleContent(question="怎么办证？", answer="到窗口。", topic_code="permits")
        install_article(session, content, key="a", author_id=None, reviewer_id=None, now=NOW)
    in_use = [chen.post(f"/topics/{code}/retire").status_code for code in ("permits", "housing")]
    chen.post("/topics", {"code": "old", "name": "旧主题"})

    gone = chen.post("/topics/old/retire", follow_redirects=True).text
    form = chen.get("/articles/new").text
    chen.post("/topics/old/restore")

    assert in_use == [409, 409]
    assert "/topics/old/restore" in gone
    assert "旧主题" not in form
    assert "旧主题" in chen.get("/articles/new").text
