"""The tables of the inbox: accounts, messages, cases, replies, deliveries, events and work to do."""

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from inbox.kinds import Kind
from sla.instants import Instant


def word(values: type[StrEnum]) -> Any:
    """Store an enumeration as its short word, alike on SQLite and PostgreSQL."""
    return sa.Enum(
        values, native_enum=False, values_callable=lambda members: [m.value for m in members], length=24
    )


class Platform(StrEnum):
    """Where an account lives (seed 浙政办发函〔2020〕195号 §2 names the third-party platforms)."""

    WECHAT = "wechat"
    WEIBO = "weibo"
    DOUYIN = "douyin"
    OPEN311 = "open311"
    PORTAL = "portal"
    FILE = "file"


class AccountState(StrEnum):
    """Filing state of an account (备案、关停; 管理办法 §12)."""

    ACTIVE = "active"
    PENDING = "pending"
    CLOSED = "closed"


class CaseState(StrEnum):
    """Where a case stands on its way from the citizen and back."""

    NEW = "new"
    TRIAGE_DESK = "triage_desk"
    ARBITRATION = "arbitration"
    ASSIGNED = "assigned"
    DRAFTING = "drafting"
    IN_REVIEW = "in_review"
    SENDING = "sending"
    REPLIED = "replied"
    CLOSED = "closed"


OPEN_STATES = (
    CaseState.NEW,
    CaseState.TRIAGE_DESK,
    CaseState.ARBITRATION,
    CaseState.ASSIGNED,
    CaseState.DRAFTING,
    CaseState.IN_REVIEW,
    CaseState.SENDING,
)

_OPEN = "state IN ({})".format(", ".join(f"'{state.value}'" for state in OPEN_STATES))


WITH_DEPARTMENT = (CaseState.ASSIGNED, CaseState.DRAFTING)
"""A department has the case and nobody reviews its reply yet."""


class Display(StrEnum):
    """Display review of the citizen's words (审看发布), independent of how the case is handled."""

    PENDING = "pending"
    PUBLIC = "public"
    HIDDEN = "hidden"


