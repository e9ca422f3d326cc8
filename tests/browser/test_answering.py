"""Answering a message in a real browser: with the keyboard alone, on a phone, and when two people write at once."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import count

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlmodel import Session, select

from inbox.access import Viewer
from inbox.intake import Submission, receive_messages
from inbox.models import Account, Case, CaseState, Reply
from inbox.replies import save_draft
from inbox.triage import triage_cases
from knowledge_base.models import Article, ArticleStatus
from routing.models import Role
from routing.officers import OfficerView, officer_by_login
from tests.browser.conftest import PHONE, Site, Visitor
from web.context import Services
from web.runtime import utc_now

pytestmark = pytest.mark.browser

_numbers = count(1)
TEXT = "您好，请带身份证到政务大厅3号窗口办理，当场办结，咨询电话0000-6120000。"


def services_of(site: Site) -> Services:
    """Return the site's database and knowledge."""
    services: Services = site.app.extensions["minhu"]
    return services


def officer(session: Session, site: Site, role: Role = Role.OFFICER) -> OfficerView:
    """Return the officer who signs in for a role."""
    found = officer_by_login(session, site.logins[role])
    assert found is not None
    return found


def ask_something(site: Site) -> tuple[int, str]:
    """Let a citizen ask what a published article answers; return the case and the question."""
    services = services_of(site)
    with services.database.transaction() as session:
        question = session.exec(
            select(Article.question).where(Article.status == ArticleStatus.PUBLISHED).order_by(Article.id)  # type: ignore[arg-type]
        ).first()
        assert question is not None
        account = session.exec(select(Account).where(Account.code == "sample-import")).one()
        taken = receive_messages(
            session,
            account,
            [Submission(f"browser-{next(_numbers)}", question, question.encode(), author_name="汀州老李")],
            now=utc_now(),
        )
        case_id = taken.new[0].case_id
        triage_cases(session, [case_id], services.knowledge.tools(session, now=utc_now()), now=utc_now())
        case = session.get_one(Case, case_id)
        case.state = CaseState.ASSIGNED
        case.department_id, case.assignee_id = officer(session, site).department_id, None
    return case_id, question


def case_of(site: Site, case_id: int) -> Case:
    """Return a case as it stands."""
    with services_of(site).database.reading() as session:
        found: Case = session.get_one(Case, case_id)
        session.expunge(found)
    return found


def saved(page: Page) -> None:
    """Wait until the draft says that it is saved."""
    expect(page.locator("[data-autosave-state]")).to_have_attribute("data-state", "saved")


@pytest.fixture
def colleague(chromium: Browser, site: Site) -> Iterator[Visitor]:
    """The reviewer of the officer's own department; several people of the demo county review."""
    opened = Visitor(chromium, replace(site, logins=site.logins | {Role.REVIEWER: "reviewer"}))
    yield opened
    opened.close()


def test_a_message_is_answered_with_the_keyboard_alone(
    visitor: Visitor, colleague: Visitor, site: Site
) -> None:
    case_id, question = ask_something(site)
    page = visitor.open("/inbox?view=unclaimed", Role.OFFICER)

    page.keyboard.press("/")
    page.keyboard.type(question[:12])
    page.keyboard.press("Enter")
    page.wait_for_url("**q=**")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**case=**")
    expect(page.locator("#reply-text")).to_have_value("")
    page.goto(f"{site.address}/inbox?view=unclaimed&case={case_id}")
    page.keyboard.press("1")
    saved(page)
    page.keyboard.press("Control+a")
    page.keyboard.type(TEXT)
    saved(page)
    page.keyboard.press("Control+Enter")
    page.wait_for_load_state()

    expect(page.locator(".bubble-draft")).to_contain_text(TEXT)
    assert case_of(site, case_id).state == CaseState.IN_REVIEW
    reviewer = colleague.open(f"/reviews?case={case_id}", Role.REVIEWER)
    reviewer.get_by_role("button", name="审核通过并发出").click()
    reviewer.wait_for_load_state("networkidle")
    assert case_of(site, case_id).state in (CaseState.SENDING, CaseState.REPLIED)
    assert visitor.complaints == []


def test_enter_during_composition_never_sends(visitor: Visitor, site: Site) -> None:
    case_id, _ = ask_something(site)
    page = visitor.open(f"/inbox?view=unclaimed&case={case_id}", Role.OFFICER)
    page.fill("#reply-text", TEXT)

    for composing in ({"isComposing": True}, {"keyCode": 229}):
        page.dispatch_event(
            "#reply-text", "keydown", {"key": "Enter", "ctrlKey": True, "bubbles": True, **composing}
        )
    page.focus("#reply-text")
    page.keyboard.press("Enter")
    saved(page)

    assert case_of(site, case_id).state == CaseState.DRAFTING


