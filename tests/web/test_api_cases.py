"""Cases through the API: lists, one whole, and every step but answering."""

from io import BytesIO

import pytest
from flask import Flask
from PIL import Image
from werkzeug.test import TestResponse

from inbox.intake import Submission, receive_messages
from inbox.triage import triage_tasks
from routing.officers import create_officer
from tests.web.api_program import Program, housing_case, new_case
from tests.web.people import NOW, People
from tests.web.ways_in import services_of
from tests.web.work import open_test_account, receive, waiting


@pytest.fixture
def alice(app: Flask, people: People) -> Program:
    """Alice's program, officer of the housing bureau."""
    return Program(app, people.alice)


@pytest.fixture
def erin(app: Flask, people: People) -> Program:
    """Erin's program, dispatcher."""
    return Program(app, people.erin)


def case_with_a_phone_number(app: Flask, people: People, erin: Program) -> int:
    """Return a triaged case of the housing bureau that holds personal information."""
    runtime = services_of(app).runtime
    with runtime.database.transaction() as session:
        account = open_test_account(session, now=NOW)
        taken = receive_messages(
            session, account, [Submission("p1", "路灯坏了，请打我电话13900001111，谢谢。", b"raw")], now=NOW
        )
    with runtime.database.reading() as session:
        tools = runtime.knowledge.tools(session, now=NOW)
    with runtime.database.transaction() as session:
        triage_tasks(session, [task.id or 0 for task in waiting(runtime)], tools, now=NOW)
    case_id = taken.new[0].case_id
    erin.post(f"/cases/{case_id}/assign", {"department_id": people.housing.id})
    return case_id


def test_list_is_narrowed_by_view_filters_and_words(app: Flask, people: People, erin: Program) -> None:
    first, second = housing_case(app, people), new_case(app)

    everything = erin.get("/cases").json
    assigned = erin.get("/cases", query_string={"department_id": people.housing.id}).json
    by_state = erin.get("/cases", query_string={"state": "assigned", "kind": "other"}).json
    code = everything["cases"][0]["tracking_code"]
    by_code = erin.get("/cases", query_string={"query": code.lower()}).json

    assert {row["id"] for row in everything["cases"]} == {first, second}
    assert everything["total"] == 2
    assert [row["id"] for row in assigned["cases"]] == [first]
    assert [row["id"] for row in by_state["cases"]] == [first]
    assert by_code["cases"][0]["tracking_code"] == code


def test_pages_of_a_list(app: Flask, people: People, erin: Program) -> None:
    receive(services_of(app).database, 45, now=NOW)

    first, second, beyond = (erin.get("/cases", query_string={"page": n}).json for n in (1, 2, 99))

    assert (len(first["cases"]), len(second["cases"])) == (40, 5)
    assert first["pages"] == 2
    assert beyond["page"] == 2


@pytest.mark.parametrize(
    "query",
    [
        {"view": "x"},
        {"kind": "咨询"},
        {"page": "0"},
        {"page": "9" * 30},
        {"colour": "red"},
        {"department_id": "a"},
    ],
)
def test_a_filter_that_is_none_is_refused_and_named(erin: Program, query: dict[str, str]) -> None:
    answer = erin.get("/cases", query_string=query)

    assert answer.status_code == 422
    assert answer.json["code"] == "InvalidRequest"
    assert answer.json["errors"][0]["where"] in query


def test_unchanged_list_is_not_sent_again(app: Flask, people: People, erin: Program) -> None:
    housing_case(app, people)
    first = erin.get("/cases")

    again = erin.get("/cases", headers={"If-None-Match": first.headers["ETag"]})
    new_case(app)
    changed = erin.get("/cases", headers={"If-None-Match": first.headers["ETag"]})

    assert again.status_code == 304
    assert again.data == b""
    assert changed.status_code == 200


def test_a_case_whole(app: Flask, people: People, alice: Program, erin: Program) -> None:
    case_id = case_with_a_phone_number(app, people, erin)

    shown = alice.get(f"/cases/{case_id}").json

    assert shown["case"]["department"] == "县住房和城乡建设局"
    assert {clock["state"] for clock in shown["deadlines"]} <= {"running", "met", "overdue"}
    assert shown["deadlines"]
    assert [event["kind"] for event in shown["events"]][-1] == "assigned"
    assert all(event["text"] for event in shown["events"])
    assert shown["actions"]["claim"] is True
    assert shown["actions"]["assign"] is False


