"""Triage: what a new case is, what could answer it, who should, and by when.

Each step stands by itself. One that fails is noted on the case with its cause and can be run again; the others
keep their results. A batch is computed in memory and written with a handful of statements.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import delete, insert, update
from sqlmodel import Session, col, select

from inbox.alarms import ALARMING, raise_alarms
from inbox.assignment import give_out
from inbox.classify import asks_nothing, classify
from inbox.deadlines import ClockStart, NextDue, start_clocks
from inbox.events import record_events
from inbox.kinds import Kind
from inbox.learning import note_uses
from inbox.lessons import facts_of
from inbox.models import (
    Account,
    Case,
    CaseState,
    CaseSuggestion,
    Display,
    Message,
    TaskKind,
    TriageFailure,
)
from inbox.outbox import claim_tasks
from inbox.privacy import find_personal, mask, mask_all
from inbox.risk_words import RiskScreen, load_screen
from inbox.search import SearchEntry, index_cases
from inbox.set_aside import set_aside_by_itself, sure_spam
from inbox.similar import Arrival, link_arrivals
from inbox.wording import EXCERPT_LENGTH, TITLE_LENGTH, one_line, title_from
from knowledge_base.demand import Unanswered, forget_unanswered, note_unanswered
from knowledge_base.engine.meaning import Meaning, SentenceModel
from knowledge_base.suggest import SuggestionEngine
from knowledge_base.topics import topics_of_articles
from knowledge_base.uses import Use
from knowledge_base.vectors import meaning_in
from routing.catalogue import Catalogue
from routing.decision import Decision, decide
from routing.whereabouts import areas_of
from sla.calendar import WorkingCalendar
from sla.models import Clock
from sla.policies import PolicyBook
from sla.policy import Facts

STEPS = ("classify", "privacy", "suggest", "route", "deadlines", "index", "duplicates")
"""The steps in their order; later ones use the results of earlier ones where those exist.

The last looks the whole batch up at once, because one message may repeat another of the same file.
"""

SUGGESTIONS_KEPT = 3
_LONGEST_ERROR = 500

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class TriageTools:
    """The knowledge a worker holds in memory; `web.knowledge` keeps it up to date."""

    engine: SuggestionEngine
    catalogue: Catalogue
    calendar: WorkingCalendar
    policies: PolicyBook
    sentences: SentenceModel | None = None

    @property
    def zone(self) -> ZoneInfo:
        """The deployment's time zone, in which dates are meant."""
        return self.calendar.tz


@dataclass(frozen=True, slots=True)
class TriageCounts:
    """What became of a batch."""

    triaged: int = 0
    routed: int = 0
    triage_desk: int = 0
    suggested: int = 0
    failed: int = 0


@dataclass(slots=True)
class _Work:
    """One case on its way through the steps."""

    case: Case
    message: Message
    account: Account
    tools: TriageTools
    now: datetime
    screen: RiskScreen
    meaning: Meaning | None = None
    marks: dict[str, list[str]] = field(default_factory=dict)
    aside: list[str] = field(default_factory=list)
    changes: dict[str, Any] = field(default_factory=dict)
    suggestions: list[dict[str, Any]] = field(default_factory=list)
    spans: list[list[Any]] | None = None
    decision: Decision | None = None
    clock: ClockStart | None = None
    topic: str | None = None
    entry: SearchEntry | None = None
    asks_nothing: bool = False
    done: list[str] = field(default_factory=list)
    failures: list[tuple[str, str]] = field(default_factory=list)

    @property
    def whole(self) -> str:
        return f"{self.message.title or ''}\n{self.message.text}"

    @property
    def kind(self) -> Kind:
        return Kind(self.changes.get("kind", self.case.kind))

    @property
    def is_ordinary(self) -> bool:
        return not any(self.changes.get(name, getattr(self.case, name)) for name in ("spam", "sensitive"))

    @property
    def wants_an_answer(self) -> bool:
        """Tell whether a standard answer could serve: not for thanks and chatter."""
        return self.is_ordinary and not self.asks_nothing

    @property
    def tags(self) -> list[str]:
        return list(self.changes.get("tags", self.case.tags))


def triage_tasks(
    session: Session, task_ids: Sequence[int], tools: TriageTools, *, now: datetime
) -> TriageCounts:
    """Do the triage that these rows of work ask for; rows that somebody else did are passed over."""
    return triage_cases(session, claim_tasks(session, TaskKind.TRIAGE, task_ids, now=now), tools, now=now)


