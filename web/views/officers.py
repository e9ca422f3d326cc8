"""Officers: who may sign in, with which roles; new ones, changes, new passwords, and leaving in one action."""

import secrets
from typing import Any

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from inbox.leaving import LeavingPlan, burden_of, off_board
from routing.errors import LoginTaken, OfficerNotFound, RoutingError
from routing.models import Role
from routing.officers import (
    OfficerView,
    all_officers,
    create_officer,
    enable_officer,
    end_sessions,
    officer_by_id,
    set_password,
    update_officer,
)
from web.context import current_session, end_work, now, the_officer, viewer
from web.errors import sentence_for, status_for
from web.frame import Place
from web.guards import roles
from web.i18n import LOCALES
from web.names import department_choices, name_of
from web.signing_in import begin_session

blueprint = Blueprint("officers", __name__, url_prefix="/officers")

PLACES = (Place("officers.index", _l("Officers"), "people", "administration", 20),)

_BOXES = ("name", "name_en", "phone", "locale")


@blueprint.get("")
@roles(Role.ADMINISTRATOR)
def index() -> ResponseReturnValue:
    """List the officers of every department, or of one, or with one role."""
    department_id = request.args.get("department", type=int)
    role, gone = request.args.get("role", ""), request.args.get("gone") == "1"
    people = all_officers(
        current_session(),
        department_id=department_id,
        role=role if role in set(Role) else None,
        include_disabled=gone,
    )
    words = request.args.get("q", "").strip()
    asked = {"department": department_id, "role": role, "gone": gone, "words": words}
    return render_template(
        "officers/index.html",
        people=[p for p in people if _fits(p, words)],
        asked=asked,
        **_choices(),
    )


@blueprint.get("/new")
@roles(Role.ADMINISTRATOR)
def new() -> ResponseReturnValue:
    """Show the form for a new officer."""
    typed = {
        "roles": [Role.OFFICER.value],
        "locale": "zh_CN",
        "department_id": request.args.get("department"),
    }
    return render_template("officers/form.html", officer=None, typed=typed, errors={}, **_choices())


@blueprint.post("/new")
@roles(Role.ADMINISTRATOR)
def create() -> ResponseReturnValue:
    """Add an officer with a first password, which is shown once."""
    typed = {**_typed(), "login": request.form.get("login", "").strip().lower()}
    errors = _problems(typed, is_new=True)
    if errors:
        return _form(None, typed, errors), 422
    password = _first_password()
    try:
        officer = create_officer(
            current_session(), login=str(typed["login"]), password=password, now=now(), **_values(typed)
        )
    except LoginTaken as error:
        end_work(error)
        return _form(None, typed, {"login": sentence_for(error)}), status_for(error)
    return _shown_once(officer, password)


@blueprint.get("/<int:officer_id>")
@roles(Role.ADMINISTRATOR)
def show(officer_id: int) -> ResponseReturnValue:
    """Show one officer with everything that can be changed."""
    return _form(_officer(officer_id), None, {})


@blueprint.post("/<int:officer_id>")
@roles(Role.ADMINISTRATOR)
def change(officer_id: int) -> ResponseReturnValue:
    """Save name, department, roles and the rest; new roles end the officer's sessions."""
    officer, typed = _officer(officer_id), _typed()
    errors = _problems(typed, is_new=False)
    if errors:
        return _form(officer, typed, errors), 422
    try:
        changed = update_officer(current_session(), officer_id, **_values(typed))
    except RoutingError as error:
        end_work(error)
        return _form(officer, typed, {"roles": sentence_for(error)}), status_for(error)
    if officer_id == the_officer().id:
        begin_session(changed)  # who changes their own roles goes on working
    flash(_("%(name)s was saved.", name=name_of(changed)), "success")
    return redirect(url_for("officers.index"))


@blueprint.post("/<int:officer_id>/password")
@roles(Role.ADMINISTRATOR)
def renew_password(officer_id: int) -> ResponseReturnValue:
    """Give an officer who forgot it a new password, shown once; open sessions end."""
    password = _first_password()
    officer = set_password(current_session(), officer_id, password)
    if officer_id == the_officer().id:
        begin_session(officer)
    return _shown_once(officer, password)


