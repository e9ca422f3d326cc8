"""What all shapes share: strictness for what comes in, and the problem that every refusal is."""

from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

MOST = 2**31 - 1
EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)

Id = Annotated[int, Field(ge=1, le=MOST)]
Version = Annotated[int, Field(ge=0, le=MOST)]
Text = Annotated[str, AfterValidator(lambda text: _storable(text))]
"""Text without what no database stores: NUL and halves of characters."""

Moment = Annotated[AwareDatetime, AfterValidator(lambda at: _within(at))]


def _storable(text: str) -> str:
    return text.replace("\x00", "").encode("utf-8", "ignore").decode("utf-8")


def _within(at: datetime) -> datetime:
    if not EARLIEST <= at < LATEST:
        msg = "must lie between 2000 and 2100"
        raise ValueError(msg)
    return at


class Given(BaseModel):
    """Something a program sends; what is not described is refused, so that a typing error is noticed."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    if not TYPE_CHECKING:  # worked out once: flask-openapi3 asks for it with every request
        model_json_schema = classmethod(cache(BaseModel.model_json_schema.__func__))


class Told(BaseModel):
    """Something the API answers."""

    model_config = ConfigDict(from_attributes=True, use_attribute_docstrings=True)


class WrongValue(Told):
    """One value that cannot be used."""

    where: str
    """Which value, as a path of names."""
    problem: str
    """What is wrong with it, in English."""
    code: str
    """What is wrong with it, as a stable code."""


class Problem(Told):
    """A refusal (RFC 9457). `detail` is in the language of the token's officer, `code` is stable."""

    model_config = ConfigDict(extra="allow")

    type: str = "about:blank"
    title: str
    """The status in words."""
    status: int
    """The HTTP status."""
    detail: str
    """What happened, what was kept and what to do, in one sentence for people."""
    code: str
    """What happened, for programs, for example CaseNotFound, WrongState, StaleDraft, InvalidRequest."""


class InvalidRequest(Problem):
    """The refusal of values that do not fit (status 422, code InvalidRequest)."""

    errors: list[WrongValue]
    """The values that do not fit."""


class StaleDraftProblem(Problem):
    """A colleague saved the reply in between (status 409): nothing was overwritten, both texts are here."""

    saved_by: str
    """Who saved last."""
    saved_version: int
    """The version to send with the joined text."""
    saved_text: str
    """What is saved."""
    your_text: str
    """What you sent."""


class Reason(Told):
    """Why something was decided."""

    code: str
    """A stable code, for example duty_words, place, account, shared_words."""
    params: dict[str, Any]
    """The words, places or figures it rests on."""
    text: str
    """The reason as a sentence in the language of the token's officer."""


class Nothing(Given):
    """No parameters."""
