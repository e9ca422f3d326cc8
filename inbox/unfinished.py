"""What the machinery could not do: triage steps that failed and replies that did not arrive, for the system page."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func
from sqlmodel import Session, col, select

from inbox.access import Viewer, require
from inbox.deliveries import failed_deliveries, retry_delivery
from inbox.models import Case, DeliveryState, TaskKind, TriageFailure
from inbox.outbox import add_tasks
from routing.models import Role


@dataclass(frozen=True, slots=True)
class FailedStep:
    """A triage step of one case that failed and has not been mended."""

    case_id: int
    tracking_code: str
    step: str
    error: str
    at: datetime


@dataclass(frozen=True, slots=True)
class StrandedReply:
    """A reply that did not arrive, or of which nobody knows whether it did."""

    delivery_id: int
    case_id: int
    tracking_code: str
    state: DeliveryState
    attempts: int
    error: str | None


def failed_steps(session: Session, *, limit: int = 50) -> list[FailedStep]:
    """Return the triage steps that failed, newest first."""
    query = (
        select(TriageFailure, Case.tracking_code)
        .join(Case, col(Case.id) == TriageFailure.case_id)
        .where(col(TriageFailure.resolved_at).is_(None))
        .order_by(col(TriageFailure.id).desc())
        .limit(limit)
    )
    return [FailedStep(f.case_id, code, f.step, f.error, f.at) for f, code in session.exec(query).all()]


def failed_step_count(session: Session) -> int:
    """Return how many triage steps have failed and not been mended."""
    query = select(func.count()).select_from(TriageFailure).where(col(TriageFailure.resolved_at).is_(None))
    return int(session.scalar(query) or 0)


def retry_failed_steps(session: Session, viewer: Viewer, *, now: datetime) -> int:
    """Let every failed triage step run again; return for how many cases."""
    require(viewer, "retry_triage", Role.ADMINISTRATOR)
    cases = session.exec(
        select(TriageFailure.case_id).where(col(TriageFailure.resolved_at).is_(None)).distinct()
    ).all()
    add_tasks(session, TaskKind.TRIAGE, list(cases), now=now)
    return len(cases)


def stranded_replies(session: Session, *, limit: int = 50) -> list[StrandedReply]:
    """Return the replies that did not arrive, newest first."""
    return [
        StrandedReply(d.id or 0, d.case_id, code, d.state, d.attempts, d.error)
        for d, code in failed_deliveries(session, limit=limit)
    ]


def send_stranded_reply(session: Session, viewer: Viewer, delivery_id: int, *, now: datetime) -> bool:
    """Send a reply again, under the same idempotency key; False when it is on its way or has arrived."""
    require(viewer, "send_again", Role.ADMINISTRATOR)
    return retry_delivery(session, delivery_id, now=now)
