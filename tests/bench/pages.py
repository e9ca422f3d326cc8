"""Server time of the inbox and the case page with 100,000 cases, beside the limit of 50 ms."""

import random
import statistics
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert
from sqlmodel import Session, col, select

from inbox.events import record_events
from inbox.models import Account, Case, CaseState, Display, Message, Platform
from inbox.search import SearchEntry, index_cases
from inbox.tracking import new_tracking_code
from routing.models import Department, Officer
from routing.officers import officer_by_login
from tests.bench.figures import Figure
from tests.bench.office import measuring_office, refresh_statistics
from tests.web.people import Browser
from web.app import create_app
from web.demo.files import read_messages
from web.runtime import utc_now

CASES = 100_000
LIMIT_MS = 50.0
RUNS = 15
OPEN_SHARE = 0.2


def measure() -> list[Figure]:
    """Fill the database, then ask for each page as an officer and as a supervisor."""
    with measuring_office() as (runtime, _server):
        with runtime.database.transaction() as session:
            fill(session, utc_now())
            refresh_statistics(session)
            case_id = _a_case(session)
        app = create_app(runtime.settings, runtime=runtime)
        with runtime.database.reading() as session:
            officer = officer_by_login(session, "officer")
            supervisor = officer_by_login(session, "supervisor")
        as_officer, as_supervisor = Browser(app, officer), Browser(app, supervisor)
        pages = {
            "inbox, officer": lambda: as_officer.get("/inbox?view=department"),
            "case page, officer": lambda: as_officer.get(f"/cases/{case_id}"),
            "inbox, all departments": lambda: as_supervisor.get("/inbox"),
            "overdue board": lambda: as_supervisor.get("/board"),
            "search, two characters": lambda: as_supervisor.get("/inbox?view=all&q=电梯"),
        }
        return [
            Figure(f"{name}, {CASES:,} cases", "limit", LIMIT_MS, median_ms(ask), "ms", more_is_better=False)
            for name, ask in pages.items()
        ]


def median_ms(ask: Callable[[], Any]) -> float:
    for _ in range(3):
        answer = ask()
        assert answer.status_code == 200, answer.status_code
    times = []
    for _ in range(RUNS):
        started = time.perf_counter()
        ask()
        times.append((time.perf_counter() - started) * 1000)
    return statistics.median(times)


def fill(session: Session, now: datetime) -> None:
    """Write cases as a year of work would have left them: a fifth open, the rest closed."""
    dice = random.Random(7)
    departments = session.exec(select(Department.id)).all()
    officers = session.exec(select(Officer.id)).all()
    account = session.exec(select(Account).where(col(Account.platform) == Platform.PORTAL)).one()
    texts = [(m.title or m.text[:40], m.text) for m in read_messages()]
    for start in range(0, CASES, 5000):
        rows = [_case(dice, texts, departments, officers, account, now) for _ in range(5000)]
        added = session.scalars(insert(Case).returning(col(Case.id), sort_by_parameter_order=True), rows)
        ids = [case_id for case_id in added if case_id is not None]
        session.execute(
            insert(Message),
            [
                {
                    "case_id": case_id,
                    "account_id": account.id,
                    "external_id": f"bench-{start + i}",
                    "raw": b"{}",
                    "text": row["excerpt"],
                    "personal_spans": [],
                    "received_at": row["received_at"],
                }
                for i, (case_id, row) in enumerate(zip(ids, rows, strict=True))
            ],
        )
        index_cases(session, [SearchEntry(i, row["excerpt"]) for i, row in zip(ids, rows, strict=True)])
        record_events(
            session,
            (
                {"case_id": i, "at": now, "kind": "received", "actor_id": None, "params": {}, "public": True}
                for i in ids
            ),
        )


def _case(
    dice: random.Random, texts: list[Any], departments: Any, officers: Any, account: Account, now: datetime
) -> dict[str, Any]:
    title, text = dice.choice(texts)
    is_open = dice.random() < OPEN_SHARE
    received_at = now - timedelta(hours=dice.uniform(0, 200 if is_open else 8760))
    return {
        "tracking_code": new_tracking_code(),
        "account_id": account.id,
        "platform": Platform.PORTAL,
        "title": title[:60],
        "excerpt": text[:200],
        "author_name": "市民",
        "author_ref": f"citizen-{dice.randrange(40_000)}",
        "kind": "complaint",
        "tags": [],
        "state": dice.choice((CaseState.ASSIGNED, CaseState.DRAFTING, CaseState.IN_REVIEW))
        if is_open
        else CaseState.CLOSED,
        "display": Display.PENDING,
        "spam": False,
        "sensitive": False,
        "department_id": dice.choice(departments),
        "assignee_id": dice.choice(officers),
        "triaged_steps": [],
        "next_due_at": received_at + timedelta(days=5) if is_open else None,
        "next_clock": "resolve" if is_open else None,
        "next_due_started_at": received_at if is_open else None,
        "received_at": received_at,
        "reply_round": 0,
        "return_count": 0,
        "repeat_count": 0,
        "follower_count": 0,
        "version": 0,
    }


def _a_case(session: Session) -> int:
    officer = session.exec(select(Officer).where(Officer.login == "officer")).one()
    found = session.exec(
        select(Case.id).where(Case.department_id == officer.department_id, Case.state == CaseState.ASSIGNED)
    ).first()
    return found or 0
