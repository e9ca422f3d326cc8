"""The whole table of time limits as a file: saved, compared with what is in force, put in force."""

import json

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from inbox.clock_changes import put_table_in_force
from routing.models import Role
from sla.errors import BadPolicy, PoliciesTie
from sla.policies import load_policies, read_policies
from sla.policy_tables import TableChange, preview_table, table_as_data
from web.context import calendar, current_session, now, services, the_officer, today
from web.downloads import send_kept
from web.errors import sentence_for, status_for
from web.guards import roles
from web.moves import shown_moves
from web.policy_words import covers, policy_name

blueprint = Blueprint("policy_tables", __name__, url_prefix="/policy-table")

KEEPERS = (Role.ADMINISTRATOR, Role.SUPERVISOR)

_CHANGES = {
    TableChange.added: (_l("new"), "brand", "plus-lg"),
    TableChange.changed: (_l("changed"), "soon", "pencil"),
    TableChange.same: (_l("as before"), "done", "check-circle"),
    TableChange.retired: (_l("ends"), "late", "slash-circle"),
}


@blueprint.get("")
@roles(*KEEPERS)
def index() -> ResponseReturnValue:
    """Offer the table as a file, and a form to load one."""
    return render_template("policy_tables/index.html", error=None)


@blueprint.get("/file")
@roles(*KEEPERS)
def save() -> Response:
    """Give the table in force as a file that can be loaded again, here or elsewhere."""
    table = table_as_data(load_policies(current_session(), on=today()).policies, effective_on=today())
    text = json.dumps(table, ensure_ascii=False, indent=2) + "\n"
    name = _("time limits %(day)s", day=today().isoformat())
    return send_kept(text.encode(), name, mimetype="application/json", suffix=".json")


@blueprint.post("/preview")
@roles(*KEEPERS)
def preview() -> ResponseReturnValue:
    """Show what a table would change, policy by policy; nothing is changed yet."""
    file = request.files.get("file")
    content = file.read().decode("utf-8", errors="replace") if file is not None else ""
    try:
        policies = read_policies(content, _("file"))
    except (BadPolicy, PoliciesTie) as error:
        return render_template("policy_tables/index.html", error=sentence_for(error)), status_for(error)
    effect = preview_table(current_session(), policies, calendar(), on=today(), now=now())
    return render_template(
        "policy_tables/preview.html",
        content=content,
        effect=effect,
        rows=[
            (policy_name(each.policy), covers(each.policy), _CHANGES[each.change], len(each.effect.moves))
            for each in effect.outcomes
        ],
        moves=shown_moves(effect.moves),
    )


@blueprint.post("")
@roles(*KEEPERS)
def load() -> ResponseReturnValue:
    """Put the whole table in force from today; running deadlines follow only when asked to."""
    form = request.form
    effect = put_table_in_force(
        current_session(),
        read_policies(form.get("content", ""), _("form")),
        calendar(),
        on=today(),
        now=now(),
        actor_id=the_officer().id,
        reason=form.get("reason", "").strip()[:200],
        move_running=form.get("move_running") == "1",
    )
    services().knowledge.forget()
    flash(_("The table is in force. %(count)s policies changed.", count=effect.changes), "success")
    return redirect(url_for("policies.index"))
