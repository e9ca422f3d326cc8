"""Signed push: where collectors hand messages over (docs/push.md describes the protocol)."""

from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from flask_babel import lazy_gettext as _l
from flask_limiter import RequestLimit
from werkzeug.exceptions import RequestEntityTooLarge

from inbox.channels.push import MAX_BODY_BYTES, SignedRequest, accept_push
from inbox.errors import AccountClosed, AccountNotFound, InboxError, MessageRefused, SignatureRefused
from web.context import current_session, now
from web.errors import sentence_for, status_for
from web.guards import machine
from web.refusals import refusal
from web.security import limiter

blueprint = Blueprint("push", __name__)

STATUSES = {
    "push_disabled": 403,
    "nonce_reused": 409,
    "key_reused": 422,
    "body_too_large": 413,
    "not_json": 400,
}
"""Where a reason deserves another status than its kind of error has."""

_CODES: dict[type[InboxError], str] = {AccountNotFound: "account_unknown", AccountClosed: "account_closed"}
_TOO_MANY = _l(
    "Too many refused requests from this address. Nothing was taken in; wait a minute and check the secret."
)


def _put_off(_limit: RequestLimit) -> Response:
    return _problem(429, "too_many_requests", *_in_both(lambda: str(_TOO_MANY)))


@blueprint.post("/api/push/<code>")
@machine
@limiter.limit("60 per minute", deduct_when=lambda response: response.status_code >= 400, on_breach=_put_off)
def receive(code: str) -> ResponseReturnValue:
    """Take pushed messages; the answer leaves after the commit."""
    request.max_content_length = MAX_BODY_BYTES
    signed = SignedRequest.read(request.headers, request.get_data())
    answer = accept_push(current_session(), code, signed, now=now())
    return jsonify(_spoken(answer)), 202


@blueprint.errorhandler(AccountNotFound)
@blueprint.errorhandler(AccountClosed)
@blueprint.errorhandler(SignatureRefused)
@blueprint.errorhandler(MessageRefused)
def refuse(error: InboxError) -> ResponseReturnValue:
    """Answer a refusal, after everything was undone, with its reason code and a sentence in both languages."""
    code = _CODES.get(type(error)) or str(getattr(error, "reason", "refused"))
    return _problem(STATUSES.get(code, status_for(error)), code, *_in_both(lambda: sentence_for(error)))


@blueprint.errorhandler(RequestEntityTooLarge)
def refuse_size(_error: RequestEntityTooLarge) -> ResponseReturnValue:
    """Answer a body that is too large without having read it."""
    return refuse(MessageRefused("body_too_large", limit=MAX_BODY_BYTES))


def _problem(status: int, code: str, english: str, chinese: str) -> Response:
    response = jsonify(
        type="about:blank",
        title=HTTPStatus(status).phrase,
        status=status,
        code=code,
        detail=english,
        detail_zh=chinese,
    )
    response.status_code = status
    response.headers["Content-Type"] = "application/problem+json"
    return response


def _in_both(say: Any) -> tuple[str, str]:
    """Return a sentence in English and in Chinese, whatever the request asked for."""
    with force_locale("en"):
        english = say()
    with force_locale("zh_CN"):
        return english, say()


def _spoken(answer: dict[str, Any]) -> dict[str, Any]:
    """Add the sentences to the messages that were refused; what is kept holds codes only."""
    messages = [_spoken_entry(dict(entry)) for entry in answer["messages"]]
    return {**answer, "messages": messages}


def _spoken_entry(entry: dict[str, Any]) -> dict[str, Any]:
    if entry["status"] == "refused":
        params = entry.pop("params", {})
        entry["detail"], entry["detail_zh"] = _in_both(lambda: refusal(entry["code"], params))
    return entry
