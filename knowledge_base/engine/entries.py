"""The published articles as the engine needs them: which texts each has, where and when it may be suggested."""

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from knowledge_base.engine.columns import Array, Arrays, Rows, Strings, StringWriter, stack, strings
from knowledge_base.engine.normalise import SENTENCE_BREAK, folded, without_breaks
from knowledge_base.engine.synonyms import without_greetings
from knowledge_base.models import Authority

SHORTEST_FORM = 6

_AUTHORITIES = tuple(Authority)
_NO_AREA = -1
_NO_START, _NO_END = 0, date.max.toordinal()


@dataclass(frozen=True, slots=True)
class Entry:
    """One published article as the engine needs it; dates are inclusive, None means no limit."""

    article_id: int
    question: str
    phrasings: tuple[str, ...] = ()
    region: str | None = None
    authority: Authority = Authority.COUNTY
    valid_from: date | None = None
    valid_until: date | None = None


@dataclass(frozen=True, slots=True)
class EntryTable:
    """All entries, and all texts in which they are compared, numbered through.

    An entry has a question and phrasings (`raw`); each is compared in one or two folded forms (`plain`), which are
    the engine's texts: `owners` leads from a text to its entry, `raw_of` to what somebody wrote.
    """

    ids: Rows
    ranks: Rows
    valid_from: Rows
    valid_until: Rows
    areas: Rows
    questions: Rows
    owners: Rows
    raw_of: Rows
    area_codes: tuple[str, ...]
    raw: Strings
    plain: Strings

    @classmethod
    def open(cls, base: Arrays, more: Arrays | None = None) -> "EntryTable":
        """Return the table of the columns that `entry_columns` has made."""
        rows = stack(base, more)
        return cls(
            **{name: rows[name] for name in _PLAIN_COLUMNS},
            area_codes=tuple(strings(rows, "area")),
            raw=strings(rows, "raw"),
            plain=strings(rows, "plain"),
        )

    def __len__(self) -> int:
        return len(self.ids)

    def question(self, entry: int) -> str:
        """Return the question of an entry."""
        return self.raw[int(self.questions[entry])]

    def region(self, entry: int) -> str | None:
        """Return the area an entry is for, None for all."""
        area = int(self.areas[entry])
        return None if area == _NO_AREA else self.area_codes[area]

    def fitting(self, entries: NDArray[np.int64], region: Sequence[str]) -> NDArray[np.bool_]:
        """Return which entries are for one of these areas, or for all."""
        fits = np.array([*(code in region for code in self.area_codes), True])
        return fits[self.areas[entries]]

    def distance(self, entries: NDArray[np.int64], region: Sequence[str]) -> NDArray[np.int64]:
        """Return how far up from the first of these areas each entry's area is; their number for all areas."""
        far = len(region)
        steps = np.array([*(region.index(code) if code in region else far for code in self.area_codes), far])
        return steps[self.areas[entries]]

    def in_force(self, entries: NDArray[np.int64], today: date) -> NDArray[np.bool_]:
        """Return which entries are valid on a day."""
        day = today.toordinal()
        return (self.valid_from[entries] <= day) & (self.valid_until[entries] >= day)


_PLAIN_COLUMNS = ("ids", "ranks", "valid_from", "valid_until", "areas", "questions", "owners", "raw_of")


def entry_columns(entries: Iterable[Entry], base: Arrays | None = None) -> dict[str, Array]:
    """Return the columns of a table of entries, for a file or to lie behind those of `base`."""
    writer = _Writer(base)
    for entry in entries:
        writer.add(entry)
    return writer.columns()


class _Writer:
    """Collects entries compactly; numbers go on from those of a base."""

    def __init__(self, base: Arrays | None) -> None:
        self._first_entry = len(base["ids"]) if base else 0
        self._first_raw = len(base["raw_starts"]) - 1 if base else 0
        self._first_area = len(base["area_starts"]) - 1 if base else 0
        self._areas: dict[str, int] = {}
        self._ids, self._ranks = array("q"), array("B")
        self._days = array("i"), array("i")
        self._of_entry = array("i"), array("i")
        self._of_text = array("i"), array("i")
        self._raw, self._plain = StringWriter(), StringWriter()

    def add(self, entry: Entry) -> None:
        number = self._first_entry + len(self._ids)
        areas, questions = self._of_entry
        areas.append(self._area(entry.region))
        questions.append(self._first_raw + len(self._raw))
        self._ids.append(entry.article_id)
        self._ranks.append(_AUTHORITIES.index(entry.authority))
        self._days[0].append(entry.valid_from.toordinal() if entry.valid_from else _NO_START)
        self._days[1].append(entry.valid_until.toordinal() if entry.valid_until else _NO_END)
        for text in (entry.question, *entry.phrasings):
            for form in _forms(text):
                self._of_text[0].append(number)
                self._of_text[1].append(self._first_raw + len(self._raw))
                self._plain.add(form)
            self._raw.add(text)

    def columns(self) -> dict[str, Array]:
        (areas, questions), (owners, raw_of) = self._of_entry, self._of_text
        return {
            "ids": np.frombuffer(self._ids, np.int64),
            "ranks": np.frombuffer(self._ranks, np.uint8),
            "valid_from": np.frombuffer(self._days[0], np.int32),
            "valid_until": np.frombuffer(self._days[1], np.int32),
            "areas": np.frombuffer(areas, np.int32),
            "questions": np.frombuffer(questions, np.int32),
            "owners": np.frombuffer(owners, np.int32),
            "raw_of": np.frombuffer(raw_of, np.int32),
            **StringWriter(self._areas).columns("area"),
            **self._raw.columns("raw"),
            **self._plain.columns("plain"),
        }

    def _area(self, region: str | None) -> int:
        if region is None:
            return _NO_AREA
        return self._first_area + self._areas.setdefault(region, len(self._areas))


def _forms(text: str) -> list[str]:
    """Return a question in the forms in which it is compared: whole, and by its first sentence alone."""
    line = without_greetings(folded(text))
    whole = without_breaks(line)
    first = without_breaks(line.strip(SENTENCE_BREAK).partition(SENTENCE_BREAK)[0])
    return [whole, first] if SHORTEST_FORM <= len(first) < len(whole) else [whole]
