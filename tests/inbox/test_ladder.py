"""The ladder: what the sweep finds is told, urged, supervised and entered, each exactly once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import Session, col, select

from inbox.document_numbers import SUPERVISION, next_numbers
from inbox.errors import FileRefused, MessageRefused, NotAllowed, OrderNotFound, WrongState
from inbox.ladder_models import BulletinEntry, OrderReason, OrderState, SupervisionOrder, Urging
from inbox.models import Case, CaseEvent
from inbox.notice_models import Notice
from inbox.order_lists import Evidence, evidence_of, list_orders, order_view, waiting_orders
from inbox.orders import (
    OrderTerms,
    acknowledge_order,
    close_order,
    issue_article_order,
    issue_order,
    report_measures,
    send_order_back,
)
from inbox.proposals import decline_proposal, list_proposals, proposal_count
from inbox.supervision import note_sweep
from inbox.urging import urge_case, urge_cases, urgings_of
from knowledge_base.models import Article
from sla.models import Clock, Deadline, PolicyVersion
from sla.revisions import bump_revision
from sla.sweep import sweep
from tests.inbox.conftest import NOW, TownHall
from web.database import Database

TERMS = OrderTerms(OrderReason.OVERDUE, "请于三个工作日内办结并答复群众。")
LONG_AFTER = NOW + timedelta(days=20)


def sweep_at(town_hall: TownHall, now: datetime) -> None:
    """Let the scheduler's duty happen."""
    calendar = town_hall.tools.calendar
    while facts := sweep(town_hall.session, now=now, calendar=calendar):
        note_sweep(town_hall.session, facts, now=now, calendar=calendar)


def kinds(town_hall: TownHall, officer_id: int) -> list[str]:
    """Return what an officer was told, in order."""
    query = select(Notice.kind).where(Notice.officer_id == officer_id).order_by(col(Notice.id))
    return list(town_hall.session.exec(query).all())


def order(town_hall: TownHall, case: Case | None = None) -> SupervisionOrder:
    """Issue an order about a case of the housing bureau."""
    case = case or town_hall.receive("小区电梯坏了")[0]
    return issue_order(
        town_hall.session, town_hall.sun, case.id or 0, TERMS, calendar=town_hall.tools.calendar, now=NOW
    )


def test_a_late_case_climbs_each_rung_once(town_hall: TownHall) -> None:
    [case] = town_hall.receive("小区电梯坏了三天")
    session = town_hall.session

    for _ in range(3):
        sweep_at(town_hall, LONG_AFTER)

    urgings = session.exec(select(Urging).where(Urging.case_id == case.id)).all()
    entries = session.exec(select(BulletinEntry).where(BulletinEntry.case_id == case.id)).all()
    clocks = sorted(urging.clock or "" for urging in urgings)
    assert clocks == sorted(entry.clock for entry in entries) == ["first_reply", "resolve"]
    assert [urging.number for urging in urgings] == ["岚催〔2026〕1号", "岚催〔2026〕2号"]
    assert {entry.department_id for entry in entries} == {town_hall.housing.id}
    events = list(session.exec(select(CaseEvent.kind).where(CaseEvent.case_id == case.id)).all())
    assert (events.count("urge_notice"), events.count("bulletin_entered")) == (2, 2)
    assert not session.exec(
        select(CaseEvent.id).where(
            CaseEvent.case_id == case.id, CaseEvent.public, CaseEvent.kind == "urge_notice"
        )
    ).all()


def test_officers_are_warned_in_time_and_a_warning_found_too_late_is_not_sent(town_hall: TownHall) -> None:
    town_hall.receive("小区电梯坏了三天")

    sweep_at(town_hall, NOW + timedelta(hours=26))
    in_time = kinds(town_hall, town_hall.alice.officer_id)
    sweep_at(town_hall, LONG_AFTER)
    later = kinds(town_hall, town_hall.alice.officer_id)[len(in_time) :]

    assert "deadline_warned" in in_time
    assert "deadline_warned" not in later
    assert {"deadline_breached", "urge_notice", "bulletin_entered"} <= set(later)
    assert "bulletin_entered" in kinds(town_hall, town_hall.sun.officer_id)
    assert kinds(town_hall, town_hall.dai.officer_id) == []


def test_amber_after_60_days_and_red_after_three_months(town_hall: TownHall) -> None:
    town_hall.receive("小区电梯坏了三天")

    sweep_at(town_hall, NOW + timedelta(days=63))
    assert kinds(town_hall, town_hall.sun.officer_id).count("backstop_amber") == 1
    sweep_at(town_hall, NOW + timedelta(days=110))
    told = kinds(town_hall, town_hall.sun.officer_id)

    assert (told.count("backstop_amber"), told.count("backstop_red")) == (1, 1)


