"""The first minutes of an installation: a migrated database, the demo county once, and a way in for each role."""

import json
import os
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from redis.exceptions import RedisError
from sqlmodel import Session, select

from routing.models import Officer, Role
from sla.defaults import install_defaults
from web.cli.language import _
from web.database import Database
from web.migrations import is_up_to_date, migrate
from web.preflight import CannotStart
from web.runtime import Runtime, utc_now
from web.settings import Settings

_GUIDE_FILE = "demo-logins.json"
_QUEUE_START_SECONDS = 20


@dataclass(frozen=True, slots=True)
class DemoGuide:
    """How to get into the demo county, as it was when it was loaded: a login for each role, a citizen's code."""

    logins: tuple[tuple[str, str], ...]
    password: str
    tracking_code: str


def bring_up_to_date(database: Database) -> None:
    """Migrate the database and add the holiday notices and policies that this version ships."""
    if not is_up_to_date(database):
        migrate(database.engine)
    with database.transaction() as session:
        install_defaults(session)


def load_demo_once(runtime: Runtime) -> DemoGuide | None:
    """Load the demo county into an empty database and note how to get in; None when it is not empty."""
    from web.demo import load_demo

    with runtime.database.transaction() as session:
        if has_officers(session):
            return None
        loaded = load_demo(session, now=utc_now())
        guide = DemoGuide(loaded.logins, loaded.password, loaded.tracking_code)
        _keep_guide(runtime.settings.home / _GUIDE_FILE, guide)
    return guide


def read_guide(settings: Settings) -> DemoGuide | None:
    """Return how to get into the demo county; None when it was not loaded from this data folder."""
    try:
        kept = json.loads((settings.home / _GUIDE_FILE).read_text(encoding="utf-8"))
        return DemoGuide(tuple(map(tuple, kept["logins"])), kept["password"], kept["tracking_code"])
    except (OSError, ValueError, KeyError):
        return None


def has_officers(session: Session) -> bool:
    """Tell whether anybody could log in; an installation without officers has not been set up."""
    return session.exec(select(Officer.id).limit(1)).first() is not None


def prepare_installation(runtime: Runtime) -> None:
    """Wait for the queue, bring the database up to date, and load the demo county if it is empty and wanted."""
    wait_for_queue(runtime)
    bring_up_to_date(runtime.database)
    if not runtime.settings.demo:
        return
    with runtime.database.reading() as session:
        if has_officers(session):
            return
    say(_("Loading the demo county; this happens once …"))
    load_demo_once(runtime)


def wait_for_queue(runtime: Runtime) -> None:
    """Wait until the queue answers. Raises CannotStart when it does not."""
    deadline = time.monotonic() + _QUEUE_START_SECONDS
    while True:
        try:
            runtime.queue.redis.ping()
        except (RedisError, OSError) as error:
            if time.monotonic() > deadline:
                raise CannotStart(
                    _("The queue at %(address)s does not answer.", address=runtime.settings.queue_address)
                ) from error
            time.sleep(0.02)
        else:
            return


def greeting(runtime: Runtime) -> str:
    """Say where the site is, how each role gets in, and a citizen's tracking code."""
    lines = ["", _("Minhu is ready: %(address)s", address=runtime.settings.public_address)]
    guide = read_guide(runtime.settings)
    if guide is not None:
        lines += guide_lines(guide, runtime.settings)
    with runtime.database.reading() as session:
        if not has_officers(session):
            lines.append(
                _("Nobody can log in yet. Make the first administrator: minhu user add LOGIN --administrator")
            )
    return "\n".join([*lines, _("Ctrl-C stops everything.")])


def guide_lines(guide: DemoGuide, settings: Settings) -> list[str]:
    """Say who may log into the demo county, and with which code a citizen follows a message."""
    words = role_words()
    return [
        _("The demo county, with the password %(password)s for everyone:", password=guide.password),
        *(f"  {login:<16} {words.get(role, role)}" for login, role in guide.logins),
        _(
            "A citizen's tracking code: %(code)s (%(address)s)",
            code=guide.tracking_code,
            address=f"{settings.public_address}/track/{guide.tracking_code}",
        ),
    ]


def role_words() -> dict[str, str]:
    """Return the terminal's words for the roles."""
    return {
        Role.DISPATCHER: _("Dispatcher"),
        Role.OFFICER: _("Officer"),
        Role.REVIEWER: _("Reviewer"),
        Role.SUPERVISOR: _("Supervisor"),
        Role.EDITOR: _("Knowledge editor"),
        Role.ADMINISTRATOR: _("Administrator"),
    }


def say(line: str) -> None:
    """Print a line at once, also into a pipe."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _keep_guide(file: Path, guide: DemoGuide) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as kept:
        json.dump(asdict(guide), kept, ensure_ascii=False)