class ReplyState(StrEnum):
    """Life of a reply: nothing leaves before `approved`."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    APPROVED = "approved"


class ReviewDecision(StrEnum):
    """What a reviewer decided."""

    APPROVE = "approve"
    SEND_BACK = "send_back"


class DeliveryChannel(StrEnum):
    """How a reply reaches the place where the citizen wrote."""

    TRACKING = "tracking"
    CALLBACK = "callback"
    EXPORT = "export"


class DeliveryState(StrEnum):
    """What is known of a delivery; `unknown` is shown to a person and never retried by itself."""

    WAITING = "waiting"
    SENDING = "sending"
    DELIVERED = "delivered"
    FAILED = "failed"
    UNKNOWN = "unknown"


class TaskKind(StrEnum):
    """What a row of work to do asks for."""

    TRIAGE = "triage"
    DELIVER = "deliver"
    IMPORT = "import"
    EMBED = "embed"
    CONFLICTS = "conflicts"
    ARTICLES = "articles"
    EFFECT = "effect"
    NOTIFY = "notify"
    TRAIN = "train"
    ANSWER = "answer"


class TaskState(StrEnum):
    """State of a row of work to do."""

    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"


class ImportState(StrEnum):
    """Life of an uploaded file."""

    UPLOADED = "uploaded"
    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"


class Account(SQLModel, table=True):
    """A government account that citizens write to (one unit, one platform)."""

    __tablename__ = "accounts"

    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(max_length=64, unique=True)
    name: str = Field(max_length=120)
    platform: Platform = Field(sa_type=word(Platform))
    department_id: int | None = Field(default=None, foreign_key="departments.id", index=True)
    state: AccountState = Field(default=AccountState.ACTIVE, sa_type=word(AccountState))
    handle: str | None = Field(default=None, max_length=120)
    region: str | None = Field(default=None, max_length=64)
    push_secret: str | None = Field(default=None, max_length=128)
    callback_url: str | None = Field(default=None, max_length=500)
    created_at: datetime = Field(sa_type=Instant)
    last_collected_at: datetime | None = Field(default=None, sa_type=Instant)
    last_error: str | None = Field(default=None, max_length=500)


class Case(SQLModel, table=True):
    """One citizen's matter: what it is, who has it and by when it is due."""

    __tablename__ = "cases"
    __table_args__ = (
        sa.Index("ix_cases_department_state_due", "department_id", "state", "next_due_at"),
        sa.Index("ix_cases_state_due", "state", "next_due_at"),
        sa.Index("ix_cases_assignee_state", "assignee_id", "state", "next_due_at"),
        sa.Index("ix_cases_received", "received_at", "id"),
        sa.Index("ix_cases_account_author", "account_id", "author_ref"),
        sa.Index("ix_cases_department_received", "department_id", "received_at", "id"),
        sa.Index("ix_cases_replied", "replied_at", "department_id"),
        # Holds all that the board counts, so that it never reads the cases themselves.
        sa.Index(
            "ix_cases_open",
            "department_id",
            "assignee_id",
            "kind",
            "next_due_at",
            "received_at",
            "state",
            sqlite_where=sa.text(_OPEN),
            postgresql_where=sa.text(_OPEN),
        ),
        # Few cases are spam or were ever returned: these two stay small and cost other rows nothing.
        sa.Index(
            "ix_cases_spam",
            "received_at",
            "id",
            sqlite_where=sa.text("spam IS 1"),
            postgresql_where=sa.text("spam IS true"),
        ),
        sa.Index(
            "ix_cases_returned",
            "state",
            "next_due_at",
            sqlite_where=sa.text("return_count > 0"),
            postgresql_where=sa.text("return_count > 0"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    tracking_code: str = Field(max_length=16, unique=True)
    account_id: int = Field(foreign_key="accounts.id")
    platform: Platform = Field(sa_type=word(Platform))
    title: str = Field(max_length=200)
    excerpt: str = Field(max_length=240)
    author_name: str | None = Field(default=None, max_length=120)
    author_ref: str | None = Field(default=None, max_length=120)
    kind: Kind = Field(default=Kind.OTHER, sa_type=word(Kind))
    tags: list[str] = Field(default_factory=list, sa_type=sa.JSON)
    state: CaseState = Field(default=CaseState.NEW, sa_type=word(CaseState))
    display: Display = Field(default=Display.PENDING, sa_type=word(Display))
    spam: bool = False
    sensitive: bool = False
    department_id: int | None = Field(default=None, foreign_key="departments.id")
    assignee_id: int | None = Field(default=None, foreign_key="officers.id")
    routing: dict[str, Any] | None = Field(default=None, sa_type=sa.JSON)
    triaged_steps: list[str] = Field(default_factory=list, sa_type=sa.JSON)
    next_due_at: datetime | None = Field(default=None, sa_type=Instant)
    next_clock: str | None = Field(default=None, max_length=24)
    next_due_started_at: datetime | None = Field(default=None, sa_type=Instant)
    received_at: datetime = Field(sa_type=Instant)
    replied_at: datetime | None = Field(default=None, sa_type=Instant)
    closed_at: datetime | None = Field(default=None, sa_type=Instant)
    reply_round: int = 0
    lead_id: int | None = Field(default=None, foreign_key="cases.id", index=True)
    follower_count: int = 0
    return_count: int = 0
    return_until: datetime | None = Field(default=None, sa_type=Instant)
    repeat_count: int = 0
    version: int = 0


class Message(SQLModel, table=True):
    """What a citizen wrote, byte for byte, with the cleaned text beside it."""

    __tablename__ = "messages"
    __table_args__ = (sa.UniqueConstraint("account_id", "external_id", name="uq_messages_account_external"),)

    id: int | None = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="cases.id", index=True)
    account_id: int = Field(foreign_key="accounts.id")
    external_id: str = Field(max_length=190)
    raw: bytes = Field(sa_type=sa.LargeBinary)
    title: str | None = Field(default=None, max_length=200)
    text: str = Field(sa_type=sa.Text)
    contact: str | None = Field(default=None, max_length=120)
    place: str | None = Field(default=None, max_length=200)
    personal_spans: list[list[Any]] = Field(default_factory=list, sa_type=sa.JSON)
    posted_at: datetime | None = Field(default=None, sa_type=Instant)
    received_at: datetime = Field(sa_type=Instant)
    import_id: int | None = Field(default=None, foreign_key="imports.id", index=True)


class CasePart(SQLModel, table=True):
    """One matter of a message that was split into linked cases; the first part stays with the case it came in as.

    The citizen sees one submission: the tracking code of `origin_id` shows the answers of all parts.
    """

    __tablename__ = "case_parts"

    id: int | None = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="cases.id", index=True)
    origin_id: int = Field(foreign_key="cases.id", index=True)
    number: int
    text: str = Field(sa_type=sa.Text)
    split_by: int | None = Field(default=None, foreign_key="officers.id")
    split_at: datetime = Field(sa_type=Instant)
    undone_at: datetime | None = Field(default=None, sa_type=Instant)


class CaseEvent(SQLModel, table=True):
    """One thing that happened to a case. Rows are only ever added."""

    __tablename__ = "case_events"

    id: int | None = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="cases.id", index=True)
    at: datetime = Field(sa_type=Instant)
    kind: str = Field(max_length=32)
    actor_id: int | None = Field(default=None, foreign_key="officers.id")
    params: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)
    public: bool = False


