"""What an index consists of: each part makes columns of the texts once, and is opened from them by any process.

To add a part, write a module with two functions and name it in PARTS; storage, checksums, sharing between processes and
the rows behind the base for what has changed come with it (docs/decisions/0010-index-files.md).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from knowledge_base.engine.columns import Array, Arrays
from knowledge_base.engine.entries import Entry, EntryTable, entry_columns
from knowledge_base.engine.index import GramIndex
from knowledge_base.engine.indexing import gram_columns
from knowledge_base.engine.traits import TraitTable, trait_columns
from knowledge_base.engine.words import WordTable, word_columns


@dataclass(frozen=True, slots=True)
class Part:
    """A part of an index.

    `make(texts, base)` returns its columns: for a new base when `base` is None, otherwise only the rows that
    belong behind the part's own columns in `base`. `open(base, more)` returns what the engine works with.
    """

    name: str
    make: Callable[[Iterable[str], Arrays | None], dict[str, Array]]
    open: Callable[[Arrays, Arrays | None], Any]


PARTS = (
    Part("grams", gram_columns, GramIndex.open),
    Part("traits", trait_columns, TraitTable.open),
    Part("words", word_columns, WordTable.open),
)

_ENTRIES = "entries"


def index_columns(entries: Iterable[Entry], base: Arrays | None = None) -> dict[str, Array]:
    """Return the columns of all parts over these entries, for a file or to lie behind those of `base`."""
    own = entry_columns(entries, _columns_of(_ENTRIES, base))
    columns = _named(_ENTRIES, own)
    texts = EntryTable.open(own).plain
    for part in PARTS:
        columns |= _named(part.name, part.make(texts, _columns_of(part.name, base)))
    return columns


def open_entries(base: Arrays, more: Arrays | None) -> EntryTable:
    """Return the entries of an index."""
    return EntryTable.open(_columns_of(_ENTRIES, base) or {}, _columns_of(_ENTRIES, more))


def open_parts(base: Arrays, more: Arrays | None) -> dict[str, Any]:
    """Return every part of an index by its name."""
    return {
        part.name: part.open(_columns_of(part.name, base) or {}, _columns_of(part.name, more))
        for part in PARTS
    }


def _named(part: str, columns: Mapping[str, Array]) -> dict[str, Array]:
    return {f"{part}.{name}": column for name, column in columns.items()}


def _columns_of(part: str, columns: Arrays | None) -> dict[str, Array] | None:
    if columns is None:
        return None
    prefix = f"{part}."
    return {name[len(prefix) :]: column for name, column in columns.items() if name.startswith(prefix)}
