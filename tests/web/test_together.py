"""Working together on screen: co-handlers, work on the street, watchers, mentions, rosters; and what stays inside."""

import io
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from PIL import Image
from sqlmodel import select

from inbox.models import CaseState
from inbox.together_models import CoHandling, OfflineTask, PartState, TaskPhoto
from inbox.watching import watchers_of
from routing.departments import close_department
from routing.roster_editing import assignment_way
from routing.roster_models import Absence, AssignmentWay, DutyShift
from tests.web.office import LIFT, Office
from tests.web.people import NOW, Browser, People

Open = Callable[..., Browser]
TEXT = "您好，电梯由物业公司负责检修，请致电0000-6000001预约。"


@pytest.fixture
def office(app: Flask, people: People) -> Office:
    """An office at work."""
    return Office(app, people)


@pytest.fixture
def case(office: Office) -> int:
    """A complaint about a lift, at the housing bureau."""
    return office.receive(LIFT)[0]


def only(office: Office, table: type) -> object:
    """Return the one row of a table."""
    with office.database.reading() as session:
        found = session.exec(select(table)).one()
        session.expunge(found)
    return found


def picture() -> tuple[io.BytesIO, str]:
    """Return a picture as a form sends it."""
    written = io.BytesIO()
    Image.new("RGB", (64, 48), "teal").save(written, "JPEG")
    written.seek(0)
    return written, "现场.jpg"


def ask_water(office: Office, people: People, browser: Open, case: int) -> CoHandling:
    """Let housing ask the water bureau to co-handle."""
    form = {"department": people.water.id, "asked": "请核查水泵房渗水", "due": "2026-11-25"}
    done = browser(people.alice).post(f"/cases/{case}/co-handlers", form)
    assert done.status_code == 303
    return only(office, CoHandling)  # type: ignore[return-value]


def test_ask_sign_insert_and_submit(office: Office, people: People, browser: Open, case: int) -> None:
    alice, dai = browser(people.alice), browser(people.dai)
    assert dai.get(f"/cases/{case}").status_code == 404
    assert "Housing Bureau" not in alice.get(f"/cases/{case}/co-handlers").text.split("<select")[1]
    row = ask_water(office, people, browser, case)

    page = dai.get(f"/cases/{case}").text
    assert "请核查水泵房渗水" in page
    assert "reply-text" not in page
    assert f"/cases/{case}/return" not in page
    assert f"view=co_handling&amp;case={case}" in dai.get("/inbox?view=co_handling").text
    blocked = alice.post(f"/cases/{case}/reply", {"text": TEXT, "do": "submit", "revision": 0})
    assert blocked.status_code == 422
    assert "The reply waits for Water Bureau" in blocked.text
    assert TEXT in blocked.text

    signed = dai.post(f"/cases/{case}/co-handlers/{row.id}/sign", {"part": "水泵房无渗水。"})
    assert signed.status_code == 303
    alice.post(f"/cases/{case}/reply", {"text": TEXT, "insert_part": row.id, "revision": 1})
    assert office.reply(case).text == f"{TEXT}\n\n水泵房无渗水。"
    done = alice.post(
        f"/cases/{case}/reply", {"text": office.reply(case).text, "do": "submit", "revision": 2}
    )
    assert done.status_code == 303
    assert office.case(case).state == CaseState.IN_REVIEW


def test_release_needs_a_reason_and_ends_the_waiting(
    office: Office, people: People, browser: Open, case: int
) -> None:
    row = ask_water(office, people, browser, case)
    alice = browser(people.alice)

    assert alice.get(f"/cases/{case}/co-handlers/{row.id}/release").status_code == 200
    refused = alice.post(f"/cases/{case}/co-handlers/{row.id}/release", {"reason": ""})
    alice.post(f"/cases/{case}/co-handlers/{row.id}/release", {"reason": "不涉及供水"})

    assert refused.status_code == 422
    assert only(office, CoHandling).state == PartState.RELEASED  # type: ignore[attr-defined]
    assert browser(people.dai).get(f"/cases/{case}").status_code == 404


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"asked": "请核查"}, "That department is closed"),
        ({"department": "water", "asked": " "}, "The text is empty"),
        ({"department": "water", "asked": "请核查", "due": "2026-01-01"}, "lies in the past"),
    ],
)
def test_what_cannot_be_asked_keeps_what_was_typed(
    people: People, browser: Open, case: int, form: dict[str, str], sentence: str
) -> None:
    form = form | ({"department": str(people.water.id)} if "department" in form else {})

    refused = browser(people.alice).post(f"/cases/{case}/co-handlers", form)

    assert refused.status_code == 422
    assert sentence in refused.text
    assert form["asked"].strip() in refused.text


