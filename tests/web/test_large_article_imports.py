"""Imports of many articles: a worker killed in the middle, a colleague in between, and a second file over the first."""

import multiprocessing
import os
import signal
from collections.abc import Callable
from typing import Any

from flask import Flask
from sqlalchemy import event, func
from sqlmodel import Session, col, select

from knowledge_base.articles import Provenance, create_article, revise_article, submit_article
from knowledge_base.content import ArticleContent
from knowledge_base.import_plan import RowFate
from knowledge_base.imports import (
    CHUNK,
    begin_step,
    import_view,
    start_taking,
    store_import,
    take_rows,
)
from knowledge_base.models import (
    Article,
    ArticleImportChange,
    ArticleImportState,
    ArticlePhrasing,
    ArticleRevision,
    ArticleStatus,
    PhrasingOrigin,
    RevisionState,
)
from knowledge_base.queries import MOST_COUNTED, ArticleFilter, ArticleList, articles_page
from knowledge_base.suggest import load_engine
from tests.web.people import NOW, Browser, People
from tests.web.ways_in import services_of
from web.article_files import plan_file
from web.article_imports import run_step
from web.database import Database

MANY = CHUNK * 2 + 20


def table(answer: str = "到窗口办理。", rows: int = MANY) -> bytes:
    lines = [f"k-{n},第{n}个问题怎么办？,问法{n}甲\n" + f",{answer},户籍" for n in range(rows)]
    lines = [line.replace("\n", "") for line in lines]
    return ("编号,问题,相似问法,答复,主题\n" + "\n".join(lines) + "\n").encode()


def stored(database: Database, content: bytes) -> int:
    with database.transaction() as session:
        upload = store_import(session, "base.csv", content, Provenance("市库"), officer_id=None, now=NOW)
        begin_step(session, upload.id or 0, ArticleImportState.WAITING, officer_id=None)
    return upload.id or 0


def take_in(database: Database, import_id: int) -> dict[str, int]:
    return run_step(database, import_id, clock=lambda: NOW, pulse=lambda: None).counts


def count(session: Session, model: Any) -> int:
    return session.exec(select(func.count()).select_from(model)).one()


