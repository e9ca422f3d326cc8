"""The 通报: a list, one with its figures, its comments and its two files; shown to departments, then published."""

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from inbox.bulletins import (
    comment_bulletin,
    list_bulletins,
    publish_bulletin,
    read_bulletin,
    show_bulletin,
)
from inbox.errors import MessageRefused
from routing.models import Role
from web.bulletin_files import send_document, send_table
from web.bulletin_words import cells, columns, title_of
from web.context import current_session, end_work, now, services, viewer
from web.errors import sentence_for, status_for
from web.guards import roles
from web.names import department_name
from web.views.board import SEES_FIGURES, tabs

blueprint = Blueprint("bulletins", __name__, url_prefix="/bulletins")


@blueprint.get("")
@roles(*SEES_FIGURES)
def index() -> ResponseReturnValue:
    """List every 通报 the officer may read."""
    found = [(bulletin, title_of(bulletin)) for bulletin in list_bulletins(current_session(), viewer())]
    return render_template("bulletins/index.html", tabs=tabs("bulletins.index"), bulletins=found)


@blueprint.get("/<int:bulletin_id>")
@roles(*SEES_FIGURES)
def show(bulletin_id: int) -> ResponseReturnValue:
    """Show a 通报 as it is, or as it would be published now."""
    return _page(bulletin_id)


@blueprint.post("/<int:bulletin_id>/shown")
@roles(Role.SUPERVISOR)
def share(bulletin_id: int) -> ResponseReturnValue:
    """Let the departments read and comment."""
    show_bulletin(current_session(), viewer(), bulletin_id, now=now())
    flash(_("The departments can read their figures now and have been told."), "success")
    return redirect(url_for("bulletins.show", bulletin_id=bulletin_id), 303)


@blueprint.post("/<int:bulletin_id>/comments")
@roles(Role.OFFICER, Role.REVIEWER)
def comment(bulletin_id: int) -> ResponseReturnValue:
    """Keep what a department says to its figures."""
    try:
        comment_bulletin(current_session(), viewer(), bulletin_id, request.form.get("text", ""), now=now())
    except MessageRefused as error:
        end_work(error)
        return _page(bulletin_id, error=sentence_for(error)), status_for(error)
    flash(_("Your comment is kept; the supervisors read it before they publish."), "success")
    return redirect(url_for("bulletins.show", bulletin_id=bulletin_id), 303)


@blueprint.post("/<int:bulletin_id>/published")
@roles(Role.SUPERVISOR)
def publish(bulletin_id: int) -> ResponseReturnValue:
    """Publish a 通报: from now on its figures stand."""
    done = publish_bulletin(
        current_session(),
        viewer(),
        bulletin_id,
        remark=request.form.get("remark", ""),
        prefix=services().settings.document_prefix,
        now=now(),
    )
    flash(_("%(number)s is published; its figures will not change any more.", number=done.number), "success")
    return redirect(url_for("bulletins.show", bulletin_id=bulletin_id), 303)


@blueprint.get("/<int:bulletin_id>/bulletin.xlsx")
@roles(*SEES_FIGURES)
def workbook(bulletin_id: int) -> Response:
    """Send the table as a workbook of text."""
    return send_table(read_bulletin(current_session(), viewer(), bulletin_id, now=now()))


@blueprint.get("/<int:bulletin_id>/bulletin.docx")
@roles(*SEES_FIGURES)
def official(bulletin_id: int) -> Response:
    """Send the 通报 as an official document."""
    return send_document(read_bulletin(current_session(), viewer(), bulletin_id, now=now()))


def _page(bulletin_id: int, *, error: str | None = None) -> str:
    view = read_bulletin(current_session(), viewer(), bulletin_id, now=now())
    named = [(department_name(row.department_id or 0), row) for row in view.figures.rows]
    return render_template(
        "bulletins/show.html",
        view=view,
        bulletin=view.bulletin,
        title=title_of(view.bulletin),
        columns=columns(),
        rows=[cells(row, name) for name, row in sorted(named, key=lambda entry: entry[0])],
        total=cells(view.figures.total, _("In all")),
        department_name=department_name,
        error=error,
        text=request.form.get("text", ""),
    )
