"""Articles, what was written in them when, and the counter that tells other processes of a change.

The columns of an article hold what is in force. A change to a published article waits in a revision, with
its state in `Article.pending`, until somebody else has approved it; until then everybody sees the old text.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from knowledge_base.models.enums import stored
from sla.instants import Instant


class ArticleStatus(StrEnum):
    """Where an article stands: only published ones are ever suggested."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    PUBLISHED = "published"
    RETIRED = "retired"


class Authority(StrEnum):
    """Whose word the answer is: 国家 省 市 县 部门, highest first."""

    NATIONAL = "national"
    PROVINCE = "province"
    CITY = "city"
    COUNTY = "county"
    DEPARTMENT = "department"


class RevisionState(StrEnum):
    """What became of one saved version of an article."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    PUBLISHED = "published"
    SENT_BACK = "sent_back"
    SUPERSEDED = "superseded"


class PhrasingOrigin(StrEnum):
    """Where a similar phrasing came from."""

    EDITOR = "editor"
    CANDIDATE = "candidate"
    IMPORT = "import"


class Topic(SQLModel, table=True):
    """A subject of articles; subjects form a tree."""

    __tablename__ = "article_topics"

    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(max_length=64, unique=True)
    name: str = Field(max_length=100)
    name_en: str = Field(default="", max_length=100)
    parent_id: int | None = Field(default=None, foreign_key="article_topics.id", index=True)
    position: int = Field(default=0)
    retired_at: datetime | None = Field(default=None, sa_type=Instant)


class Article(SQLModel, table=True):
    """One question with its authoritative answer. `valid_from` and `valid_until` are both inclusive.

    `basis_expires_on` is the first day on which a document of the basis ends, `reviewed_on` when an editor last
    said that it is still right, and `doubted` that officers have rejected it often since then.
    """

    __tablename__ = "articles"

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(max_length=100, unique=True)
    status: ArticleStatus = Field(
        default=ArticleStatus.DRAFT, sa_column=sa.Column(stored(ArticleStatus), nullable=False, index=True)
    )
    pending: RevisionState | None = Field(
        default=None, sa_column=sa.Column(stored(RevisionState), nullable=True, index=True)
    )
    question: str = Field(sa_type=sa.Text)
    answer: str = Field(sa_type=sa.Text)
    topic_id: int | None = Field(default=None, foreign_key="article_topics.id", index=True)
    owner_code: str | None = Field(default=None, max_length=64, index=True)
    authority: Authority = Field(
        default=Authority.COUNTY, sa_column=sa.Column(stored(Authority), nullable=False)
    )
    region: str | None = Field(default=None, max_length=64, index=True)
    service_url: str | None = Field(default=None, max_length=1000)
    interpretation_url: str | None = Field(default=None, max_length=1000)
    interpretation_title: str | None = Field(default=None, max_length=300)
    tags: list[str] = Field(default_factory=list, sa_type=sa.JSON)
    basis: list[dict[str, Any]] = Field(default_factory=list, sa_type=sa.JSON)
    has_basis: bool = Field(default=False)
    basis_expires_on: date | None = Field(default=None, index=True)
    valid_from: date | None = Field(default=None)
    valid_until: date | None = Field(default=None, index=True)
    review_by: date | None = Field(default=None, index=True)
    reviewed_on: date | None = Field(default=None)
    doubted: bool = Field(default=False)
    source: str = Field(default="", max_length=200)
    version: str = Field(default="", max_length=64)
    licence: str = Field(default="", max_length=200)
    is_sample: bool = Field(default=False)
    revision: int = Field(default=1)
    published_revision: int | None = Field(default=None)
    author_id: int | None = Field(default=None, index=True)
    reviewer_id: int | None = Field(default=None)
    changed_in: int = Field(default=0, index=True)
    created_at: datetime = Field(sa_type=Instant)
    updated_at: datetime = Field(sa_type=Instant, index=True)
    submitted_at: datetime | None = Field(default=None, sa_type=Instant)
    published_at: datetime | None = Field(default=None, sa_type=Instant)
    retired_at: datetime | None = Field(default=None, sa_type=Instant)


class ArticlePhrasing(SQLModel, table=True):
    """Another way in which citizens put an article's question."""

    __tablename__ = "article_phrasings"

    id: int | None = Field(default=None, primary_key=True)
    article_id: int = Field(foreign_key="articles.id", index=True, ondelete="CASCADE")
    text: str = Field(sa_type=sa.Text)
    origin: PhrasingOrigin = Field(
        default=PhrasingOrigin.EDITOR, sa_column=sa.Column(stored(PhrasingOrigin), nullable=False)
    )
    position: int = Field(default=0)


class ArticleRevision(SQLModel, table=True):
    """One saved version, whole, with who wrote it, who reviewed it and what was said."""

    __tablename__ = "article_revisions"
    __table_args__ = (sa.UniqueConstraint("article_id", "number"),)

    id: int | None = Field(default=None, primary_key=True)
    article_id: int = Field(foreign_key="articles.id", index=True, ondelete="CASCADE")
    number: int
    state: RevisionState = Field(
        default=RevisionState.DRAFT, sa_column=sa.Column(stored(RevisionState), nullable=False, index=True)
    )
    content: dict[str, Any] = Field(sa_type=sa.JSON)
    author_id: int | None = Field(default=None)
    reviewer_id: int | None = Field(default=None)
    comment: str = Field(default="", sa_type=sa.Text)
    restored_from: int | None = Field(default=None)
    created_at: datetime = Field(sa_type=Instant)
    decided_at: datetime | None = Field(default=None, sa_type=Instant)


class BaseRevision(SQLModel, table=True):
    """The single row that counts every publish, change and retirement, so that others notice cheaply."""

    __tablename__ = "knowledge_base_revision"

    id: int = Field(default=1, primary_key=True)
    revision: int = Field(default=0)


class BaseChange(SQLModel, table=True):
    """One change of the base under a stamp that no other database gives to it.

    By it, what was made of a revision here is told from what was made of it elsewhere, or before a backup was put back.
    """

    __tablename__ = "knowledge_base_changes"

    revision: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    stamp: str = Field(max_length=16)