def test_a_policy_with_a_supervise_step_issues_one_order_a_case(town_hall: TownHall) -> None:
    session = town_hall.session
    for version in session.exec(select(PolicyVersion)).all():
        steps = dict(version.steps)
        steps["default"] = {"warn": [], "after": {"supervise": "2wd"}}
        version.steps = steps
    bump_revision(session)
    [case] = town_hall.receive("小区电梯坏了三天")

    sweep_at(town_hall, LONG_AFTER)

    [issued] = session.exec(select(SupervisionOrder)).all()
    assert (issued.case_id, issued.number, issued.issued_by) == (case.id, "岚督〔2026〕1号", None)
    assert "supervised" in kinds(town_hall, town_hall.alice.officer_id)


def test_a_case_at_the_triage_desk_is_told_to_the_dispatchers(town_hall: TownHall) -> None:
    [case] = town_hall.receive("随便说两句")
    assert case.department_id is None

    sweep_at(town_hall, LONG_AFTER)

    assert town_hall.session.exec(select(Urging)).all() == []
    assert "deadline_breached" in kinds(town_hall, town_hall.dong.officer_id)


def test_urging_by_hand_carries_its_word_and_answered_cases_are_passed_over(town_hall: TownHall) -> None:
    session, dong = town_hall.session, town_hall.dong
    lift, other = town_hall.receive("小区电梯坏了三天", "物业不管电梯")
    lift_id, other_id = lift.id or 0, other.id or 0

    with pytest.raises(NotAllowed):
        urge_case(session, town_hall.alice, lift_id, words="快", now=NOW)
    urge_case(session, dong, lift_id, words=" 群众已来电两次 ", now=NOW)
    other.department_id = None
    session.flush()

    assert urge_cases(session, dong, [lift_id, other_id], words="", now=NOW) == (1, 1)
    first, _ = urgings_of(session, town_hall.alice, lift_id)
    assert (first.words, first.by, first.number) == ("群众已来电两次", "Dong", None)
    told = session.exec(select(Notice).where(Notice.officer_id == town_hall.bob.officer_id)).first()
    assert told is not None
    assert told.params["word"] == "群众已来电两次"


def test_an_order_goes_from_issue_to_closing_and_each_side_is_told(town_hall: TownHall) -> None:
    session, alice, sun = town_hall.session, town_hall.alice, town_hall.sun
    order_id = order(town_hall).id or 0

    assert waiting_orders(session, alice, NOW) == 1
    acknowledge_order(session, alice, order_id, now=NOW)
    report_measures(session, alice, order_id, text="已换曳引机", done_on=NOW.date(), now=NOW)
    send_order_back(session, sun, order_id, reason="请附维保记录", now=NOW)
    proof = Evidence("维保记录.pdf", b"%PDF-1.7")
    report_measures(session, alice, order_id, text="补报", done_on=None, evidence=proof, now=NOW)
    assert waiting_orders(session, sun, NOW) == 1
    close_order(session, sun, order_id, conclusion="情况属实，同意办结", now=NOW)

    view = order_view(session, sun, order_id)
    assert [step.kind.value for step in view.steps] == [
        "issued",
        "acknowledged",
        "reported",
        "sent_back",
        "reported",
        "closed",
    ]
    assert view.row.report_due_at == datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
    filed = next(step for step in view.steps if step.evidence_name)
    assert evidence_of(session, sun, order_id, filed.id) == proof
    assert list_orders(session, sun) == []
    assert kinds(town_hall, alice.officer_id)[-2:] == ["order_sent_back", "order_closed"]
    assert kinds(town_hall, sun.officer_id)[-3:] == ["order_acknowledged", "order_reported", "order_reported"]


def test_only_the_department_answers_and_only_a_supervisor_judges(town_hall: TownHall) -> None:
    session, alice, sun = town_hall.session, town_hall.alice, town_hall.sun
    [case] = town_hall.receive("小区电梯坏了")
    with pytest.raises(NotAllowed):
        issue_order(session, town_hall.dong, case.id or 0, TERMS, calendar=town_hall.tools.calendar, now=NOW)
    order_id = order(town_hall, case).id or 0

    with pytest.raises(OrderNotFound):
        acknowledge_order(session, town_hall.dai, order_id, now=NOW)
    with pytest.raises(NotAllowed):
        acknowledge_order(session, sun, order_id, now=NOW)
    with pytest.raises(WrongState):
        report_measures(session, alice, order_id, text="好了", done_on=None, now=NOW)
    acknowledge_order(session, alice, order_id, now=NOW)
    with pytest.raises(WrongState):
        acknowledge_order(session, alice, order_id, now=NOW)
    with pytest.raises(WrongState):
        close_order(session, sun, order_id, conclusion="好", now=NOW)
    report_measures(session, alice, order_id, text="好了", done_on=None, now=NOW)
    with pytest.raises(NotAllowed):
        close_order(session, alice, order_id, conclusion="好", now=NOW)
    with pytest.raises(MessageRefused):
        close_order(session, sun, order_id, conclusion=" ", now=NOW)
    assert order_view(session, sun, order_id).row.state is OrderState.REPORTED


