"""Finds many words in one text in a single pass, whatever script variant or width the citizen typed."""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate

from opencc import OpenCC

_SIMPLIFY = OpenCC("t2s")
# Full-width, circled, squared and mathematical letters and digits; NFKC costs more than all the rest, and in
# nearly every text it would change nothing but Chinese punctuation.
_STYLED = re.compile(
    "[０-９Ａ-Ｚａ-ｚ\u2150-\u218f\u2460-\u24ff\u3200-\u33ff\uf900-\ufb4f\U0001d400-\U0001d7ff\U0001f100-\U0001f1ff]"
)
SHORTEST_WORD = 2
LONGEST_ACCIDENT = 2
# What makes a person of the word before it: 拆迁户 is 拆迁 and 户, whatever 迁户 means by itself.
_PEOPLE = frozenset("户人员者")


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


class WordBorders:
    """Tells words that are meant from characters that happen to stand side by side: 迁户 in 拆迁户, 低保 in 最低保障.

    A text is cut into words once, and only when there is a hit to judge.
    """

    def __init__(self, text: str) -> None:
        """Take a normalised text."""
        self._text = text
        self._starts: list[int] | None = None

    def respects(self, hit: Hit) -> bool:
        """Tell whether the hit is a word of the text, or at least a word that overlaps one: 水费 in 自来水费.

        Three characters seldom come together by accident: only shorter hits are judged.
        """
        if hit.end - hit.start > LONGEST_ACCIDENT:
            return True
        first, last = self._word_at(hit.start), self._word_at(hit.end - 1)
        starts_inside = self._begin(first) < hit.start
        ends_inside = hit.end < self._begin(last + 1)
        if starts_inside and (ends_inside or hit.word[-1] in _PEOPLE):
            return False
        return not (starts_inside or ends_inside) or is_word(hit.word)

    def _word_at(self, position: int) -> int:
        if self._starts is None:
            self._starts = [0, *accumulate(len(word) for word in _cut(self._text))]
        return bisect_right(self._starts, position) - 1

    def _begin(self, word: int) -> int:
        assert self._starts is not None  # noqa: S101 - _word_at has been asked before
        return self._starts[word]


@lru_cache(maxsize=8192)
def is_word(text: str) -> bool:
    """Tell whether the dictionary knows a text as one word."""
    return len(_cut(text, guess=False)) == 1


def _cut(text: str, *, guess: bool = True) -> list[str]:
    from rjieba import cut  # its dictionary takes 32 MB, which only a process that routes should pay

    return list(cut(text, guess))


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
