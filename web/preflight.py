"""What must be so before anything starts: each check fails with one sentence that says how to mend it."""

import fcntl
import os
import sys
from pathlib import Path
from typing import IO

from web.cli.language import _
from web.listening import taken_address
from web.settings import Settings

OLDEST_PYTHON = (3, 11)


class CannotStart(Exception):
    """Something stands in the way of starting; the message is a sentence for the person at the terminal."""


def check_start(settings: Settings) -> IO[str]:
    """Raise CannotStart for the first obstacle; otherwise return the lock on the data folder, to be kept open."""
    check_python(sys.version_info[:2])
    make_folder(settings.home)
    lock = lock_folder(settings.home)
    try:
        check_port(settings)
    except CannotStart:
        lock.close()
        raise
    return lock


def check_python(version: tuple[int, ...]) -> None:
    """Refuse a Python that is too old."""
    if version < OLDEST_PYTHON:
        raise CannotStart(
            _(
                "Minhu needs Python %(needed)s or newer; this is Python %(found)s.",
                needed=".".join(map(str, OLDEST_PYTHON)),
                found=".".join(map(str, version)),
            )
        )


def make_folder(home: Path) -> None:
    """Make the data folder and prove that it can be written."""
    probe = home / f".write-test-{os.getpid()}"
    try:
        home.mkdir(parents=True, exist_ok=True)
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        raise CannotStart(
            _(
                "The data folder %(folder)s cannot be written (%(problem)s). "
                "Make it writable, or choose another one with MINHU_HOME.",
                folder=home,
                problem=error.strerror,
            )
        ) from error


def lock_folder(home: Path) -> IO[str]:
    """Make sure that no other `minhu up` works in the folder; the lock ends when the file is closed."""
    lock = (home / "up.lock").open("a+", encoding="utf-8")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.seek(0)
        holder = lock.read().strip() or "?"
        lock.close()
        raise CannotStart(
            _(
                "Minhu is already running in %(folder)s (process %(process)s). "
                "Stop it first, or choose another data folder with MINHU_HOME.",
                folder=home,
                process=holder,
            )
        ) from error
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
    return lock


def check_port(settings: Settings) -> None:
    """Refuse a port that somebody else listens on."""
    taken = taken_address(settings.host, settings.port)
    if taken is not None:
        raise CannotStart(
            _(
                "Port %(port)s on %(address)s is taken by another program or not allowed. "
                "Stop that program, or choose another port, for example PORT=%(other)s.",
                port=settings.port,
                address=taken,
                other=settings.port + 1 if settings.port < 65535 else 8000,
            )
        )
