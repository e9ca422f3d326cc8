"""Accounts, imports, figures and replies to carry back, through the API."""

import json
from io import BytesIO
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.web.api_program import REPLY, Program, housing_case
from tests.web.people import NOW, People
from tests.web.ways_in import SECRET, answer, cases_of, hand_to_housing, open_accounts, services_of
from web.imports import run_import

CSV = "编号,内容\nA1,人民路路灯不亮，请派人来修。\nA2,小区停水两天了，什么时候来水？\n"


@pytest.fixture
def erin(app: Flask, people: People) -> Program:
    """Erin's program, dispatcher, with the accounts opened."""
    open_accounts(app)
    return Program(app, people.erin)


def upload(
    program: Program, content: bytes, name: str = "台账.csv", account: str = "sheet", **fields: str
) -> TestResponse:
    """Send a file."""
    return program.send(
        "POST",
        f"/accounts/{account}/imports",
        data={"file": (BytesIO(content), name), **fields},
        content_type="multipart/form-data",
    )


def work_off(app: Flask, import_id: int) -> None:
    """Read the file in, as a worker does."""
    run_import(services_of(app).database, import_id, zone=ZoneInfo("Asia/Shanghai"), clock=lambda: NOW)


def test_accounts_are_listed_without_their_secrets(erin: Program) -> None:
    listed = erin.get("/accounts")

    assert {account["code"] for account in listed.json["accounts"]} == {"portal", "sheet", "weibo"}
    assert SECRET not in listed.text
    assert "secret" not in listed.text


def test_a_file_is_taken_in_and_watched(app: Flask, erin: Program) -> None:
    mapping = json.dumps({"编号": "external_id", "内容": "text"})

    taken = upload(erin, CSV.encode(), mapping=mapping)
    work_off(app, taken.json["id"])
    shown = erin.get(f"/imports/{taken.json['id']}").json
    listed = erin.get("/cases", query_string={"import_id": taken.json["id"]}).json

    assert (taken.status_code, taken.json["state"]) == (202, "waiting")
    assert shown["state"] == "done"
    assert (shown["counts"]["received"], shown["counts"]["new"]) == (2, 2)
    assert shown["outcome"]["new"] == 2
    assert listed["total"] == 2


def test_a_bad_row_is_named_without_its_words(app: Flask, erin: Program) -> None:
    taken = upload(erin, (CSV + "A3,\n").encode(), all_or_nothing="false")
    work_off(app, taken.json["id"])
    shown = erin.get(f"/imports/{taken.json['id']}").json

    assert [(row["line"], row["reason"]) for row in shown["row_errors"]] == [(4, "empty")]
    assert shown["counts"]["new"] == 2


@pytest.mark.parametrize(
    ("content", "name", "fields", "status"),
    [
        (b"", "a.csv", {}, 422),
        (b"PK\x03\x04nonsense", "a.xlsx", {}, 422),
        (CSV.encode(), "a.csv", {"mapping": '{"x": "text"}'}, 422),
        (CSV.encode(), "a.csv", {"mapping": "[]"}, 422),
        (CSV.encode(), "a.csv", {"colour": "red"}, 422),
    ],
)
def test_a_file_that_cannot_be_read_leaves_nothing_behind(
    app: Flask, erin: Program, content: bytes, name: str, fields: dict[str, str], status: int
) -> None:
    refused = upload(erin, content, name, **fields)

    assert refused.status_code == status
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert erin.get("/imports/1").status_code == 404


def test_no_file_no_account(erin: Program) -> None:
    assert erin.send("POST", "/accounts/sheet/imports", json={}).status_code == 422
    assert upload(erin, CSV.encode(), account="nowhere").status_code == 404


def test_figures_of_the_board(app: Flask, people: People, erin: Program) -> None:
    housing_case(app, people)

    told = Program(app, people.bob).get("/board").json
    own = Program(app, people.feng).get("/board").json

    assert told["open"] == own["open"] == 1
    assert told["departments"][0]["key"] == people.housing.id
    assert told["satisfied_share"] is None


def test_replies_are_carried_back_and_confirmed_once(app: Flask, people: People, erin: Program) -> None:
    taken = upload(erin, CSV.encode())
    work_off(app, taken.json["id"])
    case = cases_of(app)[0]
    hand_to_housing(app, people, case.id or 0)
    answer(app, people, case.id or 0, REPLY)

    waiting = erin.get("/accounts/sheet/replies")
    ids = [reply["delivery_id"] for reply in waiting.json["replies"]]
    confirmed = erin.post("/accounts/sheet/replies/carried-back", {"delivery_ids": ids})
    again = erin.post("/accounts/sheet/replies/carried-back", {"delivery_ids": ids})

    assert [(r["tracking_code"], r["reply"]) for r in waiting.json["replies"]] == [
        (case.tracking_code, REPLY)
    ]
    assert (confirmed.json["confirmed"], again.json["confirmed"]) == (1, 0)
    assert erin.get("/accounts/sheet/replies").json["replies"] == []
    assert erin.get(f"/cases/{case.id}").json["case"]["state"] == "replied"
