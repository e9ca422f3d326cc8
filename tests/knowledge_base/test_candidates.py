"""Candidates learned from approved replies."""

from collections.abc import Callable

import pytest
from sqlmodel import Session

from knowledge_base.articles import approve_article, submit_article
from knowledge_base.candidates import (
    accept_as_article,
    accept_as_phrasing,
    discard_candidate,
    list_candidates,
    propose_candidate,
    reopen_candidate,
)
from knowledge_base.content import ArticleContent
from knowledge_base.errors import CandidateNotFound, WrongState
from knowledge_base.models import Article, ArticleStatus, Candidate, CandidateState
from knowledge_base.suggest import load_engine
from tests.knowledge_base.conftest import ALICE, BOB, NOW, TODAY

Publish = Callable[..., Article]


def propose(session: Session, subject_id: int, question: str, **more: object) -> Candidate:
    return propose_candidate(
        session,
        question=question,
        answer="已经安排检修。",
        subject_id=subject_id,
        owner_code="water-co",
        now=NOW,
        **more,  # type: ignore[arg-type]
    )


def test_same_case_never_makes_two_candidates(session: Session) -> None:
    first = propose(session, 1, "停水三天了怎么办")

    assert propose(session, 1, "另一个问题").id == first.id


def test_nearest_article_stands_beside_the_candidate(session: Session, published: Publish) -> None:
    article = published("a", "自来水停水了找谁？")
    published("b", "居住证怎么办理？")
    engine = load_engine(session, today=TODAY)

    propose(session, 1, "停水了该找谁", engine=engine)

    row = list_candidates(session).rows[0]
    assert (row.nearest_article_id, row.nearest_question) == (article.id, "自来水停水了找谁？")
    assert row.nearest_confidence is not None
    assert row.nearest_confidence > 0.3


def test_similar_candidates_stand_together_large_groups_first(session: Session) -> None:
    propose(session, 1, "居住证怎么办理需要什么材料")
    propose(session, 2, "我家停水三天了什么时候来水")
    propose(session, 3, "我们家停水三天了什么时候能来水")

    rows = list_candidates(session).rows

    assert [(r.subject_id, r.cluster_size) for r in rows] == [(3, 2), (2, 2), (1, 1)]
    assert list_candidates(session, owner_code="other").total == 0


def test_candidate_becomes_an_article_that_is_suggested_after_review(session: Session) -> None:
    candidate = propose(session, 1, "停水三天了怎么办")
    content = ArticleContent("自来水停水怎么办？", "请拨打供水热线。", ("停水三天了怎么办",))

    article = accept_as_article(session, candidate.id, content, officer_id=ALICE, now=NOW)
    assert article.status is ArticleStatus.DRAFT
    assert load_engine(session, today=TODAY).suggest("停水三天了怎么办") == []
    submit_article(session, article.id, expected_revision=1, actor_id=ALICE, now=NOW)
    approve_article(session, article.id, expected_revision=1, reviewer_id=BOB, now=NOW)

    found = load_engine(session, today=TODAY).suggest("停水三天了，怎么办啊？")
    assert [s.article_id for s in found] == [article.id]
    assert candidate.article_id == article.id


def test_candidate_becomes_a_phrasing_of_a_published_article(session: Session, published: Publish) -> None:
    article = published("a", "自来水停水了找谁？")
    candidate = propose(session, 1, "龙头拧开一滴水都没有")

    accept_as_phrasing(session, candidate.id, article.id, officer_id=ALICE, now=NOW)

    found = load_engine(session, today=TODAY).suggest("龙头一滴水都没有", threshold=0.0)
    assert found[0].matched_phrasing == "龙头拧开一滴水都没有"
    assert candidate.state is CandidateState.PHRASING


def test_decided_candidate_is_not_decided_again(session: Session) -> None:
    candidate = propose(session, 1, "停水三天了怎么办")
    discard_candidate(session, candidate.id, officer_id=ALICE, now=NOW)

    with pytest.raises(WrongState):
        discard_candidate(session, candidate.id, officer_id=BOB, now=NOW)
    assert candidate.decided_by_id == ALICE
    assert list_candidates(session).rows == ()
    assert list_candidates(session, state=CandidateState.DISCARDED).total == 1


def test_discard_can_be_taken_back(session: Session) -> None:
    candidate = propose(session, 1, "停水三天了怎么办")
    discard_candidate(session, candidate.id, officer_id=ALICE, now=NOW)

    reopen_candidate(session, candidate.id)

    assert list_candidates(session).total == 1
    with pytest.raises(WrongState):
        reopen_candidate(session, candidate.id)
    with pytest.raises(CandidateNotFound):
        reopen_candidate(session, 999)
