"""The editors' lists: conflicts, unanswered demand, attention, and what is decided about them."""

from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from knowledge_base.attention import AttentionOrder
from knowledge_base.demand import DemandOrder
from knowledge_base.models import ConflictState, DemandState
from web.api.schemas.base import Given, Id, Text, Told

PageNumber = Annotated[int, Field(ge=1, le=100_000)]
PageSize = Annotated[int, Field(ge=1, le=100)]


class Confirmation(Given):
    """An article is still right."""

    review_by: date
    """When it is to be looked at again."""


class ConflictPath(Given):
    """Which pair of articles."""

    conflict_id: Id
    """The number of the conflict."""


class ConflictQuery(Given):
    """Which conflicts to list."""

    state: ConflictState = ConflictState.OPEN
    page: PageNumber = 1
    size: PageSize = 20


class ConflictSide(Told):
    """One of two articles that seem to answer one question."""

    article_id: int
    key: str
    question: str
    answer: str
    owner_code: str | None
    matched: str
    """The way of asking in which it meets the other."""


class Conflict(Told):
    """Two published articles that seem to answer one question."""

    id: int
    state: ConflictState
    similarity: float
    """0 to 1."""
    first: ConflictSide
    second: ConflictSide
    found_at: datetime
    decided_by_id: int | None
    decided_at: datetime | None
    kept_id: int | None
    """The article that was kept when the two were merged."""


class ConflictPage(Told):
    """One page of conflicts, the most alike first."""

    conflicts: list[Conflict]
    page: int
    pages: int
    total: int


class ConflictDecision(Given):
    """What to do about a conflict."""

    keep: Id | None = None
    """The article to keep: the other gives it its ways of asking and is retired. Without it the two stay apart."""


class DemandPath(Given):
    """Which group of questions."""

    group_id: Id
    """The number of the group."""


class DemandQuery(Given):
    """Which groups of questions to list."""

    state: DemandState = DemandState.OPEN
    order: DemandOrder = DemandOrder.COUNT
    page: PageNumber = 1
    size: PageSize = 20


class Demand(Told):
    """Questions that ask the same and found no answer, of the last 90 days; personal information is covered."""

    group_id: int
    question: str
    count: int
    recent: int
    """In the last 30 days."""
    before: int
    """In the 30 days before."""
    rejected: int
    """How many of them were offered something that officers rejected."""
    first_at: datetime
    last_at: datetime
    article_id: int | None
    is_joined: bool
    """An editor has put groups together that likeness alone kept apart."""
    weeks: list[int]
    """By week, oldest first."""
    examples: list[str]


class DemandPage(Told):
    """One page of groups."""

    groups: list[Demand]
    page: int
    pages: int
    total: int


class DemandJoining(Given):
    """Groups that ask the same."""

    groups: Annotated[list[Id], Field(min_length=2, max_length=100)]


class DemandDecision(Given):
    """What becomes of a group of questions."""

    article_id: Id | None = None
    """The article that answers them; without it they need none."""


class AttentionQuery(Given):
    """How the figures are sorted and narrowed."""

    order: AttentionOrder = AttentionOrder.SHOWN
    owner_code: Annotated[Text, Field(max_length=64)] | None = None
    page: PageNumber = 1
    size: PageSize = 50


class Attention(Told):
    """What became of an article in the last 90 days."""

    article_id: int
    question: str
    owner_code: str | None
    shown: int
    inserted: int
    edited: int
    rejected: int
    helpful: int
    """Citizens who said that it helped."""
    unhelpful: int
    rise: int
    """How many more times it was offered in the last 30 days than in the 30 before."""


class AttentionPage(Told):
    """One page of figures."""

    articles: list[Attention]
    page: int
    pages: int
    total: int
