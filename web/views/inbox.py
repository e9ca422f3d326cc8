"""The inbox: saved views with counts, the list, and beside it the case that was chosen."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from inbox.case_lists import BOARD_VIEWS, Between, CasePage, Filters, View, list_cases, views_for
from inbox.kinds import Kind
from inbox.models import Platform
from inbox.time_steps import Age
from inbox.urging import may_urge
from routing.models import Role
from routing.officers import all_officers
from web.case_page import case_page, with_deadlines, with_holder
from web.context import current_session, end_of_day, now, time_zone, viewer
from web.fragments import fresh
from web.frame import Place, current_frame
from web.guards import roles
from web.i18n import format_day, local
from web.names import department_choices, department_name, name_of, officer_name
from web.words import word

blueprint = Blueprint("inbox", __name__)

WORKS_WITH_CASES = (Role.DISPATCHER, Role.OFFICER, Role.REVIEWER, Role.SUPERVISOR, Role.ADMINISTRATOR)

PLACES = (Place("inbox.index", _l("Inbox"), "inbox", order=10),)

VIEWS: dict[View, tuple[Any, str, str | None]] = {
    View.TRIAGE_DESK: (_l("To be assigned"), "signpost-split", None),
    View.MINE: (_l("Mine"), "person", None),
    View.UNCLAIMED: (_l("Unclaimed"), "hand-index", None),
    View.DEPARTMENT: (_l("My department"), "building", None),
    View.DUE_TODAY: (_l("Due today"), "clock", "soon"),
    View.OVERDUE: (_l("Overdue"), "alarm", "late"),
    View.DUE_THIS_WEEK: (_l("Due this week"), "calendar-week", None),
    View.OPEN: (_l("Open"), "inbox", None),
    View.IN_REVIEW: (_l("Waiting for review"), "eye", None),
    View.WAITING_FOR_CITIZEN: (_l("To be rated"), "star", None),
    View.RETURNED: (_l("Returned"), "arrow-return-left", None),
    View.CO_HANDLING: (_l("To co-handle"), "people", None),
    View.MY_TASKS: (_l("My tasks"), "cone-striped", None),
    View.SPAM: (_l("Spam"), "slash-circle", None),
    View.CLOSED: (_l("Closed"), "check2-all", None),
    View.ALL: (_l("All"), "inboxes", None),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for: a view, narrowed, a page of it, and the case beside it."""

    view: View
    filters: Filters
    page: int = 1
    case_id: int | None = None

    def url(self, **changes: Any) -> str:
        """Return the address of the same list with something changed; a new list starts at its first page."""
        narrowed = Filters.__dataclass_fields__.keys() & changes.keys()
        filters = replace(self.filters, **{name: changes.pop(name) for name in narrowed})
        if narrowed or "view" in changes:
            changes = {"page": 1, **changes}
        return url_for("inbox.index") + _query(replace(self, filters=filters, **changes))

    def page_url(self, number: int) -> str:
        """Return the address of another page of the list; the case stays behind."""
        return self.url(page=number, case_id=None)

    def fragment(self, endpoint: str) -> str:
        """Return the address that keeps a part of this page fresh."""
        return url_for(endpoint) + _query(self)


@blueprint.get("/inbox")
@roles(*WORKS_WITH_CASES)
def index() -> Response | str:
    """Show the three panes, or only the case's for a click that asked for it."""
    asked = read_asked()
    page = case_page(asked.case_id, back=asked.url()) if asked.case_id else None
    if _wants_case_only():
        return render_template("inbox/_case_pane.html", page=page, asked=asked)
    return render_template("inbox/index.html", page=page, **_list(asked), **_views(asked), **_choices(asked))


@blueprint.get("/inbox/list")
@roles(*WORKS_WITH_CASES)
def show_list() -> Response:
    """Show the list alone, for keeping it fresh."""
    return fresh(render_template("inbox/_list.html", **_list(read_asked())))


@blueprint.get("/inbox/views")
@roles(*WORKS_WITH_CASES)
def show_views() -> Response:
    """Show the saved views with their counts, for keeping them fresh."""
    return fresh(render_template("inbox/_views.html", **_views(read_asked())))


def read_asked() -> Asked:
    """Read the address; what it does not say, or says wrongly, is the officer's first view."""
    args = request.args
    filters = Filters(
        query=args.get("q", "").strip()[:100],
        kind=_member(Kind, args.get("kind")),
        platform=_member(Platform, args.get("channel")),
        department_id=args.get("department", type=int),
        assignee_id=args.get("officer", type=int),
        age=_member(Age, args.get("age")),
        unassigned="unassigned" in args,
        unclaimed="unclaimed" in args,
        received=read_day(args.get("received")),
        replied=read_day(args.get("replied")),
    )
    return Asked(
        view=_chosen_view(args.get("view"), is_search=bool(filters.query)),
        filters=filters,
        page=max(1, args.get("page", 1, type=int)),
        case_id=args.get("case", type=int),
    )


