"""Duty rosters: shifts in turn, the order of calling, who answers for what, absences, the way of assigning."""

from datetime import date, datetime, time
from typing import Annotated

from pydantic import Field

from routing.roster_models import AssignmentWay
from web.api.schemas.base import Given, Id, Moment, Text, Told
from web.api.schemas.together import OnCallPerson

Officers = Annotated[list[Id], Field(max_length=60)]


class RosterPath(Given):
    """Whose roster."""

    code: Annotated[Text, Field(min_length=1, max_length=64)]
    """The department's code; `county` is the county's duty office."""


class ShiftPath(RosterPath):
    """Which shift."""

    shift_id: Id


class DutyPath(RosterPath):
    """Which duty."""

    duty_id: Id


class AbsencePath(Given):
    """Which absence."""

    absence_id: Id


class RosterQuery(Given):
    """Which time."""

    since: Moment | None = None
    """Shifts from here on; without it, from now."""
    until: Moment | None = None
    """Shifts up to here; without it, three weeks."""


class NewRota(Given):
    """Shifts in turn."""

    officer_ids: Annotated[Officers, Field(min_length=1)]
    """Who, in this order, over and over."""
    first_on: date
    last_on: date
    days_each: Annotated[int, Field(ge=1, le=31)] = 1
    changes_at: time = time(8, 30)
    """When one hands over to the next, local time."""
    position: Annotated[int, Field(ge=1, le=2)] = 1
    """1 is called first, 2 when 1 does not answer."""


class StandingOrder(Given):
    """Who is called when no shift counts."""

    officer_ids: Officers


class Answerers(Given):
    """Who answers for a duty."""

    officer_ids: Officers


class Way(Given):
    """How a department's cases find their officer."""

    way: AssignmentWay


class NewAbsence(Given):
    """A time in which an officer is away."""

    officer_id: Id
    starts_at: Moment
    ends_at: Moment
    """The end itself is no longer part of it."""
    substitute_id: Id | None = None
    """A colleague of the same department who stands in."""
    note: Annotated[Text, Field(max_length=200)] = ""
    hand_over: bool = False
    """Whether the open cases go to the substitute at once."""


class Shift(Told):
    """One shift."""

    id: int
    officer_id: int
    position: int
    starts_at: datetime
    ends_at: datetime | None


class AbsenceTold(Told):
    """One absence that is not over yet."""

    id: int
    officer_id: int
    substitute_id: int | None
    starts_at: datetime
    ends_at: datetime
    note: str


class Roster(Told):
    """A roster as it stands."""

    on_duty: list[OnCallPerson]
    shifts: list[Shift]
    standing_order: list[int]
    """Officers, first to be called first."""
    way: AssignmentWay | None
    answerers: dict[int, list[int]]
    """Who answers for each duty, by its number."""
    absences: list[AbsenceTold]
    may_change: bool
    """Whether the token's officer keeps this roster."""


class ShiftsWritten(Told):
    """How many shifts were written."""

    count: int


class AbsenceNoted(Told):
    """The absence, and how many open cases went over."""

    absence: AbsenceTold
    handed_over: int
