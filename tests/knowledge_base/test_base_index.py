"""The index on disk: the answers it gives, what changed since, and everything that can be wrong with a file."""

import multiprocessing
import os
import shutil
import threading
from datetime import date

import pytest
from sqlmodel import select
from structlog.testing import capture_logs

from knowledge_base import base_index
from knowledge_base.amendments import add_phrasing
from knowledge_base.articles import install_article, retire_article
from knowledge_base.base_index import SuggestionBase
from knowledge_base.base_revision import base_revision, bump_base_revision
from knowledge_base.content import ArticleContent
from knowledge_base.engine.array_file import open_arrays, write_arrays
from knowledge_base.engine.parts import index_columns
from knowledge_base.models import Article, BaseChange
from knowledge_base.suggest import Entry, SuggestionEngine, load_engine
from knowledge_base.vocabulary import add_synonyms
from tests.knowledge_base.conftest import BOB, CHEN, NOW, TODAY
from tests.knowledge_base.entries import invented_entries, invented_messages

MESSAGES = [*invented_messages(20), "居住证怎么办理", "领导好，" + "云岭镇路灯不亮，晚上走路危险。" * 8]


def answers(engine, *, today=None):
    return [engine.suggest(text, threshold=0.0, limit=5, today=today) for text in MESSAGES]


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "index"


@pytest.fixture
def base(session):
    """Thirty published articles, none of them expired."""
    for entry in [e for e in invented_entries(50) if e.valid_until in (None, date(2026, 12, 31))][:30]:
        content = ArticleContent(
            entry.question,
            "答复。",
            phrasings=entry.phrasings,
            region=entry.region,
            authority=entry.authority,
            valid_from=entry.valid_from,
            valid_until=entry.valid_until,
        )
        key = f"a{entry.article_id}"
        install_article(session, content, key=key, author_id=CHEN, reviewer_id=BOB, now=NOW)
    return session


def opened(folder, session, *, today=TODAY):
    """Return a process's base and the engine it has at first."""
    suggestions = SuggestionBase(folder, most_in_memory=5)
    return suggestions, suggestions.engine(session, today=today)


def files_in(folder):
    return [path for path in folder.iterdir() if path.suffix == ".index"]


def events(logs):
    return [line["event"] for line in logs]


def test_mapped_index_answers_exactly_as_the_one_in_memory(tmp_path):
    columns = index_columns(invented_entries(400))
    write_arrays(tmp_path / "a.index", columns, {})

    mapped = SuggestionEngine.over(open_arrays(tmp_path / "a.index")[0])

    assert answers(mapped) == answers(SuggestionEngine.build(invented_entries(400)))
    assert answers(mapped, today=TODAY) != answers(mapped)


@pytest.mark.parametrize("size", [0, 1])
def test_tiny_index_can_be_stored_and_grow(tmp_path, size):
    write_arrays(tmp_path / "a.index", index_columns(invented_entries(size)), {})
    columns = open_arrays(tmp_path / "a.index")[0]
    entries = invented_entries(20, seed=3, first_id=100)

    alone = SuggestionEngine.over(columns)
    grown = SuggestionEngine.over(columns, index_columns(entries, columns))

    assert {s.article_id for found in answers(alone) for s in found} <= {1}
    assert grown.suggest(entries[4].question, threshold=0.0)[0].question == entries[4].question


def test_rows_behind_a_base_are_found_like_those_in_it():
    entries = invented_entries(300)
    columns = index_columns(entries[:200])
    whole = SuggestionEngine.build(entries)
    grown = SuggestionEngine.over(columns, index_columns(entries[200:], columns))

    same = 0
    for entry in entries:
        found = grown.suggest(entry.question, threshold=0.0)
        assert entry.question in [s.matched_phrasing for s in found]
        same += found[0].article_id == whole.suggest(entry.question, threshold=0.0)[0].article_id
    assert same > 0.9 * len(entries)
    assert len(grown) == 300


