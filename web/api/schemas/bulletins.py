"""The 通报 of periods: their figures, the comments of departments, what is asked of them."""

from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from inbox.bulletin_models import BulletinState
from inbox.bulletins import LONGEST_TEXT
from inbox.spans import SpanKind
from web.api.schemas.base import Given, Id, Text, Told


class BulletinPath(Given):
    """Which 通报."""

    bulletin_id: Id
    """Its id, not the number of the year."""


class NewBulletinComment(Given):
    """What a department says to its figures."""

    text: Annotated[Text, Field(min_length=1, max_length=LONGEST_TEXT)]
    """In its own words; supervisors read it before they publish."""


class Publication(Given):
    """How a 通报 is published."""

    remark: Annotated[Text, Field(max_length=LONGEST_TEXT)] = ""
    """What is asked of the departments; it is printed under 工作要求."""


class BulletinRow(Told):
    """A 通报 in the list."""

    id: int
    kind: SpanKind
    """Whether it is of a week, a month, a quarter or a year."""
    starts_on: date
    """The first day of its period, in the deployment's time zone."""
    ends_on: date
    """The last day, included."""
    state: BulletinState
    """A draft is for supervisors; a shown one is commented on; a published one does not change."""
    number: str
    """The number of the document, such as 岚通〔2026〕1号; empty until it is published."""
    shown_at: datetime | None
    published_at: datetime | None


class Bulletins(Told):
    """Every 通报 that you may read, newest first."""

    bulletins: list[BulletinRow]


class BulletinLine(Told):
    """The printed columns of one department, or of all together."""

    department_id: int | None
    """None in the line of all together."""
    assigned: int
    """派遣总数: what fell due in the period."""
    on_time: int
    """按时办结."""
    late: int
    """超时办结."""
    open: int
    """未办结."""
    rated: int
    dissatisfied: int
    closed_share: float | None
    """结案率; None when nothing fell due."""
    on_time_share: float | None
    """按时结案率."""
    dissatisfied_share: float | None
    """不满意率; None when nobody rated."""


class BulletinBreach(Told):
    """A case that was overdue by five working days or more."""

    case_id: int | None
    """None for a case of another department."""
    tracking_code: str
    title: str | None
    """None for a case of another department."""
    department_id: int | None
    clock: str
    due_at: datetime


class BulletinRemark(Told):
    """What a department said to its figures."""

    id: int
    department_id: int
    officer_id: int
    text: str
    at: datetime


class BulletinWhole(Told):
    """A 通报 as you may read it: before it is published a department has its own lines only."""

    bulletin: BulletinRow
    title: str
    """Its title in the language of the token's officer."""
    remark: str
    """What is asked of the departments; empty until it is published."""
    counted_at: datetime
    """When its figures were counted: now, or once for all when it was published."""
    version: int
    """The version of the columns' formulas."""
    lines: list[BulletinLine]
    """One line a department; it is no ranking."""
    total: BulletinLine
    breaches: list[BulletinBreach]
    comments: list[BulletinRemark]
    may_decide: bool
    """Whether you may show and publish it."""
    may_comment: bool
    xlsx: str
    """Where its table is, as XLSX."""
    docx: str
    """Where it is as an official document (GB/T 9704), as DOCX."""
