"""The bell, the list of notices and their addresses in the API."""

import re
from collections.abc import Callable

import pytest
from flask import Flask

from inbox.notices import notify
from tests.web.api_program import Program
from tests.web.office import LIFT, Office
from tests.web.people import Browser, People
from web.notice_words import NOTICES, line_of

Open = Callable[..., Browser]


@pytest.fixture
def office(app: Flask, people: People) -> Office:
    return Office(app, people)


def tell(office: Office, kind: str = "mentioned", **more: object) -> list[int]:
    """Tell Alice something."""
    found: list[int] = office.do(notify, [office.people.alice.id], kind, **more)
    return found


def test_the_bell_counts_and_the_notice_leads_to_its_case(office: Office, browser: Open) -> None:
    [case_id] = office.receive(LIFT)
    [notice_id] = tell(office, case_id=case_id, params={"officer_id": office.people.bob.id})
    alice = browser(office.people.alice)

    page = alice.get("/notices").text
    assert "Bob mentioned you in a note" in page
    assert '<span class="bell-count" aria-hidden="true">1</span>' in page

    assert alice.get(f"/notices/{notice_id}").location == f"/cases/{case_id}"
    assert "bell-count" not in alice.get("/notices").text
    assert "Bob mentioned you" in alice.get("/notices?show=all").text


def test_the_bell_answers_304_until_something_comes(office: Office, browser: Open) -> None:
    alice = browser(office.people.alice)
    first = alice.get("/notices/bell")

    assert alice.get("/notices/bell", headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
    tell(office)
    changed = alice.get("/notices/bell", headers={"If-None-Match": first.headers["ETag"]})
    assert changed.status_code == 200
    assert "1 unread notice" in changed.text


def test_marking_works_without_scripts_one_or_all(office: Office, browser: Open) -> None:
    ids = tell(office) + tell(office) + tell(office)
    alice = browser(office.people.alice)

    assert alice.post("/notices/read", {"notice": str(ids[0])}).status_code == 303
    assert "2 unread notices" in alice.get("/notices").text
    alice.post("/notices/read")
    assert "Nothing unread" in alice.get("/notices").text


def test_a_notice_of_somebody_else_does_not_exist(office: Office, browser: Open) -> None:
    [notice_id] = tell(office)

    assert browser(office.people.dai).get(f"/notices/{notice_id}").status_code == 404
    assert browser().get("/notices").status_code in (302, 303)


def test_a_notice_leads_to_no_other_site(office: Office, browser: Open) -> None:
    [notice_id] = tell(office, params={"url": "//evil.example/"})

    assert browser(office.people.alice).get(f"/notices/{notice_id}").location == "/notices?show=all"


def test_program_reads_and_marks(app: Flask, office: Office) -> None:
    [case_id] = office.receive(LIFT)
    [notice_id] = tell(office, "deadline_breached", case_id=case_id, params={"clock": "resolve"}, urgent=True)
    alice, dai = Program(app, office.people.alice), Program(app, office.people.dai)

    [told] = alice.get("/notices").json["notices"]
    assert (told["id"], told["kind"], told["urgent"]) == (notice_id, "deadline_breached", True)
    assert told["text"] == "办结已超期"

    assert dai.post("/notices/read", {"notice_ids": [notice_id]}).json == {"marked": 0}
    assert alice.post("/notices/read", {"notice_ids": [notice_id]}).json == {"marked": 1}
    assert alice.get("/notices").json["unread"] == 0
    assert alice.get("/notices?unread=false").json["total"] == 1
    assert alice.post("/notices/read", {"notice_ids": ["x"]}).status_code == 422


@pytest.mark.parametrize("kind", sorted(NOTICES))
def test_every_kind_has_a_whole_sentence(app: Flask, people: People, kind: str) -> None:
    with app.test_request_context("/"):
        gaps = dict.fromkeys(re.findall(r"%\((\w+)\)", str(NOTICES[kind][0])), "2")
        known = {
            "officer_id": people.bob.id,
            "department_id": people.housing.id,
            "clock": "resolve",
            "number": "岚督〔2026〕1号",
        }
        line = line_of(kind, gaps | known)

    assert line.text
    assert "%(" not in line.text
    assert "…" not in line.text


def test_who_has_a_case_open_has_read_what_they_were_told_about_it(office: Office, browser: Open) -> None:
    [case_id, other] = office.receive(LIFT, LIFT)
    tell(office, case_id=case_id)
    tell(office, case_id=other)
    alice = browser(office.people.alice)

    alice.post(f"/cases/{case_id}/presence")

    assert '<span class="bell-count" aria-hidden="true">1</span>' in alice.get("/notices").text
