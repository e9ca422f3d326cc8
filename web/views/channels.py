"""Ways out of the house for notices: robots of chat groups, and what did not arrive."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from inbox.errors import RobotRefused
from inbox.notice_models import RobotKind
from inbox.notice_robots import (
    NewRobot,
    RobotChange,
    add_robot,
    change_robot,
    list_robots,
    remove_robot,
    robot_view,
    try_robot,
)
from inbox.notice_sending import failed_count, failed_sends, let_go, send_again
from inbox.quiet_hours import FROM, UNTIL
from routing.models import Role
from web.context import current_session, end_work, now, services, viewer
from web.errors import sentence_for, status_for
from web.frame import Place
from web.guards import roles
from web.names import department_choices, department_name, officer_name
from web.notice_words import line_of
from web.words import word

blueprint = Blueprint("channels", __name__, url_prefix="/channels")

FIELDS = {"name": "name", "address": "url", "quiet": "quiet_until"}
"""Beside which field of the form a refusal stands."""

PLACES = (
    Place(
        "channels.index",
        _l("Notice channels"),
        "broadcast",
        "administration",
        45,
        failed_count,
        alarming=True,
    ),
)


@blueprint.get("")
@roles(Role.ADMINISTRATOR)
def index() -> ResponseReturnValue:
    """Show the robots, the mail server and what did not arrive."""
    return _page({}, {})


@blueprint.post("/robots")
@roles(Role.ADMINISTRATOR)
def add() -> ResponseReturnValue:
    """Keep a robot."""
    kind = request.form.get("kind", type=RobotKind)
    if kind is None:
        return _page(request.form, {"kind": _("Choose whose robot it is.")}), 422
    new = NewRobot(
        request.form.get("name", ""),
        kind,
        request.form.get("url", ""),
        request.form.get("secret", ""),
        request.form.get("department", type=int),
        **_quiet(),
    )
    try:
        robot = add_robot(current_session(), viewer(), new, origins=_origins(), now=now())
    except RobotRefused as error:
        end_work(error)
        return _page(request.form, {FIELDS[error.field]: sentence_for(error)}), status_for(error)
    flash(_("%(name)s was added. Send a test through it now.", name=robot.name), "success")
    return redirect(url_for("channels.index"), 303)


@blueprint.get("/robots/<int:robot_id>")
@roles(Role.ADMINISTRATOR)
def edit(robot_id: int) -> ResponseReturnValue:
    """Show what can be changed of a robot."""
    return _form(robot_id, {}, {})


@blueprint.post("/robots/<int:robot_id>")
@roles(Role.ADMINISTRATOR)
def change(robot_id: int) -> ResponseReturnValue:
    """Change a robot; what is left empty of its secrets stays as it is."""
    wanted = RobotChange(
        request.form.get("name", ""),
        request.form.get("department", type=int),
        url=request.form.get("url", ""),
        secret=request.form.get("secret") or None,
        **_quiet(),
    )
    try:
        robot = change_robot(current_session(), viewer(), robot_id, wanted, origins=_origins())
    except RobotRefused as error:
        end_work(error)
        return _form(robot_id, request.form, {FIELDS[error.field]: sentence_for(error)}), status_for(error)
    flash(_("%(name)s was changed.", name=robot.name), "success")
    return redirect(url_for("channels.index"), 303)


@blueprint.post("/robots/<int:robot_id>/test")
@roles(Role.ADMINISTRATOR)
def test(robot_id: int) -> ResponseReturnValue:
    """Send a test through a robot."""
    try_robot(current_session(), viewer(), robot_id, now=now())
    flash(_("A test is on its way. What came of it stands beside the robot in a moment."), "success")
    return redirect(url_for("channels.index"), 303)


@blueprint.post("/robots/<int:robot_id>/remove")
@roles(Role.ADMINISTRATOR)
def remove(robot_id: int) -> ResponseReturnValue:
    """Use a robot no more."""
    remove_robot(current_session(), viewer(), robot_id, now=now())
    flash(_("The robot is used no more, and its address was forgotten."), "success")
    return redirect(url_for("channels.index"), 303)


@blueprint.post("/sends/<int:send_id>")
@roles(Role.ADMINISTRATOR)
def deal_with(send_id: int) -> ResponseReturnValue:
    """Send what did not arrive once more, or let it go."""
    again = request.form.get("do") == "again"
    done = (send_again if again else let_go)(current_session(), send_id, now=now())
    if done:
        flash(_("It is being sent again.") if again else _("It stays unsent."), "success")
    else:
        flash(_("Somebody has dealt with it already."), "info")
    return redirect(url_for("channels.index"), 303)


def _origins() -> list[str]:
    return services().settings.robot_origins.split()


def _quiet() -> dict[str, str]:
    return {name: request.form.get(name, "") for name in ("quiet_from", "quiet_until")}


def _form(robot_id: int, typed: Any, errors: dict[str, str]) -> str:
    return render_template(
        "channels/robot.html",
        robot=robot_view(current_session(), viewer(), robot_id),
        departments=department_choices(),
        origins=_origins(),
        typed=typed,
        errors=errors,
    )


def _page(typed: Any, errors: dict[str, str]) -> str:
    failed = failed_sends(current_session())
    settings = services().settings
    return render_template(
        "channels/index.html",
        robots=list_robots(current_session()),
        kinds=[(kind.value, word(kind)) for kind in RobotKind],
        departments=department_choices(),
        department_name=department_name,
        failed=[(each, line_of(each.kind, each.params).text) for each in failed],
        officer_name=officer_name,
        mail_host=settings.smtp_host,
        mail_from=settings.mail_from,
        origins=_origins(),
        quiet=(FROM, UNTIL),
        typed=typed,
        errors=errors,
    )
