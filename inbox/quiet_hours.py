"""Quiet hours and the time of the daily email, as local "HH:MM" in the installation's time zone."""

import re
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import Session

FROM, UNTIL = "21:00", "07:30"
"""Quiet hours of whoever chose none of their own."""

_TIME = re.compile(r"\d\d:\d\d")
_MORNING = time(8, 30)
_ZONE = "minhu_zone"
_DEFAULT = ZoneInfo("Asia/Shanghai")


def keep_zone(session: Session, zone: ZoneInfo) -> None:
    """Let a session know the installation's zone: notices are told from everywhere, settings are not."""
    session.info[_ZONE] = zone


def zone_of(session: Session) -> ZoneInfo:
    """Return the installation's zone; the country's one zone when nobody said otherwise."""
    zone: ZoneInfo = session.info.get(_ZONE, _DEFAULT)
    return zone


def read_time(text: str) -> time | None:
    """Read a local "HH:MM"; None for anything else."""
    try:
        return time.fromisoformat(text) if _TIME.fullmatch(text) else None
    except ValueError:
        return None


def are_quiet_hours(quiet_from: str, quiet_until: str) -> bool:
    """Tell whether these are quiet hours: two times, or none at all."""
    times = (read_time(quiet_from), read_time(quiet_until))
    return None not in times if quiet_from or quiet_until else True


def after_quiet(now: datetime, quiet_from: str, quiet_until: str, zone: ZoneInfo) -> datetime:
    """Return now, or the end of the quiet hours it falls into; they may run over midnight."""
    begins, ends = read_time(quiet_from), read_time(quiet_until)
    if begins is None or ends is None or begins == ends:
        return now
    local = now.astimezone(zone).time()
    quiet = begins <= local < ends if begins < ends else (local >= begins or local < ends)
    return next_at(now, quiet_until, zone) if quiet else now


def next_at(now: datetime, at: str, zone: ZoneInfo) -> datetime:
    """Return the next instant at which local clocks show this time."""
    wanted = read_time(at) or _MORNING
    local = now.astimezone(zone)
    found = datetime.combine(local.date(), wanted, zone)
    found = found if found > local else datetime.combine(local.date() + timedelta(days=1), wanted, zone)
    return found.astimezone(now.tzinfo)
