"""The 通报: drafted once when a period is over, seen by departments first, published once with frozen figures."""

from collections.abc import Callable
from datetime import datetime, timedelta
from io import BytesIO
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from docx import Document
from flask import Flask
from sqlmodel import Session, select

from inbox.bulletin_models import Bulletin, BulletinState
from inbox.bulletins import draft_due_bulletins, publish_bulletin
from inbox.cases import set_aside
from inbox.errors import BulletinMoved
from inbox.ladder_models import BulletinEntry
from inbox.spans import SpanKind
from inbox.supervision import note_sweep
from sla.calendar import load_calendar
from sla.sweep import sweep
from tests.web.office import LIFT, Office
from tests.web.people import NOW, Browser, People

ZONE = ZoneInfo("Asia/Shanghai")
WATER = "北塔社区自来水停水两天了，水管没人来修。"


@pytest.fixture
def office(app: Flask, people: People) -> Office:
    """An office whose old cases fell due in October and last week, none of them answered, one of them spam."""
    office = Office(app, people)
    office.receive(LIFT, WATER, ago=timedelta(days=40))
    office.receive("小区物业不退装修押金", ago=timedelta(days=14))
    (spam,) = office.receive("物业代开发票加微信", ago=timedelta(days=41))
    office.do(set_aside, office.viewer(people.erin), spam, at=NOW - timedelta(days=40, hours=20))
    return office


def drafted(office: Office, *, at: datetime = NOW) -> dict[SpanKind, int]:
    """Let the scheduler's duty run, and return the bulletins there are."""
    office.do(draft_due_bulletins, at=at, zone=ZONE)
    with office.database.reading() as session:
        return {one.kind: one.id or 0 for one in session.exec(select(Bulletin)).all()}


def test_each_period_is_drafted_once_and_empty_ones_never(office: Office) -> None:
    first = drafted(office)
    again = drafted(office, at=NOW + timedelta(minutes=10))

    assert set(first) == {SpanKind.WEEK, SpanKind.MONTH}  # nothing fell due in the quarter or the year before
    assert again == first
    with office.database.reading() as session:
        week = session.get_one(Bulletin, first[SpanKind.WEEK])
        assert (week.starts_on.isoformat(), week.ends_on.isoformat()) == ("2026-11-09", "2026-11-15")
        assert week.state == BulletinState.DRAFT


def test_two_processes_that_draft_at_once_make_one(office: Office) -> None:
    drafted(office)
    with office.database.transaction() as session:
        known = session.exec(select(Bulletin)).all()

    # The second has looked before the first wrote: the unique key decides, and its transaction goes on.
    from inbox.bulletins import _draft

    with office.database.transaction() as session:
        one = known[0]
        assert not _draft(session, one.kind, one.starts_on, one.ends_on, now=NOW, zone=ZONE)
        assert len(session.exec(select(Bulletin)).all()) == len(known)


def test_a_draft_is_for_supervisors_and_then_for_each_department_its_own_lines(
    office: Office, people: People, browser: Callable[..., Browser]
) -> None:
    url = f"/bulletins/{drafted(office)[SpanKind.MONTH]}"
    bob, alice = browser(people.bob), browser(people.alice)

    assert bob.get(url).status_code == 200
    assert alice.get(url).status_code == 404
    assert "/bulletins/" not in alice.get("/bulletins").text.split("<main", 1)[1].replace('"/bulletins"', "")
    assert bob.post(f"{url}/published").status_code == 409  # the departments come first

    bob.post(f"{url}/shown")
    seen = alice.get(url).text

    assert "Housing Bureau" in seen
    assert "Water Bureau" not in seen
    assert alice.post(f"{url}/published").status_code == 403
    assert "read and comment" in alice.get("/notices").text


