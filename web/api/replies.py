"""Answering a case: a draft that is never overwritten, a review by somebody else, and only then a delivery."""

from flask import Response

from inbox import replies
from inbox.models import Reply
from routing.models import Role
from web.api.routes import REPLIES, answer, api, gives, problem_description
from web.api.schemas.cases import (
    Approval,
    CasePath,
    Checks,
    Delivery,
    Draft,
    ReplyText,
    SavedReply,
    SendingBack,
    Submission,
)
from web.context import current_session, now, viewer
from web.guards import reads_only, with_token

STALE = problem_description(
    409,
    or_with="StaleDraftProblem",
    words="The case has moved on, or a colleague saved in between: then both texts are here.",
)
SAVED = gives(SavedReply, 404) | {409: STALE}


@api.put("/cases/<int:case_id>/draft", tags=[REPLIES], responses=SAVED)
@with_token(Role.OFFICER)
def save_draft(path: CasePath, body: Draft) -> Response:
    """Keep the reply as it stands; 409 with both texts when a colleague saved in between."""
    reply = replies.save_draft(
        current_session(),
        viewer(),
        path.case_id,
        body.text,
        expected_version=body.version,
        now=now(),
        article_id=body.article_id,
    )
    return _saved(reply)


@api.post("/cases/<int:case_id>/submit", tags=[REPLIES], responses=SAVED)
@with_token(Role.OFFICER)
def submit_reply(path: CasePath, body: Submission) -> Response:
    """Save the reply and hand it to review; 422 while it has gaps to fill."""
    reply = replies.submit_reply(
        current_session(), viewer(), path.case_id, body.text, expected_version=body.version, now=now()
    )
    return _saved(reply)


@api.post("/cases/<int:case_id>/withdraw", tags=[REPLIES], responses=gives(SavedReply, 404, 409))
@with_token(Role.OFFICER)
def withdraw_reply(path: CasePath) -> Response:
    """Take a submitted reply back to edit it."""
    return _saved(replies.withdraw_reply(current_session(), viewer(), path.case_id, now=now()))


@api.post("/cases/<int:case_id>/approve", tags=[REPLIES], responses=gives(Delivery, 404) | {409: STALE})
@with_token(Role.REVIEWER)
def approve_reply(path: CasePath, body: Approval) -> Response:
    """Approve exactly the version that was read and start its delivery; 403 for who wrote a part of it."""
    delivery = replies.approve_reply(
        current_session(), viewer(), path.case_id, version=body.version, now=now()
    )
    return answer(Delivery.model_validate(delivery))


@api.post("/cases/<int:case_id>/send-back", tags=[REPLIES], responses=SAVED)
@with_token(Role.REVIEWER)
def send_reply_back(path: CasePath, body: SendingBack) -> Response:
    """Return the reply to its author with the reason."""
    reply = replies.send_back_reply(
        current_session(), viewer(), path.case_id, version=body.version, reason=body.reason, now=now()
    )
    return _saved(reply)


@api.post("/cases/<int:case_id>/checks", tags=[REPLIES], responses=gives(Checks, 404))
@with_token(Role.OFFICER, Role.REVIEWER)
@reads_only
def check_reply(path: CasePath, body: ReplyText) -> Response:
    """Say what an inspector would object to in a text; nothing is saved."""
    checked = replies.check_draft(current_session(), viewer(), path.case_id, body.text)
    return answer(Checks.model_validate(checked))


def _saved(reply: Reply) -> Response:
    return answer(SavedReply.model_validate(reply))
