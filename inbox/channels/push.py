"""Signed push: any collector hands messages over with a shared secret (docs/push.md describes the protocol).

The signature is the hexadecimal HMAC-SHA-256, under the account's secret, of ``timestamp "\\n" nonce "\\n" body``;
the timestamp is in Unix seconds and at most five minutes off. A nonce is used once. A request repeated with the
same idempotency key and body gets the first answer again.
"""

import hashlib
import hmac
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from inbox.accounts import get_account
from inbox.errors import AccountClosed, MessageRefused, SignatureRefused
from inbox.intake import MAX_ID_LENGTH, Intake, Submission, receive_messages
from inbox.models import Account, AccountState, PushReceipt
from inbox.wording import clean_text

TOLERANCE = timedelta(minutes=5)
MAX_MESSAGES = 1000
MAX_BODY_BYTES = 5_000_000

TIMESTAMP_HEADER = "X-Minhu-Timestamp"
NONCE_HEADER = "X-Minhu-Nonce"
SIGNATURE_HEADER = "X-Minhu-Signature"
KEY_HEADER = "Idempotency-Key"

_NONCE = re.compile(r"[\x21-\x7e]{8,64}")


class PushedMessage(BaseModel):
    """One message of a push, as the protocol document lists it; unlisted fields are dropped, not stored."""

    model_config = ConfigDict(extra="ignore", str_strip_whitespace=True)

    id: str = Field(min_length=1, max_length=MAX_ID_LENGTH)
    text: str
    title: str | None = None
    author: str | None = None
    author_id: str | None = None
    contact: str | None = None
    place: str | None = None
    posted_at: datetime | None = None


class Headers(Protocol):
    """Headers by name, as any HTTP library holds them."""

    def get(self, name: str, default: str, /) -> str:
        """Return the value of a header, or the default."""


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """The parts of an HTTP request that the signature covers or names."""

    timestamp: str
    nonce: str
    signature: str
    idempotency_key: str
    body: bytes

    @classmethod
    def read(cls, headers: Headers, body: bytes) -> "SignedRequest":
        """Take the protocol's headers; the idempotency key defaults to the nonce."""
        nonce = headers.get(NONCE_HEADER, "")
        return cls(
            timestamp=headers.get(TIMESTAMP_HEADER, ""),
            nonce=nonce,
            signature=headers.get(SIGNATURE_HEADER, ""),
            idempotency_key=(headers.get(KEY_HEADER, "") or nonce)[:120],
            body=body,
        )


def accept_push(
    session: Session, account_code: str, request: SignedRequest, *, now: datetime
) -> dict[str, Any]:
    """Check a push, take its messages and return the answer, all in the caller's transaction.

    The same request sent again, also at the same moment, gets the first answer. Nothing may be told to the
    sender before the caller has committed. Raises AccountNotFound, AccountClosed, SignatureRefused, and
    MessageRefused when the body cannot be read or none of its messages can be taken.
    """
    account = get_account(session, account_code)
    check_signature(account, request, now=now)
    if account.state == AccountState.CLOSED:
        raise AccountClosed(account_code)
    first = earlier_answer(session, account, request)
    if first is not None:
        return first
    submissions = read_push(request.body)
    answer = _answer(submissions, receive_messages(session, account, submissions, now=now))
    try:
        keep_answer(session, account, request, answer, now=now)
    except SignatureRefused:
        first = earlier_answer(session, account, request)
        if first is None:
            raise
        return first
    return answer


def sign(secret: str, timestamp: str, nonce: str, body: bytes) -> str:
    """Return the signature of a request; the same on both sides and for callbacks."""
    covered = timestamp.encode() + b"\n" + nonce.encode() + b"\n" + body
    return hmac.new(secret.encode(), covered, hashlib.sha256).hexdigest()


def check_signature(account: Account, request: SignedRequest, *, now: datetime) -> None:
    """Raise SignatureRefused unless the request is whole, signed by this account's secret and fresh."""
    if not account.push_secret:
        raise SignatureRefused("push_disabled")
    if not _NONCE.fullmatch(request.nonce):
        raise SignatureRefused("nonce_malformed")
    expected = sign(account.push_secret, request.timestamp, request.nonce, request.body)
    if not hmac.compare_digest(expected.encode(), request.signature.lower().encode()):
        raise SignatureRefused("signature_wrong")
    if not request.timestamp.isascii() or not request.timestamp.isdigit() or len(request.timestamp) > 11:
        raise SignatureRefused("timestamp_malformed")
    sent_at = datetime.fromtimestamp(int(request.timestamp), UTC)
    if abs(now - sent_at) > TOLERANCE:
        raise SignatureRefused("timestamp_old")


