"""Robots of chat groups and what did not arrive. What is secret of a robot goes in and never comes out."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from inbox.models import DeliveryState
from inbox.notice_models import RobotKind
from inbox.quiet_hours import FROM, UNTIL
from web.api.schemas.base import Given, Id, Text, Told

ClockTime = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
"""A local time such as 07:30."""

QuietTime = Annotated[str, Field(pattern=r"^(([01][0-9]|2[0-3]):[0-5][0-9])?$")]
"""A local time such as 07:30, or nothing."""

_Name = Annotated[Text, Field(min_length=1, max_length=80)]


class RobotPath(Given):
    """Which robot."""

    robot_id: Id
    """Its id."""


class SendPath(Given):
    """Which message that did not arrive."""

    send_id: Id
    """Its id."""


class NewRobot(Given):
    """A robot of a chat group."""

    name: _Name
    """The name of the group."""
    kind: RobotKind
    """Whose robot it is; 浙政钉 is dingtalk, Lark is feishu."""
    url: Annotated[Text, Field(min_length=1, max_length=500)]
    """Its address (webhook), at one of the origins that the operator allows. It is never told again."""
    secret: Annotated[Text, Field(max_length=200)] = ""
    """What messages are signed with. It is never told again."""
    department_id: Id | None = None
    """Whose group it is; none for the whole house."""
    quiet_from: QuietTime = FROM
    """When quiet hours begin, local time; empty with `quiet_until` for none."""
    quiet_until: QuietTime = UNTIL
    """When what came in quiet hours is sent. Danger to life does not wait for it."""


class RobotChange(Given):
    """What a robot is to be; without `url` and `secret` these stay as they are."""

    name: _Name
    """The name of the group."""
    department_id: Id | None = None
    """Whose group it is; none for the whole house."""
    quiet_from: QuietTime
    """When quiet hours begin, local time; empty with `quiet_until` for none."""
    quiet_until: QuietTime
    """When quiet hours end."""
    url: Annotated[Text, Field(max_length=500)] = ""
    """Another address; it begins without a secret unless one is given, too."""
    secret: Annotated[Text, Field(max_length=200)] | None = None
    """Another secret; an empty one means unsigned."""


class SendDecision(Given):
    """What to do about a message that did not arrive."""

    decision: Literal["send_again", "let_go"]
    """Send it once more, or leave it unsent; the notice itself stands on its officer's page."""


class Robot(Told):
    """A robot, without its secrets."""

    id: int
    name: str
    kind: RobotKind
    department_id: int | None
    host: str
    """Where its address is; the rest of the address is secret."""
    ending: str
    """The last four letters of its address, to tell two apart."""
    is_signed: bool
    quiet_from: str
    quiet_until: str
    last_state: DeliveryState | None
    """What came of the last message; None when there was none."""
    last_at: datetime | None
    last_error: str


class FailedSend(Told):
    """A message that did not arrive, or of which nobody knows."""

    id: int
    kind: str
    """What was to be told, as a stable code."""
    params: dict[str, Any]
    officer_id: int | None
    robot: str | None
    """The name of the robot; None for an email."""
    state: DeliveryState
    attempts: int
    error: str
    at: datetime | None


class Channels(Told):
    """The ways notices leave the house."""

    robots: list[Robot]
    failed: list[FailedSend]
    """What did not arrive and nobody has dealt with, newest first."""
    mail_host: str
    """The mail server; empty when none is set up."""
    mail_from: str
    """The address that emails come from."""
    robot_origins: list[str]
    """Where robots may live."""
