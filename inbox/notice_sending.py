"""Notices on their way out of the house: to whom, when, together with what, and what became of it.

A send is a row. What is due to one address at one time goes as one message, so that a bad morning is one email and
one line of chat each, and the limit of the robots (20 a minute) is seldom reached.
"""

import secrets
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, insert, update
from sqlmodel import Session, col, select

from inbox.access import Viewer
from inbox.models import Case, DeliveryState, TaskKind
from inbox.notice_models import EmailMode, Notice, NoticeChoice, NoticeRobot, NoticeSend
from inbox.outbox import MAX_ATTEMPTS, add_tasks, claim_tasks
from inbox.quiet_hours import after_quiet, next_at, zone_of
from routing.models import Officer, Role

MANDATORY = frozenset({"supervised", "order_sent_back", "urge_notice"})
"""What nobody can switch off: 督办单 and 催办通知书."""

EMAIL = r"[^@\s,;<>\"]{1,64}@[^@\s,;<>\"]{1,128}\.[^@\s,;<>\".]{1,20}"
"""What an email address looks like: one address, nothing that could end a header."""

FOR_ROBOTS = MANDATORY | {
    "urged",
    "deadline_breached",
    "bulletin_entered",
    "backstop_amber",
    "backstop_red",
    "alarm",
}
"""What the group of a department hears; the rest concerns one person."""

FOR_HOUSE = frozenset({"supervised", "bulletin_entered", "backstop_amber", "backstop_red", "alarm"})
"""What the group of the whole house hears."""

ROBOT_LIMIT, ROBOT_WINDOW = 20, timedelta(minutes=1)
"""DingTalk and WeCom take 20 messages a minute from a robot, Feishu 100: the smaller holds for all."""

MOST_TOGETHER = 40
SENDING_LIMIT = timedelta(minutes=2)
"""How long a send may take before its outcome counts as unknown."""

_FIRST_RETRY, _LONGEST_RETRY = timedelta(seconds=30), timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Line:
    """One notice within a message."""

    kind: str
    params: Mapping[str, Any]
    case_id: int | None
    tracking_code: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Parcel:
    """Everything a sender needs for one message, so that it holds no transaction while it waits."""

    batch: str
    send_ids: tuple[int, ...]
    lines: tuple[Line, ...]
    locale: str
    email: str = ""
    robot: NoticeRobot | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is known after a send: no `error` means confirmed.

    `final`: refused for good. `unknown`: it may have arrived, so it is not repeated by itself.
    """

    error: str = ""
    final: bool = False
    unknown: bool = False
    retry_after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class FailedSend:
    """A send that did not arrive, or of which nobody knows."""

    id: int
    kind: str
    params: Mapping[str, Any]
    officer_id: int | None
    robot: str | None
    state: DeliveryState
    attempts: int
    error: str
    at: datetime | None


def plan_sends(session: Session, told: Sequence[tuple[int, Mapping[str, Any]]], *, now: datetime) -> None:
    """Write down to which addresses new notices go and when; `told` are their ids and columns."""
    officer_ids = {row["officer_id"] for _, row in told}
    choices = {
        choice.officer_id: choice
        for choice in session.exec(select(NoticeChoice).where(col(NoticeChoice.officer_id).in_(officer_ids)))
    }
    robots = session.exec(select(NoticeRobot).where(col(NoticeRobot.closed_at).is_(None))).all()
    units: dict[int, int | None] = {}
    if robots:
        query = select(Officer.id, Officer.department_id).where(col(Officer.id).in_(officer_ids))
        units = {officer_id or 0: unit for officer_id, unit in session.exec(query).all()}
    zone = zone_of(session)
    sends = []
    heard: set[tuple[int | None, str, int | None, str]] = set()
    for notice_id, row in told:
        due_at = _email_due(choices.get(row["officer_id"]), row, now, zone)
        if due_at is not None:
            sends.append(_send(notice_id, due_at, officer_id=row["officer_id"]))
        choice = choices.get(row["officer_id"])
        if choice is not None and not choice.robots and row["kind"] not in MANDATORY:
            continue
        for robot in robots:
            same = (robot.id, row["kind"], row["case_id"], str(sorted(row["params"].items())))
            if _hears(robot, row["kind"], units.get(row["officer_id"])) and same not in heard:
                heard.add(same)
                at = now if row["urgent"] else after_quiet(now, robot.quiet_from, robot.quiet_until, zone)
                sends.append(_send(notice_id, at, robot_id=robot.id))
    _write(session, sends, now=now)


def _email_due(
    choice: NoticeChoice | None, row: Mapping[str, Any], now: datetime, zone: ZoneInfo
) -> datetime | None:
    """Return when an officer is to be written to; None for one who is not."""
    if choice is None or not choice.email:
        return None
    mandatory = row["kind"] in MANDATORY or row["urgent"]
    if choice.email_mode is EmailMode.OFF and not mandatory:
        return None
    if row["urgent"]:
        return now
    if choice.email_mode is EmailMode.DIGEST and not mandatory:
        return next_at(now, choice.digest_at, zone)
    return after_quiet(now, choice.quiet_from, choice.quiet_until, zone)


def _hears(robot: NoticeRobot, kind: str, department_id: int | None) -> bool:
    if robot.department_id is None:
        return kind in FOR_HOUSE
    return kind in FOR_ROBOTS and robot.department_id == department_id


def _send(
    notice_id: int, due_at: datetime, *, officer_id: int | None = None, robot_id: int | None = None
) -> dict[str, Any]:
    return {
        "notice_id": notice_id,
        "officer_id": officer_id,
        "robot_id": robot_id,
        "state": DeliveryState.WAITING,
        "due_at": due_at,
        "attempts": 0,
        "batch": "",
        "error": "",
    }


def _write(session: Session, sends: Sequence[dict[str, Any]], *, now: datetime) -> None:
    if not sends:
        return
    ids = session.scalars(
        insert(NoticeSend).returning(col(NoticeSend.id), sort_by_parameter_order=True), list(sends)
    )
    by_due: dict[datetime, list[int]] = defaultdict(list)
    for send_id, send in zip(ids, sends, strict=True):
        by_due[send["due_at"]].append(send_id or 0)
    for due_at, found in by_due.items():
        add_tasks(session, TaskKind.NOTIFY, found, now=now, due_at=due_at)


def begin_sends(session: Session, task_ids: Sequence[int], *, now: datetime) -> list[Parcel]:
    """Take what is due at the addresses of these rows of work, as one message for each address.

    Whoever comes second finds it taken. A robot that has had its 20 messages of this minute is put off.
    """
    parcels = []
    for send_id in claim_tasks(session, TaskKind.NOTIFY, task_ids, now=now):
        send = session.get(NoticeSend, send_id, populate_existing=True)
        if send is None or send.state != DeliveryState.WAITING or send.due_at > now:
            continue  # it went with another, or was put off: then another row of work asks for it
        robot = None
        if send.robot_id is not None:
            robot = session.get(NoticeRobot, send.robot_id, with_for_update=True, populate_existing=True)
            free_at = _free_at(robot, now) if robot is not None else None
            if free_at is not None:
                _put_off(session, [send_id], free_at, now=now)
                continue
        parcels.append(_parcel(session, send, robot, now=now))
    return parcels


def _free_at(robot: NoticeRobot, now: datetime) -> datetime | None:
    """Count this send against the robot's limit; return when it may send again if it may not now."""
    since = now - ROBOT_WINDOW
    recent = [at for at in robot.recent if at > since.timestamp()]
    if len(recent) >= ROBOT_LIMIT:
        return datetime.fromtimestamp(recent[0], now.tzinfo) + ROBOT_WINDOW + timedelta(milliseconds=1)
    robot.recent = [*recent, now.timestamp()]
    return None


