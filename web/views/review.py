"""The review queue: question, reply, what changed since the last review, and a decision by somebody else."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from inbox.case_lists import CasePage as CaseListPage
from inbox.case_lists import View, list_cases
from inbox.errors import StaleDraft
from inbox.models import CaseState
from inbox.replies import approve_reply, check_draft, send_back_reply
from routing.models import Role
from web.case_page import CasePage, case_page, with_deadlines
from web.case_words import finding_spans
from web.context import current_session, end_of_day, end_work, now, viewer
from web.differences import side_by_side
from web.errors import sentence_for
from web.frame import Place, current_frame
from web.guards import roles

blueprint = Blueprint("reviews", __name__, url_prefix="/reviews")


def _waiting(*_asked: Any) -> int:
    return current_frame().view_counts.get(View.IN_REVIEW, 0)


PLACES = (Place("reviews.index", _l("Reviews"), "check2-square", order=30, count=_waiting),)


@blueprint.get("")
@roles(Role.REVIEWER)
def index() -> str:
    """Show the queue with the chosen reply open, or the one that waits for this reviewer and falls due first."""
    return _desk(request.args.get("case", type=int))


@blueprint.post("/<int:case_id>/approve")
@roles(Role.REVIEWER)
def approve(case_id: int) -> ResponseReturnValue:
    """Approve the version that was read; it is sent at once."""
    try:
        approve_reply(current_session(), viewer(), case_id, version=_version(), now=now())
    except StaleDraft as error:
        end_work(error)
        return _desk(case_id, refusal=sentence_for(error)), 409
    flash(_("Approved. The reply is on its way to the citizen."), "success")
    return redirect(_next_after(case_id), 303)


@blueprint.post("/<int:case_id>/send-back")
@roles(Role.REVIEWER)
def send_back(case_id: int) -> ResponseReturnValue:
    """Send the reply back to its author with the reason."""
    reason = request.form.get("reason", "").strip()
    if not reason:
        return _desk(case_id, refusal=_("Write what should be changed; the author reads it.")), 422
    try:
        send_back_reply(current_session(), viewer(), case_id, version=_version(), reason=reason, now=now())
    except StaleDraft as error:
        end_work(error)
        return _desk(case_id, refusal=sentence_for(error)), 409
    flash(_("Sent back with your reason."), "success")
    return redirect(_next_after(case_id), 303)


def _desk(case_id: int | None, refusal: str | None = None) -> str:
    found = _queue()
    rows = with_deadlines(found.rows)
    chosen = case_id or (found.rows[0].id if found.rows else None)
    page = case_page(chosen, back=url_for("reviews.index", case=chosen)) if chosen else None
    return render_template(
        "review/index.html",
        found=found,
        rows=rows,
        page=page,
        refusal=refusal,
        reason=request.form.get("reason", ""),
        **(_reply(page) if page else {}),
    )


def _queue() -> CaseListPage:
    return list_cases(
        current_session(),
        viewer(),
        View.IN_REVIEW,
        now=now(),
        end_of_day=end_of_day(),
        page=request.args.get("page", 1, type=int),
    )


def _reply(page: CasePage) -> dict[str, object]:
    """Return the reply that waits, marked where the checks object, and its difference from what was judged last."""
    draft = page.view.draft
    if draft is None or page.row.state != CaseState.IN_REVIEW:
        return {"reply": None}
    checks = check_draft(current_session(), viewer(), page.row.id, draft.text)
    last = draft.reviews[-1] if draft.reviews else None
    inserted = draft.inserted_text if last is None else None
    before = last.text if last else inserted
    return {
        "reply": draft,
        "spans": finding_spans(checks),
        "last": last,
        "rows_changed": side_by_side(before, draft.text) if before and before != draft.text else [],
        "from_article": bool(inserted),
    }


def _next_after(case_id: int) -> str:
    """Return the queue with the next reply open: the one that stood after this one, else the first."""
    ids = [row.id for row in _queue().rows if row.id != case_id]
    wanted = request.form.get("then", type=int)
    chosen = wanted if wanted in ids else None
    return url_for("reviews.index", case=chosen)


def _version() -> int:
    return request.form.get("version", 0, type=int)
