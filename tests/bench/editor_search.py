"""The editor's search over 100,000 articles, on SQLite and PostgreSQL, beside the limit of 200 ms."""

import statistics
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from sqlalchemy import insert
from sqlmodel import Session

from knowledge_base.content import ArticleContent
from knowledge_base.engine.normalise import folded
from knowledge_base.models import Article, ArticleStatus, Authority
from knowledge_base.queries import ArticleFilter, ArticleList, articles_page
from tests.bench.figures import Figure
from tests.servers import PostgresqlServer, postgresql_folder
from web.database import Database
from web.demo.files import read_articles
from web.migrations import migrate

ARTICLES = 100_000
LIMIT_MS = 200.0
RUNS = 7
TODAY = date(2026, 11, 20)
NOW = datetime(2026, 11, 20, tzinfo=UTC)
SEARCHES = {
    "two characters": ArticleFilter(text="电梯"),
    "a phrase": ArticleFilter(text="加装电梯"),
    "two words, one list": ArticleFilter(text="居住证 材料", work_list=ArticleList.PUBLISHED),
    "what is nowhere": ArticleFilter(text="火星"),
    "a department's": ArticleFilter(text="办理", owner_code="owner-3"),
}


def measure() -> list[Figure]:
    """Fill both databases with the demo county's answers, each many times, and search."""
    with tempfile.TemporaryDirectory() as folder:
        figures = _measured("SQLite", f"sqlite:///{Path(folder) / 'bench.sqlite3'}")
    programs = postgresql_folder()
    if programs is not None:
        server = PostgresqlServer(programs)
        figures += _measured("PostgreSQL", server.create_database("bench"))
        server.remove()
    return figures


def _measured(name: str, address: str) -> list[Figure]:
    database = Database(address)
    migrate(database.engine)
    with database.transaction() as session:
        for rows in _chunks():
            session.execute(insert(Article), rows)
    with database.reading() as session:
        figures = [
            Figure(f"search, {what}, {name}", "limit", LIMIT_MS, _median_ms(session, criteria), "ms", False)
            for what, criteria in SEARCHES.items()
        ]
    database.close()
    return figures


def _median_ms(session: Session, criteria: ArticleFilter) -> float:
    times = []
    for _ in range(RUNS):
        started = time.perf_counter()
        articles_page(session, criteria, today=TODAY, size=30)
        times.append((time.perf_counter() - started) * 1000)
    return statistics.median(times)


def _chunks() -> Iterator[list[dict[str, Any]]]:
    rows: list[dict[str, Any]] = []
    for number, source in enumerate(islice(cycle(read_articles()), ARTICLES)):
        content = ArticleContent(
            question=f"{source['question']}（{number}）",
            answer=source["answer"],
            phrasings=tuple(source["phrasings"]),
        )
        words = (content.question, *content.phrasings, content.answer)
        rows.append(
            {
                "key": f"bench-{number}",
                "status": ArticleStatus.PUBLISHED,
                "question": content.question,
                "answer": content.answer,
                "owner_code": f"owner-{number % 40}",
                "authority": Authority.COUNTY,
                "search_text": folded("\n".join(words)),
                "created_at": NOW,
                "updated_at": NOW,
                **_REST,
            }
        )
        if len(rows) == 5_000:
            yield rows
            rows = []


_REST: dict[str, Any] = {
    "tags": [],
    "basis": [],
    "has_basis": False,
    "doubted": False,
    "source": "",
    "version": "",
    "licence": "",
    "is_sample": False,
    "revision": 1,
    "changed_in": 1,
}
