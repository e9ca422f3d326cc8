"""Find cases by what was written in them: one- and two-character words, phrases, codes and numbers.

Chinese has no spaces, and the databases' own word breakers find nothing for two characters. So each text is
stored as its single characters and its pairs, every token spelled in hexadecimal: plain words for FTS5 and for
PostgreSQL's `simple` configuration alike, whatever the server's locale. This is the one module where the two
databases part ways.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import text
from sqlmodel import Session

from sla.dialect import is_postgresql

MAX_INDEXED_LENGTH = 4000
"""Characters of a case that are searchable; what comes after is kept but not indexed."""

_RUN = re.compile(r"[0-9a-z]+|[^\W0-9a-z_]+")


@dataclass(frozen=True, slots=True)
class SearchEntry:
    """What makes one case findable."""

    case_id: int
    text: str


def index_cases(session: Session, entries: Sequence[SearchEntry]) -> None:
    """Replace the search entries of these cases."""
    if not entries:
        return
    keys = [{"id": entry.case_id} for entry in entries]
    rows = [
        {"id": e.case_id, "singles": " ".join(singles), "pairs": " ".join(pairs)}
        for e in entries
        for singles, pairs in (_tokens(e.text[:MAX_INDEXED_LENGTH]),)
    ]
    if is_postgresql(session):
        session.execute(
            text(
                "INSERT INTO case_search (case_id, singles, pairs) "
                "VALUES (:id, to_tsvector('simple', :singles), to_tsvector('simple', :pairs)) "
                "ON CONFLICT (case_id) DO UPDATE SET singles = excluded.singles, pairs = excluded.pairs"
            ),
            rows,
        )
        return
    session.execute(text("DELETE FROM case_search WHERE rowid = :id"), keys)
    session.execute(
        text("INSERT INTO case_search (rowid, singles, pairs) VALUES (:id, :singles, :pairs)"), rows
    )


def search_cases(session: Session, query: str, *, limit: int = 500) -> list[int]:
    """Return the ids of cases that contain every run of characters in `query`, newest first."""
    phrases = list(_phrases(query))
    if not phrases:
        return []
    if is_postgresql(session):
        return _search_postgresql(session, phrases, limit)
    match = " AND ".join(f'{column} : "{" ".join(tokens)}"' for column, tokens in phrases)
    found = session.execute(
        text("SELECT rowid FROM case_search WHERE case_search MATCH :match ORDER BY rowid DESC LIMIT :limit"),
        {"match": match, "limit": limit},
    )
    return [row[0] for row in found]


def _search_postgresql(session: Session, phrases: list[tuple[str, list[str]]], limit: int) -> list[int]:
    where = " AND ".join(f"{column} @@ to_tsquery('simple', :q{i})" for i, (column, _) in enumerate(phrases))
    found = session.execute(
        text(f"SELECT case_id FROM case_search WHERE {where} ORDER BY case_id DESC LIMIT :limit"),  # noqa: S608
        {"limit": limit} | {f"q{i}": " <-> ".join(tokens) for i, (_, tokens) in enumerate(phrases)},
    )
    return [row[0] for row in found]


def _phrases(query: str) -> Iterable[tuple[str, list[str]]]:
    for run in _RUN.findall(_fold(query)[:200]):
        if run.isascii() or len(run) == 1:
            yield "singles", [_hex(run)]
        else:
            yield "pairs", [_hex(run[i : i + 2]) for i in range(len(run) - 1)]


def _tokens(source: str) -> tuple[list[str], list[str]]:
    singles: dict[str, None] = {}
    pairs: list[str] = []
    for run in _RUN.findall(_fold(source)):
        if run.isascii():
            singles[_hex(run)] = None
            continue
        singles.update((_hex(character), None) for character in run)
        pairs += [_hex(run[i : i + 2]) for i in range(len(run) - 1)]
        pairs.append("zz")  # a break: a phrase never runs across two stretches of text
    return list(singles), pairs


def _fold(source: str) -> str:
    return unicodedata.normalize("NFKC", source).lower()


@lru_cache(maxsize=65_536)
def _hex(token: str) -> str:
    return token if token.isascii() else "x" + token.encode("utf-16-be").hex()