def _chosen_view(named: str | None, *, is_search: bool) -> View:
    offered = (*views_for(viewer()), *BOARD_VIEWS)
    if named in [view.value for view in offered]:
        return View(named)
    if is_search:
        return View.ALL
    first = {Role.DISPATCHER: View.TRIAGE_DESK, Role.OFFICER: View.MINE, Role.REVIEWER: View.IN_REVIEW}
    wanted = [view for role, view in first.items() if viewer().has(role)]
    return wanted[0] if wanted else View.OVERDUE


def _list(asked: Asked) -> dict[str, Any]:
    found: CasePage = list_cases(
        current_session(),
        viewer(),
        asked.view,
        asked.filters,
        now=now(),
        end_of_day=end_of_day(),
        page=asked.page,
    )
    rows = [
        (with_holder(row) if viewer().sees_everything else row, deadline)
        for row, deadline in with_deadlines(found.rows)
    ]
    return {
        "asked": asked,
        "found": found,
        "rows": rows,
        "urgeable": _urgeable(asked, found),
        "title": VIEWS[asked.view][0],
        "applied": _applied(asked),
    }


def _urgeable(asked: Asked, found: CasePage) -> list[int]:
    """Return which cases of the overdue list a person may tick to urge their departments."""
    if asked.view is not View.OVERDUE:
        return []
    return [row.id for row in found.rows if may_urge(viewer(), row)]


def _views(asked: Asked) -> dict[str, Any]:
    counts = current_frame().view_counts
    shown = [
        {
            "label": VIEWS[view][0],
            "url": Asked(view, Filters()).url(),
            "icon": VIEWS[view][1],
            "tone": VIEWS[view][2],
            "count": None if view not in counts else counts[view] if counts[view] < 1000 else "999+",
            "active": view == asked.view,
        }
        for view in views_for(viewer())
    ]
    return {"views": shown}


def _choices(asked: Asked) -> dict[str, Any]:
    who = viewer()
    unit = asked.filters.department_id if who.sees_everything else who.department_id
    people = all_officers(current_session(), department_id=unit, role=Role.OFFICER) if unit else []
    return {
        "kinds": [(kind.value, word(kind)) for kind in Kind],
        "platforms": [(platform.value, word(platform)) for platform in Platform],
        "departments": department_choices() if who.sees_everything else [],
        "officers": [(officer.id, name_of(officer)) for officer in people],
    }


def _applied(asked: Asked) -> list[tuple[str, str]]:
    """Return what the list is narrowed to, each with the address that leaves it away."""
    filters = asked.filters
    applied = []
    if filters.query:
        applied.append((str(_("“%(text)s”", text=filters.query)), asked.url(query="")))
    if filters.kind:
        applied.append((word(filters.kind), asked.url(kind=None)))
    if filters.platform:
        applied.append((word(filters.platform), asked.url(platform=None)))
    if filters.department_id:
        label = department_name(filters.department_id)
        applied.append((label, asked.url(department_id=None, assignee_id=None)))
    if filters.assignee_id:
        applied.append((officer_name(filters.assignee_id), asked.url(assignee_id=None)))
    return applied + _applied_from_board(asked)


def _applied_from_board(asked: Asked) -> list[tuple[str, str]]:
    """Return what a number of the board has narrowed the list to."""
    filters = asked.filters
    applied = []
    if filters.unassigned:
        applied.append((str(_("without department")), asked.url(unassigned=False)))
    if filters.unclaimed:
        applied.append((str(_("without officer")), asked.url(unclaimed=False)))
    if filters.age:
        applied.append((word(filters.age), asked.url(age=None)))
    if filters.received:
        day = format_day(filters.received[0])
        applied.append((str(_("received on %(day)s", day=day)), asked.url(received=None)))
    if filters.replied:
        day = format_day(filters.replied[0])
        applied.append((str(_("answered on %(day)s", day=day)), asked.url(replied=None)))
    return applied


def _query(asked: Asked) -> str:
    filters = asked.filters
    values = {
        "view": asked.view.value,
        "q": filters.query,
        "kind": filters.kind.value if filters.kind else None,
        "channel": filters.platform.value if filters.platform else None,
        "department": filters.department_id,
        "officer": filters.assignee_id,
        "age": filters.age.value if filters.age else None,
        "unassigned": int(filters.unassigned),
        "unclaimed": int(filters.unclaimed),
        "received": local(filters.received[0]).date().isoformat() if filters.received else None,
        "replied": local(filters.replied[0]).date().isoformat() if filters.replied else None,
        "page": asked.page if asked.page > 1 else None,
        "case": asked.case_id,
    }
    return "?" + urlencode({name: value for name, value in values.items() if value})


def read_day(value: str | None) -> Between | None:
    """Return the instants between which a day of the deployment's time zone lies; None for what is no day."""
    try:
        day = date.fromisoformat(value or "")
    except ValueError:
        return None
    start = datetime.combine(day, time.min, time_zone())
    return start, datetime.combine(day + timedelta(days=1), time.min, time_zone())


def _member(enumeration: Any, value: str | None) -> Any:
    return enumeration(value) if value in [member.value for member in enumeration] else None


def _wants_case_only() -> bool:
    headers = request.headers
    return headers.get("HX-Target") == "case" and "HX-History-Restore-Request" not in headers
