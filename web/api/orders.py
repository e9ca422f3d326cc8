"""Supervision orders: issued, acknowledged, answered with measures and evidence, judged; with their printed form."""

from typing import Any

from flask import Response, url_for

from inbox.ladder_models import OPEN_ORDERS, OrderState
from inbox.order_lists import ANSWERERS, Evidence, evidence_of, list_orders, order_view
from inbox.orders import (
    OrderTerms,
    acknowledge_order,
    close_order,
    issue_article_order,
    issue_order,
    report_measures,
    send_order_back,
)
from inbox.proposals import decline_proposal, list_proposals
from routing.models import Role
from web.api.routes import SUPERVISION, answer, api, gives, gives_file
from web.api.schemas.articles import ArticlePath
from web.api.schemas.cases import CasePath
from web.api.schemas.supervision import (
    EvidenceForm,
    EvidenceList,
    EvidencePath,
    Judgement,
    Measures,
    NewOrder,
    Order,
    OrderPath,
    OrderProposals,
    OrderQuery,
    Orders,
)
from web.context import calendar, current_session, now, services, viewer
from web.downloads import DOCX
from web.guards import with_token
from web.supervision_files import send_filed, send_order
from web.views.supervision import READERS

CHANGED = gives(Order, 403, 404, 409)


@api.get("/supervision-orders", tags=[SUPERVISION], responses=gives(Orders))
@with_token(*READERS)
def show_orders(query: OrderQuery) -> Response:
    """List the supervision orders you may see."""
    states = (OrderState.CLOSED,) if query.closed else OPEN_ORDERS
    return answer(Orders.model_validate({"orders": list_orders(current_session(), viewer(), states=states)}))


@api.get("/supervision-proposals", tags=[SUPERVISION], responses=gives(OrderProposals))
@with_token(Role.SUPERVISOR)
def show_proposals() -> Response:
    """List what stayed overdue for days without an order: whether one is issued, a supervisor decides."""
    return answer(_proposals())


@api.post(
    "/cases/<int:case_id>/supervision-proposal/decline",
    tags=[SUPERVISION],
    responses=gives(OrderProposals, 404, 409),
)
@with_token(Role.SUPERVISOR)
def decline_a_proposal(path: CasePath) -> Response:
    """Decide that no order is needed for now; the case keeps who decided so."""
    decline_proposal(current_session(), viewer(), path.case_id, now=now())
    return answer(_proposals())


@api.get("/supervision-orders/<int:order_id>", tags=[SUPERVISION], responses=gives(Order, 404))
@with_token(*READERS)
def show_order(path: OrderPath) -> Response:
    """Show one supervision order with everything done about it."""
    return answer(_order(path.order_id))


@api.post(
    "/cases/<int:case_id>/supervision-orders",
    tags=[SUPERVISION],
    responses=gives(Order, 404, 409, status=201),
)
@with_token(Role.SUPERVISOR)
def supervise_case(path: CasePath, body: NewOrder) -> Response:
    """Issue a supervision order about a case."""
    terms = OrderTerms(body.reason, body.requirement, body.within)
    order = issue_order(current_session(), viewer(), path.case_id, terms, **_circumstances())
    return answer(_order(order.id or 0), 201)


@api.post(
    "/articles/<int:article_id>/supervision-orders",
    tags=[SUPERVISION],
    responses=gives(Order, 404, 409, status=201),
)
@with_token(Role.SUPERVISOR)
def supervise_article(path: ArticlePath, body: NewOrder) -> Response:
    """Issue a supervision order about an article that is out of date, to the department that owns it."""
    terms = OrderTerms(body.reason, body.requirement, body.within)
    order = issue_article_order(current_session(), viewer(), path.article_id, terms, **_circumstances())
    return answer(_order(order.id or 0), 201)


@api.get(
    "/supervision-orders/<int:order_id>/document.docx", tags=[SUPERVISION], responses=gives_file(DOCX, 404)
)
@with_token(*READERS)
def send_order_document(path: OrderPath) -> Response:
    """Send a supervision order as an official document (GB/T 9704), as DOCX."""
    return send_order(order_view(current_session(), viewer(), path.order_id))


@api.post("/supervision-orders/<int:order_id>/acknowledge", tags=[SUPERVISION], responses=CHANGED)
@with_token(*ANSWERERS)
def acknowledge(path: OrderPath) -> Response:
    """Acknowledge an order for your department."""
    acknowledge_order(current_session(), viewer(), path.order_id, now=now())
    return answer(_order(path.order_id))


@api.post("/supervision-orders/<int:order_id>/measures", tags=[SUPERVISION], responses=CHANGED)
@with_token(*ANSWERERS)
def file_measures(path: OrderPath, body: Measures) -> Response:
    """File what your department did about an order."""
    report_measures(
        current_session(), viewer(), path.order_id, text=body.text, done_on=body.done_on, now=now()
    )
    return answer(_order(path.order_id))


@api.get(
    "/supervision-orders/<int:order_id>/evidence", tags=[SUPERVISION], responses=gives(EvidenceList, 404)
)
@with_token(*READERS)
def show_evidence(path: OrderPath) -> Response:
    """List the files that were filed with an order."""
    return answer(_evidence(path.order_id))


@api.post(
    "/supervision-orders/<int:order_id>/evidence",
    tags=[SUPERVISION],
    responses=gives(EvidenceList, 403, 404, 409, 413, status=201),
)
@with_token(*ANSWERERS)
def file_evidence(path: OrderPath, form: EvidenceForm) -> Response:
    """File what your department did about an order, with a file that proves it."""
    report_measures(
        current_session(),
        viewer(),
        path.order_id,
        text=form.text,
        done_on=form.done_on,
        evidence=Evidence(form.file.filename or "", form.file.read()),
        now=now(),
    )
    return answer(_evidence(path.order_id), 201)


@api.get(
    "/supervision-orders/<int:order_id>/evidence/<int:step_id>",
    tags=[SUPERVISION],
    responses=gives_file("application/octet-stream", 404),
)
@with_token(*READERS)
def send_evidence(path: EvidencePath) -> Response:
    """Send a file that was filed with an order, as it was filed."""
    return send_filed(evidence_of(current_session(), viewer(), path.order_id, path.step_id))


@api.post("/supervision-orders/<int:order_id>/judgement", tags=[SUPERVISION], responses=CHANGED)
@with_token(Role.SUPERVISOR)
def judge(path: OrderPath, body: Judgement) -> Response:
    """Close an order, or send it back because more is needed."""
    session, who = current_session(), viewer()
    if body.decision == "close":
        close_order(session, who, path.order_id, conclusion=body.words, now=now())
    else:
        send_order_back(session, who, path.order_id, reason=body.words, now=now())
    return answer(_order(path.order_id))


def _circumstances() -> dict[str, Any]:
    return {"calendar": calendar(), "now": now(), "prefix": services().settings.document_prefix}


def _order(order_id: int) -> Order:
    return Order.model_validate(order_view(current_session(), viewer(), order_id))


def _evidence(order_id: int) -> EvidenceList:
    steps = order_view(current_session(), viewer(), order_id).steps
    files = [
        {
            **{name: getattr(step, name) for name in ("text", "done_on", "actor", "at")},
            "step_id": step.id,
            "name": step.evidence_name,
            "url": url_for("api.send_evidence", order_id=order_id, step_id=step.id),
        }
        for step in steps
        if step.evidence_name
    ]
    return EvidenceList.model_validate({"evidence": files})


def _proposals() -> OrderProposals:
    return OrderProposals.model_validate({"proposals": list_proposals(current_session(), viewer())})
