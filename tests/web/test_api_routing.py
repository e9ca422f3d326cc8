"""Routing through the API: splitting a message by matter, training, and versions."""

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


def test_training_is_asked_for_once(app: Flask, people: People) -> None:
    gu = Program(app, people.gu)

    assert gu.post("/routing/train").status_code == 202
    assert gu.post("/routing/train").status_code == 409
    assert gu.get("/routing/versions").json == {"versions": []}
    assert gu.post("/routing/versions/7/use").status_code == 404
    assert gu.post("/routing/back").status_code == 204
    assert Program(app, people.erin).post("/routing/train").status_code == 403
