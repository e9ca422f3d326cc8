"""From draft to rating: nothing unapproved leaves, nothing typed is lost, nothing happens twice."""

from collections.abc import Callable
from datetime import datetime

import pytest
from sqlmodel import select

from inbox.case_lists import View, count_views
from inbox.case_view import case_view
from inbox.cases import claim_case, set_aside, take_back
from inbox.citizen_view import tracked_case
from inbox.deliveries import begin_deliveries, exportable, fail_delivery, finish_delivery_by_id
from inbox.errors import (
    AlreadyRated,
    CannotReopen,
    CaseNotFound,
    MessageRefused,
    NotAllowed,
    ReplyIncomplete,
    SelfReview,
    StaleDraft,
    WrongState,
)
from inbox.models import Case, CaseState, Delivery, DeliveryState, Satisfaction, Task, TaskKind
from inbox.outbox import stale_tasks
from inbox.ratings import close_silent_cases, rate_reply, reopen_case, supplement_case
from inbox.replies import approve_reply, current_reply, save_draft, send_back_reply, submit_reply
from knowledge_base.candidates import list_candidates
from sla.models import Clock
from sla.views import deadlines_of
from tests.inbox.conftest import NOW, TownHall

TEXT = "您好，物业已于11月18日联系电梯维保单位，预计11月20日前修好，详询0000-6000001。"


@pytest.fixture
def case(town_hall: TownHall) -> Case:
    (received,) = town_hall.receive("小区电梯坏了，物业一直没人修，怎么办？")
    return received


def answered(town_hall: TownHall, case: Case, now: datetime = NOW) -> Delivery:
    """Take a case through draft, review and delivery."""
    reply = save_draft(town_hall.session, town_hall.alice, case.id or 0, TEXT, expected_version=0, now=now)
    submit_reply(
        town_hall.session, town_hall.alice, case.id or 0, TEXT, expected_version=reply.version, now=now
    )
    return approve_reply(town_hall.session, town_hall.bob, case.id or 0, version=reply.version, now=now)


def test_reply_goes_from_draft_to_the_tracking_page_and_meets_its_clocks(
    town_hall: TownHall, case: Case
) -> None:
    delivery = answered(town_hall, case)

    views = deadlines_of(town_hall.session, [case.id or 0])[case.id or 0]
    page = tracked_case(town_hall.session, case.tracking_code)
    assert delivery.state == DeliveryState.DELIVERED
    assert case.state == CaseState.REPLIED
    assert [r.text for r in page.replies] == [TEXT]
    assert page.may_rate
    assert page.may_reopen
    assert all(v.met_at for v in views if v.clock in (Clock.first_reply, Clock.resolve))
    assert case.next_due_at is None or case.next_clock == Clock.total.value


def test_author_and_every_editor_are_kept_from_approving(town_hall: TownHall, case: Case) -> None:
    first = save_draft(town_hall.session, town_hall.alice, case.id or 0, "一", expected_version=0, now=NOW)
    save_draft(town_hall.session, town_hall.ann, case.id or 0, TEXT, expected_version=first.version, now=NOW)
    reply = submit_reply(town_hall.session, town_hall.alice, case.id or 0, TEXT, expected_version=2, now=NOW)
    both = type(town_hall.bob)(town_hall.ann.officer_id, town_hall.housing.id, town_hall.bob.roles)

    with pytest.raises(SelfReview):
        approve_reply(town_hall.session, both, case.id or 0, version=reply.version, now=NOW)
    with pytest.raises(NotAllowed):
        approve_reply(town_hall.session, town_hall.alice, case.id or 0, version=reply.version, now=NOW)


def test_two_officers_saving_at_once_lose_nothing(town_hall: TownHall, case: Case) -> None:
    save_draft(town_hall.session, town_hall.alice, case.id or 0, "甲的文字", expected_version=0, now=NOW)

    with pytest.raises(StaleDraft) as refused:
        save_draft(town_hall.session, town_hall.ann, case.id or 0, "乙的文字", expected_version=0, now=NOW)

    assert (refused.value.saved_text, refused.value.your_text) == ("甲的文字", "乙的文字")
    assert refused.value.saved_by == "Alice"


