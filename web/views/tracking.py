"""The tracking page: where a citizen's message stands, the reply, and the citizen's word on it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar, cast

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext as _lp

from inbox.citizen_view import CitizenReply, TrackedCase, tracked_case, tracked_parts
from inbox.errors import CaseNotFound, MessageRefused
from inbox.models import CaseState, Satisfaction
from inbox.ratings import MAX_SUPPLEMENT_LENGTH, rate_reply, reopen_case, supplement_case
from inbox.tracking import tidy_tracking_code
from web.context import current_session, now
from web.errors import sentence_for, status_for
from web.frame import Place
from web.guards import public
from web.i18n import format_instant, is_chinese
from web.security import limiter
from web.words import word

blueprint = Blueprint("tracking", __name__, url_prefix="/track")

PLACES = (Place("tracking.index", _l("Track a message"), "signpost-2", "public", 20),)

COMMENT_LENGTH = 500

View = TypeVar("View", bound=Callable[..., Any])

_guess_limit = limiter.shared_limit(
    "20 per 10 minutes; 60 per hour",
    scope="tracking codes",
    deduct_when=lambda response: response.status_code == 404,
)

EVENTS = {
    "assigned": _l("Passed on to the department responsible"),
    "extended": _l("The department was given more time; the new date stands above"),
    "citizen_asked": _l("The department has a question for you; please answer it below"),
    "wait_ended": _l("The department goes on without waiting for an answer"),
    "return_asked": _l("It is being settled which department is responsible; you need not do anything"),
    "reopened": _l("Opened again at your wish"),
    "closed": _l("Settled"),
}
"""What happened, in the citizen's words; everything else is either a bubble of its own or not the citizen's."""

STEPS = (
    _lp("step", "Received"),
    _lp("step", "Passed on"),
    _lp("step", "Handled"),
    _lp("step", "Answered"),
    _lp("step", "Settled"),
)
"""What every message goes through; Chinese names the steps so that they read well before and after."""

_DONE = {
    CaseState.NEW: 1,
    CaseState.TRIAGE_DESK: 1,
    CaseState.ARBITRATION: 2,
    CaseState.ASSIGNED: 2,
    CaseState.DRAFTING: 2,
    CaseState.IN_REVIEW: 3,
    CaseState.SENDING: 3,
    CaseState.REPLIED: 4,
    CaseState.CLOSED: 5,
}
"""How many of the five steps are behind the case."""


@dataclass(frozen=True, slots=True)
class Said:
    """One line of the conversation: the citizen's words, a reply, or what happened in between."""

    at: datetime
    text: str
    side: str = "event"
    reply: CitizenReply | None = None


def guesses(view: View) -> View:
    """Count wrong codes: who types many is put off, who has a right one never is."""
    return cast("View", _guess_limit(view))


def keep_private(page: str) -> Response:
    """Keep a citizen's page out of search engines and of shared caches."""
    response = make_response(page)
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["Cache-Control"] = "private, no-store"
    return response


def unknown_code(code: str) -> ResponseReturnValue:
    """Say, in one kind sentence, that no message has this code."""
    return keep_private(render_template("tracking/index.html", code=code, is_unknown=True)), 404


@blueprint.get("")
@public
def index() -> ResponseReturnValue:
    """Ask for the code, or go on to the page of the code that was typed."""
    typed = request.args.get("code", "").strip()
    if typed:
        return redirect(url_for("tracking.show", code=tidy_tracking_code(typed)))
    return render_template("tracking/index.html", code="", is_unknown=False)


@blueprint.get("/<code>")
@public
@guesses
def show(code: str) -> ResponseReturnValue:
    """Show where the message stands."""
    try:
        return _page(code)
    except CaseNotFound:
        return unknown_code(code)


