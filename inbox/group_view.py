"""What officers see of a case's group: whom it belongs to, who follows it, what a reply to all would say."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func
from sqlmodel import Session, col, select

from inbox.access import Viewer, get_case, visible_cases
from inbox.accounts import delivery_channel
from inbox.case_lists import CaseRow, cases_by_id
from inbox.duplicates import agreeing_passages
from inbox.group_models import AddresseeState, CaseLink, JointAddressee, LinkState, Relation
from inbox.groups import JOINABLE
from inbox.joint_replies import addressable, copies
from inbox.models import Account, Case, Delivery, DeliveryChannel, DeliveryState, Message, Reply, ReplyState
from inbox.privacy import PersonalKind, Span, find_personal, mask_all, shift_spans
from inbox.replies import current_reply
from inbox.similar import opening_messages
from sla.models import Clock
from sla.views import deadlines_of

PAGE_SIZE = 50
SHOWN_BESIDE = 5


@dataclass(frozen=True, slots=True)
class Kin:
    """One case of a group beside its leader."""

    row: CaseRow
    state: LinkState
    relation: Relation
    similarity: float
    is_repeat: bool
    may_join: bool


@dataclass(frozen=True, slots=True)
class EarlierAnswer:
    """The reply that the same matter got before, as a proposal for this case."""

    case_id: int
    tracking_code: str
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class CaseKin:
    """A case's group as its page shows it: the leader it belongs to, or those that belong to it.

    `news` are the spans of its covered message that its writer had not said before; `hidden` counts similar cases
    that other departments have.
    """

    link: CaseLink | None
    lead: CaseRow | None
    news: tuple[tuple[int, int], ...]
    kin: tuple[Kin, ...]
    suggested: int
    linked: int
    merged: int
    hidden: int
    answer: EarlierAnswer | None

    @property
    def total(self) -> int:
        """How many cases belong to this one, or may."""
        return self.suggested + self.linked + self.merged


@dataclass(frozen=True, slots=True)
class GroupPage:
    """One page of the cases that belong to a lead."""

    lead: CaseRow
    kin: tuple[Kin, ...]
    hidden: int
    page: int
    pages: int
    total: int


@dataclass(frozen=True, slots=True)
class Side:
    """One of two messages that are compared, covered; `spans` are the passages that both have."""

    row: CaseRow
    title: str | None
    text: str
    spans: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """What one citizen would get of a reply to many, by which way."""

    row: CaseRow
    channel: DeliveryChannel
    account: str
    text: str
    missing: tuple[str, ...]
    follows: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one citizen's copy; `in_time` is None while nobody can say."""

    row: CaseRow
    state: AddresseeState
    reason: str | None
    channel: DeliveryChannel | None
    delivery_id: int | None
    delivery: DeliveryState | None
    error: str | None
    delivered_at: datetime | None
    in_time: bool | None
    text: str


@dataclass(frozen=True, slots=True)
class Outcomes:
    """The newest reply to many of a lead: who is listed, who has it, who has not."""

    lead: CaseRow
    approved: bool
    rows: tuple[Outcome, ...]
    hidden: int

    def count(self, *states: DeliveryState) -> int:
        """Return how many copies are in one of these states of delivery."""
        return sum(row.delivery in states for row in self.rows)


def case_kin(session: Session, viewer: Viewer, case_id: int) -> CaseKin:
    """Return the group of a case the viewer may see; raise CaseNotFound."""
    case = get_case(session, viewer, case_id)
    link = session.get(CaseLink, case_id)
    if link is not None and link.state == LinkState.DISMISSED:
        link = None
    counts = dict(
        session.exec(
            select(CaseLink.state, func.count())
            .where(CaseLink.lead_id == case_id)
            .group_by(col(CaseLink.state))
        ).all()
    )
    kin, hidden, _ = _kin(session, viewer, case_id, page=1, size=SHOWN_BESIDE)
    return CaseKin(
        link=link,
        lead=next(iter(cases_by_id(session, viewer, [link.lead_id])), None) if link else None,
        news=_news(session, case_id, link),
        kin=kin,
        suggested=counts.get(LinkState.SUGGESTED, 0),
        linked=counts.get(LinkState.LINKED, 0),
        merged=counts.get(LinkState.MERGED, 0),
        hidden=hidden,
        answer=_earlier_answer(session, viewer, case, link),
    )


