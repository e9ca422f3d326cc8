"""What has to be looked at again: the date, the policy, the rejections; and what "still right" does."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlmodel import Session

from knowledge_base.amendments import confirm_article
from knowledge_base.article_view import article_view
from knowledge_base.articles import revise_article
from knowledge_base.attention import AttentionOrder, attention_page, note_doubted
from knowledge_base.content import ArticleContent, Basis
from knowledge_base.errors import InvalidArticle, WrongState
from knowledge_base.models import Article, RevisionState
from knowledge_base.queries import ArticleFilter, ArticleList, articles_page, stale_count
from knowledge_base.uses import Use, record_uses
from tests.knowledge_base.conftest import ALICE, BOB, CHEN, NOW, TODAY

Publish = Callable[..., Article]
YESTERDAY, NEXT_YEAR = TODAY - timedelta(days=1), date(2027, 11, 20)


def stale(session: Session, which: ArticleList = ArticleList.STALE) -> list[str]:
    page = articles_page(session, ArticleFilter(work_list=which), today=TODAY)
    return sorted(row.key for row in page.rows)


def test_the_list_holds_what_is_due_has_lost_its_basis_or_is_rejected(
    session: Session, published: Publish
) -> None:
    published("fine", "一切正常的问题？", review_by=TODAY)
    published("due", "该复核的问题？", review_by=YESTERDAY)
    published("ended", "依据失效的问题？", basis=(Basis("旧办法", expires_on=YESTERDAY), Basis("新办法")))
    doubted = published("doubted", "常被否定的问题？")
    record_uses(session, Use.REJECTED, {doubted.id or 0: 3}, day=TODAY)
    record_uses(session, Use.INSERTED, {doubted.id or 0: 2}, day=TODAY)
    note_doubted(session, today=TODAY)

    assert stale(session) == ["doubted", "due", "ended"]
    assert stale_count(session, today=TODAY) == 3


def test_an_answer_used_more_than_it_is_rejected_is_not_doubted(session: Session, published: Publish) -> None:
    article = published("good", "好用的问题？")
    record_uses(session, Use.REJECTED, {article.id or 0: 5}, day=TODAY)
    record_uses(session, Use.INSERTED, {article.id or 0: 5}, day=TODAY)

    assert note_doubted(session, today=TODAY) == 0
    assert stale(session) == []


def test_still_right_takes_effect_at_once_and_sets_the_next_date(
    session: Session, published: Publish
) -> None:
    article = published("ended", "依据失效的问题？", basis=(Basis("旧办法", expires_on=YESTERDAY),))
    record_uses(session, Use.REJECTED, {article.id or 0: 9}, day=TODAY)
    note_doubted(session, today=TODAY)

    confirm_article(session, article.id or 0, review_by=NEXT_YEAR, officer_id=CHEN, today=TODAY, now=NOW)

    assert stale(session) == []
    assert note_doubted(session, today=TODAY) == 0
    view = article_view(session, article.id or 0, today=TODAY)
    assert view.live is not None
    assert view.live.review_by == NEXT_YEAR
    assert view.row.pending is None
    assert [entry.author_id for entry in view.history] == [CHEN, CHEN]


def test_a_waiting_change_survives_a_still_right(session: Session, published: Publish) -> None:
    article = published("due", "该复核的问题？", review_by=YESTERDAY)
    changed = ArticleContent(question="该复核的问题？", answer="改过的答案。")
    revise_article(session, article.id or 0, changed, expected_revision=1, author_id=ALICE, now=NOW)

    confirm_article(session, article.id or 0, review_by=NEXT_YEAR, officer_id=BOB, today=TODAY, now=NOW)

    view = article_view(session, article.id or 0, today=TODAY)
    assert view.row.pending is RevisionState.DRAFT
    assert view.draft is not None
    assert (view.draft.answer, view.draft.review_by) == ("改过的答案。", NEXT_YEAR)
    assert view.live is not None
    assert view.live.answer == "请到县行政服务中心办理。"


def test_the_next_date_must_lie_ahead_and_the_article_must_be_published(
    session: Session, published: Publish
) -> None:
    from knowledge_base.articles import retire_article

    article = published("due", "该复核的问题？")
    more = {"officer_id": CHEN, "today": TODAY, "now": NOW}

    with pytest.raises(InvalidArticle):
        confirm_article(session, article.id or 0, review_by=TODAY, **more)  # type: ignore[arg-type]
    retire_article(session, article.id or 0, actor_id=BOB, now=NOW)
    with pytest.raises(WrongState):
        confirm_article(session, article.id or 0, review_by=NEXT_YEAR, **more)  # type: ignore[arg-type]


def test_policies_without_an_official_explanation_are_listed(session: Session, published: Publish) -> None:
    published("none", "没有依据的问题？")
    published("bare", "只有文件的问题？", basis=(Basis("办法", "岚政〔2024〕1号"),))
    published("link", "有解读链接？", basis=(Basis("办法"),), interpretation_url="https://example.gov.cn/1")
    published("title", "有解读标题？", basis=(Basis("办法"),), interpretation_title="一图读懂")

    assert stale(session, ArticleList.UNEXPLAINED) == ["bare"]


def test_attention_adds_up_and_sorts_by_any_figure(session: Session, published: Publish) -> None:
    one, other = published("one", "第一个问题？").id or 0, published("two", "第二个问题？").id or 0
    record_uses(session, Use.SHOWN, {one: 5, other: 2}, day=TODAY)
    record_uses(session, Use.SHOWN, {one: 9}, day=TODAY - timedelta(days=40))
    record_uses(session, Use.SHOWN, {one: 100}, day=TODAY - timedelta(days=90))
    record_uses(session, Use.UNHELPFUL, {other: 1}, day=TODAY)

    page = attention_page(session, today=TODAY)
    worst = attention_page(session, today=TODAY, order=AttentionOrder.UNHELPFUL).rows[0]
    rising = attention_page(session, today=TODAY, order=AttentionOrder.RISING).rows[0]

    assert [(row.article_id, row.shown, row.rise) for row in page.rows] == [(one, 14, -4), (other, 2, 2)]
    assert (worst.article_id, worst.unhelpful) == (other, 1)
    assert rising.article_id == other
    assert page.total == 2