def test_second_click_on_submit_and_on_approve_changes_nothing(town_hall: TownHall, case: Case) -> None:
    reply = submit_reply(town_hall.session, town_hall.alice, case.id or 0, TEXT, expected_version=0, now=NOW)
    submit_reply(town_hall.session, town_hall.alice, case.id or 0, TEXT, expected_version=0, now=NOW)
    first = approve_reply(town_hall.session, town_hall.bob, case.id or 0, version=reply.version, now=NOW)
    second = approve_reply(town_hall.session, town_hall.bob, case.id or 0, version=reply.version, now=NOW)

    assert first.id == second.id
    assert len(town_hall.session.exec(select(Delivery)).all()) == 1


def test_text_that_changed_since_it_was_read_is_not_approved(town_hall: TownHall, case: Case) -> None:
    reply = submit_reply(town_hall.session, town_hall.alice, case.id or 0, TEXT, expected_version=0, now=NOW)
    send_back_reply(
        town_hall.session, town_hall.bob, case.id or 0, version=reply.version, reason="请写明日期", now=NOW
    )
    submit_reply(town_hall.session, town_hall.alice, case.id or 0, TEXT + "改", expected_version=1, now=NOW)

    with pytest.raises(StaleDraft):
        approve_reply(town_hall.session, town_hall.bob, case.id or 0, version=1, now=NOW)


def test_unsubmitted_reply_cannot_be_approved(town_hall: TownHall, case: Case) -> None:
    save_draft(town_hall.session, town_hall.alice, case.id or 0, TEXT, expected_version=0, now=NOW)

    with pytest.raises(WrongState):
        approve_reply(town_hall.session, town_hall.bob, case.id or 0, version=1, now=NOW)


@pytest.mark.parametrize(
    ("text", "reason"), [("  ", "empty"), ("{称呼}您好", "placeholders"), ("长" * 10_001, "too_long")]
)
def test_incomplete_reply_is_not_submitted(town_hall: TownHall, case: Case, text: str, reason: str) -> None:
    with pytest.raises(ReplyIncomplete) as refused:
        submit_reply(town_hall.session, town_hall.alice, case.id or 0, text, expected_version=0, now=NOW)

    assert refused.value.reason == reason


def test_other_department_finds_no_such_case(town_hall: TownHall, case: Case) -> None:
    with pytest.raises(CaseNotFound):
        save_draft(town_hall.session, town_hall.dai, case.id or 0, TEXT, expected_version=0, now=NOW)


def test_only_one_officer_claims(town_hall: TownHall, case: Case) -> None:
    assert claim_case(town_hall.session, town_hall.alice, case.id or 0, now=NOW) is True
    assert claim_case(town_hall.session, town_hall.ann, case.id or 0, now=NOW) is False
    assert claim_case(town_hall.session, town_hall.alice, case.id or 0, now=NOW) is True


def test_spam_is_set_aside_and_brought_back(town_hall: TownHall, case: Case) -> None:
    set_aside(town_hall.session, town_hall.dong, case.id or 0, now=NOW)
    assert (case.state, case.next_due_at) == (CaseState.CLOSED, None)

    take_back(town_hall.session, town_hall.dong, case.id or 0, now=NOW)

    assert case.state == CaseState.TRIAGE_DESK
    assert case.next_due_at is not None


def test_solved_rating_closes_and_a_second_rating_is_refused(town_hall: TownHall, case: Case) -> None:
    answered(town_hall, case)
    rate_reply(
        town_hall.session,
        case.tracking_code,
        solved=True,
        satisfaction=Satisfaction.SATISFIED,
        comment=None,
        now=NOW,
    )

    assert case.state == CaseState.CLOSED
    with pytest.raises(AlreadyRated):
        rate_reply(
            town_hall.session,
            case.tracking_code,
            solved=True,
            satisfaction=Satisfaction.SATISFIED,
            comment=None,
            now=NOW,
        )


def test_citizen_reopens_once_and_gets_a_second_reply(town_hall: TownHall, case: Case) -> None:
    answered(town_hall, case)
    reopen_case(town_hall.session, case.tracking_code, reason="还是没修好", now=NOW)
    assert (case.state, case.reply_round) == (CaseState.ASSIGNED, 1)
    assert case.next_due_at is not None
    assert case.next_due_at > NOW

    answered(town_hall, case)

    assert len(tracked_case(town_hall.session, case.tracking_code).replies) == 2
    with pytest.raises(CannotReopen):
        reopen_case(town_hall.session, case.tracking_code, reason="又坏了", now=NOW)


