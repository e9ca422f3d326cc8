"""Returning a case and deciding about it: the question on the case, the arbitration desk, the figures."""

from datetime import timedelta
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from inbox.errors import MessageRefused, NotAllowed
from inbox.models import ReturnState
from inbox.return_queue import (
    READERS,
    ReturnFilter,
    ReturnRate,
    ReturnView,
    count_open_returns,
    list_returns,
    rates_by_department,
    rates_by_duty,
    return_queue,
    returns_of,
)
from inbox.returns import ARBITRATORS, Grounds, ask_return, refuse_return, uphold_return, withdraw_return
from routing.entries import all_duties
from routing.models import DepartmentKind, Role
from web.case_page import case_page
from web.context import current_session, end_work, now, viewer
from web.errors import sentence_for, status_for
from web.frame import Place
from web.guards import roles
from web.i18n import language
from web.names import department_name, departments, officer_name
from web.time_left import time_left_until
from web.views.cases import back_to, list_behind
from web.words import word

blueprint = Blueprint("returns", __name__)

TO_DESK = "desk"
PERIODS = (7, 30, 90, 365)


def _waiting(*_asked: Any) -> int:
    return count_open_returns(current_session())


PLACES = (Place("returns.index", _l("Arbitration of returns"), "hammer", order=22, count=_waiting),)


@blueprint.get("/cases/<int:case_id>/return")
@roles(Role.OFFICER)
def ask(case_id: int) -> ResponseReturnValue:
    """Ask for the basis of a return."""
    return _question(case_id)


@blueprint.post("/cases/<int:case_id>/return")
@roles(Role.OFFICER)
def return_(case_id: int) -> ResponseReturnValue:
    """Ask to give the case back; a dispatcher or supervisor decides."""
    grounds = Grounds(
        request.form.get("basis", "").strip(),
        request.form.get("duty", type=int),
        request.form.get("department", type=int),
    )
    try:
        ask_return(current_session(), viewer(), case_id, grounds, now=now())
    except MessageRefused as error:
        end_work(error)
        return _question(case_id, refusal=sentence_for(error)), status_for(error)
    flash(_("Asked to return it. The clock stands still until it is decided."), "success")
    return redirect(list_behind(case_id), 303)


@blueprint.get("/cases/<int:case_id>/return/withdraw")
@roles(Role.OFFICER)
def ask_withdraw(case_id: int) -> ResponseReturnValue:
    """Ask whether the request is to be taken back."""
    return render_template("returns/withdraw.html", page=case_page(case_id, back=back_to(case_id)))


@blueprint.post("/cases/<int:case_id>/return/withdraw")
@roles(Role.OFFICER)
def withdraw(case_id: int) -> ResponseReturnValue:
    """Take the request back before anybody has decided."""
    withdraw_return(current_session(), viewer(), case_id, now=now())
    flash(_("Taken back: the case stays here, and its clock goes on."), "success")
    return redirect(back_to(case_id), 303)


@blueprint.get("/arbitration")
@roles(*ARBITRATORS)
def index() -> ResponseReturnValue:
    """Show the returns that wait for a decision."""
    return _desk()


@blueprint.post("/arbitration/<int:return_id>")
@roles(*ARBITRATORS)
def decide(return_id: int) -> ResponseReturnValue:
    """Uphold a return or refuse it with a reason."""
    session, reason = current_session(), request.form.get("reason", "").strip()
    try:
        if request.form.get("decision") == "refuse":
            refuse_return(session, viewer(), return_id, reason=reason, now=now())
            flash(_("Refused: the case stays where it is, and its clock goes on."), "success")
        else:
            _uphold(return_id, reason)
    except (MessageRefused, NotAllowed) as error:
        end_work(error)
        return _desk(refused=return_id, refusal=sentence_for(error)), status_for(error)
    return redirect(url_for("returns.index"), 303)


@blueprint.get("/arbitration/figures")
@roles(*READERS)
def figures() -> ResponseReturnValue:
    """Show how often departments return cases, by department and by the duty that routing went by."""
    chosen, days = _filter()
    session, who = current_session(), viewer()
    return render_template(
        "returns/figures.html",
        departments=rates_by_department(session, who, chosen),
        duties=rates_by_duty(session, who, chosen),
        total=_total(rates_by_department(session, who, chosen)),
        days=days,
        periods=PERIODS,
        name=department_name,
        url=lambda **more: url_for("returns.listed", days=days, **more),
    )


