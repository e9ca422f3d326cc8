"""The tables of the 通报: one row for each period, the departments' comments, and what was published, frozen."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from inbox.models import word
from inbox.spans import SpanKind
from sla.instants import Instant


class BulletinState(StrEnum):
    """A draft is the supervisors' own; a shown one is read by the departments it is about; then it is published."""

    DRAFT = "draft"
    SHOWN = "shown"
    PUBLISHED = "published"


class Bulletin(SQLModel, table=True):
    """The 通报 of one period. Until it is published its figures are counted anew; then `figures` keeps them."""

    __tablename__ = "bulletins"
    __table_args__ = (sa.UniqueConstraint("kind", "starts_on", name="uq_bulletins_kind_start"),)

    id: int | None = Field(default=None, primary_key=True)
    kind: SpanKind = Field(sa_type=word(SpanKind))
    starts_on: date
    ends_on: date
    starts_at: datetime = Field(sa_type=Instant)
    ends_at: datetime = Field(sa_type=Instant)
    state: BulletinState = Field(default=BulletinState.DRAFT, sa_type=word(BulletinState))
    number: str = Field(default="", max_length=40)
    remark: str = Field(default="", sa_type=sa.Text)
    figures: dict[str, Any] | None = Field(default=None, sa_type=sa.JSON)
    created_at: datetime = Field(sa_type=Instant)
    shown_at: datetime | None = Field(default=None, sa_type=Instant)
    published_at: datetime | None = Field(default=None, sa_type=Instant)
    published_by: int | None = Field(default=None, foreign_key="officers.id")


class BulletinComment(SQLModel, table=True):
    """What a department says to its figures before the public reads them."""

    __tablename__ = "bulletin_comments"

    id: int | None = Field(default=None, primary_key=True)
    bulletin_id: int = Field(foreign_key="bulletins.id", index=True)
    department_id: int = Field(foreign_key="departments.id", index=True)
    officer_id: int = Field(foreign_key="officers.id")
    text: str = Field(sa_type=sa.Text)
    at: datetime = Field(sa_type=Instant)
