"""Conflicts: two published answers to one question, to be merged or told apart."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from knowledge_base.article_view import article_view
from knowledge_base.conflicts import (
    conflict_by_id,
    conflict_count,
    conflicts_page,
    merge_articles,
    reopen_conflict,
    tell_apart,
)
from knowledge_base.models import ConflictState
from knowledge_base.revisions import compare_contents
from routing.models import Role
from web.article_names import FIELD_NAMES
from web.context import current_session, now, the_officer, today
from web.frame import Place
from web.guards import roles
from web.names import department_names

blueprint = Blueprint("conflicts", __name__, url_prefix="/conflicts")

PLACES = (
    Place(
        "conflicts.index",
        _l("Conflicts"),
        "intersect",
        "knowledge",
        22,
        count=lambda session, _viewer, _now: conflict_count(session),
    ),
)

PAGE_SIZE = 15
TABS: tuple[tuple[ConflictState, Any], ...] = (
    (ConflictState.OPEN, _l("To decide")),
    (ConflictState.APART, _l("Told apart")),
    (ConflictState.MERGED, _l("Merged")),
)


@blueprint.get("")
@roles(Role.EDITOR)
def index() -> ResponseReturnValue:
    """List the pairs, the most alike first."""
    state = request.args.get("state", ConflictState.OPEN, type=ConflictState)
    page = conflicts_page(
        current_session(),
        state=state,
        number=request.args.get("page", 1, type=int),
        size=PAGE_SIZE,
    )
    return render_template(
        "conflicts/index.html", page=page, state=state, tabs=TABS, owners=department_names()
    )


@blueprint.get("/<int:conflict_id>")
@roles(Role.EDITOR)
def show(conflict_id: int) -> ResponseReturnValue:
    """Show the two articles side by side, with what differs marked."""
    session = current_session()
    conflict = conflict_by_id(session, conflict_id)
    sides = [
        article_view(session, side.article_id, today=today()) for side in (conflict.first, conflict.second)
    ]
    contents = [side.live or side.newest for side in sides]
    return render_template(
        "conflicts/show.html",
        conflict=conflict,
        sides=sides,
        differences=compare_contents(*contents),
        names=FIELD_NAMES,
    )


@blueprint.post("/<int:conflict_id>/merge")
@roles(Role.EDITOR)
def merge(conflict_id: int) -> ResponseReturnValue:
    """Keep one of the two and retire the other, with a way back."""
    kept = merge_articles(
        current_session(),
        conflict_id,
        request.form.get("keep", 0, type=int),
        officer_id=the_officer().id,
        now=now(),
    )
    _flash_with_a_way_back(
        _("Merged: “%(question)s” answers both now. The other one is retired.", question=kept.question),
        conflict_id,
    )
    return redirect(url_for("conflicts.index"), 303)


@blueprint.post("/<int:conflict_id>/apart")
@roles(Role.EDITOR)
def keep_apart(conflict_id: int) -> ResponseReturnValue:
    """Say that the two answer different questions, with a way back."""
    tell_apart(current_session(), conflict_id, officer_id=the_officer().id, now=now())
    _flash_with_a_way_back(_("Told apart."), conflict_id)
    return redirect(url_for("conflicts.index"), 303)


@blueprint.post("/<int:conflict_id>/reopen")
@roles(Role.EDITOR)
def reopen(conflict_id: int) -> ResponseReturnValue:
    """Put a pair back on the list; two that were merged are two again."""
    reopen_conflict(current_session(), conflict_id, officer_id=the_officer().id, now=now())
    flash(_("It is on the list again."), "success")
    return redirect(url_for("conflicts.index"), 303)


def _flash_with_a_way_back(text: str, conflict_id: int) -> None:
    undo = {"text": text, "undo_url": url_for("conflicts.reopen", conflict_id=conflict_id)}
    flash(undo, "undo")  # type: ignore[arg-type]
