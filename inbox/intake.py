"""The one way in: every message from every channel becomes a case here."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from inbox.errors import MessageRefused
from inbox.events import record_events
from inbox.kinds import Kind
from inbox.models import Account, Case, CaseState, Display, Message, TaskKind
from inbox.outbox import add_tasks
from inbox.tracking import new_tracking_code
from inbox.wording import (
    EXCERPT_LENGTH,
    MAX_TEXT_LENGTH,
    TITLE_LENGTH,
    clean_text,
    is_blank,
    one_line,
    title_from,
)

MAX_ID_LENGTH = 190
_BATCH = 500
_CLOCK_SKEW = timedelta(minutes=10)
_EARLIEST = datetime.fromisoformat("1990-01-01T00:00:00+00:00")


@dataclass(frozen=True, slots=True)
class Submission:
    """A message as a channel hands it over; `raw` is what arrived, byte for byte.

    `external_id` is the platform's own identifier: within one account the same one never makes two cases.
    `received_at` is when the clock starts; None means now. `posted_at` is when the citizen wrote, for reading.
    """

    external_id: str
    text: str
    raw: bytes
    title: str | None = None
    author_name: str | None = None
    author_ref: str | None = None
    contact: str | None = None
    place: str | None = None
    posted_at: datetime | None = None
    received_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a sender gets for a message that is safe: its case and the citizen's tracking code."""

    external_id: str
    case_id: int
    tracking_code: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """A message that was not taken; `position` counts from 0 in the batch."""

    position: int
    external_id: str
    reason: str
    params: dict[str, Any]


@dataclass(slots=True)
class Intake:
    """The outcome of a batch; `repeated` were known before and changed nothing."""

    new: list[Receipt] = field(default_factory=list)
    repeated: list[Receipt] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)


def receive_messages(
    session: Session,
    account: Account,
    submissions: Sequence[Submission],
    *,
    now: datetime,
    import_id: int | None = None,
) -> Intake:
    """Turn messages into cases with a row of triage work each, all in the caller's transaction.

    Safe against repeats in the same batch, earlier batches and other transactions that run at this moment:
    the unique key on account and external id decides, and the loser reports a repeat. Nothing may be
    acknowledged to a sender before the caller has committed.
    """
    outcome = Intake()
    accepted: dict[str, Submission] = {}
    for position, submission in enumerate(submissions):
        try:
            checked = check_submission(submission, now=now)
        except MessageRefused as refusal:
            outcome.refused.append(
                Refusal(position, submission.external_id, refusal.reason, dict(refusal.params))
            )
            continue
        accepted.setdefault(checked.external_id, checked)
    for batch in _batches(list(accepted.values())):
        _receive_batch(session, account, batch, outcome, now=now, import_id=import_id)
    account.last_collected_at = now
    session.flush()
    return outcome


def check_submission(submission: Submission, *, now: datetime) -> Submission:
    """Return the submission with clean text, or raise MessageRefused (empty, too_long, no_id, future_date…)."""
    text = clean_text(submission.text)
    title = clean_text(submission.title) if submission.title else None
    if is_blank(text) and not (title and not is_blank(title)):
        raise MessageRefused("empty")
    if len(text) > MAX_TEXT_LENGTH:
        raise MessageRefused("too_long", length=len(text), limit=MAX_TEXT_LENGTH)
    external_id = clean_text(submission.external_id)
    if not external_id or len(external_id) > MAX_ID_LENGTH:
        raise MessageRefused("no_id")
    for moment in (submission.received_at, submission.posted_at):
        if moment is not None and not _EARLIEST <= moment <= now + _CLOCK_SKEW:
            raise MessageRefused("impossible_date", date=moment.date().isoformat())
    return Submission(
        external_id=external_id,
        text=text or title or "",
        raw=submission.raw,
        title=one_line(title, 200) if title else None,
        author_name=_short(submission.author_name),
        author_ref=_short(submission.author_ref),
        contact=_short(submission.contact),
        place=one_line(clean_text(submission.place), 200) if submission.place else None,
        posted_at=submission.posted_at,
        received_at=min(submission.received_at, now) if submission.received_at else None,
    )


