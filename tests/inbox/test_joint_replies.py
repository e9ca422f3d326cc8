"""One reply to many: what is approved is what each gets, once, whatever is killed or moves on meanwhile."""

import pytest
from sqlalchemy import func
from sqlmodel import select

from inbox.cases import send_again
from inbox.deliveries import begin_deliveries, fail_delivery, finish_delivery_by_id
from inbox.errors import CannotJoin, ReplyIncomplete, SelfReview
from inbox.group_models import AddresseeState, JointAddressee
from inbox.group_view import listed_for_review, outcomes, previews
from inbox.groups import link_cases, merge_cases, unmerge_cases
from inbox.joint_replies import answer_addressees, retry_failed
from inbox.models import (
    Case,
    CaseState,
    Delivery,
    DeliveryState,
    Note,
    Reply,
    ReplyReview,
    Task,
    TaskKind,
    TaskState,
)
from inbox.ratings import reopen_case
from inbox.replies import approve_reply, save_draft, submit_reply, withdraw_reply
from knowledge_base.models import Candidate
from tests.inbox.conftest import NOW, TownHall
from tests.inbox.test_groups import group, ids

TEXT = "{称呼}您好：您{留言日期}的来信（{追踪码}）收悉，电梯已报修，本月28日前恢复运行。咨询电话{电话}。"


def submit(hall: TownHall, lead: Case, chosen: list[int] | None = None) -> Reply:
    """Let Alice write one reply to all and submit it."""
    return submit_reply(
        hall.session, hall.alice, lead.id or 0, TEXT, expected_version=0, now=NOW, addressees=chosen
    )


def approve(hall: TownHall, lead: Case, reply: Reply) -> None:
    """Let Bob approve it."""
    approve_reply(hall.session, hall.bob, lead.id or 0, version=reply.version, now=NOW)


def work(hall: TownHall) -> int:
    """Do all waiting copies."""
    waiting = hall.session.exec(
        select(Task.id).where(Task.kind == TaskKind.ANSWER, Task.state == TaskState.WAITING)
    ).all()
    return answer_addressees(hall.session, [i or 0 for i in waiting], now=NOW)


def states(hall: TownHall, cases: list[Case]) -> list[CaseState]:
    """Return where the cases stand."""
    hall.session.expire_all()
    return [hall.session.get_one(Case, case.id).state for case in cases]


def test_every_follower_gets_its_own_words_after_one_approval(town_hall: TownHall) -> None:
    lead, second, third = group(town_hall)
    merge_cases(town_hall.session, town_hall.alice, lead.id or 0, ids([second, third]), now=NOW)
    reply = submit(town_hall, lead)
    assert [row.id for row, _ in listed_for_review(town_hall.session, town_hall.bob, lead.id or 0)] == ids(
        [second, third]
    )

    approve(town_hall, lead, reply)
    assert states(town_hall, [lead, second]) == [CaseState.REPLIED, CaseState.ASSIGNED]
    assert work(town_hall) == 2

    assert states(town_hall, [lead, second, third]) == [CaseState.REPLIED] * 3
    texts = dict(town_hall.session.exec(select(Reply.case_id, Reply.text)).all())
    for case in (lead, second, third):
        assert case.tracking_code in texts[case.id or 0]
        assert "2026年11月18日" in texts[case.id or 0]
        assert "{" not in texts[case.id or 0]
    found = outcomes(town_hall.session, town_hall.alice, lead.id or 0)
    assert [(row.delivery, row.in_time) for row in found.rows] == [(DeliveryState.DELIVERED, True)] * 3
    assert town_hall.session.scalar(select(func.count()).select_from(ReplyReview)) == 3
    assert town_hall.session.scalar(select(func.count()).select_from(Candidate)) == 1


