"""The tables that belong to the running machinery itself."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from sla.instants import Instant


class SchedulerTerm(SQLModel, table=True):
    """Whose turn it is to schedule: one row; the number grows with every change of holder.

    A scheduler that lost its turn without noticing fails the check of the number in its own transaction.
    """

    __tablename__ = "scheduler_terms"

    id: int | None = Field(default=None, primary_key=True)
    number: int = 0
    holder: str = Field(default="", max_length=120)
    began_at: datetime = Field(sa_type=Instant)
    acted_at: datetime | None = Field(default=None, sa_type=Instant)


class EndedSession(SQLModel, table=True):
    """A session that was signed out, so that a copy of its cookie is worth nothing; forgotten once it would be over."""

    __tablename__ = "ended_sessions"

    session_id: str = Field(primary_key=True, max_length=32)
    ended_at: datetime = Field(sa_type=Instant, index=True)
