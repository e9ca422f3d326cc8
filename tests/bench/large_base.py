"""Suggestions from bases of 100,000 and 1,000,000 invented entries: time, memory, sharing, and how fast changes count.

Everything is measured in processes of its own: one builds and stores the index, two open it at once, and the peers
answer some of the same messages. BM25 and TF-IDF need the extra `bench`; without it a line says that they are missing.
`MINHU_BENCH_ENTRIES=100000` measures one size only.
"""

import multiprocessing
import os
import sys
import time
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from knowledge_base.engine.array_file import open_arrays, write_arrays
from knowledge_base.engine.parts import index_columns
from knowledge_base.suggest import Entry, SuggestionEngine
from tests.bench.figures import Figure
from tests.bench.invented import invented_messages, invented_questions

MESSAGES = 400
CHANGES = 200
LENGTH = 200
LIMITS = {100_000: (10.0, 10.0), 1_000_000: (25.0, 120.0)}
"""For each number of entries the milliseconds that 99 of 100 messages may take, and the seconds of a build."""
MOST_BYTES = 1 << 30
OPENED_SECONDS = 2.0
CHANGED_SECONDS = 2.0
RAPIDFUZZ_MESSAGES = {100_000: 8, 1_000_000: 2}
MATRIX_ENTRIES = 100_000
MATRIX_MESSAGES = 50


def measure() -> list[Figure]:
    """Measure each size."""
    chosen = os.environ.get("MINHU_BENCH_ENTRIES")
    sizes = [int(chosen)] if chosen else list(LIMITS)
    return [figure for size in sizes for figure in _measure_size(size)]


def _measure_size(size: int) -> list[Figure]:
    answer_ms, build_seconds = LIMITS.get(size, LIMITS[max(LIMITS)])
    what = f"{size:,} entries"
    with TemporaryDirectory() as folder:
        path = Path(folder) / "bench.index"
        built = _elsewhere(_build, size, path)
        opened = _opened_twice(path)
    peers = _elsewhere(_peers, size)
    limits = [
        (f"{what}, p99 of a suggestion", answer_ms, opened["p99"], "ms"),
        (f"{what}, build and store", build_seconds, built, "s"),
        (f"{what}, opened by a further process", OPENED_SECONDS, opened["open"], "s"),
        (f"{what}, memory of a process, mapped file included", MOST_BYTES / 1e6, opened["memory"], "MB"),
        (f"{what}, of that its own", MOST_BYTES / 1e6, opened["private"], "MB"),
        (f"{what}, {CHANGES} changes counted", CHANGED_SECONDS, opened["changed"], "s"),
    ]
    return [
        *(Figure(name, "limit", most, ours, unit, more_is_better=False) for name, most, ours, unit in limits),
        *(
            Figure(f"{what}, median suggestion", peer, ms, opened["p50"], "ms", more_is_better=False)
            for peer, ms in peers.items()
        ),
    ]


def _elsewhere(work: Callable[..., Any], *arguments: Any) -> Any:
    """Do something in a fresh process, so that its memory is given back and nobody else's is counted."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(1) as pool:
        return pool.apply(work, arguments)


def _build(size: int, path: Path) -> float:
    questions = list(islice(invented_questions(), size))
    entries = (Entry(number, question) for number, question in enumerate(questions, start=1))
    started = time.perf_counter()
    write_arrays(path, index_columns(entries), {})
    return time.perf_counter() - started


def _opened_twice(path: Path) -> dict[str, float]:
    """Open the file in two processes that live at the same time, and return what the second found."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(1) as first, context.Pool(1) as second:
        first.apply(_use, (path,))
        found: dict[str, float] = second.apply(_use, (path,))
        _tell(f"{path.stat().st_size / 1e6:,.0f} MB on disk; {found}")
    return found


_held: list[SuggestionEngine] = []


