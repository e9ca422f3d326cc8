"""The counter by which every process notices that the base has changed."""

from sqlalchemy import update
from sqlmodel import Session, col

from knowledge_base.models import BaseRevision


def base_revision(session: Session) -> int:
    """Return the number of the last publish, change or retirement; 0 for an untouched base."""
    row = session.get(BaseRevision, 1, populate_existing=True)
    return row.revision if row else 0


def bump_base_revision(session: Session) -> int:
    """Count one more change and return its number. The row stays locked until the transaction ends."""
    raised = session.execute(
        update(BaseRevision)
        .where(col(BaseRevision.id) == 1)
        .values(revision=col(BaseRevision.revision) + 1)
        .execution_options(synchronize_session=False)
    )
    if raised.rowcount == 0:  # type: ignore[attr-defined]
        session.add(BaseRevision(id=1, revision=1))
        session.flush()
    return base_revision(session)