class CaseSuggestion(SQLModel, table=True):
    """An answer the knowledge base offered for a case, and what became of the offer."""

    __tablename__ = "case_suggestions"

    id: int | None = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="cases.id", index=True)
    rank: int
    article_id: int = Field(foreign_key="articles.id", index=True)
    confidence: float
    explanation: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)
    used_at: datetime | None = Field(default=None, sa_type=Instant)
    rejected_at: datetime | None = Field(default=None, sa_type=Instant)
    decided_by: int | None = Field(default=None, foreign_key="officers.id")


class TriageFailure(SQLModel, table=True):
    """A triage step that failed for a case, kept until a retry succeeds."""

    __tablename__ = "triage_failures"

    id: int | None = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="cases.id", index=True)
    step: str = Field(max_length=24)
    error: str = Field(max_length=500)
    at: datetime = Field(sa_type=Instant)
    resolved_at: datetime | None = Field(default=None, sa_type=Instant, index=True)


class Task(SQLModel, table=True):
    """Work to do, written in the transaction that makes it necessary; the queue only carries its id."""

    __tablename__ = "tasks"
    __table_args__ = (sa.Index("ix_tasks_state_due", "state", "due_at"),)

    id: int | None = Field(default=None, primary_key=True)
    kind: TaskKind = Field(sa_type=word(TaskKind))
    subject_id: int
    state: TaskState = Field(default=TaskState.WAITING, sa_type=word(TaskState))
    attempts: int = 0
    due_at: datetime = Field(sa_type=Instant)
    created_at: datetime = Field(sa_type=Instant)
    done_at: datetime | None = Field(default=None, sa_type=Instant)
    error: str | None = Field(default=None, max_length=500)


class Reply(SQLModel, table=True):
    """The answer to a case in one round; a reopened case gets a second round."""

    __tablename__ = "replies"
    __table_args__ = (sa.UniqueConstraint("case_id", "round", name="uq_replies_case_round"),)

    id: int | None = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="cases.id")
    round: int = 0
    state: ReplyState = Field(default=ReplyState.DRAFT, sa_type=word(ReplyState), index=True)
    text: str = Field(default="", sa_type=sa.Text)
    version: int = 0
    editor_id: int = Field(foreign_key="officers.id")
    contributor_ids: list[int] = Field(default_factory=list, sa_type=sa.JSON)
    article_id: int | None = Field(default=None, foreign_key="articles.id", index=True)
    inserted_text: str | None = Field(default=None, sa_type=sa.Text)
    kept_share: float | None = None
    saved_at: datetime = Field(sa_type=Instant)
    submitted_by: int | None = Field(default=None, foreign_key="officers.id")
    submitted_at: datetime | None = Field(default=None, sa_type=Instant)
    reviewer_id: int | None = Field(default=None, foreign_key="officers.id")
    approved_at: datetime | None = Field(default=None, sa_type=Instant)
    joint_reply_id: int | None = Field(default=None, foreign_key="replies.id", index=True)


class ReplyReview(SQLModel, table=True):
    """One reviewer's decision on one version of a reply, with the text that was judged."""

    __tablename__ = "reply_reviews"

    id: int | None = Field(default=None, primary_key=True)
    reply_id: int = Field(foreign_key="replies.id", index=True)
    reviewer_id: int = Field(foreign_key="officers.id")
    decision: ReviewDecision = Field(sa_type=word(ReviewDecision))
    reason: str | None = Field(default=None, max_length=500)
    reply_version: int
    text: str = Field(sa_type=sa.Text)
    at: datetime = Field(sa_type=Instant)


class Delivery(SQLModel, table=True):
    """One reply on its way back; the idempotency key is the same for every attempt."""

    __tablename__ = "deliveries"

    id: int | None = Field(default=None, primary_key=True)
    reply_id: int = Field(foreign_key="replies.id", unique=True)
    case_id: int = Field(foreign_key="cases.id", index=True)
    account_id: int = Field(foreign_key="accounts.id", index=True)
    channel: DeliveryChannel = Field(sa_type=word(DeliveryChannel))
    state: DeliveryState = Field(default=DeliveryState.WAITING, sa_type=word(DeliveryState), index=True)
    idempotency_key: str = Field(max_length=64, unique=True)
    attempts: int = 0
    error: str | None = Field(default=None, max_length=500)
    created_at: datetime = Field(sa_type=Instant)
    delivered_at: datetime | None = Field(default=None, sa_type=Instant)


class Satisfaction(StrEnum):
    """The three answers of the provincial questionnaire: 满意、基本满意、不满意."""

    SATISFIED = "satisfied"
    FAIRLY_SATISFIED = "fairly_satisfied"
    DISSATISFIED = "dissatisfied"


