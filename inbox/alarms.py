"""Alarms: a dangerous or harmful message calls who is on duty, then the next person, until somebody acknowledges.

Danger to life goes first. Nothing here stops the handling: the case is routed and timed as ever.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import case as case_when
from sqlalchemy import func, update
from sqlmodel import Session, col, select

from inbox.access import Viewer, get_case, require, visible_cases
from inbox.case_lists import CaseRow, cases_by_id
from inbox.errors import CaseNotFound, MessageRefused
from inbox.events import record_event
from inbox.models import Case
from inbox.notices import notify
from inbox.risk_models import Alarm, AlarmCall, Transfer
from inbox.risk_words import alarm_policy
from inbox.wording import is_blank
from routing.models import Officer, Role
from routing.roster import on_call_chain

ALARMING = ("danger", "harmful")
"""The marks that raise an alarm, the most urgent first."""

TRANSFERRERS = (Role.OFFICER, Role.REVIEWER, Role.DISPATCHER, Role.SUPERVISOR)
LISTED = 100


@dataclass(frozen=True, slots=True)
class CallView:
    """One call of an alarm."""

    officer: str
    position: int
    at: datetime


@dataclass(frozen=True, slots=True)
class AlarmView:
    """An alarm with its case and whom it called; `mine` means that the viewer was called."""

    id: int
    row: CaseRow
    tag: str
    words: tuple[str, ...]
    raised_at: datetime
    next_at: datetime
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    calls: tuple[CallView, ...]
    mine: bool


@dataclass(frozen=True, slots=True)
class TransferView:
    """One transfer by procedure, as it is listed and printed."""

    id: int
    row: CaseRow
    recipient: str
    way: str
    reason: str
    by: str
    at: datetime
    receipt: str | None
    receipt_at: datetime | None

    @property
    def number(self) -> str:
        """Return the number under which it is filed."""
        return f"转送〔{self.at.year}〕{self.id:04d}号"


def raise_alarms(session: Session, case: Case, marks: dict[str, list[str]], *, now: datetime) -> int:
    """Raise what a case's marks ask for and call the first person on duty; done twice it changes nothing."""
    raised = 0
    known = set(session.exec(select(Alarm.tag).where(Alarm.case_id == case.id)).all())
    for tag in ALARMING:
        if tag not in marks or tag in known:
            continue
        alarm = Alarm(case_id=case.id or 0, tag=tag, words=marks[tag], raised_at=now, next_at=now)
        session.add(alarm)
        session.flush()
        params = {"tag": tag, "words": marks[tag]}
        record_event(session, case.id or 0, "alarm_raised", now=now, params=params)
        _call_next(session, alarm, case, now=now)
        raised += 1
    return raised


def climb_alarms(session: Session, *, now: datetime, limit: int = 100) -> int:
    """Call the next person for each alarm that nobody acknowledged in time; return how many were called."""
    due = session.exec(
        select(Alarm, Case)
        .join(Case, col(Case.id) == Alarm.case_id)
        .where(col(Alarm.acknowledged_at).is_(None), col(Alarm.next_at) <= now)
        .order_by(*_most_urgent_first())
        .limit(limit)
        .with_for_update(of=Alarm, skip_locked=True)
    ).all()
    for alarm, case in due:
        _call_next(session, alarm, case, now=now)
    return len(due)


def acknowledge_alarm(session: Session, viewer: Viewer, alarm_id: int, *, now: datetime) -> bool:
    """Take an alarm on, so that nobody else is called; False when somebody was quicker. Raises CaseNotFound."""
    alarm = session.get(Alarm, alarm_id)
    if alarm is None or not (_may_see(session, viewer, alarm) or _was_called(session, viewer, alarm_id)):
        raise CaseNotFound(alarm_id)
    done = session.execute(
        update(Alarm)
        .where(col(Alarm.id) == alarm_id, col(Alarm.acknowledged_at).is_(None))
        .values(acknowledged_at=now, acknowledged_by=viewer.officer_id)
        .execution_options(synchronize_session=False)
    )
    session.expire(alarm)
    if done.rowcount != 1:  # type: ignore[attr-defined]
        return False
    params = {"tag": alarm.tag, "minutes": round((now - alarm.raised_at) / timedelta(minutes=1))}
    record_event(
        session, alarm.case_id, "alarm_acknowledged", now=now, actor_id=viewer.officer_id, params=params
    )
    return True


