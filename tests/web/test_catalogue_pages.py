"""Areas, rules and the catalogue as a file: every change can be looked at on last month's messages first."""

import io
import json
from collections.abc import Callable

import pytest
from flask import Flask
from sqlmodel import Session

from inbox.intake import Submission, receive_messages
from routing.departments import department_by_code
from routing.entries import all_areas, all_rules
from tests.web.people import NOW, Browser, People
from tests.web.work import open_test_account

Open = Callable[..., Browser]


@pytest.fixture
def gu(people: People, browser: Open) -> Browser:
    return browser(people.gu)


@pytest.fixture
def messages(app: Flask, people: People) -> None:
    """Two messages of last month."""
    with app.extensions["minhu"].database.transaction() as session:
        account = open_test_account(session, now=NOW)
        receive_messages(
            session,
            account,
            [
                Submission(external_id=str(i), raw=b"{}", text=f"井盖丢了，第{i}次说", received_at=NOW)
                for i in (1, 2)
            ],
            now=NOW,
        )


def unit_id(session: Session, code: str = "housing") -> int:
    unit = department_by_code(session, code)
    assert unit is not None
    return unit.id


def rule(app: Flask, value: str = "井盖") -> dict[str, str]:
    with app.extensions["minhu"].database.reading() as session:
        return {"kind": "contains", "value": value, "department": str(unit_id(session)), "note": "会议纪要"}


@pytest.mark.usefixtures("messages")
def test_a_rule_is_looked_at_before_it_is_saved(app: Flask, gu: Browser) -> None:
    looked = gu.post("/routing-rules", rule(app) | {"step": "preview"})

    assert looked.status_code == 200
    assert "Triage desk" in looked.text
    assert "井盖丢了" in looked.text
    assert 'name="note" value="会议纪要"' in looked.text
    with app.extensions["minhu"].database.reading() as session:
        assert all_rules(session) == []

    assert gu.post("/routing-rules", rule(app)).status_code == 303
    with app.extensions["minhu"].database.reading() as session:
        (saved,) = all_rules(session)
    assert (saved.value, saved.note, saved.created_at) == ("井盖", "会议纪要", NOW)
    assert "会议纪要" in gu.get("/routing-rules").text


def test_rules_are_reordered_switched_off_and_on_again(app: Flask, gu: Browser) -> None:
    for value in ("井盖", "路灯"):
        gu.post("/routing-rules", rule(app, value))
    with app.extensions["minhu"].database.reading() as session:
        first, second = all_rules(session)

    gu.post(f"/routing-rules/{second.id}/move", {"where": "up"})
    gu.post(f"/routing-rules/{first.id}/switch", {"on": "0"})

    with app.extensions["minhu"].database.reading() as session:
        assert [r.value for r in all_rules(session, include_disabled=True)] == ["路灯", "井盖"]
        assert [r.value for r in all_rules(session)] == ["路灯"]
        assert all_rules(session)[0].changed_by is not None
    gu.post(f"/routing-rules/{first.id}/switch", {"on": "1"})
    with app.extensions["minhu"].database.reading() as session:
        assert len(all_rules(session)) == 2


def test_a_rule_that_cannot_be_used_is_refused_with_what_was_typed(app: Flask, gu: Browser) -> None:
    refused = gu.post("/routing-rules", rule(app, "(a+)+") | {"kind": "pattern", "step": "preview"})

    assert refused.status_code == 422
    assert "(a+)+" in refused.text


def test_an_area_cannot_lie_in_itself(app: Flask, gu: Browser) -> None:
    gu.post("/areas", {"code": "county", "name": "县"})
    with app.extensions["minhu"].database.reading() as session:
        (county,) = all_areas(session)
    gu.post("/areas", {"code": "town", "name": "镇", "parent": county.id, "aliases": "望江路、江畔小区"})
    with app.extensions["minhu"].database.reading() as session:
        town = all_areas(session)[1]
    assert town.aliases == ("望江路", "江畔小区")

    refused = gu.post(f"/areas/{county.id}", {"name": "县", "parent": town.id})

    assert refused.status_code == 422
    assert "cannot lie in itself" in refused.text
    page = gu.get("/areas").text
    assert page.index("county" if "county" in page else "县") < page.index("江畔小区")


def test_the_catalogue_goes_out_and_comes_in_again(app: Flask, gu: Browser) -> None:
    content = json.loads(gu.get("/catalogue/minhu-catalogue.json").text)
    assert {row["code"] for row in content["departments"]} >= {"housing"}
    content["areas"] = [
        {
            "code": "town",
            "name": "岚城镇",
            "parent": "county",
            "aliases": ["望江路"],
            "department": "housing",
        },
        {"code": "county", "name": "岚汀县"},
    ]
    content["rules"] = [{"kind": "contains", "value": "井盖", "department": "housing"}]

    sent = {"file": (io.BytesIO(json.dumps(content).encode()), "c.json")}
    assert gu.post("/catalogue", sent).status_code == 303
    assert "Preview and use" in gu.get("/catalogue").text
    with app.extensions["minhu"].database.reading() as session:
        assert all_areas(session) == []
    assert gu.post("/catalogue/1/use", {"step": "preview"}).status_code == 200
    assert gu.post("/catalogue/1/use", {}).status_code == 303

    with app.extensions["minhu"].database.reading() as session:
        areas = {area.code: area for area in all_areas(session)}
        assert areas["town"].parent_id == areas["county"].id
        assert [r.value for r in all_rules(session)] == ["井盖"]
    book = gu.get("/catalogue/minhu-catalogue.xlsx")
    assert gu.post("/catalogue", {"file": (io.BytesIO(book.data), "c.xlsx")}).status_code == 303
    assert gu.post("/catalogue/2/use", {}).status_code == 303
    with app.extensions["minhu"].database.reading() as session:
        assert {area.code: area.aliases for area in all_areas(session)} == {"county": (), "town": ("望江路",)}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not json",
        b"[]",
        b'{"departments": []}',
        b'{"departments": [{"name": "x"}]}',
        b'{"duties": [{"code": "d", "department": "nowhere", "title": "t"}]}',
        b'{"departments": [{"code": "x", "name": "y", "threshold": 7}]}',
    ],
)
def test_a_catalogue_that_cannot_be_used_gets_a_sentence(gu: Browser, content: bytes) -> None:
    answered = gu.post("/catalogue", {"file": (io.BytesIO(content), "c.json")})
    if answered.status_code == 303:
        answered = gu.post("/catalogue/1/use", {"step": "preview"})

    assert answered.status_code == 422


def test_who_does_not_administer_changes_nothing(app: Flask, people: People, browser: Open) -> None:
    erin = browser(people.erin)

    assert erin.get("/routing-rules").status_code == 200
    assert erin.post("/routing-rules", rule(app)).status_code == 403
    assert erin.get("/catalogue").status_code == 403
