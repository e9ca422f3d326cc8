"""Two people at the same moment, each with a transaction of their own: one is heard, the other is told."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from sqlmodel import Session, select

from inbox.access import Viewer
from inbox.assignment import give_out
from inbox.cases import assign_case
from inbox.co_handling import Request, name_co_handler, release_co_handler, sign_part
from inbox.errors import InboxError
from inbox.intake import Submission, receive_messages
from inbox.models import Account, Case, CaseEvent, CaseState, Platform
from inbox.returns import Grounds, ask_return, refuse_return, uphold_return
from routing.departments import create_department
from routing.models import Role
from routing.officers import create_officer
from routing.roster_editing import choose_way
from routing.roster_models import AssignmentWay
from sla.calendar import load_calendar
from sla.deadlines import start_deadlines, starts_of
from sla.defaults import install_defaults
from sla.policies import load_policies
from tests.inbox.conftest import NOW
from web.database import Database


class Hall:
    """Two departments, an officer in each, two who dispatch, and a case at the first department."""

    def __init__(self, database: Database) -> None:
        self.database = database
        with database.transaction() as session:
            install_defaults(session)
            self.housing = create_department(session, code="housing", name="县住建局").id
            self.police = create_department(session, code="police", name="县公安局").id
            self.alice = self._hire(session, "alice", Role.OFFICER, self.housing)
            self.dai = self._hire(session, "dai", Role.OFFICER, self.police)
            self.dong = self._hire(session, "dong", Role.DISPATCHER, None)
            self.sun = self._hire(session, "sun", Role.SUPERVISOR, None)
            account = Account(code="portal", name="网站", platform=Platform.PORTAL, created_at=NOW)
            session.add(account)
            session.flush()
            taken = receive_messages(session, account, [Submission("m-1", "电梯坏了", b"x")], now=NOW)
            self.case = taken.new[0].case_id
            case = session.get_one(Case, self.case)
            case.state = CaseState.TRIAGE_DESK
            policy = load_policies(session).policy("other")
            start_deadlines(session, starts_of(policy, self.case, NOW), load_calendar(session))
            assign_case(session, self.dong, self.case, self.housing, now=NOW)

    def do(self, act: Callable[..., Any], *values: Any, **more: Any) -> Any:
        """Do something in a transaction of its own."""
        with self.database.transaction() as session:
            return act(session, *values, now=NOW, **more)

    def at_once(self, *acts: Callable[[], Any]) -> list[str]:
        """Start these together; return for each what it came to: done, or the name of the refusal."""
        barrier = Barrier(len(acts))

        def run(act: Callable[[], Any]) -> str:
            barrier.wait()
            try:
                act()
            except InboxError as error:
                return type(error).__name__
            return "done"

        with ThreadPoolExecutor(len(acts)) as pool:
            return sorted(pool.map(run, acts))

    def events(self) -> list[str]:
        """Return what happened to the case."""
        with self.database.reading() as session:
            return list(session.exec(select(CaseEvent.kind).where(CaseEvent.case_id == self.case)).all())

    @staticmethod
    def _hire(session: Session, login: str, role: Role, department_id: int | None) -> Viewer:
        made = create_officer(
            session, login=login, name=login.title(), roles=[role], department_id=department_id, now=NOW
        )
        return Viewer(made.id, department_id, frozenset({role}), made.name)


@pytest.fixture
def hall(database: Database) -> Hall:
    """A town hall whose transactions really commit."""
    return Hall(database)


def test_two_arbitrators_decide_once(hall: Hall) -> None:
    asked = hall.do(ask_return, hall.alice, hall.case, Grounds("第三条")).id

    outcome = hall.at_once(
        lambda: hall.do(uphold_return, hall.dong, asked, department_id=hall.police),
        lambda: hall.do(refuse_return, hall.sun, asked, reason="属物业管理"),
    )

    assert outcome == ["WrongState", "done"]
    assert len({"returned", "return_refused"} & set(hall.events())) == 1


def test_two_dispatchers_send_a_case_to_one_department(hall: Hall) -> None:
    hall.at_once(
        lambda: hall.do(assign_case, hall.dong, hall.case, hall.police),
        lambda: hall.do(assign_case, hall.sun, hall.case, hall.police),
    )

    assert hall.events().count("assigned") == 2  # the first one to housing, then exactly one to the police


def test_a_part_is_signed_or_released_but_not_both(hall: Hall) -> None:
    row = hall.do(name_co_handler, hall.alice, hall.case, Request(hall.police, "请核查")).id

    outcome = hall.at_once(
        lambda: hall.do(sign_part, hall.dai, row, "已核查"),
        lambda: hall.do(release_co_handler, hall.alice, row, reason="不涉及"),
    )

    assert outcome.count("done") == 1
    assert len({"part_signed", "co_handler_released"} & set(hall.events())) == 1


def test_a_case_is_given_out_once(hall: Hall) -> None:
    with hall.database.transaction() as session:
        choose_way(session, hall.housing, AssignmentWay.LOAD)

    hall.at_once(*(lambda: hall.do(give_out, [hall.case]) for _ in range(3)))

    assert hall.events().count("given") == 1
