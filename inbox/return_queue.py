"""Returns as pages show them: what waits for a decision, what was decided, and how often departments return."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func
from sqlmodel import Session, col, select

from inbox.access import Viewer, require, visible_cases
from inbox.models import Case, CaseReturn, ReturnState
from inbox.returns import ARBITRATORS
from routing.models import Duty, Officer, Role

QUEUE_LENGTH = 100
LIST_LENGTH = 300
ROUTINGS_READ = 20_000
READERS = (*ARBITRATORS, Role.ADMINISTRATOR)


@dataclass(frozen=True, slots=True)
class ReturnView:
    """One return with the case it is about; `duty` is the one it cites, `routed_duty` what routing had gone by."""

    id: int
    case_id: int
    title: str
    excerpt: str
    tracking_code: str
    number: int
    state: ReturnState
    from_department_id: int
    to_department_id: int | None
    duty: str | None
    routed_duty: str
    basis: str
    asked_by: str
    asked_by_id: int
    asked_at: datetime
    due_at: datetime | None
    decided_by_id: int | None
    decided_at: datetime | None
    decided_department_id: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class ReturnFilter:
    """Which returns: those of cases received in a span, of one department, by one duty, with one outcome."""

    since: datetime
    until: datetime
    department_id: int | None = None
    routed_duty: str | None = None
    state: ReturnState | None = None


@dataclass(frozen=True, slots=True)
class ReturnRate:
    """How many of the cases that came to a department, or by a duty, were returned, and what was decided.

    A return that its officer took back does not count.
    """

    key: int | str
    assigned: int
    returned: int
    upheld: int
    refused: int

    @property
    def waiting(self) -> int:
        """How many are not decided yet."""
        return self.returned - self.upheld - self.refused

    @property
    def rate(self) -> float:
        """The share of assigned cases that were returned, 0 to 1."""
        return self.returned / self.assigned if self.assigned else 0.0


def return_queue(session: Session, viewer: Viewer) -> list[ReturnView]:
    """Return what waits for a decision, what falls due first first. Raises NotAllowed."""
    require(viewer, "arbitrate", *ARBITRATORS)
    query = _views().where(visible_cases(viewer), col(CaseReturn.decided_at).is_(None))
    query = query.order_by(col(CaseReturn.due_at).nulls_first(), col(CaseReturn.id)).limit(QUEUE_LENGTH)
    return [_view(*row) for row in session.exec(query).all()]


def count_open_returns(session: Session) -> int:
    """Return how many returns wait for a decision."""
    query = select(func.count()).select_from(CaseReturn).where(col(CaseReturn.decided_at).is_(None))
    return int(session.scalar(query) or 0)


def returns_of(session: Session, case_id: int) -> tuple[ReturnView, ...]:
    """Return every return of a case, oldest first; who may see the case is the caller's question."""
    query = _views().where(CaseReturn.case_id == case_id).order_by(col(CaseReturn.number))
    return tuple(_view(*row) for row in session.exec(query).all())


def list_returns(session: Session, viewer: Viewer, chosen: ReturnFilter) -> list[ReturnView]:
    """Return the returns behind a number, newest first, at most `LIST_LENGTH`. Raises NotAllowed."""
    require(viewer, "return_figures", *READERS)
    conditions = [visible_cases(viewer), _received(chosen)]
    for column, value in (
        (CaseReturn.from_department_id, chosen.department_id),
        (CaseReturn.routed_duty, chosen.routed_duty),
        (CaseReturn.state, chosen.state),
    ):
        if value is not None:
            conditions.append(col(column) == value)
    query = _views().where(*conditions).order_by(col(CaseReturn.asked_at).desc(), col(CaseReturn.id).desc())
    return [_view(*row) for row in session.exec(query.limit(LIST_LENGTH)).all()]


def rates_by_department(session: Session, viewer: Viewer, chosen: ReturnFilter) -> list[ReturnRate]:
    """Return the rate of each department that had a case received in the span, most returns first.

    A case counts for the department that has it and for each whose return of it was upheld. Raises NotAllowed.
    """
    require(viewer, "return_figures", *READERS)
    held = session.exec(
        select(Case.department_id, func.count())
        .where(_received(chosen), col(Case.department_id).is_not(None), col(Case.spam).is_(False))
        .group_by(col(Case.department_id))
    ).all()
    counts = _counts(session, CaseReturn.from_department_id, chosen)
    return _rates(dict(held), counts)


