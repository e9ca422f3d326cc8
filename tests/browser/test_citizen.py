"""A citizen's whole way in a real browser, with and without scripts, and a dispatcher's who reads a file in."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlmodel import Session, select

from inbox.access import Viewer
from inbox.accounts import get_account
from inbox.cases import assign_case
from inbox.channels.portal import PORTAL_CODE
from inbox.intake import Submission, receive_messages
from inbox.models import Case, TaskKind
from inbox.outbox import stale_tasks
from inbox.replies import approve_reply, save_draft, submit_reply
from inbox.triage import triage_cases
from knowledge_base.models import Article, ArticleStatus
from routing.models import Role
from routing.officers import all_officers
from tests.browser.site import PHONE, Site, Visitor
from tests.browser.test_accessibility import LOOKS, problems_of
from tests.web.ways_in import ANSWER, as_viewer
from web import jobs
from web.runtime import utc_now

pytestmark = pytest.mark.browser

TEXT = "青筑镇卫生院门口的路灯坏了三天，晚上老人看病看不见路。"
BAD_FILE = "编号,内容,来信时间\nB1,人民路路灯坏了,2026-11-01\nB2,,2026-11-01\nB3,井盖丢了,昨天\n"


def write(visitor: Visitor, text: str = TEXT, *, scripts: bool = True) -> tuple[Page, str]:
    """Fill in the form from the first page on; return the receipt and its code."""
    page = visitor.open("/", scripts=scripts, size=PHONE)
    page.get_by_role("link", name="我要留言").first.click()
    page.get_by_label("要反映什么事？").fill(text)
    page.get_by_role("button", name="提交").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("留言已收到")
    page.wait_for_load_state()
    code = page.locator(".receipt-code").inner_text().strip()
    assert re.fullmatch(r"\w{5}-\w{5}", code)
    return page, code


def answered_message(site: Site, account_code: str) -> str:
    """Let a message come in through an account and be answered; return its tracking code."""
    services, now = site.app.extensions["minhu"], utc_now()
    with services.database.transaction() as session:
        alice, feng = _colleagues(session)
        erin = next(as_viewer(o) for o in all_officers(session) if Role.DISPATCHER in o.roles)
        text = f"{account_code}：小区门口的路灯又坏了。"
        submission = Submission(f"browser-{account_code}", text, text.encode())
        (receipt,) = receive_messages(session, get_account(session, account_code), [submission], now=now).new
        triage_cases(session, [receipt.case_id], services.knowledge.tools(session, now=now), now=now)
        assign_case(session, erin, receipt.case_id, alice.department_id or 0, now=now)
        draft = save_draft(session, alice, receipt.case_id, ANSWER, expected_version=0, now=now)
        reply = submit_reply(session, alice, receipt.case_id, ANSWER, expected_version=draft.version, now=now)
        approve_reply(session, feng, receipt.case_id, version=reply.version, now=now)
    return receipt.tracking_code


def _colleagues(session: Session) -> tuple[Viewer, Viewer]:
    """Return an officer and a reviewer of one department."""
    everybody = [as_viewer(officer) for officer in all_officers(session) if officer.department_id]
    return next(
        (writer, checker)
        for writer in everybody
        for checker in everybody
        if writer.has(Role.OFFICER)
        and checker.has(Role.REVIEWER)
        and writer.officer_id != checker.officer_id
        and writer.department_id == checker.department_id
    )


def work(site: Site) -> None:
    """Do what a worker would do now."""
    runtime = site.app.extensions["minhu"].runtime
    jobs.use_runtime(runtime)
    for kind, job in ((TaskKind.IMPORT, jobs.import_file), (TaskKind.TRIAGE, jobs.triage)):
        with runtime.database.reading() as session:
            waiting = [i for k, i in stale_tasks(session, now=utc_now() + timedelta(days=1)) if k == kind]
        if waiting:
            job(waiting)


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_citizen_writes_and_comes_back_with_the_code(visitor: Visitor, scripts: bool) -> None:
    _receipt, code = write(visitor, f"{TEXT}（{scripts}）", scripts=scripts)

    page = visitor.open("/", scripts=scripts)
    page.get_by_label("您的追踪码").fill(code.lower().replace("-", " "))
    page.get_by_role("button", name="查看进度").click()

    expect(page.locator(".conversation")).to_contain_text(TEXT)
    expect(page.locator(".step-done")).to_have_count(1)
    assert visitor.complaints == []


def test_the_code_is_copied_with_one_click(visitor: Visitor) -> None:
    page, code = write(visitor, TEXT + "复制")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])

    page.get_by_role("button", name="复制追踪码").click()

    expect(page.locator("[data-snackbars]")).to_contain_text("已复制")
    assert page.evaluate("navigator.clipboard.readText()") == code


def test_on_paper_the_receipt_keeps_the_code_and_loses_the_buttons(visitor: Visitor) -> None:
    page, _code = write(visitor, TEXT + "打印")

    page.emulate_media(media="print")

    expect(page.locator(".receipt-code")).to_be_visible()
    expect(page.locator(".receipt-address")).to_be_visible()
    expect(page.locator(".receipt-actions button").first).to_be_hidden()


def test_two_clicks_on_send_are_one_case(visitor: Visitor, site: Site) -> None:
    page = visitor.open("/write")
    page.get_by_label("要反映什么事？").fill(TEXT + "两次")

    page.get_by_role("button", name="提交").dblclick()

    expect(page.get_by_role("heading", level=1)).to_have_text("留言已收到")
    with site.app.extensions["minhu"].database.reading() as session:
        cases = session.exec(select(Case).where(Case.excerpt == TEXT + "两次")).all()
    assert len(cases) == 1


def test_an_answered_citizen_rates_and_opens_the_matter_again(visitor: Visitor, site: Site) -> None:
    page = visitor.open(f"/track/{answered_message(site, PORTAL_CODE)}", size=PHONE)

    page.get_by_label("还没有").check()
    page.get_by_label("不满意", exact=True).check()
    page.get_by_role("button", name="提交评价").click()
    expect(page.locator("#flashes")).to_contain_text("感谢您的评价")
    page.get_by_text("申请重新办理").click()
    page.get_by_label("还有什么没解决？").fill("今天又停了两个小时电。")
    page.get_by_role("button", name="重新办理").click()

    expect(page.locator("#flashes")).to_contain_text("已重新办理")
    expect(page.locator(".conversation")).to_contain_text("今天又停了两个小时电。")
    assert visitor.complaints == []


@pytest.mark.parametrize(("locale", "theme"), LOOKS)
def test_the_citizens_pages_are_accessible(visitor: Visitor, site: Site, locale: str, theme: str) -> None:
    with site.app.extensions["minhu"].database.reading() as session:
        article = session.exec(select(Article.id).where(Article.status == ArticleStatus.PUBLISHED)).first()
    paths = [
        "/",
        "/track/AAAAA-AAAAA",
        f"/receipt/{site.tracking_code}",
        f"/answers/{article}",
        "/answers?q=电梯",
        "/answers?q=zzzz",
    ]

    found = {path: problems_of(visitor.open(path, locale=locale, theme=theme)) for path in paths}

    assert found == {path: [] for path in paths}


@pytest.mark.parametrize(("locale", "theme"), LOOKS)
def test_a_dispatcher_reads_a_file_in_and_every_step_is_accessible(
    visitor: Visitor, site: Site, tmp_path: Path, locale: str, theme: str
) -> None:
    file = tmp_path / "热线.csv"
    file.write_text(BAD_FILE.replace("B", f"{locale}-"), encoding="utf-8")
    page = visitor.open("/imports/new", Role.DISPATCHER, locale=locale, theme=theme)
    page.locator("#account").select_option("sample-import")
    page.locator("#file").set_input_files(file)
    page.locator("main button[type=submit]").click()

    expect(page.locator("#errors tbody tr")).to_have_count(2)
    assert problems_of(page) == []
    with page.expect_download() as download:
        page.locator("a[href$='bad-rows.xlsx']").click()
    page.locator("button[value=start_good]").click()
    expect(page.locator("#taking")).to_be_visible()
    assert problems_of(page) == []
    work(site)
    page.reload()

    expect(page.locator(".import-figures")).to_be_visible()
    assert problems_of(page) == []
    assert download.value.suggested_filename.endswith(".xlsx")
    page.locator("a[href$='/cases']").first.click()
    expect(page.locator("tbody tr")).to_have_count(1)
    assert problems_of(page) == []


def test_replies_are_taken_as_a_file_and_then_marked(visitor: Visitor, site: Site) -> None:
    answered_message(site, "hotline-export")
    page = visitor.open("/exports", Role.DISPATCHER)
    page.get_by_role("link", name="热线工单导入").click()
    assert problems_of(page) == []

    with page.expect_download() as first:
        page.get_by_role("button", name="下载 XLSX").click()
    with page.expect_download() as again:
        page.get_by_role("button", name="下载 XLSX").click()
    page.get_by_role("button", name="已带回").click()
    page.get_by_role("dialog").get_by_role("button").first.click()

    expect(page.locator("#flashes")).to_contain_text("已带回")
    assert first.value.suggested_filename == again.value.suggested_filename
