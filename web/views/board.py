"""The overdue board: what is late now, what will be today, and which department needs help."""

from datetime import datetime, timedelta

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from inbox.board import Horizon, board
from inbox.case_lists import View
from routing.models import Role
from web.context import current_session, end_of_day, now, viewer
from web.frame import Place
from web.guards import roles
from web.i18n import local

PERIOD = timedelta(days=30)
"""How far the figures of answers and ratings look back."""

blueprint = Blueprint("board", __name__, url_prefix="/board")

PLACES = (Place("board.index", _l("Overdue board"), "speedometer2", order=30),)


@blueprint.get("")
@roles(Role.SUPERVISOR, Role.DISPATCHER, Role.REVIEWER)
def index() -> ResponseReturnValue:
    """Show the figures of everything the officer may see."""
    figures = board(
        current_session(),
        viewer(),
        Horizon(now(), end_of_day(), end_of_week(end_of_day()), now() - PERIOD),
    )
    return render_template("board/index.html", board=figures, views=View, days=PERIOD.days)


def end_of_week(today_ends_at: datetime) -> datetime:
    """Return when the Sunday of this week ends, given when today ends."""
    return today_ends_at + timedelta(days=6 - local(today_ends_at - timedelta(seconds=1)).weekday())
