"""The indicators counted a second time, slowly and from the events alone: what is stored on cases is not looked at.

Only `case_events`, which is only ever added to, and the log of moved deadlines are read, one case after the other.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlmodel import Session, select

from inbox.models import CaseEvent
from sla.models import Deadline, DeadlineChange


@dataclass
class Handling:
    """One clock of one case as its events tell it."""

    due: datetime
    met: datetime | None = None
    cancelled: bool = False
    rating: dict[str, Any] | None = None
    kept: float | None = None
    extended: bool = False
    reopened: bool = False
    began: datetime | None = None
    ended_at: datetime | None = None


@dataclass
class Story:
    """One case as its events tell it."""

    department: int | None = None
    display: str = "pending"
    suggested: bool = False
    accept: list[Handling] = field(default_factory=list)
    first_reply: list[Handling] = field(default_factory=list)
    resolve: list[Handling] = field(default_factory=list)
    returned_by: list[int] = field(default_factory=list)
    refused: int = 0

    def clocks(self) -> list[list[Handling]]:
        """Return the clocks in the order in which they run."""
        return [self.accept, self.first_reply, self.resolve]


def stories(session: Session) -> list[Story]:
    """Tell every case again."""
    moved = _moves(session)
    by_case: dict[int, list[CaseEvent]] = defaultdict(list)
    for event in session.exec(select(CaseEvent).order_by(CaseEvent.id)).all():  # type: ignore[arg-type]
        by_case[event.case_id].append(event)
    told = []
    for case_id, events in by_case.items():
        story = Story()
        for event in events:
            _tell(story, event.kind, event.at, event.params)
        for name in ("accept", "first_reply", "resolve"):
            for number, handling in enumerate(getattr(story, name), start=1):
                handling.due = moved.get((case_id, name, number), handling.due)
        told.append(story)
    return told


def _moves(session: Session) -> dict[tuple[int, str, int], datetime]:
    whose = {
        row.id: (row.subject_id, row.clock.value, row.round) for row in session.exec(select(Deadline)).all()
    }
    moved = {}
    for change in session.exec(select(DeadlineChange).order_by(DeadlineChange.id)).all():  # type: ignore[arg-type]
        moved[whose[change.deadline_id]] = change.new_due_at
    return moved


def _tell(story: Story, kind: str, at: datetime, params: Any) -> None:
    if kind in ("timed", "clocks_restarted"):
        _begin(story, at, params["due"])
    elif kind in ("assigned", "delivered"):
        for clock in [story.accept] if kind == "assigned" else story.clocks():
            _meet(clock, at)
    elif kind == "set_aside":
        _cancel(story, at)
    _note_answer(story, kind, params)
    story.display = _DISPLAY.get(kind, params.get("display", story.display))
    if kind in ("assigned", "returned", "recalled", "taken_back"):
        story.department = params["department_id"] if kind == "assigned" else None


_DISPLAY = {
    "set_aside": "hidden",
    "taken_back": "pending",
    "marked_sensitive": "hidden",
    "alarm_raised": "hidden",
}


def _note_answer(story: Story, kind: str, params: Any) -> None:
    last = story.resolve[-1] if story.resolve else Handling(datetime.max.replace(tzinfo=UTC))
    last.kept = params.get("kept") if kind == "approved" else last.kept
    last.rating = dict(params) if kind == "rated" else last.rating
    last.extended |= kind == "extended"
    story.suggested |= kind == "suggested"
    if kind == "reopened":
        story.resolve[0].reopened = True
    story.refused += kind == "return_refused"
    if kind == "returned":
        story.returned_by.append(params["department_id"])


def _begin(story: Story, at: datetime, due: dict[str, str]) -> None:
    for name in ("accept", "first_reply", "resolve"):
        clock = getattr(story, name)
        is_running = any(h.met is None and not h.cancelled for h in clock)
        if name in due and not is_running:
            clock.append(Handling(datetime.fromisoformat(due[name]), began=at))


def _meet(clock: list[Handling], at: datetime) -> None:
    for handling in clock:
        if handling.met is None and not handling.cancelled:
            handling.met = at


def _cancel(story: Story, at: datetime) -> None:
    for clock in story.clocks():
        for handling in clock:
            if handling.met is None:
                handling.cancelled, handling.ended_at = True, at


def recount(told: list[Story], start: datetime, end: datetime) -> dict[str, tuple[int, int]]:
    """Return (counted, met) of each indicator for what fell due from `start` on, before `end`."""
    found: dict[str, list[bool]] = defaultdict(list)
    stock: list[bool] = []
    assigned = returned = 0
    for story in told:
        accepts, firsts, resolves = (
            [h for h in clock if start <= h.due < end and not h.cancelled] for clock in story.clocks()
        )
        found["forwarded"] += [h.met is not None and h.met <= h.due for h in accepts]
        found["response"] += [h.met is not None and h.met <= h.due for h in firsts]
        for handling in accepts:
            if handling.met is not None:
                assigned += (story.department is not None) + len(story.returned_by)
                returned += len(story.returned_by) + story.refused
        for handling in resolves:
            _count_handling(found, story, handling)
        for handling in story.resolve:
            over = handling.met or handling.ended_at
            if (handling.began or end) < end and (over is None or over >= end):
                stock.append(handling.due < end)
    counts = {code: (len(values), sum(values)) for code, values in found.items()}
    return counts | {"returned": (assigned, returned), "stock": (len(stock), sum(stock))}


def _count_handling(found: dict[str, list[bool]], story: Story, handling: Handling) -> None:
    answered = handling.met is not None
    found["on_time"].append(handling.met is not None and handling.met <= handling.due)
    if story.display != "hidden":
        found["answered"].append(answered and story.display == "public")
    if answered:
        found["reopened"].append(handling.reopened)
        found["extended"].append(handling.extended)
    if handling.rating is not None:
        found["solved"].append(handling.rating["solved"])
        found["satisfied"].append(handling.rating["satisfaction"] != "dissatisfied")
    if story.suggested:
        found["adopted"].append(answered and (handling.kept or 0) >= 0.8)
