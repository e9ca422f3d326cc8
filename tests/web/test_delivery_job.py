"""Replies on their way back: sent once, tried again, and never answered twice when the worker dies in between."""

import json
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from sqlmodel import select

from inbox.deliveries import SENDING_LIMIT
from inbox.intake import Submission, receive_messages
from inbox.models import Account, Delivery, DeliveryState, Platform, Task, TaskKind
from inbox.outbox import MAX_ATTEMPTS
from inbox.replies import approve_reply, submit_reply
from routing.departments import create_department
from routing.models import Role
from routing.officers import create_officer
from sla.defaults import install_defaults
from tests.web.group import eventually
from tests.web.test_worker import start
from tests.web.work import waiting
from web import jobs
from web.runtime import utc_now
from web.scheduler import Scheduler


class Platform311:
    """A platform that receives replies; it answers as the test says and remembers what it got."""

    def __init__(self):
        self.received = []
        self.status = 200
        self.may_answer = threading.Event()
        self.may_answer.set()
        platform = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                platform.received.append((self.headers["Idempotency-Key"], json.loads(body)))
                platform.may_answer.wait(30)
                self.send_response(platform.status)
                self.end_headers()

            def log_message(self, *_arguments):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.server_port}/replies"

    @property
    def keys(self):
        return [key for key, _ in self.received]

    def close(self):
        self.may_answer.set()
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def platform():
    opened = Platform311()
    yield opened
    opened.close()


@pytest.fixture
def delivery_id(runtime, platform):
    """An approved reply that waits to be sent to the platform."""
    jobs.use_runtime(runtime)
    now = utc_now()
    with runtime.database.transaction() as session:
        install_defaults(session)
        account = Account(
            code="collector",
            name="采集平台",
            platform=Platform.OPEN311,
            created_at=now,
            push_secret="s" * 32,
            callback_url=platform.url,
        )
        session.add(account)
        session.flush()
        submission = Submission("m-1", "小区电梯坏了三天，请尽快维修。", b"raw")
        (receipt,) = receive_messages(session, account, [submission], now=now).new
    jobs.triage([task.id for task in waiting(runtime)])
    with runtime.database.transaction() as session:
        answer_case(session, receipt.case_id, now=now)
    with runtime.database.reading() as session:
        return session.exec(select(Delivery.id)).one()


def answer_case(session, case_id, *, now):
    """Let Alice write and Bob approve."""
    from inbox.access import Viewer
    from inbox.cases import assign_case

    department = create_department(session, code="housing", name="县住建局", kind="department")
    people = {}
    for login, role in (("alice", Role.OFFICER), ("bob", Role.REVIEWER), ("dong", Role.DISPATCHER)):
        officer = create_officer(
            session, login=login, name=login, roles=[role], department_id=department.id, now=now
        )
        people[login] = Viewer(officer.id, department.id, officer.roles, officer.name)
    assign_case(session, people["dong"], case_id, department.id, reason="住建职责", now=now)
    text = "您好，维修人员已于今日上午到场，电梯预计本周五恢复运行，联系电话0000-6000001。"
    submitted = submit_reply(session, people["alice"], case_id, text, expected_version=0, now=now)
    approve_reply(session, people["bob"], case_id, version=submitted.version, now=now)


def state_of(runtime, delivery_id):
    with runtime.database.reading() as session:
        return session.get_one(Delivery, delivery_id).state


def deliver(runtime):
    jobs.deliver([task.id for task in waiting(runtime) if task.kind == TaskKind.DELIVER])


def test_reply_is_sent_once_however_often_the_job_runs(runtime, platform, delivery_id):
    ids = [task.id for task in waiting(runtime)]

    jobs.deliver(ids)
    jobs.deliver(ids)

    assert state_of(runtime, delivery_id) == DeliveryState.DELIVERED
    ((_key, body),) = platform.received
    assert body["message_id"] == "m-1"
    assert "周五恢复" in body["reply"]


def test_refusal_is_tried_again_later_under_the_same_key(runtime, platform, delivery_id):
    platform.status = 503
    deliver(runtime)
    assert state_of(runtime, delivery_id) == DeliveryState.FAILED
    (again,) = waiting(runtime)
    assert again.due_at > utc_now() + timedelta(seconds=5)

    platform.status = 200
    deliver(runtime)

    assert state_of(runtime, delivery_id) == DeliveryState.DELIVERED
    assert len(set(platform.keys)) == 1


def test_platform_that_stays_away_is_left_to_a_person_in_the_end(runtime, platform, delivery_id):
    platform.status = 503

    for _ in range(MAX_ATTEMPTS + 3):
        deliver(runtime)

    assert len(platform.received) == MAX_ATTEMPTS
    assert state_of(runtime, delivery_id) == DeliveryState.FAILED
    assert waiting(runtime) == []


def test_worker_killed_between_the_send_and_its_mark(runtime, settings, platform, delivery_id):
    platform.may_answer.clear()
    worker = start(settings, "worker")
    assert eventually(lambda: platform.received)

    worker.kill()
    worker.wait()
    platform.may_answer.set()

    assert state_of(runtime, delivery_id) == DeliveryState.SENDING
    later = utc_now() + SENDING_LIMIT + timedelta(seconds=10)
    scheduler = Scheduler(runtime, name="only", clock=lambda: later)
    scheduler.tick()
    scheduler.step_down()
    deliver(runtime)
    assert state_of(runtime, delivery_id) in (DeliveryState.DELIVERED, DeliveryState.UNKNOWN)
    assert len(set(platform.keys)) == 1
    with runtime.database.reading() as session:
        assert session.exec(select(Task).where(Task.kind == TaskKind.DELIVER)).all()
