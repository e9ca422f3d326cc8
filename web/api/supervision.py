"""Urging, supervision, more time, questions and calls; the same commands, roles and refusals as on the pages."""

from flask import Response

from inbox.call_backs import CALLERS, Call, calls_due, record_call
from inbox.citizen_questions import ask_citizen
from inbox.extensions import approve_extension, ask_extension, list_requests, refuse_extension, requests_of
from inbox.ladder_models import OPEN_ORDERS, OrderState
from inbox.orders import (
    OrderTerms,
    acknowledge_order,
    close_order,
    issue_order,
    list_orders,
    order_view,
    report_measures,
    send_order_back,
)
from inbox.urging import URGERS, urge_case, urgings_of
from routing.models import Role
from web.api.routes import SUPERVISION, answer, api, gives, nothing
from web.api.schemas.cases import CasePath
from web.api.schemas.supervision import (
    CallMade,
    DueCalls,
    ExtensionQuery,
    Extensions,
    Judgement,
    Measures,
    NewExtension,
    NewOrder,
    NewQuestion,
    Order,
    OrderPath,
    OrderQuery,
    Orders,
    Refusal,
    RequestPath,
    Urge,
    Urgings,
)
from web.context import calendar, current_session, now, services, viewer
from web.guards import with_token
from web.views.inbox import WORKS_WITH_CASES
from web.views.supervision import ANSWERERS, READERS

CHANGED = gives(Order, 403, 404, 409)


@api.get("/cases/<int:case_id>/urgings", tags=[SUPERVISION], responses=gives(Urgings, 404))
@with_token(*WORKS_WITH_CASES)
def show_urgings(path: CasePath) -> Response:
    """List the urgings of a case."""
    return answer(_urgings(path.case_id))


@api.post("/cases/<int:case_id>/urgings", tags=[SUPERVISION], responses=gives(Urgings, 404, 409))
@with_token(*URGERS)
def urge(path: CasePath, body: Urge) -> Response:
    """Urge the department that has a case."""
    urge_case(current_session(), viewer(), path.case_id, words=body.words, now=now())
    return answer(_urgings(path.case_id))


@api.get("/supervision-orders", tags=[SUPERVISION], responses=gives(Orders))
@with_token(*READERS)
def show_orders(query: OrderQuery) -> Response:
    """List the supervision orders you may see."""
    states = (OrderState.CLOSED,) if query.closed else OPEN_ORDERS
    return answer(Orders.model_validate({"orders": list_orders(current_session(), viewer(), states=states)}))


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
    order = issue_order(
        current_session(),
        viewer(),
        path.case_id,
        OrderTerms(body.reason, body.requirement, body.within),
        calendar=calendar(),
        now=now(),
        prefix=services().settings.document_prefix,
    )
    return answer(_order(order.id or 0), 201)


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


@api.get("/extension-requests", tags=[SUPERVISION], responses=gives(Extensions))
@with_token(Role.SUPERVISOR)
def show_extension_requests(query: ExtensionQuery) -> Response:
    """List the requests for more time."""
    found = list_requests(current_session(), viewer(), waiting=not query.decided)
    return answer(Extensions.model_validate({"requests": found}))


@api.post(
    "/cases/<int:case_id>/extension-requests",
    tags=[SUPERVISION],
    responses=gives(Extensions, 404, 409, status=201),
)
@with_token(Role.OFFICER)
def ask_for_time(path: CasePath, body: NewExtension) -> Response:
    """Ask for more time, before the deadline."""
    session, who = current_session(), viewer()
    ask_extension(
        session, who, path.case_id, length=body.length, reason=body.reason, calendar=calendar(), now=now()
    )
    return answer(Extensions.model_validate({"requests": requests_of(session, who, path.case_id)}), 201)


@api.post(
    "/extension-requests/<int:request_id>/approve",
    tags=[SUPERVISION],
    responses=gives(None, 404, 409, status=204),
)
@with_token(Role.SUPERVISOR)
def grant_time(path: RequestPath) -> Response:
    """Grant more time; the citizen sees the new date."""
    approve_extension(current_session(), viewer(), path.request_id, calendar=calendar(), now=now())
    return nothing()


@api.post(
    "/extension-requests/<int:request_id>/refuse",
    tags=[SUPERVISION],
    responses=gives(None, 404, 409, status=204),
)
@with_token(Role.SUPERVISOR)
def refuse_time(path: RequestPath, body: Refusal) -> Response:
    """Refuse more time; the deadline stands."""
    refuse_extension(current_session(), viewer(), path.request_id, answer=body.answer, now=now())
    return nothing()


@api.post("/cases/<int:case_id>/question", tags=[SUPERVISION], responses=gives(None, 404, 409, status=204))
@with_token(Role.OFFICER)
def ask_the_citizen(path: CasePath, body: NewQuestion) -> Response:
    """Ask the citizen for what is missing; the handling clock waits."""
    ask_citizen(current_session(), viewer(), path.case_id, text=body.text, calendar=calendar(), now=now())
    return nothing()


@api.get("/call-backs", tags=[SUPERVISION], responses=gives(DueCalls))
@with_token(*CALLERS)
def show_call_backs() -> Response:
    """List which citizens to call after their answer."""
    found = calls_due(current_session(), viewer())
    return answer(DueCalls.model_validate({"calls": found}), private=True)


@api.post("/cases/<int:case_id>/call-back", tags=[SUPERVISION], responses=gives(None, 404, 409, status=204))
@with_token(*CALLERS)
def note_call_back(path: CasePath, body: CallMade) -> Response:
    """Note what a citizen said on the telephone."""
    call = Call(body.reached, body.solved, body.satisfaction, body.words)
    record_call(current_session(), viewer(), path.case_id, call, now=now())
    return nothing()


def _order(order_id: int) -> Order:
    return Order.model_validate(order_view(current_session(), viewer(), order_id))


def _urgings(case_id: int) -> Urgings:
    return Urgings.model_validate({"urgings": urgings_of(current_session(), viewer(), case_id)})
