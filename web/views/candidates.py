"""Candidates: approved replies, masked, that may become a standard answer or a phrasing of one."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from knowledge_base.candidates import (
    accept_as_article,
    accept_as_phrasing,
    discard_candidate,
    list_candidates,
    reopen_candidate,
)
from knowledge_base.content import ArticleContent
from knowledge_base.errors import InvalidArticle
from knowledge_base.models import CandidateState
from routing.models import Role
from web.context import current_session, now, the_officer
from web.errors import sentence_for
from web.frame import Place
from web.guards import roles

blueprint = Blueprint("candidates", __name__, url_prefix="/candidates")

PLACES = (Place("candidates.index", _l("Candidates"), "lightbulb", "knowledge", 20),)

PAGE_SIZE = 15


@blueprint.get("")
@roles(Role.EDITOR)
def index() -> ResponseReturnValue:
    """List the candidates, what is asked most often first."""
    state = CandidateState.DISCARDED if request.args.get("state") == "discarded" else CandidateState.OPEN
    page = list_candidates(
        current_session(), state=state, number=request.args.get("page", 1, type=int), size=PAGE_SIZE
    )
    return render_template("candidates/index.html", page=page, discarded=state is CandidateState.DISCARDED)


@blueprint.post("/<int:candidate_id>/article")
@roles(Role.EDITOR)
def make_article(candidate_id: int) -> ResponseReturnValue:
    """Make a draft article of a candidate and open it for editing."""
    content = ArticleContent(
        question=request.form.get("question", ""),
        answer=request.form.get("answer", ""),
        owner_code=request.form.get("owner_code") or None,
    )
    try:
        article = accept_as_article(
            current_session(), candidate_id, content, officer_id=the_officer().id, now=now()
        )
    except InvalidArticle as error:
        flash(sentence_for(error), "danger")
        return redirect(url_for("candidates.index"))
    flash(_("A draft was made. Complete it and submit it for review."), "success")
    return redirect(url_for("articles.edit", article_id=article.id))


@blueprint.post("/<int:candidate_id>/phrasing")
@roles(Role.EDITOR)
def make_phrasing(candidate_id: int) -> ResponseReturnValue:
    """Add the candidate's question to the article that comes nearest."""
    accept_as_phrasing(
        current_session(),
        candidate_id,
        request.form.get("article_id", 0, type=int),
        officer_id=the_officer().id,
        now=now(),
        phrasing=request.form.get("question", "").strip()[:500] or None,
    )
    flash(_("Added as another way of asking. It is matched from now on."), "success")
    return redirect(url_for("candidates.index"))


@blueprint.post("/<int:candidate_id>/discard")
@roles(Role.EDITOR)
def discard(candidate_id: int) -> ResponseReturnValue:
    """Set a candidate aside, with a way back."""
    discard_candidate(current_session(), candidate_id, officer_id=the_officer().id, now=now())
    undo = {"text": _("Set aside."), "undo_url": url_for("candidates.reopen", candidate_id=candidate_id)}
    flash(undo, "undo")  # type: ignore[arg-type]
    return redirect(url_for("candidates.index"))


@blueprint.post("/<int:candidate_id>/reopen")
@roles(Role.EDITOR)
def reopen(candidate_id: int) -> ResponseReturnValue:
    """Bring a discarded candidate back."""
    reopen_candidate(current_session(), candidate_id)
    flash(_("It is on the list again."), "success")
    return redirect(url_for("candidates.index"))
