"""What routing learned, and a message split by matter."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from web.api.schemas.base import Given, Id, Moment, Text, Told
from web.api.schemas.together import CoHandler


class VersionPath(Given):
    """Which version."""

    version_id: Id
    """The number of the version."""


class Version(Told):
    """One version of what was learned; `before` and `after` are whole decisions on the same kept-aside cases."""

    id: int
    trained_at: datetime
    examples: int
    before: dict[str, float]
    after: dict[str, float]
    is_worse: bool
    is_active: bool


class Versions(Told):
    """The versions, the newest first."""

    versions: list[Version]


class Training(Told):
    """A training that was asked for; it runs in the background."""

    run_id: int


class WantedPart(Given):
    """One matter and who answers it."""

    text: Annotated[Text, Field(min_length=1, max_length=5000)]
    department_id: Id


class Split(Given):
    """The matters of a message; the first one stays with the case."""

    parts: Annotated[list[WantedPart], Field(min_length=2, max_length=6)]


class LinkedCases(Told):
    """The cases that a message was split into, the case itself first."""

    case_ids: list[int]


class ProposedPart(Told):
    """One matter that was found in a message, in the citizen's own words."""

    text: str
    department_id: int | None
    """The department that seems right for it; null when nothing points to one."""
    confidence: float


class Proposal(Told):
    """How a message could be split by matter; empty for the matter of one department."""

    parts: list[ProposedPart]


class WantedShare(WantedPart):
    """One matter and who answers it; a co-handler may get a date of its own."""

    due_at: Moment | None = None
    """By when its part is due; without it the policy's limit counts. The lead's is not looked at."""


class Sharing(Given):
    """The matters of a message that stays whole; the department of the first one leads."""

    parts: Annotated[list[WantedShare], Field(min_length=2, max_length=6)]


class LeadAndCoHandlers(Told):
    """Who writes the reply, and whose parts it waits for."""

    department_id: int
    co_handlers: list[CoHandler]
