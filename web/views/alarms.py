"""Alarms, transfers by procedure, watched words with a box to try them, and what was set aside."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from inbox import alarms, risk_words
from inbox.access import Viewer
from inbox.classify import classify
from inbox.errors import InboxError
from inbox.risk_models import WordEffect
from inbox.set_aside import set_aside_cases
from routing.models import Role
from web.context import current_session, end_work, now, viewer
from web.errors import sentence_for
from web.frame import Place
from web.guards import reads_only, roles
from web.views.inbox import WORKS_WITH_CASES

blueprint = Blueprint("alarms", __name__)


def _open(session: Any, who: Viewer, _now: object) -> int:
    return alarms.open_alarms(session, who)


PLACES = (
    Place("alarms.index", _l("Alarms"), "alarm", order=15, count=_open, alarming=True),
    Place("alarms.words", _l("Watched words"), "shield-lock", "administration", 35),
)

KEEPERS = (Role.ADMINISTRATOR, Role.SUPERVISOR)
DISPATCHERS = (Role.DISPATCHER, Role.SUPERVISOR)


@blueprint.get("/alarms")
@roles(*WORKS_WITH_CASES)
def index() -> str:
    """List the alarms nobody has acknowledged, danger to life first, or those that somebody has."""
    past = request.args.get("show") == "past"
    found = alarms.list_alarms(current_session(), viewer(), open_only=not past)
    return render_template("alarms/index.html", found=found, past=past)


@blueprint.post("/alarms/<int:alarm_id>/acknowledge")
@roles(*WORKS_WITH_CASES)
def acknowledge(alarm_id: int) -> ResponseReturnValue:
    """Take an alarm on; nobody else is called any more."""
    if alarms.acknowledge_alarm(current_session(), viewer(), alarm_id, now=now()):
        flash(_("You have the alarm. Nobody else is called."), "success")
    else:
        flash(_("A colleague was quicker and has the alarm."), "info")
    return redirect(request.form.get("next") or url_for("alarms.index"), 303)


@blueprint.get("/cases/<int:case_id>/transfer")
@roles(*alarms.TRANSFERRERS)
def ask_transfer(case_id: int) -> str:
    """Ask to whom the matter was handed on, and list what was handed on before."""
    found = alarms.transfers(current_session(), viewer(), case_id=case_id)
    told = alarms.alarms_of(current_session(), viewer(), case_id)
    return render_template(
        "alarms/transfer.html", case_id=case_id, found=found, alarms=told, typed=request.form
    )


@blueprint.post("/cases/<int:case_id>/transfer")
@roles(*alarms.TRANSFERRERS)
def transfer(case_id: int) -> ResponseReturnValue:
    """Record a transfer by procedure."""
    given = {name: request.form.get(name, "") for name in ("recipient", "reason", "way")}
    try:
        made = alarms.transfer_case(current_session(), viewer(), case_id, **given, now=now())
    except InboxError as error:
        end_work(error)
        flash(sentence_for(error), "danger")
        return ask_transfer(case_id), 422
    flash(_("The transfer is recorded. The case stays here and stays timed."), "success")
    return redirect(url_for("alarms.show_transfer", transfer_id=made.id), 303)


@blueprint.get("/transfers")
@roles(*WORKS_WITH_CASES)
def list_transfers() -> str:
    """List what was handed on by procedure."""
    return render_template("alarms/transfers.html", found=alarms.transfers(current_session(), viewer()))


@blueprint.get("/transfers/<int:transfer_id>")
@roles(*WORKS_WITH_CASES)
def show_transfer(transfer_id: int) -> str:
    """Show one transfer, ready to be printed."""
    made = alarms.get_transfer(current_session(), viewer(), transfer_id)
    return render_template("alarms/transfer_slip.html", made=made, may=viewer().has(*alarms.TRANSFERRERS))


@blueprint.post("/transfers/<int:transfer_id>/receipt")
@roles(*alarms.TRANSFERRERS)
def receipt(transfer_id: int) -> ResponseReturnValue:
    """Record who confirmed having the matter."""
    words = request.form.get("receipt", "")
    if alarms.note_receipt(current_session(), viewer(), transfer_id, words, now=now()):
        flash(_("The receipt is recorded."), "success")
    else:
        flash(_("A receipt was recorded before; it is kept."), "info")
    return redirect(url_for("alarms.show_transfer", transfer_id=transfer_id), 303)


@blueprint.get("/watched-words")
@roles(*KEEPERS)
def words() -> str:
    """Show the watched words by mark, and the box to try a text."""
    return _words_page()


@blueprint.post("/watched-words/try")
@roles(*KEEPERS)
@reads_only
def try_words() -> str:
    """Say what a text would raise, and by which words; nothing is saved."""
    return _words_page(tried=request.form.get("text", ""))


@blueprint.post("/watched-words")
@roles(*KEEPERS)
def add_word() -> ResponseReturnValue:
    """Watch a word, or keep one from marking."""
    effect = WordEffect.ALLOW if request.form.get("effect") == "allow" else WordEffect.MARK
    text, tag = request.form.get("word", ""), request.form.get("tag", "")
    if risk_words.add_word(current_session(), viewer(), text, tag=tag, effect=effect, now=now()):
        flash(_("Saved. It counts from the next message on."), "success")
    else:
        flash(_("The list has this word already."), "info")
    return redirect(url_for("alarms.words"), 303)


@blueprint.post("/watched-words/<int:word_id>/remove")
@roles(*KEEPERS)
def remove_word(word_id: int) -> ResponseReturnValue:
    """Take an own word off the list."""
    risk_words.remove_word(current_session(), viewer(), word_id)
    flash(_("Taken off the list."), "success")
    return redirect(url_for("alarms.words"), 303)


@blueprint.post("/watched-words/minutes")
@roles(*KEEPERS)
def set_minutes() -> ResponseReturnValue:
    """Change how long a called person has before the next one is called."""
    danger, harmful = (request.form.get(name, 0, type=int) for name in ("danger", "harmful"))
    risk_words.set_alarm_policy(current_session(), viewer(), danger=danger, harmful=harmful)
    flash(_("Saved."), "success")
    return redirect(url_for("alarms.words"), 303)


@blueprint.get("/set-aside")
@roles(*DISPATCHERS)
def list_set_aside() -> str:
    """List what was set aside as spam, why and by whom; one click brings a message back."""
    found = set_aside_cases(current_session(), viewer(), page=request.args.get("page", 1, type=int))
    return render_template("alarms/set_aside.html", found=found)


def _words_page(tried: str | None = None) -> str:
    session = current_session()
    found: list[tuple[int, int]] = []
    marks: set[str] = set()
    if tried:
        hits = risk_words.load_screen(session).find(tried)
        marks = {hit.tag for hit in hits} | set(classify(tried).tags)
        for hit in hits:
            if not found or hit.start >= found[-1][1]:
                found.append((hit.start, hit.end))
    return render_template(
        "alarms/words.html",
        rows=risk_words.list_words(session),
        policy=risk_words.alarm_policy(session),
        tags=risk_words.TAGS,
        tried=tried,
        spans=found,
        marks=sorted(marks),
    )
