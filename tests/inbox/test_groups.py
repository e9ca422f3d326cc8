"""Linking, merging and taking apart: nothing is lost, and what does not fit changes nothing."""

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from sqlmodel import col, select

from inbox.cases import assign_case, claim_case, set_aside
from inbox.errors import CannotJoin, CaseNotFound, InboxError
from inbox.events import events_of
from inbox.group_models import CaseLink, LinkState
from inbox.group_view import case_kin, compare_cases, group_page
from inbox.groups import dismiss_link, link_cases, merge_cases, unmerge_cases
from inbox.models import Case, CaseState, Message
from inbox.replies import approve_reply, save_draft, submit_reply
from sla.views import deadlines_of
from tests.inbox.conftest import NOW, TownHall, build_town_hall
from web.database import Database

OUTAGE = "望江社区物业不修电梯，三栋的电梯已经坏了两个星期，老人上不了楼，请尽快派人来看看。"


def group(hall: TownHall, number: int = 3) -> list[Case]:
    """Let so many neighbours write to the housing department."""
    cases = hall.receive(*[OUTAGE + "！" * n for n in range(number)])
    for case in cases:
        if case.department_id != hall.housing.id:
            assign_case(hall.session, hall.dong, case.id or 0, hall.housing.id or 0, now=NOW)
    return cases


def ids(cases: list[Case]) -> list[int]:
    """Return the ids of cases."""
    return [case.id or 0 for case in cases]


def snapshot(hall: TownHall, case: Case) -> dict[str, object]:
    """Return everything of a case that merging might touch."""
    hall.session.flush()
    hall.session.refresh(case)
    names = ("state", "department_id", "assignee_id", "lead_id", "tracking_code", "account_id", "next_due_at")
    messages = hall.session.exec(select(Message.text).where(Message.case_id == case.id)).all()
    clocks = [(c.clock, c.due_at, c.met_at) for c in deadlines_of(hall.session, [case.id or 0])[case.id or 0]]
    return {name: getattr(case, name) for name in names} | {"messages": messages, "clocks": clocks}


def test_merged_cases_follow_their_lead_and_come_back_exactly(town_hall: TownHall) -> None:
    lead, second, third = group(town_hall)
    claim_case(town_hall.session, town_hall.ann, third.id or 0, now=NOW)
    before = [snapshot(town_hall, case) for case in (second, third)]

    assert merge_cases(town_hall.session, town_hall.alice, lead.id or 0, ids([second, third]), now=NOW) == 2
    claim_case(town_hall.session, town_hall.alice, lead.id or 0, now=NOW)
    merged = [snapshot(town_hall, case) for case in (second, third)]
    assert {m["assignee_id"] for m in merged} == {town_hall.alice.officer_id}
    assert [m["clocks"] for m in merged] == [b["clocks"] for b in before]
    assert lead.follower_count == 2

    assert unmerge_cases(town_hall.session, town_hall.alice, ids([second, third]), now=NOW) == 2
    assert [snapshot(town_hall, case) for case in (second, third)] == before
    assert lead.follower_count == 0
    kinds = [event.kind for event in events_of(town_hall.session, third.id or 0)]
    assert kinds[-2:] == ["merged", "unmerged"]
    assert [event.kind for event in events_of(town_hall.session, lead.id or 0)].count("unmerged") == 2


def test_followers_go_where_the_dispatcher_sends_the_lead(town_hall: TownHall) -> None:
    lead, second, _ = group(town_hall)
    merge_cases(town_hall.session, town_hall.sun, lead.id or 0, [second.id or 0], now=NOW)

    assign_case(town_hall.session, town_hall.dong, lead.id or 0, town_hall.police.id or 0, now=NOW)

    assert snapshot(town_hall, second)["department_id"] == town_hall.police.id
    with pytest.raises(CannotJoin, match="follows"):
        assign_case(town_hall.session, town_hall.dong, second.id or 0, town_hall.housing.id or 0, now=NOW)


