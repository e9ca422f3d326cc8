"""A supervised group (`minhu up`) as a test starts it: on a free port, in a folder of its own, watched to its end."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import psutil

from tests.servers import free_port

COMMAND = [sys.executable, "-P", "-m", "web", "up"]


def eventually(condition: Callable[[], object], *, seconds: float = 60.0) -> bool:
    """Tell whether a condition comes true in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return False


class Group:
    """One `minhu up`, its output and everything it started."""

    def __init__(self, home: Path, **settings: str) -> None:
        self.home = home
        self.port = int(settings.pop("PORT", free_port()))
        self.output = home.with_name(f"{home.name}-output")
        clean = {name: value for name, value in os.environ.items() if not name.startswith("MINHU_")}
        self.environment = clean | {
            "MINHU_HOME": str(home),
            "MINHU_DEMO": "false",
            "PORT": str(self.port),
            "LANG": "C.UTF-8",
            **settings,
        }
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, *, through: list[str] | None = None) -> "Group":
        """Start it, or start a command that starts it."""
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                through or COMMAND,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return self

    def wait_until_ready(self) -> None:
        """Wait for the greeting; fail with what was said instead."""
        ready = eventually(lambda: "Ctrl-C" in self.said() or self.has_ended(), seconds=120)
        assert ready, self.said()
        assert not self.has_ended(), self.said()

    def said(self) -> str:
        """Return what it printed."""
        return self.output.read_text(encoding="utf-8")

    def has_ended(self) -> bool:
        """Tell whether the first process has ended."""
        return self.process is not None and self.process.poll() is not None

    def health(self, host: str = "127.0.0.1") -> dict[str, str]:
        """Return /healthz, whatever its status; empty when nobody answers."""
        try:
            with urllib.request.urlopen(f"http://{host}:{self.port}/healthz", timeout=5) as answer:
                return dict(json.load(answer))
        except urllib.error.HTTPError as error:
            with error:
                return dict(json.load(error))
        except OSError:
            return {}

    def is_healthy(self) -> bool:
        """Tell whether every part reports "ok"."""
        facts = self.health()
        return bool(facts) and set(facts.values()) == {"ok"}

    def left(self) -> list[psutil.Process]:
        """Return every process of this group that exists, however it was started.

        Told by the environment; the queue server, which writes its title over that, by the folder it works in.
        """
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                if process.status() == psutil.STATUS_ZOMBIE:
                    continue
                home = str(self.home)
                if process.environ().get("MINHU_HOME") == home or process.cwd() == f"{home}/queue":
                    found.append(process)
        return found

    def part(self, name: str) -> psutil.Process | None:
        """Return the process of a part: web, worker, scheduler or queue; the oldest when there are several."""
        word = {"queue": "valkey-server", "web": "serve"}.get(name, name)
        named = []
        for process in self.left():
            with contextlib.suppress(psutil.Error):
                if word in " ".join(process.cmdline()).replace("/", " ").split():
                    named.append(process)
        return min(named, key=psutil.Process.create_time, default=None)

    def interrupt(self) -> int:
        """Press Ctrl-C and wait; return the exit status."""
        assert self.process is not None
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(timeout=40)

    def clear_away(self) -> None:
        """End whatever a failed test left."""
        for process in self.left():
            with contextlib.suppress(psutil.Error):
                process.kill()
        if self.process is not None:
            self.process.wait()
