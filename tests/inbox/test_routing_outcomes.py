"""Routing's odd ends: a department that closes with open cases, an empty catalogue, what a person chose."""

from dataclasses import replace

import pytest

from inbox.cases import assign_case
from inbox.errors import NotAllowed
from inbox.lessons import lessons
from inbox.models import CaseState
from inbox.returns import Grounds, ask_return, refuse_return, returns_of_case, uphold_return
from inbox.triage import triage_cases
from routing.catalogue import Catalogue, load_catalogue
from routing.decision import RoutingFacts
from routing.departments import close_department
from routing.retraining import Lesson, train
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


def test_an_upheld_return_becomes_a_training_line_with_the_right_department(town_hall: TownHall) -> None:
    session, text = town_hall.session, "小区电梯坏了没人修"
    upheld, refused, waiting = town_hall.receive(text, "小区物业不管电梯", "小区电梯又停了")
    for case in (upheld, refused, waiting):
        ask_return(session, town_hall.alice, case.id or 0, Grounds("《住建局职责规定》第三条"), now=NOW)
    first, second, _third = (returns_of_case(session, case.id or 0)[0] for case in (upheld, refused, waiting))
    police = town_hall.police.id or 0
    uphold_return(session, town_hall.dong, first.id or 0, department_id=police, now=NOW)
    refuse_return(session, town_hall.dong, second.id or 0, reason="属物业管理", now=NOW)

    found = lessons(session)

    assert [(each.case_id, each.label, each.corrected) for each in found] == [(upheld.id, "police", True)]
    assert found[0].facts.text == text
    others = [Lesson(-n, RoutingFacts(f"办理居住证要带户口本吗{n}"), "housing") for n in range(9)]
    more = [Lesson(-20 - n, found[0].facts, found[0].label) for n in range(4)]
    learned = train(town_hall.tools.catalogue, [*others, *more, *found]).learned
    assert learned.classifier.predict(None, "小区电梯坏了三天没人修").label == "police"


def test_an_upheld_return_to_the_desk_teaches_once_a_person_has_decided(town_hall: TownHall) -> None:
    session = town_hall.session
    (case,) = town_hall.receive("小区电梯坏了没人修")
    asked = ask_return(session, town_hall.alice, case.id or 0, Grounds("《职责规定》第三条"), now=NOW)
    uphold_return(session, town_hall.dong, asked.id or 0, department_id=None, now=NOW)
    assert lessons(session) == []

    assign_case(session, town_hall.dong, case.id or 0, town_hall.police.id or 0, now=NOW)

    (lesson,) = lessons(session)
    assert (lesson.label, lesson.corrected) == ("police", True)


def test_running_triage_again_does_not_undo_a_persons_choice(town_hall: TownHall) -> None:
    (case,) = town_hall.receive("小区电梯坏了没人修")
    assign_case(town_hall.session, town_hall.dong, case.id or 0, town_hall.police.id or 0, now=NOW)
    case.triaged_steps = []
    town_hall.session.flush()

    triage_cases(town_hall.session, [case.id or 0], town_hall.tools, now=NOW)

    assert case.department_id == town_hall.police.id
