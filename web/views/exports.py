"""Files that leave: replies to be carried back by hand, and lists of cases."""

from dataclasses import replace
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from inbox.accounts import get_account, list_accounts
from inbox.case_lists import CaseRow, View, cases_to_export, views_for
from inbox.channels.workbook import write_workbook
from inbox.deliveries import CARRIERS, ExportRow, confirm_carried_back, export_counts, exportable
from inbox.models import DeliveryChannel
from routing.models import Role
from web.context import current_session, end_of_day, now, today, viewer
from web.downloads import send_workbook
from web.frame import Place
from web.guards import roles
from web.i18n import format_instant, is_chinese
from web.views.inbox import read_asked
from web.words import word

blueprint = Blueprint("exports", __name__, url_prefix="/exports")

PLACES = (
    Place(
        "exports.index",
        _l("Carry back"),
        "file-earmark-spreadsheet",
        order=65,
        count=lambda session, _viewer, _now: sum(export_counts(session).values()),
    ),
)

READS_CASES = (Role.DISPATCHER, Role.OFFICER, Role.REVIEWER, Role.SUPERVISOR, Role.ADMINISTRATOR)


@blueprint.get("")
@roles(*CARRIERS)
def index() -> ResponseReturnValue:
    """List the accounts whose replies a person carries back, with how many wait."""
    counts = export_counts(current_session())
    accounts = [
        (account, counts.get(account.id, 0))
        for account in list_accounts(current_session())
        if account.delivery == DeliveryChannel.EXPORT or counts.get(account.id)
    ]
    return render_template("exports/index.html", accounts=sorted(accounts, key=lambda entry: -entry[1]))


@blueprint.get("/<code>")
@roles(*CARRIERS)
def show(code: str) -> ResponseReturnValue:
    """Show the replies that wait, with the two steps: take the file, then say that they are carried back."""
    account = get_account(current_session(), code)
    return render_template(
        "exports/show.html", account=account, rows=exportable(current_session(), account.id or 0)
    )


@blueprint.post("/<code>/replies.xlsx")
@roles(*CARRIERS)
def download(code: str) -> ResponseReturnValue:
    """Send the replies that the page showed; nothing is marked yet."""
    account = get_account(current_session(), code)
    chosen = set(request.form.getlist("delivery", type=int))
    rows = [row for row in exportable(current_session(), account.id or 0) if row.delivery_id in chosen]
    columns = [_("Identifier"), _("Tracking code"), _("Message"), _("Reply"), _("Approved on")]
    content = write_workbook(_("Replies"), columns, map(_reply_cells, rows))
    return send_workbook(
        content, _("replies %(account)s %(day)s", account=account.name, day=today().isoformat())
    )


@blueprint.post("/<code>/carried")
@roles(*CARRIERS)
def confirm(code: str) -> ResponseReturnValue:
    """Mark exactly the replies that the page showed as carried back."""
    account = get_account(current_session(), code)
    chosen = request.form.getlist("delivery", type=int)
    marked = confirm_carried_back(current_session(), viewer(), account.id or 0, chosen, now=now())
    if marked:
        words = ngettext(
            "%(num)s reply is marked as carried back. The citizens can see it on their tracking page.",
            "%(num)s replies are marked as carried back. The citizens can see them on their tracking page.",
            marked,
        )
        flash(words, "success")
    else:
        flash(_("These replies had been marked before; nothing was changed."), "info")
    return redirect(url_for("exports.show", code=code), 303)


@blueprint.get("/cases.xlsx")
@roles(*READS_CASES)
def cases() -> ResponseReturnValue:
    """Send a case list as a file; the address takes what the inbox takes, and only what one may see leaves."""
    view = request.args.get("view", type=View)
    found = cases_to_export(
        current_session(),
        viewer(),
        view if view in views_for(viewer()) and view is not None else View.ALL,
        replace(read_asked().filters, import_id=request.args.get("import", type=int)),
        now=now(),
        end_of_day=end_of_day(),
    )
    content = write_workbook(_("Cases"), _case_columns(), map(_case_cells, found))
    return send_workbook(content, _("cases %(day)s", day=today().isoformat()))


def _reply_cells(row: ExportRow) -> list[str]:
    return [
        row.external_id,
        row.tracking_code,
        row.message,
        row.reply,
        format_instant(row.approved_at, "full"),
    ]


def _case_columns() -> list[str]:
    return [
        _("Tracking code"),
        _("Title"),
        _("Message"),
        _("Kind"),
        _("State"),
        _("Channel"),
        _("Department"),
        _("Officer"),
        _("Received"),
        _("Due"),
        _("Closed on"),
        _("Returns"),
        _("Repeats"),
    ]


def _case_cells(row: CaseRow) -> list[str]:
    times: list[Any] = [row.received_at, row.next_due_at, row.closed_at]
    department = row.department if is_chinese() else row.department_en or row.department
    return [
        row.tracking_code,
        row.title,
        row.excerpt,
        word(row.kind),
        word(row.state),
        word(row.platform),
        department or "",
        row.assignee or "",
        *(format_instant(at, "full") for at in times),
        str(row.return_count),
        str(row.repeat_count),
    ]
