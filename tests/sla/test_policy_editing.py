"""Editing policies: versions, previews, what running deadlines keep."""

from collections.abc import Callable
from datetime import date

import pytest
from sqlmodel import Session

from sla.audit import mismatches
from sla.calendar import WorkingCalendar
from sla.errors import BadPolicy, PoliciesTie, StalePolicy, UnknownPolicy
from sla.models import ChangeReason, Clock, FactKind
from sla.policies import load_policies
from sla.policy import Facts
from sla.policy_editing import (
    changed_policy,
    list_policies,
    policy_versions,
    preview_policy,
    publish_policy,
    retire_policy,
)
from sla.revisions import sla_revision
from sla.sweep import sweep
from sla.views import DeadlineView, changes_of, deadlines_of
from tests.sla.conftest import at

OpenCase = Callable[..., None]
RECEIVED, NOW, TODAY = at("2026-11-02 10:00"), at("2026-11-05 09:00"), date(2026, 11, 5)


def _view(session: Session, subject_id: int = 7) -> DeadlineView:
    views = deadlines_of(session, [subject_id])[subject_id]
    return next(view for view in views if view.clock is Clock.resolve)


def test_policies_are_listed_with_the_deadlines_that_run_under_them(
    county: Session, open_case: OpenCase
) -> None:
    open_case(7, RECEIVED)

    listed = {item.policy.code: item.open_deadlines for item in list_policies(county)}

    assert len(listed) == 13
    assert (listed["help"], listed["danger"]) == (4, 0)


def test_a_preview_shows_what_a_new_limit_does_to_open_deadlines_and_changes_nothing(
    county: Session, county_calendar: WorkingCalendar, open_case: OpenCase
) -> None:
    open_case(7, RECEIVED)
    open_case(8, at("2026-11-04 10:00"))
    policy = changed_policy(
        county, "help", {"limits": {"resolve": "2wd"}}, expected_version=1, effective_on=TODAY
    )

    preview = preview_policy(county, policy, county_calendar, now=NOW)

    assert preview.open_deadlines == 8
    assert [(move.subject_id, move.new_due_at, move.is_overdue) for move in preview.moves] == [
        (7, at("2026-11-04 17:30"), True),
        (8, at("2026-11-06 17:30"), False),
    ]
    assert preview.newly_overdue == 1
    assert [version.policy.version for version in policy_versions(county, "help")] == [1]


def test_running_deadlines_keep_their_version_unless_told_otherwise(
    county: Session, county_calendar: WorkingCalendar, open_case: OpenCase
) -> None:
    open_case(7, RECEIVED)
    policy = changed_policy(
        county, "help", {"limits": {"resolve": "2wd"}}, expected_version=1, effective_on=TODAY
    )
    revision = sla_revision(county)

    publish_policy(county, policy, county_calendar, now=NOW, actor_id=3, reason="县长办公会")

    assert _view(county).due_at == at("2026-11-09 17:30")
    book = load_policies(county, on=TODAY)
    assert str(book.match(Facts("help")).limits[Clock.resolve]) == "2wd"
    assert str(book.version(_view(county).policy_id or 0).limits[Clock.resolve]) == "5wd"
    newest = policy_versions(county, "help")[0]
    assert (newest.policy.version, newest.created_by, newest.reason) == (2, 3, "县长办公会")
    assert sla_revision(county) > revision


def test_running_deadlines_are_moved_when_told_to(
    county: Session, county_calendar: WorkingCalendar, open_case: OpenCase
) -> None:
    open_case(7, RECEIVED)
    sweep(county, now=NOW)
    policy = changed_policy(
        county, "help", {"limits": {"resolve": "2wd"}}, expected_version=1, effective_on=TODAY
    )

    done = publish_policy(county, policy, county_calendar, now=NOW, move_running=True)

    assert len(done.moves) == 1
    view = _view(county)
    assert (view.limit, view.due_at, view.policy_id) == ("2wd", at("2026-11-04 17:30"), done.policy.id)
    assert changes_of(county, 7)[0].reason is ChangeReason.policy_changed
    assert changes_of(county, 7)[0].params == {"policy": "help", "version": 2}
    found = {(fact.clock, fact.kind) for fact in sweep(county, now=NOW)}
    assert (Clock.resolve, FactKind.breached) in found
    assert not list(mismatches(county, county_calendar, now=NOW))