@blueprint.post("/<code>/rating")
@public
@guesses
@limiter.limit("20 per minute")
def rate(code: str) -> ResponseReturnValue:
    """Keep the citizen's rating of the reply."""
    solved = request.form.get("solved")
    satisfaction = request.form.get("satisfaction", type=Satisfaction)
    if solved not in ("yes", "no") or satisfaction is None:
        return _page(code, rating_error=_("Please answer both questions.")), 422
    comment = request.form.get("comment", "").strip()[:COMMENT_LENGTH] or None
    rate_reply(
        current_session(),
        tidy_tracking_code(code),
        solved=solved == "yes",
        satisfaction=satisfaction,
        comment=comment,
        now=now(),
    )
    if solved == "yes":
        flash(_("Thank you. Your rating was kept and the matter is closed."), "success")
    else:
        flash(
            _("Thank you. Your rating was kept. If you like, you can open the matter again below."), "success"
        )
    return redirect(url_for("tracking.show", code=code), 303)


@blueprint.post("/<code>/supplement")
@public
@guesses
@limiter.limit("20 per minute")
def supplement(code: str) -> ResponseReturnValue:
    """Add the citizen's one supplement."""
    text = request.form.get("text", "")
    try:
        supplement_case(current_session(), tidy_tracking_code(code), text=text, now=now())
    except MessageRefused as refused:
        return _page(code, supplement=text, supplement_error=sentence_for(refused)), status_for(refused)
    flash(_("Your addition was passed on to those who handle the matter."), "success")
    return redirect(url_for("tracking.show", code=code), 303)


@blueprint.post("/<code>/reopen")
@public
@guesses
@limiter.limit("20 per minute")
def reopen(code: str) -> ResponseReturnValue:
    """Open an answered matter again, once."""
    reason = request.form.get("reason", "")
    try:
        reopen_case(current_session(), tidy_tracking_code(code), reason=reason, now=now())
    except MessageRefused as refused:
        return _page(code, reason=reason, reopen_error=sentence_for(refused)), status_for(refused)
    flash(_("The matter is open again. The department will answer you once more."), "success")
    return redirect(url_for("tracking.show", code=code), 303)


def _page(code: str, **typed: Any) -> Response:
    case = tracked_case(current_session(), tidy_tracking_code(code))
    return keep_private(
        render_template(
            "tracking/show.html",
            case=case,
            department=_department(case),
            is_set_aside=_is_set_aside(case),
            steps=STEPS,
            done=_DONE[case.state],
            times=[format_instant(at) for at in _times(case)],
            is_late=case.due_at is not None and case.due_at < now(),
            conversation=_conversation(case),
            satisfactions={s.value: word(s) for s in Satisfaction},
            comment_length=COMMENT_LENGTH,
            supplement_length=MAX_SUPPLEMENT_LENGTH,
            typed=typed,
            matters=[
                (part, _department(part), STEPS[_DONE[part.state] - 1])
                for part in tracked_parts(current_session(), case.tracking_code)
            ],
        )
    )


def _department(case: TrackedCase) -> str | None:
    return case.department if is_chinese() else case.department_en or case.department


def _is_set_aside(case: TrackedCase) -> bool:
    """Tell whether the message was put aside without an answer, as advertising is."""
    return case.state == CaseState.CLOSED and not case.replies


def _times(case: TrackedCase) -> list[datetime | None]:
    """Return when each of the five steps was done, as far as it was."""

    def last(kind: str) -> datetime | None:
        return next((event.at for event in reversed(case.events) if event.kind == kind), None)

    replied = case.replies[-1].at if case.replies else None
    times = [case.received_at, last("assigned"), None, replied, last("closed")]
    return [at if number < _DONE[case.state] else None for number, at in enumerate(times)]


def _conversation(case: TrackedCase) -> list[Said]:
    """Return everything that was said and done, oldest first; no officer is named."""
    said = [Said(at, text, "citizen") for text, at in case.words]
    said += [Said(reply.at, reply.text, "staff", reply) for reply in case.replies]
    said += [Said(event.at, str(EVENTS[event.kind])) for event in case.events if event.kind in EVENTS]
    return sorted(said, key=lambda line: line.at)
