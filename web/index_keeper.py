"""Has a new suggestion index written, by a process of its own, when much has changed since the last one.

Every scheduler does so for its own data folder, whoever's turn it is: a second machine has files of its own.
"""

import os
import subprocess
import sys
import time

import structlog
from sqlalchemy.exc import SQLAlchemyError

from knowledge_base.base_index import SuggestionBase
from web.processes import spawn, stop
from web.runtime import INDEX_FOLDER, Runtime

_EVERY_SECONDS = 10.0
_GRACE_SECONDS = 2.0

_log = structlog.get_logger(__name__)


class IndexKeeper:
    """Looks now and then whether the index is far behind. Call it from the main thread."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._base = SuggestionBase(runtime.settings.home / INDEX_FOLDER)
        self._builder: subprocess.Popen[bytes] | None = None
        self._next_at = float("-inf")

    def look(self) -> None:
        """Start a builder when one is due and none is at it; an outage of the database only delays it."""
        if time.monotonic() < self._next_at or (self._builder and self._builder.poll() is None):
            return
        self._next_at = time.monotonic() + _EVERY_SECONDS
        try:
            with self._runtime.database.reading() as session:
                due = self._base.is_compaction_due(session)
        except SQLAlchemyError as error:
            _log.warning("index_keeper_outage", error=type(error).__name__)
            return
        if due:
            self._builder = self._start()

    def close(self) -> None:
        """End a builder that is at it; what it has half written is never seen."""
        if self._builder is not None:
            stop(self._builder, grace_seconds=_GRACE_SECONDS)

    def _start(self) -> subprocess.Popen[bytes]:
        settings = self._runtime.settings
        environment = {
            **os.environ,
            "MINHU_HOME": str(settings.home),
            "MINHU_DATABASE_URL": settings.database_address,
        }
        return spawn([sys.executable, "-P", "-m", "web", "kb", "index", "--in-background"], env=environment)
