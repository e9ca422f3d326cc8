"""The tables of dangerous and sensitive content: watched words, alarms with whom they called, transfers."""

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from inbox.models import word
from sla.instants import Instant


class WordEffect(StrEnum):
    """What a watched word does: raise its mark, or keep a shipped word or phrase from raising it."""

    MARK = "mark"
    ALLOW = "allow"


class RiskWord(SQLModel, table=True):
    """A word or phrase that the deployment watches, whatever the disguise; `tag` is danger, harmful or spam."""

    __tablename__ = "risk_words"
    __table_args__ = (sa.UniqueConstraint("text", "tag", name="uq_risk_words_text_tag"),)

    id: int | None = Field(default=None, primary_key=True)
    text: str = Field(max_length=40)
    tag: str = Field(max_length=24)
    effect: WordEffect = Field(default=WordEffect.MARK, sa_type=word(WordEffect))
    added_by: int | None = Field(default=None, foreign_key="officers.id")
    added_at: datetime = Field(sa_type=Instant)


class AlarmPolicy(SQLModel, table=True):
    """How long the person who was called has before the next one is; one row."""

    __tablename__ = "alarm_policies"

    id: int = Field(default=1, primary_key=True)
    danger_minutes: int = 5
    harmful_minutes: int = 10


class Alarm(SQLModel, table=True):
    """A message that somebody on duty has to see now; `next_at` is when the next person is called."""

    __tablename__ = "alarms"
    __table_args__ = (
        sa.UniqueConstraint("case_id", "tag", name="uq_alarms_case_tag"),
        sa.Index("ix_alarms_open", "acknowledged_at", "next_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="cases.id")
    tag: str = Field(max_length=24)
    words: list[str] = Field(default_factory=list, sa_type=sa.JSON)
    raised_at: datetime = Field(sa_type=Instant)
    calls: int = 0
    next_at: datetime = Field(sa_type=Instant)
    acknowledged_at: datetime | None = Field(default=None, sa_type=Instant)
    acknowledged_by: int | None = Field(default=None, foreign_key="officers.id")


class AlarmCall(SQLModel, table=True):
    """One call of an alarm: who was told, when, at which place of the chain."""

    __tablename__ = "alarm_calls"

    id: int | None = Field(default=None, primary_key=True)
    alarm_id: int = Field(foreign_key="alarms.id", index=True)
    officer_id: int = Field(foreign_key="officers.id")
    position: int
    at: datetime = Field(sa_type=Instant)


class Transfer(SQLModel, table=True):
    """A matter handed on by procedure (按程序转送): to whom, when, by whom, and the receipt."""

    __tablename__ = "transfers"

    id: int | None = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="cases.id", index=True)
    recipient: str = Field(max_length=120)
    way: str = Field(default="", max_length=60)
    reason: str = Field(max_length=500)
    by_id: int = Field(foreign_key="officers.id")
    at: datetime = Field(sa_type=Instant)
    receipt: str | None = Field(default=None, max_length=200)
    receipt_at: datetime | None = Field(default=None, sa_type=Instant)
    receipt_by: int | None = Field(default=None, foreign_key="officers.id")
