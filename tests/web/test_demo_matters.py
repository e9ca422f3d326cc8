"""The demo county's neighbours: a merged group that its officer can answer at once."""

from datetime import UTC, datetime

from sqlmodel import Session, col, select

from inbox.access import Viewer
from inbox.group_models import LinkState
from inbox.group_view import group_page, previews
from inbox.models import Case
from inbox.replies import submit_reply
from routing.models import Officer, Role
from web.demo import load_demo

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
TEXT = "{称呼}：您的来信（{追踪码}）收悉，电梯本月28日前修好。咨询电话{电话}。"


def test_the_demos_officer_can_answer_several_neighbours_with_one_reply(session: Session) -> None:
    load_demo(session, now=NOW, messages=30)
    row = session.exec(select(Officer).where(Officer.login == "officer")).one()
    officer = Viewer(row.id or 0, row.department_id, frozenset(Role(role) for role in row.roles), row.name)

    lead = session.exec(select(Case).where(col(Case.follower_count) >= 5)).one()

    shown = group_page(session, officer, lead.id or 0)
    states = [kin.state for kin in shown.kin]
    assert (states.count(LinkState.MERGED), states.count(LinkState.SUGGESTED)) == (5, 1)
    submit_reply(session, officer, lead.id or 0, TEXT, expected_version=0, now=NOW)
    _row, _reply, copies = previews(session, officer, lead.id or 0, now=NOW)
    assert len({copy.text for copy in copies if copy.follows or copy.row.id == lead.id}) == 6
