"""The life of an article: review by somebody else, nothing overwritten, nothing unreviewed in force."""

import contextlib
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event
from sqlmodel import Session, create_engine, select

from knowledge_base.amendments import add_phrasing
from knowledge_base.article_rows import article_by_id
from knowledge_base.articles import (
    approve_article,
    create_article,
    install_article,
    restore_revision,
    retire_article,
    revise_article,
    send_back_article,
    submit_article,
)
from knowledge_base.base_revision import base_revision
from knowledge_base.content import ArticleContent, Basis
from knowledge_base.errors import (
    ArticleNotFound,
    DuplicateKey,
    InvalidArticle,
    KnowledgeBaseError,
    RevisionNotFound,
    SelfReview,
    StaleArticle,
    TopicNotFound,
    WrongState,
)
from knowledge_base.models import (
    Article,
    ArticlePhrasing,
    ArticleRevision,
    ArticleStatus,
    Authority,
    RevisionState,
)
from knowledge_base.topics import create_topic
from tests.knowledge_base.conftest import ALICE, BOB, CHEN, DAI, NOW

CONTENT = ArticleContent(
    question="居住证怎么办理？",
    answer="{称呼}您好，请带身份证到派出所办理。",
    phrasings=("暂住证在哪里办", "办居住证要什么"),
)


def texts_of(session: Session, article: Article) -> list[str]:
    query = select(ArticlePhrasing).where(ArticlePhrasing.article_id == article.id)
    return [p.text for p in session.exec(query.order_by(ArticlePhrasing.position))]  # type: ignore[arg-type]


def test_new_article_is_a_draft_at_revision_one(session: Session) -> None:
    article = create_article(session, CONTENT, author_id=ALICE, now=NOW)

    assert (article.status, article.revision, article.pending) == (
        ArticleStatus.DRAFT,
        1,
        RevisionState.DRAFT,
    )
    assert article.published_revision is None
    assert texts_of(session, article) == list(CONTENT.phrasings)


def test_draft_becomes_published_after_review_by_somebody_else(session: Session) -> None:
    article = create_article(session, CONTENT, author_id=ALICE, now=NOW)
    before = base_revision(session)

    submit_article(session, article.id, expected_revision=1, actor_id=ALICE, now=NOW)
    approve_article(session, article.id, expected_revision=1, reviewer_id=BOB, now=NOW)

    assert (article.status, article.pending) == (ArticleStatus.PUBLISHED, None)
    assert (article.author_id, article.reviewer_id, article.published_revision) == (ALICE, BOB, 1)
    assert base_revision(session) == article.changed_in == before + 1


def test_author_cannot_approve_own_article(session: Session) -> None:
    article = create_article(session, CONTENT, author_id=ALICE, now=NOW)
    submit_article(session, article.id, expected_revision=1, actor_id=BOB, now=NOW)

    with pytest.raises(SelfReview) as caught:
        approve_article(session, article.id, expected_revision=1, reviewer_id=ALICE, now=NOW)

    assert (caught.value.article_id, caught.value.officer_id) == (article.id, ALICE)
    assert article.status is ArticleStatus.IN_REVIEW


def test_small_edit_by_another_does_not_let_first_author_approve(session: Session) -> None:
    article = create_article(session, CONTENT, author_id=ALICE, now=NOW)
    edited = replace(CONTENT, answer=CONTENT.answer + "。")
    revise_article(session, article.id, edited, expected_revision=1, author_id=BOB, now=NOW)
    submit_article(session, article.id, expected_revision=2, actor_id=BOB, now=NOW)

    for writer in (ALICE, BOB):
        with pytest.raises(SelfReview):
            approve_article(session, article.id, expected_revision=2, reviewer_id=writer, now=NOW)
    approve_article(session, article.id, expected_revision=2, reviewer_id=CHEN, now=NOW)

    assert article.status is ArticleStatus.PUBLISHED