def list_alarms(session: Session, viewer: Viewer, *, open_only: bool = True) -> list[AlarmView]:
    """Return the alarms the viewer may see, danger to life first, then the oldest; acknowledged ones newest first."""
    query = select(Alarm).join(Case, col(Case.id) == Alarm.case_id).where(visible_cases(viewer)).limit(LISTED)
    if open_only:
        query = query.where(col(Alarm.acknowledged_at).is_(None)).order_by(*_most_urgent_first())
    else:
        query = query.where(col(Alarm.acknowledged_at).is_not(None)).order_by(col(Alarm.id).desc())
    return _views(session, viewer, session.exec(query).all())


def alarms_of(session: Session, viewer: Viewer, case_id: int) -> list[AlarmView]:
    """Return the alarms of one case; raise CaseNotFound."""
    get_case(session, viewer, case_id)
    return _views(session, viewer, session.exec(select(Alarm).where(Alarm.case_id == case_id)).all())


def open_alarms(session: Session, viewer: Viewer) -> int:
    """Return how many alarms nobody has acknowledged yet, of those the viewer may see."""
    query = (
        select(func.count())
        .select_from(Alarm)
        .join(Case, col(Case.id) == Alarm.case_id)
        .where(visible_cases(viewer), col(Alarm.acknowledged_at).is_(None))
    )
    return int(session.scalar(query) or 0)


def transfer_case(
    session: Session, viewer: Viewer, case_id: int, *, recipient: str, reason: str, way: str, now: datetime
) -> Transfer:
    """Record that a matter was handed on by procedure; the case stays here and stays timed."""
    require(viewer, "transfer", *TRANSFERRERS)
    get_case(session, viewer, case_id)
    if is_blank(recipient) or is_blank(reason):
        raise MessageRefused("transfer_incomplete")
    made = Transfer(
        case_id=case_id,
        recipient=recipient.strip()[:120],
        way=way.strip()[:60],
        reason=reason.strip()[:500],
        by_id=viewer.officer_id,
        at=now,
    )
    session.add(made)
    session.flush()
    params = {"recipient": made.recipient, "reason": made.reason}
    record_event(session, case_id, "transferred", now=now, actor_id=viewer.officer_id, params=params)
    return made


def note_receipt(session: Session, viewer: Viewer, transfer_id: int, receipt: str, *, now: datetime) -> bool:
    """Record who confirmed having the matter; False when that was recorded before. Raises CaseNotFound."""
    require(viewer, "transfer", *TRANSFERRERS)
    made = session.get(Transfer, transfer_id)
    if made is None:
        raise CaseNotFound(transfer_id)
    get_case(session, viewer, made.case_id)
    if is_blank(receipt):
        raise MessageRefused("transfer_incomplete")
    if made.receipt is not None:
        return False
    made.receipt, made.receipt_at, made.receipt_by = receipt.strip()[:200], now, viewer.officer_id
    params = {"recipient": made.recipient, "reason": made.receipt}
    record_event(
        session, made.case_id, "transfer_confirmed", now=now, actor_id=viewer.officer_id, params=params
    )
    session.flush()
    return True


def transfers(session: Session, viewer: Viewer, *, case_id: int | None = None) -> list[TransferView]:
    """Return the transfers the viewer may see, newest first."""
    query = (
        select(Transfer, Officer.name)
        .join(Case, col(Case.id) == Transfer.case_id)
        .join(Officer, col(Officer.id) == Transfer.by_id)
        .where(visible_cases(viewer))
        .order_by(col(Transfer.id).desc())
        .limit(LISTED)
    )
    if case_id is not None:
        query = query.where(Transfer.case_id == case_id)
    found = session.exec(query).all()
    rows = {row.id: row for row in cases_by_id(session, viewer, [made.case_id for made, _ in found])}
    return [
        TransferView(
            id=made.id or 0,
            row=rows[made.case_id],
            recipient=made.recipient,
            way=made.way,
            reason=made.reason,
            by=name,
            at=made.at,
            receipt=made.receipt,
            receipt_at=made.receipt_at,
        )
        for made, name in found
        if made.case_id in rows
    ]


