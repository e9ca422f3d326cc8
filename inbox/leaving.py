"""An officer leaves: access ends, the cases go to somebody, the secrets they may know change (管理办法 §28)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from inbox.access import Viewer, require
from inbox.accounts import rotate_secret
from inbox.errors import NotAllowed
from inbox.events import record_events
from inbox.models import OPEN_STATES, Account, Case
from routing.models import Officer, Role
from routing.officers import disable_officer


@dataclass(frozen=True, slots=True)
class LeavingPlan:
    """Who takes over, and whose push secrets change; without a successor the department takes cases on anew."""

    successor_id: int | None = None
    account_codes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Burden:
    """What hangs on an officer: open cases, and the accounts of their unit that have a push secret."""

    open_cases: int
    accounts: tuple[Account, ...]


@dataclass(frozen=True, slots=True)
class Leaving:
    """What was done; `secrets` are the new ones by account code, to be shown once."""

    handed_over: int
    released: int
    secrets: Mapping[str, str]


def burden_of(session: Session, officer_id: int) -> Burden:
    """Return what has to be handed over when this officer leaves."""
    officer = session.get(Officer, officer_id)
    department_id = officer.department_id if officer else None
    accounts = session.exec(
        select(Account)
        .where(Account.department_id == department_id, col(Account.push_secret).is_not(None))
        .order_by(col(Account.name))
    ).all()
    return Burden(len(_open_cases(session, officer_id)), tuple(accounts) if department_id else ())


def off_board(
    session: Session, viewer: Viewer, officer_id: int, plan: LeavingPlan, *, now: datetime
) -> Leaving:
    """Disable an officer, end their sessions, hand over their open cases and change secrets, all or nothing.

    A case goes to the successor if that is an officer of its department, else back to the department for
    somebody to take on. Raises NotAllowed, LastAdministrator, OfficerNotFound, AccountNotFound.
    """
    require(viewer, "off_board", Role.ADMINISTRATOR)
    disable_officer(session, officer_id, now=now)
    successor = _successor(session, officer_id, plan.successor_id)
    cases = _open_cases(session, officer_id)
    events, handed_over = [], 0
    for case in cases:
        is_taken = successor is not None and successor.department_id == case.department_id
        case.assignee_id = successor.id if successor is not None and is_taken else None
        case.version += 1
        handed_over += is_taken
        events.append(
            {
                "case_id": case.id,
                "at": now,
                "kind": "handed_over" if is_taken else "released",
                "actor_id": viewer.officer_id,
                "params": {"officer_id": case.assignee_id} if is_taken else {},
                "public": False,
            }
        )
    session.flush()
    record_events(session, events)
    secrets = {code: rotate_secret(session, code) for code in sorted(plan.account_codes)}
    return Leaving(handed_over, len(cases) - handed_over, secrets)


def _successor(session: Session, officer_id: int, successor_id: int | None) -> Officer | None:
    if successor_id is None:
        return None
    successor = session.get(Officer, successor_id)
    if successor is None or successor.disabled_at is not None or successor.id == officer_id:
        raise NotAllowed("off_board")
    return successor


def _open_cases(session: Session, officer_id: int) -> list[Case]:
    query = (
        select(Case)
        .where(Case.assignee_id == officer_id, col(Case.state).in_(OPEN_STATES))
        .order_by(col(Case.id))
    )
    return list(session.exec(query).all())
