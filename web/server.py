"""The web server: gunicorn with threads, on both loopback addresses unless told otherwise."""

import socket
import tempfile
from pathlib import Path
from typing import Any

from gunicorn.app.base import BaseApplication

from web.settings import Settings

_REQUEST_SECONDS = 60
_LAST_REQUESTS_SECONDS = 8


class _Server(BaseApplication):  # type: ignore[misc]
    """Gunicorn, set up by our settings and by nothing else."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        super().__init__()

    def load_config(self) -> None:
        memory = Path("/dev/shm")  # noqa: S108 - gunicorn's sign of life; a slow disk would look like a hang
        wanted = {
            "bind": [f"{_bracketed(host)}:{self._settings.port}" for host in addresses(self._settings.host)],
            "worker_class": "gthread",
            "workers": self._settings.web_processes,
            "threads": self._settings.web_threads,
            "timeout": _REQUEST_SECONDS,
            "graceful_timeout": _LAST_REQUESTS_SECONDS,
            "keepalive": 15,
            "limit_request_line": 8190,
            "worker_tmp_dir": str(memory) if memory.is_dir() else tempfile.gettempdir(),
            "loglevel": "warning",
            "control_socket_disable": True,
        }
        for key, value in wanted.items():
            if key in self.cfg.settings:
                self.cfg.set(key, value)

    def load(self) -> Any:
        from web.app import create_app

        return create_app(self._settings)


def serve(settings: Settings) -> None:
    """Serve until told to stop."""
    _Server(settings).run()


def addresses(host: str) -> list[str]:
    """Return the addresses that a `host` setting stands for, on this machine."""
    if host == "localhost":
        return ["127.0.0.1", "::1"] if has_ipv6() else ["127.0.0.1"]
    if host == "*":
        return ["::"] if has_ipv6() else ["0.0.0.0"]  # noqa: S104 - asked for; `::` takes IPv4 too
    return [host]


def taken_address(host: str, port: int) -> str | None:
    """Return the address on which the port cannot be had; None when it is free on all of them."""
    for address in addresses(host):
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((address, port))
            except OSError:
                return address
    return None


def has_ipv6() -> bool:
    """Tell whether this machine has the IPv6 loopback address."""
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


def _bracketed(address: str) -> str:
    return f"[{address}]" if ":" in address else address
