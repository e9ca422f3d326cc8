"""Near duplicates: the command beside the exhaustive RapidFuzz comparison, and a message at 100,000 open cases.

The first part needs the measuring data (MINHU_MEASURING_DATA); without it only the second is measured.
"""

import json
import random
import sys
import time
from pathlib import Path
from statistics import quantiles

from rapidfuzz import fuzz
from sqlalchemy import insert
from sqlmodel import Session, select

from inbox.duplicates import SIMILAR_FROM, comparable_text, find_pairs
from inbox.group_models import CaseGram
from inbox.intake import Submission, receive_messages
from inbox.models import Account
from inbox.similar import grams_of, similar_cases
from tests.bench.figures import Figure
from tests.bench.office import measuring_office
from tests.measuring import FOLDER
from web.demo.files import read_messages
from web.runtime import utc_now

OPEN_CASES = 100_000
ASKED = 300
LIMIT_MS = 20.0


def measure() -> list[Figure]:
    """Measure both parts in one run."""
    source = FOLDER / "topics" / "messages.jsonl"
    figures = _beside_exhaustive(source) if source.exists() else []
    if not figures:
        print(f"absent, so not compared: {source}", file=sys.stderr)  # noqa: T201
    return [*figures, _at_many_open_cases()]


def _beside_exhaustive(source: Path) -> list[Figure]:
    lines = [json.loads(line) for line in source.read_text().splitlines()]
    messages = [(line["title"], line["text"]) for line in lines]
    started = time.perf_counter()
    found = {(pair.first, pair.second) for pair in find_pairs(messages)}
    ours = time.perf_counter() - started
    started = time.perf_counter()
    texts = [comparable_text(text, title=title) for title, text in messages]
    expected = {
        (first, second)
        for second, text in enumerate(texts)
        for first in range(second)
        if fuzz.ratio(texts[first], text, score_cutoff=SIMILAR_FROM) >= SIMILAR_FROM
    }
    theirs = time.perf_counter() - started
    right = len(found & expected)
    peer = "RapidFuzz ratio, all pairs"
    return [
        Figure("pairs found of those with a ratio of 80", peer, 0.99, right / len(expected), "recall"),
        Figure("right among those found", peer, 0.95, right / len(found), "precision"),
        Figure(f"{len(lines)} messages", peer, theirs, ours, "s", more_is_better=False),
    ]


def _at_many_open_cases() -> Figure:
    with measuring_office() as (runtime, _server), runtime.database.transaction() as session:
        texts = _fill(session)
        dice = random.Random(7)
        spent = []
        for _ in range(ASKED):
            text = dice.choice(texts)
            started = time.process_time()
            similar_cases(session, text + "请尽快处理")
            spent.append((time.process_time() - started) * 1000)
    p95 = quantiles(spent, n=20)[-1]
    return Figure(
        f"a message's duplicates, {OPEN_CASES:,} cases, p95",
        "limit",
        LIMIT_MS,
        p95,
        "ms",
        more_is_better=False,
    )


def _fill(session: Session) -> list[str]:
    """Receive messages put together from the demo's sentences, and index each as triage does."""
    dice = random.Random(1)
    account = session.exec(select(Account)).first()
    assert account is not None
    sentences = [part for m in read_messages() for part in m.text.split("。") if len(part) > 8]
    texts = ["。".join(dice.sample(sentences, 3)) + str(n) for n in range(OPEN_CASES)]
    for start in range(0, OPEN_CASES, 5000):
        sent = [
            Submission(f"bench-{number}", text, b"")
            for number, text in enumerate(texts[start : start + 5000], start)
        ]
        taken = receive_messages(session, account, sent, now=utc_now())
        ids = [receipt.case_id for receipt in taken.new]
        rows = [
            {"gram": gram, "case_id": case_id}
            for case_id, text in zip(ids, texts[start : start + 5000], strict=True)
            for gram in grams_of(comparable_text(text))
        ]
        session.execute(insert(CaseGram), rows)
    session.flush()
    return texts