def test_region_and_dates_hold_for_rows_behind_a_base():
    columns = index_columns(invented_entries(50))
    more = invented_entries(50, seed=9, first_id=1_000)
    known = {e.article_id: e for e in (*invented_entries(50), *more)}
    grown = SuggestionEngine.over(columns, index_columns(more, columns))

    shown = {
        s.article_id
        for text in MESSAGES
        for s in grown.suggest(text, region="yunling", today=TODAY, threshold=0.0, limit=50)
    }

    assert any(article_id >= 1_000 for article_id in shown)
    for entry in map(known.__getitem__, shown):
        assert entry.region in (None, "yunling")
        assert (entry.valid_until or TODAY) >= TODAY


def test_another_process_opens_the_file_and_does_not_build(folder, base):
    _, first = opened(folder, base)
    with capture_logs() as logs:
        _, second = opened(folder, base)

    assert events(logs) == []
    assert answers(first) == answers(second)
    assert len(files_in(folder)) == 1


def test_index_from_the_database_answers_as_the_one_in_memory(folder, base):
    _, mapped = opened(folder, base)

    assert answers(mapped, today=TODAY) == answers(load_engine(base, today=TODAY), today=TODAY)


def test_published_changed_and_retired_articles_count_at_once_without_a_new_file(folder, base):
    suggestions, _ = opened(folder, base)
    before = files_in(folder)
    old = base.exec(select(Article)).all()
    content = ArticleContent("新能源汽车充电桩怎么报装？", "答复。")
    new = install_article(base, content, key="new", author_id=CHEN, reviewer_id=BOB, now=NOW)
    add_phrasing(base, old[0].id, "如何给无人机登记备案", author_id=CHEN, now=NOW)
    retire_article(base, old[1].id, actor_id=BOB, now=NOW)

    engine = suggestions.engine(base, today=TODAY)

    assert files_in(folder) == before
    assert engine.revision == base_revision(base)
    assert engine.suggest("充电桩报装", threshold=0.0)[0].article_id == new.id
    assert engine.suggest("无人机登记备案", threshold=0.0)[0].article_id == old[0].id
    everything = {s.article_id for a in old for s in engine.suggest(a.question, threshold=0.0, limit=50)}
    assert old[1].id not in everything
    assert old[0].id in everything
    assert len(engine) == len(load_engine(base, today=TODAY))


@pytest.mark.parametrize("most_in_memory", [0, 1_000], ids=["mapped", "in memory"])
def test_a_draft_is_laid_over_the_base_and_nothing_is_built_or_written(folder, base, most_in_memory):
    suggestions = SuggestionBase(folder, most_in_memory=most_in_memory)
    suggestions.engine(base, today=TODAY)
    others = base.exec(select(Article)).all()[:2]
    add_phrasing(base, others[1].id, "如何给无人机登记备案", author_id=CHEN, now=NOW)
    suggestions.engine(base, today=TODAY)
    files = folder.exists() and files_in(folder)
    revision = base_revision(base)
    changed = Entry(others[0].id, "新能源汽车充电桩怎么报装？", ("充电桩报装",))
    new = Entry(99_999, "新能源汽车充电桩怎么报装？", ("充电桩报装",))

    with capture_logs() as logs:
        before, after = suggestions.engines_around(base, changed, today=TODAY)
        _, with_new = suggestions.engines_around(base, new, today=TODAY)

    assert events(logs) == []
    assert (folder.exists() and files_in(folder), base_revision(base)) == (files, revision)
    assert before is suggestions.engine(base, today=TODAY)
    assert others[0].id not in [s.article_id for s in before.suggest("充电桩报装")]
    assert after.suggest("充电桩报装")[0].article_id == others[0].id
    assert with_new.suggest("充电桩报装")[0].article_id == 99_999
    assert after.suggest("无人机登记备案", threshold=0.0)[0].article_id == others[1].id
    assert others[0].question not in [
        s.matched_phrasing for s in after.suggest(others[0].question, threshold=0.0, limit=50)
    ]
    assert (len(after), len(with_new)) == (len(before), len(before) + 1)


