"""The tables of near duplicates: what finds them, which case belongs to which, and one reply to many."""

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from inbox.models import word
from sla.instants import Instant


class Relation(StrEnum):
    """Who wrote the message that says the same."""

    SAME_PERSON = "same_person"
    OTHERS = "others"


class LinkState(StrEnum):
    """How far two cases belong together; `dismissed` is remembered, so that nobody is asked twice."""

    SUGGESTED = "suggested"
    LINKED = "linked"
    MERGED = "merged"
    DISMISSED = "dismissed"


class AddresseeState(StrEnum):
    """Where one citizen's copy of a joint reply stands."""

    LISTED = "listed"
    APPROVED = "approved"
    ANSWERED = "answered"
    SKIPPED = "skipped"


class CaseGram(SQLModel, table=True):
    """One number of a message's sketch; messages that share some are compared in full.

    Rows lie in the order in which they are looked up, so the table is its own index.
    """

    __tablename__ = "case_grams"
    __table_args__ = ({"sqlite_with_rowid": False},)

    gram: int = Field(sa_column=sa.Column(sa.BigInteger, primary_key=True, autoincrement=False))
    case_id: int = Field(foreign_key="cases.id", primary_key=True)


class CaseLink(SQLModel, table=True):
    """What one case has to do with the leading case of its matter; a case has at most one leader.

    `news` are the spans of its message that say something the leader's does not; `is_repeat` means that the same
    person says nothing new (重复). `before` is what merging changed, to be put back exactly.
    """

    __tablename__ = "case_links"
    __table_args__ = (sa.Index("ix_case_links_lead_state", "lead_id", "state", "case_id"),)

    case_id: int = Field(foreign_key="cases.id", primary_key=True)
    lead_id: int = Field(foreign_key="cases.id")
    state: LinkState = Field(default=LinkState.SUGGESTED, sa_type=word(LinkState))
    relation: Relation = Field(sa_type=word(Relation))
    similarity: float
    is_repeat: bool = False
    news: list[list[int]] = Field(default_factory=list, sa_type=sa.JSON)
    before: dict[str, Any] | None = Field(default=None, sa_type=sa.JSON)
    found_at: datetime = Field(sa_type=Instant)
    decided_by: int | None = Field(default=None, foreign_key="officers.id")
    decided_at: datetime | None = Field(default=None, sa_type=Instant)


class JointAddressee(SQLModel, table=True):
    """One citizen's copy of a reply to many: the very words that the reviewer reads and approves."""

    __tablename__ = "joint_addressees"
    __table_args__ = (sa.UniqueConstraint("reply_id", "case_id", name="uq_joint_addressees_reply_case"),)

    id: int | None = Field(default=None, primary_key=True)
    reply_id: int = Field(foreign_key="replies.id")
    case_id: int = Field(foreign_key="cases.id", index=True)
    reply_version: int
    as_follower: bool = True
    text: str = Field(sa_type=sa.Text)
    state: AddresseeState = Field(default=AddresseeState.LISTED, sa_type=word(AddresseeState))
    reason: str | None = Field(default=None, max_length=40)
    done_at: datetime | None = Field(default=None, sa_type=Instant)
