"""More time: asked before due, decided by a supervisor; questions to citizens; calls after the answer."""

from datetime import timedelta

import pytest
from sqlmodel import select

from inbox.call_backs import Call, calls_due, calls_of, record_call, start_call_backs, waiting_calls
from inbox.citizen_questions import ask_citizen, open_question, stop_waiting
from inbox.citizen_view import tracked_case
from inbox.errors import ExtensionAsked, MessageRefused, NotAllowed, TooLate, WrongState
from inbox.extensions import (
    approve_extension,
    ask_extension,
    extension_allowed,
    lapse_requests,
    list_requests,
    refuse_extension,
    waiting_requests,
)
from inbox.ladder_models import ExtensionState
from inbox.models import Case, CaseState, Satisfaction
from inbox.notice_models import Notice
from inbox.ratings import supplement_case
from inbox.supervision import note_sweep
from sla.errors import ExtensionRefused
from sla.models import Clock
from sla.policies import load_policies
from sla.sweep import sweep
from sla.views import DeadlineState, DeadlineView, deadlines_of
from tests.inbox.conftest import NOW, TownHall

TEXT = "请求帮助：小区电梯坏了三天没人修，老人下不了楼，请帮忙协调。"


def complaint(town_hall: TownHall) -> Case:
    """Return a case whose policy allows ten more working days."""
    [case] = town_hall.receive(TEXT)
    return case


def clock(town_hall: TownHall, case: Case, which: Clock = Clock.resolve) -> DeadlineView:
    """Return the newest deadline of a clock."""
    found = deadlines_of(town_hall.session, [case.id or 0])[case.id or 0]
    return [view for view in found if view.clock is which][-1]


def ask(town_hall: TownHall, case: Case, length: str = "3wd", **more: object) -> int:
    """Ask for more time."""
    values = {"reason": "需定制配件", "now": NOW} | more
    request = ask_extension(
        town_hall.session,
        town_hall.alice,
        case.id or 0,
        length=length,
        calendar=town_hall.tools.calendar,
        **values,  # type: ignore[arg-type]
    )
    return request.id or 0


def test_granted_time_moves_the_deadline_and_the_citizen_is_told(town_hall: TownHall) -> None:
    session, case = town_hall.session, complaint(town_hall)
    due_before = clock(town_hall, case).due_at
    assert extension_allowed(session, town_hall.alice, case, now=NOW) is not None

    request_id = ask(town_hall, case)
    assert waiting_requests(session, town_hall.sun, NOW) == 1
    approve_extension(session, town_hall.sun, request_id, calendar=town_hall.tools.calendar, now=NOW)

    due = clock(town_hall, case).due_at
    assert due == town_hall.tools.calendar.due(due_before, "3wd")
    tracked = tracked_case(session, case.tracking_code)
    assert tracked.due_at == due
    assert "extended" in [event.kind for event in tracked.events]
    [decided] = list_requests(session, town_hall.sun, waiting=False)
    assert (decided.state, decided.new_due_at) == (ExtensionState.APPROVED, due)
    assert extension_allowed(session, town_hall.alice, case, now=NOW) is None


def test_what_the_policy_does_not_allow_is_refused_at_once(town_hall: TownHall) -> None:
    case = complaint(town_hall)

    with pytest.raises(ExtensionRefused):
        ask(town_hall, case, "90d")
    with pytest.raises(MessageRefused):
        ask(town_hall, case, reason=" ")
    with pytest.raises(TooLate):
        ask(town_hall, case, now=NOW + timedelta(days=30))
    assert list_requests(town_hall.session, town_hall.sun) == []


def test_one_request_at_a_time_and_nobody_decides_their_own(town_hall: TownHall) -> None:
    case = complaint(town_hall)
    request_id = ask(town_hall, case)

    with pytest.raises(ExtensionAsked):
        ask(town_hall, case)
    with pytest.raises(NotAllowed):
        approve_extension(
            town_hall.session, town_hall.alice, request_id, calendar=town_hall.tools.calendar, now=NOW
        )
    refuse_extension(town_hall.session, town_hall.sun, request_id, answer="配件有现货", now=NOW)
    with pytest.raises(WrongState):
        approve_extension(
            town_hall.session, town_hall.sun, request_id, calendar=town_hall.tools.calendar, now=NOW
        )
    assert ask(town_hall, case) > request_id


def test_a_request_nobody_decided_lapses_with_the_deadline(town_hall: TownHall) -> None:
    case = complaint(town_hall)
    request_id = ask(town_hall, case)
    late = clock(town_hall, case).due_at + timedelta(seconds=1)

    assert lapse_requests(town_hall.session, now=clock(town_hall, case).due_at) == 0
    with pytest.raises(TooLate):
        approve_extension(
            town_hall.session, town_hall.sun, request_id, calendar=town_hall.tools.calendar, now=late
        )
    assert lapse_requests(town_hall.session, now=late) == 1
    assert lapse_requests(town_hall.session, now=late) == 0
    assert waiting_requests(town_hall.session, town_hall.sun, late) == 0


