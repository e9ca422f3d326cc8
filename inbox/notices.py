"""What officers are told: written in the transaction of its reason, read on the page, sent on from there."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, update
from sqlmodel import Session, col, select

from inbox.access import Viewer, reachable_cases
from inbox.models import Case
from inbox.notice_models import Notice
from inbox.notice_sending import plan_sends
from routing.models import Officer, Role

PAGE = 30
MOST_COUNTED = 100
"""The bell counts no further than this."""


@dataclass(frozen=True, slots=True)
class NoticeView:
    """A notice as its officer reads it; code and title are empty for a case they may not see (any more)."""

    id: int
    kind: str
    case_id: int | None
    tracking_code: str | None
    title: str | None
    params: Mapping[str, Any]
    urgent: bool
    at: datetime
    read_at: datetime | None


@dataclass(frozen=True, slots=True)
class NoticePage:
    """One page of an officer's notices, newest first."""

    notices: list[NoticeView]
    page: int
    pages: int
    total: int
    unread: int


@dataclass(frozen=True, slots=True)
class Tell:
    """Something to tell to several officers; see `notify`."""

    officer_ids: Iterable[int]
    kind: str
    case_id: int | None = None
    params: Mapping[str, Any] | None = None
    urgent: bool = False
    key: str | None = None


def notify(
    session: Session,
    officer_ids: Iterable[int],
    kind: str,
    *,
    now: datetime,
    case_id: int | None = None,
    params: Mapping[str, Any] | None = None,
    urgent: bool = False,
    key: str | None = None,
) -> list[int]:
    """Tell officers something and return the notices' ids.

    `kind` is a short word with a sentence in web/notice_words.py, `params` fill its gaps. Write ids and short
    words only: notices leave the house by email and robots. `urgent` means danger to life: quiet hours do
    not hold it back. With a `key` each officer is told at most once, whoever calls how often; officers who
    were disabled are passed over.
    """
    return notify_all(session, [Tell(officer_ids, kind, case_id, params, urgent, key)], now=now)


def notify_all(session: Session, tells: Iterable[Tell], *, now: datetime) -> list[int]:
    """Tell many things at once, as a sweep does; the rules are those of `notify`."""
    wanted = {(officer_id, n): tell for n, tell in enumerate(tells) for officer_id in set(tell.officer_ids)}
    active = _active(session, {officer_id for officer_id, _ in wanted})
    told = _told(session, {tell.key for tell in wanted.values() if tell.key is not None})
    rows = [
        {
            "officer_id": officer_id,
            "kind": tell.kind,
            "case_id": tell.case_id,
            "params": dict(tell.params or {}),
            "urgent": tell.urgent,
            "key": tell.key,
            "at": now,
        }
        for (officer_id, _), tell in sorted(wanted.items(), key=lambda item: (item[0][1], item[0][0]))
        if officer_id in active and (officer_id, tell.key) not in told
    ]
    if not rows:
        return []
    added = session.scalars(insert(Notice).returning(col(Notice.id), sort_by_parameter_order=True), rows)
    ids = [notice_id for notice_id in added if notice_id is not None]
    plan_sends(session, list(zip(ids, rows, strict=True)), now=now)
    return ids


def _active(session: Session, officer_ids: set[int]) -> set[int]:
    if not officer_ids:
        return set()
    query = select(Officer.id).where(col(Officer.id).in_(officer_ids), col(Officer.disabled_at).is_(None))
    return {officer_id or 0 for officer_id in session.exec(query).all()}


def _told(session: Session, keys: set[str]) -> set[tuple[int, str | None]]:
    if not keys:
        return set()
    query = select(Notice.officer_id, Notice.key).where(col(Notice.key).in_(keys))
    return set(session.exec(query).all())


def unread_count(session: Session, officer_id: int) -> int:
    """Count an officer's unread notices, no further than MOST_COUNTED."""
    unread = select(Notice.id).where(Notice.officer_id == officer_id, col(Notice.read_at).is_(None))
    return int(session.scalar(select(func.count()).select_from(unread.limit(MOST_COUNTED).subquery())) or 0)


