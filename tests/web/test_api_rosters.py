"""Duty rosters, absences and watched words through the API: the same keepers and refusals as on the pages."""

from datetime import datetime, timedelta

from flask import Flask

from tests.web.api_program import Program
from tests.web.people import NOW, People

FIRST = NOW.date()


def rota(people: People, **more: object) -> dict[str, object]:
    """Alice for two days."""
    last = (FIRST + timedelta(days=1)).isoformat()
    return {
        "officer_ids": [people.alice.id],
        "first_on": FIRST.isoformat(),
        "last_on": last,
        "changes_at": "00:00",
        **more,
    }


def test_a_roster_is_written_read_and_changed(app: Flask, people: People) -> None:
    bob, here = Program(app, people.bob), "/rosters/housing"

    assert bob.post(f"{here}/shifts", rota(people)).json == {"count": 2}
    assert bob.put(f"{here}/order", {"officer_ids": [people.alice.id]}).status_code == 204
    assert bob.put(f"{here}/way", {"way": "roster"}).status_code == 204

    told = bob.get(here).json
    assert [person["officer_id"] for person in told["on_duty"]][:1] == [people.alice.id]
    assert [shift["officer_id"] for shift in told["shifts"]] == [people.alice.id] * 2
    assert (told["standing_order"], told["way"], told["may_change"]) == ([people.alice.id], "roster", True)
    first = told["shifts"][0]["id"]
    assert bob.post(f"{here}/shifts/{first}/remove").status_code == 204
    assert bob.post(f"{here}/shifts/{first}/remove").status_code == 404
    assert len(bob.get(here).json["shifts"]) == 1


def test_a_roster_that_cannot_be_is_refused(app: Flask, people: People) -> None:
    bob, alice = Program(app, people.bob), Program(app, people.alice)
    backwards = rota(people, last_on=(FIRST - timedelta(days=1)).isoformat())

    refused = bob.post("/rosters/housing/shifts", backwards)

    assert (refused.status_code, refused.json["code"]) == (422, "BadRoster")
    assert bob.get("/rosters/nowhere").status_code == 404
    assert bob.put("/rosters/county/way", {"way": "load"}).status_code == 404
    assert bob.put("/rosters/housing/duties/77", {"officer_ids": []}).status_code == 404
    assert alice.get("/rosters/housing").json["may_change"] is False
    assert alice.post("/rosters/housing/shifts", rota(people)).status_code == 403
    assert Program(app, people.dai).put("/rosters/county/order", {"officer_ids": []}).status_code == 403


def test_an_absence_is_noted_and_ended(app: Flask, people: People) -> None:
    alice, bob = Program(app, people.alice), Program(app, people.bob)
    away = {
        "officer_id": people.alice.id,
        "starts_at": (NOW - timedelta(hours=1)).isoformat(),
        "ends_at": (NOW + timedelta(days=2)).isoformat(),
        "note": "培训",
    }

    noted = alice.post("/absences", away)

    assert noted.status_code == 201, noted.text
    assert noted.json["handed_over"] == 0
    (listed,) = bob.get("/rosters/housing").json["absences"]
    assert (listed["officer_id"], listed["note"]) == (people.alice.id, "培训")
    assert datetime.fromisoformat(listed["ends_at"]) == NOW + timedelta(days=2)
    assert Program(app, people.dai).post(f"/absences/{listed['id']}/end").status_code == 403
    assert alice.post(f"/absences/{listed['id']}/end").status_code == 204
    assert bob.get("/rosters/housing").json["absences"] == []
    assert alice.post("/absences", away | {"ends_at": away["starts_at"]}).json["code"] == "BadRoster"
    assert Program(app, people.dai).post("/absences", away).status_code == 403


def test_watched_words_are_listed_tried_added_and_taken_off(app: Flask, people: People) -> None:
    gu = Program(app, people.gu)
    assert gu.post("/watched-words/try", {"text": "水库边有怪声"}).json["words"] == {}

    added = gu.post("/watched-words", {"text": "怪声", "tag": "danger"})

    assert (added.status_code, added.json) == (201, {"added": True})
    assert gu.post("/watched-words", {"text": "怪声", "tag": "danger"}).json == {"added": False}
    assert gu.post("/watched-words/try", {"text": "水库边有怪*声"}).json["words"] == {"danger": ["怪*声"]}
    told = gu.get("/watched-words").json
    own = next(row for row in told["words"] if row["text"] == "怪声")
    assert (own["effect"], told["minutes"]["danger_minutes"]) == ("mark", 5)
    assert gu.post(f"/watched-words/{own['id']}/remove").status_code == 204
    assert gu.post("/watched-words/try", {"text": "水库边有怪声"}).json["words"] == {}
    assert gu.post("/watched-words", {"text": "**", "tag": "danger"}).status_code == 422
    minutes = {"danger_minutes": 3, "harmful_minutes": 30}
    assert gu.put("/watched-words/minutes", minutes).json == minutes
    assert gu.put("/watched-words/minutes", minutes | {"danger_minutes": 0}).status_code == 422
    assert Program(app, people.alice).get("/watched-words").status_code == 403
