"""The 通报 for programs: read, shown to departments, commented on, published, and its two files."""

from dataclasses import asdict
from typing import Any

from flask import Response, url_for

from inbox.bulletin_figures import Entry, Row
from inbox.bulletins import (
    BulletinView,
    comment_bulletin,
    list_bulletins,
    publish_bulletin,
    read_bulletin,
    show_bulletin,
)
from routing.models import Role
from web.api.routes import FIGURES, answer, api, gives, gives_file
from web.api.schemas.bulletins import (
    BulletinPath,
    Bulletins,
    BulletinWhole,
    NewBulletinComment,
    Publication,
)
from web.bulletin_files import send_document, send_table
from web.bulletin_words import title_of
from web.context import current_session, now, services, viewer
from web.downloads import DOCX, XLSX
from web.guards import with_token
from web.views.board import SEES_FIGURES

_CHANGED = gives(BulletinWhole, 403, 404, 409)


@api.get("/bulletins", tags=[FIGURES], responses=gives(Bulletins))
@with_token(*SEES_FIGURES)
def show_bulletins() -> Response:
    """List every 通报 you may read; drafts are for supervisors and administrators."""
    found = list_bulletins(current_session(), viewer())
    return answer(Bulletins.model_validate({"bulletins": found}))


@api.get("/bulletins/<int:bulletin_id>", tags=[FIGURES], responses=gives(BulletinWhole, 404))
@with_token(*SEES_FIGURES)
def show_one_bulletin(path: BulletinPath) -> Response:
    """Show a 通报 as it is, or, before it is published, as it would be now."""
    return answer(_bulletin(path.bulletin_id))


@api.post("/bulletins/<int:bulletin_id>/show", tags=[FIGURES], responses=_CHANGED)
@with_token(Role.SUPERVISOR)
def show_to_departments(path: BulletinPath) -> Response:
    """Let the departments read their lines and comment; they are told."""
    show_bulletin(current_session(), viewer(), path.bulletin_id, now=now())
    return answer(_bulletin(path.bulletin_id))


@api.post(
    "/bulletins/<int:bulletin_id>/comments",
    tags=[FIGURES],
    responses=gives(BulletinWhole, 403, 404, 409, status=201),
)
@with_token(Role.OFFICER, Role.REVIEWER)
def comment_on_bulletin(path: BulletinPath, body: NewBulletinComment) -> Response:
    """Say something to the figures of your department, before they are published."""
    comment_bulletin(current_session(), viewer(), path.bulletin_id, body.text, now=now())
    return answer(_bulletin(path.bulletin_id), 201)


@api.post("/bulletins/<int:bulletin_id>/publish", tags=[FIGURES], responses=_CHANGED)
@with_token(Role.SUPERVISOR)
def publish(path: BulletinPath, body: Publication) -> Response:
    """Publish a 通报 that the departments have seen: it gets its number, and its figures stand."""
    publish_bulletin(
        current_session(),
        viewer(),
        path.bulletin_id,
        remark=body.remark,
        prefix=services().settings.document_prefix,
        now=now(),
    )
    return answer(_bulletin(path.bulletin_id))


@api.get("/bulletins/<int:bulletin_id>/bulletin.xlsx", tags=[FIGURES], responses=gives_file(XLSX, 404))
@with_token(*SEES_FIGURES)
def send_bulletin_table(path: BulletinPath) -> Response:
    """Send the table of a 通报 as XLSX."""
    return send_table(read_bulletin(current_session(), viewer(), path.bulletin_id, now=now()))


@api.get("/bulletins/<int:bulletin_id>/bulletin.docx", tags=[FIGURES], responses=gives_file(DOCX, 404))
@with_token(*SEES_FIGURES)
def send_bulletin_document(path: BulletinPath) -> Response:
    """Send a 通报 as an official document (GB/T 9704), as DOCX."""
    return send_document(read_bulletin(current_session(), viewer(), path.bulletin_id, now=now()))


def _bulletin(bulletin_id: int) -> BulletinWhole:
    view = read_bulletin(current_session(), viewer(), bulletin_id, now=now())
    return BulletinWhole.model_validate(
        {
            "bulletin": view.bulletin,
            "title": title_of(view.bulletin),
            "remark": view.bulletin.remark,
            "counted_at": view.figures.counted_at,
            "version": view.figures.version,
            "lines": [_line(row) for row in view.figures.rows],
            "total": _line(view.figures.total),
            "breaches": [_breach(view, entry) for entry in view.figures.entries],
            "comments": view.comments,
            "may_decide": view.may_decide,
            "may_comment": view.may_comment,
            "xlsx": url_for("api.send_bulletin_table", bulletin_id=bulletin_id),
            "docx": url_for("api.send_bulletin_document", bulletin_id=bulletin_id),
        }
    )


def _line(row: Row) -> dict[str, Any]:
    shares = ("closed_share", "on_time_share", "dissatisfied_share")
    return {**asdict(row), **{name: getattr(row, name) for name in shares}}


def _breach(view: BulletinView, entry: Entry) -> dict[str, Any]:
    """Tell of a case of another department no more than the page does."""
    covered = {} if view.sees_case(entry) else {"case_id": None, "title": None}
    return {**asdict(entry), **covered}