def test_personal_information_is_covered_unless_the_look_is_recorded(
    app: Flask, people: People, alice: Program, erin: Program
) -> None:
    case_id = case_with_a_phone_number(app, people, erin)

    covered = alice.get(f"/cases/{case_id}")
    revealed = alice.get(f"/cases/{case_id}", query_string={"reveal": "true"})
    events = alice.get(f"/cases/{case_id}").json["events"]

    assert "13900001111" not in covered.text
    assert covered.json["messages"][0]["has_personal"] is True
    assert "13900001111" in revealed.text
    assert revealed.json["revealed"] is True
    assert revealed.headers["Cache-Control"] == "private, no-store"
    assert [(e["kind"], e["actor"]) for e in events if e["kind"] == "revealed"] == [("revealed", "艾丽丝")]


def test_claimed_by_one_then_refused_to_the_next(app: Flask, people: People, alice: Program) -> None:
    case_id = housing_case(app, people)
    with services_of(app).database.transaction() as session:
        hua = create_officer(
            session, login="hua", name="华", roles=["officer"], department_id=people.housing.id, now=NOW
        )

    mine = alice.post(f"/cases/{case_id}/claim")
    again = alice.post(f"/cases/{case_id}/claim")
    late = Program(app, hua).post(f"/cases/{case_id}/claim")

    assert mine.json["assignee_id"] == people.alice.id
    assert again.status_code == 200
    assert late.status_code == 409
    assert late.json["code"] == "TakenByColleague"
    assert alice.post(f"/cases/{case_id}/hand-over", {"officer_id": hua.id}).json["assignee_id"] == hua.id


def test_assigned_recalled_assigned_and_returned_with_its_basis(
    app: Flask, people: People, alice: Program, erin: Program
) -> None:
    case_id = new_case(app)

    assigned = erin.post(f"/cases/{case_id}/assign", {"department_id": people.housing.id, "reason": "路灯"})
    recalled = erin.post(f"/cases/{case_id}/recall")
    erin.post(f"/cases/{case_id}/assign", {"department_id": people.housing.id})
    no_basis = alice.post(f"/cases/{case_id}/return", {"basis": " "})
    returned = alice.post(f"/cases/{case_id}/return", {"basis": "三定方案第四条"})

    assert assigned.json["state"] == "assigned"
    assert recalled.json["state"] == "triage_desk"
    assert no_basis.status_code == 422
    assert (returned.json["state"], returned.json["return_count"]) == ("arbitration", 1)

    upheld = erin.post(f"/cases/{case_id}/arbitration", {"upheld": True})
    again = erin.post(f"/cases/{case_id}/arbitration", {"upheld": False, "reason": "属本单位职责"})

    assert upheld.json["state"] == "triage_desk"
    assert again.status_code == 409
    assert alice.get(f"/cases/{case_id}").status_code == 404


def test_no_case_goes_to_a_department_that_does_not_exist(app: Flask, erin: Program) -> None:
    case_id = new_case(app)

    answer = erin.post(f"/cases/{case_id}/assign", {"department_id": 4711})

    assert answer.status_code == 403
    assert erin.get(f"/cases/{case_id}").json["case"]["department_id"] is None


def test_kind_mark_display_and_note(app: Flask, people: People, alice: Program, erin: Program) -> None:
    case_id = housing_case(app, people)
    path = f"/cases/{case_id}"

    kind = alice.put(f"{path}/kind", {"kind": "complaint"})
    public = erin.put(f"{path}/display", {"display": "public"})
    sensitive = alice.put(f"{path}/sensitive", {"sensitive": True})
    refused = erin.put(f"{path}/display", {"display": "public"})
    note = alice.post(f"{path}/notes", {"text": "已电话\ud800核实\x00"})

    assert kind.json["kind"] == "complaint"
    assert public.json["display"] == "public"
    assert (sensitive.json["sensitive"], sensitive.json["display"]) == (True, "hidden")
    assert refused.status_code == 403
    assert (note.status_code, note.data) == (204, b"")
    assert [n["text"] for n in alice.get(path).json["notes"]] == ["已电话核实"]


