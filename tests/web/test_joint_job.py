"""One reply to many while workers are killed in the middle: nobody gets it twice, nobody is left out."""

import multiprocessing
import os
import signal
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, func
from sqlmodel import Session, col, select

from inbox.group_models import AddresseeState, JointAddressee
from inbox.groups import merge_cases
from inbox.models import (
    Case,
    CaseEvent,
    CaseState,
    Delivery,
    Reply,
    ReplyReview,
    Task,
    TaskKind,
    TaskState,
)
from inbox.replies import approve_reply, submit_reply
from tests.web.office import Office
from tests.web.people import People
from web.jobs import answer_batch
from web.runtime import Runtime, open_runtime
from web.settings import Settings

OUTAGE = "望江社区三栋的电梯已经坏了两个星期，老人上不了楼，物业一直不修，请尽快派人来看看。"
TEXT = "{称呼}：您的来信（{追踪码}）已收悉，电梯本月28日前修好，咨询电话0000-6000001。"
CITIZENS, BATCH = 25, 8


@pytest.fixture
def office(app: Flask, people: People) -> Office:
    return Office(app, people)


@pytest.fixture
def cases(office: Office) -> list[int]:
    """One approved reply waits to go to two dozen neighbours."""
    ids = [office.receive(f"{OUTAGE}第{n}户", author=f"邻居{n}")[0] for n in range(CITIZENS)]
    alice, feng = office.viewer(office.people.alice), office.viewer(office.people.feng)
    office.do(merge_cases, alice, ids[0], ids[1:])
    reply = office.do(submit_reply, alice, ids[0], TEXT, expected_version=0)
    office.do(approve_reply, feng, ids[0], version=reply.version)
    return ids


def batches(session: Session) -> list[list[int]]:
    """Return all copies to make as the queue hands them out, done or not."""
    query = select(Task.id).where(Task.kind == TaskKind.ANSWER).order_by(col(Task.id))
    ids = [task_id or 0 for task_id in session.exec(query).all()]
    return [ids[start : start + BATCH] for start in range(0, len(ids), BATCH)]


def left(session: Session) -> int:
    """Return how many copies wait to be made."""
    query = select(func.count()).where(Task.kind == TaskKind.ANSWER, Task.state == TaskState.WAITING)
    return int(session.scalar(query) or 0)


def _die_in_the_second_batch(settings: Settings) -> None:
    """Make copies as a worker would, until its own process is killed between the claim and the commit."""
    runtime = open_runtime(settings)
    with runtime.database.reading() as session:
        first, second, *_ = batches(session)
    answer_batch(runtime, first)
    begun: list[int] = []

    def kill(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        begun.append(statement.startswith("INSERT INTO deliveries"))
        if sum(begun) == BATCH // 2:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(runtime.database.engine, "before_cursor_execute", kill)
    answer_batch(runtime, second)


def _each_has_one_copy_of_their_own(runtime: Runtime, cases: list[int]) -> None:
    with runtime.database.reading() as session:
        assert {session.get_one(Case, case_id).state for case_id in cases} == {CaseState.REPLIED}
        replies = session.exec(select(Reply).order_by(col(Reply.case_id))).all()
        assert [reply.case_id for reply in replies] == cases
        for reply, case_id in zip(replies, cases, strict=True):
            assert session.get_one(Case, case_id).tracking_code in reply.text
        deliveries = session.exec(select(Delivery).order_by(col(Delivery.case_id))).all()
        assert [delivery.case_id for delivery in deliveries] == cases
        assert len({delivery.idempotency_key for delivery in deliveries}) == len(cases)
        assert session.scalar(select(func.count()).select_from(ReplyReview)) == len(cases)
        told = session.exec(select(CaseEvent.case_id).where(CaseEvent.kind == "joint_reply")).all()
        assert sorted(told) == cases[1:]
        assert set(session.exec(select(JointAddressee.state)).all()) == {AddresseeState.ANSWERED}
        assert left(session) == 0


def test_a_worker_killed_in_the_middle_answers_nobody_twice_and_forgets_nobody(
    runtime: Runtime, settings: Settings, cases: list[int]
) -> None:
    worker = multiprocessing.get_context("spawn").Process(target=_die_in_the_second_batch, args=(settings,))
    worker.start()
    worker.join(120)
    assert worker.exitcode == -signal.SIGKILL
    with runtime.database.reading() as session:
        assert left(session) == CITIZENS - 1 - BATCH
        assert session.scalar(select(func.count()).select_from(Delivery)) == 1 + BATCH
        again = batches(session)

    for batch in again + again:  # the queue may hand out what was done already
        answer_batch(runtime, batch)

    _each_has_one_copy_of_their_own(runtime, cases)


def test_an_error_in_the_middle_of_a_batch_undoes_that_batch_alone(
    runtime: Runtime, cases: list[int]
) -> None:
    with runtime.database.reading() as session:
        first, second, *rest = batches(session)
    answer_batch(runtime, first)
    begun: list[str] = []

    def fail(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        begun.extend([statement] * statement.startswith("INSERT INTO deliveries"))
        if len(begun) == BATCH // 2:
            raise ConnectionError(statement)

    event.listen(runtime.database.engine, "before_cursor_execute", fail)
    with pytest.raises(ConnectionError):
        answer_batch(runtime, second)
    event.remove(runtime.database.engine, "before_cursor_execute", fail)
    with runtime.database.reading() as session:
        assert left(session) == CITIZENS - 1 - BATCH

    for batch in (first, second, *rest):
        answer_batch(runtime, batch)

    _each_has_one_copy_of_their_own(runtime, cases)