def _receive_batch(
    session: Session,
    account: Account,
    batch: list[Submission],
    outcome: Intake,
    *,
    now: datetime,
    import_id: int | None,
) -> None:
    """Insert what is new; when another transaction got in between, look again, one message at a time."""
    known = _known(session, account, [s.external_id for s in batch])
    fresh = [s for s in batch if s.external_id not in known]
    try:
        with session.begin_nested():
            outcome.new += _insert(session, account, fresh, now=now, import_id=import_id)
    except IntegrityError:
        if len(batch) > 1:
            for submission in batch:
                _receive_batch(session, account, [submission], outcome, now=now, import_id=import_id)
            return
        known = _known(session, account, [batch[0].external_id])
        if not known:
            raise
    outcome.repeated += known.values()


def _known(session: Session, account: Account, external_ids: list[str]) -> dict[str, Receipt]:
    query = (
        select(Message.external_id, Message.case_id, Case.tracking_code)
        .join(Case, col(Case.id) == Message.case_id)
        .where(Message.account_id == account.id, col(Message.external_id).in_(external_ids))
    )
    return {ext: Receipt(ext, case_id, code) for ext, case_id, code in session.exec(query).all()}


def _insert(
    session: Session, account: Account, fresh: list[Submission], *, now: datetime, import_id: int | None
) -> list[Receipt]:
    if not fresh:
        return []
    codes = [new_tracking_code() for _ in fresh]
    cases = [_case_row(account, s, code, now) for s, code in zip(fresh, codes, strict=True)]
    added = session.scalars(insert(Case).returning(col(Case.id), sort_by_parameter_order=True), cases)
    ids = [case_id for case_id in added if case_id is not None]
    session.execute(
        insert(Message),
        [_message_row(account, s, case_id, now, import_id) for s, case_id in zip(fresh, ids, strict=True)],
    )
    record_events(
        session,
        (
            {
                "case_id": case_id,
                "at": s.received_at or now,
                "kind": "received",
                "actor_id": None,
                "params": {"platform": account.platform.value, "account": account.name},
                "public": True,
            }
            for s, case_id in zip(fresh, ids, strict=True)
        ),
    )
    add_tasks(session, TaskKind.TRIAGE, ids, now=now)
    return [Receipt(s.external_id, i, code) for s, i, code in zip(fresh, ids, codes, strict=True)]


def _case_row(account: Account, submission: Submission, code: str, now: datetime) -> dict[str, Any]:
    return {
        "tracking_code": code,
        "account_id": account.id,
        "platform": account.platform,
        "title": one_line(submission.title or title_from(submission.text), TITLE_LENGTH),
        "excerpt": one_line(submission.text, EXCERPT_LENGTH),
        "author_name": submission.author_name,
        "author_ref": submission.author_ref or submission.contact,
        "kind": Kind.OTHER,
        "tags": [],
        "state": CaseState.NEW,
        "display": Display.PENDING,
        "spam": False,
        "sensitive": False,
        "triaged_steps": [],
        "received_at": submission.received_at or now,
        "reply_round": 0,
        "follower_count": 0,
        "return_count": 0,
        "repeat_count": 0,
        "version": 0,
    }


def _message_row(
    account: Account, submission: Submission, case_id: int, now: datetime, import_id: int | None
) -> dict[str, Any]:
    return {
        "case_id": case_id,
        "account_id": account.id,
        "external_id": submission.external_id,
        "raw": submission.raw,
        "title": submission.title,
        "text": submission.text,
        "contact": submission.contact,
        "place": submission.place,
        "personal_spans": [],
        "posted_at": submission.posted_at,
        "received_at": submission.received_at or now,
        "import_id": import_id,
    }


def _short(value: str | None) -> str | None:
    return one_line(clean_text(value), 120) or None if value else None


def _batches(submissions: list[Submission]) -> Iterator[list[Submission]]:
    for start in range(0, len(submissions), _BATCH):
        yield submissions[start : start + _BATCH]