def test_set_aside_and_taken_back(app: Flask, erin: Program) -> None:
    case_id = new_case(app)

    aside = erin.post(f"/cases/{case_id}/set-aside")
    twice = erin.post(f"/cases/{case_id}/set-aside")
    back = erin.post(f"/cases/{case_id}/take-back")

    assert (aside.json["spam"], aside.json["state"]) == (True, "closed")
    assert (twice.status_code, twice.json["code"]) == (409, "WrongState")
    assert (back.json["spam"], back.json["state"]) == (False, "triage_desk")


@pytest.mark.parametrize(
    ("raw", "content_type"),
    [
        (b"", "application/json"),
        (b"{", "application/json"),
        (b"[]", "application/json"),
        (b"null", "application/json"),
        (b'"text"', "application/json"),
        (b"[" * 100_000, "application/json"),
        (b'{"text": "\\ud800\\u0000"}', "application/json"),
        (b'{"text": "x", "author_id": 1}', "application/json"),
        (b'{"text": ["x"]}', "application/json"),
        (b"\xff\xfe", "application/json"),
        (b"text=x", "application/x-www-form-urlencoded"),
    ],
)
def test_what_is_no_note_is_refused_whole(
    app: Flask, people: People, alice: Program, raw: bytes, content_type: str
) -> None:
    case_id = housing_case(app, people)

    answer = alice.send("POST", f"/cases/{case_id}/notes", data=raw, content_type=content_type)

    assert answer.status_code == 422
    assert answer.json["code"] == "InvalidRequest"
    assert alice.get(f"/cases/{case_id}").json["notes"] == []


def test_a_number_no_database_holds_is_refused(alice: Program) -> None:
    assert alice.get(f"/cases/{2**63}").status_code == 422


def test_pictures_of_work_on_the_street_are_kept_listed_and_sent(app: Flask, people: People) -> None:
    case, alice, dai = housing_case(app, people), Program(app, people.alice), Program(app, people.dai)
    task = {"what": "更换灯泡", "due_at": "2027-01-05T09:00:00Z", "department_id": people.housing.id}
    address = f"/cases/{case}/tasks/{alice.post(f'/cases/{case}/tasks', task).json['id']}/photos"
    written = BytesIO()
    Image.new("RGB", (64, 48), "teal").save(written, "PNG")

    def send(program: Program, content: bytes) -> TestResponse:
        data = {"file": (BytesIO(content), "现场.png")}
        return program.send("POST", address, data=data, content_type="multipart/form-data")

    kept = send(alice, written.getvalue())

    assert kept.status_code == 201, kept.text
    (photo,) = kept.json["photos"]
    assert (photo["width"], photo["height"]) == (64, 48)
    assert alice.get(address).json == kept.json
    sent = alice.get(f"/cases/{case}/photos/{photo['id']}")
    assert (sent.mimetype, sent.data[:2]) == ("image/jpeg", b"\xff\xd8")
    assert send(alice, b"<html>").json["code"] == "MessageRefused"
    assert send(dai, written.getvalue()).status_code == 404
    assert dai.get(f"/cases/{case}/photos/{photo['id']}").status_code == 404
    assert alice.get(f"/cases/{case}/tasks/99/photos").status_code == 404


def test_a_return_is_taken_back_by_who_asked(app: Flask, people: People) -> None:
    case, alice = housing_case(app, people), Program(app, people.alice)
    assert alice.post(f"/cases/{case}/return/withdraw").status_code == 409
    alice.post(f"/cases/{case}/return", {"basis": "《职责规定》第三条"})
    assert Program(app, people.dai).post(f"/cases/{case}/return/withdraw").status_code == 404

    back = alice.post(f"/cases/{case}/return/withdraw")

    assert (back.status_code, back.json["state"]) == (200, "assigned")
    assert alice.get(f"/cases/{case}/together").json["returns"][0]["state"] == "withdrawn"