def triage_cases(
    session: Session, case_ids: Sequence[int], tools: TriageTools, *, now: datetime
) -> TriageCounts:
    """Run every step that these cases still lack. Running it twice changes nothing the second time."""
    screen, meaning = load_screen(session), meaning_in(session, tools.sentences)
    works = [_Work(*row, tools, now, screen, meaning) for row in _load(session, case_ids)]
    for step in _STEPS:
        if step == "deadlines" and tools.policies.asks_for_topics:
            _find_topics(session, works)
        for work in works:
            if step not in work.case.triaged_steps:
                _attempt(work, step)
    _link(session, [work for work in works if "duplicates" not in work.case.triaged_steps], now=now)
    _write(session, works, now=now)
    return TriageCounts(
        triaged=sum(not w.failures for w in works),
        routed=sum(w.changes.get("state") == CaseState.ASSIGNED for w in works),
        triage_desk=sum(w.changes.get("state") == CaseState.TRIAGE_DESK for w in works),
        suggested=sum(bool(w.suggestions) for w in works),
        failed=sum(bool(w.failures) for w in works),
    )


def _load(session: Session, case_ids: Sequence[int]) -> Iterable[tuple[Case, Message, Account]]:
    query = (
        select(Case, Message, Account)
        .join(Message, col(Message.case_id) == Case.id)
        .join(Account, col(Account.id) == Case.account_id)
        .where(col(Case.id).in_(case_ids))
        .order_by(col(Case.id), col(Message.id))
    )
    opening: dict[int, tuple[Case, Message, Account]] = {}
    for case, message, account in session.exec(query).all():
        opening.setdefault(case.id or 0, (case, message, account))
    return opening.values()


def _find_topics(session: Session, works: Sequence["_Work"]) -> None:
    """Let the best suggestion's topic stand for the message's own; asked only where a policy goes by topic."""
    best = {w.case.id: w.suggestions[0]["article_id"] for w in works if w.suggestions}
    topics = topics_of_articles(session, set(best.values()))
    for work in works:
        work.topic = topics.get(best.get(work.case.id, 0))


def _attempt(work: _Work, step: str) -> None:
    """Run one step; this is a job boundary in small: the cause is kept and shown, the other steps go on."""
    try:
        _STEPS[step](work)
    except Exception as error:
        log.exception("triage_step_failed", step=step, case_id=work.case.id)
        work.failures.append((step, f"{type(error).__name__}: {error}"[:_LONGEST_ERROR]))
    else:
        work.done.append(step)


def _link(session: Session, works: Sequence[_Work], *, now: datetime) -> None:
    """Find what the messages repeat; when a batch fails, halve it, so that one message spoils no other's."""
    if not works:
        return
    arrivals = [Arrival(work.case, work.message, is_spam="spam" in work.tags) for work in works]
    try:
        with session.begin_nested():
            for case_id, repeats in link_arrivals(session, arrivals, now=now).items():
                next(w for w in works if w.case.id == case_id).changes["repeat_count"] = repeats
    except Exception as error:
        if len(works) > 1:
            middle = len(works) // 2
            _link(session, works[:middle], now=now)
            _link(session, works[middle:], now=now)
            return
        log.exception("triage_step_failed", step="duplicates", case_id=works[0].case.id)
        works[0].failures.append(("duplicates", f"{type(error).__name__}: {error}"[:_LONGEST_ERROR]))
    else:
        for work in works:
            work.done.append("duplicates")


def _classify(work: _Work) -> None:
    found = classify(work.message.text, title=work.message.title)
    work.asks_nothing = asks_nothing(work.whole, found)
    work.marks = work.screen.tags(work.whole)
    for reason in found.reasons:
        if reason.code == "tag" and reason.params["tag"] not in work.marks:
            work.marks[reason.params["tag"]] = list(reason.params["words"])
    tags = found.tags | work.marks.keys()
    work.changes |= {"kind": found.kind, "tags": sorted(tags), "spam": "spam" in tags}
    if "harmful" in tags:
        work.changes["sensitive"] = True
    if tags.intersection(ALARMING):
        # Nobody of the public reads it from now on; it is handled and timed as ever.
        work.changes["display"] = Display.HIDDEN
    elif "spam" in tags:
        work.aside = sure_spam(work.message.text, title=work.message.title)