def _use(path: Path) -> dict[str, float]:
    """Open an index, answer messages, put changes behind it, and look at the memory; the engine stays open."""
    messages = list(islice(invented_messages(LENGTH), MESSAGES))
    SuggestionEngine.build([Entry(1, "问")]).suggest(messages[0])  # loads the tables every process needs
    started = time.perf_counter()
    columns, _ = open_arrays(path)
    engine = SuggestionEngine.over(columns)
    opened = time.perf_counter() - started
    _held.append(engine)
    times = _times_ms(lambda text: engine.suggest(text, limit=3), messages)
    memory = _memory_mb()
    started = time.perf_counter()
    more = index_columns(
        [Entry(-n, q) for n, q in enumerate(islice(invented_questions(seed=5), CHANGES))], columns
    )
    SuggestionEngine.over(columns, more).suggest(messages[0])
    changed = time.perf_counter() - started
    return {
        "open": opened,
        "p50": float(np.percentile(times, 50)),
        "p99": float(np.percentile(times, 99)),
        "changed": changed,
        **memory,
    }


def _memory_mb() -> dict[str, float]:
    """Return what this process holds, shared pages included, and what of it no other process shares."""
    lines = Path("/proc/self/smaps_rollup").read_text(encoding="ascii").splitlines()[1:]
    kilobytes = {line.split(":")[0]: float(line.split()[1]) for line in lines}
    private = kilobytes["Private_Clean"] + kilobytes["Private_Dirty"]
    return {"memory": kilobytes["Rss"] * 1.024e-3, "private": private * 1.024e-3}


def _peers(size: int) -> dict[str, float]:
    """Return the median milliseconds that each peer takes for one message."""
    from rapidfuzz import fuzz, process

    texts = list(islice(invented_questions(), size))
    messages = list(islice(invented_messages(LENGTH), max(MATRIX_MESSAGES, *RAPIDFUZZ_MESSAGES.values())))
    few = messages[: RAPIDFUZZ_MESSAGES.get(size, 2)]
    found = {
        f"rapidfuzz.process.extract, {scorer.__name__}": _median_ms(
            lambda text, scorer=scorer: process.extract(text, texts, scorer=scorer, limit=3), few
        )
        for scorer in (fuzz.WRatio, fuzz.ratio)
    }
    if size > MATRIX_ENTRIES:
        return found
    try:
        return found | _matrix_peers(texts, messages[:MATRIX_MESSAGES])
    except ImportError as error:
        _tell(f"BM25 and TF-IDF are not measured ({error.name} is missing): pip install 'minhu[bench]'")
        return found


def _matrix_peers(texts: Sequence[str], messages: Sequence[str]) -> dict[str, float]:
    import bm25s
    from sklearn.feature_extraction.text import TfidfVectorizer

    retriever = bm25s.BM25()
    retriever.index([_pairs(text) for text in texts], show_progress=False)
    vectorizer = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), sublinear_tf=True)
    matrix = vectorizer.fit_transform(texts)

    def by_cosine(text: str) -> Any:
        scores = (matrix @ vectorizer.transform([text]).T).toarray().ravel()
        return np.argpartition(-scores, 3)[:3]

    return {
        "BM25, pairs (bm25s)": _median_ms(
            lambda text: retriever.retrieve([_pairs(text)], k=3, show_progress=False), messages
        ),
        "TF-IDF, 1-3 characters (scikit-learn)": _median_ms(by_cosine, messages),
    }


def _pairs(text: str) -> list[str]:
    return [text[at : at + 2] for at in range(len(text) - 1)]


def _median_ms(ask: Callable[[str], Any], messages: Sequence[str]) -> float:
    return float(np.median(_times_ms(ask, messages)))


def _times_ms(ask: Callable[[str], Any], messages: Sequence[str]) -> list[float]:
    """Return the processor time of each, so that whatever else the machine does counts for nobody."""
    ask(messages[0])
    times = []
    for message in messages:
        started = time.process_time()
        ask(message)
        times.append((time.process_time() - started) * 1000)
    return times


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)  # noqa: T201