def test_work_on_the_street_with_a_picture_and_a_reply_that_says_done_too_early(
    office: Office, people: People, browser: Open, case: int
) -> None:
    alice = browser(people.alice)
    assert alice.get(f"/cases/{case}/tasks").status_code == 200
    without = alice.post(f"/cases/{case}/tasks", {"what": "现场维修", "holder": str(people.housing.id)})
    assert without.status_code == 422
    assert "A date is needed" in without.text
    form = {"what": "现场维修电梯", "holder": f"{people.housing.id}-{people.alice.id}", "due": "2026-11-23"}
    alice.post(f"/cases/{case}/tasks", form)
    task = only(office, OfflineTask)
    says_done = "您好，电梯已修复，请致电0000-6000001。"

    refused = alice.post(f"/cases/{case}/reply", {"text": says_done, "do": "submit", "revision": 0})
    assert refused.status_code == 422
    assert "“已修复”" in refused.text
    assert "现场维修电梯" in refused.text
    assert "现场维修电梯" in alice.get("/tasks").text
    checked = alice.post(f"/cases/{case}/checks", {"text": says_done}).text
    assert "work on the street is still open" in checked

    address = f"/cases/{case}/tasks/{task.id}"  # type: ignore[attr-defined]
    kept = alice.post(
        address, {"photos": picture(), "do": "done", "note": "更换门机"}, content_type="multipart/form-data"
    )
    assert kept.status_code == 303
    photo = only(office, TaskPhoto)
    shown = alice.get(f"/cases/{case}/photos/{photo.id}")  # type: ignore[attr-defined]
    assert shown.mimetype == "image/jpeg"
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    assert shown.headers["Content-Disposition"].startswith("inline; filename=")
    assert browser(people.dai).get(f"/cases/{case}/photos/{photo.id}").status_code == 404  # type: ignore[attr-defined]
    done = alice.post(f"/cases/{case}/reply", {"text": says_done, "do": "submit", "revision": 1})
    assert done.status_code == 303


def test_a_picture_that_is_none_is_refused_with_a_sentence_and_nothing_is_done(
    office: Office, people: People, browser: Open, case: int
) -> None:
    alice = browser(people.alice)
    form = {"what": "现场维修电梯", "holder": str(people.housing.id), "due": "2026-11-23"}
    alice.post(f"/cases/{case}/tasks", form)
    task = only(office, OfflineTask)

    refused = alice.post(
        f"/cases/{case}/tasks/{task.id}",  # type: ignore[attr-defined]
        {"photos": (io.BytesIO(b"<html>"), "a.jpg"), "do": "done", "note": "修好"},
        content_type="multipart/form-data",
    )

    assert refused.status_code == 422
    assert "Another file is hidden" in refused.text
    assert only(office, OfflineTask).ended_at is None  # type: ignore[attr-defined]


def test_watch_and_stop_watching(office: Office, people: People, browser: Open, case: int) -> None:
    alice = browser(people.alice)

    alice.post(f"/cases/{case}/watch", {"watching": "yes"})
    assert "Stop watching" in alice.get(f"/cases/{case}").text
    alice.post(f"/cases/{case}/watch", {"watching": "no"})

    with office.database.reading() as session:
        assert watchers_of(session, case) == []
    assert browser(people.dai).post(f"/cases/{case}/watch", {"watching": "yes"}).status_code == 404


def test_a_note_tells_the_chosen_and_says_whom_it_did_not_find(
    office: Office, people: People, browser: Open, case: int
) -> None:
    alice = browser(people.alice)
    page = alice.get(f"/cases/{case}").text
    assert f'name="tell" value="{office.anna.id}"' in page
    assert f'name="tell" value="{people.dai.id}"' not in page

    kept = alice.post(
        f"/cases/{case}/notes", {"text": "@赵六 请核实", "tell": office.anna.id}, follow_redirects=True
    )

    assert "@赵六 fits nobody or several people" in kept.text.replace("\n", " ")
    assert "told: Anna" in kept.text
    assert "mentioned you" in browser(office.anna).get("/notices").text


SECRETS = ("机密备注甲", "协办事项乙", "协办意见丙", "处置事项丁", "退回依据戊")


