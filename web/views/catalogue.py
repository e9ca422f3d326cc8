"""The whole responsibility catalogue as a file: out, and in with a preview."""

import json
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from inbox.channels.tabular import read_sheets
from inbox.channels.workbook import write_sheets
from inbox.errors import FileRefused
from routing.catalogue_file import SHEETS, export_catalogue
from routing.catalogue_uploads import store_catalogue, uploads, use_catalogue
from routing.errors import AreaCycle, BadCatalogue, BadRule, CodeTaken
from routing.models import Role
from web.catalogue_change import save_or_preview
from web.context import current_session, end_work, now, the_officer
from web.downloads import send_workbook
from web.errors import sentence_for, status_for
from web.frame import Place
from web.guards import roles
from web.names import officer_name

blueprint = Blueprint("catalogue", __name__, url_prefix="/catalogue")

PLACES = (Place("catalogue.index", _l("Responsibility catalogue"), "journals", "administration", 33),)

LONGEST_FILE = 5_000_000
WORDS = {
    "departments": _l("Departments and towns"),
    "duties": _l("Duties"),
    "areas": _l("Areas"),
    "rules": _l("Rules"),
}
REFUSALS = (BadCatalogue, BadRule, AreaCycle, CodeTaken, FileRefused)


@blueprint.get("")
@roles(Role.ADMINISTRATOR)
def index() -> str:
    """Offer the catalogue as a file, and to read one in."""
    return _page("")


@blueprint.get("/minhu-catalogue.json")
@roles(Role.ADMINISTRATOR)
def as_json() -> Response:
    """Give the catalogue as JSON."""
    content = json.dumps(export_catalogue(current_session()), ensure_ascii=False, indent=1)
    response = Response(content, mimetype="application/json")
    response.headers["Content-Disposition"] = "attachment; filename=minhu-catalogue.json"
    response.headers["Cache-Control"] = "private, no-store"
    return response


@blueprint.get("/minhu-catalogue.xlsx")
@roles(Role.ADMINISTRATOR)
def as_workbook() -> Response:
    """Give the catalogue as a workbook of four sheets."""
    content = export_catalogue(current_session())
    book = write_sheets(
        (sheet, columns, [[_cell(row[column]) for column in columns] for row in content[sheet]])
        for sheet, columns in SHEETS.items()
    )
    return send_workbook(book, _("Responsibility catalogue"))


@blueprint.post("")
@roles(Role.ADMINISTRATOR)
def upload() -> ResponseReturnValue:
    """Keep the uploaded file and go to its preview."""
    file = request.files.get("file")
    content = file.read(LONGEST_FILE + 1) if file else b""
    name = (file.filename if file else None) or ""
    if not content:
        return _page(_("Choose a file first.")), 422
    try:
        if len(content) > LONGEST_FILE:
            raise FileRefused("file_too_large", limit=LONGEST_FILE // 1_000_000)
        stored = store_catalogue(
            current_session(), name, _read(content, name), by=the_officer().id, now=now()
        )
    except REFUSALS as error:
        end_work(error)
        return _page(sentence_for(error)), status_for(error)
    flash(_("The file was read. Look at what it would change, then use it."), "info")
    return redirect(url_for("catalogue.index") + f"#upload-{stored.id}", 303)


@blueprint.post("/<int:upload_id>/use")
@roles(Role.ADMINISTRATOR)
def use(upload_id: int) -> ResponseReturnValue:
    """Add and change what a file names, or show what that would have done."""
    try:
        return save_or_preview(
            lambda session: use_catalogue(session, upload_id, by=the_officer().id, now=now()),
            title=_("Catalogue from a file"),
            back=url_for("catalogue.index"),
            saved=_("The catalogue was read in. It counts for the next message."),
        )
    except REFUSALS as error:
        end_work(error)
        return _page(sentence_for(error)), status_for(error)


def _read(content: bytes, name: str) -> Any:
    if content.startswith(b"PK"):
        return read_sheets(content, name)
    try:
        return json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise BadCatalogue(_("it is neither JSON nor a workbook")) from error


def _cell(value: Any) -> str:
    if isinstance(value, list):
        return "，".join(value)
    if isinstance(value, bool):
        return "1" if value else ""
    return "" if value is None else str(value)


def _page(error: str) -> str:
    found = uploads(current_session())
    content = export_catalogue(current_session())
    return render_template(
        "catalogue/index.html",
        counts=[(word, len(content[sheet])) for sheet, word in WORDS.items()],
        uploads=[
            (file, [(WORDS[sheet], rows) for sheet, rows in file.rows.items() if rows]) for file in found
        ],
        people={file.uploaded_by: officer_name(file.uploaded_by) for file in found},
        error=error,
    )
