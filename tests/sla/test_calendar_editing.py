"""Loading notices and office hours: what moves, what is logged, what a bad file is told."""

import json
from collections.abc import Callable
from datetime import date, time, timedelta
from typing import Any

import pytest
from sqlmodel import Session

from sla.audit import mismatches
from sla.calendar import WorkingCalendar, load_calendar
from sla.calendar_editing import (
    calendar_years,
    change_hours,
    days_of_year,
    list_hours,
    load_notices,
    preview_hours,
    preview_notices,
)
from sla.deadlines import meet_deadline, pause_deadlines
from sla.defaults import install_defaults
from sla.errors import BadNotice, BadOfficeHours
from sla.holidays import Notice, NoticeDay, read_notices, shipped_notices
from sla.hours import DEFAULT_HOURS, Hours, read_periods
from sla.models import ChangeReason, Clock, DayKind, FactKind
from sla.revisions import sla_revision
from sla.sweep import sweep
from sla.views import DeadlineView, changes_of, deadlines_of, facts_of
from tests.sla.conftest import at

OpenCase = Callable[..., None]
NOW = at("2026-12-30 12:00")
RECEIVED = at("2026-12-28 10:00")
# An invented notice for 2027: three days of New Year and one make-up Sunday.
NOTICE = Notice(
    year=2027,
    number="国办发明电〔2026〕99号",
    issued_on=date(2026, 12, 20),
    days=(
        NoticeDay(date(2027, 1, 1), DayKind.holiday, "元旦"),
        NoticeDay(date(2027, 1, 2), DayKind.holiday, "元旦"),
        NoticeDay(date(2027, 1, 3), DayKind.workday, "元旦"),
        NoticeDay(date(2027, 1, 4), DayKind.holiday, "元旦"),
        NoticeDay(date(2027, 1, 5), DayKind.holiday, "元旦"),
    ),
    title="关于2027年部分节假日安排的通知",
    source="https://example.invalid/2027",
)


def _view(session: Session, clock: Clock = Clock.resolve, subject_id: int = 7) -> DeadlineView:
    return [view for view in deadlines_of(session, [subject_id])[subject_id] if view.clock is clock][-1]


def test_a_deadline_that_reaches_into_a_year_without_a_notice_says_so(
    county: Session, open_case: OpenCase
) -> None:
    open_case(7, RECEIVED)

    assert (_view(county).provisional, _view(county).due_at) == (True, at("2027-01-05 17:30"))
    assert not _view(county, Clock.accept).provisional


def test_the_preview_shows_what_moves_and_changes_nothing(
    county: Session, county_calendar: WorkingCalendar, open_case: OpenCase
) -> None:
    open_case(7, RECEIVED)
    revision = sla_revision(county)

    preview = preview_notices(county, [NOTICE], county_calendar, now=NOW)

    moved = [(move.subject_id, move.clock, move.old_due_at, move.new_due_at) for move in preview.moves]
    assert moved == [(7, Clock.resolve, at("2027-01-05 17:30"), at("2027-01-06 17:30"))]
    assert preview.settled == 2  # resolve and the total
    assert preview.newly_overdue == 0
    changed = {day.on: (day.was.code, day.becomes.code) for day in preview.changed_days}
    assert changed[date(2027, 1, 3)] == ("weekend", "make_up_day")
    assert changed[date(2027, 2, 8)] == ("statutory_day", "weekday")
    assert _view(county).provisional
    assert sla_revision(county) == revision


def test_loading_recomputes_logs_and_announces(
    county: Session, county_calendar: WorkingCalendar, open_case: OpenCase
) -> None:
    open_case(7, RECEIVED)
    preview = preview_notices(county, [NOTICE], county_calendar, now=NOW)
    revision = sla_revision(county)

    loaded = load_notices(county, [NOTICE], county_calendar, now=NOW, actor_id=3)

    assert loaded == preview
    assert sla_revision(county) > revision
    assert (_view(county).provisional, _view(county).due_at) == (False, at("2027-01-06 17:30"))
    change = changes_of(county, 7)[0]
    assert (change.reason, change.params, change.actor_id) == (
        ChangeReason.notice_loaded,
        {"notices": [NOTICE.number]},
        3,
    )
    after = load_calendar(county)
    assert 2027 in after.known_years
    assert not list(mismatches(county, after, now=NOW))


