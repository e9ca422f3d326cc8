"""Duty rosters and absences through the API; the page's own commands, keepers and refusals."""

from flask import Response

from inbox.assignment import Away, come_back, go_away, keeps_roster
from inbox.errors import NotAllowed
from routing.departments import department_by_code
from routing.errors import DepartmentNotFound
from routing.roster import on_duty
from routing.roster_editing import (
    Rota,
    absences_of,
    answerers_by_duty,
    assignment_way,
    choose_way,
    plan_rota,
    remove_shift,
    set_answerers,
    set_standing_order,
    shifts_between,
    standing_order,
)
from web.api.routes import KNOWING, answer, api, gives, nothing
from web.api.schemas.rosters import (
    AbsenceNoted,
    AbsencePath,
    Answerers,
    DutyPath,
    NewAbsence,
    NewRota,
    Roster,
    RosterPath,
    RosterQuery,
    ShiftPath,
    ShiftsWritten,
    StandingOrder,
    Way,
)
from web.context import current_session, now, time_zone, viewer
from web.guards import with_token
from web.views.rosters import COUNTY, READERS, SHOWN


@api.get("/rosters/<code>", tags=[KNOWING], responses=gives(Roster, 404))
@with_token(*READERS)
def show_roster(path: RosterPath, query: RosterQuery) -> Response:
    """Show a department's roster, or the county's duty office: who is on duty, shifts, order, absences, the way."""
    session, at, unit_id = current_session(), now(), _unit_id(path.code)
    since = query.since or at
    told = {
        "on_duty": on_duty(session, unit_id, at),
        "shifts": shifts_between(session, unit_id, since, query.until or since + SHOWN),
        "standing_order": standing_order(session, unit_id),
        "way": assignment_way(session, unit_id) if unit_id else None,
        "answerers": answerers_by_duty(session, unit_id) if unit_id else {},
        "absences": absences_of(session, unit_id, since=at) if unit_id else [],
        "may_change": keeps_roster(viewer(), unit_id),
    }
    return answer(Roster.model_validate(told))


@api.post("/rosters/<code>/shifts", tags=[KNOWING], responses=gives(ShiftsWritten, 404, 422, status=201))
@with_token(*READERS)
def plan_shifts(path: RosterPath, body: NewRota) -> Response:
    """Write shifts in turn; those of the same place in that time give way."""
    rota = Rota(**body.model_dump())
    count = plan_rota(current_session(), _kept(path.code), rota, zone=time_zone())
    return answer(ShiftsWritten(count=count), 201)


@api.post(
    "/rosters/<code>/shifts/<int:shift_id>/remove", tags=[KNOWING], responses=gives(None, 404, status=204)
)
@with_token(*READERS)
def take_shift_off(path: ShiftPath) -> Response:
    """Take one shift off a roster."""
    remove_shift(current_session(), _kept(path.code), path.shift_id)
    return nothing()


@api.put("/rosters/<code>/order", tags=[KNOWING], responses=gives(None, 404, status=204))
@with_token(*READERS)
def keep_standing_order(path: RosterPath, body: StandingOrder) -> Response:
    """Keep the order in which people are called when no shift counts; an empty list ends it."""
    set_standing_order(current_session(), _kept(path.code), body.officer_ids, now=now())
    return nothing()


@api.put("/rosters/<code>/way", tags=[KNOWING], responses=gives(None, 404, status=204))
@with_token(*READERS)
def choose_assignment_way(path: RosterPath, body: Way) -> Response:
    """Choose how a department's cases find their officer, from the next case on; the county has none."""
    unit_id = _kept(path.code)
    if unit_id is None:
        raise DepartmentNotFound(path.code)
    choose_way(current_session(), unit_id, body.way)
    return nothing()


@api.put("/rosters/<code>/duties/<int:duty_id>", tags=[KNOWING], responses=gives(None, 404, 422, status=204))
@with_token(*READERS)
def say_who_answers(path: DutyPath, body: Answerers) -> Response:
    """Say who answers for a duty of the department."""
    _kept(path.code)
    set_answerers(current_session(), path.duty_id, body.officer_ids)
    return nothing()


@api.post("/absences", tags=[KNOWING], responses=gives(AbsenceNoted, 404, 422, status=201))
@with_token(*READERS)
def note_absence(body: NewAbsence) -> Response:
    """Note an absence, one's own or of somebody whose roster one keeps; open cases go over if asked."""
    away = Away(**body.model_dump(exclude={"officer_id"}))
    absence, moved = go_away(current_session(), viewer(), body.officer_id, away, now=now())
    return answer(AbsenceNoted.model_validate({"absence": absence, "handed_over": moved}), 201)


@api.post("/absences/<int:absence_id>/end", tags=[KNOWING], responses=gives(None, 404, status=204))
@with_token(*READERS)
def end_absence(path: AbsencePath) -> Response:
    """Let an officer be back; an absence that has not begun is taken away."""
    come_back(current_session(), viewer(), path.absence_id, now=now())
    return nothing()


def _unit_id(code: str) -> int | None:
    """Return the department of an address; None is the county's duty office."""
    if code == COUNTY:
        return None
    unit = department_by_code(current_session(), code)
    if unit is None:
        raise DepartmentNotFound(code)
    return unit.id


def _kept(code: str) -> int | None:
    unit_id = _unit_id(code)
    if not keeps_roster(viewer(), unit_id):
        raise NotAllowed("roster")
    return unit_id
