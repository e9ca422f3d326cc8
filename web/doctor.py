"""What can be wrong with an installation: each check says in words what it found and how to mend it."""

import shutil
import stat
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from redis.exceptions import RedisError
from sqlalchemy import func
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import col, select

from inbox.models import CaseEvent
from inbox.outbox import failed_tasks, stale_tasks
from sla.models import HolidayNotice
from web.cli.language import _
from web.health import OK, check_health
from web.heartbeat import Kind
from web.runtime import Runtime, utc_now

_LITTLE_SPACE = 1 << 30
_TOO_LITTLE_SPACE = 200 << 20
_CLOCK_TOLERANCE = timedelta(seconds=30)
_NEXT_YEAR_IS_WANTED_FROM = (12, 1)  # notices for a year appear in November of the year before


class Severity(StrEnum):
    """How bad a finding is."""

    OK = "ok"
    WARNING = "warning"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found; `remedy` says how to mend it, and is empty when there is nothing to mend."""

    subject: str
    severity: Severity
    sentence: str
    remedy: str = ""


def examine(runtime: Runtime) -> list[Finding]:
    """Run every check. One that cannot run says so; the others go on."""
    health = check_health(runtime)
    findings = [_database(health.database), _queue(runtime, health.queue)]
    findings += [
        _process(Kind.WORKER, health.worker),
        _process(Kind.SCHEDULER, health.scheduler),
        _disk(runtime),
        _secrets(runtime),
    ]
    if health.database == OK:
        findings += [
            _attempt(_("Work"), lambda: _work(runtime)),
            _attempt(_("Time"), lambda: _time(runtime, health.queue)),
        ]
        findings.append(_attempt(_("Calendar"), lambda: _calendar(runtime)))
    return findings


def _attempt(subject: str, check: Callable[[], Finding]) -> Finding:
    try:
        return check()
    except (SQLAlchemyError, RedisError, OSError) as error:
        return Finding(
            subject, Severity.WRONG, _("could not be checked (%(problem)s)", problem=type(error).__name__)
        )


def _database(fact: str) -> Finding:
    subject = _("Database")
    if fact == OK:
        return Finding(subject, Severity.OK, _("answers and is up to date"))
    if "revision" in fact:
        return Finding(subject, Severity.WRONG, fact, _("Run: minhu migrate"))
    return Finding(
        subject,
        Severity.WRONG,
        fact,
        _(
            "Start the database server, or correct MINHU_DATABASE_URL. A new installation needs: minhu migrate"
        ),
    )


def _queue(runtime: Runtime, fact: str) -> Finding:
    subject = _("Queue")
    if fact != OK:
        return Finding(
            subject,
            Severity.WRONG,
            fact,
            _("Start it with minhu up, or start Redis or Valkey and set MINHU_QUEUE_URL."),
        )
    return _attempt(subject, lambda: _queue_policy(runtime))


def _queue_policy(runtime: Runtime) -> Finding:
    subject = _("Queue")
    policy = str(runtime.queue.redis.info("memory").get("maxmemory_policy", "noeviction"))
    if policy != "noeviction":
        return Finding(
            subject,
            Severity.WARNING,
            _("answers, but may drop jobs when memory is short (maxmemory-policy %(policy)s)", policy=policy),
            _("Set maxmemory-policy to noeviction. Nothing is lost meanwhile, only late."),
        )
    return Finding(subject, Severity.OK, _("answers, %(count)s jobs wait", count=runtime.queue.depth()))


def _process(kind: Kind, fact: str) -> Finding:
    subject = {Kind.WORKER: _("Worker"), Kind.SCHEDULER: _("Scheduler")}[kind]
    if fact == OK:
        return Finding(subject, Severity.OK, _("reports regularly"))
    return Finding(
        subject,
        Severity.WRONG,
        fact,
        _("Start it with minhu up or minhu %(command)s; its log says why it ended.", command=kind.value),
    )


def _disk(runtime: Runtime) -> Finding:
    subject, home = _("Disk"), runtime.settings.home
    if not home.is_dir():
        return Finding(
            subject,
            Severity.WRONG,
            _("the data folder %(folder)s does not exist", folder=home),
            _("Start once with minhu up, or set MINHU_HOME."),
        )
    free = shutil.disk_usage(home).free
    sentence = _("%(free)s MB are free in %(folder)s", free=f"{free >> 20:,}", folder=home)
    remedy = _("Make room, or move the data folder to a larger disk.")
    if free < _TOO_LITTLE_SPACE:
        return Finding(subject, Severity.WRONG, sentence, remedy)
    if free < _LITTLE_SPACE:
        return Finding(subject, Severity.WARNING, sentence, remedy)
    return Finding(subject, Severity.OK, sentence)


def _secrets(runtime: Runtime) -> Finding:
    subject, file = _("Secrets"), runtime.settings.home / "secret-key"
    if file.is_file() and stat.S_IMODE(file.stat().st_mode) & 0o077:
        return Finding(
            subject,
            Severity.WRONG,
            _("other users of this machine can read %(file)s", file=file),
            _("Run: chmod 600 %(file)s", file=file),
        )
    return Finding(subject, Severity.OK, _("only you can read the session key"))


def _work(runtime: Runtime) -> Finding:
    subject = _("Work")
    with runtime.database.reading() as session:
        given_up = len(failed_tasks(session))
        late = len(stale_tasks(session, now=utc_now(), grace=timedelta(minutes=2)))
    if given_up:
        return Finding(
            subject,
            Severity.WARNING,
            _("%(count)s pieces of work were given up after several attempts", count=given_up),
            _("Look at the causes on the system page and retry them there."),
        )
    if late:
        return Finding(
            subject,
            Severity.WARNING,
            _("%(count)s pieces of work have waited for more than two minutes", count=late),
            _("See that a worker and a scheduler run; start more workers if there is simply much to do."),
        )
    return Finding(subject, Severity.OK, _("nothing is late and nothing was given up"))


def _time(runtime: Runtime, queue: str) -> Finding:
    """Compare with the queue server's clock, and with the newest thing that was written down."""
    subject, now = _("Time"), utc_now()
    with runtime.database.reading() as session:
        newest = session.scalar(select(func.max(col(CaseEvent.at))))
    if newest is not None and newest > now + _CLOCK_TOLERANCE:
        return Finding(
            subject,
            Severity.WRONG,
            _(
                "it shows %(now)s, but something was recorded at %(newest)s",
                now=_said(now),
                newest=_said(newest),
            ),
            _("Set the clock of this machine (NTP): deadlines are counted by it."),
        )
    if queue != OK:
        return Finding(subject, Severity.OK, _("agrees with the records"))
    seconds = runtime.queue.redis.time()[0]
    difference = abs(now.timestamp() - seconds)
    if difference > _CLOCK_TOLERANCE.total_seconds():
        return Finding(
            subject,
            Severity.WRONG,
            _("it is %(seconds)s seconds apart from the queue server's", seconds=round(difference)),
            _("Set the clocks of both machines (NTP): deadlines are counted by them."),
        )
    return Finding(subject, Severity.OK, _("agrees with the queue server's and with the records"))


def _calendar(runtime: Runtime) -> Finding:
    subject = _("Calendar")
    today = utc_now().astimezone(ZoneInfo(runtime.settings.time_zone)).date()
    wanted = [today.year]
    if (today.month, today.day) >= _NEXT_YEAR_IS_WANTED_FROM:
        wanted.append(today.year + 1)
    with runtime.database.reading() as session:
        known = set(session.exec(select(HolidayNotice.year).where(HolidayNotice.region == "")).all())
    missing = [year for year in wanted if year not in known]
    if missing:
        return Finding(
            subject,
            Severity.WRONG if today.year in missing else Severity.WARNING,
            _("the holiday notice of %(years)s is missing", years=", ".join(map(str, missing))),
            _(
                "Load it on the calendar page or with minhu sla calendar; until then those deadlines are provisional."
            ),
        )
    return Finding(subject, Severity.OK, _("the holiday notice of %(year)s is loaded", year=today.year))


def _said(at: datetime) -> str:
    return at.isoformat(sep=" ", timespec="seconds")