def test_synonyms_of_the_editors_count_at_once(folder, base):
    suggestions, before = opened(folder, base)
    add_synonyms(base, ["自来水", "饮用水管网"])

    after = suggestions.engine(base, today=TODAY)

    text = "饮用水管网"
    assert before.suggest(text, threshold=0.0) == []
    assert "自来水" in after.suggest(text, threshold=0.0)[0].matched_phrasing


def test_expired_article_is_left_out_on_the_next_day_without_a_new_file(folder, base):
    suggestions, before = opened(folder, base, today=date(2026, 12, 31))

    after = suggestions.engine(base, today=date(2027, 1, 1))

    assert len(after) < len(before)
    assert len(after) == len(load_engine(base, today=date(2027, 1, 1)))


def test_engine_is_the_same_while_nothing_changes(folder, base):
    suggestions, engine = opened(folder, base)

    assert suggestions.engine(base, today=TODAY) is engine


def test_small_base_needs_no_file(folder, base):
    engine = SuggestionBase(folder, most_in_memory=30).engine(base, today=TODAY)

    assert len(engine) > 0
    assert not folder.exists()


@pytest.mark.parametrize(
    "harm",
    [
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(path.read_bytes()[:-1]),
        lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
        lambda path: path.write_bytes(path.read_bytes().replace(b"\x01", b"\x02")),
        lambda path: path.write_bytes(b"not an index at all" * 1_000),
    ],
)
def test_damaged_file_is_built_anew_with_a_line_in_the_log(folder, base, harm):
    whole = answers(opened(folder, base)[1])
    harm(files_in(folder)[0])

    with capture_logs() as logs:
        _, engine = opened(folder, base)

    assert events(logs) == ["suggestion_index_damaged", "suggestion_index_building"]
    assert answers(engine) == whole
    open_arrays(files_in(folder)[0])


def test_missing_file_is_built_anew(folder, base):
    _, whole = opened(folder, base)
    shutil.rmtree(folder)

    with capture_logs() as logs:
        _, engine = opened(folder, base)

    assert events(logs) == ["suggestion_index_building"]
    assert answers(engine) == answers(whole)


def test_file_of_another_database_is_never_served(folder, base):
    opened(folder, base)
    change = base.get(BaseChange, base_revision(base))
    change.stamp = "another"
    base.flush()

    with capture_logs() as logs:
        opened(folder, base)

    assert set(events(logs)) == {"suggestion_index_foreign", "suggestion_index_building"}


def test_file_of_days_that_a_restored_backup_never_saw_is_never_served(folder, base):
    opened(folder, base)
    ahead = files_in(folder)[0]
    ahead.rename(ahead.with_name(ahead.name.replace(f"{base_revision(base):010d}", "0000009999")))

    with capture_logs() as logs:
        _, engine = opened(folder, base)

    assert events(logs) == ["suggestion_index_building"]
    assert engine.revision == base_revision(base)


def test_file_of_another_version_of_the_engine_is_not_looked_at(folder, base, monkeypatch):
    opened(folder, base)
    monkeypatch.setattr("knowledge_base.index_files.engine_format", lambda: "00000000")

    with capture_logs() as logs:
        opened(folder, base)

    assert events(logs) == ["suggestion_index_building"]
    assert len(files_in(folder)) == 1


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_read_only_folder_is_answered_from_memory_with_a_warning(folder, base):
    folder.mkdir()
    folder.chmod(0o500)

    with capture_logs() as logs:
        _, engine = opened(folder, base)
    folder.chmod(0o700)

    assert events(logs) == ["suggestion_index_building", "suggestion_index_not_stored"]
    assert answers(engine, today=TODAY) == answers(load_engine(base, today=TODAY), today=TODAY)


