"""Versions of what was learned: kept with their figures, one active, the one before a click away."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select, update

from routing.errors import EntryNotFound
from routing.models import ClassifierVersion
from routing.precedents import Precedents
from routing.revisions import note_change
from routing.training import Learned


@dataclass(frozen=True, slots=True)
class VersionView:
    """A stored version as the page lists it.

    `figures` are the classifier's own, `before` and `after` those of whole decisions on kept-aside cases without
    and with it. `is_worse` says why a version was kept but not used.
    """

    id: int
    trained_at: datetime
    trained_by: int | None
    examples: int
    figures: Mapping[str, float]
    before: Mapping[str, float]
    after: Mapping[str, float]
    is_worse: bool
    is_active: bool


def store_classifier(
    session: Session,
    learned: Learned,
    *,
    now: datetime,
    trained_by: int | None = None,
    activate: bool = True,
    **more: Any,
) -> VersionView:
    """Keep a classifier as a new version, and use it from now on unless told otherwise.

    `more` may hold precedents, calibration, before, after and is_worse.
    """
    precedents: Precedents | None = more.pop("precedents", None)
    version = ClassifierVersion(
        trained_at=now,
        trained_by=trained_by,
        examples=learned.figures.examples,
        figures=asdict(learned.figures),
        weights=learned.classifier.to_bytes(),
        precedents=precedents.to_bytes() if precedents else None,
        is_active=False,
        **more,
    )
    session.add(version)
    session.flush()
    if activate and version.id is not None:
        activate_classifier(session, version.id)
        session.refresh(version)
    return _view(version)


def activate_classifier(session: Session, version_id: int) -> None:
    """Use this version from now on, an older one too. Raises EntryNotFound."""
    active = session.exec(select(ClassifierVersion.id).where(col(ClassifierVersion.is_active))).first()
    if active == version_id:
        return
    switch_off_classifier(session)
    changed = session.exec(
        update(ClassifierVersion)
        .where(col(ClassifierVersion.id) == version_id)
        .values(is_active=True, replaced_id=active)
    )
    if changed.rowcount != 1:
        raise EntryNotFound("classifier version", version_id)
    note_change(session)


def switch_off_classifier(session: Session) -> None:
    """Decide without anything learned."""
    session.exec(update(ClassifierVersion).where(col(ClassifierVersion.is_active)).values(is_active=False))
    note_change(session)


def go_back(session: Session) -> int | None:
    """Use the version that was active before the present one; with none before, nothing learned. Returns its id."""
    active = session.exec(select(ClassifierVersion).where(col(ClassifierVersion.is_active))).first()
    if active is None:
        return None
    if active.replaced_id is None:
        switch_off_classifier(session)
        return None
    switch_off_classifier(session)
    # The one gone back to keeps its own replaced_id: going back twice goes back two versions. The one left loses
    # it, or two versions that replaced one another in turn would lead back and forth for ever.
    active.replaced_id, back_to = None, active.replaced_id
    session.add(active)
    session.exec(update(ClassifierVersion).where(col(ClassifierVersion.id) == back_to).values(is_active=True))
    note_change(session)
    return back_to


def classifier_versions(session: Session, *, limit: int = 50) -> list[VersionView]:
    """List the stored versions, the newest first."""
    query = select(ClassifierVersion).order_by(col(ClassifierVersion.id).desc()).limit(limit)
    return [_view(version) for version in session.exec(query)]


def _view(row: ClassifierVersion) -> VersionView:
    return VersionView(
        row.id or 0,
        row.trained_at,
        row.trained_by,
        row.examples,
        dict(row.figures),
        dict(row.before),
        dict(row.after),
        row.is_worse,
        row.is_active,
    )
