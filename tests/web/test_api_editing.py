"""The editors' lists through the API."""

import pytest
from flask import Flask
from sqlmodel import Session

from knowledge_base.articles import install_article
from knowledge_base.conflicts import find_conflicts
from knowledge_base.content import ArticleContent
from knowledge_base.demand import Unanswered, group_unanswered, note_unanswered
from knowledge_base.suggest import load_engine
from knowledge_base.uses import Use, record_uses
from tests.web.api_program import Program
from tests.web.people import NOW, People
from tests.web.ways_in import services_of

TODAY = NOW.date()


@pytest.fixture
def chen(app: Flask, people: People) -> Program:
    """Chen's program, editor."""
    return Program(app, people.chen)


@pytest.fixture
def pair(app: Flask) -> list[int]:
    """Two answers to one question, found."""
    with services_of(app).database.transaction() as session:
        ids = [publish(session, question) for question in ("居住证怎么办理？", "居住证如何办理？")]
        find_conflicts(session, load_engine(session, today=TODAY), today=TODAY, now=NOW)
    return ids


def publish(session: Session, question: str) -> int:
    content = ArticleContent(question=question, answer="到政务大厅办理。")
    made = install_article(session, content, key=question, author_id=None, reviewer_id=None, now=NOW)
    return made.id or 0


def test_conflicts_are_listed_and_merged(chen: Program, pair: list[int]) -> None:
    (found,) = chen.get("/conflicts").json["conflicts"]
    decided = chen.post(f"/conflicts/{found['id']}/decide", {"keep": pair[0]})
    again = chen.post(f"/conflicts/{found['id']}/decide", {})

    assert {found["first"]["article_id"], found["second"]["article_id"]} == set(pair)
    assert decided.json["state"] == "merged"
    assert again.status_code == 409
    assert chen.get("/conflicts").json["total"] == 0
    assert chen.get(f"/articles/{pair[1]}").json["article"]["status"] == "retired"

    assert decided.json["kept_id"] == pair[0]
    reopened = chen.post(f"/conflicts/{found['id']}/reopen")
    assert (reopened.json["state"], reopened.json["kept_id"]) == ("open", None)
    assert chen.get(f"/articles/{pair[1]}").json["article"]["status"] == "published"


def test_an_answer_is_confirmed_with_its_next_date(chen: Program, pair: list[int]) -> None:
    done = chen.post(f"/articles/{pair[0]}/confirm", {"review_by": "2027-06-30"})
    past = chen.post(f"/articles/{pair[0]}/confirm", {"review_by": "2020-01-01"})

    assert done.json["revision"] == 2
    assert past.status_code == 422
    assert chen.get(f"/articles/{pair[0]}").json["live"]["review_by"] == "2027-06-30"


def test_demand_is_listed_and_decided(app: Flask, chen: Program, pair: list[int]) -> None:
    with services_of(app).database.transaction() as session:
        asked = ["屋顶装光伏要报备吗", "请问屋顶装光伏要报备吗"]
        note_unanswered(session, [Unanswered(n, text, text, NOW) for n, text in enumerate(asked, 1)])
        group_unanswered(session, now=NOW)

    (group,) = chen.get("/demand").json["groups"]
    unknown = chen.post(f"/demand/{group['group_id']}/decide", {"article_id": 999_999})
    done = chen.post(f"/demand/{group['group_id']}/decide", {"article_id": pair[0]})

    assert (group["count"], group["weeks"][-1]) == (2, 2)
    assert unknown.status_code == 404
    assert done.status_code == 204
    assert chen.get("/demand?state=article").json["groups"][0]["article_id"] == pair[0]
    assert chen.post("/demand/999999/decide", {}).status_code == 404


def test_demand_is_put_together_and_taken_apart(app: Flask, chen: Program) -> None:
    with services_of(app).database.transaction() as session:
        asked = ["屋顶装光伏要报备吗", "公园里能不能烧烤"]
        note_unanswered(session, [Unanswered(n, text, text, NOW) for n, text in enumerate(asked, 1)])
        group_unanswered(session, now=NOW)
    groups = [group["group_id"] for group in chen.get("/demand").json["groups"]]

    joined = chen.post("/demand/join", {"groups": groups})
    alone = chen.post("/demand/join", {"groups": groups[:1]})
    apart = chen.post(f"/demand/{joined.json['group_id']}/part")

    assert (joined.json["count"], joined.json["is_joined"]) == (2, True)
    assert (alone.status_code, apart.status_code) == (422, 204)
    assert chen.get("/demand").json["total"] == 2


def test_attention_is_listed(app: Flask, chen: Program, pair: list[int]) -> None:
    with services_of(app).database.transaction() as session:
        record_uses(session, Use.SHOWN, {pair[0]: 2}, day=TODAY)

    (row,) = chen.get("/attention?order=shown").json["articles"]

    assert (row["article_id"], row["shown"], row["rise"]) == (pair[0], 2, 2)


def test_the_lists_are_the_editors(app: Flask, people: People) -> None:
    alice = Program(app, people.alice)

    assert [alice.get(path).status_code for path in ("/conflicts", "/demand", "/attention")] == [403] * 3


def test_answers_go_out_and_come_in_through_the_api(app: Flask, chen: Program, pair: list[int]) -> None:
    records = chen.get("/articles/export").json
    same = chen.post("/article-imports/preview", {"answers": records}).json
    changed = [{**records[0], "answer": "改到二楼办理。"}, {"question": "没有答案？", "answer": ""}]
    preview = chen.post("/article-imports/preview", {"answers": changed}).json
    started = chen.post("/article-imports", {"answers": changed, "source": "市答问库"})

    assert same["counts"]["untouched"] == len(records) == 2
    assert preview["counts"] == {"received": 2, "added": 0, "changed": 1, "untouched": 0, "refused": 1}
    assert preview["refused"][0]["line"] == 2
    assert started.status_code == 201
    assert chen.get(f"/article-imports/{started.json['id']}").json["state"] == "waiting"