@pytest.mark.parametrize(
    ("proof", "reason"),
    [
        (Evidence("run.exe", b"MZ"), "evidence_kind"),
        (Evidence("a.pdf", b""), "empty_file"),
        (Evidence("a.pdf", b"x" * (5 * 1024 * 1024 + 1)), "file_too_large"),
    ],
)
def test_a_file_that_is_no_evidence_is_refused(town_hall: TownHall, proof: Evidence, reason: str) -> None:
    order_id = order(town_hall).id or 0
    acknowledge_order(town_hall.session, town_hall.alice, order_id, now=NOW)

    with pytest.raises(FileRefused) as refused:
        report_measures(
            town_hall.session, town_hall.alice, order_id, text="见附件", done_on=None, evidence=proof, now=NOW
        )

    assert refused.value.reason == reason


def test_a_stale_article_is_supervised_with_its_owner(town_hall: TownHall) -> None:
    session = town_hall.session
    article = session.exec(select(Article)).one()
    terms = OrderTerms(OrderReason.STALE_ARTICLE, "请更新")
    with pytest.raises(WrongState):
        issue_article_order(
            session, town_hall.sun, article.id or 0, terms, calendar=town_hall.tools.calendar, now=NOW
        )
    article.owner_code = "housing"
    session.flush()

    made = issue_article_order(
        session, town_hall.sun, article.id or 0, terms, calendar=town_hall.tools.calendar, now=NOW
    )

    assert (made.department_id, made.case_id, made.subject) == (town_hall.housing.id, None, article.question)
    assert kinds(town_hall, town_hall.alice.officer_id) == ["supervised"]


def test_numbers_have_neither_gaps_nor_duplicates_when_many_issue_at_once(database: Database) -> None:
    def issue(n: int) -> str | None:
        try:
            with database.transaction() as session:
                [number] = next_numbers(session, SUPERVISION, 2026, prefix="岚")
                if n % 3 == 0:
                    raise _Undone
        except _Undone:
            return None
        return number.text

    with ThreadPoolExecutor(6) as pool:
        issued = [number for number in pool.map(issue, range(24)) if number]

    assert sorted(issued) == sorted(f"岚督〔2026〕{n}号" for n in range(1, 17))


def test_each_year_and_kind_counts_for_itself(session: Session) -> None:
    texts = [
        next_numbers(session, kind, year, prefix="岚")[0].text
        for kind, year in (("督", 2026), ("催", 2026), ("督", 2027), ("督", 2026))
    ]

    assert texts == ["岚督〔2026〕1号", "岚催〔2026〕1号", "岚督〔2027〕1号", "岚督〔2026〕2号"]


class _Undone(Exception):
    """A transaction that is taken back."""


def test_deadline_of_a_supervised_case_is_not_touched(town_hall: TownHall) -> None:
    [case] = town_hall.receive("小区电梯坏了")
    query = select(Deadline.due_at).where(Deadline.subject_id == case.id).order_by(col(Deadline.id))
    before = town_hall.session.exec(query).all()

    order(town_hall, case)

    assert town_hall.session.exec(query).all() == before


def test_what_stays_overdue_is_proposed_once_and_issued_by_a_person(town_hall: TownHall) -> None:
    [case, other] = town_hall.receive("小区电梯坏了三天", "小区物业不修电梯")
    session, sun = town_hall.session, town_hall.sun
    order(town_hall, other)

    sweep_at(town_hall, LONG_AFTER)
    sweep_at(town_hall, LONG_AFTER)

    assert kinds(town_hall, sun.officer_id).count("supervision_proposed") == 1
    assert "supervision_proposed" not in kinds(town_hall, town_hall.alice.officer_id)
    [proposal] = list_proposals(session, sun)
    first = session.exec(
        select(Deadline.due_at).where(Deadline.subject_id == case.id, Deadline.clock == Clock.first_reply)
    ).one()
    assert (proposal.case_id, proposal.due_at) == (case.id, first)
    assert proposal.department_id == town_hall.housing.id
    assert (proposal_count(session, sun), proposal_count(session, town_hall.alice)) == (1, 0)
    with pytest.raises(NotAllowed):
        list_proposals(session, town_hall.alice)

    order(town_hall, case)
    assert list_proposals(session, sun) == []
    with pytest.raises(WrongState):
        decline_proposal(session, sun, case.id or 0, now=LONG_AFTER)


def test_a_declined_proposal_comes_back_only_with_a_later_breach(town_hall: TownHall) -> None:
    [case] = town_hall.receive("小区电梯坏了三天")
    session, sun = town_hall.session, town_hall.sun
    first_reply_late = NOW + timedelta(days=7)
    sweep_at(town_hall, first_reply_late)
    assert [each.case_id for each in list_proposals(session, sun)] == [case.id]

    decline_proposal(session, sun, case.id or 0, now=first_reply_late)
    assert list_proposals(session, sun) == []
    sweep_at(town_hall, first_reply_late + timedelta(minutes=5))
    assert list_proposals(session, sun) == []
    sweep_at(town_hall, LONG_AFTER)

    assert [each.case_id for each in list_proposals(session, sun)] == [case.id]
    [declined] = session.exec(select(CaseEvent).where(CaseEvent.kind == "supervision_declined")).all()
    assert (declined.actor_id, declined.public) == (sun.officer_id, False)
