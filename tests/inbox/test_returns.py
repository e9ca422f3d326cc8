"""Returning a case and deciding about it: who may, until when, what stands still, and where it ends."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text
from sqlmodel import Session, col, select

from inbox.cases import assign_case, claim_case
from inbox.citizen_view import tracked_case
from inbox.errors import MessageRefused, NotAllowed, WrongState
from inbox.models import Case, CaseEvent, CaseReturn, CaseState, ReturnState
from inbox.replies import save_draft
from inbox.return_queue import (
    ReturnFilter,
    list_returns,
    rates_by_department,
    rates_by_duty,
    return_queue,
)
from inbox.returns import Grounds, ask_return, refuse_return, uphold_return, withdraw_return
from routing.departments import close_department
from routing.models import Duty
from sla.models import Clock, PauseReason
from sla.views import DeadlineView, deadlines_of, pauses_of
from tests.inbox.conftest import NOW, TownHall

BASIS = Grounds("《住建局职责规定》第三条")
DAY = timedelta(days=1)


@pytest.fixture
def case(town_hall: TownHall) -> Case:
    """A case that routing gave to housing at ten on a Wednesday."""
    (case,) = town_hall.receive("小区电梯坏了没人修")
    assert case.department_id == town_hall.housing.id
    return case


def clock(session: Session, case: Case, wanted: Clock) -> DeadlineView:
    """Return the newest round of a clock of the case."""
    return [view for view in deadlines_of(session, [case.id or 0])[case.id or 0] if view.clock == wanted][-1]


def last_event(session: Session, case: Case) -> CaseEvent:
    """Return what happened last."""
    query = select(CaseEvent).where(CaseEvent.case_id == case.id).order_by(col(CaseEvent.id).desc())
    found = session.exec(query).first()
    assert found is not None
    return found


def test_who_asked_takes_the_return_back_and_the_clocks_go_on(town_hall: TownHall, case: Case) -> None:
    session, case_id = town_hall.session, case.id or 0
    save_draft(session, town_hall.alice, case_id, "正在核实", expected_version=0, now=NOW)
    before = clock(session, case, Clock.resolve).due_at
    asked = ask_return(session, town_hall.alice, case_id, BASIS, now=NOW)

    withdraw_return(session, town_hall.alice, case_id, now=NOW + timedelta(minutes=30))

    assert (case.state, case.department_id) == (CaseState.DRAFTING, town_hall.housing.id)
    assert asked.state == ReturnState.WITHDRAWN
    assert return_queue(session, town_hall.dong) == []
    assert clock(session, case, Clock.arbitration).cancelled_at == NOW + timedelta(minutes=30)
    assert clock(session, case, Clock.resolve).paused_at is None
    assert clock(session, case, Clock.resolve).due_at >= before
    assert case.next_clock != Clock.arbitration.value
    event = last_event(session, case)
    assert (event.kind, event.actor_id) == ("return_withdrawn", town_hall.alice.officer_id)
    with pytest.raises(WrongState):
        uphold_return(session, town_hall.dong, asked.id or 0, department_id=None, now=NOW + DAY)


def test_a_return_taken_back_is_no_returned_case_but_one_of_the_two(town_hall: TownHall, case: Case) -> None:
    session, case_id = town_hall.session, case.id or 0
    for _ in range(2):
        ask_return(session, town_hall.alice, case_id, BASIS, now=NOW)
        withdraw_return(session, town_hall.alice, case_id, now=NOW)

    with pytest.raises(MessageRefused) as error:
        ask_return(session, town_hall.alice, case_id, BASIS, now=NOW)
    assert error.value.reason == "return_again"
    assert case.return_count == 0
    (rate,) = rates_by_department(session, town_hall.dong, ReturnFilter(NOW - DAY, NOW + DAY))
    assert (rate.returned, rate.waiting, rate.upheld, rate.refused) == (0, 0, 0, 0)


def test_only_who_asked_takes_it_back_and_only_before_the_decision(town_hall: TownHall, case: Case) -> None:
    session, case_id = town_hall.session, case.id or 0
    with pytest.raises(WrongState):
        withdraw_return(session, town_hall.alice, case_id, now=NOW)
    asked = ask_return(session, town_hall.alice, case_id, BASIS, now=NOW)
    with pytest.raises(NotAllowed):
        withdraw_return(session, town_hall.ann, case_id, now=NOW)
    refuse_return(session, town_hall.dong, asked.id or 0, reason="属物业管理", now=NOW)

    with pytest.raises(WrongState):
        withdraw_return(session, town_hall.alice, case_id, now=NOW)


def test_an_upheld_return_goes_to_the_right_department_and_routing_can_learn_from_it(
    town_hall: TownHall, case: Case
) -> None:
    session = town_hall.session
    duty = session.exec(select(Duty).where(Duty.code == "police-1")).one()

    asked = ask_return(session, town_hall.alice, case.id or 0, Grounds(duty_id=duty.id), now=NOW)
    assert (case.state, case.department_id) == (CaseState.ARBITRATION, town_hall.housing.id)
    assert (asked.to_department_id, asked.basis) == (town_hall.police.id, "户籍管理")

    uphold_return(
        session,
        town_hall.dong,
        asked.id or 0,
        department_id=town_hall.police.id,
        now=NOW + timedelta(hours=1),
    )

    assert (case.state, case.department_id) == (CaseState.ASSIGNED, town_hall.police.id)
    event = session.exec(
        select(CaseEvent).where(CaseEvent.case_id == case.id, CaseEvent.kind == "returned")
    ).one()
    assert event.params["from_department_id"] == town_hall.housing.id
    assert event.params["to_department_id"] == town_hall.police.id
    assert event.params["duty_id"] == duty.id


def test_the_handling_clock_stands_still_while_it_is_decided_and_the_citizens_never_does(
    town_hall: TownHall, case: Case
) -> None:
    session = town_hall.session
    before = {c: clock(session, case, c).due_at for c in (Clock.resolve, Clock.total)}

    asked = ask_return(session, town_hall.alice, case.id or 0, BASIS, now=NOW)
    assert [pause.reason for pause in pauses_of(session, case.id or 0)] == [PauseReason.arbitration]
    assert clock(session, case, Clock.resolve).paused_at == NOW
    assert clock(session, case, Clock.total).paused_at is None
    assert case.next_clock == Clock.arbitration.value
    assert asked.due_at == case.next_due_at == clock(session, case, Clock.arbitration).due_at

    refuse_return(session, town_hall.sun, asked.id or 0, reason="属物业管理", now=NOW + DAY)

    assert clock(session, case, Clock.arbitration).met_at == NOW + DAY
    assert clock(session, case, Clock.resolve).due_at > before[Clock.resolve]
    assert clock(session, case, Clock.total).due_at == before[Clock.total]
    assert case.next_clock != Clock.arbitration.value


@pytest.mark.parametrize("late", [timedelta(0), timedelta(seconds=1)])
def test_a_return_is_taken_until_the_end_of_the_next_working_day(
    town_hall: TownHall, case: Case, late: timedelta
) -> None:
    assert case.return_until is not None
    assert case.return_until.date() == (NOW + DAY).date()
    at = case.return_until + late

    if late:
        with pytest.raises(MessageRefused, match="return_too_late"):
            ask_return(town_hall.session, town_hall.alice, case.id or 0, BASIS, now=at)
    else:
        ask_return(town_hall.session, town_hall.alice, case.id or 0, BASIS, now=at)


def test_the_time_for_a_return_begins_anew_with_each_department(
    town_hall: TownHall, case: Case, later: Callable[[float], datetime]
) -> None:
    assign_case(town_hall.session, town_hall.dong, case.id or 0, town_hall.police.id or 0, now=later(24 * 5))

    asked = ask_return(town_hall.session, town_hall.dai, case.id or 0, BASIS, now=later(24 * 5 + 1))

    assert asked.from_department_id == town_hall.police.id


def test_a_refused_return_needs_a_reason_and_ends_the_matter(town_hall: TownHall, case: Case) -> None:
    session = town_hall.session
    save_draft(session, town_hall.alice, case.id or 0, "您好", expected_version=0, now=NOW)
    asked = ask_return(session, town_hall.alice, case.id or 0, BASIS, now=NOW)
    with pytest.raises(MessageRefused, match="reason_missing"):
        refuse_return(session, town_hall.dong, asked.id or 0, reason=" ", now=NOW)

    refuse_return(session, town_hall.dong, asked.id or 0, reason="属物业管理", now=NOW)

    assert (case.state, case.department_id) == (CaseState.DRAFTING, town_hall.housing.id)
    with pytest.raises(MessageRefused, match="return_again"):
        ask_return(session, town_hall.alice, case.id or 0, BASIS, now=NOW)


def test_a_circle_of_returns_ends_after_the_second(town_hall: TownHall, case: Case) -> None:
    session, housing, police = town_hall.session, town_hall.housing.id, town_hall.police.id
    for who, target in ((town_hall.alice, police), (town_hall.dai, housing)):
        asked = ask_return(session, who, case.id or 0, Grounds("第三条", department_id=target), now=NOW)
        uphold_return(session, town_hall.sun, asked.id or 0, department_id=target, now=NOW)

    assert case.department_id == housing
    assert case.return_count == 2
    with pytest.raises(MessageRefused, match="return_again"):
        ask_return(session, town_hall.alice, case.id or 0, BASIS, now=NOW)
    arbitrations = [
        view
        for view in deadlines_of(session, [case.id or 0])[case.id or 0]
        if view.clock == Clock.arbitration
    ]
    assert [view.round for view in arbitrations] == [1, 2]
    assert all(view.met_at == NOW for view in arbitrations)


def test_grounds_that_name_nothing_or_the_own_department_are_refused(town_hall: TownHall, case: Case) -> None:
    session = town_hall.session
    own = session.exec(select(Duty).where(Duty.code == "housing-1")).one()
    for grounds, reason in (
        (Grounds("  "), "basis_missing"),
        (Grounds(duty_id=own.id), "own_duty"),
        (Grounds(duty_id=4711), "own_duty"),
        (Grounds("第三条", department_id=town_hall.housing.id), "return_to_sender"),
        (Grounds("第三条", department_id=4711), "department_closed"),
    ):
        with pytest.raises(MessageRefused, match=reason):
            ask_return(session, town_hall.alice, case.id or 0, grounds, now=NOW)
    assert case.state == CaseState.ASSIGNED


def test_nobody_decides_about_a_return_of_their_own_and_officers_never(
    town_hall: TownHall, case: Case
) -> None:
    session = town_hall.session
    asked = ask_return(session, town_hall.alice, case.id or 0, BASIS, now=NOW)
    both = type(town_hall.alice)(
        town_hall.alice.officer_id, town_hall.housing.id, town_hall.dong.roles | town_hall.alice.roles
    )

    for who in (town_hall.ann, both):
        with pytest.raises(NotAllowed):
            uphold_return(session, who, asked.id or 0, department_id=None, now=NOW)
    with pytest.raises(NotAllowed):
        return_queue(session, town_hall.alice)


def test_nothing_else_happens_to_a_case_whose_return_is_being_decided(
    town_hall: TownHall, case: Case
) -> None:
    session = town_hall.session
    ask_return(session, town_hall.alice, case.id or 0, BASIS, now=NOW)

    with pytest.raises(WrongState):
        save_draft(session, town_hall.alice, case.id or 0, "您好", expected_version=0, now=NOW)
    with pytest.raises(WrongState):
        assign_case(session, town_hall.dong, case.id or 0, town_hall.police.id or 0, now=NOW)
    with pytest.raises(WrongState):
        ask_return(session, town_hall.ann, case.id or 0, BASIS, now=NOW)
    assert claim_case(session, town_hall.ann, case.id or 0, now=NOW) is False


def test_of_two_decisions_the_first_counts(town_hall: TownHall, case: Case) -> None:
    session = town_hall.session
    asked = ask_return(session, town_hall.alice, case.id or 0, BASIS, now=NOW)

    uphold_return(session, town_hall.dong, asked.id or 0, department_id=town_hall.police.id, now=NOW)
    with pytest.raises(WrongState):
        refuse_return(session, town_hall.sun, asked.id or 0, reason="属物业管理", now=NOW)

    assert case.department_id == town_hall.police.id
    assert session.get_one(CaseReturn, asked.id).state == ReturnState.UPHELD


def test_a_department_closed_meanwhile_neither_gets_nor_keeps_the_case(
    town_hall: TownHall, case: Case
) -> None:
    session = town_hall.session
    asked = ask_return(session, town_hall.alice, case.id or 0, BASIS, now=NOW)
    close_department(session, town_hall.police.id or 0, now=NOW)
    close_department(session, town_hall.housing.id or 0, now=NOW)

    with pytest.raises(MessageRefused, match="department_closed"):
        uphold_return(session, town_hall.dong, asked.id or 0, department_id=town_hall.police.id, now=NOW)
    with pytest.raises(MessageRefused, match="department_closed"):
        refuse_return(session, town_hall.dong, asked.id or 0, reason="属物业管理", now=NOW)
    uphold_return(session, town_hall.dong, asked.id or 0, department_id=None, now=NOW)

    assert (case.state, case.department_id) == (CaseState.TRIAGE_DESK, None)


def test_the_citizen_submits_once_and_sees_one_plain_line_about_it(town_hall: TownHall, case: Case) -> None:
    session = town_hall.session
    for who, target in ((town_hall.alice, town_hall.police.id), (town_hall.dai, None)):
        asked = ask_return(session, who, case.id or 0, BASIS, now=NOW)
        uphold_return(session, town_hall.dong, asked.id or 0, department_id=target, now=NOW)

    seen = [event.kind for event in tracked_case(session, case.tracking_code).events]

    assert seen.count("return_asked") == 2
    assert "returned" not in seen
    assert session.scalar(text("select count(*) from messages")) == 1


def test_the_queue_and_the_rates_lead_to_the_same_returns(town_hall: TownHall) -> None:
    session = town_hall.session
    cases = town_hall.receive(
        "小区电梯坏了没人修", "小区物业乱收费怎么办", "小区楼道灯坏了", "居住证怎么办理"
    )
    asked = [ask_return(session, town_hall.alice, case.id or 0, BASIS, now=NOW) for case in cases[:3]]
    assert [view.case_id for view in return_queue(session, town_hall.dong)] == [c.id for c in cases[:3]]
    uphold_return(session, town_hall.dong, asked[0].id or 0, department_id=town_hall.police.id, now=NOW)
    refuse_return(session, town_hall.dong, asked[1].id or 0, reason="属物业管理", now=NOW)
    chosen = ReturnFilter(NOW - DAY, NOW + DAY)

    by_department = {rate.key: rate for rate in rates_by_department(session, town_hall.sun, chosen)}
    by_duty = {rate.key: rate for rate in rates_by_duty(session, town_hall.sun, chosen)}

    housing, police = by_department[town_hall.housing.id or 0], by_department[town_hall.police.id or 0]
    assert (housing.assigned, housing.returned, housing.upheld, housing.refused, housing.waiting) == (
        3,
        3,
        1,
        1,
        1,
    )
    assert (police.assigned, police.returned, police.rate) == (2, 0, 0.0)
    assert by_duty["物业管理"].returned == 3
    behind = list_returns(
        session,
        town_hall.sun,
        ReturnFilter(NOW - DAY, NOW + DAY, town_hall.housing.id, "物业管理", ReturnState.UPHELD),
    )
    assert [view.case_id for view in behind] == [cases[0].id]
    with pytest.raises(NotAllowed):
        list_returns(session, town_hall.alice, chosen)