def question(town_hall: TownHall, case: Case) -> None:
    """Ask the citizen something."""
    ask_citizen(
        town_hall.session,
        town_hall.alice,
        case.id or 0,
        text="请补充楼栋号",
        calendar=town_hall.tools.calendar,
        now=NOW,
    )


def test_the_clock_stands_still_until_the_citizen_answers(town_hall: TownHall) -> None:
    session, case = town_hall.session, complaint(town_hall)
    due_before = clock(town_hall, case).due_at
    supplement_case(session, case.tracking_code, text="先补充一点", now=NOW)

    question(town_hall, case)
    assert clock(town_hall, case).state(NOW + timedelta(days=60)) is DeadlineState.paused
    assert clock(town_hall, case, Clock.total).paused_at is None
    tracked = tracked_case(session, case.tracking_code)
    assert (tracked.question, tracked.may_supplement) == ("请补充楼栋号", True)

    answered_at = NOW + timedelta(days=2)
    supplement_case(session, case.tracking_code, text="3栋2单元", now=answered_at)

    view = clock(town_hall, case)
    assert view.state(answered_at) is DeadlineState.running
    assert view.due_at > due_before
    assert session.get_one(Case, case.id, populate_existing=True).next_due_at is not None
    assert open_question(session, case.id or 0) is None
    told = session.exec(select(Notice.kind).where(Notice.officer_id == town_hall.alice.officer_id)).all()
    assert list(told) == ["citizen_answered"]


def test_the_wait_ends_by_itself_or_by_hand(town_hall: TownHall) -> None:
    session, calendar = town_hall.session, town_hall.tools.calendar
    first, second = complaint(town_hall), town_hall.receive("投诉：物业不修电梯，请处理")[0]
    question(town_hall, first)
    question(town_hall, second)

    with pytest.raises(WrongState):
        question(town_hall, first)
    assert stop_waiting(session, town_hall.alice, second.id or 0, now=NOW + timedelta(hours=1))
    assert clock(town_hall, second).paused_at is None
    after = calendar.due(NOW, "10wd") + timedelta(minutes=1)
    facts = sweep(session, now=after, calendar=calendar)
    note_sweep(session, facts, now=after, calendar=calendar)
    assert clock(town_hall, first).paused_at is None
    assert open_question(session, first.id or 0) is None


def answered(town_hall: TownHall) -> Case:
    """Return a case whose reply has arrived."""
    case = complaint(town_hall)
    case.state, case.replied_at = CaseState.REPLIED, NOW
    town_hall.session.flush()
    return case


def start(town_hall: TownHall) -> int:
    """Let the scheduler's duty happen."""
    book = load_policies(town_hall.session)
    return start_call_backs(town_hall.session, book, town_hall.tools.calendar, now=NOW)


def test_a_citizen_is_called_by_the_end_of_the_next_working_day(town_hall: TownHall) -> None:
    session, case = town_hall.session, answered(town_hall)

    assert (start(town_hall), start(town_hall)) == (1, 0)
    [row] = calls_due(session, town_hall.dong)
    assert row.due_at == town_hall.tools.calendar.due(NOW, "1wd")
    assert waiting_calls(session, town_hall.dong, row.due_at) == 0
    assert waiting_calls(session, town_hall.dong, row.due_at + timedelta(seconds=1)) == 1

    case_id = case.id or 0
    record_call(session, town_hall.dong, case_id, Call(reached=False), now=NOW)
    assert len(calls_due(session, town_hall.dong)) == 1
    said = Call(reached=True, solved=False, satisfaction=Satisfaction.DISSATISFIED, words="还没来修")
    record_call(session, town_hall.dong, case_id, said, now=NOW)

    assert calls_due(session, town_hall.dong) == []
    [made] = calls_of(session, town_hall.alice, case_id)
    assert (made.solved, made.words) == (False, "还没来修")
    assert clock(town_hall, case, Clock.call_back).state(NOW) is DeadlineState.met
    told = session.exec(select(Notice.kind).where(Notice.officer_id == town_hall.alice.officer_id)).all()
    assert list(told) == ["call_unsolved"]
    with pytest.raises(NotAllowed):
        record_call(session, town_hall.alice, case_id, said, now=NOW)


def test_a_second_answer_is_called_about_again(town_hall: TownHall) -> None:
    session, case = town_hall.session, answered(town_hall)
    start(town_hall)
    record_call(session, town_hall.dong, case.id or 0, Call(reached=True, solved=False), now=NOW)
    case.reply_round, case.replied_at = 1, NOW + timedelta(days=3)
    session.flush()

    book = load_policies(session)
    later = NOW + timedelta(days=3)
    assert start_call_backs(session, book, town_hall.tools.calendar, now=later) == 1
    assert clock(town_hall, case, Clock.call_back).round == 2