@pytest.fixture
def secretive(office: Office, people: People, browser: Open, case: int) -> int:
    """A case with a note, a co-handler's part, work on the street and a refused return, all with words to look for."""
    alice = browser(people.alice)
    alice.post(f"/cases/{case}/return", {"basis": SECRETS[4]})
    browser(people.erin).post("/arbitration/1", {"decision": "refuse", "reason": SECRETS[4]})
    alice.post(f"/cases/{case}/notes", {"text": SECRETS[0]})
    alice.post(f"/cases/{case}/co-handlers", {"department": people.water.id, "asked": SECRETS[1]})
    browser(people.dai).post(f"/cases/{case}/co-handlers/1/sign", {"part": SECRETS[2]})
    alice.post(
        f"/cases/{case}/tasks", {"what": SECRETS[3], "holder": str(people.housing.id), "due": "2026-12-01"}
    )
    inside = alice.get(f"/cases/{case}").text
    assert all(secret in inside for secret in SECRETS)
    return case


def public_pages(app: Flask, code: str) -> Iterator[str]:
    """Return every address that a citizen or a program without a token can read, filled with this case's code."""
    from web.guards import access_of

    for rule in app.url_map.iter_rules():
        access = access_of(app, rule.endpoint)
        if access is None or not access.public or "GET" not in (rule.methods or ()):
            continue
        values = {name: code if name in ("code", "tracking_code") else "1" for name in rule.arguments}
        with app.test_request_context():
            address: str = app.url_for(rule.endpoint, **values)
        if not address.startswith("/static"):
            yield address


def test_nothing_of_it_reaches_citizens_exports_or_the_public_api(
    app: Flask, office: Office, people: People, browser: Open, secretive: int
) -> None:
    code = office.case(secretive).tracking_code
    citizen = browser()
    addresses = list(public_pages(app, code))
    assert f"/track/{code}" in addresses
    assert any(address.startswith("/api/") and code in address for address in addresses)

    for address in addresses:
        read = citizen.get(address).get_data(as_text=True)
        assert not any(secret in read for secret in SECRETS), address
    supervisor = browser(people.bob)
    for address in ("/exports", f"/track/{code}"):
        read = supervisor.get(address, follow_redirects=True).get_data(as_text=True)
        assert not any(secret in read for secret in SECRETS), address


def test_a_department_chooses_its_way_writes_shifts_and_is_away(
    office: Office, people: People, browser: Open
) -> None:
    keeper, alice = browser(people.feng), browser(people.alice)
    assert alice.get("/rosters").location == "/rosters/housing"
    assert "Write shifts in turn" not in alice.get("/rosters/housing").text
    assert alice.post("/rosters/housing/way", {"way": "load"}).status_code == 403

    keeper.post("/rosters/housing/way", {"way": "roster"})
    keeper.post(
        "/rosters/housing/shifts",
        {
            "officers": [people.alice.id, office.anna.id],
            "first": "2026-11-20",
            "last": "2026-11-22",
            "days_each": 1,
            "changes_at": "08:30",
        },
    )
    keeper.post("/rosters/housing/order", {"place-1": office.anna.id})
    away = alice.post(
        "/rosters/housing/absences",
        {
            "officer": people.alice.id,
            "first": "2026-11-20",
            "last": "2026-11-21",
            "substitute": office.anna.id,
            "hand_over": "1",
        },
    )

    assert away.status_code == 303
    page = keeper.get("/rosters/housing").text
    assert "stands in for Alice" in page
    assert browser(people.bob).get("/rosters").status_code == 200
    assert browser(people.gu).get("/rosters/county").status_code == 200
    with office.database.reading() as session:
        assert assignment_way(session, people.housing.id) == AssignmentWay.ROSTER
        assert len(session.exec(select(DutyShift)).all()) == 4
        absence = session.exec(select(Absence)).one()
    alice.post(f"/rosters/housing/absences/{absence.id}/end")
    assert only(office, Absence).ends_at == NOW  # type: ignore[attr-defined]


def test_a_roster_that_runs_backwards_is_refused_on_its_page(people: People, browser: Open) -> None:
    refused = browser(people.feng).post(
        "/rosters/housing/shifts",
        {"officers": [people.alice.id], "first": "2026-11-22", "last": "2026-11-20", "days_each": 1},
    )
    strange = browser(people.feng).get("/rosters/nowhere")

    assert refused.status_code == 422
    assert "The dates run backwards" in refused.text
    assert strange.status_code == 404


def test_a_closed_lead_department_leaves_its_cases_for_the_dispatcher(
    office: Office, people: People, browser: Open, case: int
) -> None:
    ask_water(office, people, browser, case)
    with office.database.transaction() as session:
        close_department(session, people.housing.id, now=NOW)

    moved = browser(people.erin).post(f"/cases/{case}/assign", {"department": people.water.id})

    assert moved.status_code == 303
    assert office.case(case).department_id == people.water.id