def test_phrasing_added_meanwhile_does_not_hide_the_author_of_a_waiting_change(
    session: Session, published: Callable[..., Article]
) -> None:
    article = published("a-1", "居住证怎么办理？")
    revise_article(session, article.id, CONTENT, expected_revision=1, author_id=ALICE, now=NOW)
    revise_article(session, article.id, CONTENT, expected_revision=2, author_id=BOB, now=NOW)
    add_phrasing(session, article.id, "怎么弄居住证", author_id=DAI, now=NOW)
    submit_article(session, article.id, expected_revision=article.revision, actor_id=BOB, now=NOW)

    with pytest.raises(SelfReview):
        approve_article(session, article.id, expected_revision=article.revision, reviewer_id=ALICE, now=NOW)


def test_draft_that_nobody_submitted_cannot_be_approved(session: Session) -> None:
    article = create_article(session, CONTENT, author_id=ALICE, now=NOW)

    with pytest.raises(WrongState):
        approve_article(session, article.id, expected_revision=1, reviewer_id=BOB, now=NOW)


def test_stale_save_is_refused_and_changes_nothing(session: Session) -> None:
    article = create_article(session, CONTENT, author_id=ALICE, now=NOW)
    first = replace(CONTENT, answer="第一位编辑写的。")
    second = replace(CONTENT, answer="第二位编辑写的。")
    revise_article(session, article.id, first, expected_revision=1, author_id=ALICE, now=NOW)

    with pytest.raises(StaleArticle) as caught:
        revise_article(session, article.id, second, expected_revision=1, author_id=BOB, now=NOW)

    assert (caught.value.expected, caught.value.actual) == (1, 2)
    assert article_by_id(session, article.id).answer == "第一位编辑写的。"


def test_approval_of_a_revision_that_changed_meanwhile_is_refused(session: Session) -> None:
    article = create_article(session, CONTENT, author_id=ALICE, now=NOW)
    submit_article(session, article.id, expected_revision=1, actor_id=ALICE, now=NOW)
    revise_article(session, article.id, CONTENT, expected_revision=1, author_id=ALICE, now=NOW)
    submit_article(session, article.id, expected_revision=2, actor_id=ALICE, now=NOW)

    with pytest.raises(StaleArticle):
        approve_article(session, article.id, expected_revision=1, reviewer_id=BOB, now=NOW)


def test_change_to_published_article_stays_out_of_force_until_approved(
    session: Session, published: Callable[..., Article]
) -> None:
    article = published("a-1", "居住证怎么办理？")
    changed = replace(CONTENT, answer="新的答复。")

    revise_article(session, article.id, changed, expected_revision=1, author_id=ALICE, now=NOW)
    submit_article(session, article.id, expected_revision=2, actor_id=ALICE, now=NOW)

    assert (article.status, article.pending) == (ArticleStatus.PUBLISHED, RevisionState.IN_REVIEW)
    assert article.answer == "请到县行政服务中心办理。"
    assert texts_of(session, article) == []

    approve_article(session, article.id, expected_revision=2, reviewer_id=BOB, now=NOW)
    assert (article.answer, article.published_revision) == ("新的答复。", 2)
    assert texts_of(session, article) == list(CONTENT.phrasings)


def test_sent_back_draft_keeps_the_reason_and_can_be_submitted_again(session: Session) -> None:
    article = create_article(session, CONTENT, author_id=ALICE, now=NOW)
    submit_article(session, article.id, expected_revision=1, actor_id=ALICE, now=NOW)

    send_back_article(
        session, article.id, expected_revision=1, reviewer_id=BOB, comment="请写明电话", now=NOW
    )

    revision = session.exec(select(ArticleRevision)).one()
    assert (revision.state, revision.comment) == (RevisionState.SENT_BACK, "请写明电话")
    assert (article.status, article.pending) == (ArticleStatus.DRAFT, RevisionState.SENT_BACK)
    submit_article(session, article.id, expected_revision=1, actor_id=ALICE, now=NOW)
    assert article.pending is RevisionState.IN_REVIEW


