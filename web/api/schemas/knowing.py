"""Questions to what the service knows: what to answer, whom to ask, by when."""

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import Field

from inbox.kinds import Kind
from routing.models import DepartmentKind, Role
from web.api.schemas.base import Given, Moment, Reason, Text, Told

LONGEST_TEXT = 20_000


class Question(Given):
    """A text to find answers for."""

    text: Annotated[Text, Field(min_length=1, max_length=LONGEST_TEXT)]
    title: Annotated[Text, Field(max_length=200)] | None = None
    region: Annotated[Text, Field(max_length=64)] | None = None
    """The citizen's area; articles made for other areas are left out."""
    limit: Annotated[int, Field(ge=1, le=20)] = 3
    """How many at most."""


class Suggestion(Told):
    """An article that may answer the text."""

    article_id: int
    confidence: float
    """0 to 1, calibrated: of suggestions with 0.8 about 80 % are right."""
    question: str
    matched_phrasing: str
    terms: list[tuple[int, int]]
    """What matched: start and end in the text."""
    phrasing_terms: list[tuple[int, int]]
    """What matched: start and end in `matched_phrasing`."""
    reasons: list[Reason]


class Suggestions(Told):
    """The answers that fit well enough, best first; none is an answer too."""

    suggestions: list[Suggestion]


class VersusQuestion(Given):
    """A text, and two articles that may answer it, in whichever order."""

    text: Annotated[Text, Field(min_length=1, max_length=LONGEST_TEXT)]
    title: Annotated[Text, Field(max_length=200)] | None = None
    region: Annotated[Text, Field(max_length=64)] | None = None
    """The citizen's area."""
    articles: Annotated[list[int], Field(min_length=2, max_length=2)]


class VersusSide(Told):
    """What was seen in one of the articles."""

    article_id: int
    confidence: float
    question: str
    phrasing: str
    """The way of asking that was compared."""
    shared: list[str]
    """Words that the text holds too, rarest first."""
    lacking: list[str]
    """Words that the text does not hold."""


class VersusTip(Told):
    """One kind of evidence, and whom it speaks for."""

    kind: str
    """terms, synonyms, sounds, negation, asked, places, numbers, wording or meaning."""
    weight: float
    """Above 0 it speaks for `first`, below 0 for `second`."""
    strength: int
    """2 clearly, 1 a little, 0 not at all, negative for `second`."""


class VersusAnswer(Told):
    """Why one of the two goes before the other."""

    first: VersusSide
    """The one that goes first."""
    second: VersusSide
    tips: list[VersusTip]
    decided_by: list[str]
    """The kinds of evidence that outweigh the rest; `authority` alone where both are as sure."""
    asked: str | None
    """The part of the text they were compared for, where they answer one thing it asks; null for the whole."""
    sentence: str
    """The same in words, in the language asked for."""


class RoutingQuestion(Given):
    """A message to find the department for."""

    text: Annotated[Text, Field(min_length=1, max_length=LONGEST_TEXT)]
    title: Annotated[Text, Field(max_length=200)] | None = None
    account: Annotated[Text, Field(max_length=64)] | None = None
    """The code of the account that was written to."""
    region: Annotated[Text, Field(max_length=64)] | None = None
    """The code of the area it was written for."""
    kind: Kind | None = None


class RoutingCandidate(Told):
    """A department that may be right."""

    department_id: int
    code: str
    confidence: float
    reasons: list[Reason]


class RoutingDecision(Told):
    """Where the message would go."""

    department_id: int | None
    """Null when a person at the triage desk has to decide."""
    confidence: float
    automatic: bool
    candidates: list[RoutingCandidate]
    """The three best."""


class DeadlineQuestion(Given):
    """A clock to lay out day by day."""

    start_at: Moment
    """When it starts, with a zone."""
    limit: Annotated[Text, Field(max_length=32)]
    """For example 5wd, 4wh, 30wmin, 24h, 15d, 3mo, eonwd."""
    extensions: list[Annotated[Text, Field(max_length=32)]] = Field(default_factory=list, max_length=5)
    """Limits added at the end."""
    department: Annotated[Text, Field(max_length=64)] = ""
    """The code of a department with office hours of its own."""


class DeadlineDay(Told):
    """One day on the way to the end."""

    date: date
    counted: bool
    code: str
    """Why, for example weekday, weekend, holiday, make_up_day."""
    params: dict[str, Any]
    """The name of the holiday and the number of its notice."""
    text: str
    """Why, in a word or two in the language of the token's officer."""
    openings: list[tuple[datetime, datetime]]
    seconds: int
    """How much of the day counted, for limits in hours or minutes."""
    provisional: bool


class DeadlineAnswer(Told):
    """When it falls due, and every day that leads there. Due exactly then is still in time."""

    start_at: datetime
    limit: str
    due_at: datetime
    provisional: bool
    """Whether it rests on a year whose holiday notice is not known yet."""
    counted_days: int
    days: list[DeadlineDay]


class Department(Told):
    """A department or town that answers messages."""

    id: int
    code: str
    name: str
    name_en: str
    kind: DepartmentKind


class Departments(Told):
    """Every department that is open."""

    departments: list[Department]


class Me(Told):
    """The officer the token belongs to."""

    id: int
    login: str
    name: str
    department_id: int | None
    roles: list[Role]
    locale: str
