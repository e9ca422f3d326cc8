"""One number that grows with every change of notices, office hours or policies."""

import sqlalchemy as sa
from sqlmodel import Session, col, select

from sla.models import SlaRevision


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
