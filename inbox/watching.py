"""Who watches a case, and what they are told: a reply, a return, a deadline that passed. Citizens never see it."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from inbox.access import Viewer, get_case
from inbox.notices import notify
from inbox.together_models import CaseWatcher


def watch(session: Session, viewer: Viewer, case_id: int, *, now: datetime) -> None:
    """Let the viewer hear what becomes of a case; a second call changes nothing. Raises CaseNotFound."""
    get_case(session, viewer, case_id)
    if session.get(CaseWatcher, (case_id, viewer.officer_id)) is None:
        session.add(CaseWatcher(case_id=case_id, officer_id=viewer.officer_id, since=now))
        session.flush()


def unwatch(session: Session, viewer: Viewer, case_id: int) -> None:
    """Let the viewer hear no more of a case, also of one they may no longer see."""
    watching = session.get(CaseWatcher, (case_id, viewer.officer_id))
    if watching is not None:
        session.delete(watching)
        session.flush()


def watchers_of(session: Session, case_id: int) -> list[int]:
    """Return the officers who watch a case, the first to do so first."""
    query = select(CaseWatcher.officer_id).where(CaseWatcher.case_id == case_id)
    return list(session.exec(query.order_by(col(CaseWatcher.since), col(CaseWatcher.officer_id))).all())


def tell_watchers(
    session: Session,
    case_id: int,
    kind: str,
    *,
    now: datetime,
    params: Mapping[str, Any] | None = None,
    actor_id: int | None = None,
) -> None:
    """Tell everybody who watches a case, except the one who did it."""
    people = [officer_id for officer_id in watchers_of(session, case_id) if officer_id != actor_id]
    notify(session, people, kind, case_id=case_id, params=params, now=now)


def tell_of_breaches(session: Session, breaches: Iterable[tuple[int, str]], *, now: datetime) -> None:
    """Tell the watchers of cases whose clocks were breached; pairs of a case and a clock."""
    clocks = dict(breaches)
    if not clocks:
        return
    query = select(CaseWatcher).where(col(CaseWatcher.case_id).in_(list(clocks)))
    for watching in session.exec(query).all():
        notify(
            session,
            [watching.officer_id],
            "watched_overdue",
            case_id=watching.case_id,
            params={"clock": clocks[watching.case_id]},
            now=now,
        )
