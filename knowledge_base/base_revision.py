"""The counter by which every process notices that the base has changed."""

from secrets import token_hex

from sqlalchemy import select, update
from sqlmodel import Session, col

from knowledge_base.models import BaseChange, BaseRevision


def base_revision(session: Session) -> int:
    """Return the number of the last publish, change or retirement; 0 for an untouched base."""
    row = session.get(BaseRevision, 1, populate_existing=True)
    return row.revision if row else 0


def bump_base_revision(session: Session, changes: int = 1) -> int:
    """Count so many changes more and return the number of the last. The row stays locked until the transaction ends."""
    raised = session.execute(
        update(BaseRevision)
        .where(col(BaseRevision.id) == 1)
        .values(revision=col(BaseRevision.revision) + changes)
        .execution_options(synchronize_session=False)
    )
    if raised.rowcount == 0:  # type: ignore[attr-defined]
        session.add(BaseRevision(id=1, revision=changes))
        session.flush()
    revision = base_revision(session)
    session.add_all(
        BaseChange(revision=number, stamp=token_hex(8))
        for number in range(revision - changes + 1, revision + 1)
    )
    session.flush()
    return revision


def revision_stamp(session: Session, revision: int) -> str | None:
    """Return the stamp under which this database counted a revision, None if it never did."""
    return session.scalar(select(col(BaseChange.stamp)).where(col(BaseChange.revision) == revision))
