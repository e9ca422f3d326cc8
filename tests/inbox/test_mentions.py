"""Notes that mention colleagues, officers who watch a case; and that nobody outside ever reads of it."""

from datetime import timedelta

import pytest

from inbox.cases import add_note
from inbox.co_handling import Request, name_co_handler
from inbox.deliveries import finish_delivery
from inbox.errors import CaseNotFound
from inbox.mentions import find_mentions
from inbox.models import Case
from inbox.notices import list_notices
from inbox.replies import approve_reply, submit_reply
from inbox.returns import Grounds, ask_return
from inbox.supervision import note_sweep
from inbox.watching import unwatch, watch, watchers_of
from routing.models import Officer
from sla.sweep import sweep
from tests.inbox.conftest import NOW, TownHall

TEXT = "您好，电梯由物业公司负责检修，请致电0000-6000001预约。"


@pytest.fixture
def case(town_hall: TownHall) -> Case:
    """A case that housing has."""
    (case,) = town_hall.receive("小区电梯坏了没人修")
    return case


def person(officer_id: int, login: str, name: str) -> Officer:
    """Make up an officer."""
    return Officer(id=officer_id, login=login, name=name, name_en="", created_at=NOW)


PEOPLE = [
    person(1, "wang.min", "王敏"),
    person(2, "wang.minhua", "王敏华"),
    person(3, "li", "李强"),
    person(4, "li2", "李强"),
]


@pytest.mark.parametrize(
    ("text", "ids", "unclear"),
    [
        ("请@王敏看一下", (1,), ()),
        ("请@王敏华看一下", (2,), ()),
        ("＠wang.min 请核实，@王敏华也看", (1, 2), ()),
        ("@李强 请核实", (), ("李强",)),
        ("@li2 请核实", (4,), ()),
        ("@赵六请核实", (), ("赵六请核实",)),
        ("发到 wang@li.example", (), ()),
        ("没有提到谁", (), ()),
        ("@", (), ()),
    ],
)
def test_the_longest_name_or_login_counts_and_doubt_is_told(
    text: str, ids: tuple[int, ...], unclear: tuple[str, ...]
) -> None:
    found = find_mentions(text, PEOPLE)

    assert found.officer_ids == ids
    assert found.unclear == unclear


def test_a_note_tells_whom_it_mentions_and_whom_was_chosen_but_nobody_without_the_case(
    town_hall: TownHall, case: Case
) -> None:
    session = town_hall.session

    note, mentioned = add_note(
        session,
        town_hall.alice,
        case.id or 0,
        "@Ann 请核实，@Dai 也看一下",
        tell=[town_hall.bob.officer_id, town_hall.dai.officer_id, town_hall.alice.officer_id],
        now=NOW,
    )

    assert note.mentions == [town_hall.ann.officer_id, town_hall.bob.officer_id]
    assert mentioned.unclear == ("Dai",)
    assert [n.kind for n in list_notices(session, town_hall.ann).notices] == ["mentioned"]
    assert list_notices(session, town_hall.dai).total == 0

    name_co_handler(
        session, town_hall.alice, case.id or 0, Request(town_hall.police.id or 0, "请核查"), now=NOW
    )
    note, _mentioned = add_note(session, town_hall.alice, case.id or 0, "@dai 也看一下", now=NOW)
    assert note.mentions == [town_hall.dai.officer_id]


def test_watchers_hear_of_a_return_a_breach_and_the_reply(town_hall: TownHall, case: Case) -> None:
    session, ann, case_id = town_hall.session, town_hall.ann, case.id or 0
    watch(session, ann, case_id, now=NOW)
    watch(session, ann, case_id, now=NOW)
    assert watchers_of(session, case_id) == [ann.officer_id]
    with pytest.raises(CaseNotFound):
        watch(session, town_hall.dai, case_id, now=NOW)

    submit_reply(session, town_hall.alice, case_id, TEXT, expected_version=0, now=NOW)
    late = NOW + timedelta(days=20)
    note_sweep(session, sweep(session, now=late, calendar=town_hall.tools.calendar), now=late)
    delivery = approve_reply(session, town_hall.bob, case_id, version=1, now=late)
    finish_delivery(session, delivery, now=late)
    (other,) = town_hall.receive("小区物业乱收费", now=late)
    watch(session, ann, other.id or 0, now=late)
    ask_return(session, town_hall.alice, other.id or 0, Grounds("第三条"), now=late)

    kinds = {notice.kind for notice in list_notices(session, ann).notices}
    assert {"watched_overdue", "watched_replied", "watched_return_asked"} <= kinds
    unwatch(session, ann, case_id)
    unwatch(session, ann, case_id)
    assert watchers_of(session, case_id) == []
