"""Working days and office hours: notices, make-up days, lunch, seasons, departments, provisional years."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import chinese_calendar
import pytest

from sla.calendar import WorkingCalendar, months_later, shipped_calendar
from sla.course import Pause
from sla.errors import BadLimit, BadPause, LimitTooLong, NaiveTime
from sla.holidays import Notice, NoticeDay, shipped_notices
from sla.hours import DEFAULT_HOURS, Hours
from sla.models import DayKind
from tests.sla.conftest import SHANGHAI, at

NUMBERS = {
    2023: ("国办发明电〔2022〕16号", date(2022, 12, 8)),
    2024: ("国办发明电〔2023〕7号", date(2023, 10, 25)),
    2025: ("国办发明电〔2024〕12号", date(2024, 11, 12)),
    2026: ("国办发明电〔2025〕7号", date(2025, 11, 4)),
}


def test_every_day_known_to_chinesecalendar_is_the_same_here(calendar: WorkingCalendar) -> None:
    on = date(2007, 1, 1)
    last = max(chinese_calendar.holidays)

    while on <= date(last.year, 12, 31):
        assert calendar.is_working_day(on) is chinese_calendar.is_workday(on), on
        on += timedelta(days=1)


@pytest.mark.parametrize("year", sorted(NUMBERS))
def test_each_year_carries_the_number_and_date_of_its_notice(year: int) -> None:
    notices = [notice for notice in shipped_notices() if notice.year == year]

    assert [(notice.number, notice.issued_on) for notice in notices] == [NUMBERS[year]]
    assert all(notice.source.startswith("http") for notice in notices)


def test_a_later_notice_of_the_same_year_overrides_the_earlier(calendar: WorkingCalendar) -> None:
    day = calendar.day(date(2020, 2, 1))

    assert not day.is_working
    assert day.notice is not None
    assert day.notice.number == "国办发明电〔2020〕1号"


def test_the_december_days_of_the_next_years_notice_belong_to_it(calendar: WorkingCalendar) -> None:
    day = calendar.day(date(2022, 12, 31))

    assert day.notice is not None
    assert (day.code, day.notice.year) == ("holiday", 2023)


@pytest.mark.parametrize(
    ("received", "limit", "due"),
    [
        # The rule and the example of the time limits: the day of receipt is not counted.
        ("2026-09-30 16:00", "5wd", "2026-10-13 17:30"),
        ("2026-09-30 00:00", "1wd", "2026-10-08 17:30"),
        ("2026-09-30 23:59", "1wd", "2026-10-08 17:30"),
        ("2026-10-10 09:00", "1wd", "2026-10-12 17:30"),  # received on a make-up Saturday
        ("2026-10-09 09:00", "1wd", "2026-10-10 17:30"),  # the make-up Saturday is the next working day
        ("2026-10-11 09:00", "1wd", "2026-10-12 17:30"),  # received on a Sunday
        ("2026-10-09 09:00", "eonwd", "2026-10-10 17:30"),
        ("2026-02-13 10:00", "2wd", "2026-02-24 17:30"),  # the Saturday before 春节 is worked
        # After closing: still the same day, unless the limit counts from the next opening.
        ("2026-11-02 18:00", "1wd", "2026-11-03 17:30"),
        ("2026-11-02 18:00", "1wd@open", "2026-11-04 17:30"),
        ("2026-11-02 17:29", "1wd@open", "2026-11-03 17:30"),
        ("2026-11-02 17:30", "1wd@open", "2026-11-04 17:30"),
        # Working hours: from receipt or the next opening, without lunch and nights.
        ("2026-11-02 08:30", "2wh", "2026-11-02 10:30"),
        ("2026-11-02 11:00", "2wh", "2026-11-02 15:00"),
        ("2026-11-02 12:30", "2wh", "2026-11-02 16:00"),
        ("2026-11-02 08:30", "210wmin", "2026-11-02 12:00"),  # exactly until lunch, not until 14:00
        ("2026-11-02 08:30", "211wmin", "2026-11-02 14:01"),
        ("2026-11-02 08:30", "7wh", "2026-11-02 17:30"),
        ("2026-11-02 06:00", "1wh", "2026-11-02 09:30"),
        ("2026-11-02 17:00", "1wh", "2026-11-03 09:00"),
        ("2026-11-06 17:30", "30wmin", "2026-11-09 09:00"),
        ("2026-09-30 17:00", "1wh", "2026-10-08 09:00"),
        # Elapsed time runs through nights and days off.
        ("2026-10-01 03:00", "15min", "2026-10-01 03:15"),
        ("2026-10-01 03:00", "24h", "2026-10-02 03:00"),
        ("2026-10-01 03:00", "2h@open", "2026-10-08 10:30"),
        # Calendar days: ends when offices close, on the next working day if it ends on a day off.
        ("2026-11-02 16:00", "15d", "2026-11-17 17:30"),
        ("2026-09-10 16:00", "15d", "2026-09-28 17:30"),  # 25 September is 中秋节
        ("2026-09-05 16:00", "15d", "2026-09-20 17:30"),  # a Sunday, but a make-up working day
        ("2026-08-31 16:00", "3mo", "2026-11-30 17:30"),
        ("2026-07-15 16:00", "3mo", "2026-10-15 17:30"),
    ],
)
def test_due(calendar: WorkingCalendar, received: str, limit: str, due: str) -> None:
    assert calendar.due(at(received), limit) == at(due)


def test_due_is_the_same_instant_whatever_zone_it_is_asked_in(calendar: WorkingCalendar) -> None:
    local = at("2026-09-30 23:30")

    assert calendar.due(local.astimezone(UTC), "1wd") == calendar.due(local, "1wd")
    assert calendar.due(local, "1wd").tzinfo is UTC


def test_seconds_and_microseconds_are_kept(calendar: WorkingCalendar) -> None:
    received = at("2026-11-02 09:00") + timedelta(microseconds=123456)

    assert calendar.due(received, "1wh") == received + timedelta(hours=1)


def test_a_time_without_a_zone_is_refused(calendar: WorkingCalendar) -> None:
    with pytest.raises(NaiveTime):
        calendar.due(datetime(2026, 9, 30, 16), "5wd")  # noqa: DTZ001


@pytest.mark.parametrize("limit", ["0wd", "-1wd", "5", "wd", "5 days", "1.5h", "10001wd", "", "五wd", "1e3h"])
def test_a_limit_that_cannot_be_used_is_refused(calendar: WorkingCalendar, limit: str) -> None:
    with pytest.raises(BadLimit):
        calendar.due(at("2026-09-30 16:00"), limit)


def test_ten_thousand_working_days_end_in_a_provisional_year(calendar: WorkingCalendar) -> None:
    course = calendar.course(at("2026-09-30 16:00"), "10000wd")

    assert course.due_at.year == 2066
    assert course.provisional


def test_a_limit_beyond_the_last_year_is_refused(calendar: WorkingCalendar) -> None:
    for limit in ("10000wd", "10000d", "80000wh", "330mo", "250000h"):
        with pytest.raises(LimitTooLong):
            calendar.due(datetime(9990, 1, 1, tzinfo=UTC), limit)


@pytest.mark.parametrize(
    ("on", "months", "expected"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2026, 10, 15), 3, date(2027, 1, 15)),
        (date(2026, 12, 31), 12, date(2027, 12, 31)),
    ],
)
def test_months_end_on_the_same_day_or_the_last(on: date, months: int, expected: date) -> None:
    assert months_later(on, months) == expected


def test_a_year_without_a_notice_is_provisional_and_has_the_days_off_of_the_law(
    calendar: WorkingCalendar,
) -> None:
    day = calendar.day(date(2027, 2, 8))

    assert (day.code, day.name, day.is_working, day.provisional) == ("statutory_day", "春节", False, True)
    assert calendar.course(at("2026-12-30 16:00"), "1wd").provisional is False
    assert calendar.course(at("2026-12-31 16:00"), "1wd").provisional is True
    assert calendar.course(at("2026-12-01 16:00"), "60d").provisional is True
    assert calendar.course(at("2026-12-31 16:00"), "24h").provisional is False


def test_a_missing_year_between_known_ones_is_provisional_too() -> None:
    calendar = WorkingCalendar(notice for notice in shipped_notices() if notice.year != 2025)

    assert calendar.course(at("2025-03-03 10:00"), "5wd").provisional
    assert calendar.course(at("2024-12-30 10:00"), "300wd").provisional
    assert not calendar.course(at("2026-03-03 10:00"), "5wd").provisional


def test_without_any_notice_everything_is_provisional() -> None:
    assert WorkingCalendar([]).course(at("2026-03-03 10:00"), "5wd").provisional


def test_a_local_holiday_is_off_and_says_which_notice_made_it_so() -> None:
    local = Notice(
        year=2026,
        number="某州政办发〔2026〕3号",
        issued_on=date(2026, 1, 5),
        days=(NoticeDay(date(2026, 4, 20), DayKind.holiday, "三月三"),),
        region="某州",
    )
    calendar = WorkingCalendar([*shipped_notices(), local])

    assert calendar.due(at("2026-04-17 10:00"), "1wd") == at("2026-04-21 17:30")
    day = calendar.day(date(2026, 4, 20))
    assert day.notice is local
    assert 2026 in calendar.known_years


def test_a_local_notice_alone_does_not_make_a_year_known() -> None:
    local = Notice(
        2027, "1号", date(2026, 12, 1), (NoticeDay(date(2027, 4, 9), DayKind.holiday, "x"),), region="某州"
    )

    assert 2027 not in WorkingCalendar([*shipped_notices(), local]).known_years


def test_on_a_half_day_offices_close_at_noon() -> None:
    half = Notice(
        2026,
        "某办〔2026〕1号",
        date(2026, 1, 5),
        (NoticeDay(date(2026, 3, 6), DayKind.half_day, "植树"),),
        region="某县",
    )
    calendar = WorkingCalendar([*shipped_notices(), half])

    assert calendar.due(at("2026-03-05 10:00"), "1wd") == at("2026-03-06 12:00")
    assert calendar.due(at("2026-03-06 11:00"), "2wh") == at("2026-03-09 09:30")


def _hours(first: time, lunch: time, back: time, last: time, **more: str) -> Hours:
    return Hours(((first, lunch), (back, last)), **more)  # type: ignore[arg-type]


def test_summer_hours_and_a_departments_own_hours_are_used_in_their_time() -> None:
    calendar = shipped_calendar(
        hours=[
            DEFAULT_HOURS,
            _hours(time(8), time(12), time(15), time(18), season_from="06-01", season_to="09-30"),
            Hours(((time(9), time(21)),), department="window"),
        ]
    )

    assert calendar.due(at("2026-05-29 10:00"), "1wd") == at("2026-06-01 18:00")
    assert calendar.due(at("2026-09-30 10:00"), "1wd") == at("2026-10-08 17:30")
    assert calendar.due(at("2026-05-29 10:00"), "1wd", department="window") == at("2026-06-01 21:00")
    assert calendar.due(at("2026-05-29 11:00"), "2wh", department="window") == at("2026-05-29 13:00")
    assert calendar.due(at("2026-05-29 11:00"), "2wh", department="other") == at("2026-05-29 15:00")


def test_a_winter_season_runs_over_the_turn_of_the_year() -> None:
    winter = _hours(time(9), time(12), time(13), time(17), season_from="11-15", season_to="02-28")

    assert winter.covers(date(2026, 12, 31))
    assert winter.covers(date(2026, 2, 1))
    assert not winter.covers(date(2026, 3, 1))


def test_offices_in_a_daylight_saving_zone_keep_their_local_hours() -> None:
    zone = ZoneInfo("Europe/Berlin")
    night = Hours(((time(1), time(4)),))
    calendar = WorkingCalendar([], [night], tz=zone)
    monday = at("2026-03-30 01:30", zone)

    assert calendar.due(at("2026-03-27 01:00", zone), "1wd") == at("2026-03-30 04:00", zone)
    assert calendar.due(monday, "1wh") == monday + timedelta(hours=1)
    # The clocks go forward on a Sunday, so no office hour is lost; elapsed time is elapsed time.
    assert calendar.due(at("2026-03-28 12:00", zone), "24h") == at("2026-03-29 13:00", zone)


def test_an_opening_swallowed_by_the_clock_going_forward_is_left_out() -> None:
    # Cairo went forward on Friday 24 April 2026 at midnight.
    zone = ZoneInfo("Africa/Cairo")
    calendar = WorkingCalendar([], [Hours(((time(0, 0), time(1, 0)), (time(8), time(16))))], tz=zone)

    assert calendar.due(at("2026-04-23 15:30", zone), "1wh") == at("2026-04-24 08:30", zone)


@pytest.mark.parametrize(
    ("limit", "first", "last", "due"),
    [
        # Received on Monday 2 November 10:00. The day of receipt is not counted, so a pause on it moves nothing.
        ("1wd", "2026-11-02 10:00", "2026-11-03 00:00", "2026-11-03 17:30"),
        ("1wd", "2026-11-02 10:00", "2026-11-03 09:30", "2026-11-04 09:30"),
        ("2wh", "2026-11-02 10:00", "2026-11-02 11:00", "2026-11-02 15:00"),
        # From the very instant it is due, or after: too late to matter.
        ("1wd", "2026-11-03 17:30", "2026-11-09 10:00", "2026-11-03 17:30"),
        ("2wh", "2026-11-02 12:00", "2026-11-02 16:00", "2026-11-02 12:00"),
        ("1h", "2026-11-02 11:00", "2026-11-02 12:00", "2026-11-02 11:00"),
        # A moment before it is due.
        ("1wd", "2026-11-03 17:29", "2026-11-04 09:30", "2026-11-04 09:31"),
        # Over lunch, over night, over a weekend: only open time.
        ("1wd", "2026-11-03 11:00", "2026-11-03 14:30", "2026-11-04 10:00"),
        ("1wd", "2026-11-03 12:00", "2026-11-03 14:00", "2026-11-03 17:30"),
        ("5wd", "2026-11-06 17:30", "2026-11-09 08:30", "2026-11-09 17:30"),
        # Calendar days end at a closing time, later ones only.
        ("3d", "2026-11-03 00:00", "2026-11-03 06:00", "2026-11-06 17:30"),
        ("3d", "2026-11-02 00:00", "2026-11-03 00:00", "2026-11-05 17:30"),
        # Empty.
        ("1wd", "2026-11-03 11:00", "2026-11-03 11:00", "2026-11-03 17:30"),
    ],
)
def test_due_with_a_pause(calendar: WorkingCalendar, limit: str, first: str, last: str, due: str) -> None:
    assert calendar.due(at("2026-11-02 10:00"), limit, [Pause(at(first), at(last))]) == at(due)


def test_a_pause_that_runs_backwards_or_has_no_zone_is_refused(calendar: WorkingCalendar) -> None:
    start, later = at("2026-11-02 10:00"), at("2026-11-02 12:00")

    with pytest.raises(BadPause):
        calendar.due(start, "1wd", [Pause(later, start)])
    with pytest.raises(NaiveTime):
        calendar.due(start, "1wd", [Pause(start, later.replace(tzinfo=None))])


def test_working_time_between_two_instants(calendar: WorkingCalendar) -> None:
    worked = calendar.working_time(at("2026-09-30 16:00"), at("2026-10-08 09:00"))

    assert worked == timedelta(hours=2)
    assert calendar.working_time(at("2026-10-08 09:00"), at("2026-09-30 16:00")) == -worked
    assert calendar.working_days_between(date(2026, 9, 30), date(2026, 10, 13)) == 5
    assert calendar.next_opening(at("2026-09-30 18:00")) == at("2026-10-08 08:30")
    assert calendar.tz == SHANGHAI
