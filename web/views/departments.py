"""Departments: telephone, threshold, closing, and the duties that decide what is theirs."""

from collections import Counter
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from routing import RoutingFacts, decide
from routing.catalogue_file import split_words
from routing.departments import (
    DepartmentView,
    all_departments,
    close_department,
    create_department,
    department_by_code,
    reopen_department,
    update_department,
)
from routing.entries import add_duty, all_duties, retire_duty, update_duty
from routing.errors import CodeTaken, DepartmentNotFound
from routing.models import DepartmentKind, Role
from routing.officers import all_officers
from web.catalogue_change import save_or_preview
from web.context import current_session, end_work, now, services
from web.errors import sentence_for, status_for
from web.frame import Place
from web.guards import roles
from web.i18n import language
from web.names import name_of

blueprint = Blueprint("departments", __name__, url_prefix="/departments")

PLACES = (Place("departments.index", _l("Departments"), "building", "administration", 30),)

KEEPERS = (Role.ADMINISTRATOR,)
READERS = (Role.ADMINISTRATOR, Role.DISPATCHER, Role.SUPERVISOR)
LONGEST_TRY = 5000


@blueprint.get("")
@roles(*READERS)
def index() -> ResponseReturnValue:
    """List departments and towns, and try where a message would go."""
    session, text = current_session(), request.args.get("try", "").strip()[:LONGEST_TRY]
    units = all_departments(session, include_closed=True)
    tried = (
        decide(services().knowledge.catalogue(session, now=now()), RoutingFacts(text=text)) if text else None
    )
    return render_template(
        "departments/index.html",
        groups=[(kind, [unit for unit in units if unit.kind == kind]) for kind in DepartmentKind],
        officers=Counter(person.department_id for person in all_officers(session)),
        duties=Counter(duty.department_id for duty in all_duties(session)),
        tried=tried,
        text=text,
        names={unit.id: unit.label(language()) for unit in units},
    )


@blueprint.get("/new")
@roles(*KEEPERS)
def new() -> ResponseReturnValue:
    """Show the form for a new department."""
    return _form({"kind": DepartmentKind.DEPARTMENT.value}, {})


@blueprint.post("/new")
@roles(*KEEPERS)
def create() -> ResponseReturnValue:
    """Open a department or a town."""
    typed, errors = _typed()
    typed |= {"code": request.form.get("code", "").strip().lower(), "kind": request.form.get("kind", "")}
    if not typed["code"]:
        errors["code"] = _("A code is needed.")
    if typed["kind"] not in set(DepartmentKind):
        errors["kind"] = _("Choose one.")
    if errors:
        return _form(typed, errors), 422
    try:
        unit = create_department(current_session(), code=typed["code"], kind=typed["kind"], **_values(typed))
    except CodeTaken as error:
        end_work(error)
        return _form(typed, {"code": sentence_for(error)}), status_for(error)
    flash(_("%(name)s was opened. Give it its duties next.", name=unit.label(language())), "success")
    return redirect(url_for("departments.show", code=unit.code))


@blueprint.get("/<code>")
@roles(*READERS)
def show(code: str) -> ResponseReturnValue:
    """Show one department with its people and duties."""
    return _page(_unit(code), None, {})


@blueprint.post("/<code>")
@roles(*KEEPERS)
def change(code: str) -> ResponseReturnValue:
    """Save names, telephone, aliases and threshold."""
    unit, (typed, errors) = _unit(code), _typed()
    if errors:
        return _page(unit, typed, errors), 422
    return save_or_preview(
        lambda session: update_department(session, unit.id, **_values(typed)),
        title=unit.label(language()),
        back=url_for("departments.show", code=code),
        saved=_("Saved."),
    )


@blueprint.get("/<code>/close")
@roles(*KEEPERS)
def ask_to_close(code: str) -> ResponseReturnValue:
    """Ask before nothing is routed to a department any more."""
    unit = _unit(code)
    return render_template("departments/close.html", unit=unit, name=unit.label(language()))


@blueprint.post("/<code>/close")
@roles(*KEEPERS)
def close(code: str) -> ResponseReturnValue:
    """Route nothing to a department any more; its open cases stay with it until the dispatcher moves them."""
    close_department(current_session(), _unit(code).id, now=now())
    flash(
        _("Nothing goes to this department any more. Its open cases are still there to be moved."), "success"
    )
    return redirect(url_for("departments.show", code=code))


@blueprint.post("/<code>/reopen")
@roles(*KEEPERS)
def reopen(code: str) -> ResponseReturnValue:
    """Route to a closed department again."""
    reopen_department(current_session(), _unit(code).id)
    flash(_("The department takes cases again."), "success")
    return redirect(url_for("departments.show", code=code))


