"""The tree of topics that answers are sorted into: add, rename, move, retire."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from knowledge_base.errors import DuplicateKey, InvalidTopic, KnowledgeBaseError, TopicCycle, TopicInUse
from knowledge_base.topics import change_topic, create_topic, restore_topic, retire_topic, topic_tree
from routing.models import Role
from web.context import current_session, end_work, now
from web.errors import sentence_for, status_for
from web.frame import Place
from web.guards import roles

blueprint = Blueprint("topics", __name__, url_prefix="/topics")

PLACES = (Place("topics.index", _l("Topics"), "diagram-3", "knowledge", 35),)


@blueprint.get("")
@roles(Role.EDITOR)
def index() -> ResponseReturnValue:
    """Show the tree, every topic with its form."""
    return _page()


@blueprint.post("")
@roles(Role.EDITOR)
def add() -> ResponseReturnValue:
    """Add a topic."""
    typed = request.form
    try:
        create_topic(
            current_session(),
            code=typed.get("code", "").strip(),
            name=typed.get("name", ""),
            name_en=typed.get("name_en", "").strip()[:100],
            parent_code=typed.get("parent") or None,
        )
    except (DuplicateKey, InvalidTopic) as error:
        return _refused(error)
    flash(_("The topic was added."), "success")
    return redirect(url_for("topics.index"), 303)


@blueprint.post("/<code>")
@roles(Role.EDITOR)
def change(code: str) -> ResponseReturnValue:
    """Rename or move a topic."""
    typed = request.form
    try:
        change_topic(
            current_session(),
            code,
            name=typed.get("name", ""),
            name_en=typed.get("name_en", ""),
            parent_code=typed.get("parent") or None,
        )
    except (InvalidTopic, TopicCycle) as error:
        return _refused(error)
    flash(_("The topic was changed."), "success")
    return redirect(url_for("topics.index"), 303)


@blueprint.post("/<code>/retire")
@roles(Role.EDITOR)
def retire(code: str) -> ResponseReturnValue:
    """Take a topic off every choice, with a way back."""
    try:
        retire_topic(current_session(), code, now=now())
    except TopicInUse as error:
        return _refused(error)
    undo = {"text": _("The topic was retired."), "undo_url": url_for("topics.restore", code=code)}
    flash(undo, "undo")  # type: ignore[arg-type]
    return redirect(url_for("topics.index"), 303)


@blueprint.post("/<code>/restore")
@roles(Role.EDITOR)
def restore(code: str) -> ResponseReturnValue:
    """Put a topic back into use."""
    restore_topic(current_session(), code)
    flash(_("The topic is in use again."), "success")
    return redirect(url_for("topics.index"), 303)


def _refused(error: KnowledgeBaseError) -> ResponseReturnValue:
    end_work(error)
    return _page(sentence_for(error)), status_for(error)


def _page(error: str | None = None) -> str:
    return render_template(
        "topics/index.html",
        topics=topic_tree(current_session(), with_retired=True),
        error=error,
        typed=request.form if error else {},
    )
