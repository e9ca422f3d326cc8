"""The web server: gunicorn with threads, on both loopback addresses unless told otherwise."""

import tempfile
from pathlib import Path
from typing import Any

from gunicorn.app.base import BaseApplication

from web.listening import addresses
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


def _bracketed(address: str) -> str:
    return f"[{address}]" if ":" in address else address