def test_retiring_takes_out_of_use_at_once_and_twice_changes_nothing(
    session: Session, published: Callable[..., Article]
) -> None:
    article = published("a-1", "居住证怎么办理？")

    retire_article(session, article.id, actor_id=BOB, now=NOW)
    revision = base_revision(session)
    retire_article(session, article.id, actor_id=BOB, now=NOW + timedelta(days=1))

    assert (article.status, article.retired_at) == (ArticleStatus.RETIRED, NOW)
    assert base_revision(session) == revision


def test_restored_revision_goes_through_review(session: Session, published: Callable[..., Article]) -> None:
    article = published("a-1", "居住证怎么办理？")
    revise_article(session, article.id, CONTENT, expected_revision=1, author_id=ALICE, now=NOW)
    submit_article(session, article.id, expected_revision=2, actor_id=ALICE, now=NOW)
    approve_article(session, article.id, expected_revision=2, reviewer_id=BOB, now=NOW)

    restore_revision(session, article.id, 1, expected_revision=2, author_id=CHEN, now=NOW)

    assert (article.pending, article.revision, article.answer) == (
        RevisionState.DRAFT,
        3,
        CONTENT.answer,
    )
    with pytest.raises(RevisionNotFound):
        restore_revision(session, article.id, 9, expected_revision=3, author_id=CHEN, now=NOW)


def test_phrasing_added_to_published_article_is_in_force_and_survives_a_waiting_change(
    session: Session, published: Callable[..., Article]
) -> None:
    article = published("a-1", "居住证怎么办理？")
    revise_article(session, article.id, CONTENT, expected_revision=1, author_id=ALICE, now=NOW)

    add_phrasing(session, article.id, "办暂住证", author_id=CHEN, now=NOW)

    assert texts_of(session, article) == ["办暂住证"]
    assert (article.published_revision, article.revision) == (3, 4)
    submit_article(session, article.id, expected_revision=4, actor_id=ALICE, now=NOW)
    approve_article(session, article.id, expected_revision=4, reviewer_id=BOB, now=NOW)
    assert texts_of(session, article) == [*CONTENT.phrasings, "办暂住证"]


def test_phrasing_that_is_already_there_changes_nothing(
    session: Session, published: Callable[..., Article]
) -> None:
    article = published("a-1", "居住证怎么办理？")

    add_phrasing(session, article.id, " 居住证怎么办理？ ", author_id=CHEN, now=NOW)

    assert article.revision == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"question": " 。！ "}, "question"),
        ({"answer": ""}, "answer"),
        ({"question": "问" * 501}, "question"),
        ({"phrasings": ("问" * 501,)}, "phrasings"),
        ({"phrasings": tuple(f"问法{n}" for n in range(101))}, "phrasings"),
        ({"tags": tuple(f"标签{n}" for n in range(31))}, "tags"),
        ({"valid_from": date(2026, 2, 1), "valid_until": date(2026, 1, 31)}, "valid_until"),
        ({"service_url": "javascript:alert(1)"}, "service_url"),
        ({"interpretation_url": "http://[bad"}, "interpretation_url"),
        ({"basis": (Basis("条例", None, "ftp://x"),)}, "basis"),
    ],
)
def test_content_that_cannot_be_kept_is_refused_by_field(
    session: Session, change: dict[str, object], field: str
) -> None:
    with pytest.raises(InvalidArticle) as caught:
        create_article(session, replace(CONTENT, **change), author_id=ALICE, now=NOW)  # type: ignore[arg-type]

    assert caught.value.field == field


def test_control_characters_and_lone_surrogates_are_dropped(session: Session) -> None:
    content = replace(CONTENT, question="居住\x00证\ud800怎么办", phrasings=("甲\x00", "甲", "居住证怎么办"))

    article = create_article(session, content, author_id=ALICE, now=NOW)

    assert article.question == "居住证怎么办"
    assert texts_of(session, article) == ["甲"]


def test_unknown_ids_and_taken_keys_are_named(session: Session) -> None:
    create_article(session, CONTENT, author_id=ALICE, now=NOW, key="a-1")

    with pytest.raises(DuplicateKey):
        create_article(session, CONTENT, author_id=ALICE, now=NOW, key="a-1")
    with pytest.raises(ArticleNotFound):
        retire_article(session, 999, actor_id=BOB, now=NOW)
    with pytest.raises(TopicNotFound):
        create_article(session, replace(CONTENT, topic_code="none"), author_id=ALICE, now=NOW)


