"""What a waiting change of an answer would do to the last messages, worked out by a worker."""

from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from inbox.models import TaskKind
from inbox.outbox import add_tasks
from knowledge_base.article_view import ArticleView, article_view
from knowledge_base.effect import ask_for_effect, effect_lines, effect_of
from routing.models import Role
from web.context import current_session, now, today
from web.guards import roles

blueprint = Blueprint("draft_effects", __name__, url_prefix="/articles")


@blueprint.post("/<int:article_id>/effect")
@roles(Role.EDITOR)
def work_out(article_id: int) -> ResponseReturnValue:
    """Ask for it."""
    effect = ask_for_effect(current_session(), article_id, now=now())
    add_tasks(current_session(), TaskKind.EFFECT, [effect.id or 0], now=now())
    return redirect(url_for("articles.show", article_id=article_id, _anchor="effect"), 303)


@blueprint.get("/<int:article_id>/effect")
@roles(Role.EDITOR)
def show(article_id: int) -> ResponseReturnValue:
    """Show the card alone, for keeping it fresh."""
    view = article_view(current_session(), article_id, today=today())
    response = Response(render_template("articles/_effect.html", article=view, **effect_parts(view)))
    response.add_etag()
    response.make_conditional(request)
    return response


def effect_parts(view: ArticleView) -> dict[str, Any]:
    """Return what the card needs."""
    effect = effect_of(current_session(), view.row.id, view.row.revision) if view.draft else None
    return {"effect": effect, "effect_lines": effect_lines(effect) if effect else []}
