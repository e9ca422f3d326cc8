"""The lists that an editor works off: conflicts, what to look at again, unanswered questions, attention."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlmodel import select

from knowledge_base.articles import install_article
from knowledge_base.attention import note_doubted
from knowledge_base.candidates import propose_candidate
from knowledge_base.conflicts import find_conflicts
from knowledge_base.content import ArticleContent, Basis
from knowledge_base.demand import group_unanswered
from knowledge_base.models import (
    Article,
    ArticleConflict,
    ArticlePhrasing,
    ArticleStatus,
    Candidate,
    DemandState,
    UnansweredQuestion,
)
from knowledge_base.suggest import load_engine
from knowledge_base.uses import Use, record_uses
from tests.web.office import LIFT, Office
from tests.web.people import NOW, Browser, People
from tests.web.ways_in import services_of

Open = Callable[..., Browser]
TODAY = date(2026, 11, 20)
STRANGE = "我想在自家屋顶装光伏发电，需要先报备吗？"


@pytest.fixture
def office(app: Flask, people: People) -> Office:
    """The housing bureau at work."""
    return Office(app, people)


@pytest.fixture
def publish(app: Flask) -> Callable[..., int]:
    """Return a function that publishes an answer."""

    def put(question: str, **more: Any) -> int:
        content = ArticleContent(question=question, answer=f"关于{question}请到政务大厅办理。", **more)
        with services_of(app).database.transaction() as session:
            made = install_article(session, content, key=question, author_id=None, reviewer_id=None, now=NOW)
            return made.id or 0

    return put


def do(app: Flask, work: Callable[..., Any], *values: Any, **more: Any) -> Any:
    """Run a domain function and commit."""
    with services_of(app).database.transaction() as session:
        return work(session, *values, **more)


def seek_conflicts(app: Flask) -> None:
    with services_of(app).database.transaction() as session:
        find_conflicts(session, load_engine(session, today=TODAY), today=TODAY, now=NOW)


def article(app: Flask, article_id: int) -> Article:
    with services_of(app).database.reading() as session:
        found: Article = session.get_one(Article, article_id)
        session.expunge(found)
    return found


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/conflicts", "No two answers contradict each other"),
        ("/conflicts?state=apart", "Nothing was told apart"),
        ("/conflicts?state=merged", "Nothing was merged"),
        ("/stale", "Every answer is up to date"),
        ("/demand", "No question was asked twice"),
        ("/demand?once=1", "Every question has found an answer"),
        ("/demand?state=dismissed", "Nothing here yet"),
        ("/attention", "Nothing was offered yet"),
        ("/articles?list=unexplained", "No answer matches"),
    ],
)
def test_every_list_says_so_when_it_is_empty(browser: Open, people: People, path: str, words: str) -> None:
    assert words in browser(people.chen).get(path).text


@pytest.mark.parametrize("path", ["/conflicts", "/stale", "/demand", "/attention"])
def test_the_lists_are_the_editors(browser: Open, people: People, path: str) -> None:
    assert browser(people.alice).get(path).status_code == 403
    assert browser().get(path).status_code == 302


def test_a_conflict_is_counted_compared_and_merged(
    app: Flask, browser: Open, people: People, publish: Callable[..., int]
) -> None:
    one, other = publish("居住证怎么办理？"), publish("居住证如何办理？")
    seek_conflicts(app)
    chen = browser(people.chen)

    page = chen.get("/conflicts").text
    with services_of(app).database.reading() as session:
        number = session.exec(select(ArticleConflict.id)).one()
    compared = chen.get(f"/conflicts/{number}").text
    done = chen.post(f"/conflicts/{number}/merge", {"keep": str(other)}, follow_redirects=True).text

    assert "居住证怎么办理？" in page
    assert "居住证如何办理？" in page
    assert "<del>" in compared
    assert "<ins>" in compared
    assert "The other one is retired" in done
    assert article(app, one).status is ArticleStatus.RETIRED
    assert "No two answers contradict each other" in chen.get("/conflicts").text

    assert f"/conflicts/{number}/reopen" in done
    assert "Take the merge back" in chen.get("/conflicts?state=merged").text
    back = chen.post(f"/conflicts/{number}/reopen", follow_redirects=True).text
    assert "Compare and merge" in back
    assert article(app, one).status is ArticleStatus.PUBLISHED


def test_telling_apart_can_be_taken_back(
    app: Flask, browser: Open, people: People, publish: Callable[..., int]
) -> None:
    publish("居住证怎么办理？")
    publish("居住证如何办理？")
    seek_conflicts(app)
    chen = browser(people.chen)
    with services_of(app).database.reading() as session:
        number = session.exec(select(ArticleConflict.id)).one()

    told = chen.post(f"/conflicts/{number}/apart", follow_redirects=True).text
    again = chen.post(f"/conflicts/{number}/apart")
    back = chen.post(f"/conflicts/{number}/reopen", follow_redirects=True).text

    assert f"/conflicts/{number}/reopen" in told
    assert again.status_code == 409
    assert "居住证怎么办理？" in back


def test_still_right_takes_one_click_and_sets_the_next_date(
    app: Flask, browser: Open, people: People, publish: Callable[..., int]
) -> None:
    due = publish("该复核的问题？", review_by=TODAY - timedelta(days=3))
    ended = publish("依据失效的问题？", basis=(Basis("旧办法", expires_on=TODAY - timedelta(days=1)),))
    doubted = publish("常被否定的问题？")
    do(app, record_uses, Use.REJECTED, {doubted: 4}, day=TODAY)
    do(app, note_doubted, today=TODAY)
    chen = browser(people.chen)

    before = chen.get("/stale").text
    chen.post(f"/stale/{due}/confirm", {"months": "3"})
    chen.post(f"/stale/{ended}/confirm", {"months": "999"})
    chen.post(f"/stale/{doubted}/confirm")

    assert "review was due on" in before
    assert "a policy it rests on has ended" in before
    assert "rejected 4 times" in before
    assert article(app, due).review_by == date(2027, 2, 20)
    assert article(app, ended).review_by == date(2027, 5, 20)
    assert "Every answer is up to date" in chen.get("/stale").text


def test_what_nobody_could_answer_becomes_a_draft_with_the_question_in_it(
    app: Flask, browser: Open, people: People, office: Office
) -> None:
    office.receive(STRANGE, STRANGE + "谢谢", LIFT)
    do(app, group_unanswered, now=NOW)
    chen = browser(people.chen)

    page = chen.get("/demand").text
    with services_of(app).database.reading() as session:
        asked = session.exec(select(UnansweredQuestion)).all()
        group = asked[0].group_id
    form = chen.get(f"/articles/new?demand={group}").text
    chen.post(
        "/articles/new", {"question": "屋顶装光伏要报备吗？", "answer": "要先备案。", "demand": str(group)}
    )

    assert "光伏" in page
    assert "电梯" not in page.split("<main")[1]
    assert len(asked) == 2
    assert STRANGE.rstrip("？") in form
    with services_of(app).database.reading() as session:
        states = {row.state for row in session.exec(select(UnansweredQuestion)).all()}
    assert states == {DemandState.ARTICLE}
    assert "No question was asked twice" in chen.get("/demand").text
    assert "See the answer" in chen.get("/demand?state=article").text


def test_a_case_whose_offers_were_all_rejected_is_unanswered_demand(
    app: Flask, browser: Open, people: People, office: Office
) -> None:
    (case,) = office.receive(LIFT)
    with services_of(app).database.reading() as session:
        offered = session.exec(select(Article.id)).one()
        before = session.exec(select(UnansweredQuestion)).all()

    browser(people.alice).post(f"/cases/{case}/reply", {"reject": str(offered), "text": "", "version": "0"})
    do(app, group_unanswered, now=NOW)

    page = browser(people.chen).get("/demand?once=1").text
    assert before == []
    assert "1 with offers that were rejected" in page
    assert "13812345678" not in page


def test_groups_that_ask_the_same_are_put_together_with_a_way_back(
    app: Flask, browser: Open, people: People, office: Office
) -> None:
    office.receive(STRANGE, "太阳能板可以自己装吗？")
    do(app, group_unanswered, now=NOW)
    chen = browser(people.chen)
    with services_of(app).database.reading() as session:
        first, second = sorted(session.exec(select(UnansweredQuestion.group_id)).all())

    one = chen.post("/demand/join", {"group": [str(first)]})
    done = chen.post("/demand/join", {"group": [str(first), str(second)]}, follow_redirects=True).text
    chen.post(f"/demand/{first}/part")

    assert one.status_code == 422
    assert f"/demand/{first}/part" in done
    assert "Take apart" in done
    assert "No question was asked twice" in chen.get("/demand").text


def test_a_dismissed_group_has_a_way_back(app: Flask, browser: Open, people: People, office: Office) -> None:
    office.receive(STRANGE)
    do(app, group_unanswered, now=NOW)
    chen = browser(people.chen)
    with services_of(app).database.reading() as session:
        group = session.exec(select(UnansweredQuestion.group_id)).one()

    gone = chen.post(f"/demand/{group}/dismiss", follow_redirects=True).text
    chen.post(f"/demand/{group}/reopen")

    assert f"/demand/{group}/reopen" in gone
    assert "光伏" in chen.get("/demand?order=rising&once=1").text


def test_attention_shows_what_became_of_each_answer(
    app: Flask, browser: Open, people: People, publish: Callable[..., int]
) -> None:
    one, other = publish("第一个问题？"), publish("第二个问题？")
    do(app, record_uses, Use.SHOWN, {one: 7, other: 3}, day=TODAY)
    do(app, record_uses, Use.REJECTED, {other: 2}, day=TODAY)
    chen = browser(people.chen)

    shown, rejected = chen.get("/attention").text, chen.get("/attention?order=rejected").text

    assert shown.index("第一个问题？") < shown.index("第二个问题？")
    assert rejected.index("第二个问题？") < rejected.index("第一个问题？")
    assert 'aria-sort="descending"' in rejected


def test_the_rail_counts_what_waits(
    app: Flask, browser: Open, people: People, publish: Callable[..., int]
) -> None:
    publish("该复核的问题？", review_by=TODAY - timedelta(days=3))

    rail = browser(people.chen).get("/candidates").text.split("<main")[0]

    assert "To look at again" in rail
    assert rail.split('href="/stale"')[1].split("</a>")[0].count(">1<") == 1


def test_two_editors_at_once_see_both_texts_and_lose_none(
    app: Flask, browser: Open, people: People, publish: Callable[..., int]
) -> None:
    number = publish("居住证怎么办理？")
    chen = browser(people.chen)
    form = {"question": "居住证怎么办理？", "answer": "同事写的。", "revision": "1"}
    chen.post(f"/articles/{number}/edit", form)

    refused = chen.post(f"/articles/{number}/edit", {**form, "answer": "我写的。"})
    joined = chen.post(f"/articles/{number}/edit", {**form, "answer": "合在一起。", "revision": "2"})

    assert refused.status_code == 409
    assert "<del>同事</del>" in refused.text
    assert "<ins>我</ins>" in refused.text
    assert "我写的。</textarea>" in refused.text
    assert 'name="revision" value="2"' in refused.text
    assert joined.status_code == 302


def test_a_cluster_of_candidates_is_decided_at_once_and_taken_back(
    app: Flask, browser: Open, people: People, publish: Callable[..., int]
) -> None:
    number = publish("小区路灯坏了找谁？")
    with services_of(app).database.transaction() as session:
        for subject, question in enumerate(("水管爆了找谁修理", "水管爆了谁来修理", "路灯不亮找谁"), start=1):
            propose_candidate(
                session, question=question, answer="已修好。", subject_id=subject, owner_code=None, now=NOW
            )
        cluster = session.exec(select(Candidate.cluster_id).where(Candidate.subject_id == 1)).one()
    chen = browser(people.chen)

    page = chen.get("/candidates").text
    gone = chen.post(f"/candidates/cluster/{cluster}", follow_redirects=True).text
    undo = gone.split('name="candidates" value="')[1].split('"')[0]
    chen.post("/candidates/reopen", {"candidates": undo})
    back = chen.get("/candidates").text
    chen.post(f"/candidates/cluster/{cluster}", {"article_id": str(number)})

    assert 'data-hotkey="1"' in page
    assert "All 2 of these" in page
    assert "Nearest answer:" in page
    assert "水管爆了" not in gone.split("<main")[1]
    assert "水管爆了找谁修理" in back
    with services_of(app).database.reading() as session:
        phrasings = session.exec(
            select(ArticlePhrasing.text).where(ArticlePhrasing.article_id == number)
        ).all()
    assert set(phrasings) == {"水管爆了找谁修理", "水管爆了谁来修理"}
