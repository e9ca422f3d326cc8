"""Two texts side by side: which lines differ, and which words in them."""

import re
from difflib import SequenceMatcher
from itertools import zip_longest

Part = tuple[str, str]
Side = str | list[Part] | None
"""A line as it is, as parts (equal, insert, delete), or missing on this side."""

MOST_WORDS = 3000
"""Longer lines are not compared word by word: that takes the square of their length."""

_WORD = re.compile(r"[0-9A-Za-z]+|\s+|.", re.DOTALL)


def difference(before: str, after: str) -> list[Part]:
    """Return what to delete from and insert into `before` to get `after`, in reading order."""
    old, new = _WORD.findall(before), _WORD.findall(after)
    if max(len(old), len(new)) > MOST_WORDS:
        return [("delete", before), ("insert", after)]
    parts: list[Part] = []
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            parts.append(("equal", "".join(old[a:b])))
            continue
        if b > a:
            parts.append(("delete", "".join(old[a:b])))
        if d > c:
            parts.append(("insert", "".join(new[c:d])))
    return parts


def side_by_side(before: str, after: str) -> list[tuple[Side, Side]]:
    """Return the lines of both texts in pairs, as `ui.diff` shows them."""
    old, new = before.split("\n"), after.split("\n")
    rows: list[tuple[Side, Side]] = []
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            rows.extend((line, line) for line in old[a:b])
        else:
            rows.extend(_pair(left, right) for left, right in zip_longest(old[a:b], new[c:d]))
    return rows


def _pair(left: str | None, right: str | None) -> tuple[Side, Side]:
    if left is None or right is None:
        return left, right
    parts = difference(left, right)
    return (
        [part for part in parts if part[0] != "insert"],
        [part for part in parts if part[0] != "delete"],
    )
