"""Areas: the administrative tree with the villages, roads and estates that people call places by."""

from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from routing.catalogue_file import split_words
from routing.entries import AreaView, add_area, all_areas, remove_area, update_area
from routing.errors import AreaCycle, CodeTaken
from routing.models import Role
from web.catalogue_change import save_or_preview
from web.context import current_session, end_work
from web.errors import sentence_for, status_for
from web.frame import Place
from web.guards import roles
from web.names import department_name, departments

blueprint = Blueprint("areas", __name__, url_prefix="/areas")

PLACES = (Place("areas.index", _l("Areas"), "geo-alt", "administration", 31),)

READERS = (Role.ADMINISTRATOR, Role.DISPATCHER, Role.SUPERVISOR)


@blueprint.get("")
@roles(*READERS)
def index() -> str:
    """Show the tree."""
    return _page({}, "")


@blueprint.post("")
@roles(Role.ADMINISTRATOR)
def add() -> ResponseReturnValue:
    """Add an area, or show what that would have done."""
    typed = _typed() | {"code": request.form.get("code", "").strip().lower()[:64]}
    if not typed["code"] or not typed["name"]:
        return _page(typed, _("An area needs a code and a name. Nothing was saved.")), 422
    return _saved(lambda session: add_area(session, **typed), typed, _("New area"))


@blueprint.post("/<int:area_id>")
@roles(Role.ADMINISTRATOR)
def change(area_id: int) -> ResponseReturnValue:
    """Change an area, or show what that would have done."""
    typed = _typed()
    if not typed["name"]:
        return _page({}, _("An area needs a name. Nothing was saved.")), 422
    return _saved(lambda session: update_area(session, area_id, **typed), {}, typed["name"])


@blueprint.post("/<int:area_id>/remove")
@roles(Role.ADMINISTRATOR)
def remove(area_id: int) -> ResponseReturnValue:
    """Take an area out of the tree; what lies in it moves up."""
    return _saved(lambda session: remove_area(session, area_id), {}, _("Area taken out"))


def _saved(change: Any, typed: dict[str, Any], title: str) -> ResponseReturnValue:
    try:
        return save_or_preview(change, title=title, back=url_for("areas.index"), saved=_("Saved."))
    except (AreaCycle, CodeTaken) as error:
        end_work(error)
        return _page(typed, sentence_for(error)), status_for(error)


def _typed() -> dict[str, Any]:
    form = request.form
    return {
        "name": form.get("name", "").strip()[:128],
        "aliases": split_words(form.get("aliases", "")),
        "parent_id": form.get("parent", 0, type=int) or None,
        "department_id": form.get("department", 0, type=int) or None,
    }


def _page(typed: dict[str, Any], error: str) -> str:
    areas = all_areas(current_session())
    return render_template(
        "catalogue/areas.html",
        tree=_tree(areas),
        areas=[(area.id, area.name) for area in areas],
        units=[(unit.id, department_name(unit.id)) for unit in departments().values() if unit.is_open],
        names={area.department_id: department_name(area.department_id) for area in areas},
        typed=typed,
        error=error,
    )


def _tree(areas: list[AreaView]) -> list[tuple[AreaView, int]]:
    """Return the areas with their depth, each before what lies in it."""
    below: dict[int | None, list[AreaView]] = {}
    known = {area.id for area in areas}
    for area in areas:
        below.setdefault(area.parent_id if area.parent_id in known else None, []).append(area)
    ordered: list[tuple[AreaView, int]] = []
    waiting = [(area, 0) for area in reversed(below.get(None, []))]
    while waiting:
        area, depth = waiting.pop()
        ordered.append((area, depth))
        waiting += [(inner, depth + 1) for inner in reversed(below.get(area.id, []))]
    return ordered
