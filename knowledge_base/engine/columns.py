"""Columns that lie in a file or in memory, with a few more rows behind them, read as one.

A base of a million texts is mapped from disk and never copied. What has changed since stands in a small set of
further rows: a `Stacked` column reads both by number, so that whoever weighs evidence need not know.
"""

from array import array
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Arrays = Mapping[str, Array]

STARTS = "starts"
_ENCODING = "utf-16-le"


class Stacked:
    """A column and further rows behind it, neither of them copied. Read it with an array of numbers."""

    __slots__ = ("base", "edge", "more")

    def __init__(self, base: Array, more: Array) -> None:
        self.base = base
        self.more = more
        self.edge = len(base)

    def __len__(self) -> int:
        return self.edge + len(self.more)

    def __getitem__(self, numbers: Any) -> Any:
        """Return the rows of these numbers: an array for an array, a single value for an int."""
        if not isinstance(numbers, np.ndarray):
            return self.base[numbers] if numbers < self.edge else self.more[numbers - self.edge]
        late = numbers >= self.edge
        if not late.any():
            return self.base[numbers]
        rows = self.base[np.where(late, 0, numbers)] if self.edge else self.more[numbers - self.edge]
        rows[late] = self.more[numbers[late] - self.edge]
        return rows


Rows = Array | Stacked


def run(rows: Rows, start: int, end: int) -> Array:
    """Return the rows from `start` to before `end`, which lie on one side of the edge, without a copy."""
    if not isinstance(rows, Stacked):
        return rows[start:end]
    if end <= rows.edge:
        return rows.base[start:end]
    return rows.more[start - rows.edge : end - rows.edge]


def stack(base: Arrays, more: Arrays | None) -> dict[str, Rows]:
    """Put the rows of `more` behind those of `base`, column by column.

    A column whose name ends in `starts` holds where each row's run begins in another column, and one more value
    for the end: those of `more` count on from there.
    """
    if more is None:
        return dict(base)
    return {
        name: Stacked(column, more[name][1:] + column[-1] if name.endswith(STARTS) else more[name])
        for name, column in base.items()
    }


def starts_of(counts: Array) -> NDArray[np.int64]:
    """Return where each of these runs begins, and where the last one ends."""
    return np.concatenate(([0], np.cumsum(counts))).astype(np.int64)


class Strings:
    """Texts in two columns: where each begins, and the UTF-16 units of all of them."""

    def __init__(self, starts: Rows, units: Rows) -> None:
        self._starts = starts
        self._units = units

    def __len__(self) -> int:
        return len(self._starts) - 1

    def __getitem__(self, number: int) -> str:
        start, end = int(self._starts[number]), int(self._starts[number + 1])
        return run(self._units, start, end).tobytes().decode(_ENCODING, "surrogatepass")

    def __iter__(self) -> Iterator[str]:
        return (self[number] for number in range(len(self)))

    def of(self, numbers: NDArray[np.int64]) -> list[str]:
        """Return the texts of these numbers."""
        starts, ends = self._starts[numbers].tolist(), self._starts[numbers + 1].tolist()
        return [
            run(self._units, start, end).tobytes().decode(_ENCODING, "surrogatepass")
            for start, end in zip(starts, ends, strict=True)
        ]


class StringWriter:
    """Collects texts for a `Strings`, compactly."""

    def __init__(self, texts: Iterable[str] = ()) -> None:
        self._units = bytearray()
        self._ends = array("q", [0])
        for text in texts:
            self.add(text)

    def __len__(self) -> int:
        return len(self._ends) - 1

    def add(self, text: str) -> None:
        """Put one more text behind the others."""
        self._units += text.encode(_ENCODING, "surrogatepass")
        self._ends.append(len(self._units) >> 1)

    def columns(self, name: str) -> dict[str, Array]:
        """Return the two columns, `<name>_starts` and `<name>_units`."""
        return {
            f"{name}_starts": np.frombuffer(self._ends, np.int64),
            f"{name}_units": np.frombuffer(self._units, np.uint16),
        }


def strings(columns: Mapping[str, Rows], name: str) -> Strings:
    """Return the texts that a StringWriter has written under a name."""
    return Strings(columns[f"{name}_starts"], columns[f"{name}_units"])


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Terms known by 64-bit keys, numbered in the order of their keys; those met later come after."""

    keys: NDArray[np.uint64]
    later: NDArray[np.uint64] = field(default_factory=lambda: np.empty(0, np.uint64))

    @classmethod
    def of(cls, rows: Rows) -> "Vocabulary":
        """Return the vocabulary of a column of ascending keys."""
        return cls(rows.base, rows.more) if isinstance(rows, Stacked) else cls(rows)

    def __len__(self) -> int:
        return len(self.keys) + len(self.later)

    def find(self, keys: NDArray[np.uint64]) -> NDArray[np.int64]:
        """Return the number of each key, -1 for those that no text holds."""
        numbers = _find(self.keys, keys)
        if len(self.later):
            late = _find(self.later, keys)
            numbers = np.where(late >= 0, late + len(self.keys), numbers)
        return numbers

    def with_later(self, keys: NDArray[np.uint64]) -> "Vocabulary":
        """Return this vocabulary with those of the keys that it lacks numbered behind its own."""
        return Vocabulary(self.keys, np.unique(keys[_find(self.keys, keys) < 0]))


def _find(sorted_keys: NDArray[np.uint64], keys: NDArray[np.uint64]) -> NDArray[np.int64]:
    if not len(sorted_keys):
        return np.full(len(keys), -1, np.int64)
    found = np.minimum(sorted_keys.searchsorted(keys), len(sorted_keys) - 1)
    return np.where(sorted_keys[found] == keys, found, -1)
