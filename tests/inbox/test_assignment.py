"""Assignment inside a department: by roster, by load, by hand; absence and hand-over in one act."""

from datetime import timedelta

import pytest
from sqlmodel import col, select

from inbox.assignment import Away, come_back, give_out, go_away
from inbox.cases import assign_case, claim_case, recall_case
from inbox.errors import NotAllowed, WrongState
from inbox.models import CaseEvent, CaseState
from inbox.notices import list_notices
from routing.models import Duty
from routing.roster_editing import choose_way, set_answerers, set_standing_order
from routing.roster_models import AssignmentWay
from tests.inbox.conftest import NOW, TownHall

DAY = timedelta(days=1)
LIFT = "小区电梯坏了没人修"


def events(town_hall: TownHall, case_id: int | None) -> list[str]:
    """Return what happened to a case, oldest first."""
    query = select(CaseEvent.kind).where(CaseEvent.case_id == case_id).order_by(col(CaseEvent.id))
    return list(town_hall.session.exec(query).all())


def test_by_hand_nobody_gets_a_case_until_they_take_it(town_hall: TownHall) -> None:
    (case,) = town_hall.receive(LIFT)

    assert case.assignee_id is None
    assert claim_case(town_hall.session, town_hall.alice, case.id or 0, now=NOW)


def test_by_load_a_batch_is_shared_out_evenly(town_hall: TownHall) -> None:
    choose_way(town_hall.session, town_hall.housing.id or 0, AssignmentWay.LOAD)

    cases = town_hall.receive(*(f"{LIFT}，{n}号楼" for n in range(4)))

    holders = [case.assignee_id for case in cases]
    assert sorted(holders) == sorted([town_hall.alice.officer_id, town_hall.ann.officer_id] * 2)
    assert events(town_hall, cases[0].id)[-1] == "given"
    assert list_notices(town_hall.session, town_hall.alice).notices[0].kind == "given"


def test_by_roster_the_duty_goes_before_who_is_on_duty(town_hall: TownHall) -> None:
    session, housing = town_hall.session, town_hall.housing.id or 0
    choose_way(session, housing, AssignmentWay.ROSTER)
    set_standing_order(session, housing, [town_hall.ann.officer_id], now=NOW - DAY)
    (first,) = town_hall.receive(LIFT)
    duty = session.exec(select(Duty).where(Duty.code == "housing-1")).one()
    set_answerers(session, duty.id or 0, [town_hall.alice.officer_id])

    (second,) = town_hall.receive(f"{LIFT}，请尽快")

    assert first.assignee_id == town_hall.ann.officer_id
    assert second.assignee_id == town_hall.alice.officer_id


def test_whoever_is_away_gets_nothing_and_a_given_case_can_be_recalled(town_hall: TownHall) -> None:
    session = town_hall.session
    choose_way(session, town_hall.housing.id or 0, AssignmentWay.LOAD)
    away = Away(NOW - DAY, NOW + DAY, town_hall.ann.officer_id)
    go_away(session, town_hall.alice, town_hall.alice.officer_id, away, now=NOW)

    (case,) = town_hall.receive(LIFT)
    assert case.assignee_id == town_hall.ann.officer_id

    recall_case(session, town_hall.dong, case.id or 0, now=NOW)
    assert (case.state, case.assignee_id) == (CaseState.TRIAGE_DESK, None)
    assign_case(session, town_hall.dong, case.id or 0, town_hall.housing.id or 0, now=NOW)
    assert case.assignee_id == town_hall.ann.officer_id


def test_a_case_somebody_has_begun_is_not_recalled_nor_given_out_again(town_hall: TownHall) -> None:
    session = town_hall.session
    (case,) = town_hall.receive(LIFT)
    claim_case(session, town_hall.alice, case.id or 0, now=NOW)
    choose_way(session, town_hall.housing.id or 0, AssignmentWay.LOAD)

    assert give_out(session, [case.id or 0], now=NOW) == 0
    with pytest.raises(WrongState):
        recall_case(session, town_hall.dong, case.id or 0, now=NOW)


def test_a_department_without_officers_leaves_its_cases_to_be_claimed(town_hall: TownHall) -> None:
    session = town_hall.session
    choose_way(session, town_hall.police.id or 0, AssignmentWay.LOAD)
    away = Away(NOW - DAY, NOW + DAY)
    go_away(session, town_hall.dai, town_hall.dai.officer_id, away, now=NOW)

    (case,) = town_hall.receive("居住证怎么办理")

    assert (case.department_id, case.assignee_id) == (town_hall.police.id, None)


def test_an_absence_hands_the_open_cases_over_in_one_act(town_hall: TownHall) -> None:
    session, alice, ann = town_hall.session, town_hall.alice, town_hall.ann
    (case,) = town_hall.receive(LIFT)
    claim_case(session, alice, case.id or 0, now=NOW)

    absence, moved = go_away(
        session,
        alice,
        alice.officer_id,
        Away(NOW, NOW + 5 * DAY, ann.officer_id, "年休假", hand_over=True),
        now=NOW,
    )

    session.refresh(case)
    assert (moved, case.assignee_id) == (1, ann.officer_id)
    assert events(town_hall, case.id)[-1] == "handed_over"
    come_back(session, alice, absence.id or 0, now=NOW + DAY)
    assert absence.ends_at == NOW + DAY


def test_absences_of_others_are_for_who_keeps_the_roster(town_hall: TownHall) -> None:
    session, alice = town_hall.session, town_hall.alice
    away = Away(NOW, NOW + DAY)
    for stranger in (town_hall.ann, town_hall.dai, town_hall.dong):
        with pytest.raises(NotAllowed):
            go_away(session, stranger, alice.officer_id, away, now=NOW)

    absence, _moved = go_away(session, town_hall.bob, alice.officer_id, away, now=NOW)

    with pytest.raises(NotAllowed):
        come_back(session, town_hall.dai, absence.id or 0, now=NOW)
    come_back(session, town_hall.sun, absence.id or 0, now=NOW)
