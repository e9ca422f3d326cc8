"""The pages of cases about one matter: deciding, comparing, one reply to all and its delivery."""

from typing import Any

import pytest
from sqlmodel import Session, select

from inbox.intake import Submission, receive_messages
from inbox.models import Account, Case, CaseState, Platform, Task, TaskKind, TaskState
from inbox.triage import triage_cases
from web.jobs import answer_batch
from web.runtime import Runtime, utc_now

OUTAGE = "望江社区三栋的电梯已经坏了两个星期，老人上不了楼，物业一直不修，请尽快派人来看看。"


@pytest.fixture
def cases(runtime: Runtime, people: Any, defaults: Any) -> list[int]:
    """Four neighbours have written to Alice's department."""
    with runtime.database.transaction() as session:
        account = Account(code="wall", name="留言板", platform=Platform.PORTAL, created_at=utc_now())
        session.add(account)
        session.flush()
        taken = receive_messages(
            session,
            account,
            [
                Submission(f"n-{n}", OUTAGE + "！" * n, b"raw", author_name=f"邻居{n}", author_ref=f"n{n}")
                for n in range(4)
            ],
            now=utc_now(),
        )
        ids = [receipt.case_id for receipt in taken.new]
        triage_cases(session, ids, runtime.knowledge.tools(session, now=utc_now()), now=utc_now())
        for case_id in ids:
            case = session.get_one(Case, case_id)
            case.state, case.department_id = CaseState.ASSIGNED, people.alice.department_id
    return ids


def states(runtime: Runtime, ids: list[int]) -> list[CaseState]:
    """Return where the cases stand."""
    with runtime.database.reading() as session:
        return [session.get_one(Case, case_id).state for case_id in ids]


def do_copies(runtime: Runtime, session: Session) -> None:
    """Let a worker do what waits."""
    query = select(Task.id).where(Task.kind == TaskKind.ANSWER, Task.state == TaskState.WAITING)
    answer_batch(runtime, [task_id or 0 for task_id in session.exec(query).all()])


def test_the_case_page_shows_similar_cases_and_merges_them(
    browser: Any, people: Any, runtime: Runtime, cases: list[int]
) -> None:
    alice = browser(people.alice)
    page = alice.get(f"/cases/{cases[0]}").text
    assert f"/cases/{cases[0]}/group" in page
    assert f"/cases/{cases[1]}" in page

    listed = alice.get(f"/cases/{cases[0]}/group").text
    assert all(f'value="{case_id}"' in listed for case_id in cases[1:])
    answer = alice.post(f"/cases/{cases[0]}/group", data={"do": "merge", "cases": cases[1:]})
    assert answer.status_code == 303

    with runtime.database.reading() as session:
        assert session.get_one(Case, cases[0]).follower_count == 3
    assert alice.get(f"/cases/{cases[1]}").status_code == 200


def test_a_comparison_marks_the_passages(browser: Any, people: Any, cases: list[int]) -> None:
    page = browser(people.alice).get(f"/cases/{cases[0]}/compare/{cases[1]}").text

    assert "<mark>" in page
    assert "望江社区" in page


def test_other_departments_and_roles_stay_outside(browser: Any, people: Any, cases: list[int]) -> None:
    assert browser(people.dai).get(f"/cases/{cases[0]}/group").status_code == 404
    assert browser(people.dai).get(f"/cases/{cases[0]}/compare/{cases[1]}").status_code == 404
    assert browser(people.chen).get(f"/cases/{cases[0]}/group").status_code == 403
    assert browser(people.feng).post(f"/cases/{cases[0]}/group", data={"do": "merge"}).status_code == 403


def test_what_cannot_be_merged_is_said_and_changes_nothing(
    browser: Any, people: Any, runtime: Runtime, cases: list[int]
) -> None:
    with runtime.database.transaction() as session:
        session.get_one(Case, cases[1]).state = CaseState.REPLIED
    alice = browser(people.alice)

    alice.post(f"/cases/{cases[0]}/group", data={"do": "merge", "cases": cases[1:]})

    assert "Link it" in alice.get(f"/cases/{cases[0]}/group").text
    with runtime.database.reading() as session:
        assert session.get_one(Case, cases[2]).lead_id is None


def test_one_reply_is_previewed_reviewed_once_and_delivered_to_each(
    browser: Any, people: Any, runtime: Runtime, cases: list[int]
) -> None:
    alice, feng = browser(people.alice), browser(people.feng)
    alice.post(f"/cases/{cases[0]}/group", data={"do": "merge", "cases": cases[1:]})
    text = "{称呼}：您的来信（{追踪码}）已收悉，电梯本月28日前修好，咨询电话0000-6000001。"

    alice.post(f"/cases/{cases[0]}/joint-reply", data={"do": "preview", "text": text, "revision": 0})
    page = alice.get(f"/cases/{cases[0]}/joint-reply").text
    assert all(f"邻居{n}：您的来信" in page for n in range(4))
    chosen = {"do": "submit", "text": text, "revision": 1, "cases": cases[1:3]}
    assert alice.post(f"/cases/{cases[0]}/joint-reply", data=chosen).status_code == 303

    review = feng.get(f"/reviews?case={cases[0]}").text
    assert "邻居1：您的来信" in review
    assert "邻居3：您的来信" not in review
    feng.post(f"/reviews/{cases[0]}/approve", data={"version": 1})
    with runtime.database.reading() as session:
        do_copies(runtime, session)

    assert states(runtime, cases) == [CaseState.REPLIED] * 3 + [CaseState.ASSIGNED]
    shown = alice.get(f"/cases/{cases[0]}/joint-reply/result").text
    assert shown.count("<tr") == 4


def test_a_gap_that_stays_open_shows_the_text_again(browser: Any, people: Any, cases: list[int]) -> None:
    alice = browser(people.alice)

    answer = alice.post(
        f"/cases/{cases[0]}/joint-reply",
        data={"do": "submit", "text": "请到{单位}，", "revision": 0, "cases": ["77777"]},
    )

    assert answer.status_code == 409
    assert "请到{单位}，" in answer.text


def test_nothing_chosen_is_said(browser: Any, people: Any, cases: list[int]) -> None:
    alice = browser(people.alice)

    alice.post(f"/cases/{cases[0]}/group", data={"do": "merge"})

    assert "Choose at least one case" in alice.get(f"/cases/{cases[0]}/group").text
