"""What the sweep finds is written into the cases it concerns, so that nothing overdue stays unnoticed."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session

from inbox.deadlines import refresh_due
from inbox.events import record_events
from sla.deadlines import SweepFact
from sla.models import FactKind


def note_sweep(session: Session, facts: Sequence[SweepFact], *, now: datetime) -> int:
    """Record warnings, breaches and escalations as events of their cases; return how many there were.

    `facts` come from `sla.sweep`, each exactly once, in the same transaction as this call. A clock that runs
    again falls due at another instant, so the lists are brought in line.
    """
    refresh_due(session, sorted({fact.subject_id for fact in facts if fact.kind is FactKind.resumed}))
    record_events(
        session,
        (
            {
                "case_id": fact.subject_id,
                "at": now,
                "kind": f"deadline_{fact.kind.value}",
                "actor_id": None,
                "params": {"clock": fact.clock.value, "percent": fact.percent, "at": fact.at.isoformat()},
                "public": False,
            }
            for fact in facts
        ),
    )
    return len(facts)
