"""Routing through the API: splitting a message by matter, training, and versions."""

from datetime import UTC, datetime

from flask import Flask

from tests.web.api_program import Program, housing_case
from tests.web.people import People


def test_a_message_is_split_and_joined(app: Flask, people: People) -> None:
    case, erin = housing_case(app, people), Program(app, people.erin)
    parts = [
        {"text": "路灯不亮", "department_id": people.housing.id},
        {"text": "水管漏了", "department_id": people.water.id},
    ]

    split = erin.post(f"/cases/{case}/split", {"parts": parts})

    assert split.status_code == 200, split.text
    assert split.json["case_ids"][0] == case
    assert len(split.json["case_ids"]) == 2
    assert erin.post(f"/cases/{case}/split", {"parts": parts}).status_code == 409
    assert erin.post(f"/cases/{case}/join").status_code == 200
    assert erin.post(f"/cases/{case}/join").status_code == 409
    assert erin.post(f"/cases/{case}/split", {"parts": parts[:1]}).status_code == 422
    assert Program(app, people.alice).post(f"/cases/{case}/split", {"parts": parts}).status_code == 403


def test_a_message_stays_whole_with_a_lead_and_co_handlers(app: Flask, people: People) -> None:
    case, erin = housing_case(app, people), Program(app, people.erin)
    housing, water = people.housing.id, people.water.id
    parts = [
        {"text": "路灯不亮", "department_id": housing},
        {"text": "水管漏了", "department_id": water, "due_at": "2026-11-25T10:00:00+08:00"},
    ]
    assert erin.get(f"/cases/{case}/split").json == {"parts": []}

    shared = erin.post(f"/cases/{case}/share", {"parts": parts})

    assert shared.status_code == 200, shared.text
    assert shared.json["department_id"] == housing
    (row,) = shared.json["co_handlers"]
    assert (row["department_id"], row["asked"], row["state"]) == (water, "水管漏了", "asked")
    assert datetime.fromisoformat(row["due_at"]) == datetime(2026, 11, 25, 2, tzinfo=UTC)
    assert erin.post(f"/cases/{case}/share", {"parts": parts}).status_code == 409
    back = erin.post(f"/cases/{case}/unshare")
    assert (back.status_code, back.json["state"]) == (200, "triage_desk")
    assert erin.post(f"/cases/{case}/unshare").status_code == 409
    alone = [part | {"department_id": housing} for part in parts]
    assert erin.post(f"/cases/{case}/share", {"parts": alone}).json["code"] == "MessageRefused"
    assert Program(app, people.alice).post(f"/cases/{case}/share", {"parts": parts}).status_code == 403


def test_training_is_asked_for_once(app: Flask, people: People) -> None:
    gu = Program(app, people.gu)

    assert gu.post("/routing/train").status_code == 202
    assert gu.post("/routing/train").status_code == 409
    assert gu.get("/routing/versions").json == {"versions": []}
    assert gu.post("/routing/versions/7/use").status_code == 404
    assert gu.post("/routing/back").status_code == 204
    assert Program(app, people.erin).post("/routing/train").status_code == 403
