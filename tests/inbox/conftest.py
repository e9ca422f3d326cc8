"""A small town hall for the inbox's tests: two departments, a handful of people, two accounts."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from sqlmodel import Session

from inbox.access import Viewer
from inbox.intake import Submission, receive_messages
from inbox.models import Account, Case, Platform
from inbox.triage import TriageTools, triage_cases
from knowledge_base.articles import install_article
from knowledge_base.content import ArticleContent
from knowledge_base.suggest import load_engine
from routing.catalogue import load_catalogue
from routing.models import Department, Duty, Officer, Role
from sla.calendar import load_calendar
from sla.defaults import install_defaults
from sla.policies import load_policies

NOW = datetime(2026, 11, 18, 2, 0, tzinfo=UTC)
"""A Wednesday, ten in the morning in Shanghai."""


@dataclass(frozen=True, slots=True)
class TownHall:
    """Who is who: Alice answers, Bob reviews and supervises, Dai works elsewhere, Dong dispatches."""

    session: Session
    housing: Department
    police: Department
    alice: Viewer
    ann: Viewer
    bob: Viewer
    dai: Viewer
    dong: Viewer
    sun: Viewer
    account: Account
    file_account: Account
    tools: TriageTools

    def receive(self, *texts: str, account: Account | None = None, now: datetime = NOW) -> list[Case]:
        """Take messages in and triage them."""
        taken = receive_messages(
            self.session,
            account or self.account,
            [
                Submission(external_id=f"{text[:40]}-{i}", text=text, raw=text.encode())
                for i, text in enumerate(texts)
            ],
            now=now,
        )
        ids = [receipt.case_id for receipt in taken.new]
        triage_cases(self.session, ids, self.tools, now=now)
        return [self.session.get_one(Case, case_id, populate_existing=True) for case_id in ids]


@pytest.fixture
def town_hall(session: Session) -> TownHall:
    """A town hall in a session that is rolled back."""
    return build_town_hall(session)


def build_town_hall(session: Session) -> TownHall:
    """Build a town hall with calendar, policies, a duty for each department and one published answer."""
    install_defaults(session)
    housing = Department(code="housing", name="县住建局", name_en="Housing", phone="0000-6000001")
    police = Department(code="police", name="县公安局", name_en="Police", phone="0000-6000002")
    session.add_all([housing, police])
    session.flush()
    session.add_all(
        [
            Duty(
                code="housing-1",
                department_id=housing.id or 0,
                title="物业管理",
                words=["物业", "小区", "电梯"],
                exclusive=True,
            ),
            Duty(
                code="police-1",
                department_id=police.id or 0,
                title="户籍管理",
                words=["居住证", "户口", "身份证"],
                exclusive=True,
            ),
        ]
    )
    people = {
        "alice": _officer(session, "alice", housing, Role.OFFICER),
        "ann": _officer(session, "ann", housing, Role.OFFICER),
        "bob": _officer(session, "bob", housing, Role.REVIEWER),
        "dai": _officer(session, "dai", police, Role.OFFICER),
        "dong": _officer(session, "dong", police, Role.DISPATCHER),
        "sun": _officer(session, "sun", police, Role.SUPERVISOR),
    }
    account = Account(
        code="portal", name="网站留言", platform=Platform.PORTAL, created_at=NOW, push_secret="s" * 32
    )
    file_account = Account(code="sheet", name="表格", platform=Platform.FILE, created_at=NOW)
    session.add_all([account, file_account])
    install_article(
        session,
        ArticleContent(
            question="小区电梯坏了找谁修？",
            answer="{称呼}您好，电梯故障请先联系物业，物业不处理的请拨打{电话}。",
            phrasings=("电梯坏了没人修", "物业不修电梯怎么办"),
        ),
        key="a-lift",
        author_id=None,
        reviewer_id=None,
        now=NOW,
    )
    session.flush()
    tools = TriageTools(
        load_engine(session, today=NOW.date()),
        load_catalogue(session),
        load_calendar(session),
        load_policies(session),
    )
    return TownHall(
        session, housing, police, account=account, file_account=file_account, tools=tools, **people
    )


@pytest.fixture
def later() -> Callable[[float], datetime]:
    """Instants counted in hours from NOW."""
    from datetime import timedelta

    return lambda hours: NOW + timedelta(hours=hours)


def _officer(session: Session, login: str, department: Department, role: Role) -> Viewer:
    officer = Officer(
        login=login, name=login.title(), department_id=department.id, roles=[role.value], created_at=NOW
    )
    session.add(officer)
    session.flush()
    return Viewer(officer.id or 0, department.id, frozenset({role}), officer.name)
