"""What a tracking code opens: never an officer's name."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from inbox.models import CaseState, Satisfaction
from inbox.ratings import MAX_SUPPLEMENT_LENGTH
from web.api.schemas.base import Given, Text, Told


class TrackingPath(Given):
    """Which message."""

    code: Annotated[Text, Field(max_length=40)]
    """The tracking code; spaces, dashes and small letters do not matter."""


class Words(Told):
    """Something the citizen wrote."""

    text: str
    at: datetime


class PublicReply(Told):
    """A reply that reached the citizen."""

    text: str
    at: datetime
    round: int
    solved: bool | None
    satisfaction: Satisfaction | None


class PublicEvent(Told):
    """Something that happened."""

    kind: str
    at: datetime


class Tracked(Told):
    """Where a message stands."""

    tracking_code: str
    title: str
    state: CaseState
    step: int
    """1 received, 2 with a department, 3 being answered, 4 answered, 5 closed."""
    received_at: datetime
    department: str | None
    department_en: str | None
    due_at: datetime | None
    words: list[Words]
    replies: list[PublicReply]
    events: list[PublicEvent]
    may_rate: bool
    may_reopen: bool
    """An answered matter can be opened again once."""
    may_supplement: bool
    """A matter that is being handled can be added to once."""


class NewRating(Given):
    """What the citizen thinks of the newest reply."""

    solved: bool
    satisfaction: Satisfaction
    comment: Annotated[Text, Field(max_length=500)] | None = None


class Reopening(Given):
    """Why the matter is not settled."""

    reason: Annotated[Text, Field(min_length=1, max_length=MAX_SUPPLEMENT_LENGTH)]


class Supplement(Given):
    """What the citizen adds."""

    text: Annotated[Text, Field(min_length=1, max_length=MAX_SUPPLEMENT_LENGTH)]
