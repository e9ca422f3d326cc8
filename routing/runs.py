"""Training runs: asked for by a person or by the schedule, one at a time, with their progress and outcome."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select, update

from routing.models import RunState, TrainingRun

UNDER_WAY = (RunState.WAITING, RunState.RUNNING)


@dataclass(frozen=True, slots=True)
class RunView:
    """A training run as the page shows it.

    `outcome` is activated, worse, too_few, or the name of an error; empty while it is under way.
    """

    id: int
    requested_by: int | None
    requested_at: datetime
    finished_at: datetime | None
    state: RunState
    percent: int
    examples: int
    corrections: int
    outcome: str
    version_id: int | None

    @property
    def is_under_way(self) -> bool:
        """Tell whether it has still to come to an end."""
        return self.state in UNDER_WAY


def request_run(session: Session, *, requested_by: int | None, now: datetime) -> int | None:
    """Note the wish to train again and return the run's id, or None while another run is under way."""
    if session.exec(select(TrainingRun.id).where(col(TrainingRun.state).in_(UNDER_WAY))).first() is not None:
        return None
    run = TrainingRun(requested_by=requested_by, requested_at=now)
    session.add(run)
    session.flush()
    return run.id


def note_progress(session: Session, run_id: int, percent: int) -> None:
    """Say how far a run is, 0..100; the first word of it also says that it is running."""
    session.exec(
        update(TrainingRun)
        .where(col(TrainingRun.id) == run_id, col(TrainingRun.state).in_(UNDER_WAY))
        .values(state=RunState.RUNNING, percent=percent)
    )


def finish_run(
    session: Session,
    run_id: int,
    outcome: str,
    *,
    now: datetime,
    version_id: int | None = None,
    examples: int = 0,
    corrections: int = 0,
) -> None:
    """Note what came of a run; `outcome` is activated, worse or too_few, anything else is a failure."""
    state = RunState.DONE if outcome in ("activated", "worse", "too_few") else RunState.FAILED
    session.exec(
        update(TrainingRun)
        .where(col(TrainingRun.id) == run_id, col(TrainingRun.state).in_(UNDER_WAY))
        .values(
            state=state,
            outcome=outcome[:32],
            finished_at=now,
            percent=100,
            version_id=version_id,
            examples=examples,
            corrections=corrections,
        )
    )


def latest_run(session: Session) -> RunView | None:
    """Return the newest run, if there has been one."""
    run = session.exec(select(TrainingRun).order_by(col(TrainingRun.id).desc()).limit(1)).first()
    return None if run is None else _view(run)


def run_by_id(session: Session, run_id: int) -> RunView | None:
    """Return a run, or None."""
    run = session.get(TrainingRun, run_id)
    return None if run is None else _view(run)


def _view(row: TrainingRun) -> RunView:
    return RunView(
        row.id or 0,
        row.requested_by,
        row.requested_at,
        row.finished_at,
        RunState(row.state),
        row.percent,
        row.examples,
        row.corrections,
        row.outcome,
        row.version_id,
    )
