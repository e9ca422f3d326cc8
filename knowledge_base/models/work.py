"""What waits for an editor: articles that contradict each other, questions that nobody could answer."""

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from knowledge_base.models.enums import stored
from sla.instants import Instant


class ConflictState(StrEnum):
    """What an editor made of two articles that seem to answer one question."""

    OPEN = "open"
    APART = "apart"
    MERGED = "merged"


class ArticleConflict(SQLModel, table=True):
    """Two published articles that seem to answer one question; `first_id` is the smaller id.

    Of two that were merged `kept_id` stayed, with the ways of asking in `moved` taken over from the other.
    """

    __tablename__ = "article_conflicts"
    __table_args__ = (sa.UniqueConstraint("first_id", "second_id"),)

    id: int | None = Field(default=None, primary_key=True)
    first_id: int = Field(foreign_key="articles.id", index=True, ondelete="CASCADE")
    second_id: int = Field(foreign_key="articles.id", index=True, ondelete="CASCADE")
    similarity: float
    first_text: str = Field(sa_type=sa.Text)
    second_text: str = Field(sa_type=sa.Text)
    state: ConflictState = Field(
        default=ConflictState.OPEN, sa_column=sa.Column(stored(ConflictState), nullable=False, index=True)
    )
    found_at: datetime = Field(sa_type=Instant)
    decided_by_id: int | None = Field(default=None)
    decided_at: datetime | None = Field(default=None, sa_type=Instant)
    kept_id: int | None = Field(default=None)
    moved: list[str] = Field(default_factory=list, sa_type=sa.JSON)


class DemandState(StrEnum):
    """What an editor made of questions that nobody could answer."""

    OPEN = "open"
    ARTICLE = "article"
    DISMISSED = "dismissed"


class UnansweredQuestion(SQLModel, table=True):
    """A message that the base had no answer for, personal information already removed.

    `subject_id` is the case; `group_id` is the id of the oldest question like it, None until it was grouped. Where an
    editor has put groups together `found_group_id` is still the group that likeness alone gives.
    """

    __tablename__ = "unanswered_questions"

    id: int | None = Field(default=None, primary_key=True)
    subject_id: int = Field(unique=True)
    question: str = Field(sa_type=sa.Text)
    excerpt: str = Field(default="", sa_type=sa.Text)
    rejected: bool = Field(default=False)
    group_id: int | None = Field(default=None, index=True)
    found_group_id: int | None = Field(default=None)
    state: DemandState = Field(
        default=DemandState.OPEN, sa_column=sa.Column(stored(DemandState), nullable=False, index=True)
    )
    article_id: int | None = Field(default=None, foreign_key="articles.id", ondelete="SET NULL")
    decided_by_id: int | None = Field(default=None)
    decided_at: datetime | None = Field(default=None, sa_type=Instant)
    asked_at: datetime = Field(sa_type=Instant, index=True)


class SweepMark(SQLModel, table=True):
    """How far a sweep over the base has come: the number of the last change that it has looked at."""

    __tablename__ = "article_sweeps"

    name: str = Field(primary_key=True, max_length=32)
    position: int = Field(default=0)


class DraftEffect(SQLModel, table=True):
    """What a waiting change of an article would do to the last messages; `result` is None until it was worked out."""

    __tablename__ = "draft_effects"
    __table_args__ = (sa.UniqueConstraint("article_id", "revision"),)

    id: int | None = Field(default=None, primary_key=True)
    article_id: int = Field(foreign_key="articles.id", index=True, ondelete="CASCADE")
    revision: int
    result: dict[str, Any] | None = Field(default=None, sa_type=sa.JSON)
    asked_at: datetime = Field(sa_type=Instant)
    finished_at: datetime | None = Field(default=None, sa_type=Instant)
