"""Deadlines in words: the unit that says most, what is late, what was in time, and every day with its reason."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from sla.calendar import WorkingCalendar, shipped_calendar
from sla.models import Clock
from sla.views import DeadlineView
from web.app import create_app
from web.deadline_words import (
    deadline_words,
    limit_words,
    notices_of,
    pressing,
    row_deadline,
    span_words,
    strip_days,
)
from web.settings import Settings

FRIDAY = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
"""Ten in the morning in Shanghai."""

HOUR = 3600


@pytest.fixture(scope="module")
def calendar() -> WorkingCalendar:
    """The calendar that is shipped."""
    return shipped_calendar()


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], object]:
    """A page in the language given; it needs no database."""
    home = tmp_path_factory.mktemp("home")
    app = create_app(Settings(home=home, secret_key="k" * 40))  # type: ignore[arg-type]

    def reads(locale: str) -> object:
        return app.test_request_context("/", headers={"Cookie": f"locale={locale}"})

    return reads


def clock(calendar: WorkingCalendar, limit: str, started_at: datetime, **changes: object) -> DeadlineView:
    """A clock of a case."""
    values = dict.fromkeys(DeadlineView.__dataclass_fields__)
    values |= {
        "id": 1,
        "clock": Clock.resolve,
        "limit": limit,
        "department": "",
        "extension": "",
        "started_at": started_at,
        "due_at": calendar.due(started_at, limit),
        "provisional": False,
    }
    return DeadlineView(**(values | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("seconds", "working", "chinese", "english"),
    [
        (30, True, "1 分钟", "1 minute"),
        (59 * 60, True, "59 分钟", "59 minutes"),
        (3 * HOUR, True, "3 个工作小时", "3 working hours"),
        (13 * HOUR, True, "13 个工作小时", "13 working hours"),
        (14 * HOUR, True, "2 个工作日", "2 working days"),
        (47 * HOUR, False, "47 小时", "47 hours"),
        (48 * HOUR, False, "2 天", "2 days"),
    ],
)
def test_a_span_is_written_in_the_unit_that_says_most(
    reader: Callable[[str], object], seconds: int, working: bool, chinese: str, english: str
) -> None:
    for locale, words in (("zh_CN", chinese), ("en", english)):
        with reader(locale):  # type: ignore[attr-defined]
            assert span_words(seconds, working=working) == words


def test_words_look_and_bar_follow_how_much_is_used(
    reader: Callable[[str], object], calendar: WorkingCalendar
) -> None:
    view = clock(calendar, "7wh", FRIDAY - timedelta(hours=1))
    steps = [(1, "calm"), (5, "soon"), (6.9, "urgent"), (24 * 3 + 8, "overdue")]
    with reader("en"):  # type: ignore[attr-defined]
        looks = [deadline_words(calendar, view, now=FRIDAY + timedelta(hours=h)) for h, _ in steps]

    assert [words.state for words in looks] == [look for _, look in steps]
    assert looks[-1].percent == 100
    assert "overdue" in looks[-1].words


def test_late_since_closing_time_is_not_one_minute_on_a_saturday(
    reader: Callable[[str], object], calendar: WorkingCalendar
) -> None:
    view = clock(calendar, "1wd", FRIDAY - timedelta(days=1))
    with reader("en"):  # type: ignore[attr-defined]
        shown = deadline_words(calendar, view, now=FRIDAY + timedelta(hours=31, minutes=30))

    assert shown.words == "24 hours overdue"


def test_a_clock_that_is_over_says_whether_it_was_kept(
    reader: Callable[[str], object], calendar: WorkingCalendar
) -> None:
    kept = clock(calendar, "2wd", FRIDAY, met_at=FRIDAY + timedelta(hours=2))
    late = clock(calendar, "4wh", FRIDAY, met_at=FRIDAY + timedelta(days=4))
    gone = clock(calendar, "4wh", FRIDAY, cancelled_at=FRIDAY)
    with reader("en"):  # type: ignore[attr-defined]
        words = [
            deadline_words(calendar, view, now=FRIDAY + timedelta(days=9)) for view in (kept, late, gone)
        ]

    assert words[0].words == "Done in time"
    assert words[1].words.endswith("late")
    assert words[2].words == "Cancelled"


def test_a_line_shows_the_clock_that_falls_due_first_and_else_how_the_last_ended(
    reader: Callable[[str], object], calendar: WorkingCalendar
) -> None:
    first = clock(calendar, "1wd", FRIDAY, clock=Clock.first_reply)
    last = clock(calendar, "5wd", FRIDAY)
    met = clock(calendar, "5wd", FRIDAY, met_at=FRIDAY)

    assert pressing([last, first]) is first
    assert pressing([met]) is met
    assert pressing([]) is None
    assert pressing([met, clock(calendar, "3mo", FRIDAY, clock=Clock.total)]) is met
    with reader("en"):  # type: ignore[attr-defined]
        shown = row_deadline(calendar, [met], now=FRIDAY)
    assert shown is not None
    assert shown.percent is None


@pytest.mark.parametrize(
    ("limit", "words"),
    [
        ("2wd", "2 个工作日"),
        ("30wmin", "30 个工作分钟"),
        ("24h", "24 小时"),
        ("3mo", "3 个月"),
        ("eonwd", "下一个工作日下班前"),
        ("nonsense", "nonsense"),
    ],
)
def test_a_limit_is_written_the_way_an_officer_says_it(
    reader: Callable[[str], object], limit: str, words: str
) -> None:
    with reader("zh_CN"):  # type: ignore[attr-defined]
        assert limit_words(limit) == words


def test_the_strip_names_holidays_make_up_days_and_their_notice(
    reader: Callable[[str], object], calendar: WorkingCalendar
) -> None:
    told = calendar.explain(datetime(2026, 9, 30, 3, 0, tzinfo=UTC), "3wd")
    with reader("zh_CN"):  # type: ignore[attr-defined]
        days = strip_days(told, today=told.days[-1].date)

    assert [day.why for day in days[:3]] == ["收到日不计", "国庆节", "国庆节"]
    assert [day.kind for day in days if day.why == "调休上班"] == ["makeup"]
    assert (days[0].start, days[-1].due, days[-1].today) == (True, True, True)
    assert notices_of(told) == ["国办发明电〔2025〕7号"]
