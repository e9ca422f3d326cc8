"""Two published articles that answer one question: found as articles change, merged or told apart."""

from collections.abc import Callable

import pytest
from sqlmodel import Session

from knowledge_base.article_view import article_view
from knowledge_base.articles import approve_article, retire_article, revise_article, submit_article
from knowledge_base.conflicts import (
    conflict_by_id,
    conflict_count,
    conflicts_page,
    conflicts_to_seek,
    find_conflicts,
    merge_articles,
    reopen_conflict,
    tell_apart,
)
from knowledge_base.content import ArticleContent
from knowledge_base.errors import ConflictNotFound, InvalidArticle, WrongState
from knowledge_base.models import Article, ArticleStatus, ConflictState
from knowledge_base.suggest import load_engine
from tests.knowledge_base.conftest import ALICE, BOB, CHEN, NOW, TODAY

Publish = Callable[..., Article]


def seek(session: Session, limit: int = 100) -> int:
    """Look at what changed, as the job does."""
    return find_conflicts(session, load_engine(session, today=TODAY), today=TODAY, now=NOW, limit=limit)


def pairs(session: Session, state: ConflictState = ConflictState.OPEN) -> list[tuple[int, int]]:
    return [
        (row.first.article_id, row.second.article_id) for row in conflicts_page(session, state=state).rows
    ]


@pytest.fixture
def two(session: Session, published: Publish) -> tuple[Article, Article]:
    """Two answers to one question, among others."""
    published("water", "水费在哪里交？")
    published("school", "小学报名需要什么材料？", phrasings=("一年级入学要带什么",))
    one = published("permit-1", "居住证怎么办理？", phrasings=("暂住证在哪里办",))
    other = published("permit-2", "居住证如何办理？", phrasings=("办居住证要几天",))
    seek(session)
    return one, other


def test_two_answers_to_one_question_are_found_and_others_are_not(
    session: Session, two: tuple[Article, Article]
) -> None:
    assert pairs(session) == [(two[0].id, two[1].id)]
    row = conflicts_page(session).rows[0]
    assert {row.first.matched, row.second.matched} == {"居住证怎么办理？", "居住证如何办理？"}
    assert row.similarity == 1
    assert conflict_count(session) == 1


def test_a_second_look_finds_nothing_to_look_at(session: Session, two: tuple[Article, Article]) -> None:
    assert conflicts_to_seek(session) is None
    assert seek(session) == 0
    assert len(pairs(session)) == 1


def test_only_what_changed_is_looked_at_and_a_slice_at_a_time(session: Session, published: Publish) -> None:
    for number in range(5):
        published(f"a-{number}", f"第{number}中学的校车几点发车？")

    looked = [seek(session, limit=2) for _ in range(4)]

    assert looked == [2, 2, 1, 0]


def test_an_answer_that_is_reworded_is_no_conflict_any_more(
    session: Session, two: tuple[Article, Article]
) -> None:
    other = two[1]
    content = ArticleContent(question="老年优待证怎么领？", answer="到社区办理。")
    revised = revise_article(
        session, other.id or 0, content, expected_revision=other.revision, author_id=ALICE, now=NOW
    )
    submit_article(session, other.id or 0, expected_revision=revised.revision, actor_id=ALICE, now=NOW)
    approve_article(session, other.id or 0, expected_revision=revised.revision, reviewer_id=BOB, now=NOW)

    seek(session)

    assert pairs(session) == []


def test_a_retired_answer_is_no_conflict(session: Session, two: tuple[Article, Article]) -> None:
    retire_article(session, two[1].id or 0, actor_id=BOB, now=NOW)
    at_once = conflict_count(session)
    seek(session)

    assert at_once == 0
    assert pairs(session) == []


def test_answers_for_different_towns_are_no_conflict(session: Session, published: Publish) -> None:
    published("east", "垃圾什么时候清运？", region="dongqiao")
    published("west", "垃圾什么时候清运？", region="shixi")
    published("county", "垃圾什么时候清运？")

    seek(session)

    assert pairs(session) == []


