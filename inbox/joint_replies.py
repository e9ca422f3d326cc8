"""One reply to many citizens: listed with each one's own words, approved once, sent to each by a job.

先审后发 holds for the whole: what is sent is exactly what was listed when the reply was submitted. A case that joins
later is not sent anything; one that has moved on meanwhile is passed over and says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete
from sqlmodel import Session, col, select

from inbox.access import Viewer, get_case, require, visible_cases
from inbox.deliveries import retry_delivery, start_delivery
from inbox.errors import CannotJoin
from inbox.events import record_event
from inbox.gap_values import placeholder_values
from inbox.group_models import AddresseeState, CaseLink, JointAddressee, LinkState
from inbox.groups import JOINABLE
from inbox.models import (
    Case,
    Delivery,
    DeliveryState,
    Note,
    Reply,
    ReplyReview,
    ReplyState,
    ReviewDecision,
    TaskKind,
)
from inbox.outbox import add_tasks, claim_tasks
from knowledge_base.placeholders import fill, placeholders_in
from routing.models import Department, Role
from sla.calendar import SHANGHAI


@dataclass(frozen=True, slots=True)
class Copy:
    """One citizen's copy of a reply before it is submitted; `missing` names the gaps nothing is known for."""

    case_id: int
    text: str
    missing: tuple[str, ...]


def addressable(session: Session, lead: Case) -> list[Case]:
    """Return the cases that one reply can answer with the lead's: its followers, and linked ones of its department."""
    linked = (
        select(CaseLink.case_id)
        .where(CaseLink.lead_id == lead.id, CaseLink.state == LinkState.LINKED)
        .scalar_subquery()
    )
    query = select(Case).where(
        col(Case.state).in_(JOINABLE),
        (col(Case.lead_id) == lead.id)
        | (
            col(Case.id).in_(linked)
            & col(Case.lead_id).is_(None)
            & (col(Case.department_id) == lead.department_id)
            & (col(Case.follower_count) == 0)
        ),
    )
    return list(session.exec(query.order_by(col(Case.id))).all())


def copies(session: Session, cases: Sequence[Case], text: str, *, now: datetime) -> list[Copy]:
    """Fill the gaps of a reply for each citizen."""
    units = {case.department_id for case in cases if case.department_id}
    found = session.exec(select(Department).where(col(Department.id).in_(units))).all() if units else []
    departments = {unit.id: unit for unit in found}
    today = now.astimezone(SHANGHAI).date()
    made = []
    for case in cases:
        filled = fill(text, placeholder_values(case, departments.get(case.department_id), today=today))
        made.append(Copy(case.id or 0, filled.text, tuple(filled.missing)))
    return made


def list_addressees(
    session: Session, lead: Case, reply: Reply, case_ids: Sequence[int] | None, *, now: datetime
) -> tuple[str, ...]:
    """Write down who gets this version of the reply, with the words for each; return the gaps that stay open.

    None means every follower. Raises CannotJoin for a chosen case that cannot be answered with this one.
    """
    session.execute(
        delete(JointAddressee).where(
            col(JointAddressee.reply_id) == reply.id, col(JointAddressee.state) == AddresseeState.LISTED
        )
    )
    chosen = _chosen(session, lead, case_ids)
    if not chosen:
        return placeholders_in(reply.text)
    session.flush()
    missing: dict[str, None] = {}
    cases = {case.id: case for case in (lead, *chosen)}
    for copy in copies(session, list(cases.values()), reply.text, now=now):
        missing |= dict.fromkeys(copy.missing)
        session.add(
            JointAddressee(
                reply_id=reply.id or 0,
                case_id=copy.case_id,
                reply_version=reply.version,
                as_follower=cases[copy.case_id].lead_id == lead.id,
                text=copy.text,
            )
        )
    session.flush()
    return tuple(missing)


def approve_addressees(session: Session, reply: Reply, *, now: datetime) -> int:
    """Let the listed copies of an approved reply go out, and put the lead's own words into it; return how many."""
    rows = session.exec(
        select(JointAddressee).where(
            JointAddressee.reply_id == reply.id,
            JointAddressee.reply_version == reply.version,
            JointAddressee.state == AddresseeState.LISTED,
        )
    ).all()
    waiting = []
    for row in rows:
        if row.case_id == reply.case_id:
            reply.text = row.text
            row.state, row.done_at = AddresseeState.ANSWERED, now
        else:
            row.state = AddresseeState.APPROVED
            waiting.append(row.id or 0)
    session.flush()
    add_tasks(session, TaskKind.ANSWER, waiting, now=now)
    return len(waiting)


