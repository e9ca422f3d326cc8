"""The periodic 通报: drafted when a period is over, shown to the departments, commented on, published and kept."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from inbox.access import Viewer, require
from inbox.bulletin_figures import Entry, Figures, count_figures, from_json, was_anything_due
from inbox.bulletin_models import Bulletin, BulletinComment, BulletinState
from inbox.document_numbers import next_numbers
from inbox.errors import BulletinMoved, BulletinNotFound, MessageRefused, NotAllowed
from inbox.indicators.cohort import Period
from inbox.notices import notify, officers_of
from inbox.spans import SpanKind, span_before
from routing.models import Role

DOCUMENT = "通"
"""The kind of document in its number: 岚通〔2026〕1号."""

LONGEST_TEXT = 4000


@dataclass(frozen=True, slots=True)
class BulletinView:
    """A 通报 as one officer may read it, with the comments that are theirs to read."""

    bulletin: Bulletin
    figures: Figures
    comments: tuple[BulletinComment, ...]
    may_decide: bool
    may_comment: bool
    viewer: Viewer

    def sees_case(self, entry: Entry) -> bool:
        """Tell whether the officer may read what the case is about, not only that it was late."""
        return self.viewer.sees_everything or entry.department_id == self.viewer.department_id


def draft_due_bulletins(session: Session, *, now: datetime, zone: ZoneInfo) -> int:
    """Draft the 通报 of the week, month, quarter and year that ended last; return how many are new.

    Each is made once, however often and by however many this is called; periods in which nothing fell due get none.
    """
    drafted = 0
    for kind in SpanKind:
        first, last = span_before(kind, now.astimezone(zone).date())
        known = select(Bulletin.id).where(Bulletin.kind == kind, Bulletin.starts_on == first)
        if session.exec(known).first() is None:
            drafted += _draft(session, kind, first, last, now=now, zone=zone)
    return drafted


def list_bulletins(session: Session, viewer: Viewer) -> list[Bulletin]:
    """Return every 通报 the officer may read, newest first."""
    query = select(Bulletin).order_by(col(Bulletin.ends_on).desc(), col(Bulletin.starts_on).desc())
    if not _decides(viewer):
        query = query.where(col(Bulletin.state) != BulletinState.DRAFT)
    return list(session.exec(query).all())


def read_bulletin(session: Session, viewer: Viewer, bulletin_id: int, *, now: datetime) -> BulletinView:
    """Return a 通报; before it is published a department reads its own lines only. Raises BulletinNotFound."""
    bulletin = session.get(Bulletin, bulletin_id)
    decides = _decides(viewer)
    if bulletin is None or (bulletin.state == BulletinState.DRAFT and not decides):
        raise BulletinNotFound(bulletin_id)
    figures = _figures(session, bulletin, now)
    own = viewer.department_id
    if not decides and bulletin.state != BulletinState.PUBLISHED:
        figures = figures.of(own)
    query = select(BulletinComment).where(BulletinComment.bulletin_id == bulletin_id)
    if not decides:
        query = query.where(BulletinComment.department_id == own)
    comments = session.exec(query.order_by(col(BulletinComment.id))).all()
    may_comment = bulletin.state == BulletinState.SHOWN and own is not None and not decides
    return BulletinView(bulletin, figures, tuple(comments), viewer.has(Role.SUPERVISOR), may_comment, viewer)


def show_bulletin(session: Session, viewer: Viewer, bulletin_id: int, *, now: datetime) -> Bulletin:
    """Let the departments read their lines and comment, before anybody else does."""
    require(viewer, "show_bulletin", Role.SUPERVISOR)
    bulletin = _move(session, bulletin_id, (BulletinState.DRAFT,), state=BulletinState.SHOWN, shown_at=now)
    _tell(session, bulletin, _figures(session, bulletin, now), "bulletin_shown", now)
    return bulletin


def comment_bulletin(session: Session, viewer: Viewer, bulletin_id: int, text: str, *, now: datetime) -> None:
    """Keep what a department says to its figures. Raises BulletinMoved when it was published meanwhile."""
    view = read_bulletin(session, viewer, bulletin_id, now=now)
    if view.bulletin.state != BulletinState.SHOWN:
        raise BulletinMoved(bulletin_id)
    if not view.may_comment or not viewer.has(Role.OFFICER, Role.REVIEWER):
        raise NotAllowed("comment_bulletin")
    if not text.strip():
        raise MessageRefused("empty")
    session.add(
        BulletinComment(
            bulletin_id=bulletin_id,
            department_id=viewer.department_id or 0,
            officer_id=viewer.officer_id,
            text=text.strip()[:LONGEST_TEXT],
            at=now,
        )
    )
    session.flush()


def publish_bulletin(
    session: Session, viewer: Viewer, bulletin_id: int, *, remark: str, prefix: str, now: datetime
) -> Bulletin:
    """Publish a 通报 that the departments have seen: its figures and cases are kept as they are at this moment.

    Of two who publish at once one does, the other gets BulletinMoved. It gets its number now, so none is missing.
    """
    require(viewer, "publish_bulletin", Role.SUPERVISOR)
    bulletin = _move(
        session,
        bulletin_id,
        (BulletinState.SHOWN,),
        state=BulletinState.PUBLISHED,
        published_at=now,
        published_by=viewer.officer_id,
    )
    figures = count_figures(session, _period(bulletin), now=now)
    bulletin.figures = figures.as_json()
    bulletin.remark = remark.strip()[:LONGEST_TEXT]
    bulletin.number = next_numbers(session, DOCUMENT, bulletin.ends_on.year, prefix=prefix)[0].text
    session.flush()
    _tell(session, bulletin, figures, "bulletin_published", now)
    return bulletin


def _draft(
    session: Session, kind: SpanKind, first: date, last: date, *, now: datetime, zone: ZoneInfo
) -> bool:
    starts_at = datetime.combine(first, time.min, zone)
    ends_at = datetime.combine(last + timedelta(days=1), time.min, zone)
    if not was_anything_due(session, Period(starts_at, ends_at), now=now):
        return False
    try:
        with session.begin_nested():
            session.add(
                Bulletin(
                    kind=kind,
                    starts_on=first,
                    ends_on=last,
                    starts_at=starts_at,
                    ends_at=ends_at,
                    created_at=now,
                )
            )
    except IntegrityError:
        return False  # another process drafted it at the same moment
    return True


def _move(session: Session, bulletin_id: int, allowed: Sequence[BulletinState], **values: object) -> Bulletin:
    moved = session.execute(
        update(Bulletin)
        .where(col(Bulletin.id) == bulletin_id, col(Bulletin.state).in_(allowed))
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    bulletin = session.get(Bulletin, bulletin_id, populate_existing=True)
    if bulletin is None:
        raise BulletinNotFound(bulletin_id)
    if moved.rowcount != 1:  # type: ignore[attr-defined]
        raise BulletinMoved(bulletin_id)
    return bulletin


def _figures(session: Session, bulletin: Bulletin, now: datetime) -> Figures:
    if bulletin.figures is not None:
        return from_json(bulletin.figures)
    return count_figures(session, _period(bulletin), now=now)


def _period(bulletin: Bulletin) -> Period:
    return Period(bulletin.starts_at, bulletin.ends_at)


def _decides(viewer: Viewer) -> bool:
    return viewer.has(Role.SUPERVISOR, Role.ADMINISTRATOR)


def _tell(session: Session, bulletin: Bulletin, figures: Figures, kind: str, now: datetime) -> None:
    people: Iterable[int] = (
        officer_id
        for row in figures.rows
        if row.department_id is not None
        for officer_id in officers_of(session, row.department_id, Role.OFFICER, Role.REVIEWER)
    )
    params = {"first": bulletin.starts_on.isoformat(), "last": bulletin.ends_on.isoformat()}
    params["url"] = f"/bulletins/{bulletin.id}"
    notify(session, list(people), kind, now=now, params=params)
