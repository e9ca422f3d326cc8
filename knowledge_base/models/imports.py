"""Imports of articles: the file kept whole, and what it did to which article, so that it can be undone."""

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from knowledge_base.models.articles import ArticleStatus
from knowledge_base.models.enums import stored
from sla.instants import Instant


class ArticleImportState(StrEnum):
    """Life of an import: looked at, taken in for review, published by somebody else, undone."""

    UPLOADED = "uploaded"
    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"
    PUBLISHING = "publishing"
    PUBLISHED = "published"
    UNDOING = "undoing"
    UNDONE = "undone"


class ImportChangeKind(StrEnum):
    """What an import did to an article."""

    ADDED = "added"
    CHANGED = "changed"


class ArticleImport(SQLModel, table=True):
    """A file of articles with where it came from and how far its import is."""

    __tablename__ = "article_imports"

    id: int | None = Field(default=None, primary_key=True)
    file_name: str = Field(max_length=200)
    content: bytes = Field(sa_type=sa.LargeBinary)
    source: str = Field(default="", max_length=200)
    version: str = Field(default="", max_length=64)
    licence: str = Field(default="", max_length=200)
    state: ArticleImportState = Field(
        default=ArticleImportState.UPLOADED, sa_column=sa.Column(stored(ArticleImportState), nullable=False)
    )
    counts: dict[str, int] = Field(default_factory=dict, sa_type=sa.JSON)
    row_errors: list[dict[str, Any]] = Field(default_factory=list, sa_type=sa.JSON)
    kept: list[dict[str, Any]] = Field(default_factory=list, sa_type=sa.JSON)
    error: str | None = Field(default=None, max_length=500)
    officer_id: int | None = Field(default=None)
    publisher_id: int | None = Field(default=None)
    created_at: datetime = Field(sa_type=Instant)
    finished_at: datetime | None = Field(default=None, sa_type=Instant)


class ArticleImportChange(SQLModel, table=True):
    """What an import did to one article; `before` are the revisions that were newest and in force until then."""

    __tablename__ = "article_import_changes"
    __table_args__ = (sa.UniqueConstraint("import_id", "article_id"),)

    id: int | None = Field(default=None, primary_key=True)
    import_id: int = Field(foreign_key="article_imports.id", index=True)
    article_id: int = Field(foreign_key="articles.id", index=True, ondelete="CASCADE")
    kind: ImportChangeKind = Field(sa_column=sa.Column(stored(ImportChangeKind), nullable=False))
    before_revision: int | None = Field(default=None)
    before_published: int | None = Field(default=None)
    before_status: ArticleStatus | None = Field(
        default=None, sa_column=sa.Column(stored(ArticleStatus), nullable=True)
    )
    after_revision: int
