"""Cases: a line of a list, one whole, and what is sent to change one."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from inbox.case_lists import View
from inbox.kinds import Kind
from inbox.models import (
    CaseState,
    DeliveryChannel,
    DeliveryState,
    Display,
    Platform,
    ReplyState,
    Satisfaction,
)
from inbox.time_steps import Age
from sla.models import Clock
from sla.views import DeadlineState
from web.api.schemas.base import MOST, Given, Id, Reason, Text, Told


class CasePath(Given):
    """Which case."""

    case_id: Id
    """The number of the case."""


class CaseQuery(Given):
    """What a list is narrowed to."""

    view: View = View.ALL
    """A saved view: open work by what falls due first, archives newest first."""
    query: Annotated[Text, Field(max_length=100)] = ""
    """Words, names or a tracking code; all must occur."""
    kind: Kind | None = None
    """Only this kind."""
    platform: Platform | None = None
    """Only messages from this platform."""
    state: CaseState | None = None
    """Only cases that stand here."""
    department_id: Id | None = None
    """Only cases of this department."""
    assignee_id: Id | None = None
    """Only cases of this officer."""
    import_id: Id | None = None
    """Only cases that this import made."""
    age: Age | None = None
    """Only cases received this long ago."""
    unassigned: bool = False
    """Only cases without a department."""
    unclaimed: bool = False
    """Only cases that no officer has taken on."""
    page: Annotated[int, Field(ge=1, le=MOST)] = 1
    """Which page, from 1; beyond the last, the last."""


class CaseRow(Told):
    """One line of a list of cases."""

    id: int
    tracking_code: str
    """What the citizen follows the case with."""
    title: str
    excerpt: str
    """How the message begins."""
    author: str | None
    kind: Kind
    platform: Platform
    state: CaseState
    tags: list[str]
    """Marks such as danger, utility_outage, rumour."""
    spam: bool
    sensitive: bool
    department_id: int | None
    department: str | None
    department_en: str | None
    assignee: str | None
    received_at: datetime
    next_due_at: datetime | None
    """When the clock that presses most falls due."""
    next_clock: str | None
    closed_at: datetime | None
    return_count: int
    repeat_count: int
    reopened: bool


class CaseList(Told):
    """One page of a list of cases."""

    cases: list[CaseRow]
    page: int
    pages: int
    page_size: int
    total: int
    total_is_floor: bool
    """Whether there are more than `total`: counting stops at 1,000."""


class Message(Told):
    """What the citizen wrote; personal information is covered with asterisks unless it was revealed."""

    id: int
    title: str | None
    text: str
    at: datetime
    posted_at: datetime | None
    contact: str | None
    place: str | None
    has_personal: bool
    """Whether something is, or would be, covered."""
    marks: list[tuple[int, int]]
    """Where the best suggestion matched: start and end in `text`."""


class Basis(Told):
    """A document that an answer rests on."""

    title: str
    number: str | None
    url: str | None


class CaseSuggestion(Told):
    """An answer that the knowledge base offers for a case."""

    article_id: int
    rank: int
    confidence: float
    """0 to 1, calibrated: of suggestions with 0.8 about 80 % are right."""
    question: str
    filled: str
    """The answer with the placeholders filled as far as known."""
    missing: list[str]
    """Placeholders that a person has to fill."""
    phrasing: str
    """The way of asking that matched."""
    basis: list[Basis]
    reasons: list[Reason]
    used: bool
    rejected: bool


class Candidate(Told):
    """A department that routing thought of."""

    department_id: int
    name: str
    name_en: str
    confidence: float
    reasons: list[Reason]


class Deadline(Told):
    """One clock of a case."""

    clock: Clock
    policy_code: str
    limit: str
    """For example 5wd: five working days; docs/api.md lists the units."""
    started_at: datetime
    due_at: datetime
    met_at: datetime | None
    breached_at: datetime | None
    paused_at: datetime | None
    provisional: bool
    """Whether it rests on a year whose holiday notice is not known yet."""
    state: DeadlineState


class Event(Told):
    """One entry of the audit trail."""

    id: int
    at: datetime
    kind: str
    actor: str | None
    """The officer; null for the system and for citizens."""
    params: dict[str, Any]
    public: bool
    """Whether the citizen sees it, without the officer's name."""
    text: str
    """What happened, in the language of the token's officer."""


class Note(Told):
    """An internal note; citizens never see it."""

    author: str
    text: str
    at: datetime
    mentions: list[int]
    """Which officers it told."""


class Review(Told):
    """One decision on one version of a reply."""

    reviewer: str
    decision: str
    reason: str | None
    at: datetime
    text: str


class Delivery(Told):
    """Where an approved reply is."""

    id: int
    channel: DeliveryChannel
    state: DeliveryState
    attempts: int
    error: str | None
    delivered_at: datetime | None


