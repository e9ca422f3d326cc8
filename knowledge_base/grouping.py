"""Puts a question to the earlier ones that ask the same in other words."""

import re
from collections.abc import Sequence

from rapidfuzz import fuzz, process

from knowledge_base.engine.normalise import plain

_ASKING = re.compile("怎么样|怎么|怎样|如何|咋")
_NUMBER = re.compile(r"\d+")

ALIKE = 60.0
"""RapidFuzz's ratio from which two questions count as one."""


def most_alike(question: str, earlier: Sequence[str]) -> int | None:
    """Return the position of the earlier question that is most like this one; None when none is like it.

    All texts are given in the form that `knowledge_base.engine.normalise.plain` returns.
    """
    best = process.extractOne(question, earlier, scorer=fuzz.ratio, score_cutoff=ALIKE)
    return best[2] if best else None


def typical(questions: Sequence[str]) -> str:
    """Return the question that is most like all the others; of equally typical ones the first."""
    plains = [plain(question) for question in questions]
    sums = process.cdist(plains, plains, scorer=fuzz.ratio).sum(axis=1)
    return questions[int(sums.argmax())]


def likeness(one: str, other: str) -> float:
    """Return how alike two raw questions are, 0..1, whatever words they ask with; 0 when they name other numbers."""
    one, other = _without_asking(one), _without_asking(other)
    if _NUMBER.findall(one) != _NUMBER.findall(other):
        return 0.0
    return fuzz.ratio(one, other) / 100


def _without_asking(question: str) -> str:
    return _ASKING.sub("怎", plain(question))
