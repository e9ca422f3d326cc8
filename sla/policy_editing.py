"""Policies for the people who set them: list, versions, preview of a change, publishing a new version."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from sla.calendar import WorkingCalendar
from sla.deadline_rows import DEADLINES
from sla.errors import BadPolicy, StalePolicy, UnknownPolicy
from sla.models import ChangeReason, PolicyVersion
from sla.policies import PolicyBook, check_policies, load_policies, policy_of
from sla.policy import Condition, Policy
from sla.policy_reading import read_policy
from sla.policy_writing import condition_as_data, row_of, steps_as_data
from sla.problems import problem
from sla.recompute import DeadlineMove, adopt_policy, settle, under_policy
from sla.revisions import bump_revision

EDITABLE = ("name", "name_en", "rank", "conditions", "limits", "extension", "steps", "basis")


@dataclass(frozen=True, slots=True)
class ListedPolicy:
    """A policy in force with how many open deadlines run under it, any version."""

    policy: Policy
    open_deadlines: int


@dataclass(frozen=True, slots=True)
class ListedVersion:
    """One version of a policy with who made it, when and why."""

    policy: Policy
    created_at: datetime | None
    created_by: int | None
    reason: str
    retired_on: date | None


@dataclass(frozen=True, slots=True)
class PolicyPreview:
    """What a new version would do to the open deadlines of its policy if they were put under it."""

    policy: Policy
    open_deadlines: int
    moves: tuple[DeadlineMove, ...]

    @property
    def newly_overdue(self) -> int:
        """Count the deadlines that would become overdue."""
        return sum(move.is_overdue and not move.was_overdue for move in self.moves)


def list_policies(session: Session, *, on: date | None = None) -> list[ListedPolicy]:
    """List the policies in force on a day, highest rank first."""
    query = (
        sa.select(DEADLINES.c.policy_code, sa.func.count())
        .where(DEADLINES.c.met_at.is_(None), DEADLINES.c.cancelled_at.is_(None))
        .group_by(DEADLINES.c.policy_code)
    )
    counts: dict[str, int] = {row[0]: row[1] for row in session.execute(query)}
    book = load_policies(session, on=on)
    return [ListedPolicy(policy, counts.get(policy.code, 0)) for policy in book.policies]


def policy_versions(session: Session, code: str) -> list[ListedVersion]:
    """List all versions of a policy, newest first; raises UnknownPolicy."""
    rows = session.exec(
        select(PolicyVersion).where(PolicyVersion.code == code).order_by(col(PolicyVersion.version).desc())
    ).all()
    if not rows:
        raise UnknownPolicy(code)
    return [
        ListedVersion(policy_of(row), row.created_at, row.created_by, row.reason, row.retired_on)
        for row in rows
    ]


def changed_policy(
    session: Session,
    code: str,
    changes: Mapping[str, Any],
    *,
    expected_version: int,
    effective_on: date,
) -> Policy:
    """Build and check the next version of a policy, or the first of a new one (expected version 0).

    `changes` holds any of name, name_en, rank, conditions, limits, extension, steps, basis as plain data;
    given limits are merged with those there, a limit of "" removes one. Raises UnknownPolicy, StalePolicy,
    BadPolicy, and PoliciesTie when it could tie with another one in force.
    """
    unknown = set(changes) - set(EDITABLE)
    if unknown:
        raise BadPolicy(code, [problem("unknown_field", name=name) for name in sorted(unknown)])
    newest = session.exec(
        select(PolicyVersion).where(PolicyVersion.code == code).order_by(col(PolicyVersion.version).desc())
    ).first()
    found = newest.version if newest else 0
    if newest is None and expected_version > 0:
        raise UnknownPolicy(code)
    if found != expected_version:
        raise StalePolicy(code, expected_version, found)
    entry: dict[str, Any] = (
        policy_as_data(policy_of(newest)) if newest else {"name": code, "conditions": [], "limits": {}}
    )
    entry |= {name: value for name, value in changes.items() if name != "limits"}
    limits = {**entry["limits"], **_mapping(code, changes.get("limits", {}))}
    entry |= {
        "code": code,
        "version": found + 1,
        "limits": {name: text for name, text in limits.items() if text},
    }
    policy = read_policy(entry, code, effective_on=effective_on)
    others = [other for other in load_policies(session, on=effective_on).policies if other.code != code]
    check_policies([*others, policy], code)
    return policy


def _mapping(code: str, limits: Any) -> Mapping[str, Any]:
    if not isinstance(limits, Mapping):
        raise BadPolicy(code, [problem("limits_no_table")])
    return limits


def policy_as_data(policy: Policy) -> dict[str, Any]:
    """Write what of a policy can be edited as plain data, the way tables and versions hold it."""
    return {
        "name": policy.name,
        "name_en": policy.name_en,
        "rank": policy.rank,
        "conditions": [condition_as_data(condition) for condition in policy.conditions],
        "limits": {clock.value: str(limit) for clock, limit in policy.limits.items()},
        "extension": str(policy.extension) if policy.extension else "",
        "steps": {name: steps_as_data(steps) for name, steps in policy.steps.items()},
        "basis": dict(policy.basis),
    }


def preview_policy(
    session: Session, policy: Policy, calendar: WorkingCalendar, *, now: datetime
) -> PolicyPreview:
    """Show which open deadlines would move if a changed policy were applied to them, changing nothing."""
    found = list(under_policy(session, policy, calendar, PolicyBook([policy]), now=now))
    return PolicyPreview(policy, len(found), tuple(item.move for item in found if item.move.is_moved))


def publish_policy(
    session: Session,
    policy: Policy,
    calendar: WorkingCalendar,
    *,
    now: datetime,
    actor_id: int | None = None,
    reason: str = "",
    move_running: bool = False,
) -> PolicyPreview:
    """Store a version made by `changed_policy`; running deadlines keep theirs unless `move_running`.

    Raises StalePolicy if another version was published in between.
    """
    newest = session.exec(
        sa.select(sa.func.max(col(PolicyVersion.version))).where(col(PolicyVersion.code) == policy.code)  # type: ignore[call-overload]
    ).scalar()
    if (newest or 0) != policy.version - 1:
        raise StalePolicy(policy.code, policy.version - 1, newest or 0)
    row = row_of(policy, created_at=now, created_by=actor_id, reason=reason)
    session.add(row)
    session.flush()
    bump_revision(session)
    stored = replace(policy, id=row.id)
    if not move_running:
        return PolicyPreview(stored, 0, ())
    found = under_policy(session, stored, calendar, PolicyBook([stored]), now=now)
    params = {"policy": policy.code, "version": policy.version}
    moves = settle(
        session, found, reason=ChangeReason.policy_changed, now=now, actor_id=actor_id, params=params
    )
    adopt_policy(session, stored)
    return PolicyPreview(stored, len(moves), tuple(move for move in moves if move.is_moved))


def retire_policy(session: Session, code: str, *, on: date) -> None:
    """Let a policy end on a day: no new case falls under it from then on, running ones keep it.

    Raises UnknownPolicy, and BadPolicy if cases would be left that no policy covers.
    """
    book = load_policies(session, on=on)
    book.policy(code)
    rest = [policy for policy in book.policies if policy.code != code]
    if not any(Condition() in policy.conditions for policy in rest):
        raise BadPolicy(code, [problem("cases_without_policy")])
    session.execute(sa.update(PolicyVersion).where(col(PolicyVersion.code) == code).values(retired_on=on))
    bump_revision(session)
