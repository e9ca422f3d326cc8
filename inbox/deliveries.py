"""Bring an approved reply to where the citizen wrote, once, and know what became of it."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import update
from sqlmodel import Session, col, select

from inbox.access import Viewer, require
from inbox.accounts import delivery_channel
from inbox.deadlines import CITIZEN_CLOCKS, meet_clocks
from inbox.events import record_event
from inbox.learning import learn_from_reply
from inbox.models import (
    Account,
    Case,
    CaseState,
    Delivery,
    DeliveryChannel,
    DeliveryState,
    Message,
    Reply,
    Task,
    TaskKind,
    TaskState,
)
from inbox.outbox import MAX_ATTEMPTS, add_tasks, claim_tasks, postpone_subject
from inbox.parts import origin_of
from inbox.watching import tell_watchers
from routing.models import Role
from sla.models import Clock

CARRIERS = (Role.DISPATCHER, Role.ADMINISTRATOR)
"""Who carries replies back by hand: they see the cases of every department."""

SENDING_LIMIT = timedelta(minutes=2)
"""How long a send may take before the sweep takes it for interrupted."""


@dataclass(frozen=True, slots=True)
class Dispatch:
    """Everything a sender needs for one reply, so that it holds no transaction while it waits for a platform."""

    delivery_id: int
    idempotency_key: str
    url: str
    secret: str
    external_id: str
    tracking_code: str
    text: str
    attempt: int


@dataclass(frozen=True, slots=True)
class ExportRow:
    """One reply for the export file of an account that is answered by hand."""

    delivery_id: int
    external_id: str
    tracking_code: str
    message: str
    reply: str
    approved_at: datetime | None


def begin_deliveries(session: Session, task_ids: Sequence[int], *, now: datetime) -> list[Dispatch]:
    """Mark deliveries as being sent and return what to send; one that somebody else is sending is passed over."""
    dispatches = []
    for delivery_id in claim_tasks(session, TaskKind.DELIVER, task_ids, now=now):
        begun = session.execute(
            update(Delivery)
            .where(
                col(Delivery.id) == delivery_id,
                col(Delivery.state).in_((DeliveryState.WAITING, DeliveryState.FAILED)),
            )
            .values(state=DeliveryState.SENDING, attempts=Delivery.attempts + 1, error=None)
            .execution_options(synchronize_session=False)
        )
        if begun.rowcount == 1:  # type: ignore[attr-defined]
            dispatches.append(_dispatch(session, delivery_id))
    return dispatches


def start_delivery(session: Session, case: Case, reply: Reply, *, now: datetime) -> Delivery:
    """Send an approved reply on its way: to the tracking page at once, elsewhere by a job or by hand."""
    account = session.get_one(Account, case.account_id)
    delivery = Delivery(
        reply_id=reply.id or 0,
        case_id=case.id or 0,
        account_id=case.account_id,
        channel=delivery_channel(account),
        state=DeliveryState.WAITING,
        idempotency_key=secrets.token_hex(16),
        created_at=now,
    )
    session.add(delivery)
    case.state = CaseState.SENDING
    case.version += 1
    session.flush()
    if delivery.channel == DeliveryChannel.TRACKING:
        finish_delivery(session, delivery, now=now)
    elif delivery.channel == DeliveryChannel.CALLBACK:
        add_tasks(session, TaskKind.DELIVER, [delivery.id or 0], now=now)
    return delivery


def finish_delivery(
    session: Session, delivery: Delivery, *, now: datetime, actor_id: int | None = None
) -> None:
    """Note that the reply has arrived: clocks met, the citizen may rate, the knowledge base learns.

    `actor_id` is who carried it there, when a person did.
    """
    if delivery.state == DeliveryState.DELIVERED:
        return
    case = session.get_one(Case, delivery.case_id, with_for_update=True)
    reply = session.get_one(Reply, delivery.reply_id)
    delivery.state = DeliveryState.DELIVERED
    delivery.delivered_at = now
    delivery.error = None
    case.state = CaseState.REPLIED
    case.replied_at = now
    case.version += 1
    record_event(
        session,
        case.id or 0,
        "delivered",
        now=now,
        actor_id=actor_id,
        params={"channel": delivery.channel.value},
        public=True,
    )
    meet_clocks(session, case, *CITIZEN_CLOCKS, Clock.total, now=now)
    if reply.joint_reply_id is None:  # of a reply to many the knowledge base learns once
        learn_from_reply(session, case, reply, now=now)
    tell_watchers(session, case.id or 0, "watched_replied", now=now)


def finish_delivery_by_id(session: Session, delivery_id: int, *, now: datetime) -> None:
    """Note that the platform confirmed the reply."""
    finish_delivery(session, session.get_one(Delivery, delivery_id), now=now)


def fail_delivery(
    session: Session, delivery_id: int, error: str, *, now: datetime, final: bool = False
) -> None:
    """Note a refused or unreachable send; try again later unless `final` or tried `MAX_ATTEMPTS` times."""
    delivery = session.get_one(Delivery, delivery_id)
    delivery.state = DeliveryState.FAILED
    delivery.error = error[:500]
    params = {"error": error[:200], "attempt": delivery.attempts}
    record_event(session, delivery.case_id, "delivery_failed", now=now, params=params)
    if not final and delivery.attempts < MAX_ATTEMPTS:
        postpone_subject(session, TaskKind.DELIVER, delivery_id, error, now=now)


def retry_delivery(session: Session, delivery_id: int, *, now: datetime) -> bool:
    """Send a failed delivery again by hand, under the same idempotency key."""
    delivery = session.get(Delivery, delivery_id)
    if delivery is None or delivery.state not in (DeliveryState.FAILED, DeliveryState.UNKNOWN):
        return False
    delivery.state = DeliveryState.WAITING
    session.execute(
        update(Task)
        .where(
            col(Task.kind) == TaskKind.DELIVER,
            col(Task.subject_id) == delivery_id,
            col(Task.state) != TaskState.DONE,
        )
        .values(state=TaskState.DONE, done_at=now)
        .execution_options(synchronize_session=False)
    )
    add_tasks(session, TaskKind.DELIVER, [delivery_id], now=now)
    return True


def revive_interrupted(session: Session, *, now: datetime) -> int:
    """Put back deliveries whose sender died; the idempotency key keeps the platform from answering twice."""
    claimed = session.exec(
        select(Delivery.id, Task.done_at)
        .join(Task, (col(Task.subject_id) == Delivery.id) & (col(Task.kind) == TaskKind.DELIVER))
        .where(Delivery.state == DeliveryState.SENDING)
        .order_by(col(Task.id).desc())
    ).all()
    newest: dict[int, datetime | None] = {}
    for delivery_id, done_at in claimed:
        newest.setdefault(delivery_id or 0, done_at)
    stuck = [i for i, done_at in newest.items() if done_at is None or done_at <= now - SENDING_LIMIT]
    revived = [
        i
        for i in stuck
        if session.execute(
            update(Delivery)
            .where(col(Delivery.id) == i, col(Delivery.state) == DeliveryState.SENDING)
            .values(state=DeliveryState.WAITING)
            .execution_options(synchronize_session=False)
        ).rowcount  # type: ignore[attr-defined]
        == 1
    ]
    add_tasks(session, TaskKind.DELIVER, revived, now=now)
    return len(revived)


def exportable(session: Session, account_id: int) -> list[ExportRow]:
    """Return the approved replies of an account that wait to be carried back by hand."""
    query = (
        select(Delivery, Message, Case.tracking_code, Reply)
        .join(Case, col(Case.id) == Delivery.case_id)
        .join(Reply, col(Reply.id) == Delivery.reply_id)
        .join(Message, col(Message.case_id) == Case.id)
        .where(
            Delivery.account_id == account_id,
            Delivery.channel == DeliveryChannel.EXPORT,
            Delivery.state == DeliveryState.WAITING,
        )
        .order_by(col(Delivery.id), col(Message.id))
    )
    rows: dict[int, ExportRow] = {}
    for delivery, message, code, reply in session.exec(query).all():
        key = delivery.id or 0
        row = ExportRow(key, message.external_id, code, message.text, reply.text, reply.approved_at)
        rows.setdefault(key, row)
    return list(rows.values())


def confirm_carried_back(
    session: Session, viewer: Viewer, account_id: int, delivery_ids: Sequence[int], *, now: datetime
) -> int:
    """Note that a person has carried these replies back; return how many. A second click finds none waiting.

    Raises NotAllowed for who may not see every department's replies.
    """
    require(viewer, "carry_back", *CARRIERS)
    waiting = session.exec(
        select(Delivery)
        .where(
            Delivery.account_id == account_id,
            Delivery.channel == DeliveryChannel.EXPORT,
            Delivery.state == DeliveryState.WAITING,
            col(Delivery.id).in_(delivery_ids),
        )
        .with_for_update()
    ).all()
    for delivery in waiting:
        finish_delivery(session, delivery, now=now, actor_id=viewer.officer_id)
    return len(waiting)


def export_counts(session: Session) -> dict[int, int]:
    """Return, for each account, how many replies wait to be carried back by hand."""
    waiting = session.exec(
        select(Delivery.account_id).where(
            Delivery.channel == DeliveryChannel.EXPORT, Delivery.state == DeliveryState.WAITING
        )
    ).all()
    return {account_id: waiting.count(account_id) for account_id in set(waiting)}


def failed_deliveries(session: Session, *, limit: int = 100) -> list[tuple[Delivery, str]]:
    """Return deliveries that did not arrive, with the case's tracking code, newest first."""
    query = (
        select(Delivery, Case.tracking_code)
        .join(Case, col(Case.id) == Delivery.case_id)
        .where(col(Delivery.state).in_((DeliveryState.FAILED, DeliveryState.UNKNOWN)))
        .order_by(col(Delivery.id).desc())
        .limit(limit)
    )
    return list(session.exec(query).all())


def _dispatch(session: Session, delivery_id: int) -> Dispatch:
    delivery = session.get_one(Delivery, delivery_id, populate_existing=True)
    reply = session.get_one(Reply, delivery.reply_id)
    account = session.get_one(Account, delivery.account_id)
    case = session.get_one(Case, delivery.case_id)
    # The citizen knows one submission: a part of it is answered under the code and identifier of the whole.
    origin = session.get_one(Case, origin_of(session, case.id or 0))
    opening = select(Message).where(Message.case_id == origin.id).order_by(col(Message.id))
    message = session.exec(opening.limit(1)).one()
    return Dispatch(
        delivery_id=delivery_id,
        idempotency_key=delivery.idempotency_key,
        url=account.callback_url or "",
        secret=account.push_secret or "",
        external_id=message.external_id,
        tracking_code=origin.tracking_code,
        text=reply.text,
        attempt=delivery.attempts,
    )
