"""The ladder in a real browser: a breach becomes an urging, then an order that is answered and judged."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect
from sqlmodel import select

from inbox.ladder_models import OrderState, SupervisionOrder, Urging
from inbox.supervision import note_sweep
from routing.models import Role
from sla.models import Deadline
from sla.sweep import sweep
from tests.browser.conftest import Site, Visitor
from tests.browser.test_answering import ask_something, services_of
from web.runtime import utc_now

pytestmark = pytest.mark.browser


def make_late(site: Site, case_id: int) -> None:
    """Let the deadlines of a case be long over, and the scheduler find out."""
    services = services_of(site)
    with services.database.transaction() as session:
        for deadline in session.exec(select(Deadline).where(Deadline.subject_id == case_id)).all():
            deadline.started_at -= timedelta(days=30)
            deadline.due_at -= timedelta(days=30)
            if deadline.next_step_at is not None:
                deadline.next_step_at -= timedelta(days=30)
        session.flush()
        calendar = services.knowledge.calendar(session, now=utc_now())
        facts = sweep(session, now=utc_now(), calendar=calendar)
        note_sweep(session, facts, now=utc_now(), calendar=calendar)


def test_a_breach_is_urged_supervised_answered_and_closed(visitor: Visitor, site: Site) -> None:
    case_id, _ = ask_something(site)
    make_late(site, case_id)
    with services_of(site).database.reading() as session:
        numbers = session.exec(select(Urging.number).where(Urging.case_id == case_id)).all()
    assert numbers

    supervisor = visitor.open(f"/cases/{case_id}", Role.SUPERVISOR)
    expect(supervisor.locator("#ladder")).to_contain_text(str(numbers[0]))
    supervisor.locator("#ladder").get_by_role("link", name="催办", exact=True).click()
    supervisor.get_by_role("textbox", name="催办意见").fill("请今天答复群众")
    supervisor.get_by_role("button", name="催办", exact=True).click()
    expect(supervisor.locator("#ladder")).to_contain_text("请今天答复群众")
    supervisor.wait_for_load_state("networkidle")
    supervisor.locator("#ladder").get_by_role("link", name="督办", exact=True).click()
    supervisor.get_by_role("textbox", name="督办要求").fill("请三个工作日内办结。")
    supervisor.get_by_role("button", name="下发督办单").click()
    supervisor.wait_for_url("**/supervision/*")
    supervisor.wait_for_load_state("networkidle")
    address = supervisor.url.removeprefix(site.address)

    officer = visitor.open("/notices", Role.OFFICER)
    expect(officer.locator(".bell-count")).to_be_visible()
    officer.wait_for_load_state("networkidle")
    officer.goto(site.address + address)
    officer.get_by_role("button", name="签收督办单").click()
    officer.get_by_role("textbox", name="办理措施").fill("已现场核实并电话答复群众。")
    officer.get_by_role("button", name="报送", exact=True).click()
    expect(officer.locator("#steps")).to_contain_text("已现场核实")
    officer.wait_for_load_state("networkidle")

    supervisor.reload()
    supervisor.get_by_role("textbox", name="审核意见").fill("情况属实，同意办结。")
    supervisor.get_by_role("button", name="同意，办结").click()
    expect(supervisor.locator("#steps")).to_contain_text("同意办结")
    supervisor.wait_for_load_state("networkidle")
    with services_of(site).database.reading() as session:
        order = session.exec(select(SupervisionOrder).where(SupervisionOrder.case_id == case_id)).one()
        assert order.state is OrderState.CLOSED
    assert visitor.complaints == []