def test_a_department_comments_before_and_not_after_publication(
    office: Office, people: People, browser: Callable[..., Browser]
) -> None:
    url = f"/bulletins/{drafted(office)[SpanKind.MONTH]}"
    bob, alice, dai = browser(people.bob), browser(people.alice), browser(people.dai)
    bob.post(f"{url}/shown")

    assert alice.post(f"{url}/comments", {"text": "  "}).status_code == 422
    alice.post(f"{url}/comments", {"text": "其中一件已于节前现场答复。"})

    assert "其中一件已于节前现场答复。" in bob.get(url).text
    assert "其中一件已于节前现场答复。" not in dai.get(url).text

    bob.post(f"{url}/published", {"remark": "请各部门举一反三。"})

    assert alice.post(f"{url}/comments", {"text": "再补一句"}).status_code == 409
    page = dai.get(url).text
    assert "Housing Bureau" in page  # published: everybody reads every line
    assert "请各部门举一反三。" in page
    assert "岚通〔2026〕1号" in page


def test_published_figures_stand_whatever_happens_afterwards(
    office: Office, people: People, browser: Callable[..., Browser]
) -> None:
    bulletin = drafted(office)[SpanKind.MONTH]
    bob = browser(people.bob)
    bob.post(f"/bulletins/{bulletin}/shown")
    before = rows_of(bob, bulletin)
    bob.post(f"/bulletins/{bulletin}/published")
    with office.database.reading() as session:
        kept = session.get_one(Bulletin, bulletin).figures
    assert kept is not None

    case_id = kept["cases"][str(people.housing.id)]["open"][0]
    office.do(set_aside, office.viewer(people.erin), case_id)

    assert before == [
        ["县住房和城乡建设局", "1", "0", "0", "1"],
        ["县水务局", "1", "0", "0", "1"],
        ["合计", "2", "0", "0", "2"],
    ]
    assert rows_of(bob, bulletin) == before
    with pytest.raises(BulletinMoved):
        office.do(publish_bulletin, office.viewer(people.bob), bulletin, remark="", prefix="岚")


def test_breaches_of_five_working_days_are_named(
    office: Office, people: People, browser: Callable[..., Browser]
) -> None:
    with office.database.transaction() as session:
        calendar = load_calendar(session)
        for day in range(40, -1, -1):
            at = NOW - timedelta(days=day)
            note_sweep(
                session, sweep(session, now=at, calendar=calendar), now=at, calendar=calendar, prefix="岚"
            )
        entered = session.exec(select(BulletinEntry)).all()
    assert entered
    month = drafted(office)[SpanKind.MONTH]

    page = browser(people.bob).get(f"/bulletins/{month}").text

    october = [entry for entry in entered if entry.at.astimezone(ZONE).month == 10]
    assert october
    assert page.count("/cases/") >= len(october)


def test_the_files_hold_the_printed_columns_and_no_formula(
    office: Office, people: People, browser: Callable[..., Browser]
) -> None:
    bulletin = drafted(office)[SpanKind.MONTH]
    bob = browser(people.bob, locale="zh_CN")

    book = openpyxl.load_workbook(BytesIO(bob.get(f"/bulletins/{bulletin}/bulletin.xlsx").data)).active
    told = Document(BytesIO(bob.get(f"/bulletins/{bulletin}/bulletin.docx").data))

    head = ["派遣总数", "按时办结", "超时办结", "未办结", "结案率", "按时结案率", "不满意率"]
    assert [cell.value for cell in book[1]][1:] == head
    assert {cell.data_type for row in book.iter_rows() for cell in row} <= {"s", "inlineStr", "n"}
    assert [cell.text for cell in told.tables[0].rows[0].cells][1:] == head
    text = "\n".join(paragraph.text for paragraph in told.paragraphs)
    assert "关于2026年10月1日至2026年10月31日群众来件办理情况的通报" in text
    assert "不作排名" in text
    assert told.sections[0].top_margin.mm == pytest.approx(37, abs=0.1)


def rows_of(visitor: Browser, bulletin: int) -> list[list[str]]:
    """Return the lines of a bulletin's workbook: name, assigned, on time, late, open."""
    visitor.speak("zh_CN")
    book = openpyxl.load_workbook(BytesIO(visitor.get(f"/bulletins/{bulletin}/bulletin.xlsx").data)).active
    return [[str(cell.value) for cell in row[:5]] for row in book.iter_rows(min_row=2)]


def test_nothing_else_is_written_for_an_empty_office(session: Session) -> None:
    assert draft_due_bulletins(session, now=NOW, zone=ZONE) == 0
