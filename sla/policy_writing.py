"""Policies as rows."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from sla.models import PolicyVersion
from sla.policy import Condition, Policy, Steps


def condition_as_data(condition: Condition) -> dict[str, Any]:
    """Write a condition the way it is stored, leaving out what it does not ask for."""
    plain: dict[str, Any] = {}
    for key, value in asdict(condition).items():
        if isinstance(value, frozenset):
            if value:
                plain[key] = sorted(value)
        elif key == "departments_at_least":
            if value > 1:
                plain[key] = value
        elif value is not None:
            plain[key] = value
    return plain


def steps_as_data(steps: Steps) -> dict[str, Any]:
    """Write the steps of one clock the way they are stored."""
    return {
        "warn": list(steps.warn),
        "at": {name: str(limit) for name, limit in steps.at},
        "after": {name: str(limit) for name, limit in steps.after},
    }


def row_of(
    policy: Policy, *, created_at: datetime, created_by: int | None = None, reason: str = ""
) -> PolicyVersion:
    """Make the row of one version of a policy."""
    return PolicyVersion(
        code=policy.code,
        version=policy.version,
        name=policy.name,
        name_en=policy.name_en,
        rank=policy.rank,
        conditions=[condition_as_data(condition) for condition in policy.conditions],
        limits={clock.value: str(limit) for clock, limit in policy.limits.items()},
        extension=str(policy.extension) if policy.extension else "",
        steps={name: steps_as_data(steps) for name, steps in policy.steps.items()},
        basis=dict(policy.basis),
        effective_on=policy.effective_on,
        created_at=created_at,
        created_by=created_by,
        reason=reason,
    )
