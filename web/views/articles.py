"""The knowledge editor's pages: find, write, review, publish and try standard answers."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from knowledge_base.article_view import ArticleView, article_view
from knowledge_base.articles import (
    approve_article,
    create_article,
    restore_revision,
    retire_article,
    revise_article,
    send_back_article,
    submit_article,
)
from knowledge_base.demand import demand_group, settle_demand
from knowledge_base.engine.weights import THRESHOLD
from knowledge_base.errors import InvalidArticle, StaleArticle
from knowledge_base.models import Authority, DemandState, RevisionState
from knowledge_base.queries import ArticleFilter, ArticleList, ArticleOrder, article_counts, articles_page
from knowledge_base.revisions import FieldDifference, compare_contents, compare_revisions
from knowledge_base.topics import topic_tree
from routing.departments import all_departments
from routing.models import DepartmentKind, Role
from routing.officers import all_officers
from routing.whereabouts import areas_of
from web.article_form import content_from_form, form_values
from web.article_names import FIELD_NAMES
from web.article_supervision import supervision_parts
from web.context import current_session, end_work, now, services, the_officer, today
from web.errors import sentence_for, status_for
from web.frame import Place
from web.guards import roles, signed_in
from web.i18n import language
from web.views.draft_effects import effect_parts
from web.words import word

blueprint = Blueprint("articles", __name__, url_prefix="/articles")

PLACES = (Place("articles.index", _l("Standard answers"), "journal-text", "knowledge", 10),)

TABS = (
    (ArticleList.ALL, _l("All")),
    (ArticleList.IN_REVIEW, _l("Waiting for review")),
    (ArticleList.DRAFT, _l("Drafts")),
    (ArticleList.PUBLISHED, _l("Published")),
    (ArticleList.STALE, _l("To look at again")),
    (ArticleList.UNEXPLAINED, _l("Policy without explanation")),
    (ArticleList.EXPIRING, _l("Expiring soon")),
    (ArticleList.EXPIRED, _l("Expired")),
    (ArticleList.RETIRED, _l("Retired")),
)
PAGE_SIZE = 30
LONGEST_TRY = 5000
SUGGESTIONS_TRIED = 5


@blueprint.get("")
@signed_in
def index() -> ResponseReturnValue:
    """List articles by where they stand, with search and filters."""
    session = current_session()
    chosen = _member(ArticleList, request.args.get("list"), ArticleList.ALL)
    criteria = ArticleFilter(
        work_list=chosen,
        text=request.args.get("q", "").strip()[:200],
        topic_code=request.args.get("topic") or None,
        owner_code=request.args.get("owner") or None,
        region=request.args.get("region") or None,
        authority=request.args.get("authority", type=Authority),
        tag=request.args.get("tag", "").strip()[:64],
    )
    number = request.args.get("page", 1, type=int)
    page = articles_page(
        session,
        criteria,
        today=today(),
        order=_member(ArticleOrder, request.args.get("order"), ArticleOrder.UPDATED),
        number=number,
        size=PAGE_SIZE,
    )
    counts = article_counts(session, today=today())
    return render_template(
        "articles/index.html",
        page=page,
        chosen=chosen,
        criteria=criteria,
        tabs=[
            {
                "label": str(label),
                "url": url_for("articles.index", list=each.value),
                "active": each == chosen,
                "count": counts.by_list.get(each),
            }
            for each, label in TABS
        ],
        may_edit=_may_edit(),
        **_choices(),
    )


@blueprint.get("/new")
@roles(Role.EDITOR)
def new() -> ResponseReturnValue:
    """Show an empty form, or one with a question that many asked in it."""
    values, group_id = form_values(None), request.args.get("demand", type=int)
    if group_id:
        values |= {
            "question": demand_group(current_session(), group_id, now=now()).question,
            "demand": group_id,
        }
    return _form(values, {})


@blueprint.post("/new")
@roles(Role.EDITOR)
def create() -> ResponseReturnValue:
    """Save a new draft."""
    session, author, group_id = current_session(), the_officer().id, request.form.get("demand", type=int)
    try:
        article = create_article(session, content_from_form(request.form), author_id=author, now=now())
        if group_id:
            settle_demand(
                session,
                group_id,
                DemandState.ARTICLE,
                officer_id=author,
                now=now(),
                article_id=article.id,
            )
    except InvalidArticle as error:
        end_work(error)
        return _form(dict(request.form), {error.field: sentence_for(error)}), status_for(error)
    flash(_("The draft is saved. Submit it for review when it is ready."), "success")
    return redirect(url_for("articles.show", article_id=article.id))


@blueprint.get("/try")
@signed_in
def try_it() -> ResponseReturnValue:
    """Show what officers would be offered for a question, and why."""
    text = request.args.get("text", "").strip()[:LONGEST_TRY]
    engine = services().knowledge.engine(current_session(), now=now())
    meaning = services().knowledge.meaning(current_session())
    areas = areas_of(services().knowledge.catalogue(current_session(), now=now()), text)
    found = (
        engine.suggest(
            text,
            region=areas or None,
            limit=SUGGESTIONS_TRIED,
            threshold=0.0,
            today=today(),
            meaning=meaning,
        )
        if text
        else []
    )
    shown = [hit for hit in found if hit.confidence >= THRESHOLD]
    weak = [hit for hit in found if hit.confidence < THRESHOLD]
    return render_template("articles/try.html", text=text, shown=shown, weak=weak)


@blueprint.get("/<int:article_id>")
@signed_in
def show(article_id: int) -> ResponseReturnValue:
    """Show one article: what is in force, what waits, and its history."""
    view = article_view(current_session(), article_id, today=today())
    return render_template("articles/show.html", **_page(view))


@blueprint.get("/<int:article_id>/edit")
@roles(Role.EDITOR)
def edit(article_id: int) -> ResponseReturnValue:
    """Show the form with the waiting change, or with what is in force."""
    view = article_view(current_session(), article_id, today=today())
    return _form(form_values(view.newest), {}, view)


@blueprint.post("/<int:article_id>/edit")
@roles(Role.EDITOR)
def revise(article_id: int) -> ResponseReturnValue:
    """Save a revision; what is published stays in force until the change is approved."""
    try:
        revise_article(
            current_session(),
            article_id,
            content_from_form(request.form),
            expected_revision=_revision(),
            author_id=the_officer().id,
            now=now(),
        )
    except InvalidArticle as error:
        end_work(error)
        view = article_view(current_session(), article_id, today=today())
        return _form(dict(request.form), {error.field: sentence_for(error)}, view), status_for(error)
    except StaleArticle as error:
        end_work(error)
        return _both_texts(article_id, error), status_for(error)
    flash(_("The change is saved. It takes effect when somebody else has approved it."), "success")
    return redirect(url_for("articles.show", article_id=article_id))


@blueprint.post("/<int:article_id>/submit")
@roles(Role.EDITOR)
def submit(article_id: int) -> ResponseReturnValue:
    """Hand the newest revision to review."""
    submit_article(
        current_session(),
        article_id,
        expected_revision=_revision(),
        actor_id=the_officer().id,
        now=now(),
    )
    flash(_("Submitted. Another editor reviews it."), "success")
    return redirect(url_for("articles.show", article_id=article_id))


@blueprint.post("/<int:article_id>/approve")
@roles(Role.EDITOR)
def approve(article_id: int) -> ResponseReturnValue:
    """Publish the revision that was read."""
    approve_article(
        current_session(),
        article_id,
        expected_revision=_revision(),
        reviewer_id=the_officer().id,
        now=now(),
    )
    flash(_("Published. Officers are offered it from now on."), "success")
    return redirect(url_for("articles.show", article_id=article_id))


@blueprint.post("/<int:article_id>/send-back")
@roles(Role.EDITOR)
def send_back(article_id: int) -> ResponseReturnValue:
    """Return the revision to its author with a reason."""
    comment = request.form.get("comment", "").strip()
    if not comment:
        flash(_("Say what should be changed. Nothing was sent back."), "warning")
        return redirect(url_for("articles.show", article_id=article_id))
    send_back_article(
        current_session(),
        article_id,
        expected_revision=_revision(),
        reviewer_id=the_officer().id,
        comment=comment[:1000],
        now=now(),
    )
    flash(_("Sent back to its author with your reason."), "success")
    return redirect(url_for("articles.show", article_id=article_id))


@blueprint.get("/<int:article_id>/retire")
@roles(Role.EDITOR)
def ask_to_retire(article_id: int) -> ResponseReturnValue:
    """Ask before an article is taken out of use."""
    view = article_view(current_session(), article_id, today=today())
    return render_template("articles/retire.html", article=view)


@blueprint.post("/<int:article_id>/retire")
@roles(Role.EDITOR)
def retire(article_id: int) -> ResponseReturnValue:
    """Take an article out of use at once."""
    reason = request.form.get("reason", "").strip()[:500]
    retire_article(current_session(), article_id, actor_id=the_officer().id, now=now(), reason=reason)
    flash(_("Retired. It is not offered any more; its history stays."), "success")
    return redirect(url_for("articles.show", article_id=article_id))


@blueprint.post("/<int:article_id>/restore")
@roles(Role.EDITOR)
def restore(article_id: int) -> ResponseReturnValue:
    """Make an old revision the newest draft."""
    restore_revision(
        current_session(),
        article_id,
        request.form.get("number", 0, type=int),
        expected_revision=_revision(),
        author_id=the_officer().id,
        now=now(),
    )
    flash(_("The old text is a new draft now. Submit it for review when it is ready."), "success")
    return redirect(url_for("articles.show", article_id=article_id))


@blueprint.get("/<int:article_id>/compare")
@signed_in
def compare(article_id: int) -> ResponseReturnValue:
    """Show two revisions side by side."""
    old, new = request.args.get("old", 1, type=int), request.args.get("new", 1, type=int)
    session = current_session()
    return render_template(
        "articles/compare.html",
        differences=compare_revisions(session, article_id, old, new),
        old=old,
        new=new,
        names=FIELD_NAMES,
        article=article_view(session, article_id, today=today()),
    )


def _page(view: ArticleView) -> dict[str, Any]:
    names = {person.id: person.name for person in all_officers(current_session(), include_disabled=True)}
    in_review = view.row.pending == RevisionState.IN_REVIEW
    own = the_officer().id == view.author_id
    return {
        "article": view,
        "names": names,
        "may_edit": _may_edit(),
        "may_submit": view.row.pending in (RevisionState.DRAFT, RevisionState.SENT_BACK),
        "may_review": in_review and not own,
        "waits_for_others": in_review and own,
        **supervision_parts(view.row),
        **effect_parts(view),
        **_choices(),
    }


def _both_texts(article_id: int, error: StaleArticle) -> str:
    """Show what a colleague saved beside what was typed; saving again is then based on the colleague's text."""
    view = article_view(current_session(), article_id, today=today())
    typed = {**request.form, "revision": str(view.row.revision)}
    differences = compare_contents(view.newest, content_from_form(request.form))
    return _form(typed, {"question": sentence_for(error)}, view, differences)


def _form(
    values: dict[str, Any],
    errors: dict[str, str],
    view: ArticleView | None = None,
    differences: Sequence[FieldDifference] = (),
) -> str:
    return render_template(
        "articles/form.html",
        values=values,
        errors=errors,
        article=view,
        differences=differences,
        names=FIELD_NAMES,
        **_choices(),
    )


def _choices() -> dict[str, Any]:
    session, locale = current_session(), language()
    topics, units = topic_tree(session), all_departments(session)
    return {
        "topics": [(t.code, t.name_en if locale == "en" and t.name_en else t.name) for t in topics],
        "owners": [(unit.code, unit.label(locale)) for unit in units],
        "towns": [(unit.code, unit.label(locale)) for unit in units if unit.kind == DepartmentKind.TOWN],
        "authorities": [(each.value, word(each)) for each in Authority],
    }


def _may_edit() -> bool:
    return Role.EDITOR in the_officer().roles


def _revision() -> int:
    return request.form.get("revision", 0, type=int)


def _member(kind: Any, value: str | None, default: Any) -> Any:
    return kind(value) if value in set(kind) else default
