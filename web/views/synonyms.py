"""Words of one meaning: the editors' own groups, beside those that come with the service."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from knowledge_base.engine.synonyms import SHIPPED
from knowledge_base.errors import InvalidSynonyms
from knowledge_base.vocabulary import (
    add_synonyms,
    change_synonyms,
    remove_synonyms,
    restore_synonyms,
    synonym_groups,
    words_in,
)
from routing.models import Role
from web.context import current_session, end_work, now
from web.errors import sentence_for, status_for
from web.frame import Place
from web.guards import roles

blueprint = Blueprint("synonyms", __name__, url_prefix="/synonyms")

PLACES = (Place("synonyms.index", _l("Synonyms"), "arrow-left-right", "knowledge", 40),)

LONGEST_LINE = 300


@blueprint.get("")
@roles(Role.EDITOR)
def index() -> ResponseReturnValue:
    """List the groups, and offer to add one."""
    return _page()


@blueprint.post("")
@roles(Role.EDITOR)
def add() -> ResponseReturnValue:
    """Keep a new group; it counts from now on."""
    try:
        add_synonyms(current_session(), _words())
    except InvalidSynonyms as error:
        return _refused(error, None)
    flash(_("The words count as one from now on."), "success")
    return redirect(url_for("synonyms.index"), 303)


@blueprint.post("/<int:group_id>")
@roles(Role.EDITOR)
def change(group_id: int) -> ResponseReturnValue:
    """Replace the words of a group."""
    try:
        change_synonyms(current_session(), group_id, _words())
    except InvalidSynonyms as error:
        return _refused(error, group_id)
    flash(_("The group is saved."), "success")
    return redirect(url_for("synonyms.index"), 303)


@blueprint.post("/<int:group_id>/remove")
@roles(Role.EDITOR)
def remove(group_id: int) -> ResponseReturnValue:
    """Take a group out of use, with a way back."""
    remove_synonyms(current_session(), group_id, now=now())
    undo = {"text": _("The group was removed."), "undo_url": url_for("synonyms.restore", group_id=group_id)}
    flash(undo, "undo")  # type: ignore[arg-type]
    return redirect(url_for("synonyms.index"), 303)


@blueprint.post("/<int:group_id>/restore")
@roles(Role.EDITOR)
def restore(group_id: int) -> ResponseReturnValue:
    """Put a removed group into use again."""
    restore_synonyms(current_session(), group_id)
    flash(_("The group is in use again."), "success")
    return redirect(url_for("synonyms.index"), 303)


def _words() -> list[str]:
    return words_in(request.form.get("words", "")[:LONGEST_LINE])


def _refused(error: InvalidSynonyms, group_id: int | None) -> ResponseReturnValue:
    end_work(error)
    return _page(wrong=group_id, sentence=sentence_for(error), refused=True), status_for(error)


def _page(*, wrong: int | None = None, sentence: str = "", refused: bool = False) -> str:
    return render_template(
        "synonyms/index.html",
        groups=synonym_groups(current_session()),
        shipped=SHIPPED,
        longest=LONGEST_LINE,
        typed=request.form.get("words", ""),
        wrong=wrong,
        sentence=sentence,
        refused=refused,
    )
