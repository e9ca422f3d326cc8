"""The 通报 through the API: the same stages, lines and files as on the pages."""

from datetime import timedelta
from io import BytesIO

import openpyxl
import pytest
from docx import Document
from flask import Flask
from sqlmodel import select

from inbox.bulletin_models import Bulletin
from inbox.ladder_models import BulletinEntry
from inbox.spans import SpanKind
from inbox.supervision import note_sweep
from sla.calendar import load_calendar
from sla.sweep import sweep
from tests.web.api_program import Program
from tests.web.office import LIFT, Office
from tests.web.people import NOW, People
from tests.web.test_bulletins import WATER, drafted


@pytest.fixture
def office(app: Flask, people: People) -> Office:
    """An office with one case of housing and one of water that fell due in October, both unanswered."""
    office = Office(app, people)
    office.receive(LIFT, WATER, ago=timedelta(days=40))
    return office


def month(office: Office) -> str:
    """Draft what is due, and return the address of the month's 通报."""
    return f"/bulletins/{drafted(office)[SpanKind.MONTH]}"


def test_a_bulletin_from_draft_to_its_published_files(app: Flask, office: Office, people: People) -> None:
    path = month(office)
    bob, alice, dai = (Program(app, who) for who in (people.bob, people.alice, people.dai))
    assert bob.get(path).json["bulletin"]["state"] == "draft"
    assert alice.get(path).status_code == 404
    assert alice.get("/bulletins").json == {"bulletins": []}
    assert bob.post(f"{path}/publish").status_code == 409
    assert bob.post(f"{path}/show").json["bulletin"]["state"] == "shown"

    own = alice.get(path).json
    assert [line["department_id"] for line in own["lines"]] == [people.housing.id]
    assert (own["may_comment"], own["may_decide"]) == (True, False)
    assert alice.post(f"{path}/comments", {"text": ""}).status_code == 422
    assert alice.post(f"{path}/comments", {"text": "已现场答复。"}).status_code == 201
    assert dai.get(path).json["comments"] == []
    assert bob.get(path).json["comments"][0]["text"] == "已现场答复。"
    assert alice.post(f"{path}/publish").status_code == 403

    done = bob.post(f"{path}/publish", {"remark": "请举一反三。"}).json
    assert (done["bulletin"]["number"], done["remark"]) == ("岚通〔2026〕1号", "请举一反三。")
    assert done["total"]["assigned"] == len(done["lines"]) == 2
    assert bob.post(f"{path}/publish").json["code"] == "BulletinMoved"
    assert alice.post(f"{path}/comments", {"text": "再补一句"}).status_code == 409
    assert len(alice.get(path).json["lines"]) == 2

    table = openpyxl.load_workbook(BytesIO(alice.get(done["xlsx"].removeprefix("/api/v1")).data)).active
    assert table.max_row == 4
    told = Document(BytesIO(alice.get(done["docx"].removeprefix("/api/v1")).data))
    assert "请举一反三。" in [paragraph.text for paragraph in told.paragraphs]


def test_a_case_of_another_department_is_told_of_by_its_code_alone(
    app: Flask, office: Office, people: People
) -> None:
    with office.database.transaction() as session:
        calendar = load_calendar(session)
        for day in range(40, -1, -1):
            at = NOW - timedelta(days=day)
            note_sweep(session, sweep(session, now=at, calendar=calendar), now=at, calendar=calendar)
        assert session.exec(select(BulletinEntry)).all()
    path = month(office)
    bob = Program(app, people.bob)
    bob.post(f"{path}/show")
    bob.post(f"{path}/publish")

    seen = {each["department_id"]: each for each in Program(app, people.alice).get(path).json["breaches"]}

    assert seen[people.housing.id]["title"]
    assert (seen[people.water.id]["title"], seen[people.water.id]["case_id"]) == (None, None)
    assert seen[people.water.id]["tracking_code"]


def test_a_department_gets_the_file_of_its_own_lines_before_publication(
    app: Flask, office: Office, people: People
) -> None:
    path = month(office)
    Program(app, people.bob).post(f"{path}/show")

    table = openpyxl.load_workbook(BytesIO(Program(app, people.dai).get(f"{path}/bulletin.xlsx").data)).active

    names = [row[0].value for row in table.iter_rows(min_row=2)]
    assert len(names) == 2
    assert "住房" not in "".join(str(name) for name in names)
    with office.database.reading() as session:
        assert all(one.figures is None for one in session.exec(select(Bulletin)).all())
