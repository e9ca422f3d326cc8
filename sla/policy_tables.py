"""A whole table of policies at once: written to a file, compared with what is in force, put in force."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from sla.calendar import WorkingCalendar
from sla.errors import BadPolicy
from sla.models import PolicyVersion
from sla.policies import check_policies, load_policies
from sla.policy import Condition, Policy
from sla.policy_editing import PolicyPreview, policy_as_data, preview_policy, publish_policy
from sla.problems import problem
from sla.recompute import DeadlineMove
from sla.revisions import bump_revision


class TableChange(StrEnum):
    """What loading a table does to one policy."""

    added = "added"
    changed = "changed"
    same = "same"
    retired = "retired"


@dataclass(frozen=True, slots=True)
class PolicyOutcome:
    """One policy of a table: what becomes of it, and what that would do to its running deadlines."""

    policy: Policy
    change: TableChange
    effect: PolicyPreview


@dataclass(frozen=True, slots=True)
class TablePreview:
    """What loading a table does, policy by policy in the table's order, the retired ones last."""

    outcomes: tuple[PolicyOutcome, ...]

    @property
    def changes(self) -> int:
        """Count the policies that do not stay as they are."""
        return sum(outcome.change is not TableChange.same for outcome in self.outcomes)

    @property
    def moves(self) -> tuple[DeadlineMove, ...]:
        """Give the deadlines that move, or would if running ones were put under the table."""
        return tuple(move for outcome in self.outcomes for move in outcome.effect.moves)


def table_as_data(policies: Sequence[Policy], *, effective_on: date) -> dict[str, Any]:
    """Write policies as a table that `read_policies` reads again."""
    return {
        "effective_on": effective_on.isoformat(),
        "policies": [{"code": policy.code, **policy_as_data(policy)} for policy in policies],
    }


def preview_table(
    session: Session, policies: Sequence[Policy], calendar: WorkingCalendar, *, on: date, now: datetime
) -> TablePreview:
    """Compare a table with the policies in force on a day, changing nothing. Raises what `check_policies` does."""
    check_policies(policies, "table")
    if not any(Condition() in policy.conditions for policy in policies):
        raise BadPolicy("table", [problem("cases_without_policy")])
    in_force = {policy.code: policy for policy in load_policies(session, on=on).policies}
    found = []
    for policy in policies:
        before = in_force.pop(policy.code, None)
        if before is None:
            change = TableChange.added
        elif policy_as_data(before) == policy_as_data(policy):
            change = TableChange.same
        else:
            change = TableChange.changed
        effect = (
            preview_policy(session, policy, calendar, now=now)
            if change is TableChange.changed
            else PolicyPreview(policy, 0, ())
        )
        found.append(PolicyOutcome(policy, change, effect))
    left = [PolicyOutcome(old, TableChange.retired, PolicyPreview(old, 0, ())) for old in in_force.values()]
    return TablePreview((*found, *left))


def load_table(
    session: Session,
    policies: Sequence[Policy],
    calendar: WorkingCalendar,
    *,
    on: date,
    now: datetime,
    actor_id: int | None = None,
    reason: str = "",
    move_running: bool = False,
) -> TablePreview:
    """Put a whole table in force from a day on: new and changed policies as new versions, the others retired.

    Loading the same table again changes nothing. Running deadlines keep their version unless `move_running`.
    """
    preview = preview_table(session, policies, calendar, on=on, now=now)
    done = []
    for outcome in preview.outcomes:
        effect = outcome.effect
        if outcome.change in {TableChange.added, TableChange.changed}:
            version = _newest_version(session, outcome.policy.code) + 1
            effect = publish_policy(
                session,
                replace(outcome.policy, version=version, effective_on=on, id=None),
                calendar,
                now=now,
                actor_id=actor_id,
                reason=reason,
                move_running=move_running,
            )
        elif outcome.change is TableChange.retired:
            _retire(session, outcome.policy.code, on)
        done.append(PolicyOutcome(outcome.policy, outcome.change, effect))
    return TablePreview(tuple(done))


def _newest_version(session: Session, code: str) -> int:
    query = sa.select(sa.func.max(col(PolicyVersion.version))).where(col(PolicyVersion.code) == code)
    return session.execute(query).scalar() or 0


def _retire(session: Session, code: str, on: date) -> None:
    """End a policy; that something covers every case is the whole table's matter, and was checked."""
    session.execute(
        sa.update(PolicyVersion)
        .where(col(PolicyVersion.code) == code, col(PolicyVersion.retired_on).is_(None))
        .values(retired_on=on)
    )
    bump_revision(session)
