"""Everything on one machine: starts the parts as one group, keeps them running, and stops them together."""

import http.client
import json
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import Popen

import structlog

from web.cli.entry import PARENT_VARIABLE
from web.cli.language import _
from web.embedded_queue import server_command
from web.preflight import CannotStart, check_start
from web.processes import spawn, stop
from web.settings import Settings

_LOOK_SECONDS = 0.2
_READY_SECONDS = 120
_GRACE_SECONDS = 10
_FIRST_REST_SECONDS = 0.5
_LONGEST_REST_SECONDS = 30.0
_STEADY_SECONDS = 60
_STARTS_BEFORE_GIVING_UP = 4
_LOG_BYTES = 10_000_000
_THIS = [sys.executable, "-P", "-m", "web"]

_log = structlog.get_logger(__name__)


class _Stop(Exception):
    """Somebody asked the group to end."""


@dataclass(slots=True)
class _Part:
    """One process of the group and when it may be started again."""

    name: str
    command: list[str]
    log: Path
    process: Popen[bytes] | None = None
    started_at: float = 0.0
    start_at: float = 0.0
    rest_seconds: float = _FIRST_REST_SECONDS
    starts: int = 0

    def start(self) -> None:
        if self.log.exists() and self.log.stat().st_size > _LOG_BYTES:
            self.log.replace(self.log.with_suffix(".log.1"))
        self.process = spawn(self.command, env=_environment(), log=self.log)
        self.started_at = time.monotonic()
        self.starts += 1

    def keep_running(self) -> None:
        """Start again what has ended, each time after a longer rest, until it has been steady for a while."""
        now = time.monotonic()
        if self.process is not None and self.process.poll() is not None:
            _log.warning("part_ended", part=self.name, status=self.process.returncode)
            if now - self.started_at > _STEADY_SECONDS:
                self.rest_seconds, self.starts = _FIRST_REST_SECONDS, 0
            self.start_at = now + self.rest_seconds
            self.rest_seconds = min(self.rest_seconds * 2, _LONGEST_REST_SECONDS)
            self.process = None
        if self.process is None and now >= self.start_at:
            self.start()

    def last_words(self) -> str:
        lines = (
            self.log.read_text(encoding="utf-8", errors="replace").splitlines() if self.log.exists() else []
        )
        return "\n".join(lines[-15:])


@dataclass(slots=True)
class _Group:
    """The parts in the order in which they start; they end the other way round."""

    settings: Settings
    parts: list[_Part] = field(default_factory=list)
    parent: int | None = None
    is_stopping: bool = False

    def add(self, name: str, command: list[str]) -> None:
        folder = self.settings.home / "log"
        folder.mkdir(exist_ok=True)
        part = _Part(name, command, folder / f"{name}.log")
        self.parts.append(part)
        part.start()

    def look(self) -> None:
        """Raise _Stop when the group should end; otherwise see to every part."""
        if self.is_stopping or (self.parent is not None and os.getppid() != self.parent):
            raise _Stop
        for part in self.parts:
            part.keep_running()

    def wait(self, seconds: float) -> None:
        self.look()
        time.sleep(seconds)

    def stop(self) -> None:
        """End web, scheduler and workers together, then the queue they use."""
        queue = [part for part in self.parts if part.name == "queue"]
        for batch in ([part for part in self.parts if part not in queue], queue):
            _end([part.process for part in batch if part.process is not None])


def run_group(settings: Settings, *, keep_running: bool = False) -> None:
    """Start everything, say how to get in, and return when the group was told to end.

    Raises CannotStart, with nothing left running, when something stands in the way.
    """
    lock = check_start(settings)
    group = _Group(settings, parent=None if keep_running else os.getppid())
    try:
        with _signals(group):
            _start(group)
            while True:
                group.wait(_LOOK_SECONDS)
    except _Stop:
        _say(_("Stopping …"))
    finally:
        group.stop()
        lock.close()


