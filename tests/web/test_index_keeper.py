"""The index on disk: written anew by a process of its own when much has changed, taken up by those that run."""

import os
import subprocess
import sys
import time

import pytest

from knowledge_base import base_index
from knowledge_base.articles import install_article, retire_article
from knowledge_base.base_index import SuggestionBase
from knowledge_base.content import ArticleContent
from tests.knowledge_base.entries import invented_entries
from tests.web.people import NOW
from web import index_keeper
from web import knowledge as module
from web.index_keeper import IndexKeeper
from web.runtime import INDEX_FOLDER, open_runtime


@pytest.fixture
def small_limits(monkeypatch):
    """Have a base of any size mapped from a file, and look for changes at every use."""
    monkeypatch.setattr(module, "_LOOK_EVERY_SECONDS", 0.0)
    monkeypatch.setattr(index_keeper, "_EVERY_SECONDS", 0.0)
    monkeypatch.setattr(base_index, "COMPACTED_FROM", 3)
    init = SuggestionBase.__init__
    monkeypatch.setattr(
        SuggestionBase, "__init__", lambda self, folder=None: init(self, folder, most_in_memory=1)
    )


def publish(runtime, numbers):
    with runtime.database.transaction() as session:
        return [
            install_article(
                session,
                ArticleContent(f"{entry.question}（{entry.article_id}）", "答复。"),
                key=f"a{entry.article_id}",
                author_id=1,
                reviewer_id=2,
                now=NOW,
            ).id
            for entry in invented_entries(len(numbers), seed=numbers.start, first_id=numbers.start)
        ]


def engine(runtime):
    with runtime.database.reading() as session:
        return runtime.knowledge.engine(session, now=NOW)


def revisions(runtime):
    return [path.name for path in (runtime.settings.home / INDEX_FOLDER).glob("*.index")]


def until_built(keeper, before, runtime):
    for _ in range(600):
        keeper.look()
        if len(revisions(runtime)) == 1 and revisions(runtime) != before:
            return
        time.sleep(0.1)
    pytest.fail("no new index was written")


def test_change_in_one_process_counts_in_another_without_a_new_file(runtime, settings, small_limits):
    first, *_ = publish(runtime, range(1, 10))
    other = open_runtime(settings)
    assert engine(other).suggest("自来水", threshold=0.0) is not None
    before = revisions(runtime)

    publish(runtime, range(20, 21))
    with runtime.database.transaction() as session:
        retire_article(session, first, actor_id=2, now=NOW)

    assert len(engine(other)) == len(engine(runtime)) == 9
    assert engine(other).revision == 11
    assert revisions(runtime) == before
    other.close()


def test_keeper_has_a_new_index_written_and_those_that_run_take_it_up(runtime, small_limits):
    publish(runtime, range(1, 10))
    keeper = IndexKeeper(runtime)
    keeper.look()
    until_built(keeper, [], runtime)
    behind = engine(runtime)
    before = revisions(runtime)

    publish(runtime, range(20, 24))
    until_built(keeper, before, runtime)
    keeper.close()

    assert len(revisions(runtime)) == 1
    assert engine(runtime) is not behind
    assert len(engine(runtime)) == 13


def test_keeper_that_is_closed_ends_its_builder(runtime, small_limits):
    publish(runtime, range(1, 4))
    keeper = IndexKeeper(runtime)
    keeper.look()
    builder = keeper._builder
    assert builder is not None

    keeper.close()

    assert builder.poll() is not None


def test_small_base_needs_no_builder(runtime):
    publish(runtime, range(1, 3))
    keeper = IndexKeeper(runtime)

    keeper.look()

    assert keeper._builder is None


def test_index_can_be_written_by_hand(runtime, settings):
    publish(runtime, range(1, 4))
    command = [sys.executable, "-P", "-m", "web", "kb", "index"]
    environment = {
        "MINHU_HOME": str(settings.home),
        "MINHU_DATABASE_URL": settings.database_address,
        "MINHU_LOCALE": "en",
    }

    ran = subprocess.run(
        command, env={**os.environ, **environment}, capture_output=True, text=True, check=True
    )

    assert "written" in ran.stdout or "索引" in ran.stdout
    assert len(revisions(runtime)) == 1
