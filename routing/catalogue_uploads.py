"""Uploaded catalogues: kept whole between preview and use, and afterwards as a record of who changed what."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from routing.catalogue_file import CatalogueCounts, apply_catalogue, check_catalogue
from routing.errors import EntryNotFound
from routing.models import CatalogueFile


@dataclass(frozen=True, slots=True)
class UploadView:
    """An uploaded catalogue as the page lists it; `applied_at` is None while it was only looked at."""

    id: int
    name: str
    uploaded_by: int | None
    uploaded_at: datetime
    applied_at: datetime | None
    rows: dict[str, int]


def store_catalogue(
    session: Session, name: str, content: Any, *, by: int | None, now: datetime
) -> UploadView:
    """Keep an upload for its preview. Raises BadCatalogue when it cannot be read."""
    checked = check_catalogue(content)
    row = CatalogueFile(name=name[:200], content=checked, uploaded_by=by, uploaded_at=now)
    session.add(row)
    session.flush()
    return _view(row)


def use_catalogue(session: Session, upload_id: int, *, by: int | None, now: datetime) -> CatalogueCounts:
    """Add and change what an upload names; twice changes nothing more. Raises EntryNotFound, BadCatalogue."""
    row = session.get(CatalogueFile, upload_id)
    if row is None:
        raise EntryNotFound("catalogue file", upload_id)
    counts = apply_catalogue(session, row.content, now=now, by=by)
    row.applied_at = row.applied_at or now
    session.add(row)
    session.flush()
    return counts


def uploads(session: Session, *, limit: int = 10) -> list[UploadView]:
    """List the newest uploads."""
    query = select(CatalogueFile).order_by(col(CatalogueFile.id).desc()).limit(limit)
    return [_view(row) for row in session.exec(query)]


def _view(row: CatalogueFile) -> UploadView:
    rows = {sheet: len(found) for sheet, found in row.content.items() if isinstance(found, list)}
    return UploadView(row.id or 0, row.name, row.uploaded_by, row.uploaded_at, row.applied_at, rows)
