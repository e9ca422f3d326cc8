"""Reads policies from plain data and names everything that is wrong with them."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sla.errors import BadLimit, BadPolicy
from sla.limits import Limit, parse_limit
from sla.models import Clock
from sla.policy import WARN_AT, Condition, Policy, Steps
from sla.problems import Problem, problem

_CONDITION_KEYS = frozenset(
    {"kinds", "tags", "topics", "channels", "departments", "departments_at_least", "answered_by_kb"}
)
_LIST_KEYS = ("kinds", "tags", "topics", "channels", "departments")


class PolicyReader:
    """Reads policies from plain data and collects every problem."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.problems: list[Problem] = []

    def limit(self, where: str, text: Any) -> Limit | None:
        try:
            return parse_limit(text)
        except BadLimit as error:
            self.problems.append(problem("limit_unusable", where=where, text=error.text, why=error.why))
            return None

    def condition(self, code: str, entry: Any) -> Condition:
        if not isinstance(entry, Mapping) or set(entry) - _CONDITION_KEYS:
            self.problems.append(problem("not_a_condition", code=code, entry=entry))
            return Condition()
        lists: dict[str, frozenset[str]] = {}
        for key in _LIST_KEYS:
            words = entry.get(key, [])
            if not isinstance(words, list) or not all(isinstance(word, str) and word for word in words):
                self.problems.append(problem("not_words", code=code, key=key))
                words = []
            elif key in entry and not words:
                self.problems.append(problem("empty_list", code=code, key=key))
            lists[key] = frozenset(words)
        least = entry.get("departments_at_least", 1)
        answered = entry.get("answered_by_kb")
        if not isinstance(least, int) or least < 1 or answered not in {None, True, False}:
            self.problems.append(problem("condition_value", code=code))
            least, answered = 1, None
        return Condition(
            kinds=lists["kinds"],
            tags=lists["tags"],
            topics=lists["topics"],
            channels=lists["channels"],
            departments=lists["departments"],
            departments_at_least=least,
            answered_by_kb=answered,
        )

    def limits(self, code: str, entry: Any) -> dict[Clock, Limit]:
        limits: dict[Clock, Limit] = {}
        for name, text in (entry if isinstance(entry, Mapping) else {}).items():
            if name not in {clock.value for clock in Clock}:
                self.problems.append(problem("no_such_clock", code=code, name=name))
            elif (limit := self.limit(f"{code} {name}", text)) is not None:
                limits[Clock(name)] = limit
        if not limits:
            self.problems.append(problem("no_limit", code=code))
        return limits

    def steps(self, code: str, entry: Any) -> dict[str, Steps]:
        known = {clock.value for clock in Clock} | {"default"}
        if not isinstance(entry, Mapping) or set(entry) - known:
            self.problems.append(problem("not_steps_of_clocks", code=code, entry=entry))
            return {}
        return {name: self._steps(code, part) for name, part in entry.items()}

    def _steps(self, code: str, entry: Any) -> Steps:
        if not isinstance(entry, Mapping) or set(entry) - {"warn", "at", "after"}:
            self.problems.append(problem("not_steps", code=code, entry=entry))
            return Steps()
        warn = entry.get("warn", list(WARN_AT))
        if not isinstance(warn, list) or not all(type(n) is int and 0 < n < 100 for n in warn):
            self.problems.append(problem("not_percentages", code=code, warn=warn))
            warn = []
        return Steps(
            warn=tuple(sorted(set(warn))),
            at=self._named_limits(code, entry.get("at", {})),
            after=self._named_limits(code, entry.get("after", {})),
        )

    def _named_limits(self, code: str, entry: Any) -> tuple[tuple[str, Limit], ...]:
        if not isinstance(entry, Mapping) or not all(
            isinstance(name, str) and 0 < len(name) <= 20 for name in entry
        ):
            self.problems.append(problem("not_named_steps", code=code, entry=entry))
            return ()
        read = [(name, self.limit(f"{code} {name}", text)) for name, text in entry.items()]
        return tuple((name, limit) for name, limit in read if limit is not None)

    def policy(self, entry: Any, common: Mapping[str, Any], effective_on: date) -> Policy:
        if not isinstance(entry, Mapping) or not entry.get("code"):
            raise BadPolicy(self.source, [problem("no_code", entry=entry)])
        code = str(entry["code"])
        conditions = entry.get("conditions")
        if not isinstance(conditions, list) or not conditions:
            self.problems.append(problem("no_condition", code=code))
            conditions = []
        rank = entry.get("rank", 0)
        if type(rank) is not int:
            self.problems.append(problem("not_a_rank", code=code, rank=rank))
            rank = 0
        extension = entry.get("extension", "")
        return Policy(
            code=code,
            name=str(entry.get("name", code)),
            name_en=str(entry.get("name_en", "")),
            rank=rank,
            conditions=tuple(self.condition(code, condition) for condition in conditions),
            limits=self.limits(code, {**common.get("limits", {}), **mapping(entry.get("limits"))}),
            extension=self.limit(f"{code} extension", extension) if extension else None,
            steps=self.steps(code, {**common.get("steps", {}), **mapping(entry.get("steps"))}),
            basis={**mapping(common.get("basis")), **mapping(entry.get("basis"))},
            version=int(entry.get("version", 1)),
            id=entry.get("id"),
            effective_on=effective_on,
        )


def mapping(entry: Any) -> Mapping[str, Any]:
    return entry if isinstance(entry, Mapping) else {}


def read_policy(entry: Mapping[str, Any], source: str = "policy", *, effective_on: date = date.min) -> Policy:
    """Read one policy given as plain data; raises BadPolicy with every problem found."""
    reader = PolicyReader(source)
    policy = reader.policy(entry, {}, effective_on)
    if reader.problems:
        raise BadPolicy(source, reader.problems)
    return policy
