"""Find cases by what was written in them; how is in `knowledge_base.search_words`."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session

from knowledge_base.search_words import SearchTable, SearchText

_CASES = SearchTable("case_search", "case_id", longest=4000)


@dataclass(frozen=True, slots=True)
class SearchEntry:
    """What makes one case findable."""

    case_id: int
    text: str


def index_cases(session: Session, entries: Sequence[SearchEntry]) -> None:
    """Replace the search entries of these cases."""
    _CASES.write(session, [SearchText(entry.case_id, entry.text) for entry in entries])


def search_cases(session: Session, query: str, *, limit: int = 500) -> list[int]:
    """Return the ids of cases that contain every run of characters in `query`, newest first."""
    found = _CASES.matching(session, query)
    if found is None:
        return []
    newest_first = found.selected_columns[0].desc()
    return list(session.scalars(found.order_by(newest_first).limit(limit)))
