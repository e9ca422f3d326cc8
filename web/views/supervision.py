"""Supervision: urging departments, orders from issue to closing, and their printed forms."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from inbox.case_lists import cases_by_id
from inbox.errors import FileRefused, MessageRefused
from inbox.ladder_models import OPEN_ORDERS, OrderReason, OrderState
from inbox.order_lists import ANSWERERS, Evidence, evidence_of, list_orders, order_view, waiting_orders
from inbox.orders import (
    OrderTerms,
    acknowledge_order,
    close_order,
    issue_article_order,
    issue_order,
    report_measures,
    send_order_back,
)
from inbox.proposals import decline_proposal, list_proposals, proposal_count
from inbox.urging import LONGEST_WORD, URGERS, urge_cases, urging_view
from knowledge_base.article_view import article_view
from routing.models import Role
from sla.errors import BadLimit
from web.context import calendar, current_session, end_work, now, services, today, viewer
from web.deadline_words import limit_words
from web.errors import sentence_for, status_for
from web.frame import Place
from web.guards import roles
from web.names import department_name
from web.official_document import OfficialDocument, date_words
from web.official_words import order_document, urging_document
from web.supervision_files import send_filed, send_order, send_urging
from web.views.auth import safe_target
from web.words import word

blueprint = Blueprint("supervision", __name__, url_prefix="/supervision")

READERS = (Role.SUPERVISOR, Role.DISPATCHER, Role.REVIEWER, Role.OFFICER, Role.ADMINISTRATOR)
PLACES = (
    Place(
        "supervision.index",
        _l("Supervision"),
        "clipboard2",
        order=32,
        count=lambda session, who, now: waiting_orders(session, who, now) + proposal_count(session, who),
        alarming=True,
    ),
)

TERMS = ("1wd", "2wd", "3wd", "5wd", "10wd")


@blueprint.get("")
@roles(*READERS)
def index() -> ResponseReturnValue:
    """List the orders one may see: those that are open, or those that are closed; or what is proposed."""
    if request.args.get("show") == "proposed" and viewer().has(Role.SUPERVISOR):
        return _proposals()
    closed = request.args.get("show") == "closed"
    states: Sequence[OrderState] = (OrderState.CLOSED,) if closed else OPEN_ORDERS
    orders = list_orders(current_session(), viewer(), states=states)
    return render_template(
        "supervision/index.html",
        orders=orders,
        tabs=_tabs("closed" if closed else "open"),
        closed=closed,
        moment_now=now(),
        department_name=department_name,
    )


@blueprint.post("/proposals/<int:case_id>/decline")
@roles(Role.SUPERVISOR)
def decline(case_id: int) -> ResponseReturnValue:
    """Decide that no order is needed for now."""
    decline_proposal(current_session(), viewer(), case_id, now=now())
    flash(_("No order for now. The case keeps that you decided so."), "success")
    return redirect(url_for("supervision.index", show="proposed"), 303)


@blueprint.get("/new")
@roles(Role.SUPERVISOR)
def new() -> ResponseReturnValue:
    """Ask what a department is to do about a case or an article."""
    return _form({}, {})


@blueprint.post("")
@roles(Role.SUPERVISOR)
def create() -> ResponseReturnValue:
    """Issue the order; the department is told at once."""
    case_id, article_id = (request.form.get(name, type=int) for name in ("case", "article"))
    reason = request.form.get("reason", type=OrderReason)
    requirement = request.form.get("requirement", "").strip()
    if reason is None or not requirement:
        return _form(request.form, {"requirement": _("Say what the department is to do.")}), 422
    terms = OrderTerms(reason, requirement, request.form.get("within", TERMS[2]))
    more: dict[str, Any] = {
        "calendar": calendar(),
        "now": now(),
        "prefix": services().settings.document_prefix,
    }
    try:
        if case_id is not None:
            order = issue_order(current_session(), viewer(), case_id, terms, **more)
        else:
            order = issue_article_order(current_session(), viewer(), article_id or 0, terms, **more)
    except BadLimit as error:
        end_work(error)
        return _form(request.form, {"within": sentence_for(error)}), status_for(error)
    flash(_("Supervision order %(number)s was issued.", number=order.number), "success")
    return redirect(url_for("supervision.show", order_id=order.id), 303)


@blueprint.get("/<int:order_id>")
@roles(*READERS)
def show(order_id: int) -> ResponseReturnValue:
    """Show an order with everything done about it."""
    return _page(order_id, {}, {})


@blueprint.post("/<int:order_id>/acknowledge")
@roles(*ANSWERERS)
def acknowledge(order_id: int) -> ResponseReturnValue:
    """Confirm that the order has arrived."""
    acknowledge_order(current_session(), viewer(), order_id, now=now())
    flash(_("Acknowledged. Now file what is done about it, with evidence."), "success")
    return redirect(url_for("supervision.show", order_id=order_id), 303)


@blueprint.post("/<int:order_id>/measures")
@roles(*ANSWERERS)
def report(order_id: int) -> ResponseReturnValue:
    """File measures with the day and evidence."""
    file = request.files.get("evidence")
    evidence = Evidence(file.filename, file.read()) if file and file.filename else None
    try:
        report_measures(
            current_session(),
            viewer(),
            order_id,
            text=request.form.get("text", ""),
            done_on=_day(request.form.get("done_on", "")),
            evidence=evidence,
            now=now(),
        )
    except (MessageRefused, FileRefused) as error:
        end_work(error)
        where = "text" if isinstance(error, MessageRefused) else "evidence"
        return _page(order_id, request.form, {where: sentence_for(error)}), status_for(error)
    flash(_("The measures were filed. The supervisor judges them now."), "success")
    return redirect(url_for("supervision.show", order_id=order_id), 303)


@blueprint.post("/<int:order_id>/judge")
@roles(Role.SUPERVISOR)
def judge(order_id: int) -> ResponseReturnValue:
    """Close the order, or send it back because more is needed."""
    words = request.form.get("words", "")
    try:
        if request.form.get("decision") == "close":
            close_order(current_session(), viewer(), order_id, conclusion=words, now=now())
            flash(_("The order is closed."), "success")
        else:
            send_order_back(current_session(), viewer(), order_id, reason=words, now=now())
            flash(_("Sent back. The department was told what is missing."), "success")
    except MessageRefused as error:
        end_work(error)
        return _page(order_id, request.form, {"words": sentence_for(error)}), status_for(error)
    return redirect(url_for("supervision.show", order_id=order_id), 303)


@blueprint.get("/<int:order_id>/print")
@roles(*READERS)
def print_order(order_id: int) -> ResponseReturnValue:
    """Show the order as it is printed."""
    told = order_document(order_view(current_session(), viewer(), order_id))
    return _printed(told, url_for("supervision.download", order_id=order_id))


@blueprint.get("/<int:order_id>/document.docx")
@roles(*READERS)
def download(order_id: int) -> ResponseReturnValue:
    """Send the order as an official document."""
    return send_order(order_view(current_session(), viewer(), order_id))


@blueprint.get("/<int:order_id>/evidence/<int:step_id>")
@roles(*READERS)
def evidence(order_id: int, step_id: int) -> ResponseReturnValue:
    """Send a file that was filed; always to be saved, never opened in the page."""
    return send_filed(evidence_of(current_session(), viewer(), order_id, step_id))


@blueprint.get("/urgings/<int:urging_id>")
@roles(*READERS)
def print_urging(urging_id: int) -> ResponseReturnValue:
    """Show a notice of urging as it is printed."""
    found = urging_view(current_session(), viewer(), urging_id) or abort(404)
    return _printed(urging_document(found), url_for("supervision.download_urging", urging_id=urging_id))


@blueprint.get("/urgings/<int:urging_id>/document.docx")
@roles(*READERS)
def download_urging(urging_id: int) -> ResponseReturnValue:
    """Send a notice of urging as an official document."""
    found = urging_view(current_session(), viewer(), urging_id) or abort(404)
    return send_urging(found)


@blueprint.get("/urge")
@roles(*URGERS)
def ask_urge() -> ResponseReturnValue:
    """Ask for the word that goes with urging the ticked cases."""
    chosen = request.args.getlist("case", type=int)
    return render_template(
        "supervision/urge.html",
        cases=cases_by_id(current_session(), viewer(), chosen),
        back=_back(),
        longest=LONGEST_WORD,
    )


@blueprint.post("/urge")
@roles(*URGERS)
def urge() -> ResponseReturnValue:
    """Urge the departments that have these cases."""
    chosen = list(dict.fromkeys(request.form.getlist("case", type=int)))[:200]
    urged, passed = urge_cases(
        current_session(), viewer(), chosen, words=request.form.get("words", ""), now=now()
    )
    if urged:
        words = ngettext("%(num)s case was urged.", "%(num)s cases were urged.", urged)
        flash(words, "success")
    if passed:
        words = ngettext(
            "%(num)s case has no department that could be urged.",
            "%(num)s cases have no department that could be urged.",
            passed,
        )
        flash(words, "warning")
    return redirect(_back(), 303)


def _tabs(current: str) -> list[dict[str, Any]]:
    labels = {"open": _("Open orders"), "closed": _("Closed orders")}
    counts: dict[str, int] = {}
    if viewer().has(Role.SUPERVISOR):
        labels["proposed"] = _("Proposed")
        counts["proposed"] = proposal_count(current_session(), viewer())
    return [
        {
            "label": label,
            "url": url_for("supervision.index", show=None if name == "open" else name),
            "active": name == current,
            "count": counts.get(name),
        }
        for name, label in labels.items()
    ]


def _proposals() -> str:
    return render_template(
        "supervision/proposals.html",
        proposals=list_proposals(current_session(), viewer()),
        tabs=_tabs("proposed"),
        department_name=department_name,
    )


def _back() -> str:
    asked = request.values.get("next") or ""
    return safe_target(asked) if asked else url_for("supervision.index")


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _printed(told: OfficialDocument, file: str) -> str:
    return render_template("supervision/print.html", told=told, dated=date_words(told.dated_on), file=file)


def _form(typed: Any, errors: dict[str, str]) -> str:
    case_id = request.values.get("case", type=int)
    article_id = request.values.get("article", type=int)
    if case_id is not None:
        found = cases_by_id(current_session(), viewer(), [case_id]) or abort(404)
        subject = found[0].title
    else:
        subject = article_view(current_session(), article_id or 0, today=today()).row.question
    return render_template(
        "supervision/new.html",
        subject=subject,
        case_id=case_id,
        article_id=article_id,
        reasons=[(reason.value, word(reason)) for reason in OrderReason],
        terms=[(term, limit_words(term)) for term in TERMS],
        typed=typed,
        errors=errors,
        back=url_for("cases.show", case_id=case_id)
        if case_id
        else url_for("articles.show", article_id=article_id),
    )


def _page(order_id: int, typed: Any, errors: dict[str, str]) -> str:
    view = order_view(current_session(), viewer(), order_id)
    return render_template(
        "supervision/show.html",
        view=view,
        row=view.row,
        department=department_name(view.row.department_id),
        is_late=view.row.is_late(now()),
        typed=typed,
        errors=errors,
        today=today().isoformat(),
    )
