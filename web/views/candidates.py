"""Candidates: approved replies, masked, that may become a standard answer or a phrasing of one."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from knowledge_base.candidates import (
    accept_as_article,
    accept_as_phrasing,
    add_cluster_as_phrasings,
    candidate_count,
    close_cluster_with,
    discard_candidate,
    discard_cluster,
    list_candidates,
    reopen_candidate,
)
from knowledge_base.content import ArticleContent
from knowledge_base.errors import InvalidArticle
from knowledge_base.models import CandidateState
from routing.models import Role
from web.context import current_session, now, services, the_officer, today
from web.errors import sentence_for
from web.frame import Place
from web.guards import roles

blueprint = Blueprint("candidates", __name__, url_prefix="/candidates")

PLACES = (
    Place(
        "candidates.index",
        _l("Candidates"),
        "lightbulb",
        "knowledge",
        20,
        count=lambda session, _viewer, _now: candidate_count(session),
    ),
)

PAGE_SIZE = 15


@blueprint.get("")
@roles(Role.EDITOR)
def index() -> ResponseReturnValue:
    """List the candidates, what is asked most often first."""
    state = CandidateState.DISCARDED if request.args.get("state") == "discarded" else CandidateState.OPEN
    page = list_candidates(
        current_session(), state=state, number=request.args.get("page", 1, type=int), size=PAGE_SIZE
    )
    engine = services().knowledge.engine(current_session(), now=now())
    nearest = {
        row.id: next(iter(engine.suggest(row.question, limit=1, threshold=0.0, today=today())), None)
        for row in page.rows
    }
    discarded = state is CandidateState.DISCARDED
    return render_template("candidates/index.html", page=page, nearest=nearest, discarded=discarded)


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
    cluster = request.form.get("cluster", type=int)
    if cluster:
        close_cluster_with(
            current_session(), cluster, article.id or 0, officer_id=the_officer().id, now=now()
        )
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


@blueprint.post("/cluster/<int:cluster_id>")
@roles(Role.EDITOR)
def decide_cluster(cluster_id: int) -> ResponseReturnValue:
    """Decide a whole cluster at once: ways of asking one article, or set aside with a way back."""
    article_id = request.form.get("article_id", type=int)
    if article_id:
        taken = add_cluster_as_phrasings(
            current_session(), cluster_id, article_id, officer_id=the_officer().id, now=now()
        )
        words = ngettext("%(num)s way of asking was added.", "%(num)s ways of asking were added.", len(taken))
        flash(words, "success")
        return redirect(url_for("candidates.index"))
    taken = discard_cluster(current_session(), cluster_id, officer_id=the_officer().id, now=now())
    undo = {
        "text": ngettext("%(num)s candidate set aside.", "%(num)s candidates set aside.", len(taken)),
        "undo_url": url_for("candidates.reopen_several"),
        "undo_fields": {"candidates": ",".join(map(str, taken))},
    }
    flash(undo, "undo")  # type: ignore[arg-type]
    return redirect(url_for("candidates.index"))


@blueprint.post("/reopen")
@roles(Role.EDITOR)
def reopen_several() -> ResponseReturnValue:
    """Bring several discarded candidates back."""
    ids = [int(part) for part in request.form.get("candidates", "").split(",") if part.isdigit()]
    for candidate_id in ids[:500]:
        reopen_candidate(current_session(), candidate_id)
    flash(_("It is on the list again."), "success")
    return redirect(url_for("candidates.index"))


@blueprint.post("/<int:candidate_id>/reopen")
@roles(Role.EDITOR)
def reopen(candidate_id: int) -> ResponseReturnValue:
    """Bring a discarded candidate back."""
    reopen_candidate(current_session(), candidate_id)
    flash(_("It is on the list again."), "success")
    return redirect(url_for("candidates.index"))