def test_a_change_takes_effect_on_its_date(county: Session, county_calendar: WorkingCalendar) -> None:
    policy = changed_policy(
        county, "help", {"limits": {"resolve": "3wd"}}, expected_version=1, effective_on=date(2027, 1, 1)
    )
    publish_policy(county, policy, county_calendar, now=NOW)

    def limit(on: date) -> str:
        return str(load_policies(county, on=on).match(Facts("help")).limits[Clock.resolve])

    assert (limit(date(2026, 12, 31)), limit(date(2027, 1, 1))) == ("5wd", "3wd")


def test_a_new_policy_by_topic_and_channel_needs_no_code(
    county: Session, county_calendar: WorkingCalendar
) -> None:
    changes = {
        "name": "微博供热投诉",
        "rank": 20,
        "conditions": [{"topics": ["heating"], "channels": ["weibo"], "kinds": ["complaint"]}],
        "limits": {"accept": "30wmin", "first_reply": "2wh", "resolve": "1wd"},
    }
    policy = changed_policy(county, "heating", changes, expected_version=0, effective_on=TODAY)
    publish_policy(county, policy, county_calendar, now=NOW)

    book = load_policies(county, on=TODAY)

    assert book.match(Facts("complaint", topic="heating", channel="weibo")).code == "heating"
    assert book.match(Facts("complaint", topic="heating", channel="douyin")).code == "complaint"


def test_an_empty_limit_removes_a_clock(county: Session) -> None:
    policy = changed_policy(
        county, "help", {"limits": {"call_back": ""}}, expected_version=1, effective_on=TODAY
    )

    assert Clock.call_back not in policy.limits


def test_two_editors_at_once_are_noticed(county: Session, county_calendar: WorkingCalendar) -> None:
    mine = changed_policy(
        county, "help", {"limits": {"resolve": "3wd"}}, expected_version=1, effective_on=TODAY
    )
    theirs = changed_policy(
        county, "help", {"limits": {"resolve": "4wd"}}, expected_version=1, effective_on=TODAY
    )
    publish_policy(county, theirs, county_calendar, now=NOW)

    with pytest.raises(StalePolicy, match="version 2, not 1"):
        publish_policy(county, mine, county_calendar, now=NOW)
    with pytest.raises(StalePolicy):
        changed_policy(county, "help", {}, expected_version=1, effective_on=TODAY)


def test_a_change_that_ties_with_another_policy_is_refused(county: Session) -> None:
    with pytest.raises(PoliciesTie, match=r"help and inquiry|inquiry and help"):
        changed_policy(
            county,
            "help",
            {"conditions": [{"kinds": ["help", "inquiry"]}]},
            expected_version=1,
            effective_on=TODAY,
        )


@pytest.mark.parametrize(
    "changes",
    [
        {"limits": {"resolve": "soon"}},
        {"limits": {"lunch": "1wd"}},
        {"limits": "5wd"},
        {"conditions": []},
        {"colour": "red"},
        {"extension": "0wd"},
        {
            "limits": {
                "accept": "",
                "first_reply": "",
                "resolve": "",
                "call_back": "",
                "total": "",
                "return": "",
                "arbitration": "",
            }
        },
    ],
)
def test_a_change_that_cannot_be_used_is_refused(county: Session, changes: dict[str, object]) -> None:
    with pytest.raises(BadPolicy):
        changed_policy(county, "help", changes, expected_version=1, effective_on=TODAY)


def test_a_retired_policy_is_not_chosen_any_more_but_its_deadlines_run_on(
    county: Session, county_calendar: WorkingCalendar, open_case: OpenCase
) -> None:
    open_case(7, RECEIVED)

    retire_policy(county, "help", on=TODAY)

    assert load_policies(county, on=TODAY).match(Facts("help")).code == "other"
    assert load_policies(county, on=date(2026, 11, 4)).match(Facts("help")).code == "help"
    found = [fact for fact in sweep(county, now=at("2026-12-31 09:00")) if fact.clock is Clock.resolve]
    assert [fact.step for fact in found] == ["50", "80", "due", "urge", "propose", "bulletin"]


def test_the_policy_that_covers_everything_else_cannot_be_retired(county: Session) -> None:
    with pytest.raises(BadPolicy, match="no policy"):
        retire_policy(county, "other", on=TODAY)


def test_an_unknown_policy_is_refused(county: Session) -> None:
    for call in (
        lambda: policy_versions(county, "nobody"),
        lambda: retire_policy(county, "nobody", on=TODAY),
        lambda: changed_policy(county, "nobody", {}, expected_version=1, effective_on=TODAY),
    ):
        with pytest.raises(UnknownPolicy):
            call()