def test_doing_the_work_twice_sends_nothing_twice(town_hall: TownHall) -> None:
    lead, *others = group(town_hall, 5)
    merge_cases(town_hall.session, town_hall.alice, lead.id or 0, ids(others), now=NOW)
    approve(town_hall, lead, submit(town_hall, lead))
    tasks = town_hall.session.exec(select(Task.id).where(Task.kind == TaskKind.ANSWER)).all()

    done = [answer_addressees(town_hall.session, [i or 0 for i in tasks], now=NOW) for _ in range(2)]

    assert done == [4, 0]
    assert town_hall.session.scalar(select(func.count()).select_from(Delivery)) == 5


def test_who_wrote_it_cannot_approve_it_for_anybody(town_hall: TownHall) -> None:
    lead, second, _ = group(town_hall)
    merge_cases(town_hall.session, town_hall.alice, lead.id or 0, [second.id or 0], now=NOW)
    reply = submit(town_hall, lead)
    reply.contributor_ids = [*reply.contributor_ids, town_hall.bob.officer_id]
    town_hall.session.flush()

    with pytest.raises(SelfReview):
        approve(town_hall, lead, reply)
    assert work(town_hall) == 0


def test_who_joins_after_the_submission_gets_nothing(town_hall: TownHall) -> None:
    lead, second, third = group(town_hall)
    merge_cases(town_hall.session, town_hall.alice, lead.id or 0, [second.id or 0], now=NOW)
    reply = submit(town_hall, lead)
    with pytest.raises(CannotJoin):
        merge_cases(town_hall.session, town_hall.alice, lead.id or 0, [third.id or 0], now=NOW)
    approve(town_hall, lead, reply)
    link_cases(town_hall.session, town_hall.alice, lead.id or 0, [third.id or 0], now=NOW)

    assert work(town_hall) == 1

    assert states(town_hall, [second, third]) == [CaseState.REPLIED, CaseState.ASSIGNED]


def test_excluded_ones_and_those_that_left_are_not_answered(town_hall: TownHall) -> None:
    lead, second, third, fourth = group(town_hall, 4)
    merge_cases(town_hall.session, town_hall.alice, lead.id or 0, ids([second, third, fourth]), now=NOW)
    approve(town_hall, lead, submit(town_hall, lead, ids([second, third])))
    unmerge_cases(town_hall.session, town_hall.alice, [third.id or 0], now=NOW)

    assert work(town_hall) == 1

    assert states(town_hall, [second, third, fourth]) == [
        CaseState.REPLIED,
        CaseState.ASSIGNED,
        CaseState.ASSIGNED,
    ]
    skipped = town_hall.session.exec(
        select(JointAddressee).where(JointAddressee.state == AddresseeState.SKIPPED)
    ).one()
    assert (skipped.case_id, skipped.reason) == (third.id, "left")


def test_a_linked_case_is_answered_only_when_chosen_and_a_foreign_one_never(town_hall: TownHall) -> None:
    lead, second, third = group(town_hall)
    link_cases(town_hall.session, town_hall.alice, lead.id or 0, [second.id or 0], now=NOW)

    with pytest.raises(CannotJoin, match="not_addressable"):
        submit(town_hall, lead, ids([second, third]))
    town_hall.session.expire_all()
    approve(town_hall, lead, submit(town_hall, lead, ids([second])))

    assert work(town_hall) == 1
    assert states(town_hall, [second, third]) == [CaseState.REPLIED, CaseState.ASSIGNED]


def test_without_anybody_else_gaps_are_refused_as_ever(town_hall: TownHall) -> None:
    lead, *_ = group(town_hall)

    with pytest.raises(ReplyIncomplete, match="placeholders"):
        submit(town_hall, lead)


def test_a_gap_nobody_can_fill_keeps_the_draft(town_hall: TownHall) -> None:
    lead, second, _ = group(town_hall)
    merge_cases(town_hall.session, town_hall.alice, lead.id or 0, [second.id or 0], now=NOW)
    town_hall.housing.phone = ""
    town_hall.session.flush()

    with pytest.raises(ReplyIncomplete, match="placeholders"):
        submit(town_hall, lead)
    _, _, shown = previews(town_hall.session, town_hall.alice, lead.id or 0, now=NOW)
    assert {copy.missing for copy in shown} == {("电话",)}


