"""Tells a repeat from news: what a message says that its writer has not said before.

重复 is the same matter with no new facts or reasons (service-levels.md). Asking again, complaining that nothing
happened and courtesies are no new facts.
"""

import re
from dataclasses import dataclass

from inbox.duplicates import LONGEST_TEXT, comparable_text, likeness

KNOWN_FROM = 0.6
"""A clause is known when this share of its character pairs stands in what was said before."""

SAME_FROM = 0.5
SHORTEST_CLAUSE = 5
SHORTEST_MATTER = 8

_CLAUSE = re.compile(r"[^，。！？；,.!?;\n]+")
_COURTESY = re.compile(
    r"您好|你好|谢谢|感谢|尊敬的|领导|市长|书记|县长|拜托|麻烦|恳请|希望|盼望|请(?:求|问|尽快|有关|相关|政府|帮|核实|"
    r"督促|解决|处理|给予|重视)|有关部门|相关部门|尽快|解决|处理|回复|答复|落实|重视|为盼|辛苦"
)
_URGING = re.compile(
    r"再次|又来|再来|第[二三四五六七八九十\d]+次|多次|反复|一直|仍|还是|依然|至今|到现在|还没|没有?人|无人|"
    r"没有?(?:解决|处理|回复|结果|动静|下文|答复)|不(?:解决|处理|回复|管|理)|上次|之前|前面|以前|已经反映|反映过|投诉过|过去了|"
    r"拖(?:了|到)|(?:[\d一二三四五六七八九十两几半]+个?(?:多)?(?:天|周|星期|月|年|小时))(?:了|过去)"
)


@dataclass(frozen=True, slots=True)
class Novelty:
    """`spans` are the passages of the text that say something new; without any it is a repeat."""

    spans: tuple[tuple[int, int], ...]
    is_repeat: bool


def compare(text: str, before: str) -> Novelty:
    """Mark what a text says that `before`, all that its writer said on the matter, does not."""
    known = comparable_text(before)
    spans: list[tuple[int, int]] = []
    for clause in _CLAUSE.finditer(text[:LONGEST_TEXT]):
        if not _is_new(clause.group(), known):
            continue
        start, end = clause.span()
        if spans and start - spans[-1][1] <= 1:
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((start, end))
    return Novelty(tuple(spans), not spans)


def is_same_matter(
    text: str, other: str, *, title: str | None = None, other_title: str | None = None
) -> float:
    """Return how much of the shorter of two messages of one person stands in the other, or 0 for another matter."""
    mine, theirs = (_matter(t, words) for t, words in ((title, text), (other_title, other)))
    if min(len(mine), len(theirs)) < SHORTEST_MATTER:
        return 1.0 if mine and mine == theirs else 0.0
    shorter, longer = sorted((mine, theirs), key=len)
    share = max(likeness(mine, theirs), _share_known(shorter, longer))
    return round(share, 4) if share >= SAME_FROM else 0.0


def _matter(title: str | None, text: str) -> str:
    """Return what a message is about: without courtesies and urging, which all messages share."""
    clauses = _CLAUSE.findall(f"{title or ''}\n{text[:LONGEST_TEXT]}")
    return comparable_text("".join(_COURTESY.sub("", _URGING.sub("", clause)) for clause in clauses))


def _is_new(clause: str, known: str) -> bool:
    said = comparable_text(clause)
    if len(said) < SHORTEST_CLAUSE or _share_known(said, known) >= KNOWN_FROM:
        return False
    rest = comparable_text(_COURTESY.sub("", _URGING.sub("", clause)))
    return len(rest) >= SHORTEST_CLAUSE and _share_known(rest, known) < KNOWN_FROM


def _share_known(text: str, known: str) -> float:
    pairs = {text[i : i + 2] for i in range(len(text) - 1)}
    return sum(pair in known for pair in pairs) / len(pairs) if pairs else 0.0