def _privacy(work: _Work) -> None:
    """Find personal information, and cover it in the title and excerpt that every list shows."""
    message = work.message
    spans = find_personal(message.text)
    work.spans = [[span.start, span.end, span.kind] for span in spans]
    covered = mask(message.text, spans)
    title = mask_all(message.title) if message.title else title_from(covered)
    work.changes["title"] = one_line(title, TITLE_LENGTH)
    work.changes["excerpt"] = one_line(covered, EXCERPT_LENGTH)


def _suggest(work: _Work) -> None:
    found = work.tools.engine.suggest(
        work.message.text,
        title=work.message.title,
        region=areas_of(work.tools.catalogue, work.whole, work.account.region) or None,
        limit=SUGGESTIONS_KEPT,
        today=work.now.astimezone(work.tools.zone).date(),
        meaning=work.meaning,
    )
    work.suggestions = [
        {
            "case_id": work.case.id,
            "rank": rank,
            "article_id": hit.article_id,
            "confidence": hit.confidence,
            "explanation": {
                "own_confidence": hit.own,
                "question": hit.question,
                "phrasing": hit.matched_phrasing,
                "terms": [list(span) for span in hit.terms],
                "phrasing_terms": [list(span) for span in hit.phrasing_terms],
                "reasons": [asdict(reason) for reason in hit.reasons],
            },
            "used_at": None,
            "rejected_at": None,
            "decided_by": None,
        }
        for rank, hit in enumerate(found, start=1)
    ]


def _route(work: _Work) -> None:
    """Decide who answers; spam and advertising wait for a person, who may set them aside."""
    decision = decide(work.tools.catalogue, facts_of(work.case, work.message, work.account))
    work.decision = decision
    goes = decision.department_id is not None and "spam" not in work.tags
    work.changes["routing"] = {
        "confidence": decision.confidence,
        "automatic": goes,
        "candidates": [
            {
                "department_id": candidate.department_id,
                "confidence": candidate.confidence,
                "reasons": [reason.as_json() for reason in candidate.reasons],
            }
            for candidate in decision.candidates
        ],
    }
    if work.case.state not in (CaseState.NEW, CaseState.TRIAGE_DESK):
        return
    work.changes["state"] = CaseState.ASSIGNED if goes else CaseState.TRIAGE_DESK
    work.changes["department_id"] = decision.department_id if goes else None


def _deadlines(work: _Work) -> None:
    department = work.changes.get("department_id", work.case.department_id)
    entry = work.tools.catalogue.departments.get(department) if department else None
    facts = Facts(
        kind=work.kind.value,
        tags=frozenset(work.tags),
        channel=work.case.platform.value,
        department=entry.code if entry else None,
        answered_by_kb=bool(work.suggestions),
        topic=work.topic,
    )
    policy = work.tools.policies.match(facts)
    if department is not None and Clock.return_ in policy.limits:
        work.changes["return_until"] = work.tools.calendar.due(
            max(work.now, work.case.received_at),
            policy.limits[Clock.return_],
            department=facts.department or "",
        )
    work.clock = ClockStart(
        case_id=work.case.id or 0,
        policy=policy,
        department=facts.department,
        started_at=work.case.received_at,
        accepted=department is not None,
    )


def _index(work: _Work) -> None:
    case, message = work.case, work.message
    words = (
        case.tracking_code,
        message.title or "",
        message.text,
        case.author_name or "",
        message.place or "",
    )
    work.entry = SearchEntry(case.id or 0, "\n".join(words))


_STEPS: Mapping[str, Callable[[_Work], None]] = {
    "classify": _classify,
    "privacy": _privacy,
    "suggest": _suggest,
    "route": _route,
    "deadlines": _deadlines,
    "index": _index,
}


