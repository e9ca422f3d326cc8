"""Unanswered demand: what citizens asked and nobody could answer, asked most first."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from knowledge_base.demand import (
    OFTEN,
    DemandOrder,
    demand_count,
    demand_page,
    join_demand,
    part_demand,
    reopen_demand,
    settle_demand,
)
from knowledge_base.models import DemandState
from routing.models import Role
from web.context import current_session, now, the_officer
from web.frame import Place
from web.guards import roles

blueprint = Blueprint("demand", __name__, url_prefix="/demand")

PLACES = (
    Place(
        "demand.index",
        _l("Unanswered questions"),
        "question-circle",
        "knowledge",
        26,
        count=lambda session, _viewer, now: demand_count(session, now=now),
    ),
)

PAGE_SIZE = 15
TABS: tuple[tuple[DemandState, Any], ...] = (
    (DemandState.OPEN, _l("Without an answer")),
    (DemandState.ARTICLE, _l("Being written")),
    (DemandState.DISMISSED, _l("Needs no answer")),
)
ORDERS: tuple[tuple[DemandOrder, Any], ...] = (
    (DemandOrder.COUNT, _l("Asked most")),
    (DemandOrder.RISING, _l("Rising most")),
    (DemandOrder.NEWEST, _l("Asked last")),
)


@blueprint.get("")
@roles(Role.EDITOR)
def index() -> ResponseReturnValue:
    """List groups of questions that ask the same."""
    state = request.args.get("state", DemandState.OPEN, type=DemandState)
    order = request.args.get("order", DemandOrder.COUNT, type=DemandOrder)
    often = state is DemandState.OPEN and request.args.get("once") != "1"
    page = demand_page(
        current_session(),
        now=now(),
        state=state,
        order=order,
        at_least=OFTEN if often else 1,
        number=request.args.get("page", 1, type=int),
        size=PAGE_SIZE,
    )
    return render_template(
        "demand/index.html", page=page, state=state, order=order, often=often, tabs=TABS, orders=ORDERS
    )


@blueprint.post("/join")
@roles(Role.EDITOR)
def join() -> ResponseReturnValue:
    """Put groups together that ask the same, with a way back."""
    group_id = join_demand(current_session(), request.form.getlist("group", type=int))
    undo = {"text": _("Put together."), "undo_url": url_for("demand.part", group_id=group_id)}
    flash(undo, "undo")  # type: ignore[arg-type]
    return redirect(url_for("demand.index", once=request.form.get("once")), 303)


@blueprint.post("/<int:group_id>/part")
@roles(Role.EDITOR)
def part(group_id: int) -> ResponseReturnValue:
    """Take a group apart that was put together."""
    part_demand(current_session(), group_id)
    flash(_("The groups stand apart again."), "success")
    return redirect(url_for("demand.index"), 303)


@blueprint.post("/<int:group_id>/dismiss")
@roles(Role.EDITOR)
def dismiss(group_id: int) -> ResponseReturnValue:
    """Say that a group needs no standard answer, with a way back."""
    settle_demand(current_session(), group_id, DemandState.DISMISSED, officer_id=the_officer().id, now=now())
    undo = {"text": _("Taken off the list."), "undo_url": url_for("demand.reopen", group_id=group_id)}
    flash(undo, "undo")  # type: ignore[arg-type]
    return redirect(url_for("demand.index"), 303)


@blueprint.post("/<int:group_id>/reopen")
@roles(Role.EDITOR)
def reopen(group_id: int) -> ResponseReturnValue:
    """Put a group back on the list."""
    reopen_demand(current_session(), group_id)
    flash(_("It is on the list again."), "success")
    return redirect(url_for("demand.index"), 303)
