"""What the sweep finds is acted upon: noted in its case, told to people, urged, supervised, put into the bulletin."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import insert
from sqlmodel import Session, col, select

from inbox.deadlines import refresh_due
from inbox.document_numbers import SUPERVISION, URGING, next_numbers
from inbox.events import record_events
from inbox.ladder_models import BulletinEntry, OrderReason, SupervisionOrder, SupervisionStep, Urging
from inbox.ladder_models import OrderState as State
from inbox.models import Case
from inbox.notices import Tell, notify_all
from inbox.proposals import CLOCKS, STEP
from inbox.watching import tell_of_breaches
from routing.models import Department, Officer, Role
from sla.calendar import WorkingCalendar, load_calendar
from sla.deadlines import SweepFact
from sla.models import Clock, Deadline, DeadlineFact, FactKind

PREFIX = "岚"
"""What document numbers begin with unless the deployment says otherwise."""

REPORT_WITHIN = "3wd"
"""How long a department has to report on a supervision order that a policy issued."""

DOCUMENTED = frozenset({Clock.first_reply, Clock.resolve, Clock.co_handle, Clock.total})
"""The clocks whose lateness is put in writing; about the others people are only told."""

CHUNK = 500


@dataclass(frozen=True, slots=True)
class _Step:
    """A step of the ladder that a deadline has reached, with whom it concerns."""

    fact: SweepFact
    fact_id: int
    case: Case
    department_id: int | None
    due_at: datetime


@dataclass(slots=True)
class _Ladder:
    """What one sweep has to act upon, gathered first and written in a few statements."""

    calendar: WorkingCalendar
    now: datetime
    prefix: str
    officers: list[Any]
    tells: list[Tell] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)

    def tell(
        self, step: _Step, kind: str, *roles: Role, everywhere: Sequence[Role] = (), **params: Any
    ) -> None:
        """Tell the people of the department with these roles, and those with `everywhere` roles wherever."""
        case = step.case
        people = self.people(step.department_id, roles) | self.people(None, everywhere)
        if case.assignee_id is not None and case.department_id == step.department_id:
            people.add(case.assignee_id)
        if step.department_id is None:
            people |= self.people(None, (Role.DISPATCHER,))
        told = {"clock": step.fact.clock.value, **params}
        urgent = "danger" in case.tags
        self.tells.append(Tell(people, kind, case.id, told, urgent))

    def people(self, department_id: int | None, roles: Sequence[Role]) -> set[int]:
        wanted = {role.value for role in roles}
        return {
            officer_id
            for officer_id, unit, held in self.officers
            if wanted & set(held) and department_id in (None, unit)
        }

    def note(self, step: _Step, kind: str, **params: Any) -> None:
        """Remember an event of the case."""
        self.events.append(_event(step.fact.subject_id, kind, params, self.now))

    @property
    def year(self) -> int:
        return self.now.astimezone(self.calendar.tz).year


def note_sweep(
    session: Session,
    facts: Sequence[SweepFact],
    *,
    now: datetime,
    calendar: WorkingCalendar | None = None,
    prefix: str = PREFIX,
) -> int:
    """Record what the sweep found as events of the cases and act upon it; return how many facts there were.

    `facts` come from `sla.sweep`, each exactly once, in the same transaction as this call. What is issued
    carries the id of its fact under a unique key: even a sweep that found something twice could not issue
    two documents about it.
    """
    if not facts:
        return 0
    record_events(session, (_event(fact.subject_id, *_told(fact), now) for fact in facts))
    officers = session.execute(
        select(Officer.id, Officer.department_id, Officer.roles).where(col(Officer.disabled_at).is_(None))
    ).all()
    ladder = _Ladder(calendar or load_calendar(session), now, prefix, list(officers))
    steps = _steps(session, facts)
    for step in steps:
        _tell(ladder, step)
    escalated = [step for step in steps if step.fact.kind is FactKind.escalated and _is_documented(step)]
    _urge(session, ladder, [step for step in escalated if step.fact.step in ("urge", "remind")])
    _supervise(session, ladder, [step for step in escalated if step.fact.step == "supervise"])
    _propose(session, ladder, [step for step in escalated if step.fact.step == STEP])
    _enter_bulletin(session, ladder, [step for step in escalated if step.fact.step == "bulletin"])
    refresh_due(session, sorted({fact.subject_id for fact in facts if fact.kind is FactKind.resumed}))
    record_events(session, ladder.events)
    notify_all(session, ladder.tells, now=now)
    breaches = [(fact.subject_id, fact.clock.value) for fact in facts if fact.kind is FactKind.breached]
    tell_of_breaches(session, breaches, now=now)
    return len(facts)


def _event(case_id: int, kind: str, params: dict[str, Any], now: datetime) -> dict[str, Any]:
    return {"case_id": case_id, "at": now, "kind": kind, "actor_id": None, "params": params, "public": False}


def _told(fact: SweepFact) -> tuple[str, dict[str, Any]]:
    params = {
        "clock": fact.clock.value,
        "percent": fact.percent,
        "at": fact.at.isoformat(),
        "step": fact.step,
    }
    return f"deadline_{fact.kind.value}", params


def _is_documented(step: _Step) -> bool:
    return step.fact.clock in DOCUMENTED and step.department_id is not None


def _steps(session: Session, facts: Sequence[SweepFact]) -> list[_Step]:
    """Put beside each fact its case, its row, its deadline and the department that is late."""
    cases: dict[int, Case] = {}
    deadlines: dict[int, Any] = {}
    rows: dict[tuple[int, str, str], int] = {}
    codes: dict[str, int | None] = dict(session.execute(select(Department.code, Department.id)).all())
    for first in range(0, len(facts), CHUNK):
        chunk = facts[first : first + CHUNK]
        case_ids = {fact.subject_id for fact in chunk}
        cases |= {
            case.id or 0: case for case in session.exec(select(Case).where(col(Case.id).in_(case_ids))).all()
        }
        ids = {fact.deadline_id for fact in chunk}
        deadlines |= {
            row.id or 0: row for row in session.exec(select(Deadline).where(col(Deadline.id).in_(ids)))
        }
        known = select(DeadlineFact.deadline_id, DeadlineFact.kind, DeadlineFact.step, DeadlineFact.id)
        for deadline_id, kind, step, fact_id in session.execute(
            known.where(col(DeadlineFact.deadline_id).in_(ids)).order_by(col(DeadlineFact.id))
        ):
            rows[(deadline_id, kind.value, step)] = fact_id
    found = []
    for fact in facts:
        case, deadline = cases.get(fact.subject_id), deadlines.get(fact.deadline_id)
        if case is None or deadline is None:
            continue
        unit = case.department_id
        if fact.clock is Clock.co_handle:
            unit = codes.get(deadline.department, unit)
        fact_id = rows.get((fact.deadline_id, fact.kind.value, fact.step), 0)
        found.append(_Step(fact, fact_id, case, unit, deadline.due_at))
    return found


def _tell(ladder: _Ladder, step: _Step) -> None:
    fact = step.fact
    if fact.clock is Clock.call_back:
        return  # the list of calls shows it; it is nobody's in the department
    if fact.kind is FactKind.warned and not fact.superseded:
        own = () if step.case.assignee_id is not None else (Role.OFFICER,)
        ladder.tell(step, "deadline_warned", *own, percent=fact.percent)
    elif fact.kind is FactKind.breached and fact.clock is Clock.total:
        ladder.tell(step, "backstop_red", Role.OFFICER, Role.REVIEWER, everywhere=(Role.SUPERVISOR,))
    elif fact.kind is FactKind.breached:
        ladder.tell(step, "deadline_breached", Role.OFFICER, Role.REVIEWER)
    elif fact.kind is FactKind.resumed:
        ladder.tell(step, "deadline_resumed")
    elif fact.kind is FactKind.escalated and fact.step == "amber":
        ladder.tell(step, "backstop_amber", Role.OFFICER, Role.REVIEWER, everywhere=(Role.SUPERVISOR,))
    elif fact.kind is FactKind.escalated and not _is_documented(step):
        ladder.tell(step, "deadline_escalated", everywhere=(Role.SUPERVISOR,))


def _urge(session: Session, ladder: _Ladder, steps: Sequence[_Step]) -> None:
    """Issue a numbered 催办通知书 for each step `urge`, a plain 催办 for each step `remind`."""
    numbered = [step for step in steps if step.fact.step == "urge"]
    numbers = iter(
        next_numbers(session, URGING, ladder.year, len(numbered), prefix=ladder.prefix) if numbered else ()
    )
    rows = []
    for step in steps:
        number = next(numbers).text if step.fact.step == "urge" else None
        rows.append(
            {
                "case_id": step.case.id,
                "department_id": step.department_id,
                "fact_id": step.fact_id,
                "number": number,
                "clock": step.fact.clock.value,
                "due_at": step.due_at,
                "words": "",
                "urged_by": None,
                "at": ladder.now,
            }
        )
        kind = "urge_notice" if number else "urged"
        ladder.note(step, kind, number=number, clock=step.fact.clock.value, department_id=step.department_id)
        ladder.tell(step, kind, Role.OFFICER, Role.REVIEWER, number=number)
    if rows:
        session.execute(insert(Urging), rows)


def _supervise(session: Session, ladder: _Ladder, steps: Sequence[_Step]) -> None:
    """Issue a 督办单 for each step; a case that is supervised already gets no second one from the policy."""
    supervised = _supervised(session, steps)
    due_at = ladder.calendar.due(ladder.now, REPORT_WITHIN) if steps else ladder.now
    for step in steps:
        if step.case.id in supervised:
            continue
        supervised.add(step.case.id)
        [number] = next_numbers(session, SUPERVISION, ladder.year, prefix=ladder.prefix)
        order = SupervisionOrder(
            case_id=step.case.id,
            department_id=step.department_id or 0,
            fact_id=step.fact_id,
            year=number.year,
            serial=number.serial,
            number=number.text,
            reason=OrderReason.OVERDUE,
            subject=step.case.title,
            requirement="",
            report_due_at=due_at,
            issued_at=ladder.now,
        )
        session.add(order)
        session.flush()
        session.add(SupervisionStep(order_id=order.id or 0, kind=State.ISSUED, at=ladder.now))
        ladder.note(step, "supervised", number=number.text, department_id=step.department_id)
        told = {"number": number.text, "url": f"/supervision/{order.id}"}
        ladder.tell(step, "supervised", Role.OFFICER, Role.REVIEWER, everywhere=(Role.SUPERVISOR,), **told)


def _propose(session: Session, ladder: _Ladder, steps: Sequence[_Step]) -> None:
    """Propose to the supervisors to supervise, once a case; what is supervised already is not proposed."""
    done = _supervised(session, steps)
    for step in steps:
        if step.case.id not in done and step.fact.clock in CLOCKS:
            done.add(step.case.id)
            ladder.note(step, "supervision_proposed", department_id=step.department_id)
            ladder.tells.append(
                Tell(
                    ladder.people(None, (Role.SUPERVISOR,)),
                    "supervision_proposed",
                    step.case.id,
                    {"department_id": step.department_id, "url": "/supervision?show=proposed"},
                )
            )


def _supervised(session: Session, steps: Sequence[_Step]) -> set[int | None]:
    """Return which of these cases have an order that is open."""
    if not steps:
        return set()
    under = select(SupervisionOrder.case_id).where(
        col(SupervisionOrder.case_id).in_([step.case.id for step in steps]),
        SupervisionOrder.state != State.CLOSED,
    )
    return set(session.exec(under).all())


def _enter_bulletin(session: Session, ladder: _Ladder, steps: Sequence[_Step]) -> None:
    rows = []
    for step in steps:
        rows.append(
            {
                "case_id": step.case.id,
                "department_id": step.department_id,
                "fact_id": step.fact_id,
                "clock": step.fact.clock.value,
                "due_at": step.due_at,
                "at": ladder.now,
            }
        )
        ladder.note(step, "bulletin_entered", clock=step.fact.clock.value, department_id=step.department_id)
        ladder.tell(step, "bulletin_entered", Role.OFFICER, Role.REVIEWER, everywhere=(Role.SUPERVISOR,))
    if rows:
        session.execute(insert(BulletinEntry), rows)
