"""Finds many words in one text in a single pass, whatever script variant or width the citizen typed."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from opencc import OpenCC

_SIMPLIFY = OpenCC("t2s")
# Full-width, circled, squared and mathematical letters and digits; NFKC costs more than all the rest, and in
# nearly every text it would change nothing but Chinese punctuation.
_STYLED = re.compile(
    "[０-９Ａ-Ｚａ-ｚ\u2150-\u218f\u2460-\u24ff\u3200-\u33ff\uf900-\ufb4f\U0001d400-\U0001d7ff\U0001f100-\U0001f1ff]"
)
SHORTEST_WORD = 2


@dataclass(frozen=True, slots=True)
class Hit:
    """A word of the list where it stands in the normalised text."""

    word: str
    start: int
    end: int


def normalise(text: str) -> str:
    """Return the text in one width, case and script: ＥＴＣ and etc are one word, and so are 醫保 and 医保.

    Chinese punctuation may stay or become ASCII; positions can move, because NFKC writes some characters as
    several. A lone surrogate becomes a question mark.
    """
    folded = unicodedata.normalize("NFKC", text) if _STYLED.search(text) else text
    folded = folded.lower()
    if folded.isascii():
        return folded
    try:
        return str(_SIMPLIFY.convert(folded))
    except UnicodeEncodeError:
        return str(_SIMPLIFY.convert(folded.encode("utf-8", "replace").decode()))


class WordScanner:
    """A fixed list of words, looked up by their first two characters.

    A Chinese text gives each position one dictionary look-up, which beats both a regular expression of a
    thousand branches and an automaton written in Python. A word inside a longer hit does not count: 医保 in
    医保卡 is said once.
    """

    def __init__(self, words: Iterable[str]) -> None:
        """Take the words; those shorter than two characters find too much and are left out."""
        starts: dict[str, set[str]] = {}
        for raw in words:
            word = normalise(raw).strip()
            if len(word) >= SHORTEST_WORD:
                starts.setdefault(word[:SHORTEST_WORD], set()).add(word)
        self._starts = {
            start: tuple(sorted(found, key=len, reverse=True)) for start, found in sorted(starts.items())
        }

    def find(self, text: str) -> list[Hit]:
        """Return the hits in a text that is already normalised, in reading order."""
        return list(self._scan(text))

    def _scan(self, text: str) -> Iterator[Hit]:
        starts = self._starts
        reached = 0
        for position in range(len(text) - 1):
            words = starts.get(text[position : position + SHORTEST_WORD])
            if words is None:
                continue
            for word in words:
                end = position + len(word)
                if end > reached and text.startswith(word, position):
                    reached = end
                    yield Hit(word, position, end)
                    break
