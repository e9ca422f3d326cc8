"""Routing's odd ends: a department that closes with open cases, an empty catalogue, what a person chose."""

from dataclasses import replace

import pytest

from inbox.cases import assign_case
from inbox.errors import NotAllowed
from inbox.lessons import lessons
from inbox.models import CaseState
from inbox.triage import triage_cases
from routing.catalogue import Catalogue, load_catalogue
from routing.departments import close_department
from tests.inbox.conftest import NOW, TownHall


def test_open_cases_of_a_closed_department_stay_until_they_are_moved(town_hall: TownHall) -> None:
    (case,) = town_hall.receive("小区电梯坏了没人修")
    housing, police = town_hall.housing.id or 0, town_hall.police.id or 0
    close_department(town_hall.session, housing, now=NOW)
    town_hall = replace(
        town_hall, tools=replace(town_hall.tools, catalogue=load_catalogue(town_hall.session))
    )

    (later,) = town_hall.receive("小区电梯又坏了")

    assert (case.department_id, case.state) == (housing, CaseState.ASSIGNED)
    assert (later.department_id, later.state) == (None, CaseState.TRIAGE_DESK)
    assign_case(town_hall.session, town_hall.dong, case.id or 0, police, now=NOW)
    assert case.department_id == police
    with pytest.raises(NotAllowed):
        assign_case(town_hall.session, town_hall.dong, later.id or 0, housing, now=NOW)


def test_an_empty_catalogue_leaves_everything_to_the_desk(town_hall: TownHall) -> None:
    town_hall = replace(town_hall, tools=replace(town_hall.tools, catalogue=Catalogue.build([])))

    (case,) = town_hall.receive("小区电梯坏了没人修")

    assert case.state == CaseState.TRIAGE_DESK
    assert case.routing is not None
    assert case.routing["candidates"] == []


def test_a_hand_made_assignment_teaches_and_an_automatic_one_does_not(town_hall: TownHall) -> None:
    moved, automatic = town_hall.receive("小区电梯坏了没人修", "小区物业不管电梯")
    assign_case(town_hall.session, town_hall.dong, moved.id or 0, town_hall.police.id or 0, now=NOW)

    (lesson,) = lessons(town_hall.session)

    assert (lesson.case_id, lesson.label, lesson.corrected) == (moved.id, "police", True)
    assert automatic.state == CaseState.ASSIGNED


def test_running_triage_again_does_not_undo_a_persons_choice(town_hall: TownHall) -> None:
    (case,) = town_hall.receive("小区电梯坏了没人修")
    assign_case(town_hall.session, town_hall.dong, case.id or 0, town_hall.police.id or 0, now=NOW)
    case.triaged_steps = []
    town_hall.session.flush()

    triage_cases(town_hall.session, [case.id or 0], town_hall.tools, now=NOW)

    assert case.department_id == town_hall.police.id
