"""The accounts that messages come in through, and what happens to a message after that, for the page tests."""

from datetime import datetime

from flask import Flask
from sqlmodel import col, select

from inbox.access import Viewer
from inbox.cases import assign_case
from inbox.models import Account, Case, Message, Platform
from inbox.replies import approve_reply, save_draft, submit_reply
from routing.officers import OfficerView
from sla.defaults import install_defaults
from tests.web.people import NOW, People
from web.context import Services

SECRET = "a-secret-that-only-the-collector-knows"
ANSWER = "您好，路灯已于11月20日上午修好，如仍不亮请拨打0000-6000001。"


def services_of(app: Flask) -> Services:
    """Return what the application works with."""
    services: Services = app.extensions["minhu"]
    return services


def open_accounts(app: Flask) -> None:
    """Open a portal, a file account and one that a collector pushes to; load calendar and policies."""
    with services_of(app).database.transaction() as session:
        install_defaults(session)
        session.add_all(
            [
                Account(code="portal", name="网站留言", platform=Platform.PORTAL, created_at=NOW),
                Account(code="sheet", name="热线台账", platform=Platform.FILE, created_at=NOW),
                Account(
                    code="weibo", name="岚汀发布", platform=Platform.WEIBO, created_at=NOW, push_secret=SECRET
                ),
            ]
        )


def messages_of(app: Flask) -> list[Message]:
    """Return every message, oldest first."""
    with services_of(app).database.reading() as session:
        return list(session.exec(select(Message).order_by(col(Message.id))).all())


def cases_of(app: Flask) -> list[Case]:
    """Return every case, oldest first."""
    with services_of(app).database.reading() as session:
        return list(session.exec(select(Case).order_by(col(Case.id))).all())


def as_viewer(officer: OfficerView) -> Viewer:
    """Return an officer as the domain wants to know them."""
    return Viewer(officer.id, officer.department_id, officer.roles, officer.name)


def hand_to_housing(app: Flask, people: People, case_id: int, *, now: datetime = NOW) -> None:
    """Let the dispatcher send a case to the housing bureau."""
    with services_of(app).database.transaction() as session:
        assign_case(session, as_viewer(people.erin), case_id, people.housing.id, now=now)


def answer(app: Flask, people: People, case_id: int, text: str = ANSWER, *, now: datetime = NOW) -> None:
    """Let Alice answer a case of the housing bureau and Feng approve it."""
    alice, feng = as_viewer(people.alice), as_viewer(people.feng)
    with services_of(app).database.transaction() as session:
        draft = save_draft(session, alice, case_id, text, expected_version=0, now=now)
        reply = submit_reply(session, alice, case_id, text, expected_version=draft.version, now=now)
        approve_reply(session, feng, case_id, version=reply.version, now=now)