def _parcel(session: Session, send: NoticeSend, robot: NoticeRobot | None, *, now: datetime) -> Parcel:
    same = NoticeSend.robot_id == send.robot_id if robot else NoticeSend.officer_id == send.officer_id
    due = (
        select(NoticeSend.id)
        .where(
            same, NoticeSend.state == DeliveryState.WAITING, col(NoticeSend.due_at) <= max(now, send.due_at)
        )
        .order_by(col(NoticeSend.id))
        .limit(MOST_TOGETHER)
    )
    ids = sorted({send.id or 0, *(i or 0 for i in session.exec(due).all())})
    batch = secrets.token_hex(12)
    session.execute(
        update(NoticeSend)
        .where(col(NoticeSend.id).in_(ids))
        .values(state=DeliveryState.SENDING, attempts=NoticeSend.attempts + 1, started_at=now, batch=batch)
        .execution_options(synchronize_session=False)
    )
    officer = session.get(Officer, send.officer_id) if send.officer_id else None
    choice = session.get(NoticeChoice, send.officer_id) if send.officer_id else None
    if robot is not None:
        session.flush()
        session.expunge(robot)
    return Parcel(
        batch=batch,
        send_ids=tuple(ids),
        lines=_lines(session, ids),
        locale=officer.locale if officer else "zh_CN",
        email=choice.email if choice else "",
        robot=robot,
    )


def _lines(session: Session, send_ids: Sequence[int]) -> tuple[Line, ...]:
    query = (
        select(Notice, Case.tracking_code)
        .join(NoticeSend, col(NoticeSend.notice_id) == Notice.id)
        .join(Case, col(Case.id) == Notice.case_id, isouter=True)
        .where(col(NoticeSend.id).in_(send_ids))
        .order_by(col(Notice.id))
    )
    return tuple(
        Line(notice.kind, notice.params, notice.case_id, code, notice.at)
        for notice, code in session.exec(query).all()
    )


