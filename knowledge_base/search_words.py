"""Find texts by what was written in them: one- and two-character words, phrases, codes and numbers.

Chinese has no spaces, and the databases' own word breakers find nothing for two characters. So each text is
stored as its single characters and its pairs, every token spelled in hexadecimal: plain words for FTS5 and for
PostgreSQL's `simple` configuration alike, whatever the server's locale. This is the one module where the two
databases part ways in how they search.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import sqlalchemy as sa
from sqlmodel import Session

from sla.dialect import is_postgresql

MAX_QUERY = 200
"""Characters of a search that are looked at."""

_RUN = re.compile(r"[0-9a-z]+|[^\W0-9a-z_]+")


@dataclass(frozen=True, slots=True)
class SearchText:
    """What makes one row findable."""

    id: int
    text: str


@dataclass(frozen=True, slots=True)
class SearchTable:
    """A table of words beside a table of rows: FTS5 by rowid on SQLite, two `tsvector` by `key` on PostgreSQL.

    `longest` are the characters of a text that are searchable; what comes after is kept but not found.
    """

    name: str
    key: str
    longest: int

    def write(self, session: Session, texts: Sequence[SearchText]) -> None:
        """Replace the words of these rows."""
        if not texts:
            return
        rows = [
            {"id": each.id, "singles": " ".join(singles), "pairs": " ".join(pairs)}
            for each in texts
            for singles, pairs in (_tokens(each.text[: self.longest]),)
        ]
        if is_postgresql(session):
            session.execute(sa.text(self._upsert()), rows)
            return
        session.execute(
            sa.text(f"DELETE FROM {self.name} WHERE rowid = :id"),  # noqa: S608
            [{"id": row["id"]} for row in rows],
        )
        session.execute(
            sa.text(f"INSERT INTO {self.name} (rowid, singles, pairs) VALUES (:id, :singles, :pairs)"),  # noqa: S608
            rows,
        )

    def matching(self, session: Session, query: str) -> "sa.Select[int] | None":
        """Return the ids of rows that contain every run of characters in `query`; None when it has no character."""
        phrases = list(_phrases(query))
        if not phrases:
            return None
        if is_postgresql(session):
            return self._matching_postgresql(phrases)
        words = " AND ".join(f'{column} : "{" ".join(tokens)}"' for column, tokens in phrases)
        key: sa.ColumnClause[int] = sa.column("rowid", sa.Integer)
        found = sa.select(key).select_from(sa.table(self.name))
        return found.where(sa.literal_column(self.name).op("MATCH")(words))

    def rows(self, session: Session) -> "sa.Select[int]":
        """Return the ids of all rows whose words are written."""
        key: sa.ColumnClause[int] = sa.column(self.key if is_postgresql(session) else "rowid", sa.Integer)
        return sa.select(key).select_from(sa.table(self.name))

    def _matching_postgresql(self, phrases: list[tuple[str, list[str]]]) -> "sa.Select[int]":
        key: sa.ColumnClause[int] = sa.column(self.key, sa.Integer)
        simple: sa.ColumnElement[str] = sa.literal_column("'simple'")
        conditions = [
            sa.column(column).op("@@")(sa.func.to_tsquery(simple, " <-> ".join(tokens)))
            for column, tokens in phrases
        ]
        return sa.select(key).select_from(sa.table(self.name)).where(*conditions)

    def _upsert(self) -> str:
        return (
            f"INSERT INTO {self.name} ({self.key}, singles, pairs) "  # noqa: S608
            "VALUES (:id, to_tsvector('simple', :singles), to_tsvector('simple', :pairs)) "
            f"ON CONFLICT ({self.key}) DO UPDATE SET singles = excluded.singles, pairs = excluded.pairs"
        )


def _phrases(query: str) -> Iterator[tuple[str, list[str]]]:
    for run in _runs(query[:MAX_QUERY]):
        if run.isascii() or len(run) == 1:
            yield "singles", [_hex(run)]
        else:
            yield "pairs", _pairs(run)


def _tokens(source: str) -> tuple[list[str], list[str]]:
    singles: dict[str, None] = {}
    pairs: list[str] = []
    for run in _runs(source):
        if run.isascii():
            singles[_hex(run)] = None
            continue
        singles.update((_hex(character), None) for character in run)
        pairs += _pairs(run)
        pairs.append("zz")  # a break: a phrase never runs across two stretches of text
    return list(singles), pairs


def _runs(source: str) -> Iterable[str]:
    return _RUN.findall(unicodedata.normalize("NFKC", source).lower())


def _pairs(run: str) -> list[str]:
    return [_hex(run[i : i + 2]) for i in range(len(run) - 1)]


@lru_cache(maxsize=65_536)
def _hex(token: str) -> str:
    return token if token.isascii() else "x" + token.encode("utf-16-be").hex()
