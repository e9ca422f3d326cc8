"""Robots of chat groups: DingTalk (and 浙政钉), WeCom, Feishu (and Lark), each as its maker documents it.

DingTalk signs the query with HMAC-SHA256 of "milliseconds\\nsecret" under the secret, Feishu the body with HMAC-SHA256
of nothing under "seconds\\nsecret"; WeCom has only the key in its address. All answer 200 whatever happened: what
counts is `errcode` or `code` in the body. Why not a notification library: docs/decisions/0070-robots.md.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx

from inbox.notice_models import NoticeRobot, RobotKind
from inbox.notice_sending import Outcome

TIMEOUT_SECONDS = 10.0
LONGEST_TEXT = {RobotKind.DINGTALK: 18_000, RobotKind.WECOM: 2_000, RobotKind.FEISHU: 18_000}
"""Bytes of text that a robot takes, a little less than documented (20,000, 2,048, 20,000)."""

_TOO_OFTEN = {130101: 600, 90030: 600, 45009: 60, 11232: 60, 9499: 60}
"""Codes for too many messages, with how many seconds to wait: DingTalk shuts a robot up for ten minutes."""

_BUSY = frozenset({-1})
"""Codes for a moment of weakness on the platform's side."""


def is_allowed(url: str, origins: Sequence[str]) -> bool:
    """Tell whether an address begins with one of the origins robots may live at, and carries no tricks."""
    parts = urlsplit(url)
    origin = f"{parts.scheme}://{parts.netloc}"
    return origin in origins and "@" not in parts.netloc and not parts.fragment


def send_to_robot(
    client: httpx.Client, robot: NoticeRobot, text: str, *, origins: Sequence[str], now: datetime
) -> Outcome:
    """Send one message. The address and the secret appear in no error."""
    if not is_allowed(robot.url, origins):
        return Outcome("address not allowed", final=True)
    params, body = _signed(robot, cut(text, LONGEST_TEXT[robot.kind]), now)
    try:
        url = httpx.URL(robot.url).copy_merge_params(params)
        answer = client.post(url, json=body, timeout=TIMEOUT_SECONDS)
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
        return Outcome(type(error).__name__)
    except httpx.InvalidURL as error:
        return Outcome(type(error).__name__, final=True)
    except httpx.HTTPError as error:
        return Outcome(type(error).__name__, unknown=True)
    return _outcome(answer)


def cut(text: str, most_bytes: int) -> str:
    """Shorten a text to so many bytes of UTF-8, at a character."""
    encoded = text.encode()
    if len(encoded) <= most_bytes:
        return text
    return encoded[: most_bytes - 3].decode("utf-8", "ignore") + "…"


def _signed(robot: NoticeRobot, text: str, now: datetime) -> tuple[dict[str, str], dict[str, Any]]:
    if robot.kind is RobotKind.FEISHU:
        body: dict[str, Any] = {"msg_type": "text", "content": {"text": text}}
        if robot.secret:
            at = str(int(now.timestamp()))
            body |= {"timestamp": at, "sign": _digest(f"{at}\n{robot.secret}", "")}
        return {}, body
    body = {"msgtype": "text", "text": {"content": text}}
    if robot.kind is RobotKind.DINGTALK and robot.secret:
        at = str(int(now.timestamp() * 1000))
        return {"timestamp": at, "sign": _digest(robot.secret, f"{at}\n{robot.secret}")}, body
    return {}, body


def _digest(key: str, message: str) -> str:
    return base64.b64encode(hmac.new(key.encode(), message.encode(), hashlib.sha256).digest()).decode()


def _outcome(answer: httpx.Response) -> Outcome:
    status = answer.status_code
    if status in (429, 503):
        return Outcome(f"HTTP {status}", retry_after=timedelta(seconds=60))
    if status >= 500:
        return Outcome(f"HTTP {status}", unknown=True)
    if status != 200:
        return Outcome(f"HTTP {status}", final=True)
    try:
        told = answer.json()
        code = int(told.get("errcode", told.get("code", told.get("StatusCode"))))
    except (ValueError, TypeError, AttributeError, json.JSONDecodeError):
        return Outcome("answer not understood", unknown=True)
    if code == 0:
        return Outcome()
    if code in _TOO_OFTEN:
        return Outcome(f"code {code}", retry_after=timedelta(seconds=_TOO_OFTEN[code]))
    return Outcome(f"code {code}", final=code not in _BUSY)
