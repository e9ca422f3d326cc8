"""Jobs: done once however often they run, and one bad row does not hold up the others."""

import json

import pytest
from sqlalchemy.exc import OperationalError
from sqlmodel import select

from inbox.imports import choose_import, import_view, store_upload
from inbox.models import CaseEvent, ImportState, Task, TaskKind, TaskState
from tests.web.work import open_test_account, receive, untriaged, waiting
from web import jobs
from web.leases import lease_task
from web.runtime import utc_now


@pytest.fixture(autouse=True)
def _jobs_of_this_test(runtime):
    jobs.use_runtime(runtime)


def waiting_ids(runtime):
    return [task.id for task in waiting(runtime)]


def test_triage_job_triages_every_case(runtime):
    receive(runtime.database, 5)

    jobs.triage(waiting_ids(runtime))

    assert untriaged(runtime) == 0
    assert waiting(runtime) == []


def test_job_that_runs_twice_changes_nothing_the_second_time(runtime):
    receive(runtime.database, 5)
    ids = waiting_ids(runtime)
    jobs.triage(ids)
    with runtime.database.reading() as session:
        events = len(session.exec(select(CaseEvent)).all())

    jobs.triage(ids)

    with runtime.database.reading() as session:
        assert len(session.exec(select(CaseEvent)).all()) == events


def test_poison_row_is_postponed_and_the_others_are_done(runtime):
    receive(runtime.database, 9)
    ids = waiting_ids(runtime)
    poison = ids[4]

    def work(parts, task_ids):
        if poison in task_ids:
            raise ValueError("this one cannot be read")
        jobs.triage_batch(parts, task_ids)

    with pytest.raises(ValueError, match="cannot be read"):
        jobs.run_batch(work, TaskKind.TRIAGE, ids)

    (left,) = waiting(runtime)
    assert left.id == poison
    assert left.attempts == 1
    assert left.error == "ValueError: this one cannot be read"
    assert left.due_at > utc_now()


def test_outage_of_the_database_leaves_the_rows_for_the_sweep(runtime):
    receive(runtime.database, 3)

    def work(_parts, _task_ids):
        raise OperationalError("SELECT 1", {}, RuntimeError("server closed the connection"))

    with pytest.raises(OperationalError):
        jobs.run_batch(work, TaskKind.TRIAGE, waiting_ids(runtime))

    assert {task.attempts for task in waiting(runtime)} == {0}


def test_import_job_takes_the_file_in(runtime):
    import_id = upload(
        runtime, "".join(json.dumps({"id": n, "text": f"第{n}件事"}) + "\n" for n in range(20))
    )
    ids = [task.id for task in waiting(runtime) if task.kind == TaskKind.IMPORT]

    jobs.import_file(ids)

    with runtime.database.reading() as session:
        view = import_view(session, import_id)
    assert view.state == ImportState.DONE
    assert view.counts["new"] == 20
    assert untriaged(runtime) == 20


def test_import_that_another_worker_has_is_left_to_it(runtime):
    import_id = upload(runtime, '{"id": 1, "text": "第一件事"}\n')
    (task_id,) = waiting_ids(runtime)
    with runtime.database.transaction() as session:
        assert (
            lease_task(session, TaskKind.IMPORT, task_id, now=utc_now(), length=jobs.IMPORT_LEASE)
            == import_id
        )

    jobs.import_file([task_id])

    assert untriaged(runtime) == 0
    with runtime.database.reading() as session:
        assert session.get_one(Task, task_id).state == TaskState.WAITING


def upload(runtime, content):
    now = utc_now()
    with runtime.database.transaction() as session:
        account = open_test_account(session, now=now)
        stored = store_upload(session, account.code, "messages.jsonl", content.encode(), now=now)
        choose_import(session, stored.id, stored.mapping, all_or_nothing=False, now=now)
        return stored.id