def test_one_supplement_only(town_hall: TownHall, case: Case) -> None:
    supplement_case(town_hall.session, case.tracking_code, text="是三号楼", now=NOW)

    assert not tracked_case(town_hall.session, case.tracking_code).may_supplement
    with pytest.raises(MessageRefused):
        supplement_case(town_hall.session, case.tracking_code, text="还有四号楼", now=NOW)


def test_silence_closes_after_a_week(
    town_hall: TownHall, case: Case, later: Callable[[float], datetime]
) -> None:
    answered(town_hall, case)

    assert close_silent_cases(town_hall.session, now=later(24 * 7 - 1)) == 0
    assert close_silent_cases(town_hall.session, now=later(24 * 7)) == 1
    assert case.state == CaseState.CLOSED


def test_reply_to_a_file_message_waits_for_its_export(town_hall: TownHall) -> None:
    (case,) = town_hall.receive("小区电梯坏了，物业一直没人修", account=town_hall.file_account)
    answered(town_hall, case)

    rows = exportable(town_hall.session, town_hall.file_account.id or 0)
    assert [(r.tracking_code, r.reply) for r in rows] == [(case.tracking_code, TEXT)]
    assert case.state == CaseState.SENDING

    finish_delivery_by_id(town_hall.session, rows[0].delivery_id, now=NOW)

    assert case.state == CaseState.REPLIED
    assert exportable(town_hall.session, town_hall.file_account.id or 0) == []


def test_callback_is_sent_under_one_key_and_tried_again(
    town_hall: TownHall, case: Case, later: Callable[[float], datetime]
) -> None:
    town_hall.account.callback_url = "https://collector.example/reply"
    delivery = answered(town_hall, case)
    task = town_hall.session.exec(select(Task).where(Task.kind == TaskKind.DELIVER)).one()

    first = begin_deliveries(town_hall.session, [task.id or 0], now=NOW)
    assert begin_deliveries(town_hall.session, [task.id or 0], now=NOW) == []
    fail_delivery(town_hall.session, delivery.id or 0, "HTTP 503", now=NOW)
    again = [i for kind, i in stale_tasks(town_hall.session, now=later(2)) if kind == TaskKind.DELIVER]
    second = begin_deliveries(town_hall.session, again, now=later(2))

    assert [d.idempotency_key for d in first] == [d.idempotency_key for d in second]
    assert case.state == CaseState.SENDING
    finish_delivery_by_id(town_hall.session, delivery.id or 0, now=later(2))
    assert case.state == CaseState.REPLIED


def test_new_words_teach_the_knowledge_base_and_a_copied_answer_does_not(town_hall: TownHall) -> None:
    first, second = town_hall.receive("小区电梯坏了，物业一直没人修，怎么办？", "小区物业不修电梯怎么办呀")
    answered(town_hall, first)
    view = case_view(town_hall.session, town_hall.alice, second.id or 0, now=NOW, today=NOW.date())
    suggestion = view.suggestions[0]
    reply = save_draft(
        town_hall.session,
        town_hall.alice,
        second.id or 0,
        suggestion.filled,
        expected_version=0,
        now=NOW,
        article_id=suggestion.article_id,
    )
    submit_reply(
        town_hall.session,
        town_hall.alice,
        second.id or 0,
        reply.text,
        expected_version=reply.version,
        now=NOW,
    )
    approve_reply(town_hall.session, town_hall.bob, second.id or 0, version=reply.version, now=NOW)

    candidates = list_candidates(town_hall.session).rows
    assert [c.subject_id for c in candidates] == [first.id]
    assert "0000-6000001" in suggestion.filled
    assert current_reply(town_hall.session, second).article_id == suggestion.article_id  # type: ignore[union-attr]


def test_view_counts_follow_the_work(town_hall: TownHall, case: Case) -> None:
    before = count_views(town_hall.session, town_hall.alice, now=NOW, end_of_day=NOW)
    claim_case(town_hall.session, town_hall.alice, case.id or 0, now=NOW)
    after = count_views(town_hall.session, town_hall.alice, now=NOW, end_of_day=NOW)

    assert (before[View.UNCLAIMED], before[View.MINE]) == (1, 0)
    assert (after[View.UNCLAIMED], after[View.MINE]) == (0, 1)