def earlier_answer(session: Session, account: Account, request: SignedRequest) -> dict[str, Any] | None:
    """Return the first answer when this very request was accepted before.

    Raises SignatureRefused for a nonce used by another request, or a key used with another body.
    """
    digest = hashlib.sha256(request.body).hexdigest()
    same_key = session.exec(
        select(PushReceipt).where(
            PushReceipt.account_id == account.id, PushReceipt.idempotency_key == request.idempotency_key
        )
    ).first()
    if same_key is not None:
        if same_key.body_digest != digest:
            raise SignatureRefused("key_reused")
        return same_key.answer
    used = session.exec(
        select(PushReceipt.id).where(
            PushReceipt.account_id == account.id, col(PushReceipt.nonce) == request.nonce
        )
    ).first()
    if used is not None:
        raise SignatureRefused("nonce_reused")
    return None


def keep_answer(
    session: Session, account: Account, request: SignedRequest, answer: dict[str, Any], *, now: datetime
) -> None:
    """Use up the nonce and key in the transaction that takes the messages; raise SignatureRefused if lost."""
    receipt = PushReceipt(
        account_id=account.id or 0,
        nonce=request.nonce,
        idempotency_key=request.idempotency_key,
        body_digest=hashlib.sha256(request.body).hexdigest(),
        answer=answer,
        at=now,
    )
    try:
        with session.begin_nested():
            session.add(receipt)
            session.flush()
    except IntegrityError as race:
        raise SignatureRefused("nonce_reused") from race


def read_push(body: bytes) -> list[Submission]:
    """Read ``{"messages": [...]}`` or one bare message; raise MessageRefused with what is wrong and where."""
    if len(body) > MAX_BODY_BYTES:
        raise MessageRefused("body_too_large", limit=MAX_BODY_BYTES)
    try:
        document = json.loads(body.decode("utf-8"))
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise MessageRefused("not_json") from error
    entries = document.get("messages", [document]) if isinstance(document, dict) else document
    if not isinstance(entries, list) or not entries:
        raise MessageRefused("no_messages")
    if len(entries) > MAX_MESSAGES:
        raise MessageRefused("too_many", count=len(entries), limit=MAX_MESSAGES)
    return [_submission(position, entry) for position, entry in enumerate(entries)]


def _answer(submissions: list[Submission], taken: Intake) -> dict[str, Any]:
    """Say what became of each message, in the order sent; raise MessageRefused when not one could be taken."""
    if not (taken.new or taken.repeated):
        worst = taken.refused[0]
        raise MessageRefused(worst.reason, **worst.params)
    refused = {refusal.position: refusal for refusal in taken.refused}
    codes = {
        r.external_id: (status, r.tracking_code)
        for status in ("new", "repeated")
        for r in getattr(taken, status)
    }
    entries: list[dict[str, Any]] = []
    seen: set[str] = set()
    for position, submission in enumerate(submissions):
        key = clean_text(submission.external_id)
        if position in refused:
            refusal = refused[position]
            entry = {"id": key, "status": "refused", "code": refusal.reason, "params": refusal.params}
        else:
            status, code = codes[key]
            entry = {"id": key, "status": "repeated" if key in seen else status, "tracking_code": code}
            seen.add(key)
        entries.append(entry)
    counts = {name: sum(e["status"] == name for e in entries) for name in ("new", "repeated", "refused")}
    return {"received": len(entries), **counts, "messages": entries}


def _submission(position: int, entry: Any) -> Submission:
    try:
        pushed = PushedMessage.model_validate(_mended(entry))
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or "message"
        raise MessageRefused("field_wrong", position=position + 1, field=field, error=first["msg"]) from error
    return Submission(
        external_id=pushed.id,
        text=pushed.text,
        raw=json.dumps(entry, ensure_ascii=False).encode("utf-8", "surrogatepass"),
        title=pushed.title,
        author_name=pushed.author,
        author_ref=pushed.author_id,
        contact=pushed.contact,
        place=pushed.place,
        posted_at=_zoned(pushed.posted_at),
    )


def _mended(entry: Any) -> Any:
    """Replace halves of characters, which collectors make by cutting text, before they spoil a whole batch."""
    if not isinstance(entry, dict):
        return entry
    return {key: clean_text(value) if isinstance(value, str) else value for key, value in entry.items()}


def _zoned(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment is not None and moment.tzinfo is None else moment
