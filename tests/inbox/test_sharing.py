"""A message with several matters kept whole: one department leads, the others co-handle, the citizen sees one."""

from datetime import timedelta

import pytest
from sqlmodel import col, select

from inbox.access import get_case
from inbox.cases import claim_case
from inbox.citizen_view import tracked_case, tracked_parts
from inbox.co_handling import co_handlers_of, sign_part
from inbox.errors import MessageRefused, NotAllowed, ReplyIncomplete, WrongState
from inbox.models import Case, CaseEvent, CaseState
from inbox.replies import submit_reply
from inbox.sharing import Share, share_case, take_assignment_back, undo_sharing
from inbox.splitting import split_case
from inbox.together_models import PartState
from routing.roster_editing import choose_way
from routing.roster_models import AssignmentWay
from sla.models import Clock
from sla.views import deadlines_of
from tests.inbox.conftest import NOW, TownHall

TWO = "两件事：一是小区电梯坏了没人修，二是想问户口迁移后居住证怎么换。"
DAY = timedelta(days=1)


@pytest.fixture
def case(town_hall: TownHall) -> Case:
    """A message with a matter for housing and one for the police, on the triage desk."""
    (case,) = town_hall.receive(TWO)
    assert case.state == CaseState.TRIAGE_DESK
    return case


def shares(town_hall: TownHall) -> list[Share]:
    """Housing leads, the police give their part."""
    return [Share("电梯坏了", town_hall.housing.id or 0), Share("居住证怎么换", town_hall.police.id or 0)]


def due_by_clock(town_hall: TownHall, case: Case) -> dict[Clock, object]:
    return {view.clock: view.due_at for view in deadlines_of(town_hall.session, [case.id or 0])[case.id or 0]}


def test_the_first_department_leads_and_the_reply_waits_for_the_other(
    town_hall: TownHall, case: Case
) -> None:
    session, case_id = town_hall.session, case.id or 0

    (row,) = share_case(session, town_hall.dong, case_id, shares(town_hall), now=NOW)

    assert (case.state, case.department_id) == (CaseState.ASSIGNED, town_hall.housing.id)
    assert (row.department_id, row.asked, row.state) == (town_hall.police.id, "居住证怎么换", PartState.ASKED)
    assert get_case(session, town_hall.dai, case_id).id == case_id
    reply = "您好，电梯由物业公司负责检修，咨询电话0000-6000001。"
    with pytest.raises(ReplyIncomplete):
        submit_reply(session, town_hall.alice, case_id, reply, expected_version=0, now=NOW)
    sign_part(session, town_hall.dai, row.id or 0, "带身份证到派出所换领。", now=NOW)
    submit_reply(session, town_hall.alice, case_id, reply, expected_version=0, now=NOW)


def test_the_citizen_goes_on_seeing_one_submission(town_hall: TownHall, case: Case) -> None:
    share_case(town_hall.session, town_hall.dong, case.id or 0, shares(town_hall), now=NOW)

    seen = tracked_case(town_hall.session, case.tracking_code)

    assert [words for words, _at in seen.words] == [TWO]
    assert tracked_parts(town_hall.session, case.tracking_code) == ()


def test_matters_of_one_department_are_asked_together_by_the_earliest_date(
    town_hall: TownHall, case: Case
) -> None:
    housing, police = town_hall.housing.id or 0, town_hall.police.id or 0
    wanted = [
        Share("电梯坏了", housing),
        Share("居住证怎么换", police, NOW + 3 * DAY),
        Share("物业不管事", housing),
        Share("户口怎么迁", police, NOW + 2 * DAY),
    ]

    (row,) = share_case(town_hall.session, town_hall.dong, case.id or 0, wanted, now=NOW)

    assert row.asked == "居住证怎么换\n户口怎么迁"
    assert row.due_at == NOW + 2 * DAY


