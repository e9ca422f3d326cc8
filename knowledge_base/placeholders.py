"""Placeholders in answers, such as {称呼}, {单位}, {追踪码} and {日期}, become the case's own values."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

PLACEHOLDERS = ("称呼", "姓名", "单位", "电话", "追踪码", "留言日期", "日期")

_PATTERN = re.compile(r"[{｛]\s*(" + "|".join(PLACEHOLDERS) + r")\s*[}｝]")


@dataclass(frozen=True, slots=True)
class Filled:
    """An answer with values put in; `missing` names the placeholders that had none, in order, once each."""

    text: str
    missing: tuple[str, ...]


def fill(answer: str, values: Mapping[str, str]) -> Filled:
    """Put `values` (keyed by placeholder name without braces) into an answer.

    A placeholder without a value stays as it is and is named in `missing`: the officer must see it. Values
    are inserted once and never read for placeholders themselves. Full-width braces count too.
    """
    missing: dict[str, None] = {}

    def put(match: re.Match[str]) -> str:
        value = values.get(match[1], "").strip()
        if not value:
            missing[match[1]] = None
            return match[0]
        return value

    return Filled(_PATTERN.sub(put, answer), tuple(missing))


def placeholders_in(answer: str) -> tuple[str, ...]:
    """Return the names of the placeholders in an answer, in order, once each."""
    return tuple(dict.fromkeys(_PATTERN.findall(answer)))
