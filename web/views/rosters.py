"""The duty roster of a department: shifts in turn, the order of calling, who answers for what, absences, the way."""

from datetime import date, datetime, time, timedelta
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from inbox.assignment import Away, come_back, go_away, keeps_roster
from inbox.errors import NotAllowed
from routing.departments import DepartmentView, department_by_code
from routing.entries import all_duties
from routing.errors import BadRoster, DepartmentNotFound, OfficerNotFound
from routing.models import Role
from routing.officers import all_officers
from routing.roster import on_call_chain, on_duty
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
from routing.roster_models import AssignmentWay
from web.context import current_session, end_work, now, time_zone, today, viewer
from web.errors import sentence_for, status_for
from web.frame import Place
from web.guards import roles
from web.i18n import language
from web.names import departments, name_of, officer_name
from web.words import word

blueprint = Blueprint("rosters", __name__, url_prefix="/rosters")

READERS = (Role.OFFICER, Role.REVIEWER, Role.DISPATCHER, Role.SUPERVISOR, Role.ADMINISTRATOR)
COUNTY = "county"
SHOWN = timedelta(days=21)

PLACES = (Place("rosters.index", _l("Duty roster"), "calendar-week", order=28),)


@blueprint.get("")
@roles(*READERS)
def index() -> ResponseReturnValue:
    """Show who is on duty now, everywhere; an officer's own department opens at once."""
    who = viewer()
    own = departments().get(who.department_id or 0)
    if own is not None and not who.sees_everything:
        return redirect(url_for("rosters.show", code=own.code))
    session, at = current_session(), now()
    units = [unit for unit in departments().values() if unit.is_open]
    rows: list[tuple[str, str, list[Any]]] = [
        (COUNTY, _("County duty office"), on_duty(session, None, at)),
        *((unit.code, unit.label(language()), on_duty(session, unit.id, at)) for unit in units),
    ]
    return render_template("rosters/index.html", rows=rows, name=officer_name)


@blueprint.get("/<code>")
@roles(*READERS)
def show(code: str) -> ResponseReturnValue:
    """Show a department's roster."""
    return _page(code)


@blueprint.post("/<code>/shifts")
@roles(*READERS)
def plan(code: str) -> ResponseReturnValue:
    """Write shifts in turn."""
    unit, form = _kept(code), request.form
    try:
        rota = Rota(
            officer_ids=form.getlist("officers", type=int),
            first_on=_day("first"),
            last_on=_day("last"),
            days_each=form.get("days_each", 1, type=int),
            changes_at=_time(form.get("changes_at", "08:30")),
            position=2 if form.get("position") == "2" else 1,
        )
        count = plan_rota(current_session(), _id(unit), rota, zone=time_zone())
    except (BadRoster, OfficerNotFound) as error:
        end_work(error)
        return _page(code, refusal=sentence_for(error)), status_for(error)
    flash(_("%(count)s shifts were written.", count=count), "success")
    return redirect(url_for("rosters.show", code=code) + "#shifts", 303)


@blueprint.post("/<code>/shifts/<int:shift_id>/remove")
@roles(*READERS)
def remove(code: str, shift_id: int) -> ResponseReturnValue:
    """Take one shift away."""
    remove_shift(current_session(), _id(_kept(code)), shift_id)
    return redirect(url_for("rosters.show", code=code) + "#shifts", 303)


@blueprint.post("/<code>/order")
@roles(*READERS)
def order(code: str) -> ResponseReturnValue:
    """Keep the order in which people are called when no shift counts."""
    unit = _kept(code)
    places = [request.form.get(f"place-{number}", type=int) for number in range(1, 6)]
    set_standing_order(
        current_session(), _id(unit), [officer_id for officer_id in places if officer_id], now=now()
    )
    flash(_("Saved."), "success")
    return redirect(url_for("rosters.show", code=code) + "#order", 303)


@blueprint.post("/<code>/way")
@roles(*READERS)
def way(code: str) -> ResponseReturnValue:
    """Choose how the department's cases find their officer."""
    unit, chosen = _kept(code), request.form.get("way", "")
    if unit is not None and chosen in set(AssignmentWay):
        choose_way(current_session(), unit.id, AssignmentWay(chosen))
        flash(_("Saved. It counts from the next case on."), "success")
    return redirect(url_for("rosters.show", code=code) + "#way", 303)


