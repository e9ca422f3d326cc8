"""What the roster stores: who is on duty, who answers for which duty, who is away, and how a department assigns."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Column, Index, UniqueConstraint
from sqlalchemy import Enum as SqlEnum
from sqlmodel import Field, SQLModel

from sla.instants import Instant


class AssignmentWay(StrEnum):
    """How a case that reaches a department finds its officer."""

    HAND = "hand"
    ROSTER = "roster"
    LOAD = "load"


class DutyShift(SQLModel, table=True):
    """A time in which an officer is on duty; without a department it is the county's duty office (值班室).

    `position` is the order of calling: 1 is called first, 2 when 1 does not answer. A shift without an end is the
    standing order, which counts when no dated shift does. The end itself is no longer part of a shift.
    """

    __tablename__ = "duty_shifts"
    __table_args__ = (Index("ix_duty_shifts_when", "department_id", "starts_at"),)

    id: int | None = Field(default=None, primary_key=True)
    department_id: int | None = Field(default=None, foreign_key="departments.id")
    officer_id: int = Field(foreign_key="officers.id", index=True)
    position: int = Field(default=1)
    starts_at: datetime = Field(sa_type=Instant)
    ends_at: datetime | None = Field(default=None, sa_type=Instant)


class DutyAnswerer(SQLModel, table=True):
    """An officer who answers for one duty of the catalogue."""

    __tablename__ = "duty_answerers"
    __table_args__ = (UniqueConstraint("duty_id", "officer_id", name="uq_duty_answerers"),)

    id: int | None = Field(default=None, primary_key=True)
    duty_id: int = Field(foreign_key="duties.id", index=True)
    officer_id: int = Field(foreign_key="officers.id", index=True)


class Absence(SQLModel, table=True):
    """A time in which an officer is away, and who stands in; the end itself is no longer part of it."""

    __tablename__ = "absences"

    id: int | None = Field(default=None, primary_key=True)
    officer_id: int = Field(foreign_key="officers.id", index=True)
    substitute_id: int | None = Field(default=None, foreign_key="officers.id", index=True)
    starts_at: datetime = Field(sa_type=Instant)
    ends_at: datetime = Field(sa_type=Instant)
    note: str = Field(default="", max_length=200)


class DepartmentAssignment(SQLModel, table=True):
    """The way a department chose; one that chose none assigns by hand."""

    __tablename__ = "department_assignments"

    department_id: int = Field(primary_key=True, foreign_key="departments.id")
    way: AssignmentWay = Field(
        sa_column=Column(
            SqlEnum(
                AssignmentWay,
                native_enum=False,
                values_callable=lambda ways: [way.value for way in ways],
                length=8,
            ),
            nullable=False,
        )
    )
