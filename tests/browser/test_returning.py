"""A return in a real browser: asked by one department, decided by the dispatcher, answered by another department."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, expect
from sqlmodel import col, select

from inbox.models import CaseState
from routing.models import Officer, Role
from tests.browser.conftest import Site, Visitor
from tests.browser.test_answering import TEXT, ask_something, case_of, officer, services_of

pytestmark = pytest.mark.browser


@pytest.fixture
def elsewhere(chromium: Browser, site: Site) -> Iterator[Visitor]:
    """An officer and a reviewer of another department than the officer's own."""
    with services_of(site).database.reading() as session:
        own = officer(session, site).department_id
        people = session.exec(
            select(Officer).where(Officer.department_id != own).order_by(col(Officer.id))
        ).all()
    units = {p.department_id for p in people if p.roles == [Role.REVIEWER.value]}
    answers = next(p for p in people if p.roles == [Role.OFFICER.value] and p.department_id in units)
    reviews = next(
        p for p in people if p.roles == [Role.REVIEWER.value] and p.department_id == answers.department_id
    )
    logins = site.logins | {Role.OFFICER: answers.login, Role.REVIEWER: reviews.login}
    opened = Visitor(chromium, replace(site, logins=logins))
    yield opened
    opened.close()


def test_return_arbitration_and_reply(visitor: Visitor, elsewhere: Visitor, site: Site) -> None:
    case_id, _question = ask_something(site)
    code = case_of(site, case_id).tracking_code
    with services_of(site).database.reading() as session:
        unit = officer(session, elsewhere.site).department_id

    page = visitor.open(f"/cases/{case_id}", Role.OFFICER)
    page.get_by_role("link", name="退回", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("依据").fill("《县住建局职能配置规定》第四条")
    dialog.get_by_role("button", name="申请退回").click()
    page.wait_for_load_state("networkidle")
    assert case_of(site, case_id).state == CaseState.ARBITRATION

    citizen = visitor.open(f"/track/{code}")
    expect(citizen.locator("main")).to_contain_text("正在核定承办单位，您无需重新提交")

    desk = visitor.open("/arbitration", Role.DISPATCHER, scripts=False)
    card = desk.locator("section.card", has=desk.locator(f'a[href="/cases/{case_id}"]'))
    expect(card).to_contain_text("《县住建局职能配置规定》第四条")
    card.locator('select[name="department"]').select_option(str(unit))
    card.get_by_role("button", name="同意退回并改派").click()
    assert case_of(site, case_id).department_id == unit

    writing = elsewhere.open(f"/cases/{case_id}", Role.OFFICER)
    writing.fill("#reply-text", TEXT)
    writing.get_by_role("button", name="提交审核").click()
    expect(writing.locator(".bubble-draft")).to_contain_text(TEXT)
    reviewing = elsewhere.open(f"/reviews?case={case_id}", Role.REVIEWER)
    reviewing.get_by_role("button", name="审核通过并发出").click()
    reviewing.wait_for_load_state("networkidle")

    assert case_of(site, case_id).state in (CaseState.SENDING, CaseState.REPLIED)
    assert visitor.complaints == elsewhere.complaints == []
