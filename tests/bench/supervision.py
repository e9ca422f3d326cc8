"""Server time of the supervisor's figures with 100,000 cases, their clocks, replies and ratings, beside the limits."""

import random
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, update
from sqlmodel import Session, col, select

from inbox.kinds import Kind
from inbox.models import Case, CaseState, Rating, Reply, ReplyState, Satisfaction
from routing.models import Officer
from routing.officers import officer_by_login
from sla.models import Clock, Deadline
from tests.bench.figures import Figure
from tests.bench.office import measuring_office, refresh_statistics
from tests.bench.pages import CASES, fill, median_ms
from tests.web.people import Browser
from web.app import create_app
from web.runtime import utc_now

CHUNK = 5000
BOARD_MS, PAGE_MS, CHARTS_MS = 50.0, 1000.0, 600.0
CLOCKS = (
    (Clock.accept, "1wd", 1),
    (Clock.first_reply, "1wd", 1),
    (Clock.resolve, "5wd", 7),
    (Clock.total, "3mo", 90),
)


def measure() -> list[Figure]:
    """Fill the database, then ask for each page as a supervisor."""
    with measuring_office() as (runtime, _server):
        with runtime.database.transaction() as session:
            fill(session, utc_now())
            write_history(session, utc_now())
            refresh_statistics(session)
        app = create_app(runtime.settings, runtime=runtime)
        with runtime.database.reading() as session:
            supervisor = Browser(app, officer_by_login(session, "supervisor"))
        month = f"from={utc_now().date() - timedelta(days=30)}&to={utc_now().date()}"
        quarter = f"from={utc_now().date() - timedelta(days=91)}&to={utc_now().date()}"
        pages = (
            ("overdue board", "/board", BOARD_MS),
            ("board, figures alone", "/board/figures", BOARD_MS),
            ("three charts of trends", "/board/trends", CHARTS_MS),
            ("indicators of a month", f"/indicators?{month}", PAGE_MS),
            ("indicators of a quarter", f"/indicators?{quarter}", PAGE_MS),
            ("forecast", "/board/forecast", PAGE_MS),
        )
        return [
            Figure(
                f"{name}, {CASES:,} cases",
                "limit",
                limit,
                median_ms(lambda url=url: supervisor.get(url)),  # type: ignore[misc]
                "ms",
                more_is_better=False,
            )
            for name, url, limit in pages
        ]


def write_history(session: Session, now: datetime) -> None:
    """Give every case its clocks, most of them met on time, and to the answered ones a reply and some ratings."""
    dice = random.Random(11)
    officers: dict[int, list[int]] = {}
    for officer_id, department_id in session.execute(select(Officer.id, Officer.department_id)):
        officers.setdefault(department_id, []).append(officer_id)
    cases = session.execute(
        select(Case.id, Case.received_at, Case.state, Case.department_id).order_by(col(Case.id))
    ).all()
    for first in range(0, len(cases), CHUNK):
        _write(session, dice, cases[first : first + CHUNK], officers, now)


def _write(
    session: Session, dice: random.Random, cases: Any, officers: dict[int, list[int]], now: datetime
) -> None:
    deadlines, changes, replies = [], [], []
    for case_id, received_at, state, department_id in cases:
        answered = state == CaseState.CLOSED
        done_at = received_at + timedelta(days=dice.triangular(0.1, 9, 2))
        deadlines += [
            _deadline(dice, case_id, clock, received_at, done_at if answered else None, now)
            for clock in CLOCKS
        ]
        team = officers.get(department_id) or [next(iter(officers.values()))[0]]
        changes.append(
            {
                "id": case_id,
                "kind": dice.choice(list(Kind)),
                "assignee_id": dice.choice(team) if dice.random() < 0.9 else None,
                "replied_at": done_at if answered else None,
                "return_count": int(dice.random() < 0.04),
                "spam": False,
            }
        )
        if answered:
            replies.append(
                {
                    "case_id": case_id,
                    "round": 0,
                    "state": ReplyState.APPROVED,
                    "text": "已办理。",
                    "version": 1,
                    "editor_id": team[0],
                    "contributor_ids": [],
                    "saved_at": done_at,
                    "approved_at": done_at,
                }
            )
    session.execute(insert(Deadline), deadlines)
    session.execute(update(Case), changes)
    ids = session.scalars(insert(Reply).returning(col(Reply.id), sort_by_parameter_order=True), replies).all()
    rated = [(i, r) for i, r in zip(ids, replies, strict=True) if dice.random() < 0.3]
    session.execute(insert(Rating), [_rating(dice, reply_id, reply) for reply_id, reply in rated])


def _deadline(
    dice: random.Random,
    case_id: int,
    clock: Any,
    started_at: datetime,
    done_at: datetime | None,
    now: datetime,
) -> dict[str, Any]:
    name, limit, days = clock
    met_at = done_at
    if name == Clock.accept:
        met_at = started_at + timedelta(hours=dice.triangular(0, 40, 1))
    due_at = started_at + timedelta(days=days)
    late = (met_at or now) > due_at
    return {
        "subject_id": case_id,
        "clock": name,
        "round": 1,
        "series": 0,
        "policy_code": "complaint",
        "limit": limit,
        "extension": "",
        "department": "",
        "started_at": started_at,
        "due_at": due_at,
        "met_at": met_at,
        "breached_at": due_at if late else None,
        "provisional": False,
        "next_step_at": None,
        "next_step": "",
    }


def _rating(dice: random.Random, reply_id: Any, reply: dict[str, Any]) -> dict[str, Any]:
    satisfaction = dice.choices(list(Satisfaction), (62, 26, 12))[0]
    return {
        "reply_id": reply_id,
        "case_id": reply["case_id"],
        "solved": satisfaction != Satisfaction.DISSATISFIED,
        "satisfaction": satisfaction,
        "comment": None,
        "at": reply["saved_at"] + timedelta(days=1),
    }