def rates_by_duty(session: Session, viewer: Viewer, chosen: ReturnFilter) -> list[ReturnRate]:
    """Return the rate of each duty that routing went by; at most the newest `ROUTINGS_READ` decisions are read."""
    require(viewer, "return_figures", *READERS)
    query = (
        select(Case.routing, Case.department_id)
        .where(_received(chosen), col(Case.routing).is_not(None), col(Case.spam).is_(False))
        .order_by(col(Case.received_at).desc())
        .limit(ROUTINGS_READ)
    )
    held = Counter(
        title for routing, department_id in session.exec(query) if (title := _duty_of(routing, department_id))
    )
    counts = _counts(session, CaseReturn.routed_duty, chosen)
    return _rates(held, {key: count for key, count in counts.items() if key})


def _duty_of(routing: Mapping[str, Any] | None, department_id: int | None) -> str:
    """Return the first duty that spoke for the department which has the case."""
    for candidate in (routing or {}).get("candidates") or ():
        if candidate.get("department_id") == department_id:
            titles = [
                r["params"].get("duty") for r in candidate.get("reasons", ()) if r.get("code") == "duty_words"
            ]
            return str(titles[0]) if titles else ""
    return ""


def _counts(session: Session, column: Any, chosen: ReturnFilter) -> dict[Any, Counter[ReturnState]]:
    query = (
        select(column, CaseReturn.state, func.count())
        .join(Case, col(Case.id) == CaseReturn.case_id)
        .where(_received(chosen))
        .group_by(col(column), col(CaseReturn.state))
    )
    found: dict[Any, Counter[ReturnState]] = {}
    for key, state, count in session.exec(query).all():
        found.setdefault(key, Counter())[ReturnState(state)] += count
    return found


def _rates(held: Mapping[Any, int], counts: Mapping[Any, Counter[ReturnState]]) -> list[ReturnRate]:
    keys: Iterable[Any] = dict.fromkeys([*held, *counts])
    rates = [
        ReturnRate(
            key=key,
            # What was sent on after a return was assigned here as well.
            assigned=held.get(key, 0) + counts.get(key, Counter())[ReturnState.UPHELD],
            returned=counts.get(key, Counter()).total() - counts.get(key, Counter())[ReturnState.WITHDRAWN],
            upheld=counts.get(key, Counter())[ReturnState.UPHELD],
            refused=counts.get(key, Counter())[ReturnState.REFUSED],
        )
        for key in keys
    ]
    return sorted(rates, key=lambda rate: (-rate.returned, -rate.assigned, str(rate.key)))


def _received(chosen: ReturnFilter) -> ColumnElement[bool]:
    return and_(col(Case.received_at) >= chosen.since, col(Case.received_at) < chosen.until)


def _views() -> Any:
    return (
        select(CaseReturn, Case, Duty.title, Officer.name)
        .join(Case, col(Case.id) == CaseReturn.case_id)
        .join(Officer, col(Officer.id) == CaseReturn.asked_by)
        .join(Duty, col(Duty.id) == CaseReturn.duty_id, isouter=True)
    )


def _view(asked: CaseReturn, case: Case, duty: str | None, asked_by: str) -> ReturnView:
    return ReturnView(
        id=asked.id or 0,
        case_id=asked.case_id,
        title=case.title,
        excerpt=case.excerpt,
        tracking_code=case.tracking_code,
        number=asked.number,
        state=asked.state,
        from_department_id=asked.from_department_id,
        to_department_id=asked.to_department_id,
        duty=duty,
        routed_duty=asked.routed_duty,
        basis=asked.basis,
        asked_by=asked_by,
        asked_by_id=asked.asked_by,
        asked_at=asked.asked_at,
        due_at=asked.due_at,
        decided_by_id=asked.decided_by,
        decided_at=asked.decided_at,
        decided_department_id=asked.decided_department_id,
        reason=asked.reason,
    )
