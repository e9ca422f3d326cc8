"""Structured logs: constant event names plus ids; job and request ids are added here, never by the caller."""

import logging
import re
import sys
from typing import Any

import structlog
from structlog.types import EventDict

from web.settings import LogFormat, Settings

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_QUIET = ("alembic", "httpx", "httpcore", "rq", "rq.worker", "rq.job")


def configure_logs(settings: Settings) -> None:
    """Send the log lines of this process, our own and the libraries', to standard error in one format."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _without_control_characters,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *_renderers(settings.log_format),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(settings.log_level.upper())
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))


def _renderers(log_format: LogFormat) -> list[Any]:
    if log_format == LogFormat.JSON:
        return [
            structlog.processors.ExceptionRenderer(
                structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
            ),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ]
    return [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=_plain_traceback)]


def _plain_traceback(stream: Any, exc_info: Any) -> None:
    # Never the rich one: it prints local variables, and a local variable can be a citizen's message.
    structlog.dev.plain_traceback(stream, exc_info)


def _without_control_characters(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """Keep control characters out of the log, so that nobody writes lines of their own into it."""
    for key, value in event.items():
        if isinstance(value, str) and key != "exception":
            event[key] = _CONTROL.sub(lambda found: ascii(found.group())[1:-1], value)
    return event