@blueprint.post("/<code>/duties")
@roles(*KEEPERS)
def add(code: str) -> ResponseReturnValue:
    """Add a duty with the everyday words for it."""
    unit, duty = _unit(code), _duty()
    if not duty["title"] or not duty["words"]:
        flash(
            _("A duty needs its title and at least one word people use for it. Nothing was saved."), "danger"
        )
        return redirect(url_for("departments.show", code=code) + "#new-duty")
    own = all_duties(current_session(), department_id=unit.id, include_retired=True)
    return save_or_preview(
        lambda session: add_duty(
            session,
            code=f"{unit.code}-{len(own) + 1}-{int(now().timestamp())}",
            department_id=unit.id,
            position=max((entry.position for entry in own), default=0) + 1,
            **duty,
        ),
        title=_("New duty: %(title)s", title=duty["title"]),
        back=url_for("departments.show", code=code) + "#duties",
        saved=_("The duty was added. It counts for the next message."),
    )


@blueprint.post("/<code>/duties/<int:duty_id>")
@roles(*KEEPERS)
def change_duty(code: str, duty_id: int) -> ResponseReturnValue:
    """Change a duty's title, words, basis, or whether it is this department's alone."""
    duty = _duty()
    if not duty["title"] or not duty["words"]:
        flash(
            _("A duty needs its title and at least one word people use for it. Nothing was saved."), "danger"
        )
        return redirect(url_for("departments.show", code=code) + f"#duty-{duty_id}")
    return save_or_preview(
        lambda session: update_duty(session, duty_id, **duty),
        title=duty["title"],
        back=url_for("departments.show", code=code) + f"#duty-{duty_id}",
        saved=_("Saved."),
    )


@blueprint.post("/<code>/duties/<int:duty_id>/retire")
@roles(*KEEPERS)
def retire(code: str, duty_id: int) -> ResponseReturnValue:
    """Stop routing by a duty; decisions that cite it keep it."""
    return save_or_preview(
        lambda session: retire_duty(session, duty_id, now=now()),
        title=_("A duty that no longer counts"),
        back=url_for("departments.show", code=code) + "#duties",
        saved=_("The duty no longer counts. Decisions that cite it keep it."),
    )


def _unit(code: str) -> DepartmentView:
    unit = department_by_code(current_session(), code)
    if unit is None:
        raise DepartmentNotFound(code)
    return unit


def _typed() -> tuple[dict[str, Any], dict[str, str]]:
    form, errors = request.form, {}
    typed: dict[str, Any] = {name: form.get(name, "").strip() for name in ("name", "name_en", "phone")}
    typed["aliases"] = tuple(split_words(form.get("aliases", "")))
    typed["threshold"] = None
    if form.get("threshold", "").strip():
        typed["threshold"] = form.get("threshold", type=float)
        if typed["threshold"] is None or not 0 <= typed["threshold"] <= 100:
            errors["threshold"] = _("Write a percentage from 0 to 100, or leave it empty.")
    if not typed["name"]:
        errors["name"] = _("A name is needed.")
    return typed, errors


def _values(typed: dict[str, Any]) -> dict[str, Any]:
    threshold = typed["threshold"]
    values = {name: typed[name] for name in ("name", "name_en", "phone", "aliases")}
    return values | {"threshold": None if threshold is None else threshold / 100}


def _duty() -> dict[str, Any]:
    return {
        "title": request.form.get("title", "").strip(),
        "words": tuple(split_words(request.form.get("words", ""))),
        "basis": request.form.get("basis", "").strip(),
        "exclusive": request.form.get("exclusive") == "1",
    }


def _form(typed: dict[str, Any], errors: dict[str, str]) -> str:
    return render_template("departments/new.html", typed=typed, errors=errors, kinds=list(DepartmentKind))


def _page(unit: DepartmentView, typed: dict[str, Any] | None, errors: dict[str, str]) -> str:
    people = all_officers(current_session(), department_id=unit.id)
    shown = typed or {
        "name": unit.name,
        "name_en": unit.name_en,
        "phone": unit.phone,
        "aliases": unit.aliases,
        "threshold": None if unit.threshold is None else round(unit.threshold * 100),
    }
    return render_template(
        "departments/show.html",
        unit=unit,
        name=unit.label(language()),
        typed=shown,
        errors=errors,
        people=[(person, name_of(person)) for person in people],
        duties=all_duties(current_session(), department_id=unit.id),
    )
