"""The overdue board: what is late now, what will be today, and which department needs help."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from enum import StrEnum
from typing import Any

from flask import Blueprint, Response, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import pgettext

from inbox.board import Board, Horizon, board, open_sums
from inbox.case_lists import View, views_for
from inbox.flow import OnTime, daily_flow, on_time_rates, reply_times
from inbox.forecast import DAYS_LOOKED_BACK, forecast
from inbox.urging import may_urge
from routing.models import Role
from web.board_charts import (
    age_chart,
    flow_chart,
    forecast_chart,
    heat_chart,
    on_time_chart,
    reply_time_chart,
)
from web.context import calendar, current_session, end_of_day, now, viewer
from web.fragments import fresh, tag_of
from web.frame import Place
from web.guards import may_open, roles
from web.i18n import local
from web.names import department_name, officer_name
from web.periods import last_days, last_weeks

PERIOD = timedelta(days=30)
"""How far the figures of answers and ratings look back."""

WEEKS, WEEKS_ON_TILE, DAYS, ON_WALL = 26, 8, 30, 8

SEES_FIGURES = (Role.SUPERVISOR, Role.DISPATCHER, Role.REVIEWER, Role.OFFICER, Role.ADMINISTRATOR)
"""Who may see figures: of everything, or of their own department (`inbox.access`)."""

blueprint = Blueprint("board", __name__, url_prefix="/board")

PLACES = (Place("board.index", _l("Overdue board"), "speedometer2", order=30),)


@blueprint.get("")
@roles(*SEES_FIGURES)
def index() -> ResponseReturnValue:
    """Show the figures of everything the officer may see."""
    figures = _figures()
    return render_template(
        "board/index.html", figures=figures, etag=tag_of(figures), tabs=tabs("board.index")
    )


@blueprint.get("/figures")
@roles(*SEES_FIGURES)
def show_figures() -> Response:
    """Show the figures alone, for keeping them fresh."""
    return fresh(_figures())


@blueprint.get("/trends")
@roles(*SEES_FIGURES)
def trends() -> ResponseReturnValue:
    """Show how work flows and whether it is getting better."""
    session, who = current_session(), viewer()
    days = last_days(DAYS)
    return render_template(
        "board/trends.html",
        tabs=tabs("board.trends"),
        flow=flow_chart(daily_flow(session, who, days), list_links()),
        replies=reply_time_chart(reply_times(session, who, (days[0][0], now()))),
        on_time=on_time_chart(since_first(on_time_rates(session, who, last_weeks(WEEKS)))),
        days=DAYS,
    )


def since_first(rates: Sequence[OnTime]) -> Sequence[OnTime]:
    """Leave out the weeks before anything was due: a young office's picture is not half empty."""
    first = next((n for n, rate in enumerate(rates) if rate.due), len(rates))
    return rates[first:]


@blueprint.get("/forecast")
@roles(*SEES_FIGURES)
def show_forecast() -> ResponseReturnValue:
    """Show what will be overdue soon at the present pace, and who has free hands."""
    found = forecast(current_session(), viewer(), calendar(), now=now())
    return render_template(
        "board/forecast.html",
        tabs=tabs("board.show_forecast"),
        found=found,
        looked_back=DAYS_LOOKED_BACK,
        chart=forecast_chart(found),
        department_name=department_name,
        officer_name=officer_name,
        list_url=list_links(),
        views=View,
    )


@blueprint.get("/wall")
@roles(*SEES_FIGURES)
def wall() -> ResponseReturnValue:
    """Show the big figures for a screen on the wall: no names, nothing to click."""
    return render_template("board/wall.html", **_wall())


@blueprint.get("/wall/figures")
@roles(*SEES_FIGURES)
def show_wall() -> Response:
    """Show the wall's figures alone, for keeping them fresh."""
    return fresh(render_template("board/_wall.html", **_wall()))


def horizon() -> Horizon:
    """Return the instants that separate now, today and the period looked back on."""
    return Horizon(now(), end_of_day(), now() - PERIOD)


_QUERY_NAMES = {"department_id": "department", "assignee_id": "officer"}


def list_links() -> Callable[..., str]:
    """Return what writes the addresses of the case lists behind numbers: `link(View.OVERDUE, kind=kind)`.

    A board has hundreds of them, so they are put together from words that need no quoting.
    """
    base = url_for("inbox.index")

    def link(view: View, **narrowed: Any) -> str:
        asked = "".join(
            f"&{_QUERY_NAMES.get(name, name)}={_in_query(value)}" for name, value in narrowed.items()
        )
        return f"{base}?view={view.value}{asked}"

    return link


def _in_query(value: Any) -> str:
    if isinstance(value, tuple):
        return local(value[0]).date().isoformat()
    return value.value if isinstance(value, StrEnum) else str(int(value))


def tabs(current: str) -> list[dict[str, Any]]:
    """Return the pages of figures this person may open."""
    pages = (
        ("board.index", pgettext("figures", "Now"), "speedometer2"),
        ("board.trends", _("Trends"), "graph-up"),
        ("indicators.index", _("Indicators"), "clipboard-data"),
        ("board.show_forecast", _("Forecast"), "calendar2-range"),
        ("bulletins.index", _("Bulletins"), "journal-text"),
    )
    return [
        {"label": label, "url": url_for(endpoint), "active": endpoint == current, "icon": icon}
        for endpoint, label, icon in pages
        if may_open(endpoint)
    ]


def _figures() -> str:
    list_url = list_links()
    figures: Board = board(current_session(), viewer(), horizon())
    rates = on_time_rates(current_session(), viewer(), last_weeks(WEEKS_ON_TILE))
    return render_template(
        "board/_figures.html",
        board=figures,
        views=View,
        offered=views_for(viewer()),
        list_url=list_url,
        days=PERIOD.days,
        urgeable=[row.id for row in figures.worst if may_urge(viewer(), row)],
        rates=rates,
        ages=age_chart(figures.ages, list_url),
        heat=heat_chart(figures, list_url),
    )


def _wall() -> dict[str, Any]:
    total, departments = open_sums(current_session(), viewer(), horizon())
    rates = on_time_rates(current_session(), viewer(), last_weeks(WEEKS_ON_TILE))
    flow = daily_flow(current_session(), viewer(), last_days(1))[0]
    late = [load for load in departments if load.key is not None and load.overdue]
    return {
        "total": total,
        "late": late[:ON_WALL],
        "most": max((load.overdue for load in late), default=0),
        "rates": [rate for rate in rates if rate.share is not None],
        "flow": flow,
        "at": now(),
        "department_name": department_name,
    }
