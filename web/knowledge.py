"""What a process holds in memory to triage: suggestions, catalogue, calendar, policies, kept up to date."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Generic, TypeVar
from zoneinfo import ZoneInfo

from sqlmodel import Session

from inbox.triage import TriageTools
from knowledge_base.base_index import SuggestionBase
from knowledge_base.engine.meaning import Meaning, SentenceModel
from knowledge_base.suggest import Entry, SuggestionEngine
from knowledge_base.vectors import meaning_in
from routing.catalogue import Catalogue, load_catalogue
from routing.revisions import catalogue_revision
from sla.calendar import WorkingCalendar, load_calendar
from sla.policies import PolicyBook, load_policies
from sla.revisions import sla_revision

_LOOK_EVERY_SECONDS = 1.0
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Copy(Generic[T]):
    """Something loaded, and what it was loaded from."""

    key: tuple[int, date]
    value: T


class Knowledge:
    """Immutable copies of the slowly changing tables, looked after at most once a second.

    A change that another process commits is used here about a second later. Safe to share between threads.
    Pass a session that has not changed these tables itself: what it would undo must not be remembered.
    """

    def __init__(
        self,
        zone: ZoneInfo,
        index_folder: Path | None = None,
        *,
        sentences: SentenceModel | None = None,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        self._zone = zone
        self._ticks = ticks
        self.sentences = sentences
        self._suggestions = SuggestionBase(index_folder)
        self._lock = threading.Lock()
        self._looked_at = float("-inf")
        self._tools: TriageTools | None = None
        self._copies: dict[str, _Copy[object]] = {}

    def tools(self, session: Session, *, now: datetime) -> TriageTools:
        """Return what triage needs, reloaded where its revision or the local day has changed.

        While one thread reloads, the others go on with what there is.
        """
        held = self._tools
        if not self._lock.acquire(blocking=held is None) and held is not None:
            return held
        try:
            moment = self._ticks()
            if self._tools is None or moment - self._looked_at >= _LOOK_EVERY_SECONDS:
                self._tools = self._look(session, now.astimezone(self._zone).date())
                self._looked_at = moment
            return self._tools
        finally:
            self._lock.release()

    def engine(self, session: Session, *, now: datetime) -> SuggestionEngine:
        """Return the suggestion engine."""
        return self.tools(session, now=now).engine

    def meaning(self, session: Session) -> Meaning | None:
        """Return what lets the sentence model have its say over what is stored in this database."""
        return meaning_in(session, self.sentences)

    def catalogue(self, session: Session, *, now: datetime) -> Catalogue:
        """Return the responsibility catalogue."""
        return self.tools(session, now=now).catalogue

    def calendar(self, session: Session, *, now: datetime) -> WorkingCalendar:
        """Return the working calendar."""
        return self.tools(session, now=now).calendar

    def policies(self, session: Session, *, now: datetime) -> PolicyBook:
        """Return the policies in force today."""
        return self.tools(session, now=now).policies

    def engines_around(
        self, session: Session, draft: Entry, *, today: date
    ) -> tuple[SuggestionEngine, SuggestionEngine]:
        """Return the suggestion engine without a draft and with it."""
        with self._lock:
            return self._suggestions.engines_around(session, draft, today=today)

    def forget(self) -> None:
        """Load everything anew at the next use; for a process that has just changed it."""
        self._looked_at = float("-inf")

    def _look(self, session: Session, today: date) -> TriageTools:
        clock = sla_revision(session)
        return TriageTools(
            engine=self._suggestions.engine(session, today=today),
            catalogue=self._fresh(
                "catalogue", (catalogue_revision(session), date.min), lambda: load_catalogue(session)
            ),
            calendar=self._fresh(
                "calendar", (clock, date.min), lambda: load_calendar(session, tz=self._zone)
            ),
            policies=self._fresh("policies", (clock, today), lambda: load_policies(session, on=today)),
            sentences=self.sentences,
        )

    def _fresh(self, name: str, key: tuple[int, date], load: Callable[[], T]) -> T:
        copy = self._copies.get(name)
        if copy is None or copy.key != key:
            copy = _Copy(key, load())
            self._copies[name] = copy
        return copy.value  # type: ignore[return-value]
