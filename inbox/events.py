"""The audit trail of a case: rows are added, never changed or removed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert
from sqlmodel import Session, col, select

from inbox.models import CaseEvent
from routing.models import Officer


@dataclass(frozen=True, slots=True)
class EventView:
    """One event as a page shows it; `actor` is None for the system and for citizens."""

    id: int
    at: datetime
    kind: str
    actor: str | None
    actor_id: int | None
    params: Mapping[str, Any]
    public: bool


def record_event(
    session: Session,
    case_id: int,
    kind: str,
    *,
    now: datetime,
    actor_id: int | None = None,
    params: Mapping[str, Any] | None = None,
    public: bool = False,
) -> None:
    """Add one event; `public` ones also appear on the citizen's tracking page, without the actor's name."""
    session.add(
        CaseEvent(
            case_id=case_id, at=now, kind=kind, actor_id=actor_id, params=dict(params or {}), public=public
        )
    )


def record_events(session: Session, rows: Iterable[Mapping[str, Any]]) -> None:
    """Add many events in one statement; each row names every column but the id."""
    batch = [dict(row) for row in rows]
    if batch:
        session.execute(insert(CaseEvent), batch)


def events_of(session: Session, case_id: int, *, public_only: bool = False) -> list[EventView]:
    """Return a case's events, oldest first."""
    query = (
        select(CaseEvent, Officer.name)
        .join(Officer, col(Officer.id) == CaseEvent.actor_id, isouter=True)
        .where(CaseEvent.case_id == case_id)
        .order_by(col(CaseEvent.at), col(CaseEvent.id))
    )
    if public_only:
        query = query.where(col(CaseEvent.public))
    return [
        EventView(event.id or 0, event.at, event.kind, name, event.actor_id, event.params, event.public)
        for event, name in session.exec(query).all()
    ]
