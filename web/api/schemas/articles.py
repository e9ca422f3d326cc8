"""Standard answers: a line of a list, one whole, and what is sent to change one."""

from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from knowledge_base.models import ArticleStatus, Authority, RevisionState
from knowledge_base.queries import ArticleList as WorkList
from knowledge_base.queries import ArticleOrder
from web.api.schemas.base import MOST, Given, Id, Text, Told, Version


class ArticlePath(Given):
    """Which article."""

    article_id: Id
    """The number of the article."""


class ArticleQuery(Given):
    """What a list is narrowed to."""

    work_list: WorkList = WorkList.ALL
    """Which list of the editors."""
    text: Annotated[Text, Field(max_length=200)] = ""
    """Words that must all occur; two characters are enough."""
    topic_code: Annotated[Text, Field(max_length=64)] | None = None
    """Only this topic and those below it."""
    owner_code: Annotated[Text, Field(max_length=64)] | None = None
    """Only articles of this department."""
    region: Annotated[Text, Field(max_length=64)] | None = None
    """Only articles for this town."""
    authority: Authority | None = None
    """Only articles of this level of authority."""
    tag: Annotated[Text, Field(max_length=64)] = ""
    """Only articles with this tag."""
    order: ArticleOrder = ArticleOrder.UPDATED
    """How the list is sorted."""
    page: Annotated[int, Field(ge=1, le=100_000)] = 1
    """Which page, from 1."""
    size: Annotated[int, Field(ge=1, le=100)] = 50
    """How many a page holds."""


class ArticleRow(Told):
    """One line of a list of articles; the figures of use cover 90 days."""

    id: int
    key: str
    question: str
    status: ArticleStatus
    pending: RevisionState | None
    """Where a change that is not in force yet stands."""
    topic_code: str | None
    topic_name: str | None
    owner_code: str | None
    authority: Authority
    region: str | None
    valid_from: date | None
    valid_until: date | None
    review_by: date | None
    revision: int
    """Send it with the next change."""
    is_sample: bool
    is_expired: bool
    is_stale: bool
    """Its date to be reviewed has passed."""
    basis_expired: bool
    """A document that it rests on has ended since an editor last confirmed it."""
    doubted: bool
    """Officers reject it more often than they use it."""
    updated_at: datetime
    shown: int
    inserted: int
    rejected: int


class ArticlePage(Told):
    """One page of a list of articles."""

    articles: list[ArticleRow]
    page: int
    pages: int
    total: int
    total_is_floor: bool
    """Whether there are more than `total`: a search by words is counted up to 1,000."""


class ArticleBasis(Told):
    """A document that an answer rests on."""

    title: str
    number: str | None = None
    url: str | None = None
    expires_on: date | None = None
    """The last day on which it is in force."""


class ArticleContent(Told):
    """Everything that a revision of an article records; dates are inclusive."""

    question: str
    answer: str
    """May hold {称呼} {单位} {电话} {追踪码} {日期}, filled for each case."""
    phrasings: list[str]
    topic_code: str | None
    owner_code: str | None
    authority: Authority
    region: str | None
    service_url: str | None
    interpretation_url: str | None
    interpretation_title: str | None
    """Title of what the authorities published to explain the policy."""
    tags: list[str]
    basis: list[ArticleBasis]
    valid_from: date | None
    valid_until: date | None
    review_by: date | None


class Revision(Told):
    """One line of an article's history."""

    number: int
    state: RevisionState
    author_id: int | None
    reviewer_id: int | None
    comment: str
    restored_from: int | None
    created_at: datetime
    decided_at: datetime | None


class Article(Told):
    """An article whole."""

    article: ArticleRow
    live: ArticleContent | None
    """What is in force."""
    draft: ArticleContent | None
    """What waits to come into force."""
    history: list[Revision]
    source: str
    author_id: int | None
    reviewer_id: int | None
    published_revision: int | None
    published_at: datetime | None


class ArticleChange(Told):
    """Where an article stands after a change."""

    id: int
    key: str
    status: ArticleStatus
    pending: RevisionState | None
    revision: int
    published_revision: int | None


class GivenBasis(Given):
    """A document that the answer rests on."""

    title: Annotated[Text, Field(min_length=1, max_length=500)]
    number: Annotated[Text, Field(max_length=200)] | None = None
    url: Annotated[Text, Field(max_length=1000)] | None = None
    expires_on: date | None = None


class GivenContent(Given):
    """Everything about an article that its author decides."""

    question: Text
    answer: Text
    """May hold {称呼} {单位} {电话} {追踪码} {日期}, filled for each case."""
    phrasings: list[Text] = Field(default_factory=list)
    topic_code: Text | None = None
    owner_code: Text | None = None
    authority: Authority = Authority.COUNTY
    region: Annotated[Text, Field(max_length=64)] | None = None
    service_url: Text | None = None
    interpretation_url: Text | None = None
    interpretation_title: Text | None = None
    """Title of what the authorities published to explain the policy."""
    tags: list[Annotated[Text, Field(max_length=64)]] = Field(default_factory=list)
    basis: list[GivenBasis] = Field(default_factory=list, max_length=30)
    valid_from: date | None = None
    valid_until: date | None = None
    review_by: date | None = None


class GivenRevision(GivenContent):
    """A new revision of an article."""

    revision: Annotated[int, Field(ge=1, le=MOST)]
    """The revision it is based on."""


class RevisionRead(Given):
    """Which revision was read."""

    revision: Version


class RevisionSentBack(RevisionRead):
    """Which revision was read, and what should be changed."""

    comment: Annotated[Text, Field(min_length=1, max_length=1000)]


class Retirement(Given):
    """Why the article is taken out of use."""

    reason: Annotated[Text, Field(max_length=500)] = ""
