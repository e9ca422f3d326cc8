"""Standard answers from a file and into one: looked at first, taken in for review, published by a colleague, undone."""

from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from inbox.channels.workbook import write_workbook
from inbox.errors import FileRefused
from inbox.models import TaskKind
from inbox.outbox import add_tasks
from knowledge_base.articles import Provenance
from knowledge_base.errors import RowRefused
from knowledge_base.import_plan import Plan, RowFate
from knowledge_base.imports import (
    ArticleImportView,
    begin_step,
    import_by_id,
    import_view,
    list_article_imports,
    store_import,
)
from knowledge_base.models import ArticleImportState
from knowledge_base.queries import ArticleFilter, ArticleList
from routing.models import Role
from web.article_files import FileKind, export_answers, plan_file
from web.article_names import FIELD_NAMES
from web.article_row_errors import article_row_error
from web.context import current_session, now, the_officer, today
from web.downloads import XLSX, send_kept, send_workbook
from web.errors import sentence_for
from web.frame import Place
from web.guards import roles
from web.i18n import is_chinese

blueprint = Blueprint("article_imports", __name__, url_prefix="/article-imports")

PLACES = (Place("article_imports.index", _l("Answers in and out"), "arrow-down-up", "knowledge", 30),)

SHOWN = 30
MIME_TYPES = {FileKind.XLSX: XLSX, FileKind.CSV: "text/csv", FileKind.JSON: "application/json"}
RUNNING = (ArticleImportState.WAITING, ArticleImportState.PUBLISHING, ArticleImportState.UNDOING)


@blueprint.get("")
@roles(Role.EDITOR)
def index() -> ResponseReturnValue:
    """Take a file in, take the answers out, and list the newest imports."""
    return _index()


@blueprint.post("")
@roles(Role.EDITOR)
def upload() -> ResponseReturnValue:
    """Keep a file with where it came from, and show what it would do."""
    file, typed = request.files.get("file"), request.form
    if file is None or not file.filename:
        return _index(error=_("Please choose a file.")), 422
    content, name = file.read(), file.filename
    try:
        plan_file(current_session(), content, name)
    except (FileRefused, RowRefused) as refused:
        return _index(error=sentence_for(refused)), 422
    source, version, licence = (typed.get(name, "").strip() for name in ("source", "version", "licence"))
    origin = Provenance(source, version, licence)
    kept = store_import(current_session(), name, content, origin, officer_id=the_officer().id, now=now())
    return redirect(url_for("article_imports.show", import_id=kept.id), 303)


@blueprint.get("/<int:import_id>")
@roles(Role.EDITOR)
def show(import_id: int) -> ResponseReturnValue:
    """Show what a file would do, how far it is, or what came of it."""
    view = import_view(current_session(), import_id)
    if view.state is not ArticleImportState.UPLOADED:
        return render_template("article_imports/show.html", **_progress(view))
    plan = _plan(import_id)
    return render_template(
        "article_imports/preview.html",
        view=view,
        plan=plan,
        fates=RowFate,
        names=FIELD_NAMES,
        shown=SHOWN,
        refused=[
            (r.line, article_row_error(r.reason, r.params or {}), r.question) for r in _refused(plan)[:SHOWN]
        ],
    )


@blueprint.get("/<int:import_id>/progress")
@roles(Role.EDITOR)
def show_progress(import_id: int) -> ResponseReturnValue:
    """Show the progress alone, for keeping it fresh."""
    view = import_view(current_session(), import_id)
    response = Response(render_template("article_imports/_progress.html", **_progress(view)))
    response.add_etag()
    response.make_conditional(request)
    return response


@blueprint.post("/<int:import_id>/start")
@roles(Role.EDITOR)
def start(import_id: int) -> ResponseReturnValue:
    """Take the good rows in; a second click changes nothing."""
    return _step(import_id, ArticleImportState.WAITING)


@blueprint.post("/<int:import_id>/publish")
@roles(Role.EDITOR)
def publish(import_id: int) -> ResponseReturnValue:
    """Publish what a colleague took in."""
    return _step(import_id, ArticleImportState.PUBLISHING)


@blueprint.get("/<int:import_id>/undo")
@roles(Role.EDITOR)
def ask_to_undo(import_id: int) -> ResponseReturnValue:
    """Ask before a whole import is undone."""
    return render_template("article_imports/undo.html", view=import_view(current_session(), import_id))


@blueprint.post("/<int:import_id>/undo")
@roles(Role.EDITOR)
def undo(import_id: int) -> ResponseReturnValue:
    """Put every article back that nobody has changed since."""
    return _step(import_id, ArticleImportState.UNDOING)


@blueprint.get("/<int:import_id>/refused.xlsx")
@roles(Role.EDITOR)
def download_refused(import_id: int) -> ResponseReturnValue:
    """Send the rows that were refused as they stand in the file, each with its line and what is wrong."""
    plan = _plan(import_id)
    refused = _refused(plan)
    heads = list(dict.fromkeys(name for row in refused for name in row.values or {}))
    cells = [
        [
            *((row.values or {}).get(name, "") for name in heads),
            str(row.line),
            article_row_error(row.reason, row.params or {}),
        ]
        for row in refused
    ]
    content = write_workbook(_("Bad rows"), [*heads, _("Line in the file"), _("What is wrong")], cells)
    return send_workbook(
        content, _("bad rows of %(file)s", file=import_view(current_session(), import_id).file_name)
    )


@blueprint.get("/answers.<ending>")
@roles(Role.EDITOR)
def export(ending: str) -> ResponseReturnValue:
    """Send the answers of a list as a file that can be read in again."""
    if ending not in set(FileKind):
        abort(404)
    chosen = request.args.get("list", ArticleList.PUBLISHED, type=ArticleList)
    encoding = "gb18030" if request.args.get("encoding") == "gb18030" else "utf-8-sig"
    content = export_answers(
        current_session(),
        ArticleFilter(work_list=chosen, owner_code=request.args.get("owner") or None),
        FileKind(ending),
        today=today(),
        english=not is_chinese(),
        encoding=encoding,
    )
    name = _("standard answers %(day)s", day=today().isoformat())
    return send_kept(content, name, mimetype=MIME_TYPES[FileKind(ending)], suffix=f".{ending}")


def _index(*, error: str | None = None) -> str:
    return render_template(
        "article_imports/index.html",
        imports=list_article_imports(current_session()),
        error=error,
        typed=request.form,
    )


def _plan(import_id: int) -> Plan:
    upload = import_by_id(current_session(), import_id)
    return plan_file(current_session(), upload.content, upload.file_name)


def _refused(plan: Plan) -> list[Any]:
    return plan.of(RowFate.REFUSED)


def _step(import_id: int, step: ArticleImportState) -> ResponseReturnValue:
    if begin_step(current_session(), import_id, step, officer_id=the_officer().id):
        add_tasks(current_session(), TaskKind.ARTICLES, [import_id], now=now())
    else:
        flash(_("This was started before; nothing was done twice."), "info")
    return redirect(url_for("article_imports.show", import_id=import_id), 303)


def _progress(view: ArticleImportView) -> dict[str, Any]:
    return {
        "view": view,
        "is_running": view.state in RUNNING,
        "own": view.officer_id == the_officer().id,
        "errors": [
            (entry["line"], article_row_error(entry["reason"], entry["params"]), entry["beginning"])
            for entry in view.row_errors[:SHOWN]
        ],
    }
