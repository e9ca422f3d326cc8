"""The system page: what runs, what waits, what has failed and can be tried again, how large everything is."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from inbox.access import Viewer
from inbox.outbox import failed_tasks, retry_task
from inbox.unfinished import (
    failed_step_count,
    failed_steps,
    retry_failed_steps,
    send_stranded_reply,
    stranded_replies,
)
from routing.models import Role
from web.context import current_session, now, services, viewer
from web.frame import Place
from web.guards import roles
from web.health import OK, check_health
from web.sentences import STEPS
from web.system_facts import system_facts

blueprint = Blueprint("system", __name__, url_prefix="/system")


def _trouble(session: Any, _viewer: Viewer, _now: Any) -> int:
    return failed_step_count(session) + len(failed_tasks(session))


PLACES = (
    Place("system.index", _l("System"), "activity", "administration", 90, count=_trouble, alarming=True),
)

_PARTS = {
    "database": (_l("Database"), "database"),
    "queue": (_l("Queue"), "stack"),
    "worker": (_l("Worker"), "cpu"),
    "scheduler": (_l("Scheduler"), "clock-history"),
}


@blueprint.get("")
@roles(Role.ADMINISTRATOR)
def index() -> ResponseReturnValue:
    """Show how the installation is doing."""
    session = current_session()
    health = check_health(services().runtime).as_dict()
    shown = [
        (label, icon, _fact_words(health[part]), health[part] == OK) for part, (label, icon) in _PARTS.items()
    ]
    return render_template(
        "system/index.html",
        health=shown,
        facts=system_facts(services().runtime, session),
        tasks=failed_tasks(session, limit=50),
        steps=failed_steps(session),
        step_count=failed_step_count(session),
        step_words=STEPS,
        replies=stranded_replies(session),
    )


def _fact_words(fact: str) -> str:
    """Say in the reader's language what `web.health` found; its own words are for operators."""
    sentences = {
        "unreachable": _("does not answer"),
        "unknown while": _("unknown while the queue does not answer"),
        "no ": _("has not reported lately"),
        "at revision": _("is of another release; run “minhu migrate”"),
    }
    return next((str(words) for start, words in sentences.items() if fact.startswith(start)), fact)


@blueprint.post("/tasks/<int:task_id>/retry")
@roles(Role.ADMINISTRATOR)
def retry(task_id: int) -> ResponseReturnValue:
    """Try a piece of work again that was given up."""
    if retry_task(current_session(), task_id, now=now()):
        flash(_("It is tried again."), "success")
    else:
        flash(_("Somebody was quicker: it is being tried again already."), "info")
    return redirect(url_for("system.index"))


@blueprint.post("/triage/retry")
@roles(Role.ADMINISTRATOR)
def retry_triage() -> ResponseReturnValue:
    """Let every triage step that failed run again."""
    count = retry_failed_steps(current_session(), viewer(), now=now())
    flash(_("Triage runs again for %(count)s cases.", count=count), "success")
    return redirect(url_for("system.index"))


@blueprint.post("/replies/<int:delivery_id>/send")
@roles(Role.ADMINISTRATOR)
def send_again(delivery_id: int) -> ResponseReturnValue:
    """Send a reply again that did not arrive; the platform sees the same key and answers the citizen once."""
    if send_stranded_reply(current_session(), viewer(), delivery_id, now=now()):
        flash(_("The reply is on its way again."), "success")
    else:
        flash(_("The reply is on its way already, or has arrived."), "info")
    return redirect(url_for("system.index"))
