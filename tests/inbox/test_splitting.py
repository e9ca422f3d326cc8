"""A message with several matters: split into linked cases, and one submission for the citizen."""

import pytest

from inbox.cases import claim_case
from inbox.citizen_view import tracked_case, tracked_parts
from inbox.errors import MessageRefused, NotAllowed, WrongState
from inbox.lessons import lessons
from inbox.models import Case, CaseState
from inbox.parts import linked_parts, origin_of
from inbox.splitting import propose_split, split_case, undo_split
from inbox.triage import triage_cases
from routing.departments import close_department
from routing.matters import matters_of
from routing.roster_editing import choose_way
from routing.roster_models import AssignmentWay
from tests.inbox.conftest import NOW, TownHall

TWO = "我住岚城镇，有两件事：一是小区电梯坏了没人修，二是想问户口迁移后居住证怎么换。"


@pytest.mark.parametrize(
    ("text", "count"),
    [
        (TWO, 2),
        ("1、小区路灯不亮，晚上看不见。2、门口垃圾没人收。3、公交半天不来一趟。", 3),
        ("第一，学校门口堵车；第二，幼儿园收费太高。", 2),
        ("小区停水三天了。另外，居住证怎么办理？", 2),
        ("小区停水三天了，第一次打电话没人接。", 1),
        ("他是一是二说不清楚。", 1),
        ("3.5元一吨的水费太贵。2.8元才合理。", 1),
        ("", 1),
    ],
)
def test_matters_are_counted_as_people_count(text: str, count: int) -> None:
    assert len(matters_of(text)) == count


def test_a_split_is_proposed_only_where_departments_differ(town_hall: TownHall) -> None:
    both, one = town_hall.receive(TWO, "两件事：一是小区电梯坏了，二是小区物业不管事。")

    proposed = propose_split(town_hall.session, town_hall.dong, both.id or 0, town_hall.tools.catalogue)

    assert [part.department_id for part in proposed] == [town_hall.housing.id, town_hall.police.id]
    assert all("我住岚城镇" in part.text for part in proposed)
    assert propose_split(town_hall.session, town_hall.dong, one.id or 0, town_hall.tools.catalogue) == ()


def case_of(town_hall: TownHall, case_id: int) -> Case:
    return town_hall.session.get_one(Case, case_id)


def split(town_hall: TownHall) -> list[int]:
    (case,) = town_hall.receive(TWO)
    parts = [("电梯坏了", town_hall.housing.id or 0), ("居住证怎么换", town_hall.police.id or 0)]
    return split_case(town_hall.session, town_hall.dong, case.id or 0, parts, now=NOW)


def test_the_citizen_sees_one_submission_with_both_matters(town_hall: TownHall) -> None:
    first, second = split(town_hall)
    triage_cases(town_hall.session, [second], town_hall.tools, now=NOW)

    rows = linked_parts(town_hall.session, second)
    assert [(row.case_id, row.department_id, row.state) for row in rows] == [
        (first, town_hall.housing.id, CaseState.ASSIGNED),
        (second, town_hall.police.id, CaseState.ASSIGNED),
    ]
    assert origin_of(town_hall.session, second) == first
    code = case_of(town_hall, first).tracking_code
    assert tracked_case(town_hall.session, code).words[0][0] == TWO
    (other,) = tracked_parts(town_hall.session, code)
    assert other.department == "县公安局"
    assert tracked_parts(town_hall.session, other.tracking_code) == ()
    assert case_of(town_hall, second).next_due_at is not None


def test_a_split_is_undone_before_anybody_has_worked(town_hall: TownHall) -> None:
    first, second = split(town_hall)

    undo_split(town_hall.session, town_hall.dong, first, now=NOW)

    assert case_of(town_hall, first).state == CaseState.TRIAGE_DESK
    assert case_of(town_hall, second).state == CaseState.CLOSED
    assert tracked_parts(town_hall.session, case_of(town_hall, first).tracking_code) == ()
    assert second not in {lesson.case_id for lesson in lessons(town_hall.session)}
    with pytest.raises(WrongState):
        undo_split(town_hall.session, town_hall.dong, first, now=NOW)


def test_parts_that_the_rosters_gave_out_can_still_be_joined(town_hall: TownHall) -> None:
    for department in (town_hall.housing, town_hall.police):
        choose_way(town_hall.session, department.id or 0, AssignmentWay.LOAD)
    first, second = split(town_hall)
    triage_cases(town_hall.session, [second], town_hall.tools, now=NOW)
    assert None not in (case_of(town_hall, first).assignee_id, case_of(town_hall, second).assignee_id)

    undo_split(town_hall.session, town_hall.dong, first, now=NOW)

    for case_id, state in ((first, CaseState.TRIAGE_DESK), (second, CaseState.CLOSED)):
        case = case_of(town_hall, case_id)
        assert (case.state, case.assignee_id, case.department_id) == (state, None, None)


def test_a_split_stays_once_somebody_has_begun(town_hall: TownHall) -> None:
    first, second = split(town_hall)
    assert claim_case(town_hall.session, town_hall.dai, second, now=NOW)

    with pytest.raises(WrongState):
        undo_split(town_hall.session, town_hall.dong, first, now=NOW)


def test_what_cannot_be_split_is_refused_and_changes_nothing(town_hall: TownHall) -> None:
    (case,) = town_hall.receive(TWO)
    housing, police = town_hall.housing.id or 0, town_hall.police.id or 0
    case_id = case.id or 0

    for parts in ([("一", housing)], [("一", housing), (" ", police)], [("事", housing)] * 7):
        with pytest.raises(MessageRefused):
            split_case(town_hall.session, town_hall.dong, case_id, parts, now=NOW)
    with pytest.raises(NotAllowed):
        split_case(town_hall.session, town_hall.alice, case_id, [("一", housing), ("二", police)], now=NOW)
    assert linked_parts(town_hall.session, case_id) == ()

    split_case(town_hall.session, town_hall.dong, case_id, [("一", housing), ("二", police)], now=NOW)
    with pytest.raises(WrongState):  # the second of two dispatchers
        split_case(town_hall.session, town_hall.dong, case_id, [("一", housing), ("二", police)], now=NOW)


def test_a_closed_department_gets_no_part(town_hall: TownHall) -> None:
    (case,) = town_hall.receive(TWO)
    close_department(town_hall.session, town_hall.police.id or 0, now=NOW)
    parts = [("电梯坏了", town_hall.housing.id or 0), ("居住证", town_hall.police.id or 0)]

    with pytest.raises(NotAllowed):
        split_case(town_hall.session, town_hall.dong, case.id or 0, parts, now=NOW)
