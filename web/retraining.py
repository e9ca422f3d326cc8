"""Run a training: read in one transaction, learn without any, store in another; page, schedule and command alike."""

from collections.abc import Callable
from datetime import datetime

from inbox.lessons import lessons, unlabelled
from routing.catalogue import load_catalogue
from routing.errors import TooFewExamples
from routing.retraining import Progress, Trained, keep, train
from routing.runs import RunView, finish_run, note_progress, run_by_id
from web.database import Database

Clock = Callable[[], datetime]


def run_training(
    database: Database, run_id: int, *, clock: Clock, progress: Progress | None = None
) -> RunView | None:
    """Learn from the cases of the database; a version that decides worse is kept and not used.

    Run twice, the second time does nothing. An error is noted on the run and raised again.
    """
    with database.reading() as session:
        run = run_by_id(session, run_id)
    if run is None or not run.is_under_way:
        return run

    def tell(percent: int) -> None:
        with database.transaction() as session:
            note_progress(session, run_id, percent)
        if progress is not None:
            progress(percent)

    try:
        _learn(database, run_id, clock=clock, tell=tell)
    except Exception as error:
        with database.transaction() as session:
            finish_run(session, run_id, type(error).__name__, now=clock())
        raise
    with database.reading() as session:
        return run_by_id(session, run_id)


def _learn(database: Database, run_id: int, *, clock: Clock, tell: Progress) -> None:
    with database.reading() as session:
        run, known, more = run_by_id(session, run_id), lessons(session), unlabelled(session)
        catalogue = load_catalogue(session)
    corrections = sum(lesson.corrected for lesson in known)
    trained: Trained | None
    try:
        trained = train(catalogue, known, more, progress=tell)
    except TooFewExamples:
        trained = None
    with database.transaction() as session:
        asked_by, now = run.requested_by if run else None, clock()
        version = keep(session, trained, now=now, trained_by=asked_by) if trained else None
        outcome = "too_few" if version is None else "worse" if version.is_worse else "activated"
        finish_run(
            session,
            run_id,
            outcome,
            now=now,
            version_id=version.id if version else None,
            examples=len(known),
            corrections=corrections,
        )
