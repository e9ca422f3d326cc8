"""An office at work for the page tests: duties, an answer, and messages that were received and triaged."""

from datetime import datetime, timedelta
from itertools import count
from typing import Any

from flask import Flask
from sqlmodel import Session, col, select

from inbox.access import Viewer
from inbox.intake import Submission, receive_messages
from inbox.models import Account, Case, CaseEvent, Platform, Reply
from inbox.triage import TriageTools, triage_cases
from knowledge_base.articles import install_article
from knowledge_base.content import ArticleContent
from knowledge_base.suggest import load_engine
from routing.catalogue import load_catalogue
from routing.models import Duty
from routing.officers import OfficerView, create_officer
from sla.calendar import load_calendar
from sla.defaults import install_defaults
from sla.policies import load_policies
from tests.web.people import NOW, People

LIFT = "小区电梯坏了三天没人修，物业电话打不通，我的手机是13812345678，麻烦回复。"
ANSWER = "{称呼}您好，电梯故障请先联系物业，物业不处理的请拨打{电话}。"
_numbers = count(1)


class Office:
    """Housing looks after lifts, water after pipes; Anna is Alice's colleague."""

    def __init__(self, app: Flask, people: People) -> None:
        self.people = people
        self.database = app.extensions["minhu"].database
        with self.database.transaction() as session:
            self._furnish(session)
            self.anna = create_officer(
                session,
                login="anna",
                name="安娜",
                name_en="Anna",
                roles=["officer", "reviewer"],
                department_id=people.housing.id,
                now=NOW,
            )

    def receive(
        self, *texts: str, author: str = "石栖陈阿姨", ago: timedelta = timedelta(minutes=20), **more: Any
    ) -> list[int]:
        """Take messages in some time ago, triage them, and return their cases."""
        at = NOW - ago
        with self.database.transaction() as session:
            account = session.exec(select(Account)).one()
            taken = receive_messages(
                session,
                account,
                [
                    Submission(
                        f"m-{next(_numbers)}",
                        text,
                        text.encode(),
                        author_name=author,
                        author_ref=author,
                        **more,
                    )
                    for text in texts
                ],
                now=at,
            )
            ids = [receipt.case_id for receipt in taken.new]
            triage_cases(session, ids, self._tools(session), now=at)
        return ids

    def case(self, case_id: int) -> Case:
        """Return a case as it stands."""
        with self.database.reading() as session:
            found: Case = session.get_one(Case, case_id)
            session.expunge(found)
        return found

    def reply(self, case_id: int) -> Reply:
        """Return the newest reply of a case."""
        with self.database.reading() as session:
            query = select(Reply).where(Reply.case_id == case_id).order_by(col(Reply.id).desc())
            found: Reply = session.exec(query).first()
            assert found is not None
            session.expunge(found)
        return found

    def events(self, case_id: int) -> list[str]:
        """Return what happened to a case, oldest first."""
        with self.database.reading() as session:
            query = select(CaseEvent.kind).where(CaseEvent.case_id == case_id).order_by(col(CaseEvent.id))
            return list(session.exec(query).all())

    def viewer(self, officer: OfficerView) -> Viewer:
        """Return an officer as the domain sees one."""
        return Viewer(officer.id, officer.department_id, officer.roles, officer.name)

    def do(self, action: Any, *values: Any, at: datetime = NOW, **more: Any) -> Any:
        """Run a domain function and commit."""
        with self.database.transaction() as session:
            return action(session, *values, now=at, **more)

    def _furnish(self, session: Session) -> None:
        install_defaults(session)
        housing, water = self.people.housing, self.people.water
        for code, unit, title, words in (
            ("housing-1", housing, "物业管理", ["物业", "小区", "电梯"]),
            ("water-1", water, "供水管理", ["自来水", "停水", "水管"]),
        ):
            session.add(Duty(code=code, department_id=unit.id, title=title, words=words, exclusive=True))
        session.add(Account(code="portal", name="岚汀网站", platform=Platform.PORTAL, created_at=NOW))
        content = ArticleContent(
            question="小区电梯坏了找谁修？",
            answer=ANSWER,
            phrasings=("电梯坏了没人修", "物业不修电梯怎么办"),
            owner_code="housing",
        )
        install_article(session, content, key="lift", author_id=None, reviewer_id=None, now=NOW)

    @staticmethod
    def _tools(session: Session) -> TriageTools:
        return TriageTools(
            load_engine(session, today=NOW.date()),
            load_catalogue(session),
            load_calendar(session),
            load_policies(session),
        )
