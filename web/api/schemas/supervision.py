"""Urging, supervision orders, more time, questions to citizens, calls after the answer."""

from datetime import date, datetime
from typing import Annotated, Literal

from flask_openapi3.models.file import FileStorage
from pydantic import Field

from inbox.ladder_models import ExtensionState, OrderReason, OrderState
from inbox.models import Satisfaction
from web.api.schemas.base import Given, Id, Text, Told


class OrderPath(Given):
    """Which supervision order."""

    order_id: Id
    """Its id, not the number of the year."""


class EvidencePath(Given):
    """Which file of which order."""

    order_id: Id
    """The order."""
    step_id: Id
    """The step it was filed with."""


class UrgingPath(Given):
    """Which urging."""

    urging_id: Id
    """Its id."""


class RequestPath(Given):
    """Which request for more time."""

    request_id: Id
    """Its id."""


class OrderQuery(Given):
    """Which supervision orders."""

    closed: bool = False
    """Those that are closed instead of those that are open."""


class ExtensionQuery(Given):
    """Which requests for more time."""

    decided: bool = False
    """Those that were decided instead of those that wait."""


class Urge(Given):
    """An urging."""

    words: Annotated[Text, Field(max_length=200)] = ""
    """A word to the department."""


class UrgeMany(Given):
    """An urging of several cases at once."""

    case_ids: Annotated[list[Id], Field(min_length=1, max_length=200)]
    """Which cases."""
    words: Annotated[Text, Field(max_length=200)] = ""
    """A word to the departments."""


class NewOrder(Given):
    """A supervision order about a case or an article."""

    reason: OrderReason
    """Why it is supervised."""
    requirement: Annotated[Text, Field(min_length=1, max_length=2000)]
    """What the department is to do."""
    within: Annotated[Text, Field(max_length=16)] = "3wd"
    """By when it is to report, for example 3wd, 24h."""


class Measures(Given):
    """What a department did about an order, without a file; with one see the order's evidence."""

    text: Annotated[Text, Field(min_length=1, max_length=2000)]
    """What was done."""
    done_on: date | None = None
    """When it was done."""


class EvidenceForm(Given):
    """What a department did about an order, with the file that proves it."""

    file: FileStorage
    """PDF, OFD, JPEG, PNG, DOCX or XLSX, at most 5 MB."""
    text: Annotated[Text, Field(min_length=1, max_length=2000)]
    """What was done."""
    done_on: date | None = None
    """When it was done."""


class Judgement(Given):
    """What a supervisor thinks of the measures."""

    decision: Literal["close", "send_back"]
    """Whether they are enough."""
    words: Annotated[Text, Field(min_length=1, max_length=2000)]
    """Why."""


class NewExtension(Given):
    """A request for more time."""

    length: Annotated[Text, Field(max_length=16)]
    """How much, for example 3wd; at most what the policy allows."""
    reason: Annotated[Text, Field(min_length=1, max_length=500)]
    """Why."""


class Refusal(Given):
    """Why more time is refused."""

    answer: Annotated[Text, Field(min_length=1, max_length=500)]
    """What the department reads."""


class NewQuestion(Given):
    """What the citizen is asked to add."""

    text: Annotated[Text, Field(min_length=1, max_length=1000)]
    """The question, as it stands on the tracking page."""


class CallMade(Given):
    """What came of a call."""

    reached: bool
    """Whether anybody answered."""
    solved: bool | None = None
    """Whether the citizen says it is solved."""
    satisfaction: Satisfaction | None = None
    """What the citizen thinks of it."""
    words: Annotated[Text, Field(max_length=500)] = ""
    """In the citizen's words."""


class OrderRow(Told):
    """A supervision order in a list."""

    id: int
    number: str
    """The number of the document, such as 岚督〔2026〕1号."""
    subject: str
    reason: OrderReason
    state: OrderState
    department_id: int
    case_id: int | None
    article_id: int | None
    issued_at: datetime
    report_due_at: datetime
    closed_at: datetime | None


class OrderStep(Told):
    """One thing that was done about an order."""

    id: int
    kind: OrderState
    text: str
    done_on: date | None
    evidence_name: str | None
    actor: str | None
    """Who; none when the policy did."""
    at: datetime


class Order(Told):
    """A supervision order whole, and what you may do with it."""

    row: OrderRow
    requirement: str
    issued_by: str | None
    tracking_code: str | None
    steps: list[OrderStep]
    may_acknowledge: bool
    may_report: bool
    may_judge: bool


class Evidence(Told):
    """A file that was filed with an order."""

    step_id: int
    """The step it was filed with."""
    name: str
    text: str
    """What was said to be done."""
    done_on: date | None
    actor: str | None
    at: datetime
    url: str
    """Where the file is."""


class EvidenceList(Told):
    """The files that were filed with an order, oldest first."""

    evidence: list[Evidence]


class Orders(Told):
    """Supervision orders, the report that is due first at the top."""

    orders: list[OrderRow]


class OrderProposal(Told):
    """A case that stayed overdue for days without an order."""

    case_id: int
    tracking_code: str
    title: str
    department_id: int
    """Who an order would go to."""
    due_at: datetime
    """The earliest breach behind it."""
    proposed_at: datetime


class OrderProposals(Told):
    """What a supervisor may want to supervise, the oldest breach first."""

    proposals: list[OrderProposal]


class Urging(Told):
    """An urging of a case."""

    id: int
    number: str | None
    """The number of a notice of urging; none for a plain urging."""
    clock: str | None
    due_at: datetime | None
    words: str
    by: str | None
    """Who urged; none when the policy did."""
    at: datetime


class Urgings(Told):
    """The urgings of a case, oldest first."""

    urgings: list[Urging]


class Urged(Told):
    """What became of urging several cases."""

    urged: int
    """How many were urged."""
    passed: int
    """How many have no department that could be urged."""


class Extension(Told):
    """A request for more time."""

    id: int
    case_id: int
    tracking_code: str
    title: str
    department_id: int | None
    length: str
    reason: str
    state: ExtensionState
    old_due_at: datetime
    new_due_at: datetime | None
    asked_by: str
    asked_at: datetime
    decided_at: datetime | None
    answer: str


class Extensions(Told):
    """Requests for more time."""

    requests: list[Extension]


class DueCall(Told):
    """A citizen to call."""

    case_id: int
    tracking_code: str
    title: str
    author: str | None
    contact: str | None
    department_id: int | None
    replied_at: datetime | None
    due_at: datetime


class DueCalls(Told):
    """Whom to call, the call that is due first at the top."""

    calls: list[DueCall]
