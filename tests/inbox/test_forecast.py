"""The forecast: worked out by hand here, and counted from cases as the page counts it."""

from datetime import date, timedelta

import pytest
from sqlmodel import col, update

from inbox.forecast import forecast, outlook
from inbox.models import Case, CaseState
from sla.calendar import load_calendar
from tests.inbox.conftest import NOW, TownHall


@pytest.mark.parametrize(
    ("overdue", "due", "pace", "first_day", "late"),
    [
        # Two late ones first: on day one 3 are closed, so 3 of the 4 due wait; day two has 6 closed of 7, one waits;
        # day three 9 of 13, four wait. 3 + 1 + 4.
        (2, (4, 1, 6), 3.0, 1.0, 8),
        # The pace is enough, to the very case.
        (0, (3, 3, 3), 3.0, 1.0, 0),
        # Half of the first day is over: one and a half are closed by its end, so half a case, which is a case, waits.
        (0, (2, 0, 0), 3.0, 0.5, 1),
        # What is overdue already is not counted again, and nobody who closes nothing does anything in time.
        (5, (0, 0, 2), 0.0, 1.0, 2),
        # 0.1 + 0.2 is not 0.3 for a computer; nothing may be late because of that.
        (0, (0, 0, 3), 1.0, 1.0, 0),
        (0, (), 1.0, 1.0, 0),
    ],
)
def test_a_department_worked_out_by_hand(
    overdue: int, due: tuple[int, ...], pace: float, first_day: float, late: int
) -> None:
    assert outlook(1, overdue, due, pace, first_day).will_be_late == late


def test_it_is_counted_from_open_cases_and_past_answers(town_hall: TownHall) -> None:
    """Housing answered 10 in 20 working days: half a case a day. Wednesday 10:00, a quarter of the day is over."""
    session = town_hall.session
    calendar = load_calendar(session)
    cases = town_hall.receive(*(f"第{n}栋小区电梯坏了" for n in range(16)), now=NOW - timedelta(days=20))
    for n, case in enumerate(cases):
        values = {"next_due_at": NOW + timedelta(hours=(-3, 4, 28, 52)[n % 4])}
        if n >= 6:
            values = {"state": CaseState.CLOSED, "replied_at": NOW - timedelta(days=3 + n % 7)}
            values |= {"assignee_id": town_hall.alice.officer_id, "next_due_at": None}
        session.execute(update(Case).where(col(Case.id) == case.id).values(**values))

    found = forecast(session, town_hall.sun, calendar, now=NOW)

    assert found.days == (date(2026, 11, 18), date(2026, 11, 19), date(2026, 11, 20))
    (housing,) = found.departments
    assert (housing.overdue, housing.due) == (2, (2, 1, 1))
    assert housing.closed_per_day == 0.5
    assert housing.will_be_late == 4  # by Friday it closes one and a half of the two that are late already
    # Alice answered ten, so about one and a half in three days; her desk is empty: room for one.
    assert [(one.officer_id, one.free) for one in found.hands] == [(town_hall.alice.officer_id, 1)]


def test_a_department_sees_its_own_outlook_only(town_hall: TownHall) -> None:
    town_hall.receive("小区电梯坏了", "居住证怎么办", now=NOW - timedelta(days=1))
    calendar = load_calendar(town_hall.session)

    own = forecast(town_hall.session, town_hall.alice, calendar, now=NOW)
    whole = forecast(town_hall.session, town_hall.sun, calendar, now=NOW)

    assert {one.department_id for one in own.departments} == {town_hall.housing.id}
    assert {one.department_id for one in whole.departments} == {town_hall.housing.id, town_hall.police.id}


def test_on_a_saturday_the_first_day_is_monday(town_hall: TownHall) -> None:
    calendar = load_calendar(town_hall.session)

    found = forecast(town_hall.session, town_hall.sun, calendar, now=NOW + timedelta(days=3))

    assert found.days[0] == date(2026, 11, 23)
