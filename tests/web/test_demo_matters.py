"""The demo county's neighbours: a merged group that its officer can answer at once."""

import pytest
from sqlmodel import Session, col, select

from inbox.access import Viewer
from inbox.group_models import LinkState
from inbox.group_view import group_page, previews
from inbox.models import Case, CaseState
from inbox.replies import submit_reply
from inbox.splitting import propose_split
from routing.catalogue import load_catalogue
from routing.models import Department, Officer, Role
from tests.conftest import COUNTY_AT as NOW

TEXT = "{称呼}：您的来信（{追踪码}）收悉，电梯本月28日前修好。咨询电话{电话}。"


@pytest.mark.parametrize(
    "county", ["sqlite"], indirect=True
)  # what the demo holds is not the database's affair
def test_the_demos_officer_can_answer_several_neighbours_with_one_reply(county: Session) -> None:
    session = county
    row = session.exec(select(Officer).where(Officer.login == "officer")).one()
    officer = Viewer(row.id or 0, row.department_id, frozenset(Role(role) for role in row.roles), row.name)

    lead = session.exec(select(Case).where(col(Case.follower_count) >= 5)).one()

    shown = group_page(session, officer, lead.id or 0)
    states = [kin.state for kin in shown.kin]
    assert (states.count(LinkState.MERGED), states.count(LinkState.SUGGESTED)) == (5, 1)
    submit_reply(session, officer, lead.id or 0, TEXT, expected_version=0, now=NOW)
    _row, _reply, copies = previews(session, officer, lead.id or 0, now=NOW)
    assert len({copy.text for copy in copies if copy.follows or copy.row.id == lead.id}) == 6


@pytest.mark.parametrize("county", ["sqlite"], indirect=True)
def test_messages_of_several_matters_wait_on_the_triage_desk_with_a_proposal(county: Session) -> None:
    officer = county.exec(select(Officer).where(Officer.login == "dispatcher")).one()
    dispatcher = Viewer(officer.id or 0, officer.department_id, frozenset(map(Role, officer.roles)))
    waiting = county.exec(
        select(Case).where(Case.state == CaseState.TRIAGE_DESK, col(Case.title).contains("两件事"))
    ).all()
    names = {row.id: row.code for row in county.exec(select(Department)).all()}

    proposed = [
        [
            names[part.department_id]
            for part in propose_split(county, dispatcher, case.id or 0, load_catalogue(county))
        ]
        for case in waiting
    ]

    assert sorted(proposed) == [["housing", "education"], ["housing", "police"]]
