"""Many citizens with one matter: groups, one reply to all, alarms, transfers, topics, what was set aside."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from inbox.group_models import AddresseeState, LinkState, Relation
from inbox.models import DeliveryChannel, DeliveryState, ReplyState
from web.api.schemas.base import MOST, Given, Id, Text, Told, Version
from web.api.schemas.cases import CasePath, CaseRow

PageNumber = Annotated[int, Field(ge=1, le=MOST)]
CaseIds = Annotated[list[Id], Field(max_length=2000)]


class ComparePath(CasePath):
    """Which two cases."""

    other_id: Id
    """The number of the other case."""


class DeliveryPath(CasePath):
    """Which delivery of a case."""

    delivery_id: Id
    """The number of the delivery."""


class AlarmPath(Given):
    """Which alarm."""

    alarm_id: Id
    """The number of the alarm."""


class TransferPath(Given):
    """Which transfer."""

    transfer_id: Id
    """The number of the transfer."""


class HotTopicPath(Given):
    """Which topic."""

    topic_id: Id
    """The number of the topic."""


class GroupQuery(Given):
    """Which page of a group."""

    page: PageNumber = 1
    """From 1; beyond the last, the last."""


class GroupDecision(Given):
    """What is decided about cases that belong, or may belong, to this one; what does not fit changes nothing."""

    action: Literal["link", "merge", "unmerge", "dismiss"]
    """`link`: the same matter, handled apart. `merge`: they follow this case. `unmerge`: as before the merging.
    `dismiss`: another matter; nobody is asked again."""
    case_ids: Annotated[CaseIds, Field(min_length=1)]


class GroupChange(Told):
    """How many cases the decision changed; 0 when it had been made before."""

    changed: int


class GroupMember(Told):
    """A case that belongs, or may belong, to another."""

    row: CaseRow
    state: LinkState
    relation: Relation
    """Whether the same person wrote it."""
    similarity: float
    """0 to 1."""
    is_repeat: bool
    """Whether the same person says nothing new."""
    may_join: bool
    """Whether it can still be merged."""


class Group(Told):
    """The cases of one matter."""

    leader: CaseRow | None
    """The case that this one belongs to, or may belong to."""
    leader_state: LinkState | None
    kin: list[GroupMember]
    """The cases that belong to this one, or may, those to be decided first."""
    hidden: int
    """How many other departments have."""
    page: int
    pages: int
    total: int


class ComparedSide(Told):
    """One of two messages, covered."""

    row: CaseRow
    title: str | None
    text: str
    spans: list[tuple[int, int]]
    """The passages that both have: start and end in `text`."""


class Comparison(Told):
    """Two messages side by side."""

    case: ComparedSide
    other: ComparedSide


class JointDraft(Given):
    """The reply to many as it stands, with gaps such as {称呼} that are filled for each citizen."""

    text: Text
    version: Version
    """The version the text is based on; 0 when there was no draft."""


class JointSubmission(JointDraft):
    """The reply to hand to review, and whom else it answers."""

    case_ids: CaseIds | None = None
    """Who gets it besides this case's own citizen, of the copies that the preview lists; leave one out to exclude
    it. Without it every case that follows this one."""


class JointCopy(Told):
    """What one citizen would get."""

    row: CaseRow
    channel: DeliveryChannel
    account: str
    text: str
    missing: list[str]
    """Gaps that nothing is known for; while there are any the reply cannot be submitted."""
    follows: bool
    """Whether the case is answered without being named; a linked one has to be."""


class JointReply(Told):
    """The saved reply and what each citizen would get of it, this case's own first."""

    text: str
    version: int
    state: ReplyState | None
    copies: list[JointCopy]


class JointOutcome(Told):
    """What became of one citizen's copy."""

    row: CaseRow
    state: AddresseeState
    reason: str | None
    """Why it was skipped."""
    channel: DeliveryChannel | None
    delivery_id: int | None
    delivery: DeliveryState | None
    error: str | None
    delivered_at: datetime | None
    in_time: bool | None
    text: str


class JointResult(Told):
    """Who is listed for the newest reply to many, who has it, who has not."""

    approved: bool
    rows: list[JointOutcome]
    hidden: int


class SentAgain(Told):
    """How many copies are being sent once more, each under its own key: no platform publishes one twice."""

    count: int


class AlarmQuery(Given):
    """Which alarms."""

    acknowledged: bool = False
    """Those that somebody has, newest first, instead of those that nobody has, danger to life first."""


class AlarmCallMade(Told):
    """Somebody who was called."""

    officer: str
    position: int
    at: datetime


class AlarmRaised(Told):
    """An alarm and whom it called."""

    id: int
    row: CaseRow
    tag: str
    """`danger` or `harmful`."""
    words: list[str]
    raised_at: datetime
    next_at: datetime
    """When the next person is called if nobody acknowledges."""
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    calls: list[AlarmCallMade]
    mine: bool
    """Whether the token's officer was called."""


class Alarms(Told):
    """The alarms of the cases you may see."""

    alarms: list[AlarmRaised]


class NewTransfer(Given):
    """To whom a matter was handed on, and why."""

    recipient: Annotated[Text, Field(min_length=1, max_length=120)]
    reason: Annotated[Text, Field(min_length=1, max_length=500)]
    way: Annotated[Text, Field(max_length=60)] = ""


class Receipt(Given):
    """Who confirmed having the matter."""

    receipt: Annotated[Text, Field(min_length=1, max_length=200)]


class TransferMade(Told):
    """A transfer by procedure; the case stays and stays timed."""

    id: int
    number: str
    """The number under which it is filed."""
    row: CaseRow
    recipient: str
    way: str
    reason: str
    by: str
    at: datetime
    receipt: str | None
    receipt_at: datetime | None


class Transfers(Told):
    """What was handed on, newest first."""

    transfers: list[TransferMade]


class HotTopicQuery(Given):
    """Which topics."""

    growing: bool = False
    """Only those with more this week than chance explains, and surges."""
    place: Annotated[Text, Field(max_length=60)] = ""
    """Only those about this place."""


class HotTopic(Told):
    """What several people wrote about, beside its usual level."""

    id: int
    label: str
    place: str | None
    size: int
    weeks: list[int]
    """Messages in each of the last eight weeks, this week last."""
    this_week: int
    usual: float
    """The mean of the weeks before."""
    most_usual: int
    """What chance explains at most."""
    grows: bool
    first_at: datetime
    last_at: datetime
    surge_at: datetime | None
    case_ids: list[int]
    """The cases you may see, the most typical first."""


class HotTopics(Told):
    """The topics of now, surges first, then the hottest."""

    topics: list[HotTopic]


class HotTopicCases(Told):
    """One topic with its cases."""

    topic: HotTopic
    rows: list[CaseRow]
    hidden: int
    lead_id: int | None
    """The oldest case that the others could follow, to be answered with it."""


class AsideQuery(Given):
    """Which page of what was set aside."""

    page: PageNumber = 1


class AsideMessage(Told):
    """A message that was set aside as spam."""

    row: CaseRow
    at: datetime | None
    by: str | None
    """Who did it; nobody: it went by itself."""
    words: list[str]
    """The words that decided it."""


class SetAside(Told):
    """What was set aside, newest first; `POST /cases/{id}/take-back` brings one back."""

    rows: list[AsideMessage]
    page: int
    pages: int
    total: int
