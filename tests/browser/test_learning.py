"""The base grows: an approved reply becomes a candidate, is published, and is suggested for the next message."""

from dataclasses import replace

import pytest
from playwright.sync_api import Browser, expect
from sqlmodel import col, select

from inbox.intake import Submission, receive_messages
from inbox.learning import learn_from_reply
from inbox.models import Account, Case, CaseSuggestion, Reply, ReplyState
from inbox.triage import triage_cases
from knowledge_base.models import Candidate
from routing.models import Role
from tests.browser.conftest import Site, Visitor
from tests.browser.test_answering import officer, services_of
from web.runtime import utc_now

pytestmark = pytest.mark.browser

QUESTION = "自家屋顶装光伏发电板要先报备吗？"
ANSWER = "屋顶光伏须先向县发改局备案，再由供电所办理并网，全程不收费，十个工作日办结。"
NEXT = "请问在自家屋顶装光伏发电板，需要先报备吗"


def ask(site: Site, text: str, number: int) -> int:
    """Let a citizen ask, triage it with the base as it is now, and return the case."""
    services = services_of(site)
    with services.database.transaction() as session:
        account = session.exec(select(Account).where(Account.code == "sample-import")).one()
        message = Submission(f"learning-{number}", text, text.encode())
        case_id = receive_messages(session, account, [message], now=utc_now()).new[0].case_id
    services.knowledge.forget()
    with services.database.reading() as session:
        tools = services.knowledge.tools(session, now=utc_now())
    with services.database.transaction() as session:
        triage_cases(session, [case_id], tools, now=utc_now())
    return case_id


def offered(site: Site, case_id: int) -> list[str]:
    """Return the questions of what was suggested for a case."""
    with services_of(site).database.reading() as session:
        rows = session.exec(
            select(CaseSuggestion.explanation)
            .where(CaseSuggestion.case_id == case_id)
            .order_by(col(CaseSuggestion.rank))
        ).all()
    return [row["question"] for row in rows]


def test_an_approved_reply_is_suggested_for_the_next_similar_message(
    visitor: Visitor, chromium: Browser, site: Site
) -> None:
    case_id = ask(site, QUESTION, 1)
    before = offered(site, case_id)
    with services_of(site).database.transaction() as session:
        case = session.get_one(Case, case_id)
        author = officer(session, site)
        reply = Reply(
            case_id=case_id, state=ReplyState.APPROVED, text=ANSWER, editor_id=author.id, saved_at=utc_now()
        )
        session.add(reply)
        session.flush()
        assert learn_from_reply(session, case, reply, now=utc_now())
        candidate = session.exec(select(Candidate.id).where(Candidate.subject_id == case_id)).one()

    page = visitor.open("/candidates?page=1", Role.EDITOR)
    mine = f'form[action="/candidates/{candidate}/article"]'
    while not page.locator(mine).count():
        page.get_by_role("link", name="下一页").click()
        page.wait_for_load_state()
    page.locator(mine).first.get_by_role("button").click()
    expect(page.locator("#question")).to_have_value(QUESTION)
    page.get_by_role("button", name="存为草稿").click()
    page.get_by_role("button", name="提交审核").click()
    expect(page.locator("main")).to_contain_text("等待其他编辑审核")
    article_url = page.url
    colleague = Visitor(chromium, replace(site, logins=site.logins | {Role.EDITOR: "editor2"}))
    other = colleague.open(article_url.removeprefix(site.address), Role.EDITOR)
    other.get_by_role("button", name="通过并发布").click()
    other.wait_for_load_state()
    colleague.close()

    assert QUESTION not in before
    assert offered(site, ask(site, NEXT, 2))[0] == QUESTION
    assert visitor.complaints == []
