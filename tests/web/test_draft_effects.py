"""What a waiting change would do to the last messages: worked out by the job, shown on the draft's page."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlmodel import select

from inbox.models import TaskKind
from inbox.outbox import stale_tasks
from knowledge_base.articles import revise_article
from knowledge_base.content import ArticleContent
from knowledge_base.models import Article, DraftEffect
from knowledge_base.suggest import load_engine
from tests.web.office import ANSWER, LIFT, Office
from tests.web.people import NOW, Browser, People
from tests.web.ways_in import services_of
from web import jobs, knowledge_jobs
from web.runtime import Runtime

Open = Callable[..., Browser]
SOLAR = "我想在自家屋顶装光伏发电，需要先报备吗？"


@pytest.fixture
def office(app: Flask, people: People) -> Office:
    """The housing bureau at work."""
    return Office(app, people)


def work(app: Flask, runtime: Runtime) -> None:
    """Do what the worker would do now."""
    jobs.use_runtime(runtime)
    with services_of(app).database.reading() as session:
        waiting = [i for k, i in stale_tasks(session, now=NOW.replace(year=2090)) if k == TaskKind.EFFECT]
    knowledge_jobs.work_out_effect(waiting)


def test_a_draft_says_what_it_would_do_before_it_is_published(
    app: Flask, runtime: Runtime, browser: Open, people: People, office: Office
) -> None:
    office.receive(LIFT, SOLAR, "谢谢你们，工作很认真")
    with services_of(app).database.transaction() as session:
        lift = session.exec(select(Article)).one()
        article_id = lift.id or 0
        content = ArticleContent(question="屋顶装光伏发电要报备吗？", answer=ANSWER)
        revise_article(session, article_id, content, expected_revision=1, author_id=people.chen.id, now=NOW)
    chen = browser(people.chen)

    before = chen.get(f"/articles/{article_id}").text
    chen.post(f"/articles/{article_id}/effect")
    waiting = chen.get(f"/articles/{article_id}").text
    work(app, runtime)
    after = chen.get(f"/articles/{article_id}/effect").text

    assert "See before publishing" in before
    assert "It is being worked out" in waiting
    assert "Of 3 messages: offered to 1 more, no longer to 1, 0 with another order." in after
    assert "13812345678" not in after
    with services_of(app).database.reading() as session:
        assert session.get_one(Article, article_id).question == "小区电梯坏了找谁修？"
        found = load_engine(session, today=NOW.date()).suggest(LIFT)
        assert [hit.article_id for hit in found] == [article_id]


def test_a_change_that_was_published_meanwhile_is_left_alone(
    app: Flask, runtime: Runtime, browser: Open, people: People, office: Office
) -> None:
    with services_of(app).database.transaction() as session:
        article_id = session.exec(select(Article.id)).one() or 0
        content = ArticleContent(question="屋顶装光伏发电要报备吗？", answer=ANSWER)
        revise_article(session, article_id, content, expected_revision=1, author_id=people.chen.id, now=NOW)
    chen = browser(people.chen)
    chen.post(f"/articles/{article_id}/effect")
    with services_of(app).database.transaction() as session:
        session.get_one(Article, article_id).pending = None

    work(app, runtime)

    with services_of(app).database.reading() as session:
        assert session.exec(select(DraftEffect)).one().result is None
    assert chen.post(f"/articles/{article_id}/effect").status_code == 409
