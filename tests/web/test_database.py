"""The transaction boundary: all or nothing, work handed over only when it is safe, writers that wait for each other."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlmodel import select

from inbox.models import Task, TaskKind
from inbox.outbox import add_tasks
from tests.web.people import NOW
from web.database import Database


def test_work_is_handed_over_after_the_commit(database_url):
    seen = []

    def look(pending):
        with database.reading() as session:
            seen.append((pending, len(session.exec(select(Task)).all())))

    database = Database(database_url, look)
    with database.transaction() as session:
        ids = add_tasks(session, TaskKind.TRIAGE, [7, 8], now=NOW)
        assert seen == []
    database.close()

    assert seen == [([(TaskKind.TRIAGE, ids)], 2)]


def test_failed_transaction_leaves_nothing_and_hands_over_nothing(database_url):
    seen = []
    database = Database(database_url, seen.append)

    def fail_half_way():
        with database.transaction() as session:
            add_tasks(session, TaskKind.TRIAGE, [7], now=NOW)
            raise RuntimeError("half way")

    with pytest.raises(RuntimeError, match="half way"):
        fail_half_way()

    with database.reading() as session:
        assert session.exec(select(Task)).all() == []
    database.close()
    assert seen == []


def test_reading_transaction_cannot_write(database):
    with pytest.raises(DBAPIError, match=r"(?i)read-?only"), database.reading() as session:
        session.execute(text("DELETE FROM tasks"))


def test_savepoint_that_was_rolled_back_is_gone(database):
    with database.transaction() as session:
        session.begin_nested().rollback()

        with pytest.raises(DBAPIError, match=r"(no such savepoint|does not exist)"):
            session.connection().exec_driver_sql("RELEASE SAVEPOINT sa_savepoint_1")


def test_connection_that_read_can_write_afterwards(database):
    for _ in range(3):
        with database.reading() as session:
            session.exec(select(Task)).all()
        with database.transaction() as session:
            add_tasks(session, TaskKind.TRIAGE, [1], now=NOW)

    with database.reading() as session:
        assert len(session.exec(select(Task)).all()) == 3


def test_reading_transaction_sees_one_state(database):
    with database.reading() as reader:
        before = len(reader.exec(select(Task)).all())
        with database.transaction() as writer:
            add_tasks(writer, TaskKind.TRIAGE, [1], now=NOW)

        assert len(reader.exec(select(Task)).all()) == before


def test_many_writers_that_read_first_lose_no_update(new_database):
    database = Database(new_database("sqlite"))
    with database.transaction() as session:
        (task_id,) = add_tasks(session, TaskKind.TRIAGE, [1], now=NOW)
    together = threading.Barrier(8)

    def count_up(_number):
        together.wait()
        for _ in range(5):
            with database.transaction() as session:
                task = session.get_one(Task, task_id)
                task.attempts += 1

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(count_up, range(8)))

    with database.reading() as session:
        assert session.get_one(Task, task_id).attempts == 40
    database.close()


def test_foreign_keys_are_checked(database):
    with pytest.raises(IntegrityError), database.transaction() as session:
        session.execute(
            text(
                "INSERT INTO notes (case_id, author_id, text, at) VALUES (99, 99, 'x', '2026-01-01 00:00:00')"
            )
        )


def test_error_does_not_carry_what_was_being_written(database):
    with pytest.raises(IntegrityError) as caught, database.transaction() as session:
        session.execute(
            text("INSERT INTO notes (case_id, author_id, text, at) VALUES (:case, 99, :text, :at)"),
            {"case": 99, "text": "我叫王小明", "at": "2026-01-01 00:00:00"},
        )

    assert "王小明" not in str(caught.value)
