"""The editor's lists and the public answers."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlmodel import Session

from knowledge_base.answers import answers_of, public_answers
from knowledge_base.article_view import article_view
from knowledge_base.articles import retire_article, revise_article, submit_article
from knowledge_base.content import ArticleContent, Basis
from knowledge_base.errors import ArticleNotFound, DuplicateKey, TopicNotFound
from knowledge_base.models import Article, Authority, RevisionState
from knowledge_base.queries import ArticleFilter, ArticleList, ArticleOrder, article_counts, articles_page
from knowledge_base.revisions import compare_revisions
from knowledge_base.topics import create_topic, topic_tree
from knowledge_base.uses import Use, record_uses
from tests.knowledge_base.conftest import ALICE, NOW, TODAY

Publish = Callable[..., Article]
CHANGED = ArticleContent(question="居住证怎么办理？", answer="新的答复。", tags=("户籍",))


def keys(session: Session, criteria: ArticleFilter) -> set[str]:
    return {row.key for row in articles_page(session, criteria, today=TODAY).rows}


def test_pages_hold_every_article_once(session: Session, published: Publish) -> None:
    for number in range(7):
        published(f"a-{number}", f"问题{number}怎么办？")

    pages = [articles_page(session, today=TODAY, number=n, size=3) for n in (1, 2, 3, 4)]

    assert [len(page.rows) for page in pages] == [3, 3, 1, 0]
    assert (pages[0].total, pages[0].pages) == (7, 3)
    assert len({row.id for page in pages for row in page.rows}) == 7


def test_each_work_list_holds_what_it_names(session: Session, published: Publish) -> None:
    published("live", "居住证怎么办理？")
    published("stale", "一？问", review_by=TODAY - timedelta(days=1))
    published("due-today", "二？问", review_by=TODAY)
    published("expired", "三？问", valid_until=TODAY - timedelta(days=1))
    published("last-day", "四？问", valid_until=TODAY)
    changed = published("changed", "五？问")
    revise_article(session, changed.id, CHANGED, expected_revision=1, author_id=ALICE, now=NOW)
    waiting = published("waiting", "六？问")
    revise_article(session, waiting.id, CHANGED, expected_revision=1, author_id=ALICE, now=NOW)
    submit_article(session, waiting.id, expected_revision=2, actor_id=ALICE, now=NOW)
    retire_article(session, published("retired", "七？问").id, actor_id=ALICE, now=NOW)

    expected = {
        ArticleList.DRAFT: {"changed"},
        ArticleList.IN_REVIEW: {"waiting"},
        ArticleList.RETIRED: {"retired"},
        ArticleList.STALE: {"stale"},
        ArticleList.EXPIRED: {"expired"},
        ArticleList.EXPIRING: {"last-day"},
    }
    counts = article_counts(session, today=TODAY)

    for work_list, wanted in expected.items():
        assert keys(session, ArticleFilter(work_list)) == wanted
        assert counts.by_list[work_list] == len(wanted)
    assert counts.by_list[ArticleList.ALL] == 8
    assert counts.by_list[ArticleList.PUBLISHED] == 7
    assert counts.candidates == 0


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("居住", {"a"}),
        ("居住證", {"a"}),
        ("办理 居住", {"a"}),
        ("暂住证", {"a"}),
        ("663", {"a"}),
        ("身份", {"b"}),
        ("证", {"a", "b"}),
        ("没有这个", set()),
        ("100%", set()),
        ("_", {"a", "b"}),
        ("'; DROP TABLE articles; --", set()),
    ],
)
def test_editors_find_two_characters_phrases_and_numbers(
    session: Session, published: Publish, text: str, found: set[str]
) -> None:
    basis = (Basis("居住证暂行条例", "国务院令第663号"),)
    published("a", "居住证怎么办理？", phrasings=("暂住证在哪里办",), basis=basis)
    published("b", "身份证怎么补办？")

    assert keys(session, ArticleFilter(text=text)) == found


def test_filters_narrow_by_topic_with_its_subtopics_owner_area_and_authority(
    session: Session, published: Publish
) -> None:
    create_topic(session, code="life", name="生活")
    create_topic(session, code="water", name="供水", parent_code="life")
    published("a", "停水怎么办？", topic_code="water", owner_code="water-co", region="town-a")
    published("b", "路灯怎么办？", topic_code="life", authority=Authority.NATIONAL)

    assert keys(session, ArticleFilter(topic_code="life")) == {"a", "b"}
    assert keys(session, ArticleFilter(topic_code="water")) == {"a"}
    assert keys(session, ArticleFilter(owner_code="water-co")) == {"a"}
    assert keys(session, ArticleFilter(region="town-a")) == {"a"}
    assert keys(session, ArticleFilter(authority=Authority.NATIONAL)) == {"b"}
    assert article_counts(session, today=TODAY, owner_code="water-co").by_list[ArticleList.ALL] == 1
    with pytest.raises(TopicNotFound):
        keys(session, ArticleFilter(topic_code="none"))


def test_topic_tree_counts_what_stands_below(session: Session, published: Publish) -> None:
    create_topic(session, code="life", name="生活", name_en="Life")
    create_topic(session, code="water", name="供水", parent_code="life")
    published("a", "停水怎么办？", topic_code="water")

    rows = [(t.code, t.depth, t.parent_code, t.articles, t.published) for t in topic_tree(session)]

    assert rows == [("life", 0, None, 1, 1), ("water", 1, "life", 1, 1)]
    with pytest.raises(DuplicateKey):
        create_topic(session, code="life", name="又一个")


def test_use_is_counted_over_ninety_days_and_orders_the_list(session: Session, published: Publish) -> None:
    often, seldom = published("often", "一？问"), published("seldom", "二？问")
    for day in (TODAY, TODAY, TODAY - timedelta(days=89), TODAY - timedelta(days=90)):
        record_uses(session, Use.SHOWN, {often.id: 2, seldom.id: 1}, day=day)
    record_uses(session, Use.INSERTED, {often.id: 1, seldom.id: 0}, day=TODAY)
    record_uses(session, Use.REJECTED, {}, day=TODAY)

    rows = articles_page(session, today=TODAY, order=ArticleOrder.USED).rows

    assert [(r.key, r.shown, r.inserted) for r in rows] == [("often", 6, 1), ("seldom", 3, 0)]


@pytest.mark.parametrize("order", list(ArticleOrder))
def test_every_order_lists_everything(session: Session, published: Publish, order: ArticleOrder) -> None:
    published("a", "一？问", review_by=TODAY)
    published("b", "二？问")

    assert len(articles_page(session, today=TODAY, order=order).rows) == 2


def test_article_is_shown_with_its_waiting_change_and_its_history(
    session: Session, published: Publish
) -> None:
    article = published("a", "居住证怎么办理？")
    revise_article(session, article.id, CHANGED, expected_revision=1, author_id=ALICE, now=NOW)

    view = article_view(session, article.id, today=TODAY)

    assert view.live is not None
    assert view.live.answer == "请到县行政服务中心办理。"
    assert view.draft == view.newest == CHANGED
    assert [(r.number, r.state) for r in view.history] == [
        (2, RevisionState.DRAFT),
        (1, RevisionState.PUBLISHED),
    ]
    with pytest.raises(ArticleNotFound):
        article_view(session, 999, today=TODAY)


def test_two_revisions_are_compared_field_by_field(session: Session, published: Publish) -> None:
    article = published("a", "居住证怎么办理？")
    revise_article(session, article.id, CHANGED, expected_revision=1, author_id=ALICE, now=NOW)

    differences = {d.field: d for d in compare_revisions(session, article.id, 1, 2)}

    assert set(differences) == {"answer", "tags"}
    answer = differences["answer"]
    assert "".join(piece.text for piece in answer.old) == "请到县行政服务中心办理。"
    assert "".join(piece.text for piece in answer.new) == "新的答复。"
    assert [p.text for p in answer.new if not p.changed] == [p.text for p in answer.old if not p.changed]


def test_public_answers_are_published_and_in_force(session: Session, published: Publish) -> None:
    published("live", "居住证怎么办理？")
    published("later", "二？问", valid_from=TODAY + timedelta(days=1))
    published("over", "三？问", valid_until=TODAY - timedelta(days=1))
    retire_article(session, published("retired", "四？问").id, actor_id=ALICE, now=NOW)

    page = public_answers(session, today=TODAY)

    assert [answer.key for answer in page.rows] == ["live"]
    assert public_answers(session, today=TODAY, text="居住").total == 1


def test_answers_tell_whether_they_may_be_used(session: Session, published: Publish) -> None:
    live = published("live", "居住证怎么办理？", basis=(Basis("条例", None, None, date(2030, 1, 1)),))
    over = published("over", "三？问", valid_until=TODAY - timedelta(days=1))

    found = answers_of(session, [live.id, over.id, 999], today=TODAY)

    assert {ident: answer.is_live for ident, answer in found.items()} == {live.id: True, over.id: False}
    assert found[live.id].basis[0].expires_on == date(2030, 1, 1)
    assert answers_of(session, [], today=TODAY) == {}
