"""Attention: which answers are offered, used, edited and rejected, and what citizens say of them."""

from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from knowledge_base.attention import ATTENTION_DAYS, AttentionOrder, attention_page
from routing.models import Role
from web.context import current_session, today
from web.frame import Place
from web.guards import roles
from web.names import department_choices, department_names

blueprint = Blueprint("attention", __name__, url_prefix="/attention")

PLACES = (Place("attention.index", _l("Attention"), "graph-up", "knowledge", 28),)

PAGE_SIZE = 40
COLUMNS: tuple[tuple[AttentionOrder, Any], ...] = (
    (AttentionOrder.SHOWN, _l("Offered")),
    (AttentionOrder.INSERTED, _l("Used")),
    (AttentionOrder.EDITED, _l("Edited")),
    (AttentionOrder.REJECTED, _l("Rejected")),
    (AttentionOrder.HELPFUL, _l("Helped")),
    (AttentionOrder.UNHELPFUL, _l("Did not help")),
    (AttentionOrder.RISING, _l("Trend")),
)


@blueprint.get("")
@roles(Role.EDITOR, Role.SUPERVISOR)
def index() -> ResponseReturnValue:
    """List the answers with their figures, sorted by the one that was asked for."""
    order = request.args.get("order", AttentionOrder.SHOWN, type=AttentionOrder)
    owner = request.args.get("owner") or None
    page = attention_page(
        current_session(),
        today=today(),
        order=order,
        owner_code=owner,
        number=request.args.get("page", 1, type=int),
        size=PAGE_SIZE,
    )
    columns = [
        {
            "label": label,
            "num": True,
            "sort_url": url_for("attention.index", order=each.value, owner=owner),
            "sort": "descending" if each is order else None,
        }
        for each, label in COLUMNS
    ]
    return render_template(
        "attention/index.html",
        page=page,
        order=order,
        owner=owner,
        columns=columns,
        owners=department_names(),
        choices=department_choices(),
        days=ATTENTION_DAYS,
    )
