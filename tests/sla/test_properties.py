"""Laws that hold for every deadline: monotone, additive, the order of pauses does not matter."""

from datetime import UTC, datetime, timedelta

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sla.calendar import shipped_calendar
from sla.course import Pause

CALENDAR = shipped_calendar()
FIRST, LAST = datetime(2023, 1, 1, tzinfo=UTC), datetime(2027, 6, 1, tzinfo=UTC)

instants = st.datetimes(FIRST.replace(tzinfo=None), LAST.replace(tzinfo=None), timezones=st.just(UTC))
units = st.sampled_from(["wd", "wh", "wmin", "h", "min", "d"])
amounts = st.integers(1, 60)
lengths = st.timedeltas(timedelta(), timedelta(days=12))


@st.composite
def pauses(draw: st.DrawFn) -> list[Pause]:
    found = []
    for _ in range(draw(st.integers(0, 4))):
        begins = draw(instants)
        found.append(Pause(begins, begins + draw(lengths)))
    return found


@st.composite
def nearby_pauses(draw: st.DrawFn, start: datetime) -> list[Pause]:
    offsets = st.timedeltas(timedelta(days=-2), timedelta(days=20))
    found = []
    for _ in range(draw(st.integers(0, 4))):
        begins = start + draw(offsets)
        found.append(Pause(begins, begins + draw(lengths)))
    return found


@given(instants, instants, units, amounts)
def test_what_is_received_later_is_never_due_earlier(
    one: datetime, other: datetime, unit: str, amount: int
) -> None:
    earlier, later = sorted([one, other])

    assert CALENDAR.due(earlier, f"{amount}{unit}") <= CALENDAR.due(later, f"{amount}{unit}")


@given(instants, units, amounts, amounts)
def test_a_longer_limit_is_never_due_earlier(start: datetime, unit: str, one: int, more: int) -> None:
    assert CALENDAR.due(start, f"{one}{unit}") <= CALENDAR.due(start, f"{one + more}{unit}")


@given(instants, units, amounts)
def test_a_deadline_is_always_later_than_its_start(start: datetime, unit: str, amount: int) -> None:
    assert CALENDAR.due(start, f"{amount}{unit}") > start


@given(instants, st.sampled_from(["wd", "wh", "wmin", "h", "min"]), amounts, amounts)
def test_two_limits_one_after_the_other_are_their_sum(start: datetime, unit: str, one: int, two: int) -> None:
    first = CALENDAR.due(start, f"{one}{unit}")

    assert CALENDAR.due(first, f"{two}{unit}") == CALENDAR.due(start, f"{one + two}{unit}")
    assert CALENDAR.due(start, f"{one}{unit}", extensions=[f"{two}{unit}"]) == CALENDAR.due(
        first, f"{two}{unit}"
    )


@settings(max_examples=200)
@given(st.data(), instants, units, amounts)
def test_the_order_of_pauses_does_not_matter(
    data: st.DataObject, start: datetime, unit: str, amount: int
) -> None:
    found = data.draw(nearby_pauses(start))

    shuffled = data.draw(st.permutations(found))

    assert CALENDAR.due(start, f"{amount}{unit}", found) == CALENDAR.due(start, f"{amount}{unit}", shuffled)


@settings(max_examples=200)
@given(st.data(), instants, units, amounts)
def test_one_more_pause_never_makes_a_deadline_earlier(
    data: st.DataObject, start: datetime, unit: str, amount: int
) -> None:
    found = data.draw(nearby_pauses(start))
    assume(found)

    assert CALENDAR.due(start, f"{amount}{unit}", found[1:]) <= CALENDAR.due(start, f"{amount}{unit}", found)


@settings(max_examples=200)
@given(st.data(), instants, units, amounts)
def test_a_pause_cut_in_two_moves_a_deadline_as_much_as_the_whole(
    data: st.DataObject, start: datetime, unit: str, amount: int
) -> None:
    found = data.draw(nearby_pauses(start))
    cut = [
        half
        for pause in found
        for middle in [pause.started_at + (pause.ended_at - pause.started_at) / 3]
        for half in (Pause(pause.started_at, middle), Pause(middle, pause.ended_at))
    ]

    assert CALENDAR.due(start, f"{amount}{unit}", cut) == CALENDAR.due(start, f"{amount}{unit}", found)


@settings(max_examples=200)
@given(st.data(), instants, amounts)
def test_a_pause_moves_a_deadline_in_working_hours_by_the_open_time_it_covers(
    data: st.DataObject, start: datetime, amount: int
) -> None:
    offset = data.draw(st.timedeltas(timedelta(), timedelta(days=3)))
    pause = Pause(start + offset, start + offset + data.draw(lengths))
    due = CALENDAR.due(start, f"{amount}wh")
    assume(pause.started_at < due and CALENDAR.working_time(pause.started_at, due) > timedelta())

    moved = CALENDAR.due(start, f"{amount}wh", [pause])

    assert CALENDAR.working_time(due, moved) == CALENDAR.working_time(pause.started_at, pause.ended_at)


@settings(max_examples=200)
@given(st.data(), instants, units, amounts)
def test_percentages_are_reached_in_order_and_end_at_the_due_instant(
    data: st.DataObject, start: datetime, unit: str, amount: int
) -> None:
    course = CALENDAR.course(start, f"{amount}{unit}", data.draw(nearby_pauses(start)))

    reached = [course.used_up_at(percent) for percent in (1, 50, 80, 99, 100)]

    assert reached == sorted(reached)
    assert reached[-1] == course.due_at


@settings(max_examples=100)
@given(st.data(), instants, units, amounts)
def test_the_explanation_ends_where_the_deadline_does_and_counts_what_the_limit_says(
    data: st.DataObject, start: datetime, unit: str, amount: int
) -> None:
    assume(unit in {"wd", "d"} or amount < 20)
    shown = CALENDAR.explain(start, f"{amount}{unit}", data.draw(nearby_pauses(start)))
    plain = CALENDAR.explain(start, f"{amount}{unit}")

    assert shown.due >= plain.due == CALENDAR.due(start, f"{amount}{unit}")
    if unit in {"wd", "d"}:
        assert plain.counted_days == amount
    if unit == "wh":
        assert sum(day.seconds for day in shown.days) in range(
            amount * 3600 - len(shown.days), amount * 3600 + 1
        )
    assert plain.days[0].date == start.astimezone(CALENDAR.tz).date()
    assert plain.days[-1].date == plain.due.astimezone(CALENDAR.tz).date()
