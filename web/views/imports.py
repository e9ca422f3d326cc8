"""Reading messages in from a file: upload, say which column is what, see what would happen, watch it happen."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from inbox.case_lists import Filters, View, list_cases
from inbox.channels.tabular import FIELDS, Row, Table
from inbox.channels.workbook import write_workbook
from inbox.errors import AccountClosed, AccountNotFound, FileRefused
from inbox.imports import (
    PREVIEW_ROWS,
    ImportView,
    Prepared,
    RowError,
    choose_import,
    import_outcome,
    import_view,
    importable_accounts,
    list_imports,
    prepared_import,
    preview_import,
    retry_import,
    save_mapping,
    store_upload,
)
from inbox.models import ImportState
from inbox.wording import clean_text
from routing.models import Role
from web.context import current_session, end_of_day, now, the_officer, time_zone, viewer
from web.downloads import send_workbook
from web.errors import sentence_for
from web.frame import Place
from web.guards import roles
from web.row_errors import row_error

blueprint = Blueprint("imports", __name__, url_prefix="/imports")

PLACES = (Place("imports.index", _l("Import"), "file-earmark-arrow-up", order=60),)

IMPORTERS = (Role.DISPATCHER, Role.ADMINISTRATOR)

FIELD_NAMES: dict[str, tuple[Any, Any]] = {
    "text": (_l("Text"), _l("What the citizen wrote.")),
    "title": (_l("Title"), _l("Also taken as the text where a row has no other.")),
    "external_id": (
        _l("Identifier"),
        _l("The platform's own number. Without it, equal rows count as one message."),
    ),
    "posted_at": (_l("Written on"), _l("When the citizen wrote; for reading only.")),
    "author_name": (_l("Author"), _l("Name or nickname.")),
    "author_ref": (_l("Author's number"), _l("So that a citizen's earlier cases are found.")),
    "contact": (_l("Contact"), _l("Telephone or e-mail.")),
    "place": (_l("Place"), _l("Where it happened.")),
    "received_at": (_l("Clock starts on"), _l("Only when the time limit should not start now.")),
}
"""The fields in the order people think of them, with what each is for; web and domain name the same ones."""

assert set(FIELD_NAMES) == set(FIELDS)  # noqa: S101 - a field that the page does not offer could never be chosen

ERRORS_SHOWN = 50


@blueprint.get("")
@roles(*IMPORTERS)
def index() -> ResponseReturnValue:
    """List the newest imports."""
    return render_template("imports/index.html", imports=list_imports(current_session()))


@blueprint.get("/new")
@roles(*IMPORTERS)
def new() -> ResponseReturnValue:
    """Ask for the account and the file."""
    return _upload_form(account=request.args.get("account", ""))


@blueprint.post("")
@roles(*IMPORTERS)
def upload() -> ResponseReturnValue:
    """Keep the file and go on to its columns; nothing is taken in yet."""
    account, file = request.form.get("account", ""), request.files.get("file")
    if file is None or not file.filename:
        return _upload_form(account=account, error=_("Please choose a file.")), 422
    try:
        kept = store_upload(
            current_session(), account, file.filename, file.read(), now=now(), officer_id=the_officer().id
        )
    except (FileRefused, AccountNotFound, AccountClosed) as refused:
        return _upload_form(account=account, error=sentence_for(refused)), 422
    return redirect(url_for("imports.show", import_id=kept.id), 303)


@blueprint.get("/<int:import_id>")
@roles(*IMPORTERS)
def show(import_id: int) -> ResponseReturnValue:
    """Show the step an import is at: its columns, its progress or its result."""
    view = import_view(current_session(), import_id)
    if view.state == ImportState.UPLOADED:
        return _columns_page(view, view.mapping)
    return render_template("imports/show.html", **_progress(view))


@blueprint.get("/<int:import_id>/progress")
@roles(*IMPORTERS)
def show_progress(import_id: int) -> ResponseReturnValue:
    """Show the progress alone, for keeping it fresh."""
    response = Response(
        render_template("imports/_progress.html", **_progress(import_view(current_session(), import_id)))
    )
    response.add_etag()
    response.make_conditional(request)
    return response


@blueprint.post("/<int:import_id>/columns")
@roles(*IMPORTERS)
def choose(import_id: int) -> ResponseReturnValue:
    """Try the chosen columns, or start the import with them; `start_good` leaves bad rows out."""
    view, action = import_view(current_session(), import_id), request.form.get("action")
    chosen = {field: request.form.get(field, "") for field in FIELDS}
    mapping = {column: field for field, column in chosen.items() if column}
    if len(mapping) != sum(bool(column) for column in chosen.values()):
        error = _("One column was chosen for two fields. Nothing was taken in; choose each column once.")
        return _columns_page(view, mapping, error=error), 422
    try:
        if action in ("start", "start_good"):
            choose_import(current_session(), import_id, mapping, all_or_nothing=action == "start", now=now())
        else:
            save_mapping(current_session(), import_id, mapping)
    except FileRefused as refused:
        return _columns_page(view, mapping, error=sentence_for(refused)), 422
    return redirect(url_for("imports.show", import_id=import_id), 303)


@blueprint.post("/<int:import_id>/retry")
@roles(*IMPORTERS)
def retry(import_id: int) -> ResponseReturnValue:
    """Go back to the columns of an import that took nothing in."""
    retry_import(current_session(), import_id)
    return redirect(url_for("imports.show", import_id=import_id), 303)


@blueprint.get("/<int:import_id>/bad-rows.xlsx")
@roles(*IMPORTERS)
def download_bad_rows(import_id: int) -> ResponseReturnValue:
    """Send the rows that were refused as they stand in the file, each with its line and what is wrong."""
    view = import_view(current_session(), import_id)
    prepared = prepared_import(current_session(), import_id, zone=time_zone(), now=now())
    columns = [*prepared.table.columns, _("Line in the file"), _("What is wrong")]
    rows = (
        [*(e.values.get(c, "") for c in prepared.table.columns), str(e.line), row_error(e.reason, e.params)]
        for e in prepared.errors
    )
    name = _("bad rows of %(file)s", file=view.file_name)
    return send_workbook(write_workbook(_("Bad rows"), columns, rows), name)


@blueprint.get("/<int:import_id>/cases")
@roles(*IMPORTERS)
def cases(import_id: int) -> ResponseReturnValue:
    """List the cases that an import made, so that one can judge how they were read."""
    view = import_view(current_session(), import_id)
    found = list_cases(
        current_session(),
        viewer(),
        View.ALL,
        Filters(import_id=import_id),
        now=now(),
        end_of_day=end_of_day(),
        page=request.args.get("page", 1, type=int),
    )
    return render_template("imports/cases.html", view=view, found=found)


def _upload_form(*, account: str, error: str | None = None) -> str:
    accounts = importable_accounts(current_session())
    return render_template("imports/new.html", accounts=accounts, account=account, error=error)


def _columns_page(view: ImportView, mapping: dict[str, str], *, error: str | None = None) -> str:
    """Show which column is taken for what, the first rows as they would be taken, and the rows that would not."""
    found = preview_import(current_session(), view.id, mapping, zone=time_zone(), now=now())
    prepared = found if isinstance(found, Prepared) else None
    table = found.table if isinstance(found, Prepared) else found
    by_field = {field: column for column, field in mapping.items()}
    return render_template(
        "imports/columns.html",
        view=view,
        table=table,
        prepared=prepared,
        fields=FIELD_NAMES,
        by_field=by_field,
        shown=[field for field in FIELD_NAMES if field in by_field],
        samples=_samples(table),
        preview=[Row(row.number, _readable(row.values)) for row in table.rows[:PREVIEW_ROWS]],
        errors=_spoken(prepared.errors[:ERRORS_SHOWN]) if prepared else [],
        error=error,
    )


def _spoken(errors: Sequence[RowError]) -> list[tuple[int, str, str]]:
    """Return line, reason and how the row begins, for a table."""
    return [(e.line, row_error(e.reason, _readable(e.params)), _beginning(e.values)) for e in errors]


def _beginning(values: Mapping[str, str]) -> str:
    return " · ".join(value for value in _readable(values).values() if value)[:120]


def _readable(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values without what no page can hold, such as halves of characters."""
    return {name: clean_text(value) if isinstance(value, str) else value for name, value in values.items()}


def _samples(table: Table) -> dict[str, str]:
    """Return the first words found in each column."""
    samples: dict[str, str] = {}
    for row in table.rows[:50]:
        for column, value in row.values.items():
            if value.strip() and column not in samples:
                samples[column] = clean_text(value)[:80]
    return samples


def _progress(view: ImportView) -> dict[str, Any]:
    outcome = import_outcome(current_session(), view.id)
    is_running = view.state == ImportState.WAITING or (view.state == ImportState.DONE and outcome.pending > 0)
    return {
        "view": view,
        "outcome": outcome,
        "is_running": is_running,
        "errors": _spoken([RowError(**error) for error in view.row_errors[:ERRORS_SHOWN]]),
    }
