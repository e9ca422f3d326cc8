"""What an officer is told: the list, the bell in the top bar, and marking as read."""

from flask import Blueprint, abort, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from inbox.notices import list_notices, mark_read, open_notice
from web.context import current_session, now, the_officer, viewer
from web.guards import may_open, signed_in, writes
from web.notice_words import notice_line

blueprint = Blueprint("notices", __name__, url_prefix="/notices")


@blueprint.get("")
@signed_in
def index() -> ResponseReturnValue:
    """List what the officer was told, newest first; unread ones unless all are asked for."""
    everything = request.args.get("show") == "all"
    found = list_notices(
        current_session(), viewer(), unread_only=not everything, page=request.args.get("page", 1, type=int)
    )
    tabs = [
        {
            "label": _("Unread"),
            "url": url_for("notices.index"),
            "active": not everything,
            "count": found.unread,
        },
        {"label": _("All notices"), "url": url_for("notices.index", show="all"), "active": everything},
    ]
    return render_template(
        "notices/index.html",
        found=found,
        lines=[(notice, notice_line(notice)) for notice in found.notices],
        tabs=tabs,
        everything=everything,
    )


@blueprint.get("/bell")
@signed_in
def bell() -> ResponseReturnValue:
    """Send the bell alone, or 304 when nothing has come."""
    response = make_response(render_template("notices/bell.html"))
    response.headers["Cache-Control"] = "no-cache, private"
    response.add_etag()
    response.make_conditional(request)
    return response


@blueprint.get("/<int:notice_id>")
@signed_in
@writes
def show(notice_id: int) -> ResponseReturnValue:
    """Mark a notice as read and go to what it is about."""
    notice = open_notice(current_session(), viewer(), notice_id, now=now())
    if notice is None:
        abort(404)
    where = str(notice.params.get("url") or "")
    if where.startswith("/") and not where.startswith("//"):
        return redirect(where)
    if notice.case_id is not None and may_open("cases.show"):
        return redirect(url_for("cases.show", case_id=notice.case_id))
    return redirect(url_for("notices.index", show="all"))


@blueprint.post("/read")
@signed_in
def read() -> Response:
    """Mark the ticked notices as read, or all of them."""
    chosen = request.form.getlist("notice", type=int)
    mark_read(current_session(), the_officer().id, chosen or None, now=now())
    return redirect(url_for("notices.index"), 303)