def test_taken_back_it_is_on_the_desk_with_its_clocks_as_before(town_hall: TownHall, case: Case) -> None:
    session, dong, case_id = town_hall.session, town_hall.dong, case.id or 0
    before = due_by_clock(town_hall, case)
    share_case(session, dong, case_id, shares(town_hall), now=NOW)
    assert due_by_clock(town_hall, case)[Clock.resolve] != before[Clock.resolve]

    undo_sharing(session, dong, case_id, reason="选错了", now=NOW)

    assert (case.state, case.department_id) == (CaseState.TRIAGE_DESK, None)
    assert [row.state for row in co_handlers_of(session, case)] == [PartState.RELEASED]
    after = due_by_clock(town_hall, case)
    assert {clock: after[clock] for clock in before} == before
    with pytest.raises(WrongState):
        undo_sharing(session, dong, case_id, reason="选错了", now=NOW)
    parts = [(share.text, share.department_id) for share in shares(town_hall)]
    assert len(split_case(session, dong, case_id, parts, now=NOW)) == 2


def test_a_case_that_the_roster_gave_out_can_still_be_taken_back(town_hall: TownHall, case: Case) -> None:
    session = town_hall.session
    choose_way(session, town_hall.housing.id or 0, AssignmentWay.LOAD)
    share_case(session, town_hall.dong, case.id or 0, shares(town_hall), now=NOW)
    assert case.assignee_id is not None

    undo_sharing(session, town_hall.dong, case.id or 0, reason="选错了", now=NOW)

    assert case.state == CaseState.TRIAGE_DESK


def test_who_takes_the_case_back_releases_the_co_handlers_too(town_hall: TownHall, case: Case) -> None:
    session, case_id = town_hall.session, case.id or 0
    before = due_by_clock(town_hall, case)
    (row,) = share_case(session, town_hall.dong, case_id, shares(town_hall), now=NOW)

    take_assignment_back(session, town_hall.dong, case_id, reason="派错了", now=NOW)

    assert (case.state, row.state, row.reason) == (CaseState.TRIAGE_DESK, PartState.RELEASED, "派错了")
    after = due_by_clock(town_hall, case)
    assert {clock: after[clock] for clock in before if clock is not Clock.accept} == {
        clock: due for clock, due in before.items() if clock is not Clock.accept
    }


def test_a_part_that_is_signed_keeps_the_case_where_it_is(town_hall: TownHall, case: Case) -> None:
    session, case_id = town_hall.session, case.id or 0
    (row,) = share_case(session, town_hall.dong, case_id, shares(town_hall), now=NOW)
    sign_part(session, town_hall.dai, row.id or 0, "带身份证到派出所换领。", now=NOW)

    with pytest.raises(WrongState):
        take_assignment_back(session, town_hall.dong, case_id, reason="派错了", now=NOW)
    assert (case.state, row.state) == (CaseState.ASSIGNED, PartState.SIGNED)


def test_once_somebody_has_begun_it_stays(town_hall: TownHall, case: Case) -> None:
    session, case_id = town_hall.session, case.id or 0
    (row,) = share_case(session, town_hall.dong, case_id, shares(town_hall), now=NOW)
    sign_part(session, town_hall.dai, row.id or 0, "带身份证到派出所换领。", now=NOW)
    with pytest.raises(WrongState):
        undo_sharing(session, town_hall.dong, case_id, reason="选错了", now=NOW)
    assert claim_case(session, town_hall.alice, case_id, now=NOW)

    with pytest.raises(WrongState):
        share_case(session, town_hall.dong, case_id, shares(town_hall), now=NOW)


def test_what_cannot_be_shared_is_refused_and_changes_nothing(town_hall: TownHall, case: Case) -> None:
    session, case_id = town_hall.session, case.id or 0
    housing, police = town_hall.housing.id or 0, town_hall.police.id or 0
    refused = {
        "lead_alone": [Share("电梯坏了", housing), Share("物业不管事", housing)],
        "split_parts": [Share("电梯坏了", housing), Share("  ", police)],
        "due_past": [Share("电梯坏了", housing), Share("居住证", police, NOW - DAY)],
    }

    for reason, wanted in refused.items():
        with pytest.raises(MessageRefused) as error, session.begin_nested():
            share_case(session, town_hall.dong, case_id, wanted, now=NOW)
        assert error.value.reason == reason
    with pytest.raises(NotAllowed):
        share_case(session, town_hall.alice, case_id, shares(town_hall), now=NOW)
    session.refresh(case)
    assert case.state == CaseState.TRIAGE_DESK
    kinds = session.exec(select(CaseEvent.kind).where(col(CaseEvent.case_id) == case_id)).all()
    assert "assigned" not in kinds