def test_a_draft_survives_a_closed_browser(visitor: Visitor, site: Site) -> None:
    case_id, _ = ask_something(site)
    page = visitor.open(f"/cases/{case_id}", Role.OFFICER)
    page.fill("#reply-text", "写到一半")
    saved(page)
    page.context.close()

    again = visitor.open(f"/cases/{case_id}", Role.OFFICER)

    expect(again.locator("#reply-text")).to_have_value("写到一半")


def test_two_people_writing_at_once_lose_nothing(visitor: Visitor, site: Site) -> None:
    case_id, _ = ask_something(site)
    page = visitor.open(f"/cases/{case_id}", Role.OFFICER)
    with services_of(site).database.transaction() as session:
        me = officer(session, site)
        colleague = Viewer(
            officer(session, site, Role.REVIEWER).id, me.department_id, frozenset({Role.OFFICER}), ""
        )
        save_draft(session, colleague, case_id, "同事写的文字", expected_version=0, now=utc_now())

    page.fill("#reply-text", "我写的文字")
    page.get_by_role("button", name="对照两份文本").click()
    page.wait_for_load_state()

    expect(page.locator("main")).to_contain_text("同事写的文字")
    expect(page.locator("#text")).to_have_value("我写的文字")
    page.fill("#text", "两份合成一份")
    page.locator("main form button[type=submit]").first.click()
    page.wait_for_load_state()
    with services_of(site).database.reading() as session:
        assert session.exec(select(Reply.text).where(Reply.case_id == case_id)).one() == "两份合成一份"


def test_opening_a_case_keeps_the_list_and_the_back_button_works(visitor: Visitor, site: Site) -> None:
    ask_something(site)
    ask_something(site)
    page = visitor.open("/inbox?view=unclaimed", Role.OFFICER)
    page.evaluate("window.sameDocument = true")

    page.locator("[data-key-open]").nth(0).click()
    page.wait_for_url("**case=**")
    expect(page.locator("#case-title")).to_be_focused()
    first, address = page.locator("#case-title").inner_text(), page.url
    page.locator("[data-key-open]").nth(1).click()
    page.wait_for_url(lambda url: url != address)
    expect(page.locator(".case-row.is-active")).to_have_count(1)
    page.go_back()

    assert page.evaluate("window.sameDocument")
    expect(page.locator("#case-title")).to_have_text(first)
    assert visitor.complaints == []


def test_a_new_case_appears_without_a_reload(visitor: Visitor, site: Site) -> None:
    ask_something(site)
    page = visitor.open("/inbox?view=unclaimed", Role.OFFICER)
    before = page.locator("[data-key-item]").count()
    counted = page.locator(".view-link[aria-current] .count").inner_text()

    ask_something(site)
    page.evaluate(
        "document.dispatchEvent(new Event('visibilitychange'))"
    )  # as when one comes back to the tab

    expect(page.locator("[data-key-item]")).to_have_count(before + 1)
    expect(page.locator(".view-link[aria-current] .count")).not_to_have_text(counted)


def test_on_a_phone_the_list_gives_way_to_the_case_and_comes_back(visitor: Visitor, site: Site) -> None:
    ask_something(site)
    page = visitor.open("/inbox?view=unclaimed", Role.OFFICER, size=PHONE)
    expect(page.locator(".case-list")).to_be_visible()

    page.locator("[data-key-open]").first.click()
    expect(page.locator("#case-title")).to_be_visible()
    expect(page.locator(".case-list")).to_be_hidden()

    page.get_by_role("link", name="返回列表").click()
    page.wait_for_load_state("networkidle")
    expect(page.locator(".case-list")).to_be_visible()


def test_a_dispatcher_assigns_with_one_key_and_takes_it_back(visitor: Visitor, site: Site) -> None:
    case_id, _ = ask_something(site)
    with services_of(site).database.transaction() as session:
        case = session.get_one(Case, case_id)
        best = (case.routing or {})["candidates"][0]["department_id"]
        case.state, case.department_id = CaseState.TRIAGE_DESK, None
    page = visitor.open(f"/triage-desk?case={case_id}", Role.DISPATCHER)

    page.keyboard.press("1")
    page.get_by_role("button", name="撤销").wait_for()
    assert case_of(site, case_id).department_id == best

    page.get_by_role("button", name="撤销").click()
    page.wait_for_url(f"**case={case_id}")
    assert case_of(site, case_id).state == CaseState.TRIAGE_DESK
