"""One line a request, and a number that the error page shows and the log repeats; never an address or a word of it."""

import secrets
import time

import structlog
from flask import Flask, Response, g, request
from structlog.contextvars import bind_contextvars, clear_contextvars

SLOW_SECONDS = 1.0
_QUIET = frozenset({"static", "health.healthz"})

_log = structlog.get_logger(__name__)


def init_request_log(app: Flask) -> None:
    """Number every request, and log each when it is answered."""
    app.before_request(_begin)
    app.after_request(_end)


def _begin() -> None:
    g.request_id = secrets.token_hex(6)
    g.began = time.perf_counter()
    clear_contextvars()
    bind_contextvars(request_id=g.request_id)


def _end(response: Response) -> Response:
    if "began" not in g:
        return response
    response.headers["X-Request-Id"] = g.request_id
    seconds = time.perf_counter() - g.began
    if request.endpoint not in _QUIET:
        write = _log.warning if seconds > SLOW_SECONDS else _log.info
        officer = g.get("officer")
        write(
            "request",
            method=request.method,
            endpoint=request.endpoint,
            status=response.status_code,
            milliseconds=round(1000 * seconds),
            officer_id=officer.id if officer else None,
        )
    return response
