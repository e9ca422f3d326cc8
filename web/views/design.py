"""The design page: every component in every state, with the kind of text it will carry. It shows no real data."""

import json
from datetime import timedelta
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import pgettext

from inbox.kinds import Kind
from inbox.models import CaseState, Platform
from routing.models import Role
from web.charts import Chart, ChartKind, Series
from web.context import now
from web.frame import Frame
from web.guards import public

blueprint = Blueprint("design", __name__, url_prefix="/design")

_SAMPLES = Path(__file__).parents[1] / "templates" / "design" / "samples.json"


@blueprint.get("")
@public
def show_components() -> str:
    """Show every component in every state."""
    return _page("components.html")


@blueprint.get("/inbox")
@public
def show_inbox() -> str:
    """Show the three panes with a case open, as an officer sees them."""
    return _page("inbox.html")


@blueprint.get("/board")
@public
def show_board() -> str:
    """Show a page of figures and a table, as a supervisor sees them."""
    return _page("board.html")


@blueprint.get("/citizen")
@public
def show_citizen() -> str:
    """Show the pages of a citizen: the form and the tracking page."""
    return render_template("design/citizen.html", s=_samples(), rows=_rows())


@blueprint.get("/confirm")
@public
def show_confirm() -> str:
    """Show a question as a page of its own; the design page opens it as a dialog."""
    return _page("confirm.html")


@blueprint.post("/draft")
@public
def save_draft() -> dict[str, int]:
    """Answer as an autosave of a draft does; nothing is kept."""
    return {"revision": request.form.get("revision", 0, type=int) + 1}


def _page(template: str) -> str:
    return render_template(
        f"design/{template}", s=_samples(), rows=_rows(), frame=_frame(), all=_codes(), charts=_charts()
    )


def _charts() -> dict[str, Chart]:
    """Return one chart of each kind."""
    days = [f"11-{day:02d}" for day in range(2, 14)]
    came, left = (
        [31, 28, 40, 36, 33, 12, 9, 38, 41, 35, 30, 27],
        [22, 30, 33, 38, 31, 4, 2, 35, 44, 39, 33, 29],
    )
    kinds = [_("Complaint"), _("Inquiry"), _("Suggestion")]
    share = [0.93, 0.95, 0.91, 0.94, 0.96, 0.95, 0.82, 0.94, 0.95, 0.97, 0.96, 0.95]
    return {
        "lines": Chart(
            ChartKind.LINES,
            _("Day"),
            days,
            [Series(_("Arrived"), came), Series(pgettext("figures", "Closed"), left, "done")],
            _("More was closed than arrived in the second week."),
        ),
        "across": Chart(
            ChartKind.ACROSS,
            _("Kind"),
            kinds,
            [Series(_("Open"), [48, 31, 9])],
            _("Half of it is complaints."),
        ),
        "control": Chart(
            ChartKind.CONTROL,
            _("Week"),
            days,
            [
                Series(_("On time"), share),
                Series(_("Lower limit"), [0.89] * 12, "late", "dashed"),
                Series(_("Mean"), [0.943] * 12, "plain", "dotted"),
            ],
            _("One week lies below the lower limit: there was a reason for it."),
            is_share=True,
        ),
        "heat": Chart(
            ChartKind.HEAT,
            _("Kind"),
            kinds,
            [Series("县住建局", [12, 3, 1]), Series("县水务局", [4, 7, 0]), Series("石栖镇", [0, 2, 5])],
            _("Complaints about housing stand out."),
        ),
    }


@cache
def _samples() -> dict[str, Any]:
    samples: dict[str, Any] = json.loads(_SAMPLES.read_text(encoding="utf-8"))
    return samples


def _rows() -> list[dict[str, Any]]:
    return [
        {
            **row,
            "kind": Kind(row["kind"]),
            "platform": Platform(row["platform"]),
            "state": CaseState(row["state"]),
            "received_at": now() - timedelta(minutes=row["minutes_ago"]),
        }
        for row in _samples()["rows"]
    ]


def _codes() -> dict[str, list[Any]]:
    return {"kinds": list(Kind), "states": list(CaseState), "platforms": list(Platform)}


def _frame() -> SimpleNamespace:
    """Return a frame as an officer has it, whoever looks."""
    own = Frame()
    return SimpleNamespace(
        officer=SimpleNamespace(name="沈一诺", roles=frozenset({Role.OFFICER, Role.REVIEWER})),
        locale=own.locale,
        other_locales=own.other_locales,
        theme=own.theme,
        here=own.here,
        due=SimpleNamespace(overdue=3, today=5),
        sections=_sections(),
        url=lambda endpoint, **_values: None,
    )


def _sections() -> list[tuple[str, list[SimpleNamespace]]]:
    work = [
        _place(_("Inbox"), "inbox", "show_inbox", 24),
        _place(_("Triage desk"), "signpost-split", "show_confirm", 7),
        _place(_("Reviews"), "check2-square", "show_citizen", 3),
        _place(_("Overdue"), "speedometer2", "show_board", 12, alarming=True),
    ]
    knowledge = [_place(_("Articles"), "journal-text", "show_components")]
    return [(_("Work"), work), (_("Knowledge"), knowledge)]


def _place(
    label: str, icon: str, view: str, count: int | None = None, alarming: bool = False
) -> SimpleNamespace:
    url = url_for(f"design.{view}")
    return SimpleNamespace(
        label=label, icon=icon, url=url, count=count, alarming=alarming, current=request.path == url
    )