def _write(session: Session, works: list[_Work], *, now: datetime) -> None:
    """Write the results of all steps that succeeded, one statement for each table."""
    if not works:
        return
    ids = [work.case.id for work in works]
    suggested = [w.case.id for w in works if "suggest" in w.done]
    if suggested:
        session.execute(delete(CaseSuggestion).where(col(CaseSuggestion.case_id).in_(suggested)))
    offered = [row for work in works for row in work.suggestions]
    _bulk(session, CaseSuggestion, offered)
    note_uses(session, Use.SHOWN, [row["article_id"] for row in offered], now=now)
    _note_demand(session, works)
    spans = [{"id": w.message.id, "personal_spans": w.spans} for w in works if w.spans]
    if spans:
        session.execute(update(Message), spans)
    index_cases(session, [w.entry for w in works if w.entry is not None])
    due = start_clocks(session, [w.clock for w in works if w.clock], works[0].tools.calendar, now=now)
    session.execute(update(Case), [_case_row(work, due) for work in works])
    session.execute(
        update(TriageFailure)
        .where(col(TriageFailure.case_id).in_(ids), col(TriageFailure.resolved_at).is_(None))
        .values(resolved_at=now)
        .execution_options(synchronize_session=False)
    )
    _bulk(
        session,
        TriageFailure,
        [
            {"case_id": w.case.id, "step": step, "error": error, "at": now, "resolved_at": None}
            for w in works
            for step, error in w.failures
        ],
    )
    record_events(session, (row for work in works for row in _events(work, due, now)))
    session.expire_all()
    give_out(session, [w.case.id or 0 for w in works if w.changes.get("department_id")], now=now)
    for work in works:
        if work.marks.keys() & set(ALARMING):
            raise_alarms(session, work.case, work.marks, now=now)
        elif work.aside and work.case.state in (CaseState.NEW, CaseState.TRIAGE_DESK):
            set_aside_by_itself(session, work.case, work.aside, now=now)
    session.flush()


def _note_demand(session: Session, works: list[_Work]) -> None:
    """Tell the editors what the base had no answer for, and of what it has one for by now."""
    asked = [w for w in works if "suggest" in w.done and "title" in w.changes]
    note_unanswered(session, [_unanswered(w) for w in asked if not w.suggestions and w.wants_an_answer])
    answered = [w.case.id or 0 for w in asked if w.suggestions and w.case.triaged_steps]
    if answered:
        forget_unanswered(session, answered)


def _unanswered(work: _Work) -> Unanswered:
    case = work.case
    return Unanswered(case.id or 0, work.changes["title"], work.changes["excerpt"], case.received_at)


def _case_row(work: _Work, due: Mapping[int, NextDue]) -> dict[str, Any]:
    """Return every changed column of a case; all rows name the same columns, so one statement writes them."""
    case = work.case
    columns = (
        *("kind", "tags", "spam", "sensitive", "state", "department_id", "routing", "title", "excerpt"),
        *("return_until", "repeat_count", "display"),
    )
    row = {name: work.changes.get(name, getattr(case, name)) for name in columns}
    clock = due.get(case.id or 0)
    return row | {
        "id": case.id,
        "triaged_steps": [*case.triaged_steps, *work.done],
        "next_due_at": clock.due_at if clock else case.next_due_at,
        "next_clock": clock.clock if clock else case.next_clock,
        "next_due_started_at": clock.started_at if clock else case.next_due_started_at,
    }


def _events(work: _Work, due: Mapping[int, NextDue], now: datetime) -> Iterable[dict[str, Any]]:
    def event(kind: str, params: dict[str, Any], *, public: bool = False) -> dict[str, Any]:
        return {
            "case_id": work.case.id,
            "at": max(now, work.case.received_at),
            "kind": kind,
            "actor_id": None,
            "params": params,
            "public": public,
        }

    if work.clock is not None and (started := due.get(work.case.id or 0)) is not None:
        clocks = started.all_due
        yield event(
            "timed",
            {
                "policy": work.clock.policy.code,
                "due": {clock: at.isoformat() for clock, at in clocks.items()},
            },
        )
    state = work.changes.get("state")
    confidence = round(work.decision.confidence, 3) if work.decision else 0.0
    if state == CaseState.ASSIGNED:
        params = {"department_id": work.changes["department_id"], "confidence": confidence, "automatic": True}
        yield event("assigned", params, public=True)
    elif state == CaseState.TRIAGE_DESK and work.case.state == CaseState.NEW:
        yield event("sent_to_triage_desk", {"confidence": confidence})
    if work.suggestions:
        yield event("suggested", {"articles": [row["article_id"] for row in work.suggestions]})
    for step, error in work.failures:
        yield event("triage_step_failed", {"step": step, "error": error})


def _bulk(session: Session, table: type[Any], rows: list[dict[str, Any]]) -> None:
    if rows:
        session.execute(insert(table), rows)
