"""What nobody could answer: grouped by likeness, counted, with its trend, and decided by the group."""

from datetime import timedelta

import pytest
from sqlmodel import Session

from knowledge_base.demand import (
    DemandOrder,
    Unanswered,
    demand_count,
    demand_group,
    demand_page,
    forget_unanswered,
    group_unanswered,
    join_demand,
    note_unanswered,
    part_demand,
    reopen_demand,
    settle_demand,
)
from knowledge_base.errors import DemandNotFound, NothingToJoin, WrongState
from knowledge_base.models import DemandState
from tests.knowledge_base.conftest import CHEN, NOW

LIFT = ("加装电梯有补贴吗", "加装电梯有没有补贴", "请问加装电梯补贴吗")


def ask(session: Session, *questions: str, days_ago: int = 1, first: int = 1, rejected: bool = False) -> None:
    note_unanswered(
        session,
        [
            Unanswered(first + n, text, f"{text}，想问一下", NOW - timedelta(days=days_ago), rejected)
            for n, text in enumerate(questions)
        ],
    )
    group_unanswered(session, now=NOW)


def listed(session: Session, **more: object) -> list[tuple[str, int]]:
    return [(row.question, row.count) for row in demand_page(session, now=NOW, **more).rows]  # type: ignore[arg-type]


def test_questions_alike_are_one_group_and_the_most_asked_comes_first(session: Session) -> None:
    ask(session, "公园里能不能烧烤", *LIFT)

    assert listed(session) == [("加装电梯有补贴吗", 3), ("公园里能不能烧烤", 1)]
    assert demand_count(session, now=NOW) == 1
    assert demand_count(session, now=NOW, at_least=1) == 2
    assert listed(session, at_least=2) == [("加装电梯有补贴吗", 3)]


def test_a_case_is_counted_once_however_often_it_is_noted(session: Session) -> None:
    ask(session, LIFT[0])
    ask(session, LIFT[0])

    assert listed(session) == [(LIFT[0], 1)]


def test_a_question_waits_for_its_group_a_little_while(session: Session) -> None:
    note_unanswered(session, [Unanswered(7, "新问题怎么办", "", NOW)])

    before = listed(session)
    grouped = [group_unanswered(session, now=NOW) for _ in range(2)]

    assert before == []
    assert grouped == [1, 0]
    assert listed(session) == [("新问题怎么办", 1)]


def test_the_trend_compares_a_month_with_the_one_before(session: Session) -> None:
    ask(session, *LIFT, days_ago=3)
    ask(session, LIFT[0], days_ago=45, first=10, rejected=True)

    (row,) = demand_page(session, now=NOW).rows

    assert (row.recent, row.before, row.rise, row.rejected) == (3, 1, 2, 1)
    assert sum(row.weeks) == 4
    assert row.weeks[-1] == 3
    assert row.last_at == NOW - timedelta(days=3)


def test_what_rises_can_come_first(session: Session) -> None:
    ask(session, *LIFT, days_ago=45)
    ask(session, "公园里能不能烧烤", days_ago=2, first=10)

    assert listed(session, order=DemandOrder.RISING)[0] == ("公园里能不能烧烤", 1)
    assert listed(session, order=DemandOrder.NEWEST)[0] == ("公园里能不能烧烤", 1)


def test_old_questions_are_left_out(session: Session) -> None:
    ask(session, LIFT[0], days_ago=91)

    assert listed(session) == []
    assert demand_count(session, now=NOW) == 0


def test_a_group_is_decided_whole_and_by_one_editor(session: Session) -> None:
    ask(session, *LIFT)
    group = demand_page(session, now=NOW).rows[0].group_id

    settle_demand(session, group, DemandState.DISMISSED, officer_id=CHEN, now=NOW)

    assert listed(session) == []
    assert listed(session, state=DemandState.DISMISSED) == [(LIFT[0], 3)]
    with pytest.raises(WrongState):
        settle_demand(session, group, DemandState.ARTICLE, officer_id=CHEN, now=NOW)
    reopen_demand(session, group)
    assert listed(session) == [(LIFT[0], 3)]


def test_groups_that_ask_the_same_are_put_together_and_taken_apart(session: Session) -> None:
    ask(session, "屋顶装光伏要报备吗", "公园里能不能烧烤", "太阳能板可以自己装吗")
    first, barbecue, third = sorted(row.group_id for row in demand_page(session, now=NOW).rows)

    together = join_demand(session, [third, first])
    ask(session, "太阳能板可以自己装吗？", first=30)
    joined = demand_group(session, together, now=NOW)
    listed_together = listed(session)
    part_demand(session, together)

    assert (together, joined.count, joined.is_joined) == (first, 3, True)
    assert listed_together == [("太阳能板可以自己装吗", 3), ("公园里能不能烧烤", 1)]
    assert {(row.group_id, row.count, row.is_joined) for row in demand_page(session, now=NOW).rows} == {
        (first, 1, False),
        (barbecue, 1, False),
        (third, 2, False),
    }


def test_only_open_groups_that_are_there_are_put_together(session: Session) -> None:
    ask(session, "屋顶装光伏要报备吗", "公园里能不能烧烤")
    first, second = sorted(row.group_id for row in demand_page(session, now=NOW).rows)
    settle_demand(session, second, DemandState.DISMISSED, officer_id=CHEN, now=NOW)

    with pytest.raises(NothingToJoin):
        join_demand(session, [first, first])
    with pytest.raises(WrongState):
        join_demand(session, [first, second])
    with pytest.raises(DemandNotFound):
        join_demand(session, [first, 999_999])
    with pytest.raises(WrongState):
        part_demand(session, second)
    assert listed(session) == [("屋顶装光伏要报备吗", 1)]


def test_what_needs_no_answer_does_not_come_back_with_the_next_message(session: Session) -> None:
    ask(session, LIFT[0])
    group = demand_page(session, now=NOW).rows[0].group_id
    settle_demand(session, group, DemandState.DISMISSED, officer_id=CHEN, now=NOW)

    ask(session, LIFT[1], first=20)

    assert listed(session) == []
    assert listed(session, state=DemandState.DISMISSED) == [(LIFT[0], 2)]


def test_after_an_answer_was_written_the_same_question_is_a_new_group(session: Session) -> None:
    ask(session, LIFT[0])
    group = demand_page(session, now=NOW).rows[0].group_id
    settle_demand(session, group, DemandState.ARTICLE, officer_id=CHEN, now=NOW)

    ask(session, LIFT[1], first=20)

    assert listed(session) == [(LIFT[1], 1)]
    with pytest.raises(WrongState):
        reopen_demand(session, group)


def test_a_question_that_found_an_answer_leaves_the_list(session: Session) -> None:
    ask(session, *LIFT)

    forget_unanswered(session, [2, 3])

    assert listed(session) == [(LIFT[0], 1)]


def test_an_unknown_group_is_said_to_be_unknown(session: Session) -> None:
    with pytest.raises(DemandNotFound):
        demand_group(session, 999_999, now=NOW)
    with pytest.raises(DemandNotFound):
        settle_demand(session, 999_999, DemandState.DISMISSED, officer_id=CHEN, now=NOW)


def test_an_empty_base_of_questions_has_an_empty_list(session: Session) -> None:
    note_unanswered(session, [])
    note_unanswered(session, [Unanswered(1, "  ", "", NOW)])

    assert group_unanswered(session, now=NOW) == 0
    assert listed(session) == []
