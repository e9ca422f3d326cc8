"""The files in which the suggestion index lies, one a revision of the base, in a folder that all processes share.

A file is believed only when it is whole, was made by this very version of the engine, and the database remembers that
revision under the same stamp: one of another database, or of days that a restored backup never saw, is not.
"""

import fcntl
import re
import unicodedata
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

import structlog

from knowledge_base.engine.array_file import TEMPORARY, DamagedFile, open_arrays, write_arrays
from knowledge_base.engine.columns import Arrays

_LIBRARIES = ("numpy", "opencc", "rjieba")
_NAME = re.compile(r"suggestions-([0-9a-f]{8})-(\d{10})\.index")

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Base:
    """An index as it was at one revision of the base; `is_shared` tells a mapped file from this process's memory."""

    revision: int
    stamp: str | None
    columns: Arrays
    is_shared: bool


class IndexFiles:
    """The index files of one installation. Any number of processes may read, build and tidy up at once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def revisions(self) -> list[int]:
        """Return the revisions of which there is a file for this version of the engine, newest first."""
        with suppress(OSError):
            matches = [_NAME.fullmatch(path.name) for path in self._folder.iterdir()]
            return sorted((int(m[2]) for m in matches if m and m[1] == engine_format()), reverse=True)
        return []

    def newest(self, *, after: int, upto: int, stamp_of: Callable[[int], str | None]) -> Base | None:
        """Map the newest file of a revision after `after` and not after `upto` that can be believed.

        A damaged one is removed, with a line in the log.
        """
        for revision in self.revisions():
            if after < revision <= upto:
                base = self._opened(revision, stamp_of(revision))
                if base is not None:
                    return base
        return None

    def store(self, base: Base) -> Base:
        """Write an index, tidy up older ones, and return it mapped; when it cannot be written, as it is.

        Call it while `building`.
        """
        path = self._path(base.revision)
        facts = {"format": engine_format(), "revision": base.revision, "stamp": base.stamp}
        try:
            write_arrays(path, base.columns, facts)
        except OSError as error:
            _log.warning("suggestion_index_not_stored", path=str(path), error=str(error))
            return base
        self._tidy(path)
        return self._opened(base.revision, base.stamp) or base

    @contextmanager
    def building(self, *, wait: bool = True) -> Iterator[bool]:
        """Let one process at a time build; False when another is at it and `wait` is not.

        Where the folder cannot be written to, everybody may build for themselves. The lock ends with its holder,
        however that dies.
        """
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            lock = (self._folder / "lock").open("ab")
        except OSError:
            yield True
            return
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            except BlockingIOError:
                yield False
                return
            yield True

    def _opened(self, revision: int, stamp: str | None) -> Base | None:
        path = self._path(revision)
        if stamp is None:
            return None
        try:
            columns, facts = open_arrays(path)
        except FileNotFoundError:
            return None
        except (DamagedFile, OSError) as error:
            _log.warning("suggestion_index_damaged", path=str(path), error=repr(error.__cause__))
            with suppress(OSError):
                path.unlink()
            return None
        if facts != {"format": engine_format(), "revision": revision, "stamp": stamp}:
            _log.warning("suggestion_index_foreign", path=str(path))
            return None
        return Base(revision, stamp, columns, is_shared=True)

    def _path(self, revision: int) -> Path:
        return self._folder / f"suggestions-{engine_format()}-{revision:010d}.index"

    def _tidy(self, kept: Path) -> None:
        """Remove the other files, and what a process that died while writing has left."""
        for path in self._folder.iterdir():
            if path != kept and (path.suffix == TEMPORARY or _NAME.fullmatch(path.name)):
                with suppress(OSError):
                    path.unlink()


@lru_cache(maxsize=1)
def engine_format() -> str:
    """Return a mark of everything that shapes an index: the engine's own sources and the libraries it uses."""
    check = zlib.crc32(unicodedata.unidata_version.encode())
    for library in _LIBRARIES:
        check = zlib.crc32(version(library).encode(), check)
    for source in sorted(files("knowledge_base.engine").iterdir(), key=lambda file: file.name):
        if source.name.endswith(".py"):
            check = zlib.crc32(source.read_bytes(), check)
    return f"{check:08x}"
