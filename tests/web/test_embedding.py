"""Embedding in the worker: asked for once a change, in portions, done again after a worker has died."""

import pytest
from sqlmodel import func, select

from inbox.models import Task, TaskKind, TaskState
from knowledge_base.articles import install_article
from knowledge_base.content import ArticleContent
from knowledge_base.models import SentenceVector
from knowledge_base.vectors import PORTION, is_embedding_due
from tests.knowledge_base.sentences import WordList
from web import jobs
from web.runtime import utc_now
from web.scheduler import Scheduler


class Killed(WordList):
    """A model in whose middle the worker dies."""

    def embed(self, texts):
        raise SystemExit(9)


@pytest.fixture
def scheduler(runtime):
    """A scheduler that has the turn, and a base of a portion and a half."""
    runtime.knowledge.sentences = WordList()
    jobs.use_runtime(runtime)
    with runtime.database.transaction() as session:
        for number in range(PORTION + PORTION // 2):
            content = ArticleContent(f"第{number}号证件怎么办？", "请到窗口办理。")
            install_article(session, content, key=f"a{number}", author_id=1, reviewer_id=2, now=utc_now())
    scheduler = Scheduler(runtime, name="a")
    scheduler.tick()
    yield scheduler
    scheduler.step_down()


def waiting_ids(runtime):
    with runtime.database.reading() as session:
        rows = select(Task.id).where(Task.kind == TaskKind.EMBED, Task.state == TaskState.WAITING)
        return list(session.exec(rows))


def count(runtime):
    with runtime.database.reading() as session:
        return session.exec(select(func.count()).select_from(SentenceVector)).one()


def test_change_of_the_base_is_embedded_in_portions(runtime, scheduler):
    asked = waiting_ids(runtime)
    again = scheduler.ask_for_embedding()

    jobs.embed(asked)
    first, rest = count(runtime), waiting_ids(runtime)
    jobs.embed(rest)

    assert (len(asked), again) == (1, 0)
    assert (first, len(rest)) == (PORTION, 1)
    assert count(runtime) == PORTION + PORTION // 2
    assert waiting_ids(runtime) == []
    assert scheduler.ask_for_embedding() == 0


def test_worker_killed_while_embedding_loses_nothing_and_it_is_done_again(runtime, scheduler):
    asked = waiting_ids(runtime)
    runtime.knowledge.sentences = Killed()
    with pytest.raises(SystemExit):
        jobs.embed(asked)

    assert count(runtime) == 0
    assert waiting_ids(runtime) == asked

    runtime.knowledge.sentences = WordList()
    jobs.embed(asked)
    jobs.embed(asked)
    jobs.embed(waiting_ids(runtime))

    assert count(runtime) == PORTION + PORTION // 2
    with runtime.database.reading() as session:
        assert not is_embedding_due(session, "word list")


def test_nothing_is_asked_for_without_a_model(runtime, scheduler):
    runtime.knowledge.sentences = None

    jobs.embed(waiting_ids(runtime))

    assert scheduler.ask_for_embedding() == 0
    assert count(runtime) == 0