def list_notices(session: Session, viewer: Viewer, *, unread_only: bool = False, page: int = 1) -> NoticePage:
    """Return one page of the viewer's notices, newest first."""
    mine = [col(Notice.officer_id) == viewer.officer_id]
    unread = [*mine, col(Notice.read_at).is_(None)]
    shown = unread if unread_only else mine
    total = int(session.scalar(select(func.count()).select_from(Notice).where(*shown)) or 0)
    pages = max(1, -(-total // PAGE))
    page = min(max(1, page), pages)
    query = _with_case(viewer).where(*shown).order_by(col(Notice.at).desc(), col(Notice.id).desc())
    rows = session.execute(query.offset((page - 1) * PAGE).limit(PAGE)).all()
    count = int(session.scalar(select(func.count()).select_from(Notice).where(*unread)) or 0)
    return NoticePage([_view(*row) for row in rows], page, pages, total, count)


def open_notice(session: Session, viewer: Viewer, notice_id: int, *, now: datetime) -> NoticeView | None:
    """Mark one of the viewer's notices as read and return it; None for one that is not theirs."""
    mark_read(session, viewer.officer_id, [notice_id], now=now)
    query = _with_case(viewer).where(Notice.id == notice_id, Notice.officer_id == viewer.officer_id)
    row = session.execute(query).first()
    return _view(*row) if row else None


def mark_read(
    session: Session, officer_id: int, notice_ids: Sequence[int] | None = None, *, now: datetime
) -> int:
    """Mark these notices of an officer as read, or all of them; return how many were unread."""
    unread = [col(Notice.officer_id) == officer_id, col(Notice.read_at).is_(None)]
    if notice_ids is not None:
        unread.append(col(Notice.id).in_(notice_ids))
    changed = session.execute(
        update(Notice).where(*unread).values(read_at=now).execution_options(synchronize_session="fetch")
    )
    return int(changed.rowcount)  # type: ignore[attr-defined]


def mark_case_read(session: Session, officer_id: int, case_id: int, *, now: datetime) -> int:
    """Mark everything an officer was told about a case as read, because they have opened it."""
    changed = session.execute(
        update(Notice)
        .where(
            col(Notice.officer_id) == officer_id,
            col(Notice.case_id) == case_id,
            col(Notice.read_at).is_(None),
        )
        .values(read_at=now)
        .execution_options(synchronize_session="fetch")
    )
    return int(changed.rowcount)  # type: ignore[attr-defined]


def officers_of(session: Session, department_id: int, *roles: Role) -> list[int]:
    """Return the officers of a department who hold one of these roles (all of them when none is named)."""
    query = select(Officer.id, Officer.roles).where(
        Officer.department_id == department_id, col(Officer.disabled_at).is_(None)
    )
    return _holding(session.execute(query.order_by(col(Officer.id))).all(), roles)


def officers_with(session: Session, *roles: Role) -> list[int]:
    """Return every officer who holds one of these roles, wherever they work."""
    query = select(Officer.id, Officer.roles).where(col(Officer.disabled_at).is_(None))
    return _holding(session.execute(query.order_by(col(Officer.id))).all(), roles)


def people_of(session: Session, case: Case) -> list[int]:
    """Return who is to be told about a case: the officer who has it, else all officers of its department."""
    if case.assignee_id is not None:
        return [case.assignee_id]
    return [] if case.department_id is None else officers_of(session, case.department_id, Role.OFFICER)


def _holding(rows: Iterable[Any], roles: Sequence[Role]) -> list[int]:
    wanted = {role.value for role in roles}
    return [officer_id for officer_id, held in rows if not wanted or wanted & set(held)]


def _with_case(viewer: Viewer) -> Any:
    """Join what the viewer may know of the case: only what they may see."""
    return select(Notice, Case.tracking_code, Case.title).join(
        Case, (col(Case.id) == Notice.case_id) & reachable_cases(viewer), isouter=True
    )


def _view(notice: Notice, tracking_code: str | None, title: str | None) -> NoticeView:
    return NoticeView(
        notice.id or 0,
        notice.kind,
        notice.case_id,
        tracking_code,
        title,
        notice.params,
        notice.urgent,
        notice.at,
        notice.read_at,
    )
