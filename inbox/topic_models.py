"""The tables of topics over time: groups by place and matter, their members, and the weekly digest."""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from sla.instants import Instant


class TopicRecord(SQLModel, table=True):
    """A topic as it was computed last; `usual` is the mean of earlier weeks, `most_usual` what chance explains."""

    __tablename__ = "topics"

    id: int | None = Field(default=None, primary_key=True)
    label: str = Field(max_length=80)
    place: str | None = Field(default=None, max_length=40)
    size: int
    weeks: list[int] = Field(default_factory=list, sa_type=sa.JSON)
    this_week: int
    usual: float
    most_usual: int
    score: float
    rank: int | None = Field(default=None, index=True)
    first_at: datetime = Field(sa_type=Instant)
    last_at: datetime = Field(sa_type=Instant)
    updated_at: datetime = Field(sa_type=Instant)
    surge_at: datetime | None = Field(default=None, sa_type=Instant)


class TopicCase(SQLModel, table=True):
    """A case of a topic, the most typical first."""

    __tablename__ = "topic_cases"

    topic_id: int = Field(foreign_key="topics.id", primary_key=True)
    case_id: int = Field(foreign_key="cases.id", primary_key=True, index=True)
    position: int


class TopicDigest(SQLModel, table=True):
    """What a week was about, kept as it was told."""

    __tablename__ = "topic_digests"

    id: int | None = Field(default=None, primary_key=True)
    week_from: date = Field(unique=True)
    content: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)
    made_at: datetime = Field(sa_type=Instant)