def test_loading_a_notice_twice_moves_nothing_the_second_time(
    county: Session, county_calendar: WorkingCalendar, open_case: OpenCase
) -> None:
    open_case(7, RECEIVED)
    load_notices(county, [NOTICE], county_calendar, now=NOW)

    again = load_notices(county, [NOTICE], load_calendar(county), now=NOW)

    assert (again.changed_days, again.moves) == ((), ())
    assert len([n for n in load_calendar(county).notices if n.year == 2027]) == 1


def test_a_breach_that_a_notice_undoes_is_withdrawn_and_can_happen_again(
    county: Session, county_calendar: WorkingCalendar, open_case: OpenCase
) -> None:
    open_case(7, RECEIVED)
    late = at("2027-01-06 09:00")
    sweep(county, now=late)
    assert _view(county).breached_at is not None

    load_notices(county, [NOTICE], county_calendar, now=late)

    assert _view(county).breached_at is None
    withdrawn = [fact for fact in facts_of(county, 7) if fact.withdrawn_at is not None]
    assert [(fact.kind, fact.withdrawn_at) for fact in withdrawn] == [(FactKind.breached, late)]
    assert not [fact for fact in sweep(county, now=late) if fact.clock is Clock.resolve]
    again = sweep(county, now=at("2027-01-07 09:00"))
    assert (Clock.resolve, FactKind.breached) in {(fact.clock, fact.kind) for fact in again}
    assert not list(mismatches(county, load_calendar(county), now=at("2027-01-07 09:00")))


def test_a_notice_that_makes_a_day_worked_can_make_a_deadline_overdue(
    county: Session, county_calendar: WorkingCalendar, open_case: OpenCase
) -> None:
    open_case(7, at("2026-11-05 10:00"))  # due Thursday 12 November
    extra = Notice(
        2026,
        "县办〔2026〕9号",
        date(2026, 11, 6),
        (NoticeDay(date(2026, 11, 7), DayKind.workday, "创建迎检"),),
        region="本县",
    )
    now = at("2026-11-12 09:00")

    preview = load_notices(county, [extra], county_calendar, now=now)

    assert preview.newly_overdue == 1
    assert _view(county).due_at == at("2026-11-11 17:30")
    found = {(fact.clock, fact.kind) for fact in sweep(county, now=now)}
    assert (Clock.resolve, FactKind.breached) in found


def test_a_met_deadline_is_judged_anew_by_the_days_that_really_were_worked(
    county: Session, county_calendar: WorkingCalendar, open_case: OpenCase
) -> None:
    open_case(7, RECEIVED)
    answered = at("2027-01-06 10:00")
    meet_deadline(county, 7, Clock.resolve, now=answered)
    assert _view(county).breached_at is not None

    load_notices(county, [NOTICE], county_calendar, now=answered)

    assert _view(county).breached_at is None
    assert not list(mismatches(county, load_calendar(county), now=answered))


def test_a_paused_deadline_moves_and_stays_paused(
    county: Session, county_calendar: WorkingCalendar, open_case: OpenCase
) -> None:
    open_case(7, RECEIVED)
    pause_deadlines(county, 7, reason="other", actor_id=1, now=at("2026-12-29 10:00"))

    load_notices(county, [NOTICE], county_calendar, now=NOW)

    view = _view(county)
    assert (view.due_at, view.next_step_at) == (at("2027-01-06 17:30"), None)
    assert view.paused_at == at("2026-12-29 10:00")


def test_years_are_listed_with_their_notices_and_the_coming_one_as_provisional(
    county_calendar: WorkingCalendar,
) -> None:
    years = calendar_years(county_calendar, through=2027)

    assert [year.year for year in years] == list(range(2027, 2006, -1))
    assert (years[0].provisional, years[0].notices) == (True, ())
    assert (years[1].days_off, years[1].make_up_days, years[1].working_days) == (33, 6, 248)
    assert years[1].notices[0].number == "国办发明电〔2025〕7号"
    assert len(days_of_year(county_calendar, 2024)) == 366


def test_defaults_are_installed_once_and_do_not_undo_what_was_edited(
    county: Session, county_calendar: WorkingCalendar
) -> None:
    change_hours(county, [Hours(((time(9), time(17)),))], county_calendar, now=NOW)
    revision = sla_revision(county)

    install_defaults(county)

    assert sla_revision(county) == revision
    assert [hours.periods for hours in list_hours(county)] == [((time(9), time(17)),)]
    assert len(load_calendar(county).notices) == len(shipped_notices())


