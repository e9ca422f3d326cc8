"""Notices and office hours as rows: reading them for a calendar, writing what was loaded."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col, select

from sla.errors import UnknownNotice
from sla.holidays import Notice, NoticeDay
from sla.hours import Hours, read_periods
from sla.models import HolidayDay, HolidayNotice, OfficeHours


def stored_notices(session: Session) -> list[Notice]:
    """Read all notices with their days."""
    days: dict[int, list[NoticeDay]] = {}
    rows = session.execute(
        sa.select(
            col(HolidayDay.notice_id),
            col(HolidayDay.on),
            col(HolidayDay.kind),
            col(HolidayDay.name),
            col(HolidayDay.name_en),
        ).order_by(col(HolidayDay.on))
    )
    for notice_id, on, kind, name, name_en in rows:
        days.setdefault(notice_id, []).append(NoticeDay(on, kind, name, name_en))
    return [
        Notice(
            year=row.year,
            number=row.number,
            issued_on=row.issued_on,
            days=tuple(days.get(row.id or 0, [])),
            title=row.title,
            source=row.source,
            region=row.region,
        )
        for row in session.exec(select(HolidayNotice)).all()
    ]


def store_notice(session: Session, notice: Notice, *, now: datetime, actor_id: int | None = None) -> int:
    """Write a notice, replacing the days of one with the same year, region and number; return its id."""
    row = session.exec(
        select(HolidayNotice).where(
            HolidayNotice.year == notice.year,
            HolidayNotice.region == notice.region,
            HolidayNotice.number == notice.number,
        )
    ).first()
    if row is None:
        row = HolidayNotice(
            year=notice.year, region=notice.region, number=notice.number, issued_on=notice.issued_on
        )
        session.add(row)
    row.issued_on, row.title, row.source = notice.issued_on, notice.title, notice.source
    row.loaded_at, row.loaded_by = now, actor_id
    session.flush()
    session.execute(sa.delete(HolidayDay).where(col(HolidayDay.notice_id) == row.id))
    session.execute(
        sa.insert(HolidayDay),
        [
            {"notice_id": row.id, "on": day.on, "kind": day.kind, "name": day.name, "name_en": day.name_en}
            for day in notice.days
        ],
    )
    return row.id or 0


def delete_notice(session: Session, year: int, region: str, number: str) -> None:
    """Delete a notice with its days; raises UnknownNotice."""
    row = session.exec(
        select(HolidayNotice).where(
            HolidayNotice.year == year, HolidayNotice.region == region, HolidayNotice.number == number
        )
    ).first()
    if row is None:
        raise UnknownNotice(year, number)
    session.execute(sa.delete(HolidayDay).where(col(HolidayDay.notice_id) == row.id))
    session.delete(row)
    session.flush()


def stored_hours(session: Session) -> list[Hours]:
    """Read the office hours."""
    return [hours_of(row) for row in session.exec(select(OfficeHours)).all()]


def hours_of(row: OfficeHours) -> Hours:
    """Turn a stored row into office hours."""
    return Hours(
        periods=read_periods(row.periods),
        department=row.department,
        season_from=row.season_from,
        season_to=row.season_to,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        basis=row.basis,
    )


def periods_as_text(hours: Hours) -> list[list[str]]:
    """Write opening periods the way they are stored: [["08:30", "12:00"], …]."""
    return [[opens.strftime("%H:%M"), closes.strftime("%H:%M")] for opens, closes in hours.periods]


def store_hours(session: Session, rules: Sequence[Hours]) -> None:
    """Replace all office hours."""
    session.execute(sa.delete(OfficeHours))
    session.add_all(
        OfficeHours(
            department=rule.department,
            season_from=rule.season_from,
            season_to=rule.season_to,
            periods=periods_as_text(rule),
            valid_from=rule.valid_from,
            valid_until=rule.valid_until,
            basis=rule.basis,
        )
        for rule in rules
    )
    session.flush()
