"""Explicit rules: they win over every other evidence, are tried in order, and say who wrote them and why."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from routing.entries import add_rule, all_rules, disable_rule, enable_rule, move_rule, update_rule
from routing.errors import BadRule
from routing.models import Role, RuleKind
from web.catalogue_change import save_or_preview
from web.context import current_session, end_work, now, the_officer
from web.errors import sentence_for, status_for
from web.frame import Place
from web.guards import roles
from web.names import department_name, departments, officer_name

blueprint = Blueprint("routing_rules", __name__, url_prefix="/routing-rules")

PLACES = (Place("routing_rules.index", _l("Routing rules"), "sign-turn-right", "administration", 32),)

READERS = (Role.ADMINISTRATOR, Role.DISPATCHER, Role.SUPERVISOR)


@blueprint.get("")
@roles(*READERS)
def index() -> str:
    """List the rules in the order they are tried."""
    return _page({"kind": RuleKind.CONTAINS.value}, "")


@blueprint.post("")
@roles(Role.ADMINISTRATOR)
def add() -> ResponseReturnValue:
    """Add a rule after the others, or show what it would have done."""
    typed = _typed()
    rules = all_rules(current_session(), include_disabled=True)
    try:
        return save_or_preview(
            lambda session: add_rule(
                session,
                **typed,
                position=max((rule.position for rule in rules), default=-1) + 1,
                created_by=the_officer().id,
                now=now(),
            ),
            title=_("New rule"),
            back=url_for("routing_rules.index"),
            saved=_("The rule applies from the next message on."),
        )
    except BadRule as error:
        end_work(error)
        return _page(typed, sentence_for(error)), status_for(error)


@blueprint.post("/<int:rule_id>")
@roles(Role.ADMINISTRATOR)
def change(rule_id: int) -> ResponseReturnValue:
    """Change a rule, or show what that would have done."""
    typed = _typed()
    try:
        return save_or_preview(
            lambda session: update_rule(session, rule_id, **typed, by=the_officer().id, now=now()),
            title=_("Changed rule"),
            back=url_for("routing_rules.index"),
            saved=_("Saved."),
        )
    except BadRule as error:
        end_work(error)
        return _page(typed, sentence_for(error)), status_for(error)


@blueprint.post("/<int:rule_id>/switch")
@roles(Role.ADMINISTRATOR)
def switch(rule_id: int) -> ResponseReturnValue:
    """Stop trying a rule, or try it again."""
    act = enable_rule if request.form.get("on") == "1" else disable_rule
    return save_or_preview(
        lambda session: act(session, rule_id, now=now(), by=the_officer().id),
        title=_("Rule on or off"),
        back=url_for("routing_rules.index"),
        saved=_("Saved."),
    )


@blueprint.post("/<int:rule_id>/move")
@roles(Role.ADMINISTRATOR)
def move(rule_id: int) -> ResponseReturnValue:
    """Try a rule earlier or later."""
    places = -1 if request.form.get("where") == "up" else 1
    move_rule(current_session(), rule_id, places, now=now(), by=the_officer().id)
    flash(_("The order was changed."), "success")
    return redirect(url_for("routing_rules.index"), 303)


def _typed() -> dict[str, Any]:
    form = request.form
    kind = form.get("kind", "")
    return {
        "kind": kind if kind in set(RuleKind) else RuleKind.CONTAINS.value,
        "value": form.get("value", "").strip()[:256],
        "department_id": form.get("department", 0, type=int),
        "note": form.get("note", "").strip()[:512],
    }


def _page(typed: dict[str, Any], error: str) -> str:
    rules = all_rules(current_session(), include_disabled=True)
    return render_template(
        "catalogue/rules.html",
        rules=rules,
        names={rule.department_id: department_name(rule.department_id) for rule in rules},
        people={
            person: officer_name(person) for rule in rules for person in (rule.created_by, rule.changed_by)
        },
        kinds=list(RuleKind),
        units=[(unit.id, department_name(unit.id)) for unit in departments().values() if unit.is_open],
        typed=typed,
        error=error,
    )
