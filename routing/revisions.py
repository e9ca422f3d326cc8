"""Counts changes of the catalogue, so that every process notices cheaply that its copy is old."""

from sqlmodel import Session, col, select, update

from routing.models import CatalogueRevision

_ONLY_ROW = 1


def catalogue_revision(session: Session) -> int:
    """Return the number of the newest catalogue; 0 before the first change."""
    number = session.exec(select(CatalogueRevision.number).where(CatalogueRevision.id == _ONLY_ROW)).first()
    return number or 0


def note_change(session: Session) -> None:
    """Count one change. Counting is done by the database, so two writers never give the same number."""
    counted = session.exec(
        update(CatalogueRevision)
        .where(col(CatalogueRevision.id) == _ONLY_ROW)
        .values(number=col(CatalogueRevision.number) + 1)
    )
    if counted.rowcount == 0:
        session.add(CatalogueRevision(id=_ONLY_ROW, number=1))
        session.flush()
