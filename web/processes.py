"""Starting child processes that cannot outlive us."""

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


def spawn(
    command: Sequence[str], *, env: Mapping[str, str] | None = None, log: Path | None = None
) -> subprocess.Popen[bytes]:
    """Start a child in a session of its own that is told to end when this process dies, however it dies.

    Call it from the main thread: the kernel ties the child to the thread that started it. Output goes to
    our own, or is added to the file `log`.
    """
    output = log.open("ab") if log else None
    try:
        return subprocess.Popen(
            list(command),
            env=dict(env) if env is not None else None,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT if output else None,
            start_new_session=True,
            preexec_fn=_tie_to(os.getpid()) if _LIBC else None,
        )
    finally:
        if output:
            output.close()


def stop(process: subprocess.Popen[bytes], *, grace_seconds: float) -> None:
    """Ask a child to end, and end it when it does not within `grace_seconds`."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(grace_seconds)
        except subprocess.TimeoutExpired:
            process.kill()
    process.wait()


def end_with_parent(parent: int, *, grace_seconds: float = 10) -> None:
    """Watch, in a thread, whether process `parent` is still our parent; end ourselves when it is not.

    The kernel's signal does this on Linux; the thread covers other systems and a process that ignores it.
    """

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(grace_seconds)
        os._exit(1)

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()


def _tie_to(parent: int) -> Callable[[], None]:
    def tie() -> None:
        assert _LIBC is not None  # noqa: S101
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
        if os.getppid() != parent:  # it died before the tie was made
            os._exit(1)

    return tie
