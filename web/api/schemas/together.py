"""Working together: co-handlers and their parts, work on the street, returns, watchers."""

from datetime import datetime
from typing import Annotated

from flask_openapi3.models.file import FileStorage
from pydantic import Field

from inbox.models import ReturnState
from inbox.together_models import PartState
from routing.roster import Source
from web.api.schemas.base import Given, Id, Moment, Text, Told
from web.api.schemas.cases import CasePath


class CoHandlerPath(CasePath):
    """Which co-handling department's part."""

    co_handling_id: Id
    """The number of the request."""


class TaskPath(CasePath):
    """Which work on the street."""

    task_id: Id
    """The number of the task."""


class PhotoPath(CasePath):
    """Which picture."""

    photo_id: Id
    """The number of the picture."""


class PhotoForm(Given):
    """A picture that shows work on the street."""

    file: FileStorage
    """JPEG, PNG or WebP, at most 12 MB."""


class CoHandlerRequest(Given):
    """What a department is asked for."""

    department_id: Id
    asked: Annotated[Text, Field(min_length=1, max_length=5000)]
    due_at: Moment | None = None
    """By when; without it the policy's limit counts."""


class Part(Given):
    """A co-handling department's part of the reply."""

    part: Annotated[Text, Field(min_length=1, max_length=5000)]


class ReleaseReason(Given):
    """Why the reply goes on without a part."""

    reason: Annotated[Text, Field(min_length=1, max_length=500)]


class TaskRequest(Given):
    """What has to be done on the street."""

    what: Annotated[Text, Field(min_length=1, max_length=1000)]
    due_at: Moment
    department_id: Id
    """The lead department or one that co-handles the case."""
    officer_id: Id | None = None
    """One of its officers; nobody: whoever is free."""


class TaskEnd(Given):
    """How work on the street ended."""

    done: bool
    note: Annotated[Text, Field(min_length=1, max_length=1000)]


class Watching(Given):
    """Whether the token's officer wants to hear of the case."""

    watching: bool


class CoHandler(Told):
    """A co-handling department and its part."""

    id: int
    department_id: int
    state: PartState
    asked: str
    asked_at: datetime
    due_at: datetime
    part: str
    signed_by: int | None
    signed_at: datetime | None
    reason: str


class StreetPhoto(Told):
    """A picture of work on the street; its bytes are at /cases/{case_id}/photos/{id}."""

    id: int
    width: int
    height: int
    uploaded_at: datetime


class StreetPhotos(Told):
    """The pictures of one task, oldest first."""

    photos: list[StreetPhoto]


class StreetTask(Told):
    """Work on the street."""

    id: int
    what: str
    department_id: int
    officer_id: int | None
    due_at: datetime
    created_at: datetime
    ended_at: datetime | None
    is_done: bool
    note: str
    photos: list[StreetPhoto]


class ReturnTold(Told):
    """A return of the case and what was decided."""

    id: int
    number: int
    state: ReturnState
    from_department_id: int
    to_department_id: int | None
    duty: str | None
    basis: str
    asked_at: datetime
    due_at: datetime | None
    decided_at: datetime | None
    decided_department_id: int | None
    reason: str


class TogetherOnCase(Told):
    """Who works on a case together."""

    returns: list[ReturnTold]
    co_handlers: list[CoHandler]
    tasks: list[StreetTask]
    watcher_ids: list[int]


class OnCallQuery(Given):
    """Whose roster."""

    department_id: Id | None = None
    """A department; nobody: the county's duty office."""


class OnCallPerson(Told):
    """Somebody to call."""

    position: int
    officer_id: int
    name: str
    phone: str
    source: Source
    """Why: a shift, a standing order, the county's duty office, or a role."""
    stands_in_for: int | None


class OnCall(Told):
    """Who is called, first to be called first."""

    people: list[OnCallPerson]
