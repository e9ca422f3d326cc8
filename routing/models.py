"""What routing stores: departments, officers, the responsibility catalogue, rules, trained classifiers."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Column, Index, LargeBinary, text
from sqlalchemy import Enum as SqlEnum
from sqlmodel import Field, SQLModel

from sla.instants import Instant


class DepartmentKind(StrEnum):
    """What an answering unit is: it decides how a place in the text counts."""

    DEPARTMENT = "department"
    TOWN = "town"


class Role(StrEnum):
    """What an officer may do; one officer can hold several roles."""

    DISPATCHER = "dispatcher"
    OFFICER = "officer"
    REVIEWER = "reviewer"
    SUPERVISOR = "supervisor"
    EDITOR = "editor"
    ADMINISTRATOR = "administrator"


class RuleKind(StrEnum):
    """How an administrator's rule recognises a message."""

    CONTAINS = "contains"
    PATTERN = "pattern"
    ACCOUNT = "account"


def _codes(enum: type[StrEnum], length: int) -> SqlEnum:
    return SqlEnum(enum, native_enum=False, values_callable=lambda e: [m.value for m in e], length=length)


class Department(SQLModel, table=True):
    """A department or a town that answers messages."""

    __tablename__ = "departments"

    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(max_length=64, unique=True, index=True)
    name: str = Field(max_length=128)
    name_en: str = Field(default="", max_length=128)
    kind: DepartmentKind = Field(
        default=DepartmentKind.DEPARTMENT,
        sa_column=Column(_codes(DepartmentKind, 16), nullable=False),
    )
    phone: str = Field(default="", max_length=64)
    aliases: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    threshold: float | None = Field(default=None)
    parent_id: int | None = Field(default=None, foreign_key="departments.id", index=True)
    closed_at: datetime | None = Field(default=None, sa_type=Instant)


class Officer(SQLModel, table=True):
    """A person who signs in."""

    __tablename__ = "officers"

    id: int | None = Field(default=None, primary_key=True)
    login: str = Field(max_length=64, unique=True, index=True)
    name: str = Field(max_length=64)
    name_en: str = Field(default="", max_length=64)
    phone: str = Field(default="", max_length=64)
    department_id: int | None = Field(default=None, foreign_key="departments.id", index=True)
    roles: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    password_hash: str = Field(default="", max_length=256)
    locale: str = Field(default="zh_CN", max_length=16)
    session_version: int = Field(default=1)
    totp_secret: str | None = Field(default=None, max_length=64)
    is_vendor: bool = Field(default=False)
    failed_logins: int = Field(default=0)
    locked_until: datetime | None = Field(default=None, sa_type=Instant)
    last_login_at: datetime | None = Field(default=None, sa_type=Instant)
    created_at: datetime = Field(sa_type=Instant)
    disabled_at: datetime | None = Field(default=None, sa_type=Instant)


class ApiToken(SQLModel, table=True):
    """A program's key to the API in an officer's name; only its digest is kept."""

    __tablename__ = "api_tokens"

    id: int | None = Field(default=None, primary_key=True)
    officer_id: int = Field(foreign_key="officers.id", index=True)
    name: str = Field(max_length=64)
    prefix: str = Field(max_length=16)
    digest: str = Field(max_length=64, unique=True)
    created_at: datetime = Field(sa_type=Instant)
    last_used_at: datetime | None = Field(default=None, sa_type=Instant)
    expires_at: datetime = Field(sa_type=Instant)
    revoked_at: datetime | None = Field(default=None, sa_type=Instant)


class Area(SQLModel, table=True):
    """A place of the administrative tree, with the villages, roads and estates people call it by."""

    __tablename__ = "areas"

    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(max_length=64, unique=True, index=True)
    name: str = Field(max_length=128)
    parent_id: int | None = Field(default=None, foreign_key="areas.id", index=True)
    aliases: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    department_id: int | None = Field(default=None, foreign_key="departments.id", index=True)


class Duty(SQLModel, table=True):
    """One duty of a department, in the law's words and in everyday ones."""

    __tablename__ = "duties"

    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(max_length=96, unique=True, index=True)
    department_id: int = Field(foreign_key="departments.id", index=True)
    title: str = Field(max_length=256)
    words: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    basis: str = Field(default="", max_length=512)
    exclusive: bool = Field(default=False)
    position: int = Field(default=0)
    retired_at: datetime | None = Field(default=None, sa_type=Instant)


class Rule(SQLModel, table=True):
    """An administrator's rule: it wins over every other evidence."""

    __tablename__ = "routing_rules"

    id: int | None = Field(default=None, primary_key=True)
    kind: RuleKind = Field(sa_column=Column(_codes(RuleKind, 16), nullable=False))
    value: str = Field(max_length=256)
    department_id: int = Field(foreign_key="departments.id", index=True)
    position: int = Field(default=0)
    note: str = Field(default="", max_length=512)
    created_by: int | None = Field(default=None, foreign_key="officers.id", index=True)
    created_at: datetime = Field(sa_type=Instant)
    changed_by: int | None = Field(default=None, foreign_key="officers.id", index=True)
    changed_at: datetime | None = Field(default=None, sa_type=Instant)
    disabled_at: datetime | None = Field(default=None, sa_type=Instant)


class CatalogueRevision(SQLModel, table=True):
    """One row, counted up with every change, so that other processes notice a newer catalogue."""

    __tablename__ = "catalogue_revisions"

    id: int | None = Field(default=None, primary_key=True)
    number: int = Field(default=0)


class ClassifierVersion(SQLModel, table=True):
    """A trained classifier with its figures; at most one is active."""

    __tablename__ = "classifier_versions"
    __table_args__ = (
        Index(
            "uq_classifier_versions_active",
            "is_active",
            unique=True,
            sqlite_where=text("is_active"),
            postgresql_where=text("is_active"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    trained_at: datetime = Field(sa_type=Instant)
    trained_by: int | None = Field(default=None, foreign_key="officers.id", index=True)
    examples: int = Field(default=0)
    figures: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    weights: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    precedents: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))
    calibration: list[float] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    before: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    after: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    is_worse: bool = Field(default=False)
    is_active: bool = Field(default=False)
    replaced_id: int | None = Field(default=None)


class RunState(StrEnum):
    """Life of a training run."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class TrainingRun(SQLModel, table=True):
    """One wish to train again, by hand or by the schedule, how far it is and what came of it."""

    __tablename__ = "training_runs"

    id: int | None = Field(default=None, primary_key=True)
    requested_by: int | None = Field(default=None, foreign_key="officers.id", index=True)
    requested_at: datetime = Field(sa_type=Instant)
    finished_at: datetime | None = Field(default=None, sa_type=Instant)
    state: RunState = Field(
        default=RunState.WAITING, sa_column=Column(_codes(RunState, 16), nullable=False, index=True)
    )
    percent: int = Field(default=0)
    examples: int = Field(default=0)
    corrections: int = Field(default=0)
    outcome: str = Field(default="", max_length=32)
    version_id: int | None = Field(default=None, foreign_key="classifier_versions.id", index=True)


class CatalogueFile(SQLModel, table=True):
    """An uploaded catalogue, kept whole between its preview and its use, and afterwards as a record."""

    __tablename__ = "catalogue_files"

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(max_length=200)
    content: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    uploaded_by: int | None = Field(default=None, foreign_key="officers.id", index=True)
    uploaded_at: datetime = Field(sa_type=Instant)
    applied_at: datetime | None = Field(default=None, sa_type=Instant)
