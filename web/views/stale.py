"""Answers to look at again: the date has come, the policy has ended, or officers reject them."""

from datetime import date, timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from inbox.order_lists import orders_about
from knowledge_base.amendments import confirm_article
from knowledge_base.queries import ArticleFilter, ArticleList, ArticleOrder, articles_page, stale_count
from routing.models import Role
from web.context import current_session, now, the_officer, today, viewer
from web.frame import Place
from web.guards import roles
from web.i18n import format_day
from web.names import department_names

blueprint = Blueprint("stale", __name__, url_prefix="/stale")

PLACES = (
    Place(
        "stale.index",
        _l("To look at again"),
        "alarm",
        "knowledge",
        24,
        count=lambda session, _viewer, _now: stale_count(session, today=today()),
    ),
)

PAGE_SIZE = 20
MONTHS = (3, 6, 12)
DEFAULT_MONTHS = 6


@blueprint.get("")
@roles(Role.EDITOR, Role.SUPERVISOR)
def index() -> ResponseReturnValue:
    """List the published answers that need a look, the longest overdue first."""
    session, who = current_session(), viewer()
    page = articles_page(
        session,
        ArticleFilter(work_list=ArticleList.STALE),
        today=today(),
        order=ArticleOrder.REVIEW_BY,
        number=request.args.get("page", 1, type=int),
        size=PAGE_SIZE,
    )
    return render_template(
        "stale/index.html",
        page=page,
        owners=department_names(),
        months=[(number, format_day(months_later(today(), number))) for number in MONTHS],
        default=DEFAULT_MONTHS,
        may_edit=who.has(Role.EDITOR),
        may_supervise=who.has(Role.SUPERVISOR),
        supervised=orders_about(session, who, [row.id for row in page.rows]),
    )


@blueprint.post("/<int:article_id>/confirm")
@roles(Role.EDITOR)
def confirm(article_id: int) -> ResponseReturnValue:
    """Say that an answer is still right, and when it is to be looked at again."""
    asked = request.form.get("months", DEFAULT_MONTHS, type=int)
    review_by = months_later(today(), asked if asked in MONTHS else DEFAULT_MONTHS)
    confirm_article(
        current_session(),
        article_id,
        review_by=review_by,
        officer_id=the_officer().id,
        today=today(),
        now=now(),
    )
    flash(_("Still right. It comes up again on %(day)s.", day=format_day(review_by)), "success")
    return redirect(url_for("stale.index"), 303)


def months_later(day: date, months: int) -> date:
    """Return the same day so many months later, or the last day of that month."""
    year, month = divmod(day.month - 1 + months, 12)
    first = date(day.year + year, month + 1, 1)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return first.replace(day=min(day.day, last.day))
