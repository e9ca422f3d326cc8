"""What the base learns from: approved replies, what officers did with suggestions, equal words."""

from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from knowledge_base.models.enums import stored
from sla.instants import Instant


class CandidateState(StrEnum):
    """What an editor made of a candidate."""

    OPEN = "open"
    ARTICLE = "article"
    PHRASING = "phrasing"
    DISCARDED = "discarded"


class Candidate(SQLModel, table=True):
    """A question and its approved reply, personal information already removed, waiting for an editor."""

    __tablename__ = "article_candidates"

    id: int | None = Field(default=None, primary_key=True)
    subject_id: int = Field(unique=True)
    question: str = Field(sa_type=sa.Text)
    answer: str = Field(sa_type=sa.Text)
    owner_code: str | None = Field(default=None, max_length=64, index=True)
    state: CandidateState = Field(
        default=CandidateState.OPEN, sa_column=sa.Column(stored(CandidateState), nullable=False, index=True)
    )
    cluster_id: int | None = Field(default=None, index=True)
    nearest_article_id: int | None = Field(default=None, foreign_key="articles.id", ondelete="SET NULL")
    nearest_confidence: float | None = Field(default=None)
    article_id: int | None = Field(default=None, foreign_key="articles.id", ondelete="SET NULL")
    decided_by_id: int | None = Field(default=None)
    created_at: datetime = Field(sa_type=Instant, index=True)
    decided_at: datetime | None = Field(default=None, sa_type=Instant)


class ArticleUse(SQLModel, table=True):
    """How often an article was shown, inserted and rejected on one day, and what citizens said of it."""

    __tablename__ = "article_uses"

    article_id: int = Field(foreign_key="articles.id", primary_key=True, ondelete="CASCADE")
    day: date = Field(primary_key=True, index=True)
    shown: int = Field(default=0)
    inserted: int = Field(default=0)
    edited: int = Field(default=0)
    rejected: int = Field(default=0)
    helpful: int = Field(default=0)
    unhelpful: int = Field(default=0)


class SynonymGroup(SQLModel, table=True):
    """Words that mean the same to a citizen (居住证, 暂住证); the first is the one searched for."""

    __tablename__ = "synonym_groups"

    id: int | None = Field(default=None, primary_key=True)
    words: list[str] = Field(default_factory=list, sa_type=sa.JSON)
    disabled_at: datetime | None = Field(default=None, sa_type=Instant)


class Calibration(SQLModel, table=True):
    """One fit of how sure suggestions are, with how it did on cases kept aside; at most one is in force."""

    __tablename__ = "calibrations"

    id: int | None = Field(default=None, primary_key=True)
    slope: float
    shift: float
    fitted_on: int
    judged_on: int
    loss_before: float
    loss_after: float
    gap_before: float
    gap_after: float
    in_force: bool = Field(default=False)
    made_by_id: int | None = Field(default=None)
    made_at: datetime = Field(sa_type=Instant)
