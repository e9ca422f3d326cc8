"""What an article's page says of supervision: the orders about it, and the button that begins one."""

from typing import Any

from inbox.order_lists import orders_about
from knowledge_base.queries import ArticleRow
from routing.models import Role
from web.context import current_session, viewer
from web.names import department_names


def supervision_parts(row: ArticleRow) -> dict[str, Any]:
    """Return the open orders about an article, and whether the person may issue one.

    It is for an article out of date (service-levels.md, 督办), with an owner who can be asked and no order yet.
    """
    who = viewer()
    orders = list(orders_about(current_session(), who, [row.id]).values())
    is_stale = row.is_stale or row.is_expired or row.basis_expired or row.doubted
    may = is_stale and not orders and who.has(Role.SUPERVISOR) and row.owner_code in department_names()
    return {"orders": orders, "may_supervise": may}