def test_taking_the_reply_back_and_submitting_again_lists_anew(town_hall: TownHall) -> None:
    lead, second, third = group(town_hall)
    merge_cases(town_hall.session, town_hall.alice, lead.id or 0, ids([second, third]), now=NOW)
    submit(town_hall, lead)
    withdraw_reply(town_hall.session, town_hall.alice, lead.id or 0, now=NOW)
    reply = submit_reply(
        town_hall.session,
        town_hall.alice,
        lead.id or 0,
        TEXT + "谢谢。",
        expected_version=1,
        now=NOW,
        addressees=[second.id or 0],
    )
    approve(town_hall, lead, reply)

    assert work(town_hall) == 1
    assert states(town_hall, [third]) == [CaseState.ASSIGNED]


def test_a_draft_that_a_follower_had_is_kept_as_a_note(town_hall: TownHall) -> None:
    lead, second, _ = group(town_hall)
    save_draft(town_hall.session, town_hall.ann, second.id or 0, "正在联系物业", expected_version=0, now=NOW)
    merge_cases(town_hall.session, town_hall.alice, lead.id or 0, [second.id or 0], now=NOW)
    approve(town_hall, lead, submit(town_hall, lead))

    work(town_hall)

    note = town_hall.session.exec(select(Note).where(Note.case_id == second.id)).one()
    assert (note.text, note.author_id) == ("正在联系物业", town_hall.ann.officer_id)


def test_the_failed_copy_alone_is_sent_again_under_its_own_key(town_hall: TownHall) -> None:
    town_hall.account.callback_url = "http://platform.invalid/replies"
    lead, second, third = group(town_hall)
    merge_cases(town_hall.session, town_hall.alice, lead.id or 0, ids([second, third]), now=NOW)
    approve(town_hall, lead, submit(town_hall, lead))
    work(town_hall)
    _send(town_hall, refused=second.id)
    keys = dict(town_hall.session.exec(select(Delivery.case_id, Delivery.idempotency_key)).all())

    assert retry_failed(town_hall.session, town_hall.alice, lead.id or 0, now=NOW) == 1
    assert retry_failed(town_hall.session, town_hall.alice, lead.id or 0, now=NOW) == 0
    _send(town_hall)

    found = outcomes(town_hall.session, town_hall.alice, lead.id or 0)
    assert found.count(DeliveryState.DELIVERED) == 3
    assert dict(town_hall.session.exec(select(Delivery.case_id, Delivery.idempotency_key)).all()) == keys
    delivery = found.rows[1].delivery_id or 0
    assert not send_again(town_hall.session, town_hall.alice, second.id or 0, delivery, now=NOW)


def test_a_citizen_who_objects_leaves_the_group(town_hall: TownHall) -> None:
    lead, second, _ = group(town_hall)
    merge_cases(town_hall.session, town_hall.alice, lead.id or 0, [second.id or 0], now=NOW)
    approve(town_hall, lead, submit(town_hall, lead))
    work(town_hall)

    reopen_case(town_hall.session, second.tracking_code, reason="电梯还没修好，请再来看看", now=NOW)

    assert second.lead_id is None
    assert lead.follower_count == 0
    save_draft(town_hall.session, town_hall.alice, second.id or 0, "再去现场", expected_version=0, now=NOW)


def _send(hall: TownHall, refused: int | None = None) -> None:
    """Be the sender: the platform takes every reply but one."""
    tasks = hall.session.exec(
        select(Task.id).where(Task.kind == TaskKind.DELIVER, Task.state == TaskState.WAITING)
    ).all()
    for dispatch in begin_deliveries(hall.session, [i or 0 for i in tasks], now=NOW):
        case_id = hall.session.get_one(Delivery, dispatch.delivery_id).case_id
        if case_id == refused:
            fail_delivery(hall.session, dispatch.delivery_id, "503", now=NOW, final=True)
        else:
            finish_delivery_by_id(hall.session, dispatch.delivery_id, now=NOW)