@blueprint.post("/<code>/duties/<int:duty_id>")
@roles(*READERS)
def answer_for(code: str, duty_id: int) -> ResponseReturnValue:
    """Say who answers for a duty."""
    _kept(code)
    set_answerers(current_session(), duty_id, request.form.getlist("officers", type=int))
    flash(_("Saved."), "success")
    return redirect(url_for("rosters.show", code=code) + "#duties", 303)


@blueprint.post("/<code>/absences")
@roles(*READERS)
def be_away(code: str) -> ResponseReturnValue:
    """Note an absence, and hand the open cases over in the same act."""
    form = request.form
    try:
        away = Away(
            starts_at=datetime.combine(_day("first"), time(), time_zone()),
            ends_at=datetime.combine(_day("last") + timedelta(days=1), time(), time_zone()),
            substitute_id=form.get("substitute", type=int),
            note=form.get("note", ""),
            hand_over=form.get("hand_over") == "1",
        )
        _absence, moved = go_away(
            current_session(), viewer(), form.get("officer", 0, type=int), away, now=now()
        )
    except (BadRoster, OfficerNotFound) as error:
        end_work(error)
        return _page(code, refusal=sentence_for(error)), status_for(error)
    flash(_("Noted. %(count)s open cases were handed over.", count=moved), "success")
    return redirect(url_for("rosters.show", code=code) + "#absences", 303)


@blueprint.post("/<code>/absences/<int:absence_id>/end")
@roles(*READERS)
def be_back(code: str, absence_id: int) -> ResponseReturnValue:
    """Let an officer be back."""
    come_back(current_session(), viewer(), absence_id, now=now())
    flash(_("Welcome back. Cases that were handed over stay where they are."), "success")
    return redirect(url_for("rosters.show", code=code) + "#absences", 303)


def _page(code: str, *, refusal: str | None = None) -> str:
    session, unit, who = current_session(), _unit(code), viewer()
    unit_id = _id(unit)
    since = datetime.combine(today(), time(), time_zone())
    people = all_officers(session, department_id=unit_id)
    answers = answerers_by_duty(session, unit.id) if unit else {}
    return render_template(
        "rosters/show.html",
        code=code,
        unit=unit,
        title=unit.label(language()) if unit else _("County duty office"),
        refusal=refusal,
        keeps=keeps_roster(who, unit_id),
        me=who.officer_id,
        today=today().isoformat(),
        now_on=on_duty(session, unit_id, now()),
        chain=on_call_chain(session, unit_id, now()),
        shifts=shifts_between(session, unit_id, since, since + SHOWN),
        order=standing_order(session, unit_id),
        people=[(person.id, name_of(person)) for person in people],
        officers=[(person.id, name_of(person)) for person in people if Role.OFFICER in person.roles],
        duties=[(duty, answers.get(duty.id, [])) for duty in all_duties(session, department_id=unit_id)]
        if unit
        else [],
        absences=absences_of(session, unit.id, since=now()) if unit else [],
        way=assignment_way(session, unit.id) if unit else None,
        ways=[(each.value, word(each), _WAYS[each]) for each in AssignmentWay],
        name=officer_name,
    )


_WAYS = {
    AssignmentWay.HAND: _l("Officers take cases on themselves, or the department hands them out."),
    AssignmentWay.ROSTER: _l(
        "Who answers for the duty gets the case, else who is on duty; among several the one with fewest open cases."
    ),
    AssignmentWay.LOAD: _l("Whoever has the fewest open cases and is not away gets the next one."),
}


def _unit(code: str) -> DepartmentView | None:
    """Return the department of an address; None is the county's duty office."""
    if code == COUNTY:
        return None
    unit = department_by_code(current_session(), code)
    if unit is None:
        raise DepartmentNotFound(code)
    return unit


def _kept(code: str) -> DepartmentView | None:
    unit = _unit(code)
    if not keeps_roster(viewer(), _id(unit)):
        raise NotAllowed("roster")
    return unit


def _id(unit: DepartmentView | None) -> int | None:
    return unit.id if unit is not None else None


def _day(field: str) -> date:
    try:
        return date.fromisoformat(request.form.get(field, "").strip())
    except ValueError:
        raise BadRoster("dates") from None


def _time(typed: str) -> time:
    try:
        return time.fromisoformat(typed.strip())
    except ValueError:
        raise BadRoster("dates") from None
