"""Tables of the clock: notices and office hours, policies, deadlines with their pauses, facts and changes."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from sla.instants import Instant


class Clock(StrEnum):
    """What is being timed. `total` is the citizen's own waiting time: nothing ever pauses it."""

    accept = "accept"
    first_reply = "first_reply"
    resolve = "resolve"
    co_handle = "co_handle"
    return_ = "return"
    arbitration = "arbitration"
    call_back = "call_back"
    total = "total"


class DayKind(StrEnum):
    """What a notice says about a day."""

    holiday = "holiday"
    workday = "workday"  # 调休上班: a Saturday or Sunday on which offices are open
    half_day = "half_day"  # open until the lunch break only


class PauseReason(StrEnum):
    """Why the handling clock stands still."""

    waiting_for_citizen = "waiting_for_citizen"
    extension = "extension"
    arbitration = "arbitration"
    other = "other"


class FactKind(StrEnum):
    """What the sweep has found to be so."""

    warned = "warned"
    breached = "breached"
    escalated = "escalated"
    resumed = "resumed"


class ChangeReason(StrEnum):
    """Why a deadline fell due at another instant than before."""

    notice_loaded = "notice_loaded"
    notice_removed = "notice_removed"
    hours_changed = "hours_changed"
    policy_changed = "policy_changed"
    resumed = "resumed"
    extended = "extended"
    reopened = "reopened"


def _codes(kind: type[StrEnum], length: int = 24) -> sa.Enum:
    """Store the values of an enumeration as short strings on every database."""
    return sa.Enum(kind, native_enum=False, values_callable=lambda e: [m.value for m in e], length=length)


class HolidayNotice(SQLModel, table=True):
    """One notice that fixes days off and make-up working days, national (empty region) or local."""

    __tablename__ = "holiday_notices"
    __table_args__ = (sa.UniqueConstraint("year", "region", "number"),)

    id: int | None = Field(default=None, primary_key=True)
    year: int = Field(index=True)
    region: str = Field(default="", max_length=40)
    number: str = Field(max_length=80)
    title: str = Field(default="", max_length=200)
    issued_on: date
    source: str = Field(default="", max_length=400)
    loaded_at: datetime | None = Field(default=None, sa_type=Instant)
    loaded_by: int | None = None


class HolidayDay(SQLModel, table=True):
    """One day that a notice makes a day off, a working day or a half day."""

    __tablename__ = "holiday_days"
    __table_args__ = (sa.UniqueConstraint("notice_id", "on"),)

    id: int | None = Field(default=None, primary_key=True)
    notice_id: int = Field(foreign_key="holiday_notices.id", index=True)
    on: date
    kind: DayKind = Field(sa_column=sa.Column(_codes(DayKind, 12), nullable=False))
    name: str = Field(default="", max_length=40)
    name_en: str = Field(default="", max_length=60)


class OfficeHours(SQLModel, table=True):
    """When offices are open: for everyone or one department, all year or in a season, from a date on.

    `periods` is a list of [opening, closing] in local "HH:MM"; the gap between two is the lunch break.
    `season_from` and `season_to` are "MM-DD", both included; empty means all year.
    """

    __tablename__ = "office_hours"

    id: int | None = Field(default=None, primary_key=True)
    department: str = Field(default="", max_length=40, index=True)
    season_from: str = Field(default="", max_length=5)
    season_to: str = Field(default="", max_length=5)
    periods: list[list[str]] = Field(sa_column=sa.Column(sa.JSON, nullable=False))
    valid_from: date
    valid_until: date | None = None
    basis: str = Field(default="", max_length=200)


class PolicyVersion(SQLModel, table=True):
    """One version of one time-limit policy; a change is a new row, so running deadlines keep theirs."""

    __tablename__ = "deadline_policies"
    __table_args__ = (sa.UniqueConstraint("code", "version"),)

    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(max_length=40, index=True)
    version: int = 1
    name: str = Field(max_length=80)
    name_en: str = Field(default="", max_length=80)
    rank: int = 0
    conditions: list[dict[str, Any]] = Field(sa_column=sa.Column(sa.JSON, nullable=False))
    limits: dict[str, str] = Field(sa_column=sa.Column(sa.JSON, nullable=False))
    extension: str = Field(default="", max_length=16)
    steps: dict[str, Any] = Field(sa_column=sa.Column(sa.JSON, nullable=False))
    basis: dict[str, str] = Field(sa_column=sa.Column(sa.JSON, nullable=False))
    effective_on: date
    retired_on: date | None = None
    created_at: datetime | None = Field(default=None, sa_type=Instant)
    created_by: int | None = None
    reason: str = Field(default="", max_length=200)