def test_merging_keeps_one_answer_with_both_ways_of_asking(
    session: Session, two: tuple[Article, Article]
) -> None:
    one, other = two
    (row,) = conflicts_page(session).rows

    kept = merge_articles(session, row.id, one.id or 0, officer_id=CHEN, now=NOW)

    view = article_view(session, kept.id or 0, today=TODAY)
    assert view.live is not None
    assert set(view.live.phrasings) == {"暂住证在哪里办", "居住证如何办理？", "办居住证要几天"}
    assert view.live.answer == "请到县行政服务中心办理。"
    assert article_view(session, other.id or 0, today=TODAY).row.status is ArticleStatus.RETIRED
    assert conflict_by_id(session, row.id).state is ConflictState.MERGED
    assert load_engine(session, today=TODAY).suggest("办居住证要几天")[0].article_id == one.id


def test_a_merge_is_taken_back_in_one_step(session: Session, two: tuple[Article, Article]) -> None:
    one, other = two
    (row,) = conflicts_page(session).rows
    before = [article_view(session, each.id or 0, today=TODAY).live for each in two]
    merge_articles(session, row.id, one.id or 0, officer_id=CHEN, now=NOW)

    reopen_conflict(session, row.id, officer_id=CHEN, now=NOW)
    seek(session)

    assert [article_view(session, each.id or 0, today=TODAY).live for each in two] == before
    assert article_view(session, other.id or 0, today=TODAY).row.status is ArticleStatus.PUBLISHED
    assert pairs(session) == [(one.id, other.id)]
    assert load_engine(session, today=TODAY).suggest("办居住证要几天")[0].article_id == other.id


def test_a_merge_stays_when_somebody_works_on_the_retired_article(
    session: Session, two: tuple[Article, Article]
) -> None:
    one, other = two
    (row,) = conflicts_page(session).rows
    merge_articles(session, row.id, one.id or 0, officer_id=CHEN, now=NOW)
    revise_article(
        session,
        other.id or 0,
        ArticleContent(question="居住证如何换领？", answer="带旧证。"),
        expected_revision=other.revision,
        author_id=BOB,
        now=NOW,
    )

    with pytest.raises(WrongState):
        reopen_conflict(session, row.id, officer_id=CHEN, now=NOW)
    assert conflict_by_id(session, row.id).state is ConflictState.MERGED


def test_only_one_of_two_editors_decides(session: Session, two: tuple[Article, Article]) -> None:
    (row,) = conflicts_page(session).rows
    tell_apart(session, row.id, officer_id=CHEN, now=NOW)

    with pytest.raises(WrongState):
        merge_articles(session, row.id, two[0].id or 0, officer_id=BOB, now=NOW)
    assert article_view(session, two[1].id or 0, today=TODAY).row.status is ArticleStatus.PUBLISHED


def test_what_was_told_apart_stays_apart_until_it_is_taken_back(
    session: Session, two: tuple[Article, Article], published: Publish
) -> None:
    (row,) = conflicts_page(session).rows
    tell_apart(session, row.id, officer_id=CHEN, now=NOW)
    published("another", "公园几点关门？")
    seek(session)
    after = pairs(session), pairs(session, ConflictState.APART)

    reopen_conflict(session, row.id, officer_id=CHEN, now=NOW)

    assert after == ([], [(two[0].id, two[1].id)])
    assert len(pairs(session)) == 1


def test_a_third_article_cannot_be_kept(session: Session, two: tuple[Article, Article]) -> None:
    (row,) = conflicts_page(session).rows

    with pytest.raises(InvalidArticle):
        merge_articles(session, row.id, 999_999, officer_id=CHEN, now=NOW)
    with pytest.raises(ConflictNotFound):
        conflict_by_id(session, 999_999)