def group_page(session: Session, viewer: Viewer, lead_id: int, *, page: int = 1) -> GroupPage:
    """Return the cases that belong to a lead, those to be decided first; raise CaseNotFound."""
    get_case(session, viewer, lead_id)
    lead = cases_by_id(session, viewer, [lead_id])[0]
    kin, hidden, total = _kin(session, viewer, lead_id, page=page, size=PAGE_SIZE)
    pages = max(1, -(-total // PAGE_SIZE))
    return GroupPage(lead, kin, hidden, min(max(page, 1), pages), pages, total)


def compare_cases(session: Session, viewer: Viewer, case_id: int, other_id: int) -> tuple[Side, Side]:
    """Lay two messages side by side with the passages that agree; raise CaseNotFound."""
    rows = {}
    for each in (case_id, other_id):
        get_case(session, viewer, each)
        rows[each] = cases_by_id(session, viewer, [each])[0]
    openings = opening_messages(session, (case_id, other_id))
    texts = {each: mask_all(openings[each].text) for each in rows}
    passages = agreeing_passages(texts[case_id], texts[other_id])
    spans = {
        case_id: tuple((p.start, p.end) for p in passages),
        other_id: tuple((p.other_start, p.other_end) for p in passages),
    }
    titles = {each: mask_all(openings[each].title or "") or None for each in rows}
    first, second = (Side(rows[i], titles[i], texts[i], spans[i]) for i in (case_id, other_id))
    return first, second


def previews(
    session: Session, viewer: Viewer, lead_id: int, *, now: datetime
) -> tuple[CaseRow, Reply | None, list[Preview]]:
    """Return the lead, its draft and what each citizen would get of it, the lead's own first; raise CaseNotFound."""
    lead = get_case(session, viewer, lead_id)
    reply = current_reply(session, lead)
    cases = {c.id or 0: c for c in (lead, *addressable(session, lead))}
    rows = {row.id: row for row in cases_by_id(session, viewer, list(cases))}
    accounts = {a.id: a for a in session.exec(select(Account)).all()}
    made = copies(session, [cases[i] for i in rows], reply.text if reply else "", now=now)
    return (
        rows[lead_id],
        reply,
        [
            Preview(
                row=rows[copy.case_id],
                channel=delivery_channel(accounts[cases[copy.case_id].account_id]),
                account=accounts[cases[copy.case_id].account_id].name,
                text=copy.text,
                missing=copy.missing,
                follows=cases[copy.case_id].lead_id == lead_id,
            )
            for copy in made
        ],
    )


def outcomes(session: Session, viewer: Viewer, lead_id: int) -> Outcomes:
    """Return what became of each copy of the newest reply to many of this lead; raise CaseNotFound."""
    get_case(session, viewer, lead_id)
    reply = session.exec(
        select(Reply)
        .where(
            Reply.case_id == lead_id,
            select(JointAddressee.id).where(JointAddressee.reply_id == Reply.id).exists(),
        )
        .order_by(col(Reply.round).desc())
    ).first()
    listed = (
        session.exec(
            select(JointAddressee).where(JointAddressee.reply_id == reply.id).order_by(col(JointAddressee.id))
        ).all()
        if reply
        else []
    )
    ids = [row.case_id for row in listed]
    rows = {row.id: row for row in cases_by_id(session, viewer, ids)}
    deliveries = _deliveries(session, reply, ids)
    clocks = deadlines_of(session, list(rows))
    shown = [
        _outcome(row, rows[row.case_id], deliveries.get(row.case_id), clocks[row.case_id])
        for row in listed
        if row.case_id in rows
    ]
    lead = cases_by_id(session, viewer, [lead_id])[0]
    approved = reply is not None and reply.state == ReplyState.APPROVED
    return Outcomes(lead, approved, tuple(shown), len(listed) - len(shown))


def listed_for_review(session: Session, viewer: Viewer, case_id: int) -> list[tuple[CaseRow, str]]:
    """Return whom the submitted reply of a case goes to besides its own citizen, with the words for each."""
    case = get_case(session, viewer, case_id)
    reply = current_reply(session, case)
    if reply is None:
        return []
    listed = session.exec(
        select(JointAddressee)
        .where(
            JointAddressee.reply_id == reply.id,
            JointAddressee.reply_version == reply.version,
            JointAddressee.case_id != case_id,
        )
        .order_by(col(JointAddressee.id))
    ).all()
    rows = {row.id: row for row in cases_by_id(session, viewer, [row.case_id for row in listed])}
    return [(rows[row.case_id], row.text) for row in listed if row.case_id in rows]


def _kin(
    session: Session, viewer: Viewer, lead_id: int, *, page: int, size: int
) -> tuple[tuple[Kin, ...], int, int]:
    """Return one page of a lead's cases that the viewer may see, how many others have, and how many she may see."""
    belongs = (CaseLink.lead_id == lead_id, CaseLink.state != LinkState.DISMISSED)
    joined = select(func.count()).select_from(CaseLink).join(Case, col(Case.id) == CaseLink.case_id)
    total = int(session.scalar(joined.where(*belongs, visible_cases(viewer))) or 0)
    everyone = int(session.scalar(select(func.count()).select_from(CaseLink).where(*belongs)) or 0)
    page = min(max(page, 1), max(1, -(-total // size)))
    links = session.exec(
        select(CaseLink)
        .join(Case, col(Case.id) == CaseLink.case_id)
        .where(*belongs, visible_cases(viewer))
        .order_by(col(CaseLink.state).desc(), col(CaseLink.case_id))
        .offset((page - 1) * size)
        .limit(size)
    ).all()
    rows = {row.id: row for row in cases_by_id(session, viewer, [link.case_id for link in links])}
    found = tuple(
        Kin(
            rows[link.case_id],
            link.state,
            link.relation,
            link.similarity,
            link.is_repeat,
            rows[link.case_id].state in JOINABLE,
        )
        for link in links
    )
    return found, everyone - total, total


def _news(session: Session, case_id: int, link: CaseLink | None) -> tuple[tuple[int, int], ...]:
    if link is None or not link.news:
        return ()
    message = opening_messages(session, [case_id])[case_id]
    return shift_spans([(start, end) for start, end in link.news], message.text, _personal(message))


def _personal(message: Message) -> list[Span]:
    if not message.personal_spans:
        return find_personal(message.text)
    return [Span(start, end, PersonalKind(kind)) for start, end, kind in message.personal_spans]


def _earlier_answer(
    session: Session, viewer: Viewer, case: Case, link: CaseLink | None
) -> EarlierAnswer | None:
    """Return the newest delivered reply of the matter's lead that the viewer may see, while this case is open."""
    if link is None or case.state not in JOINABLE:
        return None
    row = session.exec(
        select(Case, Reply, Delivery)
        .join(Reply, col(Reply.case_id) == Case.id)
        .join(Delivery, col(Delivery.reply_id) == Reply.id)
        .where(Case.id == link.lead_id, Delivery.state == DeliveryState.DELIVERED, visible_cases(viewer))
        .order_by(col(Reply.round).desc())
    ).first()
    if row is None:
        return None
    lead, reply, delivery = row
    text = reply.text.replace(lead.tracking_code, case.tracking_code)
    if lead.author_name and link.relation == Relation.OTHERS:
        text = text.replace(lead.author_name, case.author_name or "网友")
    return EarlierAnswer(
        lead.id or 0, lead.tracking_code, mask_all(text), delivery.delivered_at or delivery.created_at
    )


def _deliveries(session: Session, reply: Reply | None, case_ids: Sequence[int]) -> dict[int, Delivery]:
    if reply is None:
        return {}
    query = (
        select(Delivery)
        .join(Reply, col(Reply.id) == Delivery.reply_id)
        .where(
            col(Delivery.case_id).in_(case_ids),
            (col(Reply.joint_reply_id) == reply.id) | (col(Reply.id) == reply.id),
        )
    )
    return {delivery.case_id: delivery for delivery in session.exec(query).all()}


def _outcome(
    row: JointAddressee, case: CaseRow, delivery: Delivery | None, clocks: Sequence[object]
) -> Outcome:
    in_time = None
    if delivery is not None and delivery.delivered_at is not None:
        due = [c.due_at for c in clocks if c.clock == Clock.resolve]  # type: ignore[attr-defined]
        in_time = all(delivery.delivered_at <= at for at in due)
    return Outcome(
        row=case,
        state=row.state,
        reason=row.reason,
        channel=delivery.channel if delivery else None,
        delivery_id=delivery.id if delivery else None,
        delivery=delivery.state if delivery else None,
        error=delivery.error if delivery else None,
        delivered_at=delivery.delivered_at if delivery else None,
        in_time=in_time,
        text=row.text,
    )
