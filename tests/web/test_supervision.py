"""Urging and supervision on the pages, the official documents, more time, questions and calls."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from docx import Document
from docx.oxml.ns import qn
from flask import Flask
from sqlmodel import select

from inbox.call_backs import start_call_backs
from inbox.extensions import list_requests
from inbox.ladder_models import OrderState
from inbox.models import Case, CaseState
from inbox.order_lists import list_orders
from inbox.supervision import note_sweep
from knowledge_base.models import Article
from sla.calendar import load_calendar
from sla.policies import load_policies
from sla.sweep import sweep
from tests.web.api_program import Program
from tests.web.office import LIFT, Office
from tests.web.people import NOW, Browser, People
from web.official_document import OfficialDocument, write_document

Open = Callable[..., Browser]
ASK = {"reason": "overdue", "requirement": "请三日内修好电梯。", "within": "3wd"}


@pytest.fixture
def office(app: Flask, people: People) -> Office:
    return Office(app, people)


def issue(office: Office, browser: Open, case_id: int) -> str:
    """Let Bob issue an order; return its address."""
    answer = browser(office.people.bob).post("/supervision", {"case": str(case_id), **ASK})
    assert answer.status_code == 303, answer.text
    return str(answer.location)


def orders(office: Office) -> list[Any]:
    """Return the orders in every state, as a supervisor sees them."""
    with office.database.reading() as session:
        return list_orders(session, office.viewer(office.people.bob), states=tuple(OrderState))


def test_an_order_lives_on_the_pages_without_scripts(office: Office, browser: Open) -> None:
    [case_id] = office.receive(LIFT)
    bob, alice = browser(office.people.bob), browser(office.people.alice)
    assert f"/supervision/new?case={case_id}" in bob.get(f"/cases/{case_id}").text

    url = issue(office, browser, case_id)
    assert "岚督〔2026〕1号" in alice.get(f"/cases/{case_id}").text
    assert "Acknowledge the order" in alice.get(url).text
    alice.post(f"{url}/acknowledge")
    filed = alice.post(
        f"{url}/measures",
        {"text": "已更换曳引机", "done_on": "2026-11-19", "evidence": (BytesIO(b"%PDF-1.7"), "记录.pdf")},
        content_type="multipart/form-data",
    )
    assert filed.status_code == 303
    assert "已更换曳引机" in bob.get(url).text
    assert bob.post(f"{url}/judge", {"decision": "back", "words": ""}).status_code == 422
    bob.post(f"{url}/judge", {"decision": "back", "words": "请补维保合同"})
    assert "请补维保合同" in alice.get(url).text
    alice.post(f"{url}/measures", {"text": "合同见附件"})
    bob.post(f"{url}/judge", {"decision": "close", "words": "同意办结"})

    assert orders(office)[0].state is OrderState.CLOSED
    assert "岚督〔2026〕1号" in bob.get("/supervision?show=closed").text
    assert "岚督〔2026〕1号" not in bob.get("/supervision").text


def test_evidence_is_saved_never_opened_and_bad_files_are_refused(office: Office, browser: Open) -> None:
    [case_id] = office.receive(LIFT)
    url = issue(office, browser, case_id)
    alice = browser(office.people.alice)
    alice.post(f"{url}/acknowledge")

    refused = alice.post(
        f"{url}/measures",
        {"text": "见附件", "evidence": (BytesIO(b"<script>"), "x.html")},
        content_type="multipart/form-data",
    )
    assert refused.status_code == 422
    assert "见附件" in refused.text
    alice.post(
        f"{url}/measures",
        {"text": "见附件", "evidence": (BytesIO(b"%PDF"), "a.pdf")},
        content_type="multipart/form-data",
    )
    page = browser(office.people.bob).get(url).text
    link = page.split("/evidence/")[1].split('"')[0]
    sent = browser(office.people.bob).get(f"{url}/evidence/{link}")
    assert sent.headers["Content-Disposition"].startswith("attachment")
    assert sent.mimetype == "application/octet-stream"
    assert browser(office.people.dai).get(f"{url}/evidence/{link}").status_code == 404


def test_another_department_sees_nothing_of_an_order(office: Office, browser: Open) -> None:
    [case_id] = office.receive(LIFT)
    url = issue(office, browser, case_id)
    dai = browser(office.people.dai)

    assert dai.get(url).status_code == 404
    assert dai.post(f"{url}/acknowledge").status_code == 404
    assert "岚督" not in dai.get("/supervision").text
    assert browser(office.people.erin).post("/supervision", {"case": str(case_id), **ASK}).status_code == 403


def test_the_document_has_the_form_of_the_standard(office: Office, browser: Open) -> None:
    [case_id] = office.receive(LIFT)
    url = issue(office, browser, case_id)

    sent = browser(office.people.alice).get(f"{url}/document.docx")

    document = Document(BytesIO(sent.data))
    section = document.sections[0]
    sides = (section.top_margin, section.bottom_margin, section.left_margin, section.right_margin)
    assert [round(side.mm) for side in sides] == [37, 35, 28, 26]
    assert (round(section.page_width.mm), round(section.page_height.mm)) == (210, 297)
    grid = section._sectPr.find(qn("w:docGrid"))
    text_width = section.page_width - section.left_margin - section.right_margin
    text_height = section.page_height - section.top_margin - section.bottom_margin
    assert grid.get(qn("w:type")) == "linesAndChars"
    points = 12_700
    assert text_height / points * 20 // int(grid.get(qn("w:linePitch"))) == 22
    assert text_width / points // (16 + int(grid.get(qn("w:charSpace"))) / 4096) == 28
    head, number, title, to, about, heading, asked, *_ = document.paragraphs
    assert head.text == "岚汀县人民政府办公室督办单"
    assert str(head.runs[0].font.color.rgb) == "FF0000"
    assert head.runs[0].font.size.pt * len(head.text) <= text_width / points  # no lone 单 on a second line
    assert number.text == "岚督〔2026〕1号"
    edge = number._p.pPr.find(qn("w:pBdr")).find(qn("w:bottom"))
    assert edge.get(qn("w:color")) == "FF0000"
    assert title.runs[0].font.size.pt == 22
    assert _east_asian(title) == "方正小标宋简体"
    assert to.text == "县住房和城乡建设局："
    assert "小区电梯坏了三天" in about.text
    assert (heading.text, _east_asian(heading)) == ("一、督办要求", "黑体")
    assert (asked.text, _east_asian(asked), asked.runs[0].font.size.pt) == (
        "请三日内修好电梯。",
        "仿宋_GB2312",
        16,
    )
    assert asked.paragraph_format.first_line_indent.pt == 32
    assert [p.text for p in document.paragraphs if p.text][-1] == "2026年11月20日"
    with ZipFile(BytesIO(sent.data)) as file:
        assert "FangSong" in file.read("word/fontTable.xml").decode()
        assert 'w:instr="PAGE"' in file.read("word/footer1.xml").decode()


def test_the_imprint_stands_at_the_foot_of_the_last_page(office: Office, browser: Open) -> None:
    [case_id] = office.receive(LIFT)
    url = issue(office, browser, case_id)
    alice = browser(office.people.alice)

    (imprint,) = Document(BytesIO(alice.get(f"{url}/document.docx").data)).tables
    printed = alice.get(f"{url}/print").text

    assert [row.cells[0].text for row in imprint.rows] == ["岚汀县人民政府办公室\t2026年11月20日印发"]
    properties = imprint._tbl.tblPr
    place, borders = properties.find(qn("w:tblpPr")), properties.find(qn("w:tblBorders"))
    edges = [borders.find(qn(f"w:{edge}")).get(qn("w:sz")) for edge in ("top", "insideH", "bottom")]
    assert (place.get(qn("w:vertAnchor")), place.get(qn("w:tblpYSpec"))) == ("margin", "bottom")
    assert edges == ["8", "6", "8"]
    assert imprint.rows[0].cells[0].paragraphs[0].runs[0].font.size.pt == 14
    assert "2026年11月20日印发" in printed


def test_the_imprint_names_who_gets_copies_before_the_office() -> None:
    told = OfficialDocument(
        head="县政府办文件",
        number="岚督〔2026〕1号",
        title="关于电梯的督办单",
        addressee="县住建局",
        paragraphs=["请修好电梯。"],
        issuer="县政府办",
        dated_on=date(2026, 11, 20),
        copied_to="县委督查室，县纪委监委",
    )

    (imprint,) = Document(BytesIO(write_document(told))).tables

    assert [row.cells[0].text for row in imprint.rows] == [
        "抄送：县委督查室，县纪委监委。",
        "县政府办\t2026年11月20日印发",
    ]


def _east_asian(paragraph: Any) -> str:
    return str(paragraph.runs[0]._r.rPr.rFonts.get(qn("w:eastAsia")))


def test_the_printed_page_says_the_same_in_chinese_for_everybody(office: Office, browser: Open) -> None:
    [case_id] = office.receive(LIFT)
    url = issue(office, browser, case_id)

    page = browser(office.people.alice, locale="en").get(f"{url}/print").text

    for part in ("岚汀县人民政府办公室督办单", "岚督〔2026〕1号", "一、督办要求", "2026年11月20日"):
        assert part in page


def test_several_cases_are_urged_with_one_word(office: Office, browser: Open) -> None:
    first, second = office.receive(LIFT, "物业不管小区电梯，请处理。")
    erin = browser(office.people.erin)
    asked = erin.get(f"/supervision/urge?case={first}&case={second}&next=/inbox").text
    assert "Urge the departments about 2 cases?" in asked

    sent = erin.post("/supervision/urge", {"case": [first, second], "words": "请尽快", "next": "/inbox"})

    assert sent.location == "/inbox"
    assert "请尽快" in browser(office.people.alice).get("/notices").text
    assert "请尽快" in browser(office.people.alice).get(f"/cases/{first}").text
    elsewhere = erin.post("/supervision/urge", {"case": first, "next": "//evil.example"})
    assert "evil" not in elsewhere.location
    assert browser(office.people.alice).get(f"/supervision/urge?case={first}").status_code == 403


def test_overdue_cases_are_ticked_on_the_board_and_in_the_list(office: Office, browser: Open) -> None:
    late = office.receive(LIFT, "物业不管小区电梯，请处理。", ago=timedelta(days=20))
    office.receive("小区电梯今天又坏了。")
    bob = browser(office.people.bob)

    for page in (bob.get("/board").text, bob.get("/inbox?view=overdue").text):
        form = page.split('action="/supervision/urge"')[1].split("</form>")[0]
        assert set(re.findall(r'name="case" value="(\d+)"', form)) == {str(each) for each in late}
        assert 'type="checkbox"' in form
        back = re.search(r'name="next" value="([^"]+)"', form)
        assert back is not None
        asked = bob.get(f"/supervision/urge?next={back[1]}&case={late[0]}&case={late[1]}").text
        assert "Urge the departments about 2 cases?" in asked
    sent = bob.post("/supervision/urge", {"case": late, "next": "/inbox?view=overdue"})
    assert sent.location == "/inbox?view=overdue"

    assert 'action="/supervision/urge"' not in bob.get("/inbox?view=due_today").text
    for page in ("/board", "/inbox?view=overdue"):
        assert 'action="/supervision/urge"' not in browser(office.people.alice).get(page).text


def test_a_stale_article_is_supervised_from_its_page_and_the_list(office: Office, browser: Open) -> None:
    bob = browser(office.people.bob)
    with office.database.reading() as session:
        article_id = session.exec(select(Article.id)).one()
    url = f"/articles/{article_id}"
    assert "/supervision/new?article=" not in bob.get(url).text  # it is right still
    with office.database.transaction() as session:
        session.get_one(Article, article_id).review_by = NOW.date() - timedelta(days=1)

    assert f"/supervision/new?article={article_id}" in bob.get("/stale").text
    assert "/stale/" not in bob.get("/stale").text  # confirming is for editors
    assert f"/supervision/new?article={article_id}" in bob.get(url).text
    assert "/supervision/new" not in browser(office.people.alice).get(url).text
    asked = bob.get(f"/supervision/new?article={article_id}").text
    assert re.search(r'value="stale_article"[^>]*checked', asked)
    bob.post("/supervision", {"article": article_id, "reason": "stale_article", "requirement": "请核对电话"})

    for page in (bob.get("/stale").text, bob.get(url).text, browser(office.people.alice).get(url).text):
        assert "Under supervision: 岚督〔2026〕1号" in page
        assert "/supervision/new" not in page
    assert bob.post(f"/stale/{article_id}/confirm").status_code == 403


def test_the_queue_of_more_time_names_department_and_officer_in_the_readers_language(
    office: Office, browser: Open
) -> None:
    [case_id] = office.receive("请求帮助：" + LIFT)
    form = {"amount": "3", "unit": "wd", "reason": "等配件"}
    browser(office.people.alice).post(f"/extensions/new/{case_id}", form)

    english = browser(office.people.bob).get("/extensions").text
    chinese = browser(office.people.bob, locale="zh_CN").get("/extensions").text

    assert office.people.housing.name_en in english
    assert office.people.alice.name_en in english
    assert office.people.alice.name not in english.split("<main", 1)[1]
    assert office.people.alice.name in chinese


def test_a_proposal_is_decided_on_by_a_supervisor(app: Flask, office: Office, browser: Open) -> None:
    first, second = office.receive(LIFT, "物业不管小区电梯，请处理。", ago=timedelta(days=20))
    with office.database.transaction() as session:
        calendar = load_calendar(session)
        note_sweep(session, sweep(session, now=NOW, calendar=calendar), now=NOW, calendar=calendar)
    bob, alice = browser(office.people.bob), browser(office.people.alice)

    page = bob.get("/supervision?show=proposed").text
    assert f"/supervision/new?case={first}" in page
    assert "is a supervision order needed?" in bob.get("/notices").text
    assert "Proposed" not in alice.get("/supervision?show=proposed").text
    assert alice.post(f"/supervision/proposals/{first}/decline").status_code == 403
    bob.post(f"/supervision/proposals/{first}/decline")
    issue(office, browser, second)

    assert "Nothing is proposed" in bob.get("/supervision?show=proposed").text
    assert "No supervision order is needed for now" in bob.get(f"/cases/{first}").text
    assert bob.post(f"/supervision/proposals/{first}/decline").status_code == 409
    program = Program(app, office.people.bob)
    assert program.get("/supervision-proposals").json == {"proposals": []}
    assert program.post(f"/cases/{first}/supervision-proposal/decline").status_code == 409


def test_more_time_is_asked_granted_and_shown_to_the_citizen(office: Office, browser: Open) -> None:
    [case_id] = office.receive("请求帮助：" + LIFT)
    alice, bob = browser(office.people.alice), browser(office.people.bob)
    assert "Ask for more time" in alice.get(f"/cases/{case_id}").text

    too_long = alice.post(f"/extensions/new/{case_id}", {"amount": "90", "unit": "d", "reason": "等配件"})
    assert too_long.status_code == 409
    assert "等配件" in too_long.text
    assert (
        alice.post(f"/extensions/new/{case_id}", {"amount": "3", "unit": "wd", "reason": ""}).status_code
        == 422
    )
    assert alice.post(f"/extensions/new/{case_id}", {"amount": "x", "reason": "等"}).status_code == 422
    alice.post(f"/extensions/new/{case_id}", {"amount": "3", "unit": "wd", "reason": "等配件"})
    assert "等配件" in bob.get("/extensions").text
    with office.database.reading() as session:
        [request] = list_requests(session, office.viewer(office.people.bob))
    bob.post(f"/extensions/{request.id}/approve")

    code = office.case(case_id).tracking_code
    assert "given more time" in browser().get(f"/track/{code}").text
    assert "Granted" in bob.get("/extensions?show=decided").text
    assert browser(office.people.erin).get("/extensions").status_code == 403


def test_a_question_to_the_citizen_is_answered_on_the_tracking_page(office: Office, browser: Open) -> None:
    [case_id] = office.receive(LIFT)
    alice, code = browser(office.people.alice), office.case(case_id).tracking_code

    alice.post(f"/cases/{case_id}/question", {"text": "请补充楼栋号"})
    page = browser().get(f"/track/{code}").text
    assert "请补充楼栋号" in page
    assert "Waiting for the citizen" in alice.get(f"/cases/{case_id}").text
    browser().post(f"/track/{code}/supplement", {"text": "3栋"})

    assert "Waiting for the citizen" not in alice.get(f"/cases/{case_id}").text
    assert "The citizen has answered your question" in alice.get("/notices").text


def test_a_call_is_noted_and_leaves_the_list(office: Office, browser: Open) -> None:
    [case_id] = office.receive(LIFT)
    with office.database.transaction() as session:
        case = session.get_one(Case, case_id)
        case.state, case.replied_at = CaseState.REPLIED, NOW
        session.flush()
        start_call_backs(session, load_policies(session), load_calendar(session), now=NOW)
    erin = browser(office.people.erin)
    assert f"/call-backs/{case_id}" in erin.get("/call-backs").text

    assert erin.post(f"/call-backs/{case_id}", {"reached": "yes"}).status_code == 422
    said = {"reached": "yes", "solved": "no", "satisfaction": "dissatisfied", "words": "还没修"}
    erin.post(f"/call-backs/{case_id}", said)

    assert f"/call-backs/{case_id}" not in erin.get("/call-backs").text
    assert "还没修" in browser(office.people.alice).get(f"/cases/{case_id}").text
