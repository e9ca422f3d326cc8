"""Signed callback: hand an approved reply to the collector that brought the message.

The body is signed as in `inbox.channels.push`. The idempotency key is the same for every attempt at one reply, so a
receiver that remembers it never answers a citizen twice.
"""

import json
import secrets
from dataclasses import dataclass
from datetime import datetime

import httpx

from inbox.channels.push import KEY_HEADER, NONCE_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER, sign
from inbox.deliveries import Dispatch

TIMEOUT_SECONDS = 10.0
_REFUSED_FOR_GOOD = frozenset({400, 401, 403, 404, 405, 410, 413, 422})


@dataclass(frozen=True, slots=True)
class SendResult:
    """What is known after a send: `error` is None when the platform confirmed; `final` means do not retry."""

    error: str | None = None
    final: bool = False


def send_reply(client: httpx.Client, dispatch: Dispatch, *, now: datetime) -> SendResult:
    """Post one reply; any 2xx answer confirms it. Redirects are not followed."""
    body = json.dumps(
        {
            "message_id": dispatch.external_id,
            "tracking_code": dispatch.tracking_code,
            "reply": dispatch.text,
            "replied_at": now.isoformat(),
        },
        ensure_ascii=False,
    ).encode()
    timestamp, nonce = str(int(now.timestamp())), secrets.token_hex(12)
    headers = {
        "Content-Type": "application/json",
        TIMESTAMP_HEADER: timestamp,
        NONCE_HEADER: nonce,
        SIGNATURE_HEADER: sign(dispatch.secret, timestamp, nonce, body),
        KEY_HEADER: dispatch.idempotency_key,
    }
    try:
        answer = client.post(dispatch.url, content=body, headers=headers, timeout=TIMEOUT_SECONDS)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return SendResult(error=f"{type(error).__name__}: {error}")
    if answer.is_success:
        return SendResult()
    return SendResult(error=f"HTTP {answer.status_code}", final=answer.status_code in _REFUSED_FOR_GOOD)
