"""The tables of working together: co-handling departments, work on the street with its pictures, watchers."""

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from inbox.models import word
from sla.instants import Instant


class PartState(StrEnum):
    """Where a co-handling department's part stands."""

    ASKED = "asked"
    SIGNED = "signed"
    TIMED_OUT = "timed_out"
    RELEASED = "released"


class CoHandling(SQLModel, table=True):
    """What one more department is asked for (协办), by when, and the part it gave."""

    __tablename__ = "co_handlings"
    __table_args__ = (
        sa.UniqueConstraint("case_id", "round", "department_id", name="uq_co_handlings_department"),
        sa.Index("ix_co_handlings_department", "department_id", "state", "case_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="cases.id")
    round: int = 0
    department_id: int = Field(foreign_key="departments.id")
    state: PartState = Field(default=PartState.ASKED, sa_type=word(PartState))
    asked: str = Field(sa_type=sa.Text)
    asked_by: int = Field(foreign_key="officers.id")
    asked_at: datetime = Field(sa_type=Instant)
    due_at: datetime = Field(sa_type=Instant)
    clock_round: int | None = None
    part: str = Field(default="", sa_type=sa.Text)
    signed_by: int | None = Field(default=None, foreign_key="officers.id")
    signed_at: datetime | None = Field(default=None, sa_type=Instant)
    ended_by: int | None = Field(default=None, foreign_key="officers.id")
    ended_at: datetime | None = Field(default=None, sa_type=Instant)
    reason: str = Field(default="", max_length=500)


class OfflineTask(SQLModel, table=True):
    """Something that has to be done on the street (网下处置); open until it is done or dropped with a reason."""

    __tablename__ = "offline_tasks"
    __table_args__ = (
        sa.Index(
            "ix_offline_tasks_open",
            "department_id",
            "due_at",
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="cases.id", index=True)
    what: str = Field(sa_type=sa.Text)
    department_id: int = Field(foreign_key="departments.id")
    officer_id: int | None = Field(default=None, foreign_key="officers.id", index=True)
    due_at: datetime = Field(sa_type=Instant)
    created_by: int = Field(foreign_key="officers.id")
    created_at: datetime = Field(sa_type=Instant)
    ended_at: datetime | None = Field(default=None, sa_type=Instant)
    ended_by: int | None = Field(default=None, foreign_key="officers.id")
    is_done: bool = False
    note: str = Field(default="", sa_type=sa.Text)


class TaskPhoto(SQLModel, table=True):
    """A picture that shows work on the street, encoded anew: without position, camera or anything behind it."""

    __tablename__ = "task_photos"

    id: int | None = Field(default=None, primary_key=True)
    task_id: int = Field(foreign_key="offline_tasks.id", index=True)
    uploaded_by: int = Field(foreign_key="officers.id")
    uploaded_at: datetime = Field(sa_type=Instant)
    width: int
    height: int
    content: bytes = Field(sa_type=sa.LargeBinary)


class CaseWatcher(SQLModel, table=True):
    """An officer who wants to hear what becomes of a case."""

    __tablename__ = "case_watchers"

    case_id: int = Field(foreign_key="cases.id", primary_key=True)
    officer_id: int = Field(foreign_key="officers.id", primary_key=True, index=True)
    since: datetime = Field(sa_type=Instant)