@blueprint.post("/<int:officer_id>/sessions/end")
@roles(Role.ADMINISTRATOR)
def sign_out_everywhere(officer_id: int) -> ResponseReturnValue:
    """End every session of an officer who goes on working, after a lost telephone for example."""
    officer = end_sessions(current_session(), officer_id)
    flash(_("%(name)s was signed out everywhere.", name=name_of(officer)), "success")
    return redirect(url_for("officers.show", officer_id=officer_id))


@blueprint.get("/<int:officer_id>/leave")
@roles(Role.ADMINISTRATOR)
def ask_to_leave(officer_id: int) -> ResponseReturnValue:
    """Ask before an officer's access ends: who takes over, which secrets change."""
    officer = _officer(officer_id)
    colleagues = all_officers(current_session(), department_id=officer.department_id, role=Role.OFFICER)
    return render_template(
        "officers/leave.html",
        officer=officer,
        name=name_of(officer),
        burden=burden_of(current_session(), officer_id),
        colleagues=[(c.id, name_of(c)) for c in colleagues if c.id != officer_id and officer.department_id],
    )


@blueprint.post("/<int:officer_id>/leave")
@roles(Role.ADMINISTRATOR)
def leave(officer_id: int) -> ResponseReturnValue:
    """Off-board in one action: access and sessions end, cases are handed over, secrets change."""
    plan = LeavingPlan(request.form.get("successor", type=int), frozenset(request.form.getlist("account")))
    leaving = off_board(current_session(), viewer(), officer_id, plan, now=now())
    page = render_template("officers/left.html", name=name_of(_officer(officer_id)), leaving=leaving)
    return _not_kept(page)


@blueprint.post("/<int:officer_id>/return")
@roles(Role.ADMINISTRATOR)
def let_return(officer_id: int) -> ResponseReturnValue:
    """Let a disabled officer sign in again."""
    officer = enable_officer(current_session(), officer_id)
    flash(_("%(name)s may sign in again.", name=name_of(officer)), "success")
    return redirect(url_for("officers.show", officer_id=officer_id))


def _officer(officer_id: int) -> OfficerView:
    officer = officer_by_id(current_session(), officer_id)
    if officer is None:
        raise OfficerNotFound(officer_id)
    return officer


def _typed() -> dict[str, Any]:
    typed: dict[str, Any] = {name: request.form.get(name, "").strip() for name in _BOXES}
    typed["department_id"] = request.form.get("department_id", type=int)
    typed["roles"] = request.form.getlist("roles")
    typed["is_vendor"] = request.form.get("is_vendor") == "1"
    return typed


def _values(typed: dict[str, Any]) -> dict[str, Any]:
    """Return the fields an administrator may set, and nothing else that a form may carry."""
    return {name: typed[name] for name in (*_BOXES, "department_id", "roles", "is_vendor")}


def _problems(typed: dict[str, Any], *, is_new: bool) -> dict[str, str]:
    problems = {}
    if is_new and not typed["login"]:
        problems["login"] = _("A login name is needed.")
    if not typed["name"]:
        problems["name"] = _("A name is needed.")
    if not typed["roles"] or not set(typed["roles"]) <= set(Role):
        problems["roles"] = _("Choose at least one role.")
    if {Role.OFFICER, Role.REVIEWER} & set(typed["roles"]) and typed["department_id"] is None:
        problems["department_id"] = _("Officers and reviewers belong to a department.")
    if typed["locale"] not in LOCALES:
        problems["locale"] = _("Choose a language.")
    return problems


def _form(officer: OfficerView | None, typed: dict[str, Any] | None, errors: dict[str, str]) -> str:
    name = name_of(officer) if officer else ""
    return render_template(
        "officers/form.html", officer=officer, name=name, typed=typed or officer, errors=errors, **_choices()
    )


def _choices() -> dict[str, Any]:
    return {"departments": department_choices(), "all_roles": list(Role), "locales": list(LOCALES.items())}


def _fits(officer: OfficerView, words: str) -> bool:
    where = f"{officer.name} {officer.name_en} {officer.login} {officer.phone}".lower()
    return all(word in where for word in words.lower().split())


def _first_password() -> str:
    return secrets.token_urlsafe(9)


def _shown_once(officer: OfficerView, password: str) -> Response:
    return _not_kept(
        render_template("officers/password.html", officer=officer, name=name_of(officer), password=password)
    )


def _not_kept(page: str) -> Response:
    """Answer with a page that holds a secret, so that no cache keeps it."""
    response: Response = make_response(page)
    response.headers["Cache-Control"] = "no-store"
    return response