def get_transfer(session: Session, viewer: Viewer, transfer_id: int) -> TransferView:
    """Return one transfer; raise CaseNotFound for one the viewer may not see."""
    made = session.get(Transfer, transfer_id)
    found = transfers(session, viewer, case_id=made.case_id) if made is not None else []
    for view in found:
        if view.id == transfer_id:
            return view
    raise CaseNotFound(transfer_id)


def _call_next(session: Session, alarm: Alarm, case: Case, *, now: datetime) -> None:
    """Call the next person of the chain as it is now; after the last one it begins again."""
    policy = alarm_policy(session)
    minutes = policy.danger_minutes if alarm.tag == "danger" else policy.harmful_minutes
    alarm.next_at = now + timedelta(minutes=minutes)
    chain = on_call_chain(session, case.department_id, now)
    if not chain:
        session.flush()
        return
    called = chain[alarm.calls % len(chain)]
    alarm.calls += 1
    session.add(AlarmCall(alarm_id=alarm.id or 0, officer_id=called.officer_id, position=alarm.calls, at=now))
    kind = "alarm" if alarm.calls == 1 else "alarm_climbed"
    notify(
        session, [called.officer_id], kind, now=now, case_id=case.id, params={"tag": alarm.tag}, urgent=True
    )
    if alarm.calls > 1:
        params = {"tag": alarm.tag, "officer_id": called.officer_id}
        record_event(session, case.id or 0, "alarm_climbed", now=now, params=params)
    session.flush()


def _most_urgent_first() -> tuple[Any, ...]:
    rank = case_when((col(Alarm.tag) == ALARMING[0], 0), else_=1)
    return (rank, col(Alarm.raised_at), col(Alarm.id))


def _may_see(session: Session, viewer: Viewer, alarm: Alarm) -> bool:
    query = select(Case.id).where(Case.id == alarm.case_id, visible_cases(viewer))
    return session.exec(query).first() is not None


def _was_called(session: Session, viewer: Viewer, alarm_id: int) -> bool:
    query = select(AlarmCall.id).where(
        AlarmCall.alarm_id == alarm_id, AlarmCall.officer_id == viewer.officer_id
    )
    return session.exec(query).first() is not None


def _views(session: Session, viewer: Viewer, alarms: Sequence[Alarm]) -> list[AlarmView]:
    rows = {row.id: row for row in cases_by_id(session, viewer, [alarm.case_id for alarm in alarms])}
    calls: dict[int, list[tuple[int, CallView]]] = {}
    query = (
        select(AlarmCall, Officer.name)
        .join(Officer, col(Officer.id) == AlarmCall.officer_id)
        .where(col(AlarmCall.alarm_id).in_([alarm.id for alarm in alarms]))
        .order_by(col(AlarmCall.id))
    )
    for call, name in session.exec(query).all():
        view = CallView(name, call.position, call.at)
        calls.setdefault(call.alarm_id, []).append((call.officer_id, view))
    names = _names(session, (alarm.acknowledged_by for alarm in alarms))
    return [
        AlarmView(
            id=alarm.id or 0,
            row=rows[alarm.case_id],
            tag=alarm.tag,
            words=tuple(alarm.words),
            raised_at=alarm.raised_at,
            next_at=alarm.next_at,
            acknowledged_at=alarm.acknowledged_at,
            acknowledged_by=names.get(alarm.acknowledged_by),
            calls=tuple(view for _, view in calls.get(alarm.id or 0, [])),
            mine=any(officer == viewer.officer_id for officer, _ in calls.get(alarm.id or 0, [])),
        )
        for alarm in alarms
        if alarm.case_id in rows
    ]


def _names(session: Session, officer_ids: Iterable[int | None]) -> dict[int | None, str]:
    wanted = {officer_id for officer_id in officer_ids if officer_id}
    return dict(session.exec(select(Officer.id, Officer.name).where(col(Officer.id).in_(wanted))).all())
