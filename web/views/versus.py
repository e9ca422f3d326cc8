"""Why one suggestion goes before another: two of them side by side, for a case or for a question that is tried."""

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from inbox.asked import Asked, asked_in
from knowledge_base.answers import answers_of
from knowledge_base.errors import NotWeighed
from knowledge_base.versus import Versus, versus
from routing.catalogue import Catalogue
from routing.whereabouts import areas_of
from web.context import current_session, end_work, now, services, today, viewer
from web.errors import sentence_for, status_for
from web.guards import roles, signed_in
from web.versus_words import balance_sentence, fact_lines, sure_words, versus_lines
from web.views.articles import LONGEST_TRY
from web.views.inbox import WORKS_WITH_CASES

blueprint = Blueprint("versus", __name__)


@blueprint.get("/articles/try/compare")
@signed_in
def tried() -> ResponseReturnValue:
    """Compare two answers that came up for a question."""
    text = request.args.get("text", "").strip()[:LONGEST_TRY]
    if not text:
        return redirect(url_for("articles.try_it"))
    back = url_for("articles.try_it", text=text)
    return _page(
        Asked(text, areas=areas_of(_catalogue(), text)), "articles/versus.html", back=back, asked=text
    )


@blueprint.get("/cases/<int:case_id>/suggestions/compare")
@roles(*WORKS_WITH_CASES)
def offered(case_id: int) -> ResponseReturnValue:
    """Compare two answers that are offered for a case."""
    asked = asked_in(current_session(), viewer(), case_id, _catalogue())
    back = url_for("cases.show", case_id=case_id, _anchor="suggestions-title")
    return _page(asked, "cases/versus.html", back=back)


def _page(message: Asked, template: str, **shown: str) -> ResponseReturnValue:
    pair = request.args.get("first", 0, type=int), request.args.get("second", 0, type=int)
    if not all(pair):
        abort(404)
    try:
        found = _compared(pair, message)
    except NotWeighed as error:
        end_work(error)
        return render_template(template, found=None, sentence=sentence_for(error), **shown), status_for(error)
    answers = answers_of(current_session(), pair, today=today())
    return render_template(
        template,
        found=found,
        sentence=balance_sentence(found),
        lines=versus_lines(found),
        facts=fact_lines(found, answers),
        sure=[sure_words(side) for side in (found.first, found.second)],
        **shown,
    )


def _catalogue() -> Catalogue:
    return services().knowledge.catalogue(current_session(), now=now())


def _compared(pair: tuple[int, int], asked: Asked) -> Versus:
    session = current_session()
    return versus(
        services().knowledge.engine(session, now=now()),
        asked.text,
        pair,
        title=asked.title,
        region=asked.areas or None,
        today=today(),
        meaning=services().knowledge.meaning(session),
    )
