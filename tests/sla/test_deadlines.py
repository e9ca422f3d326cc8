"""Deadlines of cases: met, paused, extended, reopened, cancelled, put under another policy."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlmodel import Session

from sla.audit import mismatches
from sla.calendar import WorkingCalendar
from sla.deadlines import (
    DeadlineStart,
    apply_policy,
    cancel_deadlines,
    extend_deadline,
    meet_deadline,
    meet_deadlines,
    pause_deadlines,
    restart_deadlines,
    resume_deadlines,
    start_deadlines,
    starts_of,
)
from sla.errors import BadPause, BadPolicy, ExtensionRefused, NaiveTime, NoDeadline
from sla.models import ChangeReason, Clock, FactKind, PauseReason
from sla.policies import PolicyBook
from sla.sweep import sweep
from sla.views import (
    DeadlineState,
    DeadlineView,
    changes_of,
    deadlines_of,
    explanation_of,
    facts_of,
    pauses_of,
    time_left,
)
from tests.sla.conftest import at

OpenCase = Callable[..., None]
RECEIVED = at("2026-11-02 10:00")  # a Monday
DUE = at("2026-11-09 17:30")
ALICE, BOB = 1, 2


def _view(session: Session, clock: Clock = Clock.resolve, subject_id: int = 7) -> DeadlineView:
    return [view for view in deadlines_of(session, [subject_id])[subject_id] if view.clock is clock][-1]


def _consistent(session: Session, calendar: WorkingCalendar, now: datetime) -> bool:
    return not list(mismatches(session, calendar, now=now))


def test_a_received_message_starts_its_first_clocks(county: Session, open_case: OpenCase) -> None:
    open_case(7, RECEIVED)

    views = deadlines_of(county, [7, 8])

    assert {view.clock: view.limit for view in views[7]} == {
        Clock.accept: "1wd",
        Clock.first_reply: "1wd",
        Clock.resolve: "5wd",
        Clock.total: "3mo",
    }
    assert views[8] == []
    assert _view(county).due_at == DUE
    assert _view(county).state(RECEIVED) is DeadlineState.running


def test_starting_twice_changes_nothing(county: Session, open_case: OpenCase) -> None:
    open_case(7, RECEIVED)
    before = deadlines_of(county, [7])

    open_case(7, RECEIVED + timedelta(hours=5))

    assert deadlines_of(county, [7]) == before


def test_a_clock_without_a_limit_is_refused(
    county: Session, county_calendar: WorkingCalendar, book: PolicyBook
) -> None:
    start = DeadlineStart(7, Clock.co_handle, book.policy("help"), RECEIVED)

    with pytest.raises(BadPolicy, match="co_handle"):
        start_deadlines(county, [start], county_calendar)


def test_instants_without_a_zone_are_refused(county: Session, open_case: OpenCase) -> None:
    naive = RECEIVED.replace(tzinfo=None)

    for call in (
        lambda: open_case(7, naive),
        lambda: meet_deadline(county, 7, Clock.resolve, now=naive),
        lambda: cancel_deadlines(county, 7, now=naive),
        lambda: sweep(county, now=naive),
    ):
        with pytest.raises(NaiveTime):
            call()


def test_met_exactly_when_due_is_on_time(
    county: Session, county_calendar: WorkingCalendar, open_case: OpenCase
) -> None:
    open_case(7, RECEIVED)

    assert meet_deadline(county, 7, Clock.resolve, now=DUE)

    view = _view(county)
    assert (view.met_at, view.breached_at) == (DUE, None)
    assert view.state(DUE + timedelta(days=9)) is DeadlineState.met
    assert sweep(county, now=DUE + timedelta(hours=1), limit=100) != []
    assert all(fact.clock is not Clock.resolve for fact in sweep(county, now=DUE + timedelta(days=30)))
    assert _consistent(county, county_calendar, DUE)


def test_met_a_moment_late_is_breached_even_if_no_sweep_noticed(
    county: Session, county_calendar: WorkingCalendar, open_case: OpenCase
) -> None:
    open_case(7, RECEIVED)
    late = DUE + timedelta(microseconds=1)

    meet_deadline(county, 7, Clock.resolve, now=late)

    view = _view(county)
    assert (view.breached_at, view.state(late)) == (DUE, DeadlineState.met_late)
    assert [(fact.kind, fact.at) for fact in facts_of(county, 7)] == [(FactKind.breached, DUE)]
    assert _consistent(county, county_calendar, late)


def test_meeting_twice_keeps_the_first(county: Session, open_case: OpenCase) -> None:
    open_case(7, RECEIVED)
    first = RECEIVED + timedelta(hours=1)

    assert meet_deadline(county, 7, Clock.resolve, now=first)
    assert not meet_deadline(county, 7, Clock.resolve, now=DUE + timedelta(days=3))
    assert not meet_deadline(county, 99, Clock.resolve, now=first)
    assert _view(county).met_at == first


def test_many_cases_are_met_at_once(county: Session, open_case: OpenCase) -> None:
    for subject_id in range(1, 8):
        open_case(subject_id, RECEIVED)

    met = meet_deadlines(county, range(3, 700), Clock.accept, now=DUE)

    assert met == set(range(3, 8))
    assert _view(county, Clock.accept, 3).breached_at == at("2026-11-03 17:30")
    assert _view(county, Clock.accept, 1).met_at is None


def test_a_pause_stops_the_handling_clock_and_never_the_citizens_total(
    county: Session, county_calendar: WorkingCalendar, open_case: OpenCase
) -> None:
    open_case(7, RECEIVED)
    total = _view(county, Clock.total)
    paused, resumed = at("2026-11-04 16:00"), at("2026-11-05 10:00")  # over midnight: 1.5 h and 1.5 h

    pause_deadlines(county, 7, reason="waiting_for_citizen", actor_id=ALICE, now=paused, note="缺身份证明")
    assert _view(county).state(at("2026-12-01 09:00")) is DeadlineState.paused
    assert all(fact.clock is not Clock.resolve for fact in sweep(county, now=at("2026-11-04 23:00")))
    assert resume_deadlines(county, 7, now=resumed, actor_id=ALICE, calendar=county_calendar)

    assert _view(county).due_at == at("2026-11-10 11:30")
    assert _view(county, Clock.total) == total
    assert _view(county, Clock.accept).paused_at is None
    assert [(p.reason, p.actor_id, p.ended_at) for p in pauses_of(county, 7)] == [
        (PauseReason.waiting_for_citizen, ALICE, resumed)
    ]
    assert [(c.reason, c.old_due_at, c.new_due_at) for c in changes_of(county, 7)] == [
        (ChangeReason.resumed, DUE, at("2026-11-10 11:30"))
    ]
    assert _consistent(county, county_calendar, resumed)


def test_overlapping_pauses_count_once_and_the_last_one_starts_the_clock(
    county: Session, county_calendar: WorkingCalendar, open_case: OpenCase
) -> None:
    open_case(7, RECEIVED)

    pause_deadlines(county, 7, reason="waiting_for_citizen", actor_id=ALICE, now=at("2026-11-03 09:00"))
    pause_deadlines(county, 7, reason="arbitration", actor_id=BOB, now=at("2026-11-03 10:00"))
    assert not resume_deadlines(county, 7, now=at("2026-11-03 11:00"), reason="waiting_for_citizen")
    assert _view(county).paused_at == at("2026-11-03 09:00")
    assert _consistent(county, county_calendar, at("2026-11-03 11:00"))
    assert resume_deadlines(county, 7, now=at("2026-11-03 12:00"), reason="arbitration")

    assert _view(county).due_at == at("2026-11-10 11:30")
    assert not resume_deadlines(county, 7, now=at("2026-11-03 15:00"))
    assert _consistent(county, county_calendar, at("2026-11-03 15:00"))


def test_pausing_twice_for_one_reason_is_one_pause(county: Session, open_case: OpenCase) -> None:
    open_case(7, RECEIVED)

    first = pause_deadlines(county, 7, reason="other", actor_id=ALICE, now=at("2026-11-03 09:00"))
    second = pause_deadlines(county, 7, reason="other", actor_id=BOB, now=at("2026-11-03 10:00"))

    assert first == second
    assert len(pauses_of(county, 7)) == 1


def test_a_pause_over_the_weekend_and_the_end_of_the_year_costs_only_open_time(
    county: Session, county_calendar: WorkingCalendar, open_case: OpenCase
) -> None:
    open_case(7, at("2025-12-30 10:00"))  # due 2026-01-07: 31 Dec, 4 (make-up Sunday), 5, 6, 7 January
    assert _view(county).due_at == at("2026-01-07 17:30")

    pause_deadlines(county, 7, reason="other", actor_id=ALICE, now=at("2025-12-31 17:00"))
    resume_deadlines(county, 7, now=at("2026-01-04 09:00"), calendar=county_calendar)

    assert _view(county).due_at == at("2026-01-08 09:30")


def test_a_pause_with_a_limit_ends_by_itself_when_its_limit_is_over(
    county: Session, county_calendar: WorkingCalendar, open_case: OpenCase
) -> None:
    open_case(7, RECEIVED)
    pause_deadlines(
        county, 7, reason="waiting_for_citizen", actor_id=ALICE, now=at("2026-11-03 08:30"), limit="1wd"
    )
    until = at("2026-11-04 17:30")

    facts = sweep(county, now=at("2026-11-06 12:00"))  # the scheduler was away for a day and a half

    resumed = [fact for fact in facts if fact.kind is FactKind.resumed]
    assert [(fact.clock, fact.at) for fact in resumed] == [(Clock.resolve, until)]
    assert pauses_of(county, 7)[0].ended_at == until
    assert _view(county).due_at == at("2026-11-11 17:30")
    assert sweep(county, now=at("2026-11-06 12:00")) == []
    assert _consistent(county, county_calendar, at("2026-11-06 12:00"))


def test_a_case_answered_while_it_was_paused_is_on_time(
    county: Session, county_calendar: WorkingCalendar, open_case: OpenCase
) -> None:
    open_case(7, RECEIVED)
    pause_deadlines(county, 7, reason="waiting_for_citizen", actor_id=ALICE, now=at("2026-11-04 09:00"))
    answered = at("2026-11-20 09:00")

    meet_deadline(county, 7, Clock.resolve, now=answered)

    assert _view(county).state(answered) is DeadlineState.met
    assert _consistent(county, county_calendar, answered)


def test_pausing_after_the_breach_does_not_undo_it(
    county: Session, county_calendar: WorkingCalendar, open_case: OpenCase
) -> None:
    open_case(7, RECEIVED)
    sweep(county, now=at("2026-11-10 09:00"))

    pause_deadlines(county, 7, reason="other", actor_id=ALICE, now=at("2026-11-10 10:00"))
    assert _view(county).state(at("2026-11-12 10:00")) is DeadlineState.overdue
    resume_deadlines(county, 7, now=at("2026-11-20 10:00"))

    view = _view(county)
    assert (view.due_at, view.breached_at) == (DUE, DUE)
    assert _consistent(county, county_calendar, at("2026-11-20 10:00"))


@pytest.mark.parametrize("reason", ["lunch", "", "WAITING"])
def test_an_unknown_reason_for_a_pause_is_refused(county: Session, open_case: OpenCase, reason: str) -> None:
    open_case(7, RECEIVED)

    with pytest.raises(BadPause):
        pause_deadlines(county, 7, reason=reason, actor_id=ALICE, now=RECEIVED)


def test_what_is_not_being_handled_cannot_be_paused(county: Session) -> None:
    with pytest.raises(NoDeadline):
        pause_deadlines(county, 7, reason="other", actor_id=ALICE, now=RECEIVED)


def test_an_extension_adds_to_the_limit_and_warns_anew(
    county: Session, county_calendar: WorkingCalendar, open_case: OpenCase
) -> None:
    open_case(7, RECEIVED)
    sweep(county, now=at("2026-11-09 10:00"))
    asked = at("2026-11-09 11:00")

    due = extend_deadline(county, 7, actor_id=BOB, now=asked, calendar=county_calendar)

    assert due == at("2026-11-23 17:30") == _view(county).due_at
    again = sweep(county, now=at("2026-12-31 10:00"))
    assert [f.percent for f in again if f.clock is Clock.resolve and f.kind is FactKind.warned] == [50, 80]
    assert changes_of(county, 7)[0].reason is ChangeReason.extended
    assert _consistent(county, county_calendar, at("2026-12-31 10:00"))


def test_an_extension_may_be_shorter_than_allowed_but_not_longer(
    county: Session, open_case: OpenCase
) -> None:
    open_case(7, RECEIVED)

    with pytest.raises(ExtensionRefused, match="at most 10wd"):
        extend_deadline(county, 7, actor_id=BOB, now=RECEIVED, by="11wd")
    assert extend_deadline(county, 7, actor_id=BOB, now=RECEIVED, by="3wd") == at("2026-11-12 17:30")
    with pytest.raises(ExtensionRefused, match="already"):
        extend_deadline(county, 7, actor_id=BOB, now=RECEIVED, by="1wd")


def test_an_extension_is_refused_after_due_without_policy_or_without_deadline(
    county: Session, open_case: OpenCase
) -> None:
    open_case(7, RECEIVED)
    open_case(8, RECEIVED, policy="danger")

    assert extend_deadline(county, 7, actor_id=BOB, now=DUE, by="1wd") == at("2026-11-10 17:30")
    with pytest.raises(ExtensionRefused, match="allows no extension"):
        extend_deadline(county, 8, actor_id=BOB, now=RECEIVED)
    with pytest.raises(NoDeadline):
        extend_deadline(county, 99, actor_id=BOB, now=RECEIVED)
    open_case(9, RECEIVED)
    with pytest.raises(ExtensionRefused, match="overdue"):
        extend_deadline(county, 9, actor_id=BOB, now=DUE + timedelta(seconds=1))


def test_an_extension_while_paused_keeps_both(
    county: Session, county_calendar: WorkingCalendar, open_case: OpenCase
) -> None:
    open_case(7, RECEIVED)
    pause_deadlines(county, 7, reason="arbitration", actor_id=BOB, now=at("2026-11-04 08:30"))
    extend_deadline(county, 7, actor_id=BOB, now=at("2026-11-04 09:00"), by="2wd")
    assert _view(county).next_step_at is None

    resume_deadlines(county, 7, now=at("2026-11-05 08:30"))

    assert _view(county).due_at == at("2026-11-12 17:30")  # 5 + 2 days and one day paused
    assert _view(county).next_step_at is not None
    assert _consistent(county, county_calendar, at("2026-11-05 08:30"))


def test_reopening_gives_new_handling_time_and_keeps_the_citizens_total(
    county: Session, county_calendar: WorkingCalendar, open_case: OpenCase
) -> None:
    open_case(7, RECEIVED)
    meet_deadline(county, 7, Clock.resolve, now=at("2026-11-05 10:00"))
    meet_deadline(county, 7, Clock.total, now=at("2026-11-05 10:00"))
    reopened = at("2026-11-24 10:00")

    restart_deadlines(county, 7, now=reopened, calendar=county_calendar)
    restart_deadlines(county, 7, now=reopened + timedelta(hours=1), calendar=county_calendar)

    rounds = [view for view in deadlines_of(county, [7])[7] if view.clock is Clock.resolve]
    assert [(view.round, view.met_at is None) for view in rounds] == [(1, False), (2, True)]
    assert rounds[1].due_at == at("2026-12-01 17:30")
    total = _view(county, Clock.total)
    assert (total.started_at, total.met_at) == (RECEIVED, None)
    assert _consistent(county, county_calendar, reopened)


def test_reopening_after_the_backstop_never_escalates_at_once(
    county: Session, county_calendar: WorkingCalendar, open_case: OpenCase
) -> None:
    received = at("2026-01-05 10:00")
    open_case(7, received)
    for clock in (Clock.accept, Clock.first_reply, Clock.resolve, Clock.total):
        meet_deadline(county, 7, clock, now=at("2026-01-06 10:00"))
    reopened = at("2026-06-01 10:00")

    restart_deadlines(county, 7, now=reopened, calendar=county_calendar)

    assert sweep(county, now=reopened + timedelta(minutes=1)) == []
    new_due = _view(county).due_at
    late = {(fact.clock, fact.kind) for fact in sweep(county, now=new_due + timedelta(days=30))}
    assert (Clock.total, FactKind.breached) in late
    assert (Clock.resolve, FactKind.breached) in late
    assert _view(county, Clock.total).breached_at == at("2026-04-07 17:30")


def test_what_was_never_opened_cannot_be_reopened(county: Session, county_calendar: WorkingCalendar) -> None:
    with pytest.raises(NoDeadline):
        restart_deadlines(county, 7, now=RECEIVED, calendar=county_calendar)


def test_cancelled_clocks_stop_for_good_and_a_reopened_case_starts_afresh(
    county: Session, county_calendar: WorkingCalendar, open_case: OpenCase
) -> None:
    open_case(7, RECEIVED)

    assert cancel_deadlines(county, 7, now=RECEIVED) == 4
    assert cancel_deadlines(county, 7, now=RECEIVED) == 0
    assert sweep(county, now=DUE + timedelta(days=90)) == []
    assert _view(county).state(DUE) is DeadlineState.cancelled
    assert not _view(county).is_overdue(DUE + timedelta(days=9))

    restart_deadlines(county, 7, now=DUE, calendar=county_calendar)
    assert _view(county).round == 2


def test_a_corrected_kind_is_counted_from_the_original_start(
    county: Session, county_calendar: WorkingCalendar, open_case: OpenCase, book: PolicyBook
) -> None:
    open_case(7, RECEIVED)
    meet_deadline(county, 7, Clock.accept, now=RECEIVED)

    apply_policy(county, 7, book.policy("inquiry"), now=at("2026-11-03 09:00"), calendar=county_calendar)

    view = _view(county)
    assert (view.policy_code, view.limit, view.due_at) == ("inquiry", "2wd", at("2026-11-04 17:30"))
    assert _view(county, Clock.accept).policy_code == "help"
    assert _consistent(county, county_calendar, at("2026-11-03 09:00"))


def test_a_kind_corrected_too_late_is_breached_at_the_next_sweep(
    county: Session, county_calendar: WorkingCalendar, open_case: OpenCase, book: PolicyBook
) -> None:
    open_case(7, RECEIVED)
    now = at("2026-11-05 09:00")
    sweep(county, now=now)

    apply_policy(county, 7, book.policy("danger"), now=now, calendar=county_calendar)

    kinds = {(fact.clock, fact.kind) for fact in sweep(county, now=now)}
    assert (Clock.resolve, FactKind.breached) in kinds
    assert _view(county).breached_at == at("2026-11-03 10:00")


def test_time_left_is_open_time_for_working_limits(
    county: Session, county_calendar: WorkingCalendar, open_case: OpenCase
) -> None:
    open_case(7, RECEIVED)
    open_case(8, RECEIVED, policy="danger")

    left = time_left(county_calendar, _view(county), now=at("2026-11-09 14:30"))
    over = time_left(county_calendar, _view(county), now=at("2026-11-10 09:30"))
    elapsed = time_left(county_calendar, _view(county, subject_id=8), now=at("2026-11-03 09:00"))

    assert (left.seconds, left.is_working_time, left.is_overdue) == (3 * 3600, True, False)
    assert (over.seconds, over.is_overdue) == (3600, True)
    assert (elapsed.seconds, elapsed.is_working_time) == (3600, False)


def test_the_explanation_of_a_case_shows_who_paused_it(
    county: Session, county_calendar: WorkingCalendar, open_case: OpenCase
) -> None:
    open_case(7, RECEIVED)
    pause_deadlines(county, 7, reason="waiting_for_citizen", actor_id=ALICE, now=at("2026-11-03 08:30"))
    resume_deadlines(county, 7, now=at("2026-11-04 12:00"))

    shown = explanation_of(county, _view(county), county_calendar, now=at("2026-11-04 12:00"))

    assert shown.due == _view(county).due_at
    days = {f"{day.date:%m-%d}": day for day in shown.days}
    assert (days["11-03"].counted, days["11-03"].reason.code) == (False, "paused")
    assert days["11-03"].reason.params == {"by": [str(ALICE)], "why": ["waiting_for_citizen"]}
    assert (days["11-04"].counted, days["11-04"].paused_seconds) == (True, 3.5 * 3600)


def test_a_department_with_its_own_hours_closes_later(
    county: Session, county_calendar: WorkingCalendar, book: PolicyBook
) -> None:
    starts = starts_of(book.policy("help"), 7, RECEIVED, department="window")
    start_deadlines(county, starts, county_calendar)

    assert _view(county).department == "window"
