"""Keeps one process's suggestion engine up to date: a shared base, what changed since behind it, compacted in time.

A base of up to MOST_IN_MEMORY articles is built anew in memory at every change, which takes a moment. A larger one
is mapped from a file; what was published, changed or retired since its revision is read from the database, hides the
old rows and lies behind them. Nobody waits for a new file while there is an engine to answer with.
"""

from datetime import date
from itertools import chain
from pathlib import Path

import numpy as np
import structlog
from numpy.typing import NDArray
from sqlmodel import Session

from knowledge_base.base_revision import base_revision, revision_stamp
from knowledge_base.calibration import curve_in_force
from knowledge_base.engine.columns import Arrays
from knowledge_base.engine.entries import Entry
from knowledge_base.engine.parts import index_columns
from knowledge_base.engine.synonyms import SHIPPED
from knowledge_base.index_files import Base, IndexFiles
from knowledge_base.published import (
    changed_articles,
    editors_synonyms,
    has_more_published,
    published_entries,
)
from knowledge_base.suggest import SuggestionEngine, load_engine

MOST_IN_MEMORY = 2_000
COMPACTED_FROM = 2_000
MOST_BEHIND = 20_000

_log = structlog.get_logger(__name__)


class SuggestionBase:
    """The suggestion engine of one process. Not for use by two threads at once; the engines it returns are."""

    def __init__(self, folder: Path | None = None, *, most_in_memory: int = MOST_IN_MEMORY) -> None:
        self._files = IndexFiles(folder) if folder else None
        self._most_in_memory = most_in_memory
        self._base: Base | None = None
        self._engine: SuggestionEngine | None = None
        self._key: tuple[object, ...] = ()

    def engine(self, session: Session, *, today: date) -> SuggestionEngine:
        """Return the engine as of now: the same one while base, day and index file are the same."""
        key = (base_revision(session), today, self._newest())
        if self._engine is None or key != self._key:
            self._engine = self._made(session, today).calibrated(curve_in_force(session))
            self._key = (*key[:2], self._newest())
        return self._engine

    def engines_around(
        self, session: Session, draft: Entry, *, today: date
    ) -> tuple[SuggestionEngine, SuggestionEngine]:
        """Return the engine as of now and the one with `draft` laid over it; a large base is not built anew.

        Both weigh words by the rarity of the same base, so that only the draft makes a difference.
        """
        now = self.engine(session, today=today)
        base = self._base
        if base is None:
            columns = index_columns(published_entries(session, today=today))
            base = Base(now.revision, None, columns, is_shared=False)
        return now, _engine_over(base, session, today, draft)

    def is_compaction_due(self, session: Session) -> bool:
        """Tell whether so much lies behind the newest file, or there is none, that a new one should be written."""
        if self._files is None or not has_more_published(session, self._most_in_memory):
            return False
        newest = next((n for n in self._files.revisions() if revision_stamp(session, n) is not None), None)
        return newest is None or len(changed_articles(session, after=newest, most=COMPACTED_FROM)) >= (
            COMPACTED_FROM
        )

    def compact(self, session: Session) -> bool:
        """Write a new index file of everything published; False when another process is just doing so."""
        if self._files is None:
            return False
        with self._files.building(wait=False) as mine:
            if mine:
                self._base = self._files.store(self._built(session))
        return mine

    def _made(self, session: Session, today: date) -> SuggestionEngine:
        if not has_more_published(session, self._most_in_memory):
            self._base = None
            return load_engine(session, today=today)
        revision = base_revision(session)
        base = self._base = self._current(session, revision) or self._new(session, revision)
        return _engine_over(base, session, today)

    def _current(self, session: Session, revision: int) -> Base | None:
        """Return the newest base that is not too far behind; any that may be believed beats none."""
        held = self._base
        if held is not None and (held.stamp is None or held.stamp != revision_stamp(session, held.revision)):
            held = None
        if self._files is not None:
            newest = self._files.newest(
                after=held.revision if held else -1,
                upto=revision,
                stamp_of=lambda number: revision_stamp(session, number),
            )
            held = newest or held
        if held is None or not self._is_far_behind(session, held):
            return held
        if held.is_shared and self._engine is not None:
            _log.warning("suggestion_index_far_behind", revision=revision, base=held.revision)
            return held
        return None

    def _is_far_behind(self, session: Session, base: Base) -> bool:
        return len(changed_articles(session, after=base.revision, most=MOST_BEHIND + 1)) > MOST_BEHIND

    def _new(self, session: Session, revision: int) -> Base:
        """Build a base, unless another process has done so while this one waited for its turn."""
        if self._files is None:
            return self._built(session)
        with self._files.building():
            newest = self._files.newest(
                after=-1, upto=revision, stamp_of=lambda number: revision_stamp(session, number)
            )
            if newest is not None and not self._is_far_behind(session, newest):
                return newest
            return self._files.store(self._built(session))

    def _built(self, session: Session) -> Base:
        revision = base_revision(session)
        _log.info("suggestion_index_building", revision=revision)
        columns = index_columns(published_entries(session))
        return Base(revision, revision_stamp(session, revision), columns, is_shared=False)

    def _newest(self) -> int | None:
        return next(iter(self._files.revisions()), None) if self._files else None


def _engine_over(base: Base, session: Session, today: date, draft: Entry | None = None) -> SuggestionEngine:
    """Return the engine over a base with what changed since, and with a draft in place of its article, behind it."""
    revision = base_revision(session)
    changed = changed_articles(session, after=base.revision)
    more = None
    if changed or draft:
        entries = published_entries(session, changed_after=base.revision, most=MOST_BEHIND)
        if draft:
            changed.append(draft.article_id)
            entries = chain((e for e in entries if e.article_id != draft.article_id), [draft])
        more = index_columns(entries, base.columns)
    return SuggestionEngine.over(
        base.columns,
        more,
        left_out=_left_out(base.columns, more, changed, today),
        synonyms=[*SHIPPED, *editors_synonyms(session)],
        revision=revision,
    )


def _left_out(base: Arrays, more: Arrays | None, changed: list[int], today: date) -> NDArray[np.bool_]:
    """Return which entries are never suggested: those that changed since, and those that have expired."""
    left_out = np.isin(base["entries.ids"], np.array(changed, np.int64))
    ends = base["entries.valid_until"]
    if more is not None:
        left_out = np.concatenate((left_out, np.zeros(len(more["entries.ids"]), bool)))
        ends = np.concatenate((ends, more["entries.valid_until"]))
    return left_out | (ends < today.toordinal())
