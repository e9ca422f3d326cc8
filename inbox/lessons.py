"""What cases teach routing: answered ones, and those that a dispatcher moved; never what routing alone decided."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import ScalarSelect
from sqlmodel import Session, col, func, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from inbox.access import Viewer, require
from inbox.models import Account, Case, CaseEvent, CaseState, Message, TaskKind
from inbox.outbox import add_tasks
from routing.decision import RoutingFacts
from routing.models import Department, Role
from routing.retraining import Lesson
from routing.runs import latest_run, request_run

MOST_LESSONS = 40_000
MOST_UNLABELLED = 4_000
ANSWERED = (CaseState.REPLIED, CaseState.CLOSED)
FEWEST_NEW = 20
REST = timedelta(hours=20)


def lessons(session: Session) -> list[Lesson]:
    """Return the cases whose department turned out right, oldest first.

    A case that was answered ended in the right department. One that a dispatcher sent somewhere, against what
    routing had proposed or after a return, did too, answered or not. A case that routing assigned by itself and
    nobody has answered teaches nothing: it would only confirm itself. At most the latest 40,000.
    """
    moved = _moved_by_hand()
    query = (
        select(Case, Message, Account, Department.code)
        .join(Message, col(Message.id) == _opening())
        .join(Account, col(Account.id) == Case.account_id)
        .join(Department, col(Department.id) == Case.department_id)
        .where(~col(Case.spam), or_(col(Case.state).in_(ANSWERED), col(Case.id).in_(moved)))
        .order_by(col(Case.id).desc())
        .limit(MOST_LESSONS)
    )
    found = [_lesson(case, message, account, code) for case, message, account, code in session.exec(query)]
    return found[::-1]


def unlabelled(session: Session) -> list[tuple[str | None, str]]:
    """Return messages whose department nobody has confirmed yet; they teach what words mean."""
    query = (
        select(Message.title, Message.text)
        .join(Case, col(Case.id) == Message.case_id)
        .where(~col(Case.spam), col(Case.state).not_in(ANSWERED))
        .order_by(col(Message.id).desc())
        .limit(MOST_UNLABELLED)
    )
    return [(title, text) for title, text in session.exec(query)]


def request_training(session: Session, viewer: Viewer | None, *, now: datetime) -> int | None:
    """Ask for a new training and return the run's id, or None while one is under way.

    `viewer` is None for the schedule. Raises NotAllowed.
    """
    if viewer is not None:
        require(viewer, "train", Role.ADMINISTRATOR)
    run_id = request_run(session, requested_by=viewer.officer_id if viewer else None, now=now)
    if run_id is not None:
        add_tasks(session, TaskKind.TRAIN, [run_id], now=now)
    return run_id


def request_nightly_training(session: Session, *, now: datetime) -> int | None:
    """Ask for a training when the last is long enough ago and enough cases have been answered or moved since."""
    last = latest_run(session)
    if last is not None and (last.is_under_way or now - last.requested_at < REST):
        return None
    since = last.requested_at if last else now - timedelta(days=3650)
    return request_training(session, None, now=now) if _new_lessons(session, since) >= FEWEST_NEW else None


def _new_lessons(session: Session, since: datetime) -> int:
    answered = session.scalar(
        select(func.count()).select_from(Case).where(col(Case.replied_at) > since, ~col(Case.spam))
    )
    moved = session.scalar(
        select(func.count())
        .select_from(CaseEvent)
        .where(CaseEvent.kind == "assigned", col(CaseEvent.actor_id).is_not(None), col(CaseEvent.at) > since)
    )
    return int(answered or 0) + int(moved or 0)


def _opening() -> ScalarSelect[int | None]:
    """Return the id of the message that opened the case."""
    return select(func.min(Message.id)).where(Message.case_id == Case.id).correlate(Case).scalar_subquery()


def _moved_by_hand() -> SelectOfScalar[int]:
    """Return the cases whose last assignment was a person's."""
    last = select(func.max(CaseEvent.id)).where(CaseEvent.kind == "assigned").group_by(col(CaseEvent.case_id))
    return select(CaseEvent.case_id).where(col(CaseEvent.id).in_(last), col(CaseEvent.actor_id).is_not(None))


def _lesson(case: Case, message: Message, account: Account, code: str) -> Lesson:
    proposed = ((case.routing or {}).get("candidates") or [{}])[0].get("department_id")
    return Lesson(
        case.id or 0, facts_of(case, message, account), code, corrected=proposed != case.department_id
    )


def facts_of(case: Case, message: Message, account: Account) -> RoutingFacts:
    """Return what routing is told of a case, the same in triage, in training and in a preview."""
    return RoutingFacts(
        text="\n".join(filter(None, (message.text, message.place))),
        title=message.title,
        account_department=account.department_id,
        account=account.code,
        region=account.region,
        kind=case.kind.value,
    )


def recent_facts(session: Session, *, since: datetime, limit: int) -> Iterator[tuple[int, str, RoutingFacts]]:
    """Yield (case id, title, facts) of the cases received since, the newest first; spam is left out."""
    query = (
        select(Case, Message, Account)
        .join(Message, col(Message.id) == _opening())
        .join(Account, col(Account.id) == Case.account_id)
        .where(~col(Case.spam), col(Case.received_at) >= since)
        .order_by(col(Case.received_at).desc(), col(Case.id).desc())
        .limit(limit)
    )
    for case, message, account in session.exec(query):
        yield case.id or 0, case.title, facts_of(case, message, account)
