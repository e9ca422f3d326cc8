"""One reply to forty neighbours in a real browser: previewed, reviewed once, one copy refused and sent again."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from playwright.sync_api import expect
from sqlmodel import col, select

from inbox.access import Viewer
from inbox.groups import merge_cases
from inbox.intake import Submission, receive_messages
from inbox.models import Account, Case, CaseState, Platform, Task, TaskKind, TaskState
from inbox.triage import triage_cases
from routing.models import Role
from tests.browser.conftest import Site, Visitor
from tests.browser.test_answering import case_of, colleague, officer, services_of
from web.jobs import answer_batch, deliver_batch
from web.runtime import Runtime, utc_now

__all__ = ["colleague"]

pytestmark = pytest.mark.browser

NEIGHBOURS = 40
OUTAGE = "望江社区三栋的电梯已经坏了两个星期，老人上不了楼，物业一直不修，请尽快派人来看看。"
TEXT = "{称呼}：您{留言日期}的来信（{追踪码}）收悉。电梯已报修，本月28日前恢复运行，咨询电话0000-6120000。"


class Wall:
    """The platform the neighbours wrote on: it takes every reply but those to one message, and knows the keys."""

    def __init__(self) -> None:
        self.refused: str | None = None
        self.taken: dict[str, list[str]] = {}
        wall = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                """Take a reply or refuse it."""
                body: dict[str, Any] = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                accepted = body["message_id"] != wall.refused
                if accepted:
                    wall.taken.setdefault(body["message_id"], []).append(body["reply"])
                self.send_response(200 if accepted else 403)
                self.end_headers()

            def log_message(self, *_arguments: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def wall() -> Iterator[Wall]:
    """A platform that answers as long as the test runs."""
    opened = Wall()
    yield opened
    opened.server.shutdown()
    opened.server.server_close()


def neighbours(site: Site, wall: Wall) -> list[int]:
    """Let forty neighbours write to the officer's department, gathered under the first."""
    services = services_of(site)
    with services.database.transaction() as session:
        account = Account(
            code="wall",
            name="社区留言墙",
            platform=Platform.PORTAL,
            created_at=utc_now(),
            push_secret="s" * 32,
            callback_url=f"http://127.0.0.1:{wall.server.server_port}/replies",
        )
        session.add(account)
        session.flush()
        sent = [
            Submission(f"wall-{n}", OUTAGE + "！" * n, b"raw", author_name=f"邻居{n}号", author_ref=f"w{n}")
            for n in range(NEIGHBOURS)
        ]
        ids = [receipt.case_id for receipt in receive_messages(session, account, sent, now=utc_now()).new]
        triage_cases(session, ids, services.knowledge.tools(session, now=utc_now()), now=utc_now())
        me = officer(session, site)
        for case_id in ids:
            case = session.get_one(Case, case_id)
            case.state, case.department_id = CaseState.ASSIGNED, me.department_id
        session.flush()
        who = Viewer(me.id, me.department_id, frozenset({Role.OFFICER}), me.name)
        merge_cases(session, who, ids[0], ids[1:], now=utc_now())
    return ids


def work(runtime: Runtime, *kinds: TaskKind) -> None:
    """Be the worker: do what waits."""
    jobs = {TaskKind.ANSWER: answer_batch, TaskKind.DELIVER: deliver_batch}
    for kind in kinds:
        with runtime.database.reading() as session:
            query = select(Task.id).where(
                col(Task.kind) == kind, Task.state == TaskState.WAITING, col(Task.due_at) <= utc_now()
            )
            waiting = [task_id or 0 for task_id in session.exec(query).all()]
        jobs[kind](runtime, waiting)


def test_one_answer_reaches_forty_citizens_and_the_refused_copy_is_sent_again(
    visitor: Visitor, colleague: Visitor, site: Site, wall: Wall
) -> None:
    ids = neighbours(site, wall)
    runtime = services_of(site).runtime
    page = visitor.open(f"/cases/{ids[0]}", Role.OFFICER)
    page.get_by_role("link", name="一并答复").first.click()
    page.wait_for_url("**/joint-reply")
    page.fill("textarea[name=text]", TEXT)
    page.get_by_role("button", name="保存并逐份预览").click()
    page.wait_for_load_state()
    expect(page.locator(".group-item")).to_have_count(NEIGHBOURS)
    expect(page.locator(".group-item").nth(7)).to_contain_text("邻居7号：您")
    page.get_by_role("button", name="提交审核").click()
    page.wait_for_url("**/joint-reply/result")
    expect(page.locator("main")).to_contain_text("尚未发出")

    reviewer = colleague.open(f"/reviews?case={ids[0]}", Role.REVIEWER)
    expect(reviewer.locator("#joint-title")).to_contain_text(str(NEIGHBOURS - 1))
    reviewer.get_by_role("button", name="审核通过并发出").click()
    reviewer.wait_for_load_state("networkidle")
    wall.refused = "wall-23"
    work(runtime, TaskKind.ANSWER, TaskKind.DELIVER)

    page.reload()
    expect(page.get_by_text("未送达")).to_be_visible()
    assert case_of(site, ids[23]).state == CaseState.SENDING
    assert len(wall.taken) == NEIGHBOURS - 1
    wall.refused = None
    page.get_by_role("button", name="重发失败的").click()
    page.wait_for_load_state()
    work(runtime, TaskKind.DELIVER)

    page.reload()
    expect(page.get_by_role("button", name="重发失败的")).to_have_count(0)
    assert {case_of(site, case_id).state for case_id in ids} == {CaseState.REPLIED}
    assert len(wall.taken) == NEIGHBOURS
    assert all(len(texts) == 1 for texts in wall.taken.values())
    assert len({texts[0] for texts in wall.taken.values()}) == NEIGHBOURS
    assert visitor.complaints == []
