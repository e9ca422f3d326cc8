"""What an officer is told."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field, model_validator

from inbox.notice_models import EmailMode
from inbox.notice_sending import EMAIL
from inbox.quiet_hours import are_quiet_hours
from web.api.schemas.base import MOST, Given, Id, Text, Told
from web.api.schemas.channels import ClockTime, FailedSend, QuietTime


class NoticeQuery(Given):
    """Which notices."""

    unread: bool = True
    """Only what has not been read."""
    page: Annotated[int, Field(ge=1, le=MOST)] = 1
    """Which page, from 1; beyond the last, the last."""


class Notice(Told):
    """One thing you are told."""

    id: int
    kind: str
    """A stable code, for example mentioned, deadline_breached, urged."""
    text: str
    """The notice as a sentence in the language of the token's officer."""
    case_id: int | None
    """The case it is about."""
    tracking_code: str | None
    """The code of that case, if you may see it."""
    title: str | None
    """The title of that case, if you may see it."""
    params: dict[str, Any]
    """The ids and figures the sentence rests on."""
    urgent: bool
    """Whether life is in danger: quiet hours did not hold it back."""
    at: datetime
    """When you were told."""
    read_at: datetime | None
    """When you read it."""


class Notices(Told):
    """One page of your notices, newest first."""

    notices: list[Notice]
    page: int
    pages: int
    total: int
    """How many there are on all pages."""
    unread: int
    """How many you have not read."""


class NoticesRead(Given):
    """Which notices you have read."""

    notice_ids: list[Id] | None = None
    """Their numbers; none named means all."""


class MarkedRead(Told):
    """What became of it."""

    marked: int
    """How many were unread until now."""


class NoticeChoice(Given):
    """How notices reach you besides your page."""

    email: Annotated[Text, Field(max_length=200, pattern=f"^({EMAIL})?$")]
    """Where emails go; empty for none."""
    email_mode: EmailMode
    """At once, once a day, or off. A supervision order and a notice of urging are written at once all the same."""
    robots: bool
    """Whether what concerns you may be told in your department's chat group."""
    quiet_from: QuietTime
    """When quiet hours begin, local time; empty with `quiet_until` for none."""
    quiet_until: QuietTime
    """When what came in quiet hours is sent."""
    digest_at: ClockTime
    """When the daily email is sent, local time."""

    @model_validator(mode="after")
    def _has_both_ends(self) -> "NoticeChoice":
        if not are_quiet_hours(self.quiet_from, self.quiet_until):
            msg = "quiet hours have a beginning and an end, or neither"
            raise ValueError(msg)
        return self


class KeptNoticeChoice(Told):
    """What you chose, and what holds whatever you choose."""

    email: str
    email_mode: EmailMode
    robots: bool
    quiet_from: str
    quiet_until: str
    digest_at: str
    always_sent: list[str]
    """The kinds of notice that nobody can switch off: 督办单 and 催办通知书."""
    can_mail: bool
    """Whether a mail server is set up; if not, your choice is kept."""
    failed: list[FailedSend]
    """Your last emails that did not arrive."""
