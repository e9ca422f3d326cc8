"""The triage desk: order, what lies open, returns, and an assignment taken back."""

import pytest

from inbox.case_lists import View, list_cases
from inbox.cases import assign_case, claim_case, recall_case
from inbox.errors import NotAllowed, WrongState
from inbox.models import CaseState
from inbox.returns import Grounds, ask_return, uphold_return
from inbox.triage_desk import triage_desk
from tests.inbox.conftest import NOW, TownHall

UNSURE = ("昨天看到一件事，不知道归谁管。", "这件事该问谁，请指个路。")


def test_the_case_that_falls_due_first_lies_open(town_hall: TownHall) -> None:
    first, second = town_hall.receive(*UNSURE)
    second.next_due_at = NOW

    desk = triage_desk(town_hall.session, town_hall.dong, None, now=NOW)

    assert [row.id for row in desk.rows] == [second.id, first.id]
    assert desk.open is not None
    assert desk.open.row.id == second.id
    assert desk.total == 2


def test_a_case_without_a_deadline_comes_before_all_others_on_both_databases(town_hall: TownHall) -> None:
    _timed, untimed = town_hall.receive(*UNSURE)
    untimed.next_due_at = None

    desk = triage_desk(town_hall.session, town_hall.dong, None, now=NOW)
    page = list_cases(town_hall.session, town_hall.dong, View.TRIAGE_DESK, now=NOW, end_of_day=NOW)

    assert desk.rows[0].id == untimed.id
    assert page.rows[0].id == untimed.id


def test_the_case_asked_for_lies_open_and_one_that_left_does_not(town_hall: TownHall) -> None:
    first, second = town_hall.receive(*UNSURE)

    asked = triage_desk(town_hall.session, town_hall.dong, second.id, now=NOW)
    assign_case(town_hall.session, town_hall.dong, second.id or 0, town_hall.housing.id or 0, now=NOW)
    left = triage_desk(town_hall.session, town_hall.dong, second.id, now=NOW)

    assert asked.open is not None
    assert asked.open.row.id == second.id
    assert left.open is not None
    assert left.open.row.id == first.id


def test_a_return_is_shown_with_who_gave_it_back_and_why(town_hall: TownHall) -> None:
    (case,) = town_hall.receive("小区电梯坏了没人修")
    asked = ask_return(
        town_hall.session, town_hall.alice, case.id or 0, Grounds("《职责规定》第三条"), now=NOW
    )
    uphold_return(town_hall.session, town_hall.dong, asked.id or 0, department_id=None, now=NOW)

    desk = triage_desk(town_hall.session, town_hall.dong, case.id, now=NOW)

    assert desk.open is not None
    (back,) = desk.open.returns
    assert (back.by, back.department_id, back.basis) == ("Dong", town_hall.housing.id, "《职责规定》第三条")
    assert desk.open.candidates[0].department_id == town_hall.housing.id


def test_an_empty_desk_has_nothing_open(town_hall: TownHall) -> None:
    desk = triage_desk(town_hall.session, town_hall.dong, None, now=NOW)

    assert (desk.rows, desk.total, desk.open) == ((), 0, None)


def test_only_dispatchers_and_supervisors_see_the_desk(town_hall: TownHall) -> None:
    with pytest.raises(NotAllowed):
        triage_desk(town_hall.session, town_hall.alice, None, now=NOW)


def test_an_assignment_is_taken_back_until_somebody_takes_it_on(town_hall: TownHall) -> None:
    (case,) = town_hall.receive("小区电梯坏了没人修")

    recall_case(town_hall.session, town_hall.dong, case.id or 0, now=NOW)
    assert (case.state, case.department_id) == (CaseState.TRIAGE_DESK, None)

    assign_case(town_hall.session, town_hall.dong, case.id or 0, town_hall.housing.id or 0, now=NOW)
    claim_case(town_hall.session, town_hall.alice, case.id or 0, now=NOW)
    with pytest.raises(WrongState):
        recall_case(town_hall.session, town_hall.dong, case.id or 0, now=NOW)