def test_folder_that_cannot_be_made_is_answered_from_memory_with_a_warning(folder, base):
    folder.write_text("a file lies where the folder should be")

    with capture_logs() as logs:
        suggestions, engine = opened(folder, base)
        bump_base_revision(base)
        suggestions.engine(base, today=TODAY)

    assert events(logs) == ["suggestion_index_building", "suggestion_index_not_stored"]
    assert answers(engine, today=TODAY) == answers(load_engine(base, today=TODAY), today=TODAY)


def test_leftovers_of_a_killed_builder_are_tidied_up_by_the_next(folder, base):
    folder.mkdir()
    (folder / "suggestions-00000000-0000000001x.part").write_bytes(b"half")
    (folder / "suggestions-00000000-0000000001.index").write_bytes(b"old")
    (folder / "something else").write_bytes(b"ours to leave alone")

    opened(folder, base)

    assert {path.suffix for path in folder.iterdir()} == {".index", ""}
    assert len(files_in(folder)) == 1
    assert (folder / "something else").exists()


def test_compaction_is_due_once_enough_has_changed_and_is_taken_up_by_others(folder, base, monkeypatch):
    monkeypatch.setattr(base_index, "COMPACTED_FROM", 2)
    suggestions, _ = opened(folder, base)
    other, _ = opened(folder, base)
    assert not suggestions.is_compaction_due(base)

    for number in (1, 2):
        content = ArticleContent(f"新能源汽车充电桩怎么报装{number}？", "答复。")
        install_article(base, content, key=f"n{number}", author_id=CHEN, reviewer_id=BOB, now=NOW)
    behind = other.engine(base, today=TODAY)
    assert suggestions.is_compaction_due(base)

    assert suggestions.compact(base)

    assert not suggestions.is_compaction_due(base)
    assert len(files_in(folder)) == 1
    compacted = other.engine(base, today=TODAY)
    assert compacted is not behind
    assert answers(compacted, today=TODAY) == answers(load_engine(base, today=TODAY), today=TODAY)


def test_far_behind_engine_hides_what_is_old_until_the_base_is_compacted(folder, base, monkeypatch):
    monkeypatch.setattr(base_index, "MOST_BEHIND", 2)
    suggestions, _ = opened(folder, base)
    old = base.exec(select(Article)).all()
    for article in old[:4]:
        retire_article(base, article.id, actor_id=BOB, now=NOW)

    with capture_logs() as logs:
        engine = suggestions.engine(base, today=TODAY)

    assert events(logs) == ["suggestion_index_far_behind"]
    assert len(engine) == len(load_engine(base, today=TODAY))
    _, fresh = opened(folder, base)  # a process that starts has nothing to go on with, and builds
    assert len(fresh) == len(engine)


def _open_elsewhere(address, folder, barrier, results):
    from web.database import Database

    database = Database(address)
    with database.reading() as session:
        barrier.wait()
        _, engine = opened(folder, session)
        results.put(repr(answers(engine, today=TODAY)))
    database.close()


def test_processes_that_start_at_once_build_one_file_and_agree(folder, database, database_url):
    with database.transaction() as session:
        for entry in invented_entries(40):
            content = ArticleContent(entry.question, "答复。", phrasings=entry.phrasings)
            install_article(
                session, content, key=f"a{entry.article_id}", author_id=CHEN, reviewer_id=BOB, now=NOW
            )
    context = multiprocessing.get_context("spawn")
    barrier, results = context.Barrier(2), context.Queue()
    processes = [
        context.Process(target=_open_elsewhere, args=(database_url, folder, barrier, results))
        for _ in range(2)
    ]
    for process in processes:
        process.start()

    found = {results.get(timeout=60) for _ in processes}
    for process in processes:
        process.join(30)

    assert len(found) == 1
    assert [process.exitcode for process in processes] == [0, 0]
    assert sorted(path.name.split("-")[0] for path in folder.iterdir()) == ["lock", "suggestions"]


def test_threads_share_an_engine(folder, base):
    _, engine = opened(folder, base)
    expected = answers(engine)
    found = []
    threads = [threading.Thread(target=lambda: found.append(answers(engine))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert all(each == expected for each in found)