class Deadline(SQLModel, table=True):
    """One clock of one case: when it started, falls due, was met or breached.

    `round` is 1 at first and one more each time the case is reopened. `next_step_at` is the next instant at
    which the sweep has something to do; it is empty when the deadline is met, cancelled, paused or has no
    step left. `series` grows when a move of the deadline makes steps happen anew (an extension, a
    notice). `held_until` keeps the sweep from escalating before a reopened case had its time.
    """

    __tablename__ = "deadlines"
    __table_args__ = (
        sa.UniqueConstraint("subject_id", "clock", "round"),
        sa.Index(
            "ix_deadlines_next_step_at",
            "next_step_at",
            sqlite_where=sa.text("next_step_at IS NOT NULL"),
            postgresql_where=sa.text("next_step_at IS NOT NULL"),
        ),
        sa.Index(
            "ix_deadlines_open_due_at",
            "clock",
            "due_at",
            sqlite_where=sa.text("met_at IS NULL AND cancelled_at IS NULL"),
            postgresql_where=sa.text("met_at IS NULL AND cancelled_at IS NULL"),
        ),
        # The indicators count what fell due in a period: this holds what most of them ask.
        sa.Index(
            "ix_deadlines_clock_due_at",
            "clock",
            "due_at",
            "met_at",
            "cancelled_at",
            "subject_id",
            "started_at",
        ),
        sa.Index(
            "ix_deadlines_provisional",
            "due_at",
            sqlite_where=sa.text("provisional"),
            postgresql_where=sa.text("provisional"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    subject_id: int
    clock: Clock = Field(sa_column=sa.Column(_codes(Clock, 16), nullable=False))
    round: int = 1
    series: int = 0
    policy_id: int | None = Field(default=None, foreign_key="deadline_policies.id", index=True)
    policy_code: str = Field(max_length=40)
    limit: str = Field(max_length=16)
    extension: str = Field(default="", max_length=40)
    department: str = Field(default="", max_length=40)
    started_at: datetime = Field(sa_type=Instant)
    due_at: datetime = Field(sa_type=Instant)
    met_at: datetime | None = Field(default=None, sa_type=Instant)
    breached_at: datetime | None = Field(default=None, sa_type=Instant)
    cancelled_at: datetime | None = Field(default=None, sa_type=Instant)
    paused_at: datetime | None = Field(default=None, sa_type=Instant)
    held_until: datetime | None = Field(default=None, sa_type=Instant)
    provisional: bool = False
    next_step_at: datetime | None = Field(default=None, sa_type=Instant)
    next_step: str = Field(default="", max_length=24)


class DeadlinePause(SQLModel, table=True):
    """A span in which the handling clocks of a case stand still; open while `ended_at` is empty."""

    __tablename__ = "deadline_pauses"
    __table_args__ = (
        sa.Index(
            "ix_deadline_pauses_open_until_at",
            "until_at",
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    subject_id: int = Field(index=True)
    reason: PauseReason = Field(sa_column=sa.Column(_codes(PauseReason), nullable=False))
    note: str = Field(default="", max_length=200)
    actor_id: int | None = None
    started_at: datetime = Field(sa_type=Instant)
    until_at: datetime | None = Field(default=None, sa_type=Instant)
    ended_at: datetime | None = Field(default=None, sa_type=Instant)
    ended_by: int | None = None


class DeadlineFact(SQLModel, table=True):
    """A step that happened to a deadline, exactly once: a warning, the breach, an escalation.

    `step` names it ("50", "80", "due", "urge", "propose", "bulletin"), `percent` is set for warnings, `at` is when it
    became so and `found_at` the sweep that noticed. A breach that a later notice undid stays, with
    `withdrawn_at`.
    """

    __tablename__ = "deadline_facts"
    __table_args__ = (
        sa.UniqueConstraint("deadline_id", "series", "kind", "step"),
        sa.Index(
            "ix_deadline_facts_proposed",
            "deadline_id",
            sqlite_where=sa.text("step = 'propose'"),
            postgresql_where=sa.text("step = 'propose'"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    deadline_id: int = Field(foreign_key="deadlines.id")
    series: int = 0
    kind: FactKind = Field(sa_column=sa.Column(_codes(FactKind, 12), nullable=False))
    step: str = Field(max_length=24)
    percent: int | None = None
    at: datetime = Field(sa_type=Instant)
    found_at: datetime = Field(sa_type=Instant)
    withdrawn_at: datetime | None = Field(default=None, sa_type=Instant)


class DeadlineChange(SQLModel, table=True):
    """A logged move of a deadline, with what it was, what it is and why."""

    __tablename__ = "deadline_changes"

    id: int | None = Field(default=None, primary_key=True)
    deadline_id: int = Field(foreign_key="deadlines.id", index=True)
    reason: ChangeReason = Field(sa_column=sa.Column(_codes(ChangeReason), nullable=False))
    params: dict[str, Any] = Field(sa_column=sa.Column(sa.JSON, nullable=False))
    old_due_at: datetime = Field(sa_type=Instant)
    new_due_at: datetime = Field(sa_type=Instant)
    at: datetime = Field(sa_type=Instant)
    actor_id: int | None = None


class SlaRevision(SQLModel, table=True):
    """One row whose number grows with every change of calendar, office hours or policies."""

    __tablename__ = "sla_revisions"

    id: int | None = Field(default=None, primary_key=True)
    number: int = 0