def finish_sends(session: Session, parcel: Parcel, outcome: Outcome, *, now: datetime) -> None:
    """Note what came of a message: arrived, to be tried again later, given up, or unknown."""
    mine = [
        col(NoticeSend.id).in_(parcel.send_ids),
        col(NoticeSend.batch) == parcel.batch,
        col(NoticeSend.state) == DeliveryState.SENDING,
    ]
    if not outcome.error:
        _set(session, mine, state=DeliveryState.DELIVERED, sent_at=now, error="")
        return
    error = outcome.error[:200]
    if outcome.unknown:
        _set(session, mine, state=DeliveryState.UNKNOWN, error=error)
        return
    attempts = session.scalar(select(func.max(NoticeSend.attempts)).where(*mine)) or 0
    if outcome.final or attempts >= MAX_ATTEMPTS:
        _set(session, mine, state=DeliveryState.FAILED, error=error)
        return
    wait = outcome.retry_after or min(_FIRST_RETRY * 2 ** (attempts - 1), _LONGEST_RETRY)
    ids = list(session.exec(select(NoticeSend.id).where(*mine)).all())
    _set(session, mine, state=DeliveryState.WAITING, error=error)
    _put_off(session, [i or 0 for i in ids], now + wait, now=now)


def _set(session: Session, mine: Sequence[Any], **values: Any) -> None:
    session.execute(
        update(NoticeSend).where(*mine).values(**values).execution_options(synchronize_session=False)
    )


def _put_off(session: Session, send_ids: Sequence[int], due_at: datetime, *, now: datetime) -> None:
    _set(session, [col(NoticeSend.id).in_(send_ids)], due_at=due_at)
    add_tasks(session, TaskKind.NOTIFY, send_ids[:1], now=now, due_at=due_at)


def note_interrupted(session: Session, *, now: datetime) -> int:
    """Take the outcome of sends whose sender died for unknown: they are shown, not repeated."""
    changed = session.execute(
        update(NoticeSend)
        .where(
            col(NoticeSend.state) == DeliveryState.SENDING, col(NoticeSend.started_at) < now - SENDING_LIMIT
        )
        .values(state=DeliveryState.UNKNOWN, error="interrupted")
        .execution_options(synchronize_session=False)
    )
    return int(changed.rowcount)  # type: ignore[attr-defined]


def failed_sends(session: Session, *, officer_id: int | None = None, limit: int = 100) -> list[FailedSend]:
    """Return what did not arrive, newest first: everywhere, or an officer's own."""
    query = (
        select(NoticeSend, Notice, NoticeRobot.name)
        .join(Notice, col(Notice.id) == NoticeSend.notice_id)
        .join(NoticeRobot, col(NoticeRobot.id) == NoticeSend.robot_id, isouter=True)
        .where(col(NoticeSend.state).in_((DeliveryState.FAILED, DeliveryState.UNKNOWN)))
        .order_by(col(NoticeSend.id).desc())
        .limit(limit)
    )
    if officer_id is not None:
        query = query.where(NoticeSend.officer_id == officer_id)
    return [
        FailedSend(
            send.id or 0,
            notice.kind,
            notice.params,
            send.officer_id,
            robot,
            send.state,
            send.attempts,
            send.error,
            send.started_at,
        )
        for send, notice, robot in session.exec(query).all()
    ]


def failed_count(session: Session, viewer: Viewer, now: datetime) -> int:
    """Count, for an administrator, what did not arrive and nobody has dealt with."""
    del now
    if not viewer.has(Role.ADMINISTRATOR):
        return 0
    query = select(func.count()).select_from(NoticeSend)
    broken = col(NoticeSend.state).in_((DeliveryState.FAILED, DeliveryState.UNKNOWN))
    return int(session.scalar(query.where(broken)) or 0)


def send_again(session: Session, send_id: int, *, now: datetime) -> bool:
    """Send what did not arrive once more, because a person decided so; False when it is no longer broken."""
    return _deal_with(session, send_id, DeliveryState.WAITING, now=now)


def let_go(session: Session, send_id: int, *, now: datetime) -> bool:
    """Leave what did not arrive unsent; the notice itself stands on its officer's page."""
    return _deal_with(session, send_id, DeliveryState.DELIVERED, now=now)


def _deal_with(session: Session, send_id: int, state: DeliveryState, *, now: datetime) -> bool:
    again = state is DeliveryState.WAITING
    changed = session.execute(
        update(NoticeSend)
        .where(
            col(NoticeSend.id) == send_id,
            col(NoticeSend.state).in_((DeliveryState.FAILED, DeliveryState.UNKNOWN)),
        )
        .values(state=state, due_at=now, attempts=0 if again else NoticeSend.attempts)
        .execution_options(synchronize_session=False)
    )
    if changed.rowcount != 1:  # type: ignore[attr-defined]
        return False
    if again:
        add_tasks(session, TaskKind.NOTIFY, [send_id], now=now)
    return True


def choice_of(session: Session, officer_id: int) -> NoticeChoice:
    """Return how an officer wants to hear of notices; what holds when nothing was chosen otherwise."""
    return session.get(NoticeChoice, officer_id) or NoticeChoice(officer_id=officer_id)


def choose(session: Session, officer_id: int, **values: Any) -> NoticeChoice:
    """Keep how an officer wants to hear of notices."""
    choice = choice_of(session, officer_id)
    for name, value in values.items():
        setattr(choice, name, value)
    session.add(choice)
    session.flush()
    return choice
