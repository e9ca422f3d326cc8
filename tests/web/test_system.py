"""The system page: what runs, what failed, trying again."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlmodel import select

from inbox.accounts import AccountChange, create_account
from inbox.intake import Submission, receive_messages
from inbox.models import Case, Platform, Task, TaskKind, TaskState, TriageFailure
from tests.servers import QueueServer
from tests.web.people import NOW, Browser, People
from web.heartbeat import Kind, beat

Open = Callable[..., Browser]


@pytest.fixture
def gu(people: People, browser: Open) -> Browser:
    return browser(people.gu)


def received(app: Flask) -> int:
    """Take one message in and return its case."""
    with app.extensions["minhu"].database.transaction() as session:
        account = create_account(session, "portal", AccountChange("门户", Platform.PORTAL, None), now=NOW)
        taken = receive_messages(
            session, account, [Submission(external_id="1", text="路灯", raw=b"x")], now=NOW
        )
        return taken.new[0].case_id


def test_quiet_system_says_so(gu: Browser) -> None:
    page = gu.get("/system").text

    assert "No process has reported" in page
    assert "Nothing was given up" in page
    assert "Every step succeeded" in page
    assert "Every reply arrived" in page


def test_workers_are_shown_with_their_last_report(app: Flask, gu: Browser) -> None:
    services = app.extensions["minhu"]
    beat(services.queue.redis, services.settings.queue_name, Kind.WORKER, "worker-of-the-test")

    assert "worker-of-the-test" in gu.get("/system").text


def test_page_works_while_the_queue_is_away(gu: Browser, queue_server: QueueServer) -> None:
    queue_server.kill()

    page = gu.get("/system")

    assert page.status_code == 200
    assert "does not answer" in page.text


def test_given_up_work_shows_its_cause_and_can_be_tried_again(app: Flask, gu: Browser) -> None:
    case_id = received(app)
    with app.extensions["minhu"].database.transaction() as session:
        task = session.exec(
            select(Task).where(Task.subject_id == case_id, Task.kind == TaskKind.TRIAGE)
        ).one()
        task.state, task.attempts, task.error = TaskState.FAILED, 6, "OperationalError"
        task_id = task.id

    shown = gu.get("/system").text
    gu.post(f"/system/tasks/{task_id}/retry")
    again = gu.post(f"/system/tasks/{task_id}/retry", follow_redirects=True)

    assert "OperationalError" in shown
    assert "Somebody was quicker" in again.text
    with app.extensions["minhu"].database.reading() as session:
        task = session.get_one(Task, task_id)
    assert task.state == TaskState.WAITING


def test_failed_triage_step_can_be_tried_again(app: Flask, gu: Browser) -> None:
    case_id = received(app)
    with app.extensions["minhu"].database.transaction() as session:
        session.add(TriageFailure(case_id=case_id, step="suggest", error="ValueError", at=NOW))

    shown = gu.get("/system").text
    answered = gu.post("/system/triage/retry", follow_redirects=True)

    assert "suggested answers" in shown
    assert "ValueError" in shown
    assert "Triage runs again for 1 cases." in answered.text
    with app.extensions["minhu"].database.reading() as session:
        waiting = session.exec(
            select(Task).where(Task.subject_id == case_id, Task.state == TaskState.WAITING)
        ).all()
        assert session.get(Case, case_id) is not None
    assert len(waiting) == 2


def test_trouble_is_counted_in_the_rail(app: Flask, gu: Browser) -> None:
    case_id = received(app)
    with app.extensions["minhu"].database.transaction() as session:
        session.add(TriageFailure(case_id=case_id, step="route", error="KeyError", at=NOW))

    assert "rail-count-late" in gu.get("/profile").text


def test_only_administrators_see_it(people: People, browser: Open) -> None:
    assert browser(people.bob).get("/system").status_code == 403
    assert browser(people.bob).post("/system/triage/retry").status_code == 403