def test_changed_office_hours_move_deadlines_after_a_preview(
    county: Session, county_calendar: WorkingCalendar, open_case: OpenCase
) -> None:
    open_case(7, at("2026-12-21 10:00"))
    open_case(8, at("2026-12-21 10:00"), department="window")
    rules = [DEFAULT_HOURS, Hours(((time(9), time(20)),), department="window")]

    preview = preview_hours(county, rules, county_calendar, now=NOW)
    changed = change_hours(county, rules, county_calendar, now=NOW, actor_id=3)

    assert changed == preview
    assert {move.subject_id for move in preview.moves} == {8}
    assert _view(county, subject_id=8).due_at == at("2026-12-28 20:00")
    assert _view(county, subject_id=7).due_at == at("2026-12-28 17:30")
    assert changes_of(county, 8)[0].reason is ChangeReason.hours_changed


@pytest.mark.parametrize(
    "rules",
    [
        [],
        [Hours(((time(9), time(17)),), department="window")],
        [Hours(((time(9), time(17)),), season_from="05-01", season_to="09-30")],
        [DEFAULT_HOURS, Hours(((time(9), time(17)),), season_from="05-01")],
        [DEFAULT_HOURS, Hours(((time(9), time(17)),), season_from="13-01", season_to="14-01")],
        [Hours(((time(9), time(17)),), valid_from=date(2026, 2, 1), valid_until=date(2026, 1, 1))],
    ],
)
def test_office_hours_that_leave_days_without_any_are_refused(
    county: Session, county_calendar: WorkingCalendar, rules: list[Hours]
) -> None:
    with pytest.raises(BadOfficeHours):
        preview_hours(county, rules, county_calendar, now=NOW)


@pytest.mark.parametrize(
    "periods",
    [
        [],
        [["09:00", "08:00"]],
        [["09:00", "09:00"]],
        [["08:30", "12:00"], ["11:00", "17:00"]],
        [["8:30", "12:00"]],
        [["08:30", "24:00"]],
        [["", ""]],
    ],
)
def test_opening_periods_that_make_no_sense_are_refused(periods: list[list[str]]) -> None:
    with pytest.raises(BadOfficeHours):
        read_periods(periods)


def _file(**changes: Any) -> str:
    entry = {
        "year": 2027,
        "number": "国办发明电〔2026〕99号",
        "issued_on": "2026-12-20",
        "days": [{"on": "2027-01-01", "kind": "holiday", "name": "元旦"}],
    }
    return json.dumps({**entry, **changes}, ensure_ascii=False)


def test_a_notice_file_is_read() -> None:
    (notice,) = read_notices(_file())

    assert (notice.year, notice.days[0].on, notice.region) == (2027, date(2027, 1, 1), "")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (_file(days=[{"on": "2027-02-30", "kind": "holiday"}]), "is not a date"),
        (_file(days=[{"on": "2027-01-01", "kind": "party"}]), "kind of day"),
        (_file(days=[{"on": "2026-05-01", "kind": "holiday"}]), "does not belong to 2027"),
        (_file(days=[{"on": "2028-01-01", "kind": "holiday"}]), "does not belong to 2027"),
        (_file(days=[{"on": "2027-01-05", "kind": "workday"}]), "no weekend day"),
        (_file(days=[{"on": "2027-01-01", "kind": "holiday"}] * 2), "appears twice"),
        (_file(days=[]), "names no days"),
        (_file(days="1月1日"), "names no days"),
        (_file(days=["2027-01-01"]), "is not a day"),
        (_file(number=" "), "number of the document"),
        (_file(issued_on="soon"), "date of the document"),
        (_file(year="2027"), "is not a year"),
        (_file(year=20270), "is not a year"),
        ("[]", "it is empty"),
        ("[1]", "not an object"),
        ("年", "not JSON"),
    ],
)
def test_a_wrong_notice_file_is_refused_with_the_reason(content: str, said: str) -> None:
    with pytest.raises(BadNotice, match=said):
        read_notices(content.encode(), "2027.json")


def test_bytes_that_are_not_utf_8_are_refused() -> None:
    with pytest.raises(BadNotice):
        read_notices(_file().encode("gb18030"))


def test_days_at_the_end_of_december_may_belong_to_the_next_year() -> None:
    (notice,) = read_notices(_file(days=[{"on": "2026-12-27", "kind": "workday", "name": "元旦"}]))

    assert notice.days[0].on - timedelta() == date(2026, 12, 27)
