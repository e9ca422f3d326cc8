"""One number that grows with every change of notices, office hours or policies."""

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session as AnySession
from sqlmodel import Session, col, select

from sla.models import SlaRevision

T = TypeVar("T")
_KEPT = "sla"


def sla_revision(session: Session) -> int:
    """Give the number; whoever keeps a calendar or a policy book in memory reloads when it has grown."""
    return session.exec(select(SlaRevision.number)).first() or 0


def bump_revision(session: Session) -> None:
    """Let other processes notice a change, when this transaction commits."""
    changed = session.execute(
        sa.update(SlaRevision).where(col(SlaRevision.id) == 1).values(number=col(SlaRevision.number) + 1)
    )
    if changed.rowcount == 0:  # type: ignore[attr-defined]
        session.add(SlaRevision(id=1, number=1))
        session.flush()


def kept(session: Session, key: Hashable, load: Callable[[], T]) -> T:
    """Return what this session has loaded under a key already, unless the number has grown; otherwise load it.

    A sweep, a batch or the demo asks for the same calendar a thousand times in one transaction.
    """
    number = sla_revision(session)
    known: tuple[int, dict[Hashable, Any]] = session.info.get(_KEPT, (number, {}))
    if known[0] != number:
        known = (number, {})
    session.info[_KEPT] = known
    if key not in known[1]:
        known[1][key] = load()
    value: T = known[1][key]
    return value


@sa.event.listens_for(AnySession, "after_soft_rollback")
def _forget(session: AnySession, _transaction: object) -> None:
    """Forget what was loaded: what is rolled back takes its number with it, and the next change has it again."""
    session.info.pop(_KEPT, None)
