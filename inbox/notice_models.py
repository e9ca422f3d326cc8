"""The tables of the notices: what an officer is told."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from sla.instants import Instant


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
