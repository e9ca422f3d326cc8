"""The pages of time limits: the table, a change with its preview, putting it in force."""

from collections.abc import Callable
from datetime import date

import pytest
from flask import Flask

from sla.deadlines import DeadlineStart, start_deadlines
from sla.models import Clock
from sla.policies import load_policies
from sla.policy import Facts
from sla.views import deadlines_of
from tests.web.people import NOW, Browser, People

Open = Callable[..., Browser]
TODAY = NOW.date()


@pytest.fixture
def gu(people: People, browser: Open, defaults: None) -> Browser:
    return browser(people.gu)


@pytest.fixture
def running_complaint(app: Flask, gu: Browser) -> int:
    """A case under the policy of complaints, received this morning."""
    with app.extensions["minhu"].database.transaction() as session:
        policy = load_policies(session, on=NOW.date()).match(Facts(kind="complaint"))
        calendar = app.extensions["minhu"].knowledge.calendar(session, now=NOW)
        start_deadlines(session, [DeadlineStart(7, Clock.resolve, policy, NOW)], calendar)
    return 7


def due_on(app: Flask, case_id: int) -> date:
    with app.extensions["minhu"].database.reading() as session:
        (deadline,) = deadlines_of(session, [case_id])[case_id]
    return deadline.due_at.date()


def test_table_says_limits_in_words_with_their_source(gu: Browser, people: People, browser: Open) -> None:
    english = gu.get("/policies").text
    chinese = browser(people.gu, locale="zh_CN").get("/policies").text

    assert "2 working days" in english
    assert "乐清" in english
    assert "5 个工作日" in chinese
    assert "本系统建议" in chinese


def test_officer_reads_the_table_but_cannot_change_it(people: People, browser: Open, defaults: None) -> None:
    alice = browser(people.alice)

    assert alice.get("/policies").status_code == 200
    assert alice.get("/policies/complaint").status_code == 403
    assert alice.post("/policies/complaint", {"version": 1, "resolve": "3wd"}).status_code == 403


def test_preview_shows_what_moves_and_changes_nothing(
    app: Flask, gu: Browser, running_complaint: int
) -> None:
    before = due_on(app, running_complaint)

    page = gu.get("/policies/complaint/preview?version=1&resolve=2wd")

    assert page.status_code == 200
    assert "5 working days" in page.text
    assert "2 working days" in page.text
    assert due_on(app, running_complaint) == before


def test_running_deadlines_keep_their_limit_unless_asked(
    app: Flask, gu: Browser, running_complaint: int
) -> None:
    before = due_on(app, running_complaint)

    answered = gu.post("/policies/complaint", {"version": 1, "resolve": "2wd", "reason": "县政府要求"})

    assert answered.status_code == 302
    assert due_on(app, running_complaint) == before
    assert "县政府要求" in gu.get("/policies/complaint").text


def test_running_deadlines_move_when_asked(app: Flask, gu: Browser, running_complaint: int) -> None:
    gu.post("/policies/complaint", {"version": 1, "resolve": "2wd", "reason": "r", "move_running": "1"})

    assert due_on(app, running_complaint) == date(2026, 11, 24)


@pytest.mark.parametrize("limit", ["soon", "0wd", "-1h", "99999999wd", "5 days"])
def test_unreadable_limit_is_refused_with_what_was_typed(gu: Browser, limit: str) -> None:
    refused = gu.get("/policies/complaint/preview", query_string={"version": 1, "resolve": limit})

    assert refused.status_code == 422
    assert "Nothing was saved" in refused.text
    assert f'value="{limit}"' in refused.text


def test_two_people_changing_at_once_do_not_overwrite_each_other(gu: Browser) -> None:
    gu.post("/policies/complaint", {"version": 1, "resolve": "4wd"})

    late = gu.post("/policies/complaint", {"version": 1, "resolve": "3wd"})

    assert late.status_code == 409
    assert "in the meantime" in late.text


def test_unchanged_policy_has_nothing_to_put_in_force(gu: Browser) -> None:
    assert "Nothing would change" in gu.get("/policies/complaint/preview?version=1").text


def test_unknown_policy_is_a_page_with_what_to_do(gu: Browser) -> None:
    assert gu.get("/policies/nothing").status_code == 404


def full_form(**changes: object) -> dict[str, object]:
    """Lay out the whole form of a policy as a browser sends it."""
    return {
        "version": 0,
        "conditions": 2,
        "used-0": "1",
        "kinds-0": ["help"],
        "channels-0": ["wechat", "weibo"],
        "departments-0": ["housing"],
        "departments_at_least-0": "1",
        "answered_by_kb-0": "",
        "kinds-1": [],
        "departments_at_least-1": "1",
        "name": "微信微博求助",
        "name_en": "Help asked on social media",
        "rank": "30",
        "effective_on": NOW.date().isoformat(),
        "resolve": "3wd",
        "accept": "2wh",
        "extension": "2wd",
        "warn": "60, 90",
        "after": "urge 1wd\nbulletin 3wd",
        **changes,
    }


def in_force(app: Flask, facts: Facts, on: date = TODAY) -> str:
    with app.extensions["minhu"].database.reading() as session:
        return load_policies(session, on=on).match(facts).code


def test_policy_for_a_channel_and_a_department_is_made_on_the_page(app: Flask, gu: Browser) -> None:
    preview = gu.get("/policies/preview", query_string={"code": "social_help", **full_form()})

    answered = gu.post("/policies/social_help", {**full_form(), "reason": "县政府要求"})

    assert preview.status_code == 200
    assert "Help asked on social media" in preview.text
    assert "Housing Bureau" in preview.text
    assert answered.status_code == 302
    assert in_force(app, Facts(kind="help", channel="weibo", department="housing")) == "social_help"
    assert in_force(app, Facts(kind="help", channel="portal", department="housing")) == "help"
    shown = gu.get("/policies/social_help").text
    assert 'value="60, 90"' in shown
    assert "bulletin 3wd" in shown


def test_policy_can_take_effect_later_and_moves_no_running_deadline(app: Flask, gu: Browser) -> None:
    later = date(2026, 12, 1)

    gu.post(
        "/policies/social_help",
        {**full_form(effective_on=later.isoformat()), "reason": "r", "move_running": "1"},
    )

    facts = Facts(kind="help", channel="weibo", department="housing")
    assert in_force(app, facts) == "help"
    assert in_force(app, facts, later) == "social_help"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"effective_on": "2026-11-19"}, "cannot take effect in the past"),
        ({"effective_on": "tomorrow"}, "Choose a day"),
        ({"rank": "high"}, "Write one whole number"),
        ({"warn": "half"}, "Write whole numbers"),
        ({"warn": "120"}, "between 1 and 99"),
        ({"after": "urge soon"}, "cannot be used"),
        ({"used-0": ""}, "matches nothing"),
        ({"rank": "10", "channels-0": [], "departments-0": []}, "same rank"),
    ],
)
def test_policy_that_cannot_be_is_refused_with_what_was_typed(
    gu: Browser, change: dict[str, object], words: str
) -> None:
    refused = gu.get("/policies/preview", query_string={"code": "social_help", **full_form(**change)})

    assert refused.status_code in {409, 422}
    assert words in refused.text
    assert "微信微博求助" in refused.text


def test_policy_ends_and_the_next_one_takes_its_cases(app: Flask, gu: Browser) -> None:
    assert gu.get("/policies/complaint/retire").status_code == 200

    gu.post("/policies/complaint/retire")

    assert in_force(app, Facts(kind="complaint")) == "other"
    assert gu.post("/policies/other/retire").status_code == 422
