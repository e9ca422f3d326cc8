"""The inbox: views, filters, search, the pane that loads alone, and lists that keep themselves fresh."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from inbox.cases import assign_case, claim_case
from tests.web.office import LIFT, Office
from tests.web.people import Browser, People

WATER = "北塔社区自来水停水两天了，水管没人来修。"
PANE = {"HX-Request": "true", "HX-Target": "case"}


@pytest.fixture
def office(app: Flask, people: People) -> Office:
    """An office at work."""
    return Office(app, people)


def listed(page: str) -> list[int]:
    """Return the cases of the list, in order."""
    return [int(found) for found in re.findall(r'class="case-row-link" href="[^"]*case=(\d+)"', page)]


def test_an_officer_sees_the_cases_of_her_department_only(
    office: Office, people: People, browser: Callable[..., Browser]
) -> None:
    lift, water = office.receive(LIFT, WATER)

    page = browser(people.alice).get("/inbox?view=all").text

    assert listed(page) == [lift]
    assert browser(people.alice).get(f"/inbox?view=all&case={water}").status_code == 404


def test_a_line_says_what_decides_the_order(
    office: Office, people: People, browser: Callable[..., Browser]
) -> None:
    (case,) = office.receive(LIFT)
    office.do(claim_case, office.viewer(people.alice), case)

    page = browser(people.alice).get("/inbox").text

    assert "left" in page
    assert '<progress class="deadline-bar"' in page
    assert "Request for help" in page or "Complaint" in page or "Inquiry" in page
    assert people.alice.name in page
    assert "小区电梯坏了" in page


def test_what_falls_due_first_comes_first(
    office: Office, people: People, browser: Callable[..., Browser]
) -> None:
    (late,) = office.receive("物业收了电梯费不办事", ago=timedelta(days=9))
    (new,) = office.receive(LIFT)

    assert listed(browser(people.alice).get("/inbox?view=unclaimed").text) == [late, new]
    assert listed(browser(people.alice).get("/inbox?view=overdue").text) == [late]


def test_each_view_of_each_role_opens(
    office: Office, people: People, browser: Callable[..., Browser]
) -> None:
    office.receive(LIFT, WATER)
    for person in people.all():
        visitor = browser(person)
        for view in ("", "?view=all", "?view=mine", "?view=overdue", "?view=spam", "?view=nonsense&page=99"):
            assert visitor.get(f"/inbox{view}").status_code == (403 if person == people.chen else 200)


def test_a_dispatcher_sees_which_department_has_a_case(
    office: Office, people: People, browser: Callable[..., Browser]
) -> None:
    office.receive(LIFT)

    assert "Housing Bureau" in browser(people.erin).get("/inbox?view=all").text


def test_filters_narrow_the_list_and_can_be_taken_off_one_by_one(
    office: Office, people: People, browser: Callable[..., Browser]
) -> None:
    lift, water = office.receive(LIFT, WATER)
    visitor = browser(people.erin)

    page = visitor.get(f"/inbox?view=all&department={people.water.id}&channel=portal").text

    assert listed(page) == [water]
    assert "Water Bureau" in page
    without = re.search(r'class="filter-chip" href="([^"]*)">Water Bureau', page)
    assert without is not None
    assert sorted(listed(visitor.get(without.group(1).replace("&amp;", "&")).text)) == [lift, water]
    assert "Nothing fits" in visitor.get("/inbox?view=all&channel=weibo").text


def test_search_finds_two_characters_and_codes_in_everything(
    office: Office, people: People, browser: Callable[..., Browser]
) -> None:
    lift, water = office.receive(LIFT, WATER)
    visitor = browser(people.erin)

    assert listed(visitor.get("/inbox?q=停水").text) == [water]
    assert listed(visitor.get(f"/inbox?q={office.case(lift).tracking_code.lower()}").text) == [lift]


def test_a_click_gets_the_pane_alone_and_the_back_button_the_page(
    office: Office, people: People, browser: Callable[..., Browser]
) -> None:
    (case,) = office.receive(LIFT)
    visitor = browser(people.alice)

    pane = visitor.get(f"/inbox?view=all&case={case}", headers=PANE).text
    whole = visitor.get(
        f"/inbox?view=all&case={case}", headers={**PANE, "HX-History-Restore-Request": "true"}
    ).text

    assert 'id="case"' in pane
    assert "<html" not in pane
    assert "<html" in whole


def test_forms_of_the_pane_lead_back_to_the_list_they_came_from(
    office: Office, people: People, browser: Callable[..., Browser]
) -> None:
    (case,) = office.receive(LIFT)

    page = browser(people.alice).get(f"/inbox?view=unclaimed&case={case}").text

    assert f'name="next" value="/inbox?view=unclaimed&amp;case={case}"' in page


def test_list_and_counts_are_sent_again_only_when_they_changed(
    office: Office, people: People, browser: Callable[..., Browser]
) -> None:
    (case,) = office.receive(LIFT)
    visitor = browser(people.alice)
    for url in ("/inbox/list?view=unclaimed", "/inbox/views?view=unclaimed"):
        etag = visitor.get(url).headers["ETag"]
        assert visitor.get(url, headers={"If-None-Match": etag}).status_code == 304

        office.do(assign_case, office.viewer(people.erin), case, people.water.id)
        changed = visitor.get(url, headers={"If-None-Match": etag})
        office.do(assign_case, office.viewer(people.erin), case, people.housing.id)

        assert changed.status_code == 200
        assert "<html" not in changed.text


def test_an_empty_view_says_what_to_do_next(people: People, browser: Callable[..., Browser]) -> None:
    visitor = browser(people.alice)

    assert "/inbox?view=unclaimed" in visitor.get("/inbox?view=mine").text
    assert "You have nothing to do" in visitor.get("/inbox?view=mine").text
    assert "Nothing is overdue" in visitor.get("/inbox?view=overdue").text
    assert "Choose a case" in visitor.get("/inbox").text


def test_pages_keep_what_the_list_was_narrowed_to(
    office: Office, people: People, browser: Callable[..., Browser]
) -> None:
    office.receive(*(f"第{number}部电梯坏了，物业不管" for number in range(45)))
    visitor = browser(people.alice)

    first = visitor.get("/inbox?view=all&channel=portal").text
    second = visitor.get("/inbox?view=all&channel=portal&page=2").text

    assert "/inbox?view=all&amp;channel=portal&amp;page=2" in first
    assert len(listed(first)) == 40
    assert len(listed(second)) == 5


def test_what_a_citizen_wrote_is_never_markup(
    office: Office, people: People, browser: Callable[..., Browser]
) -> None:
    (case,) = office.receive("电梯<script>alert(1)</script><b>坏了</b>", author="<img src=x>")

    page = browser(people.alice).get(f"/inbox?view=all&case={case}").text

    assert "<script>alert" not in page
    assert "<img src=x>" not in page


def test_the_inbox_is_complete_in_chinese(
    office: Office, people: People, browser: Callable[..., Browser]
) -> None:
    (case,) = office.receive(LIFT)

    page = browser(people.alice, locale="zh_CN").get(f"/inbox?view=all&case={case}").text

    assert "推荐答案" in page
    assert "待认领" in page
    assert "提交审核" in page