def test_a_follower_is_neither_claimed_nor_answered_by_itself(town_hall: TownHall) -> None:
    lead, second, _ = group(town_hall)
    merge_cases(town_hall.session, town_hall.alice, lead.id or 0, [second.id or 0], now=NOW)

    for act in (
        lambda: claim_case(town_hall.session, town_hall.alice, second.id or 0, now=NOW),
        lambda: save_draft(
            town_hall.session, town_hall.alice, second.id or 0, "好", expected_version=0, now=NOW
        ),
        lambda: set_aside(town_hall.session, town_hall.dong, lead.id or 0, now=NOW),
    ):
        with pytest.raises(CannotJoin):
            act()


def test_merging_in_a_circle_is_refused(town_hall: TownHall) -> None:
    first, second, third = group(town_hall)
    merge_cases(town_hall.session, town_hall.alice, second.id or 0, [first.id or 0], now=NOW)

    with pytest.raises(CannotJoin, match="follows"):
        merge_cases(town_hall.session, town_hall.alice, first.id or 0, [second.id or 0], now=NOW)
    with pytest.raises(CannotJoin, match="follows"):
        merge_cases(town_hall.session, town_hall.alice, third.id or 0, [first.id or 0], now=NOW)
    assert merge_cases(town_hall.session, town_hall.alice, second.id or 0, [second.id or 0], now=NOW) == 0


def test_a_lead_that_joins_another_brings_its_followers(town_hall: TownHall) -> None:
    first, second, third = group(town_hall)
    merge_cases(town_hall.session, town_hall.alice, second.id or 0, [third.id or 0], now=NOW)

    assert merge_cases(town_hall.session, town_hall.alice, first.id or 0, [second.id or 0], now=NOW) == 2

    assert [snapshot(town_hall, case)["lead_id"] for case in (second, third)] == [first.id, first.id]
    assert (first.follower_count, second.follower_count) == (2, 0)


@pytest.mark.parametrize(
    "state", [CaseState.IN_REVIEW, CaseState.SENDING, CaseState.REPLIED, CaseState.CLOSED]
)
def test_what_is_answered_can_be_linked_but_not_merged(town_hall: TownHall, state: CaseState) -> None:
    lead, second, third = group(town_hall)
    second.state = state
    town_hall.session.flush()

    with pytest.raises(CannotJoin, match=state.value):
        merge_cases(town_hall.session, town_hall.alice, lead.id or 0, ids([second, third]), now=NOW)
    assert snapshot(town_hall, third)["lead_id"] is None
    with pytest.raises(CannotJoin, match=state.value):
        merge_cases(town_hall.session, town_hall.alice, second.id or 0, [third.id or 0], now=NOW)
    assert link_cases(town_hall.session, town_hall.alice, lead.id or 0, [second.id or 0], now=NOW) == 1


def test_other_departments_cases_are_neither_shown_nor_merged(town_hall: TownHall) -> None:
    lead, second, _ = group(town_hall)
    assign_case(town_hall.session, town_hall.dong, second.id or 0, town_hall.police.id or 0, now=NOW)

    with pytest.raises(CaseNotFound):
        merge_cases(town_hall.session, town_hall.alice, lead.id or 0, [second.id or 0], now=NOW)
    with pytest.raises(CaseNotFound):
        compare_cases(town_hall.session, town_hall.alice, lead.id or 0, second.id or 0)
    kin = case_kin(town_hall.session, town_hall.alice, lead.id or 0)
    assert [k.row.id for k in kin.kin] != []
    assert second.id not in [k.row.id for k in kin.kin]
    assert kin.hidden == 1
    assert merge_cases(town_hall.session, town_hall.sun, lead.id or 0, [second.id or 0], now=NOW) == 1
    assert snapshot(town_hall, second)["department_id"] == town_hall.housing.id


