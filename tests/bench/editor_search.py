"""The editor's search over 100,000 articles, on SQLite and PostgreSQL, beside a LIKE scan and the limit of 200 ms.

`MINHU_BENCH_ENTRIES=20000` measures another size.
"""

import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from sqlalchemy import func, insert, or_, select, text
from sqlmodel import Session, col

from knowledge_base.article_search import index_articles, search_text
from knowledge_base.content import ArticleContent
from knowledge_base.models import Article, ArticleStatus, Authority
from knowledge_base.queries import ArticleFilter, ArticleList, article_counts, articles_page
from tests.bench.figures import Figure
from tests.servers import PostgresqlServer, postgresql_folder
from web.database import Database
from web.demo.files import read_articles
from web.migrations import migrate

ARTICLES = int(os.environ.get("MINHU_BENCH_ENTRIES", "100000"))
LIMIT_MS = 200.0
RUNS = 7
PEER_RUNS = 2
TODAY = date(2026, 11, 20)
NOW = datetime(2026, 11, 20, tzinfo=UTC)
SEARCHES = {
    "one character": ArticleFilter(text="梯"),
    "two characters": ArticleFilter(text="电梯"),
    "what most have": ArticleFilter(text="办理"),
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
    for rows, contents in _chunks():
        with database.transaction() as session:
            ids = session.scalars(
                insert(Article).returning(col(Article.id), sort_by_parameter_order=True), rows
            )
            index_articles(
                session,
                (
                    search_text(ident or 0, row["key"], content)
                    for ident, row, content in zip(ids, rows, contents, strict=True)
                ),
            )
    if name == "PostgreSQL":  # which does so by itself after a while
        with database.transaction() as session:
            session.execute(text("ANALYZE"))
    with database.reading() as session:
        figures = [
            figure for what, each in SEARCHES.items() for figure in _figures(session, name, what, each)
        ]
        counted = _median_ms(lambda: article_counts(session, today=TODAY), RUNS)
        figures.append(Figure(f"counts of the lists, {name}", "limit", LIMIT_MS, counted, "ms", False))
    database.close()
    return figures


def _figures(session: Session, name: str, what: str, criteria: ArticleFilter) -> list[Figure]:
    ours = _median_ms(lambda: articles_page(session, criteria, today=TODAY, size=30), RUNS)
    peer = _median_ms(lambda: _scan(session, criteria), PEER_RUNS)
    title = f"search, {what}, {name}"
    return [
        Figure(title, "LIKE scan", peer, ours, "ms", False),
        Figure(title, "limit", LIMIT_MS, ours, "ms", False),
    ]


def _scan(session: Session, criteria: ArticleFilter) -> None:
    """Find what a plain LIKE finds: the count and one page."""
    conditions = [
        or_(col(Article.question).contains(word), col(Article.answer).contains(word))
        for word in criteria.text.split()
    ]
    if criteria.owner_code:
        conditions.append(col(Article.owner_code) == criteria.owner_code)
    session.scalar(select(func.count()).select_from(Article).where(*conditions))
    newest = (
        select(Article).where(*conditions).order_by(col(Article.updated_at).desc(), col(Article.id).desc())
    )
    session.scalars(newest.limit(30)).all()


def _median_ms(work: Callable[[], object], runs: int) -> float:
    times = []
    for _ in range(runs):
        started = time.perf_counter()
        work()
        times.append((time.perf_counter() - started) * 1000)
    return statistics.median(times)


def _chunks() -> Iterator[tuple[list[dict[str, Any]], list[ArticleContent]]]:
    rows: list[dict[str, Any]] = []
    contents: list[ArticleContent] = []
    for number, source in enumerate(islice(cycle(read_articles()), ARTICLES)):
        content = ArticleContent(
            question=f"{source['question']}（{number}）",
            answer=source["answer"],
            phrasings=tuple(source["phrasings"]),
        )
        contents.append(content)
        rows.append(
            {
                "key": f"bench-{number}",
                "status": ArticleStatus.PUBLISHED,
                "question": content.question,
                "answer": content.answer,
                "owner_code": f"owner-{number % 40}",
                "authority": Authority.COUNTY,
                "created_at": NOW,
                "updated_at": NOW - timedelta(minutes=number * 7919 % ARTICLES),
                **_REST,
            }
        )
        if len(rows) == 5_000:
            yield rows, contents
            rows, contents = [], []


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