class Rating(SQLModel, table=True):
    """What the citizen thought of a reply."""

    __tablename__ = "ratings"
    __table_args__ = (sa.Index("ix_ratings_at", "at", "satisfaction", "case_id"),)

    id: int | None = Field(default=None, primary_key=True)
    reply_id: int = Field(foreign_key="replies.id", unique=True)
    case_id: int = Field(foreign_key="cases.id", index=True)
    solved: bool
    satisfaction: Satisfaction = Field(sa_type=word(Satisfaction))
    comment: str | None = Field(default=None, max_length=1000)
    at: datetime = Field(sa_type=Instant)


class Note(SQLModel, table=True):
    """An internal note: colleagues see it, citizens never."""

    __tablename__ = "notes"

    id: int | None = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="cases.id", index=True)
    author_id: int = Field(foreign_key="officers.id")
    text: str = Field(sa_type=sa.Text)
    mentions: list[int] = Field(default_factory=list, sa_type=sa.JSON)
    at: datetime = Field(sa_type=Instant)


class ReturnState(StrEnum):
    """What became of a department's wish to give a case back."""

    ASKED = "asked"
    UPHELD = "upheld"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class CaseReturn(SQLModel, table=True):
    """A department's wish to give a case back (退回重派), the duty it rests on, and what was decided."""

    __tablename__ = "case_returns"
    __table_args__ = (
        sa.UniqueConstraint("case_id", "number", name="uq_case_returns_number"),
        sa.Index(
            "ix_case_returns_open",
            "due_at",
            sqlite_where=sa.text("decided_at IS NULL"),
            postgresql_where=sa.text("decided_at IS NULL"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="cases.id")
    number: int
    state: ReturnState = Field(default=ReturnState.ASKED, sa_type=word(ReturnState))
    from_department_id: int = Field(foreign_key="departments.id", index=True)
    to_department_id: int | None = Field(default=None, foreign_key="departments.id")
    duty_id: int | None = Field(default=None, foreign_key="duties.id", index=True)
    routed_duty: str = Field(default="", max_length=256)
    basis: str = Field(max_length=500)
    was_drafting: bool = False
    asked_by: int = Field(foreign_key="officers.id")
    asked_at: datetime = Field(sa_type=Instant, index=True)
    due_at: datetime | None = Field(default=None, sa_type=Instant)
    decided_by: int | None = Field(default=None, foreign_key="officers.id")
    decided_at: datetime | None = Field(default=None, sa_type=Instant)
    decided_department_id: int | None = Field(default=None, foreign_key="departments.id")
    reason: str = Field(default="", max_length=500)


class CasePresence(SQLModel, table=True):
    """Which officer had a case open, and when last."""

    __tablename__ = "case_presences"

    case_id: int = Field(foreign_key="cases.id", primary_key=True)
    officer_id: int = Field(foreign_key="officers.id", primary_key=True)
    seen_at: datetime = Field(sa_type=Instant)


class Import(SQLModel, table=True):
    """An uploaded file, kept whole, with the mapping chosen for it and what came of each row."""

    __tablename__ = "imports"

    id: int | None = Field(default=None, primary_key=True)
    account_id: int = Field(foreign_key="accounts.id", index=True)
    officer_id: int | None = Field(default=None, foreign_key="officers.id")
    file_name: str = Field(max_length=200)
    content: bytes = Field(sa_type=sa.LargeBinary)
    mapping: dict[str, str] = Field(default_factory=dict, sa_type=sa.JSON)
    all_or_nothing: bool = True
    state: ImportState = Field(default=ImportState.UPLOADED, sa_type=word(ImportState))
    counts: dict[str, int] = Field(default_factory=dict, sa_type=sa.JSON)
    row_errors: list[dict[str, Any]] = Field(default_factory=list, sa_type=sa.JSON)
    error: str | None = Field(default=None, max_length=500)
    created_at: datetime = Field(sa_type=Instant)
    finished_at: datetime | None = Field(default=None, sa_type=Instant)


class PushReceipt(SQLModel, table=True):
    """A signed request that was accepted: its nonce is used up, its answer is given again to a repeat."""

    __tablename__ = "push_receipts"
    __table_args__ = (
        sa.UniqueConstraint("account_id", "nonce", name="uq_push_receipts_nonce"),
        sa.UniqueConstraint("account_id", "idempotency_key", name="uq_push_receipts_key"),
    )

    id: int | None = Field(default=None, primary_key=True)
    account_id: int = Field(foreign_key="accounts.id")
    nonce: str = Field(max_length=64)
    idempotency_key: str = Field(max_length=120)
    body_digest: str = Field(max_length=64)
    answer: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)
    at: datetime = Field(sa_type=Instant, index=True)