def _die_in_the_second_batch(address: str, import_id: int) -> None:
    """Run the import as a worker would, until its own process is killed within the second batch."""
    database = Database(address)
    batches: list[int] = []

    def kill(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if batches and statement.startswith("INSERT INTO article_revisions"):
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(database.engine, "before_cursor_execute", kill)
    run_step(database, import_id, clock=lambda: NOW, pulse=lambda: batches.append(1))


def test_a_killed_worker_is_followed_by_one_that_doubles_nothing(
    database: Database, database_url: str
) -> None:
    import_id = stored(database, table())
    worker = multiprocessing.get_context("spawn").Process(
        target=_die_in_the_second_batch, args=(database_url, import_id)
    )
    worker.start()
    worker.join(120)
    with database.reading() as session:
        after_kill = count(session, Article), count(session, ArticleImportChange)

    counts = take_in(database, import_id)

    assert worker.exitcode == -signal.SIGKILL
    assert after_kill == (CHUNK, CHUNK)
    assert counts == {"received": MANY, "added": MANY, "changed": 0, "untouched": 0, "refused": 0}
    with database.reading() as session:
        for model in (Article, ArticleRevision, ArticlePhrasing, ArticleImportChange):
            assert count(session, model) == MANY
        page = articles_page(session, ArticleFilter(ArticleList.IN_REVIEW, text="窗口"), today=NOW.date())
        assert page.total == MANY
        one = session.exec(select(Article).where(col(Article.key) == "k-7")).one()
        assert (one.pending, one.revision, one.source) == (RevisionState.IN_REVIEW, 1, "市库")


def test_a_second_file_replaces_what_the_first_left_waiting(database: Database) -> None:
    take_in(database, stored(database, table(rows=3)))
    counts = take_in(database, stored(database, table("到二楼办理。", rows=4)))

    with database.reading() as session:
        states = session.exec(
            select(ArticleRevision.number, ArticleRevision.state).order_by(
                col(ArticleRevision.article_id), col(ArticleRevision.number)
            )
        ).all()
        found = articles_page(session, ArticleFilter(text="二楼"), today=NOW.date())
        old = articles_page(session, ArticleFilter(text="窗口"), today=NOW.date())
        phrasings = count(session, ArticlePhrasing)
    assert (counts["added"], counts["changed"]) == (1, 3)
    replaced = [(1, RevisionState.SUPERSEDED), (2, RevisionState.IN_REVIEW)]
    assert states == [*replaced * 3, (1, RevisionState.IN_REVIEW)]
    assert (found.total, old.total, phrasings) == (4, 0, 4)


def test_all_is_published_but_what_others_changed_or_the_publisher_wrote(database: Database) -> None:
    reviewer, colleague = 2, 3
    import_id = stored(database, table())
    take_in(database, import_id)
    with database.transaction() as session:
        for key, author in (("k-3", colleague), ("k-5", reviewer)):
            revise(session, key, author)
        submit(session, "k-5")
        changes = session.exec(select(ArticleImportChange)).all()
        mended = by_key(session, "k-5")
        for change in changes:
            change.after_revision = (
                mended.revision if change.article_id == mended.id else change.after_revision
            )
        begin_step(session, import_id, ArticleImportState.PUBLISHING, officer_id=reviewer)

    run_step(database, import_id, clock=lambda: NOW, pulse=lambda: None)

    with database.reading() as session:
        published = session.exec(select(Article).where(Article.status == ArticleStatus.PUBLISHED)).all()
        left = {key: by_key(session, key).pending for key in ("k-3", "k-5")}
        states = session.exec(
            select(ArticleRevision.reviewer_id, func.count())
            .where(ArticleRevision.state == RevisionState.PUBLISHED)
            .group_by(col(ArticleRevision.reviewer_id))
        ).all()
        theirs = col(ArticlePhrasing.article_id).in_([article.id for article in published])
        origins = set(session.exec(select(ArticlePhrasing.origin).where(theirs)).all())
        engine = load_engine(session, today=NOW.date())
    assert left == {"k-3": RevisionState.DRAFT, "k-5": RevisionState.IN_REVIEW}
    assert states == [(reviewer, MANY - 2)]
    assert sorted(article.changed_in for article in published) == list(range(1, MANY - 1))
    assert {article.published_at for article in published} == {NOW}
    assert origins == {PhrasingOrigin.IMPORT}
    assert (len(engine), engine.revision) == (MANY - 2, MANY - 2)


def by_key(session: Session, key: str) -> Article:
    return session.exec(select(Article).where(col(Article.key) == key)).one()


def revise(session: Session, key: str, author: int) -> None:
    article = by_key(session, key)
    content = ArticleContent(question=article.question, answer="同事改过的。", phrasings=("问法甲",))
    revise_article(
        session,
        article.id or 0,
        content,
        expected_revision=article.revision,
        author_id=author,
        now=NOW,
    )


def submit(session: Session, key: str) -> None:
    article = by_key(session, key)
    submit_article(session, article.id or 0, expected_revision=article.revision, actor_id=None, now=NOW)


def test_a_key_that_somebody_takes_meanwhile_refuses_its_row_alone(database: Database) -> None:
    content = table(rows=3)
    import_id = stored(database, content)
    with database.reading() as session:
        plan = plan_file(session, content, "base.csv")
    with database.transaction() as session:
        other = ArticleContent(question="同事的问题？", answer="答。")
        create_article(session, other, author_id=1, now=NOW, key="k-1")
        start_taking(session, import_id, plan)
        take_rows(session, import_id, plan.of(RowFate.ADDED), now=NOW)

    with database.reading() as session:
        view = import_view(session, import_id)
        questions = dict(session.exec(select(Article.key, Article.question)).all())
    assert view.counts["refused"] == 1
    assert [(row["line"], row["reason"]) for row in view.row_errors] == [(3, "moved_on")]
    assert sorted(questions) == ["k-0", "k-1", "k-2"]
    assert questions["k-1"] == "同事的问题？"


def test_a_long_list_says_that_it_is_longer_than_it_counted(
    app: Flask, browser: Callable[..., Browser], people: People
) -> None:
    database = services_of(app).database
    take_in(database, stored(database, table(rows=MOST_COUNTED + 1)))
    chen = browser(people.chen)

    searched = chen.get("/articles?q=窗口").text
    narrowed = chen.get("/articles?q=第7个").text

    assert "More than 1000 answers; narrow the list to see the rest." in searched
    assert "More than" not in narrowed
    assert "第7个问题怎么办？" in narrowed
