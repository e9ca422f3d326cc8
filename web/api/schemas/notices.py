"""What an officer is told."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from web.api.schemas.base import MOST, Given, Id, Told


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
