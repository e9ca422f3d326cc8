"""The tables of the notices: what officers are told, how they want to hear of it, and what was sent."""

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from inbox.models import DeliveryState, word
from sla.instants import Instant


class RobotKind(StrEnum):
    """Whose robot it is; 浙政钉 speaks DingTalk's protocol under its own address, Lark Feishu's."""

    DINGTALK = "dingtalk"
    WECOM = "wecom"
    FEISHU = "feishu"


class EmailMode(StrEnum):
    """How an officer wants to be written to; a supervision order is written at once whatever was chosen."""

    AT_ONCE = "at_once"
    DIGEST = "digest"
    OFF = "off"


class Notice(SQLModel, table=True):
    """One thing one officer is told; `key` keeps the same fact from being told to them twice."""

    __tablename__ = "notices"
    __table_args__ = (
        sa.UniqueConstraint("officer_id", "key", name="uq_notices_officer_key"),
        sa.Index("ix_notices_officer_at", "officer_id", "at", "id"),
        # Counted on every page: unread ones are few, so this stays small.
        sa.Index(
            "ix_notices_unread",
            "officer_id",
            sqlite_where=sa.text("read_at IS NULL"),
            postgresql_where=sa.text("read_at IS NULL"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    officer_id: int = Field(foreign_key="officers.id")
    kind: str = Field(max_length=32)
    case_id: int | None = Field(default=None, foreign_key="cases.id", index=True)
    params: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)
    urgent: bool = False
    key: str | None = Field(default=None, max_length=80)
    at: datetime = Field(sa_type=Instant)
    read_at: datetime | None = Field(default=None, sa_type=Instant)


class NoticeChoice(SQLModel, table=True):
    """How one officer wants to hear of notices; without a row they hear on the page and through robots alone.

    Quiet hours and the time of the digest are local "HH:MM"; empty quiet hours mean none.
    """

    __tablename__ = "notice_choices"

    officer_id: int = Field(foreign_key="officers.id", primary_key=True)
    email: str = Field(default="", max_length=200)
    email_mode: EmailMode = Field(default=EmailMode.AT_ONCE, sa_type=word(EmailMode))
    robots: bool = True
    quiet_from: str = Field(default="21:00", max_length=5)
    quiet_until: str = Field(default="07:30", max_length=5)
    digest_at: str = Field(default="08:30", max_length=5)


class NoticeRobot(SQLModel, table=True):
    """A chat group's robot, of a department or (without one) of the whole house. `url` and `secret` are secret.

    `recent` are the instants of the last sends, in seconds, by which the platform's limit is kept.
    """

    __tablename__ = "notice_robots"

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(max_length=80)
    kind: RobotKind = Field(sa_type=word(RobotKind))
    department_id: int | None = Field(default=None, foreign_key="departments.id", index=True)
    url: str = Field(max_length=500)
    secret: str = Field(default="", max_length=200)
    quiet_from: str = Field(default="21:00", max_length=5)
    quiet_until: str = Field(default="07:30", max_length=5)
    recent: list[float] = Field(default_factory=list, sa_type=sa.JSON)
    created_at: datetime = Field(sa_type=Instant)
    closed_at: datetime | None = Field(default=None, sa_type=Instant)


class NoticeSend(SQLModel, table=True):
    """One notice on its way to one address: an officer's email, or a robot. What is due together goes together."""

    __tablename__ = "notice_sends"
    __table_args__ = (
        sa.Index("ix_notice_sends_robot", "robot_id", "state"),
        sa.Index("ix_notice_sends_officer", "officer_id", "state"),
        sa.Index("ix_notice_sends_state", "state", "started_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    notice_id: int | None = Field(default=None, foreign_key="notices.id", index=True)
    officer_id: int | None = Field(default=None, foreign_key="officers.id")
    robot_id: int | None = Field(default=None, foreign_key="notice_robots.id")
    state: DeliveryState = Field(default=DeliveryState.WAITING, sa_type=word(DeliveryState))
    due_at: datetime = Field(sa_type=Instant)
    attempts: int = 0
    batch: str = Field(default="", max_length=32)
    started_at: datetime | None = Field(default=None, sa_type=Instant)
    sent_at: datetime | None = Field(default=None, sa_type=Instant)
    error: str = Field(default="", max_length=200)
