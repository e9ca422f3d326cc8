"""The policies in force: which one applies to a case, and what is wrong with a table of them."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from importlib.resources import files
from itertools import combinations
from typing import Any

from sqlmodel import Session, col, select

from sla.errors import BadPolicy, NoPolicyMatches, PoliciesTie, UnknownPolicy
from sla.models import PolicyVersion
from sla.policy import Condition, Facts, Policy, Steps
from sla.policy_reading import PolicyReader, mapping, read_policy
from sla.problems import problem
from sla.revisions import kept

__all__ = [
    "Condition",
    "Facts",
    "Policy",
    "PolicyBook",
    "Steps",
    "check_policies",
    "load_policies",
    "read_policies",
    "shipped_policies",
]


class PolicyBook:
    """The policies in force, highest rank first; also knows older versions by id for running deadlines."""

    def __init__(self, policies: Iterable[Policy], older: Iterable[Policy] = ()) -> None:
        self.policies = tuple(sorted(policies, key=lambda policy: (-policy.rank, policy.code)))
        self._by_code = {policy.code: policy for policy in self.policies}
        self._by_id = {policy.id: policy for policy in (*older, *self.policies) if policy.id is not None}

    @property
    def asks_for_topics(self) -> bool:
        """Tell whether any policy goes by topic, so that it must be known."""
        return any(condition.topics for policy in self.policies for condition in policy.conditions)

    def match(self, facts: Facts) -> Policy:
        """Choose the policy of a case; raises NoPolicyMatches, or PoliciesTie instead of guessing."""
        chosen: Policy | None = None
        for policy in self.policies:
            if chosen is not None and policy.rank < chosen.rank:
                break
            if policy.holds(facts):
                if chosen is not None:
                    raise PoliciesTie((chosen.code, policy.code))
                chosen = policy
        if chosen is None:
            raise NoPolicyMatches(facts.kind, sorted(facts.tags))
        return chosen

    def policy(self, code: str) -> Policy:
        """Give the policy in force with a code; raises UnknownPolicy."""
        if code not in self._by_code:
            raise UnknownPolicy(code)
        return self._by_code[code]

    def find(self, policy_id: int | None, code: str) -> Policy | None:
        """Give the version a deadline runs under, else the policy with its code, else None."""
        if policy_id is not None and policy_id in self._by_id:
            return self._by_id[policy_id]
        return self._by_code.get(code)

    def version(self, policy_id: int) -> Policy:
        """Give a policy by id, older versions included; raises UnknownPolicy."""
        if policy_id not in self._by_id:
            raise UnknownPolicy(policy_id)
        return self._by_id[policy_id]


def check_policies(policies: Sequence[Policy], source: str = "policies") -> None:
    """Refuse a table in which a code appears twice, two policies can tie, or one can never be chosen.

    Raises PoliciesTie or BadPolicy.
    """
    codes = [policy.code for policy in policies]
    problems = [problem("code_twice", code=code) for code in sorted({c for c in codes if codes.count(c) > 1})]
    for policy in policies:
        hiding = [other for other in policies if other.rank > policy.rank and Condition() in other.conditions]
        if not policy.conditions:
            problems.append(problem("no_condition", code=policy.code))
        elif hiding:
            problems.append(problem("always_hidden", code=policy.code, other=hiding[0].code))
    if problems:
        raise BadPolicy(source, problems)
    for first, second in combinations(policies, 2):
        if first.can_tie(second):
            raise PoliciesTie((first.code, second.code))


def read_policies(content: str | bytes | Mapping[str, Any], source: str = "file") -> list[Policy]:
    """Read and check a policy table: JSON with `policies`, `effective_on`, and `common` limits and steps.

    Raises BadPolicy, or PoliciesTie when two policies of one rank can cover the same case.
    """
    try:
        table = content if isinstance(content, Mapping) else json.loads(content)
        effective_on = date.fromisoformat(str(table.get("effective_on", "2000-01-01")))
        entries = list(table["policies"])
    except (ValueError, AttributeError, KeyError, TypeError) as error:
        raise BadPolicy(source, [problem("not_a_table", error=error)]) from error
    reader = PolicyReader(source)
    common = mapping(table.get("common"))
    policies = [reader.policy(entry, common, effective_on) for entry in entries]
    if reader.problems:
        raise BadPolicy(source, reader.problems)
    check_policies(policies, source)
    return policies


@lru_cache(maxsize=1)
def shipped_policies() -> PolicyBook:
    """Give the default table of service-levels.md without a database."""
    content = files("sla").joinpath("policies/default.json").read_text(encoding="utf-8")
    return PolicyBook(read_policies(content, "default.json"))


def load_policies(session: Session, *, on: date | None = None) -> PolicyBook:
    """Load the policies in force on a day (without one: the newest version of each), older versions by id."""
    return kept(session, ("policies", on), lambda: _load_policies(session, on))


def _load_policies(session: Session, on: date | None) -> PolicyBook:
    rows = session.exec(
        select(PolicyVersion).order_by(col(PolicyVersion.code), col(PolicyVersion.version))
    ).all()
    newest: dict[str, PolicyVersion] = {}
    for row in rows:
        if on is None or row.effective_on <= on:
            newest[row.code] = row
    chosen = {
        row.id
        for row in newest.values()
        if row.retired_on is None or (on is not None and on < row.retired_on)
    }
    policies = [policy_of(row) for row in rows]
    return PolicyBook([policy for policy in policies if policy.id in chosen], policies)


def policy_of(row: PolicyVersion) -> Policy:
    """Turn a stored version into a policy."""
    return read_policy(row.model_dump(exclude={"effective_on"}), row.code, effective_on=row.effective_on)