def answer_addressees(session: Session, task_ids: Sequence[int], *, now: datetime) -> int:
    """Give each citizen the approved copy: a reply, its approval and its delivery; return how many were answered.

    Whoever commits first did it: a second run of the same rows of work finds them done.
    """
    answered = 0
    for addressee_id in claim_tasks(session, TaskKind.ANSWER, task_ids, now=now):
        row = session.get_one(JointAddressee, addressee_id)
        if row.state == AddresseeState.APPROVED:
            answered += _answer(session, row, now=now)
    session.flush()
    return answered


def retry_failed(session: Session, viewer: Viewer, lead_id: int, *, now: datetime) -> int:
    """Send every copy of the lead's replies that did not arrive once more, each under its own key."""
    require(viewer, "send_again", Role.OFFICER, Role.DISPATCHER, Role.SUPERVISOR)
    lead = get_case(session, viewer, lead_id)
    failed = session.exec(
        select(Delivery.id, Delivery.case_id)
        .join(Case, col(Case.id) == Delivery.case_id)
        .join(Reply, col(Reply.id) == Delivery.reply_id)
        .join(JointAddressee, col(JointAddressee.case_id) == Case.id)
        .join(leading := Reply.__table__.alias(), leading.c.id == JointAddressee.reply_id)  # type: ignore[attr-defined]
        .where(
            leading.c.case_id == lead.id,
            (col(Reply.joint_reply_id) == leading.c.id) | (col(Reply.id) == leading.c.id),
            col(Delivery.state).in_((DeliveryState.FAILED, DeliveryState.UNKNOWN)),
            visible_cases(viewer),
        )
    ).all()
    again = 0
    for delivery_id, case_id in failed:
        if retry_delivery(session, delivery_id or 0, now=now):
            record_event(session, case_id, "sent_again", now=now, actor_id=viewer.officer_id)
            again += 1
    return again


def _chosen(session: Session, lead: Case, case_ids: Sequence[int] | None) -> list[Case]:
    possible = {case.id or 0: case for case in addressable(session, lead)}
    if case_ids is None:
        return [case for case in possible.values() if case.lead_id == lead.id]
    wanted = sorted({case_id for case_id in case_ids if case_id != lead.id})
    for case_id in wanted:
        if case_id not in possible:
            case = session.get(Case, case_id)
            raise CannotJoin("not_addressable", case.tracking_code if case else str(case_id))
    return [possible[case_id] for case_id in wanted]


def _answer(session: Session, row: JointAddressee, *, now: datetime) -> bool:
    lead_reply = session.get_one(Reply, row.reply_id)
    case = session.exec(select(Case).where(Case.id == row.case_id).with_for_update()).one()
    stays = case.lead_id == lead_reply.case_id if row.as_follower else case.lead_id is None
    if case.state not in JOINABLE or not stays:
        row.state, row.done_at = AddresseeState.SKIPPED, now
        row.reason = "left" if case.state in JOINABLE else case.state.value
        record_event(session, row.case_id, "joint_reply_skipped", now=now, params={"reason": row.reason})
        return False
    reply = _reply_of(session, case, lead_reply, row.text, now=now)
    review = ReplyReview(
        reply_id=reply.id or 0,
        reviewer_id=lead_reply.reviewer_id or 0,
        decision=ReviewDecision.APPROVE,
        reply_version=reply.version,
        text=reply.text,
        at=lead_reply.approved_at or now,
    )
    session.add(review)
    lead = session.get_one(Case, lead_reply.case_id)
    params = {"other_id": lead.id, "code": lead.tracking_code}
    record_event(session, row.case_id, "joint_reply", now=now, actor_id=lead_reply.reviewer_id, params=params)
    start_delivery(session, case, reply, now=now)
    row.state, row.done_at = AddresseeState.ANSWERED, now
    return True


def _reply_of(session: Session, case: Case, lead_reply: Reply, text: str, *, now: datetime) -> Reply:
    """Return the case's own reply with the approved words; a draft it had is kept as an internal note."""
    reply = session.exec(
        select(Reply).where(Reply.case_id == case.id, Reply.round == case.reply_round)
    ).first()
    if reply is None:
        reply = Reply(
            case_id=case.id or 0, round=case.reply_round, editor_id=lead_reply.editor_id, saved_at=now
        )
        session.add(reply)
    elif reply.text.strip():
        session.add(Note(case_id=case.id or 0, author_id=reply.editor_id, text=reply.text, at=now))
        reply.version += 1
    reply.text = text
    reply.state = ReplyState.APPROVED
    reply.editor_id = lead_reply.editor_id
    reply.contributor_ids = list(lead_reply.contributor_ids)
    reply.submitted_by, reply.submitted_at = lead_reply.submitted_by, lead_reply.submitted_at
    reply.reviewer_id, reply.approved_at = lead_reply.reviewer_id, lead_reply.approved_at
    reply.article_id = reply.inserted_text = None
    reply.joint_reply_id = lead_reply.id
    if case.assignee_id is None:
        case.assignee_id = lead_reply.submitted_by
    session.flush()
    return reply
