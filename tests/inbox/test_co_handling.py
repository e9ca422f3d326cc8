"""Lead and co-handlers: what the other department sees, what the reply waits for, and what time it gets."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlmodel import Session, col, select

from inbox.access import get_case
from inbox.case_lists import View, count_views, list_cases
from inbox.cases import add_note, change_kind, close_case, hand_over_case, set_sensitive
from inbox.co_handling import (
    Request,
    co_handlers_of,
    name_co_handler,
    release_co_handler,
    sign_part,
    time_out_co_handlers,
)
from inbox.errors import CaseNotFound, MessageRefused, NotAllowed, ReplyIncomplete, SelfReview, WrongState
from inbox.kinds import Kind
from inbox.models import Case, CaseEvent, CaseState
from inbox.notices import list_notices
from inbox.replies import approve_reply, current_reply, save_draft, submit_reply
from inbox.together_models import PartState
from routing.departments import close_department
from sla.models import Clock
from sla.views import deadlines_of
from tests.inbox.conftest import NOW, TownHall

REPLY = "您好，电梯由物业公司负责检修，消防通道由公安部门核查，咨询电话0000-6000001。"
DAY = timedelta(days=1)


@pytest.fixture
def case(town_hall: TownHall) -> Case:
    """A case that housing has."""
    (case,) = town_hall.receive("小区电梯坏了没人修")
    return case


def police(town_hall: TownHall, due_at: datetime | None = None) -> Request:
    """Ask the police for their part."""
    return Request(town_hall.police.id or 0, "请核查消防通道占用", due_at)


def submit(town_hall: TownHall, case: Case, now: datetime = NOW, text: str = REPLY) -> None:
    """Let Alice submit a reply."""
    reply = current_reply(town_hall.session, case)
    version = reply.version if reply else 0
    submit_reply(town_hall.session, town_hall.alice, case.id or 0, text, expected_version=version, now=now)


def last_event(session: Session, case: Case, kind: str) -> CaseEvent:
    """Return the newest event of a kind."""
    query = select(CaseEvent).where(CaseEvent.case_id == case.id, CaseEvent.kind == kind)
    found = session.exec(query.order_by(col(CaseEvent.id).desc())).first()
    assert found is not None
    return found


def test_a_second_department_brings_the_time_limit_of_several(town_hall: TownHall, case: Case) -> None:
    session = town_hall.session
    before = {view.clock: view.due_at for view in deadlines_of(session, [case.id or 0])[case.id or 0]}

    row = name_co_handler(session, town_hall.dong, case.id or 0, police(town_hall), now=NOW)

    after = {view.clock: view for view in deadlines_of(session, [case.id or 0])[case.id or 0]}
    assert after[Clock.resolve].limit == "15wd"
    assert after[Clock.resolve].due_at > before[Clock.resolve]
    assert after[Clock.total].due_at == before[Clock.total]
    assert row.due_at == after[Clock.co_handle].due_at
    assert after[Clock.co_handle].limit == "5wd"


def test_the_co_handler_reads_the_case_and_changes_only_its_part(town_hall: TownHall, case: Case) -> None:
    session, dai, case_id = town_hall.session, town_hall.dai, case.id or 0
    with pytest.raises(CaseNotFound):
        get_case(session, dai, case_id)

    row = name_co_handler(session, town_hall.alice, case_id, police(town_hall), now=NOW)

    assert get_case(session, dai, case_id).id == case_id
    add_note(session, dai, case_id, "已派人去看", now=NOW)
    for act in (
        lambda: save_draft(session, dai, case_id, REPLY, expected_version=0, now=NOW),
        lambda: change_kind(session, dai, case_id, Kind.OTHER, now=NOW),
        lambda: set_sensitive(session, dai, case_id, True, now=NOW),
        lambda: hand_over_case(session, dai, case_id, dai.officer_id, now=NOW),
        lambda: close_case(session, dai, case_id, now=NOW),
        lambda: name_co_handler(session, dai, case_id, police(town_hall), now=NOW),
        lambda: release_co_handler(session, dai, row.id or 0, reason="不需要", now=NOW),
    ):
        with pytest.raises((CaseNotFound, NotAllowed)):
            act()
    with pytest.raises(NotAllowed):
        sign_part(session, town_hall.alice, row.id or 0, "代签", now=NOW)
    release_co_handler(session, town_hall.alice, row.id or 0, reason="不需要", now=NOW)
    with pytest.raises(CaseNotFound):
        get_case(session, dai, case_id)


def test_the_co_handlers_list_and_notice_show_the_case_until_it_has_signed(
    town_hall: TownHall, case: Case
) -> None:
    session, dai = town_hall.session, town_hall.dai
    row = name_co_handler(session, town_hall.alice, case.id or 0, police(town_hall), now=NOW)

    listed = list_cases(session, dai, View.CO_HANDLING, now=NOW, end_of_day=NOW + DAY)
    told = list_notices(session, dai).notices[0]
    assert [line.id for line in listed.rows] == [case.id]
    assert (told.kind, told.tracking_code) == ("co_handler_named", case.tracking_code)
    assert count_views(session, dai, now=NOW, end_of_day=NOW + DAY)[View.CO_HANDLING] == 1
    assert list_cases(session, dai, View.ALL, now=NOW, end_of_day=NOW + DAY).total == 0

    sign_part(session, dai, row.id or 0, "通道已核查", now=NOW)

    assert count_views(session, dai, now=NOW, end_of_day=NOW + DAY)[View.CO_HANDLING] == 0


def test_the_reply_waits_for_the_part_and_the_record_says_who_contributed(
    town_hall: TownHall, case: Case
) -> None:
    session = town_hall.session
    row = name_co_handler(session, town_hall.alice, case.id or 0, police(town_hall), now=NOW)
    with pytest.raises(ReplyIncomplete) as refused:
        submit(town_hall, case)
    assert refused.value.params["department_ids"] == [town_hall.police.id]
    assert case.state == CaseState.DRAFTING

    sign_part(session, town_hall.dai, row.id or 0, "消防通道11月18日核查，无占用。", now=NOW)
    submit(town_hall, case)

    assert case.state == CaseState.IN_REVIEW
    assert last_event(session, case, "submitted").params == {"contributed": [town_hall.police.id]}
    reply = current_reply(session, case)
    assert reply is not None
    assert town_hall.dai.officer_id in reply.contributor_ids
    clocks = {view.clock: view for view in deadlines_of(session, [case.id or 0])[case.id or 0]}
    assert clocks[Clock.co_handle].met_at == NOW


def test_whoever_signed_a_part_does_not_approve_the_reply(town_hall: TownHall, case: Case) -> None:
    session = town_hall.session
    row = name_co_handler(session, town_hall.alice, case.id or 0, police(town_hall), now=NOW)
    sign_part(session, town_hall.dai, row.id or 0, "通道已核查", now=NOW)
    submit(town_hall, case)
    both = type(town_hall.dai)(
        town_hall.dai.officer_id, town_hall.housing.id, town_hall.bob.roles | town_hall.dai.roles
    )

    with pytest.raises(SelfReview):
        approve_reply(session, both, case.id or 0, version=1, now=NOW)


@pytest.mark.parametrize("swept", [True, False])
def test_after_its_time_the_reply_goes_on_and_says_who_did_not_answer(
    town_hall: TownHall, case: Case, later: Callable[[float], datetime], swept: bool
) -> None:
    session = town_hall.session
    due_at = later(24)
    name_co_handler(session, town_hall.alice, case.id or 0, police(town_hall, due_at), now=NOW)
    with pytest.raises(ReplyIncomplete):
        submit(town_hall, case, now=due_at)
    late = due_at + timedelta(seconds=1)
    if swept:
        assert time_out_co_handlers(session, now=late) == 1
        assert time_out_co_handlers(session, now=late) == 0

    submit(town_hall, case, now=late)

    assert case.state == CaseState.IN_REVIEW
    assert last_event(session, case, "submitted").params == {"silent": [town_hall.police.id]}
    assert last_event(session, case, "part_timed_out").params["department_id"] == town_hall.police.id


def test_a_part_signed_late_is_still_taken_while_the_reply_is_written(
    town_hall: TownHall, case: Case, later: Callable[[float], datetime]
) -> None:
    session = town_hall.session
    row = name_co_handler(session, town_hall.alice, case.id or 0, police(town_hall, later(1)), now=NOW)
    time_out_co_handlers(session, now=later(2))

    assert (
        sign_part(session, town_hall.dai, row.id or 0, "通道已核查", now=later(3)).state == PartState.SIGNED
    )
    submit(town_hall, case, now=later(4))
    with pytest.raises(WrongState):
        sign_part(session, town_hall.dai, row.id or 0, "改一下", now=later(5))


def test_a_released_department_holds_nothing_up_and_can_be_asked_again(
    town_hall: TownHall, case: Case
) -> None:
    session = town_hall.session
    row = name_co_handler(session, town_hall.alice, case.id or 0, police(town_hall), now=NOW)
    with pytest.raises(MessageRefused):
        release_co_handler(session, town_hall.alice, row.id or 0, reason=" ", now=NOW)
    release_co_handler(session, town_hall.alice, row.id or 0, reason="不涉及", now=NOW)
    with pytest.raises(WrongState):
        sign_part(
            session,
            town_hall.sun.__class__(
                town_hall.dai.officer_id, town_hall.police.id, town_hall.dai.roles | town_hall.sun.roles
            ),
            row.id or 0,
            "通道已核查",
            now=NOW,
        )

    again = name_co_handler(session, town_hall.alice, case.id or 0, police(town_hall), now=NOW)

    assert (again.id, again.state) == (row.id, PartState.ASKED)
    assert len(co_handlers_of(session, case)) == 1


def test_what_cannot_be_asked_is_refused(town_hall: TownHall, case: Case) -> None:
    session, case_id = town_hall.session, case.id or 0
    name_co_handler(session, town_hall.alice, case_id, police(town_hall), now=NOW)
    for request, reason in (
        (Request(town_hall.housing.id or 0, "请核查"), "co_handler_lead"),
        (police(town_hall), "co_handler_already"),
        (Request(4711, "请核查"), "department_closed"),
    ):
        with pytest.raises(MessageRefused, match=reason):
            name_co_handler(session, town_hall.alice, case_id, request, now=NOW)


def test_a_co_handler_that_is_closed_meanwhile_times_out_like_any_other(
    town_hall: TownHall, case: Case, later: Callable[[float], datetime]
) -> None:
    session = town_hall.session
    name_co_handler(session, town_hall.alice, case.id or 0, police(town_hall, later(24)), now=NOW)
    close_department(session, town_hall.police.id or 0, now=NOW)

    assert time_out_co_handlers(session, now=later(25)) == 1
    submit(town_hall, case, now=later(26))

    assert case.state == CaseState.IN_REVIEW