class Rating(Told):
    """What the citizen thought of a reply."""

    solved: bool
    satisfaction: Satisfaction
    comment: str | None
    at: datetime


class Reply(Told):
    """The answer of one round; a case that was opened again has a second one."""

    id: int
    round: int
    state: ReplyState
    text: str
    version: int
    """Send it with the next save, submission or decision."""
    editor: str
    saved_at: datetime
    submitted_at: datetime | None
    submitted_by: str | None
    approved_at: datetime | None
    reviewer: str | None
    article_id: int | None
    """The suggestion that was put into the text."""
    reviews: list[Review]
    delivery: Delivery | None
    rating: Rating | None


class Failure(Told):
    """A step of triage that failed; the others stand."""

    step: str
    error: str
    at: datetime


class Case(Told):
    """A case whole."""

    case: CaseRow
    version: int
    """Grows with every change of the case."""
    display: Display
    account_code: str
    account_name: str
    revealed: bool
    """Whether personal information is uncovered; the look was recorded."""
    messages: list[Message]
    replies: list[Reply]
    suggestions: list[CaseSuggestion]
    candidates: list[Candidate]
    """The departments that routing thought of, best first."""
    routed_automatically: bool
    deadlines: list[Deadline]
    events: list[Event]
    notes: list[Note]
    failures: list[Failure]
    earlier: list[CaseRow]
    """Other cases of the same citizen that you may see."""
    actions: dict[str, bool]
    """What you may do with the case now."""


class CaseChange(Told):
    """Where a case stands after a change."""

    id: int
    tracking_code: str
    state: CaseState
    version: int
    kind: Kind
    display: Display
    spam: bool
    sensitive: bool
    department_id: int | None
    assignee_id: int | None
    return_count: int


class ShowQuery(Given):
    """How to show a case."""

    reveal: bool = False
    """Uncover personal information; who looked, and when, is recorded on the case (个人信息保护法 §51)."""


class Assignment(Given):
    """Which department shall have the case."""

    department_id: Id
    reason: Annotated[Text, Field(max_length=300)] = ""


class HandOver(Given):
    """Which colleague shall have the case."""

    officer_id: Id


class Return(Given):
    """Why the case is not this department's."""

    basis: Annotated[Text, Field(max_length=500)] = ""
    """The document and article that name the other duty; not needed with a duty of the catalogue."""
    duty_id: Id | None = None
    """The duty of the catalogue that the case belongs to."""
    department_id: Id | None = None
    """Whose it is, if known; a duty says so by itself."""


class Arbitration(Given):
    """What was decided about a return."""

    upheld: bool
    """Whether the department is right to give the case back."""
    department_id: Id | None = None
    """Who gets it when upheld; nobody: the triage desk."""
    reason: Annotated[Text, Field(max_length=500)] = ""
    """Needed for a refusal."""


class KindChoice(Given):
    """What kind of message it is."""

    kind: Kind


class DisplayChoice(Given):
    """Whether the public may read the message."""

    display: Literal["public", "hidden"]


class SensitiveChoice(Given):
    """Whether the case is sensitive; a sensitive one is hidden from the public at once."""

    sensitive: bool


class NewNote(Given):
    """An internal note."""

    text: Annotated[Text, Field(min_length=1, max_length=5000)]
    """A @ and a name or login tells somebody who may see the case."""
    tell: list[Id] = Field(default_factory=list, max_length=50)
    """Officers to tell about it."""


class Draft(Given):
    """The reply as it stands."""

    text: Text
    version: Annotated[int, Field(ge=0, le=MOST)]
    """The version the text is based on; 0 when there was no draft."""
    article_id: Id | None = None
    """The suggestion that was put into the text, if one was; it counts once."""


class Submission(Given):
    """The reply to hand to review."""

    text: Text
    version: Annotated[int, Field(ge=0, le=MOST)]


class Approval(Given):
    """Which version was read and is approved."""

    version: Annotated[int, Field(ge=0, le=MOST)]


class SendingBack(Given):
    """Which version was read, and what should be changed."""

    version: Annotated[int, Field(ge=0, le=MOST)]
    reason: Annotated[Text, Field(min_length=1, max_length=500)]


class SavedReply(Told):
    """A reply after it was saved, submitted or sent back."""

    case_id: int
    round: int
    state: ReplyState
    version: int
    saved_at: datetime


class ReplyText(Given):
    """A text to check as the answer to a case."""

    text: Annotated[Text, Field(max_length=20_000)]


class Finding(Told):
    """One objection; `text` is what it objects to, empty when something is missing from the whole."""

    rule: str
    text: str
    start: int
    end: int


class Checks(Told):
    """What an inspector would object to."""

    answers: float
    """How surely the text answers the message, 0 to 1."""
    findings: list[Finding]