def test_installed_article_stands_where_it_should(session: Session) -> None:
    create_topic(session, code="household", name="户籍")
    content = replace(CONTENT, topic_code="household", authority=Authority.NATIONAL)

    for status in ArticleStatus:
        article = install_article(
            session, content, key=status, author_id=ALICE, reviewer_id=BOB, now=NOW, status=status
        )
        assert article.status is status

    with pytest.raises(SelfReview):
        install_article(session, content, key="x", author_id=ALICE, reviewer_id=ALICE, now=NOW)


def test_content_survives_json() -> None:
    content = replace(
        CONTENT,
        authority=Authority.PROVINCE,
        basis=(Basis("居住证暂行条例", "国务院令第663号", "https://example.org/", date(2030, 1, 1)),),
        valid_from=date(2026, 1, 1),
        tags=("户籍",),
    )

    assert ArticleContent.from_json({**content.to_json(), "of_a_later_release": 1}) == content


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["revise", "submit", "approve", "send_back", "retire", "restore", "phrase"]),
        st.sampled_from([ALICE, BOB, CHEN]),
        st.integers(-1, 0),
    ),
    max_size=14,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps=STEPS)
def test_whatever_the_steps_nothing_unreviewed_is_ever_in_force(
    sqlite_template: Path, steps: list[tuple[str, int, int]]
) -> None:
    with contextlib.closing(sqlite3.connect(sqlite_template)) as template:
        memory = sqlite3.connect(":memory:")
        template.backup(memory)
    engine = create_engine("sqlite://", creator=lambda: memory)
    event.listen(engine, "connect", lambda raw, _: raw.execute("PRAGMA foreign_keys=ON"))
    with Session(engine) as session:
        article = create_article(session, CONTENT, author_id=ALICE, now=NOW)
        for turn, (step, officer, behind) in enumerate(steps):
            with contextlib.suppress(KnowledgeBaseError):
                _take(session, article.id or 0, step, officer, article.revision + behind, turn)
            _assert_sound(session, article.id or 0)
    engine.dispose()


def _take(session: Session, ident: int, step: str, officer: int, expected: int, turn: int) -> None:
    content = replace(CONTENT, answer=f"第{turn}稿，由{officer}写。")
    if step == "revise":
        revise_article(session, ident, content, expected_revision=expected, author_id=officer, now=NOW)
    elif step == "submit":
        submit_article(session, ident, expected_revision=expected, actor_id=officer, now=NOW)
    elif step == "approve":
        approve_article(session, ident, expected_revision=expected, reviewer_id=officer, now=NOW)
    elif step == "send_back":
        send_back_article(
            session, ident, expected_revision=expected, reviewer_id=officer, comment="改", now=NOW
        )
    elif step == "retire":
        retire_article(session, ident, actor_id=officer, now=NOW)
    elif step == "restore":
        restore_revision(session, ident, 1, expected_revision=expected, author_id=officer, now=NOW)
    else:
        add_phrasing(session, ident, f"问法{turn}", author_id=officer, now=NOW)


def _assert_sound(session: Session, ident: int) -> None:
    article = article_by_id(session, ident)
    revisions = {
        r.number: r for r in session.exec(select(ArticleRevision).where(ArticleRevision.article_id == ident))
    }
    assert sorted(revisions) == list(range(1, article.revision + 1))
    if article.published_revision:
        live = revisions[article.published_revision]
        assert live.state is RevisionState.PUBLISHED
        assert article.answer == live.content["answer"]
        reviewed = [r for r in revisions.values() if r.content["answer"] == article.answer and r.reviewer_id]
        assert any(r.reviewer_id != r.author_id for r in reviewed)
    if article.pending:
        assert revisions[article.revision].state is article.pending
    assert (article.status is ArticleStatus.PUBLISHED) <= (article.published_revision is not None)
