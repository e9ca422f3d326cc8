"""Ten thousand random deadlines, pauses and extensions included, against the slow oracle."""

import os
import random
from datetime import datetime, timedelta

from sla.calendar import WorkingCalendar
from sla.course import Pause
from tests.sla import oracle
from tests.sla.conftest import SHANGHAI

COUNT = 10_000
FIRST, LAST = datetime(2007, 1, 1), datetime(2026, 3, 1)  # noqa: DTZ001 - the oracle is naive on purpose
LONGEST = {"wd": 40, "wh": 200, "wmin": 3000, "h": 900, "min": 9000, "d": 120, "mo": 4}


def _instant(chance: random.Random, first: datetime, last: datetime) -> datetime:
    return first + timedelta(seconds=chance.randrange(int((last - first).total_seconds())))


def _pauses(chance: random.Random, start: datetime) -> list[oracle.Span]:
    """Up to four pauses, some overlapping, some before the start, some over nights, weekends and year ends."""
    found = []
    for _ in range(chance.choice([0, 0, 1, 2, 4])):
        begins = _instant(chance, start - timedelta(days=2), start + timedelta(days=20))
        length = timedelta(minutes=chance.choice([1, 45, 600, 1440, 5000, 15000]))
        found.append((begins, begins + length))
    return found


def test_ten_thousand_random_deadlines_are_those_of_the_oracle(calendar: WorkingCalendar) -> None:
    seed = int(os.environ.get("MINHU_SEED", "20260930"))
    chance = random.Random(seed)
    provisional = 0

    for number in range(COUNT):
        unit = chance.choice(list(LONGEST))
        amount, more = (
            chance.randint(1, LONGEST[unit]),
            chance.choice([0, 0, chance.randint(1, LONGEST[unit])]),
        )
        start = _instant(chance, FIRST, LAST)
        if chance.random() < 0.3:
            start = start.replace(minute=chance.choice([0, 30]), second=0)
        pauses = _pauses(chance, start)

        course = calendar.course(
            start.replace(tzinfo=SHANGHAI),
            f"{amount}{unit}",
            [Pause(first.replace(tzinfo=SHANGHAI), last.replace(tzinfo=SHANGHAI)) for first, last in pauses],
            extensions=[f"{more}{unit}"] if more else [],
        )

        expected = oracle.due(start, amount + more, unit, pauses).replace(tzinfo=SHANGHAI)
        assert course.due_at == expected, (seed, number, start, amount, more, unit, pauses)
        provisional += course.provisional
        if not pauses and not more:
            assert calendar.due(start.replace(tzinfo=SHANGHAI), f"{amount}{unit}") == expected, (seed, number)
    assert provisional == 0