def _start(group: _Group) -> None:
    settings = group.settings
    if not settings.queue_url:
        group.add("queue", _queue_command(settings))
    greeting = _prepare(group)
    group.add("web", [*_THIS, "serve"])
    for number in range(1, settings.workers + 1):
        group.add("worker" if settings.workers == 1 else f"worker-{number}", [*_THIS, "worker"])
    group.add("scheduler", [*_THIS, "scheduler"])
    _wait_until_ready(group)
    _say(greeting)


def _queue_command(settings: Settings) -> list[str]:
    try:
        return server_command(settings.home)
    except OSError as error:
        raise CannotStart(
            _(
                "The folder of the queue in %(folder)s cannot be made (%(problem)s).",
                folder=settings.home,
                problem=error.strerror,
            )
        ) from error


def _prepare(group: _Group) -> str:
    """Let a child migrate the database and load the demo, so that what it needs is free afterwards.

    Return its greeting, to be printed when everything runs. What it says meanwhile is seen at once.
    """
    file = group.settings.home / "log" / "greeting"
    file.parent.mkdir(exist_ok=True)
    file.unlink(missing_ok=True)
    child = spawn([*_THIS, "prepare", str(file)], env=_environment())
    try:
        while child.poll() is None:
            group.wait(0.05)
            _check_starts(group)
    finally:
        stop(child, grace_seconds=2)
    if child.returncode != 0:
        raise CannotStart(_("The installation could not be prepared; the reason stands above."))
    return file.read_text(encoding="utf-8")


def _wait_until_ready(group: _Group) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    facts: dict[str, str] = {}
    while time.monotonic() < deadline:
        facts = _health(group.settings)
        if facts and all(fact == "ok" for fact in facts.values()):
            return
        _check_starts(group)
        group.wait(0.1)
    raise CannotStart(
        _(
            "Not ready after %(seconds)s seconds: %(facts)s. The logs are in %(folder)s.",
            seconds=_READY_SECONDS,
            facts=json.dumps(facts),
            folder=group.settings.home / "log",
        )
    )


def _check_starts(group: _Group) -> None:
    """Give up when a part does not even start."""
    for part in group.parts:
        if part.starts >= _STARTS_BEFORE_GIVING_UP:
            raise CannotStart(
                _(
                    "%(part)s ends as soon as it is started. Its last words, from %(file)s:\n%(words)s",
                    part=part.name,
                    file=part.log,
                    words=part.last_words(),
                )
            )


def _health(settings: Settings) -> dict[str, str]:
    host = "127.0.0.1" if settings.host in ("localhost", "*") else settings.host
    connection = http.client.HTTPConnection(host, settings.port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        answer = json.loads(connection.getresponse().read())
        return dict(answer)
    except (OSError, http.client.HTTPException, ValueError):
        return {}
    finally:
        connection.close()


@contextmanager
def _signals(group: _Group) -> Iterator[None]:
    """Let Ctrl-C, SIGTERM and a closed terminal end the group; a second Ctrl-C ends it at once."""

    def ask(_number: int, _frame: object) -> None:
        if group.is_stopping:
            for part in group.parts:
                if part.process is not None and part.process.poll() is None:
                    part.process.kill()
        group.is_stopping = True

    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, ask) for number in numbers}
    try:
        yield
    finally:
        # From here on the parts are being stopped, and nothing may interrupt that.
        for number in before:
            signal.signal(number, signal.SIG_IGN)


def _end(processes: list[Popen[bytes]]) -> None:
    for process in processes:
        if process.poll() is None:
            process.terminate()
    deadline = time.monotonic() + _GRACE_SECONDS
    while time.monotonic() < deadline and any(process.poll() is None for process in processes):
        time.sleep(0.02)
    for process in processes:
        if process.poll() is None:
            process.kill()
        process.wait()


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONUTF8": "1", PARENT_VARIABLE: str(os.getpid())}


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
