"""The tables of the ladder: urgings, supervision orders, entries of the bulletin, extensions, calls to citizens."""

from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from inbox.models import Satisfaction, word
from sla.instants import Instant


class OrderReason(StrEnum):
    """Why a matter is supervised (service-levels.md, 督办)."""

    OVERDUE = "overdue"
    UNSOLVED = "unsolved"
    STALE_ARTICLE = "stale_article"
    OTHER = "other"


class OrderState(StrEnum):
    """Life of a supervision order; only a supervisor closes it."""

    ISSUED = "issued"
    ACKNOWLEDGED = "acknowledged"
    REPORTED = "reported"
    SENT_BACK = "sent_back"
    CLOSED = "closed"


OPEN_ORDERS = (OrderState.ISSUED, OrderState.ACKNOWLEDGED, OrderState.REPORTED, OrderState.SENT_BACK)


class ExtensionState(StrEnum):
    """What became of a request for more time."""

    ASKED = "asked"
    APPROVED = "approved"
    REFUSED = "refused"
    LAPSED = "lapsed"


class DocumentSerial(SQLModel, table=True):
    """The last number given to a kind of document in a year; counted up in the transaction that issues one."""

    __tablename__ = "document_serials"

    kind: str = Field(primary_key=True, max_length=16)
    year: int = Field(primary_key=True)
    last: int = 0


class Urging(SQLModel, table=True):
    """One urging (催办) of a department; a numbered one is a 催办通知书. `fact_id` is set when policy urged."""

    __tablename__ = "urgings"

    id: int | None = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="cases.id", index=True)
    department_id: int | None = Field(default=None, foreign_key="departments.id", index=True)
    fact_id: int | None = Field(default=None, foreign_key="deadline_facts.id", unique=True)
    number: str | None = Field(default=None, max_length=40, unique=True)
    clock: str | None = Field(default=None, max_length=24)
    due_at: datetime | None = Field(default=None, sa_type=Instant)
    words: str = Field(default="", max_length=500)
    urged_by: int | None = Field(default=None, foreign_key="officers.id")
    at: datetime = Field(sa_type=Instant)


class SupervisionOrder(SQLModel, table=True):
    """One 督办单: about a case or a stale article, to one department, numbered by year without gaps."""

    __tablename__ = "supervision_orders"
    __table_args__ = (
        sa.UniqueConstraint("year", "serial", name="uq_supervision_orders_number"),
        sa.Index("ix_supervision_orders_state", "state", "report_due_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    case_id: int | None = Field(default=None, foreign_key="cases.id", index=True)
    article_id: int | None = Field(default=None, foreign_key="articles.id", index=True)
    department_id: int = Field(foreign_key="departments.id", index=True)
    fact_id: int | None = Field(default=None, foreign_key="deadline_facts.id", unique=True)
    year: int
    serial: int
    number: str = Field(max_length=40, unique=True)
    reason: OrderReason = Field(sa_type=word(OrderReason))
    subject: str = Field(max_length=200)
    requirement: str = Field(sa_type=sa.Text)
    report_due_at: datetime = Field(sa_type=Instant)
    state: OrderState = Field(default=OrderState.ISSUED, sa_type=word(OrderState))
    issued_by: int | None = Field(default=None, foreign_key="officers.id")
    issued_at: datetime = Field(sa_type=Instant)
    acknowledged_by: int | None = Field(default=None, foreign_key="officers.id")
    acknowledged_at: datetime | None = Field(default=None, sa_type=Instant)
    closed_by: int | None = Field(default=None, foreign_key="officers.id")
    closed_at: datetime | None = Field(default=None, sa_type=Instant)


class SupervisionStep(SQLModel, table=True):
    """What was done about an order: issued, acknowledged, measures filed with evidence, sent back, closed."""

    __tablename__ = "supervision_steps"

    id: int | None = Field(default=None, primary_key=True)
    order_id: int = Field(foreign_key="supervision_orders.id", index=True)
    kind: OrderState = Field(sa_type=word(OrderState))
    text: str = Field(default="", sa_type=sa.Text)
    done_on: date | None = None
    evidence_name: str | None = Field(default=None, max_length=120)
    evidence: bytes | None = Field(default=None, sa_type=sa.LargeBinary)
    actor_id: int | None = Field(default=None, foreign_key="officers.id")
    at: datetime = Field(sa_type=Instant)


class BulletinEntry(SQLModel, table=True):
    """A breach that goes into the next 通报; the department sees it before the public does."""

    __tablename__ = "bulletin_entries"

    id: int | None = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="cases.id", index=True)
    department_id: int | None = Field(default=None, foreign_key="departments.id", index=True)
    fact_id: int = Field(foreign_key="deadline_facts.id", unique=True)
    clock: str = Field(max_length=24)
    due_at: datetime = Field(sa_type=Instant)
    at: datetime = Field(sa_type=Instant, index=True)


class ExtensionRequest(SQLModel, table=True):
    """A department's request for more time for a case; at most one is open."""

    __tablename__ = "extension_requests"
    __table_args__ = (
        sa.Index(
            "uq_extension_requests_open",
            "case_id",
            unique=True,
            sqlite_where=sa.text("state = 'asked'"),
            postgresql_where=sa.text("state = 'asked'"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="cases.id", index=True)
    department_id: int | None = Field(default=None, foreign_key="departments.id", index=True)
    length: str = Field(max_length=16)
    reason: str = Field(max_length=500)
    state: ExtensionState = Field(default=ExtensionState.ASKED, sa_type=word(ExtensionState))
    old_due_at: datetime = Field(sa_type=Instant)
    new_due_at: datetime | None = Field(default=None, sa_type=Instant)
    asked_by: int = Field(foreign_key="officers.id")
    asked_at: datetime = Field(sa_type=Instant)
    decided_by: int | None = Field(default=None, foreign_key="officers.id")
    decided_at: datetime | None = Field(default=None, sa_type=Instant)
    answer: str = Field(default="", max_length=500)


class CitizenQuestion(SQLModel, table=True):
    """What a department asks the citizen to add; the handling clock stands still until the answer or the limit."""

    __tablename__ = "citizen_questions"

    id: int | None = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="cases.id", index=True)
    pause_id: int | None = Field(default=None, foreign_key="deadline_pauses.id")
    text: str = Field(max_length=1000)
    asked_by: int = Field(foreign_key="officers.id")
    asked_at: datetime = Field(sa_type=Instant)
    until_at: datetime | None = Field(default=None, sa_type=Instant)
    answered_at: datetime | None = Field(default=None, sa_type=Instant)


class CallBack(SQLModel, table=True):
    """A call to a citizen after the answer (回访): due one working day after 办结, with what was said."""

    __tablename__ = "call_backs"
    __table_args__ = (sa.UniqueConstraint("case_id", "round", name="uq_call_backs_case_round"),)

    id: int | None = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="cases.id")
    round: int = 0
    solved: bool | None = None
    satisfaction: Satisfaction | None = Field(default=None, sa_type=word(Satisfaction), nullable=True)
    reached: bool = True
    words: str = Field(default="", max_length=500)
    called_by: int = Field(foreign_key="officers.id")
    at: datetime = Field(sa_type=Instant)
