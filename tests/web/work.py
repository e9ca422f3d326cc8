"""Work for the machinery's tests: an account, and messages that wait for triage."""

from datetime import datetime
from itertools import count

from sqlmodel import Session, select

from inbox.intake import Submission, receive_messages
from inbox.models import Account, Case, CaseState, Platform, Task, TaskState
from sla.defaults import install_defaults
from web.database import Database
from web.runtime import Runtime, utc_now

_numbers = count(1)


def open_test_account(session: Session, *, now: datetime) -> Account:
    """Make an account that takes messages, with calendar and policies."""
    install_defaults(session)
    account = Account(
        code=f"test-{next(_numbers)}", name="岚汀发布", platform=Platform.PORTAL, created_at=now
    )
    session.add(account)
    session.flush()
    return account


def receive(database: Database, how_many: int, *, now: datetime | None = None) -> list[int]:
    """Commit messages as a channel does; return their cases."""
    moment = now or utc_now()
    with database.transaction() as session:
        account = open_test_account(session, now=moment)
        submissions = [
            Submission(f"message-{number}", f"第{number}号路灯不亮，请派人来修。", b"raw")
            for number in range(how_many)
        ]
        intake = receive_messages(session, account, submissions, now=moment)
    return [receipt.case_id for receipt in intake.new]


def untriaged(runtime: Runtime) -> int:
    """Return how many cases nobody has triaged yet."""
    with runtime.database.reading() as session:
        return len(session.exec(select(Case.id).where(Case.state == CaseState.NEW)).all())


def waiting(runtime: Runtime) -> list[Task]:
    """Return the work that waits."""
    with runtime.database.reading() as session:
        return list(session.exec(select(Task).where(Task.state == TaskState.WAITING)).all())