def test_comparing_marks_what_both_say_and_covers_personal_information(town_hall: TownHall) -> None:
    first, second = town_hall.receive(
        "我叫张三，电话13800138000。" + OUTAGE, "电话13900139000。" + OUTAGE + "谢谢"
    )

    one, other = compare_cases(town_hall.session, town_hall.sun, first.id or 0, second.id or 0)

    assert "13800138000" not in one.text
    assert any("电梯已经坏了两个星期" in one.text[start:end] for start, end in one.spans)
    assert [one.text[a:b] for a, b in one.spans] == [other.text[a:b] for a, b in other.spans]


def test_a_dismissed_case_is_another_matter_and_a_merged_one_cannot_be_dismissed(town_hall: TownHall) -> None:
    lead, second, third = group(town_hall)
    dismiss_link(town_hall.session, town_hall.alice, second.id or 0, now=NOW)
    merge_cases(town_hall.session, town_hall.alice, lead.id or 0, [third.id or 0], now=NOW)

    assert [k.row.id for k in group_page(town_hall.session, town_hall.alice, lead.id or 0).kin] == [third.id]
    with pytest.raises(CannotJoin, match="merged"):
        dismiss_link(town_hall.session, town_hall.alice, third.id or 0, now=NOW)
    assert link_cases(town_hall.session, town_hall.alice, lead.id or 0, [second.id or 0], now=NOW) == 1


def test_a_repeat_of_an_answered_case_proposes_its_answer(town_hall: TownHall) -> None:
    lead, second, _ = group(town_hall)
    text = f"您好，电梯周五前修好，追踪码{lead.tracking_code}，电话0000-6000001。"
    reply = submit_reply(
        town_hall.session, town_hall.alice, lead.id or 0, text, expected_version=0, now=NOW, addressees=[]
    )
    approve_reply(town_hall.session, town_hall.bob, lead.id or 0, version=reply.version, now=NOW)

    answer = case_kin(town_hall.session, town_hall.alice, second.id or 0).answer

    assert answer is not None
    assert answer.case_id == lead.id
    assert second.tracking_code in answer.text
    assert lead.tracking_code not in answer.text


def test_a_group_of_many_stays_usable_page_by_page(town_hall: TownHall) -> None:
    lead, *others = group(town_hall, 120)

    pages = [group_page(town_hall.session, town_hall.alice, lead.id or 0, page=n) for n in (1, 2, 3, 99)]

    assert [len(page.kin) for page in pages] == [50, 50, 19, 19]
    assert pages[0].total == len(others)
    assert {k.row.id for page in pages[:3] for k in page.kin} == set(ids(others))


def test_two_officers_merging_at_once_leave_one_clear_group(database: Database) -> None:
    with database.transaction() as session:
        hall = build_town_hall(session)
        cases, officers = ids(group(hall)), (hall.alice, hall.ann)
        session.info.clear()
    barrier, outcomes = Barrier(2), []

    def merge(lead: int, other: int, number: int) -> None:
        barrier.wait()
        try:
            with database.transaction() as session:
                outcomes.append(
                    merge_cases(
                        session, officers[number], lead, [other, cases[2]], now=NOW + timedelta(hours=1)
                    )
                )
        except InboxError as error:
            outcomes.append(type(error).__name__)

    threads = [Thread(target=merge, args=(cases[i], cases[1 - i], i)) for i in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert sorted(map(str, outcomes)) == ["2", "CannotJoin"]
    with database.reading() as session:
        leads = session.exec(select(Case.lead_id).where(col(Case.lead_id).is_not(None))).all()
        counts = session.exec(select(Case.follower_count).where(Case.follower_count > 0)).all()
        merged = session.exec(select(CaseLink).where(CaseLink.state == LinkState.MERGED)).all()
    assert len(set(leads)) == 1
    assert list(counts) == [2]
    assert len(merged) == 2
