"""Suggested answers from the demo county's base, beside RapidFuzz over every question."""

import statistics
import time
from collections.abc import Callable
from datetime import date
from typing import Any

from rapidfuzz import fuzz, process

from knowledge_base.suggest import Entry, SuggestionEngine
from tests.bench.figures import Figure
from web.demo.files import read_articles, read_messages

QUERIES = 200


def measure() -> list[Figure]:
    """Time one message against the whole base, with our engine and with `rapidfuzz.process.extract`."""
    articles = read_articles()
    engine = SuggestionEngine.build(
        [Entry(i, a["question"], tuple(a["phrasings"])) for i, a in enumerate(articles, 1)]
    )
    texts = [text for a in articles for text in (a["question"], *a["phrasings"])]
    messages = [m.text for m in read_messages()][:QUERIES]
    today = date.today()  # noqa: DTZ011 - any day does
    ours = _median_ms(lambda text: engine.suggest(text, limit=3, today=today), messages)
    peers = {"WRatio": fuzz.WRatio, "ratio": fuzz.ratio}
    return [
        Figure(
            f"a suggestion, {len(texts):,} phrasings",
            f"rapidfuzz.process.extract, {name}",
            _median_ms(
                lambda text, scorer=scorer: process.extract(text, texts, scorer=scorer, limit=3), messages
            ),  # type: ignore[misc]
            ours,
            "ms",
            more_is_better=False,
        )
        for name, scorer in peers.items()
    ]


def _median_ms(ask: Callable[[str], Any], messages: list[str]) -> float:
    times = []
    for message in messages:
        started = time.perf_counter()
        ask(message)
        times.append((time.perf_counter() - started) * 1000)
    return statistics.median(times)
