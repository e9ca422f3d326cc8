"""The demo county in a SQLite file, loaded once for all test processes that look at it: loading takes many seconds."""

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from web.database import Database
from web.demo import load_demo
from web.migrations import migrate

MESSAGES = 120
"""How much of the demo county is loaded: enough for every state, in a few seconds."""


def shared_folder(factory: pytest.TempPathFactory) -> Path:
    """Return the folder that all processes of this test run share."""
    own = factory.getbasetemp()
    return own.parent if own.name.startswith("popen-") else own


def county_file(folder: Path, name: str, *, now: datetime) -> tuple[Path, dict[str, Any]]:
    """Return the county as a file to copy, and the summary of what was loaded; whoever comes first loads it."""
    path, told = folder / f"{name}.sqlite3", folder / f"{name}.json"
    with _alone(folder / f"{name}.lock"):
        if not told.exists():
            path.unlink(missing_ok=True)
            told.write_text(json.dumps(asdict(load_county(f"sqlite:///{path}", now=now))), encoding="utf-8")
    return path, json.loads(told.read_text(encoding="utf-8"))


def load_county(address: str, *, now: datetime, messages: int = MESSAGES) -> Any:
    """Load the county into a new database and return its summary."""
    database = Database(address)
    migrate(database.engine)
    with database.transaction() as session:
        summary = load_demo(session, now=now, messages=messages)
    database.close()
    return summary


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