@blueprint.get("/arbitration/returns")
@roles(*READERS)
def listed() -> ResponseReturnValue:
    """Show the returns behind a number."""
    chosen, days = _filter()
    return render_template(
        "returns/list.html",
        returns=list_returns(current_session(), viewer(), chosen),
        chosen=chosen,
        days=days,
        name=department_name,
        states=[(state.value, word(state)) for state in ReturnState],
        units=[(unit.id, unit.label(language())) for unit in departments().values()],
    )


def _uphold(return_id: int, reason: str) -> None:
    target = request.form.get("department", "")
    if not target:
        raise MessageRefused("target_missing")
    department_id = None if target == TO_DESK else int(target) if target.isdecimal() else 0
    uphold_return(
        current_session(), viewer(), return_id, department_id=department_id, reason=reason, now=now()
    )
    if department_id is None:
        flash(_("Upheld: the case is on the triage desk."), "success")
    else:
        flash(_("Upheld: sent to %(department)s.", department=department_name(department_id)), "success")


def _question(case_id: int, *, refusal: str | None = None) -> str:
    page = case_page(case_id, back=back_to(case_id))
    own = page.row.department_id
    return render_template(
        "returns/ask.html",
        page=page,
        refusal=refusal,
        typed=request.form,
        duties=_duty_groups(own),
        departments=_department_groups(own),
    )


def _desk(*, refused: int | None = None, refusal: str | None = None) -> str:
    return render_template(
        "returns/index.html",
        waiting=[_waiting_line(each) for each in return_queue(current_session(), viewer())],
        refused=refused,
        refusal=refusal,
        typed=request.form,
        name=department_name,
        person=officer_name,
        to_desk=TO_DESK,
    )


def _waiting_line(asked: ReturnView) -> dict[str, Any]:
    earlier = returns_of(current_session(), asked.case_id)[:-1] if asked.number > 1 else ()
    return {
        "asked": asked,
        "deadline": time_left_until(asked.due_at, asked.asked_at) if asked.due_at else None,
        "earlier": [
            department_name(each.from_department_id)
            for each in earlier
            if each.state != ReturnState.WITHDRAWN
        ],
        "departments": _department_groups(asked.from_department_id),
        "is_own": asked.asked_by_id == viewer().officer_id,
    }


def _duty_groups(own: int | None) -> list[tuple[str, list[tuple[int, str]]]]:
    """Return the other departments' duties, by department, for a select field."""
    groups: dict[int, list[tuple[int, str]]] = {}
    for duty in all_duties(current_session()):
        if duty.department_id != own and departments()[duty.department_id].is_open:
            label = f"{duty.title}（{duty.basis}）" if duty.basis else duty.title
            groups.setdefault(duty.department_id, []).append((duty.id, label))
    return [(department_name(unit), duties) for unit, duties in groups.items()]


def _department_groups(own: int | None) -> list[tuple[str, list[tuple[int, str]]]]:
    units = [unit for unit in departments().values() if unit.is_open and unit.id != own]
    return [
        (word(kind), [(unit.id, unit.label(language())) for unit in units if unit.kind == kind])
        for kind in DepartmentKind
    ]


def _filter() -> tuple[ReturnFilter, int]:
    days = request.args.get("days", 30, type=int)
    days = days if days in PERIODS else 30
    state = request.args.get("state", "")
    chosen = ReturnFilter(
        since=now() - timedelta(days=days),
        until=now() + timedelta(seconds=1),
        department_id=request.args.get("department", type=int),
        routed_duty=request.args.get("duty") or None,
        state=ReturnState(state) if state in set(ReturnState) else None,
    )
    return chosen, days


def _total(rates: list[ReturnRate]) -> ReturnRate:
    return ReturnRate(
        "",
        sum(rate.assigned for rate in rates),
        sum(rate.returned for rate in rates),
        sum(rate.upheld for rate in rates),
        sum(rate.refused for rate in rates),
    )
