"""Topics over time: computed by duties, kept, compared with the usual level; a surge is told at once.

This week is the last seven days; the usual level is the mean of the seven weeks before. More than chance explains
is what a Poisson count with that mean exceeds once in forty weeks.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, insert, update
from sqlmodel import Session, col, select

from inbox.access import Viewer, require, visible_cases
from inbox.case_lists import CaseRow, cases_by_id
from inbox.errors import CaseNotFound
from inbox.group_models import CaseLink, LinkState
from inbox.groups import JOINABLE
from inbox.models import Case, Message
from inbox.notices import notify
from inbox.similar import opening_messages
from inbox.topic_models import TopicCase, TopicDigest, TopicRecord
from inbox.topics import TopicMessage, find_topics
from routing.models import Officer, Role
from sla.calendar import SHANGHAI

WEEKS = 8
SURGE_SIZE = 10
SURGE_WINDOW = timedelta(hours=72)
QUIET_AFTER_SURGE = timedelta(days=7)
MOST_MESSAGES = 4000
MOST_RECENT = 1200
KEPT = 60
SAME_TOPIC = 0.3
"""A topic is the one of last time when this share of the smaller's cases is in both."""

CHANCE = 0.025
SUPERVISORS = (Role.SUPERVISOR, Role.ADMINISTRATOR, Role.DISPATCHER)
_DAY = timedelta(days=1)
_PLACE = re.compile(
    r"[A-Z]?\d{0,2}[\u4e00-\u9fff]{2,6}?(?:社区|小区|街道|工业园|广场|学校|小学|中学|医院|市场|大道|花园|公园|新城|村|镇|乡|路|街|苑|区|县)"
)


@dataclass(frozen=True, slots=True)
class TopicView:
    """A topic as a supervisor reads it; `grows` means more than chance explains."""

    id: int
    label: str
    place: str | None
    size: int
    weeks: tuple[int, ...]
    this_week: int
    usual: float
    most_usual: int
    first_at: datetime
    last_at: datetime
    surge_at: datetime | None

    @property
    def grows(self) -> bool:
        """Tell whether this week has more than chance explains."""
        return self.this_week > self.most_usual


@dataclass(frozen=True, slots=True)
class TopicPage:
    """One topic with the cases that the viewer may see."""

    topic: TopicView
    rows: tuple[CaseRow, ...]
    hidden: int
    lead_id: int | None


@dataclass(frozen=True, slots=True)
class _Group:
    label: str
    place: str | None
    case_ids: list[int]
    score: float


def refresh_topics(session: Session, *, now: datetime) -> int:
    """Compute the topics of the last eight weeks anew and store them; return how many there are."""
    cases = _cases_since(session, now - timedelta(weeks=WEEKS), limit=MOST_MESSAGES)
    groups = _groups(session, cases, limit=KEPT)
    received = {case.id or 0: case.received_at for case in cases}
    session.execute(update(TopicRecord).values(rank=None).execution_options(synchronize_session=False))
    taken: set[int] = set()
    for rank, group in enumerate(groups, 1):
        record = _record_of(session, group, taken, now=now)
        _fill(record, group, [received[i] for i in group.case_ids], now=now)
        record.rank = rank
        session.add(record)
        session.flush()
        taken.add(record.id or 0)
        _set_members(session, record, group.case_ids)
    session.flush()
    return len(groups)


def tell_surges(session: Session, *, now: datetime) -> int:
    """Tell supervisors of every matter that ten people wrote about within three days; return how many are new.

    Each is told once a week. Near duplicates count by their links, so that even a flood of one text is seen.
    """
    cases = _cases_since(session, now - SURGE_WINDOW, limit=MOST_RECENT)
    if len(cases) < SURGE_SIZE:
        return 0
    received = {case.id or 0: case.received_at for case in cases}
    groups = [g for g in _groups(session, cases, limit=KEPT) if len(g.case_ids) >= SURGE_SIZE]
    groups += _linked_groups(session, cases)
    told: set[int] = set()
    taken: set[int] = set()
    for group in sorted(groups, key=lambda g: -len(g.case_ids)):
        if len(told & set(group.case_ids)) >= SAME_TOPIC * len(group.case_ids):
            continue
        told |= set(group.case_ids)
        record = _record_of(session, group, taken, now=now)
        if record.surge_at is not None and record.surge_at > now - QUIET_AFTER_SURGE:
            continue
        if record.id is None:
            _fill(record, group, [received[i] for i in group.case_ids], now=now)
            session.add(record)
            session.flush()
            _set_members(session, record, group.case_ids)
        taken.add(record.id or 0)
        record.surge_at = now
        params = {"word": record.label, "count": len(group.case_ids), "topic_id": record.id}
        ids = _officers(session, SUPERVISORS)
        notify(session, ids, "surge", now=now, case_id=group.case_ids[0], params=params)
    session.flush()
    return len(taken)


def newest_case(session: Session) -> int:
    """Return the number of the newest case, by which a duty knows whether anything came in."""
    return int(session.scalar(select(func.max(Case.id))) or 0)


def list_topics(
    session: Session, viewer: Viewer, *, growing: bool = False, place: str = ""
) -> list[TopicView]:
    """Return the topics of now, surges first, then the hottest."""
    require(viewer, "topics", *SUPERVISORS)
    query = select(TopicRecord).where(
        col(TopicRecord.rank).is_not(None) | col(TopicRecord.surge_at).is_not(None)
    )
    found = [_view(record) for record in session.exec(query.order_by(col(TopicRecord.rank))).all()]
    if growing:
        found = [topic for topic in found if topic.grows or topic.surge_at]
    if place:
        found = [topic for topic in found if topic.place == place]
    return sorted(found, key=lambda topic: topic.surge_at is None)


def places_of(topics: Iterable[TopicView]) -> list[tuple[str, int, int]]:
    """Return the places people write about: name, topics, messages; the busiest first."""
    counts: Counter[str] = Counter()
    messages: Counter[str] = Counter()
    for topic in topics:
        if topic.place:
            counts[topic.place] += 1
            messages[topic.place] += topic.size
    return [(place, counts[place], number) for place, number in messages.most_common()]


def topic_page(session: Session, viewer: Viewer, topic_id: int) -> TopicPage:
    """Return one topic with its cases; raise CaseNotFound."""
    require(viewer, "topics", *SUPERVISORS)
    record = session.get(TopicRecord, topic_id)
    if record is None:
        raise CaseNotFound(topic_id)
    ids = session.exec(
        select(TopicCase.case_id).where(TopicCase.topic_id == topic_id).order_by(col(TopicCase.position))
    ).all()
    rows = tuple(cases_by_id(session, viewer, ids))
    leads = [row.id for row in rows if row.lead_id is None and row.state in JOINABLE]
    oldest = min(leads, default=None)
    return TopicPage(_view(record), rows, len(ids) - len(rows), oldest)


def case_ids_of_topics(session: Session, viewer: Viewer, topic_ids: Sequence[int]) -> dict[int, list[int]]:
    """Return the cases of each topic that the viewer may see, the most typical first."""
    require(viewer, "topics", *SUPERVISORS)
    query = (
        select(TopicCase.topic_id, TopicCase.case_id)
        .join(Case, col(Case.id) == TopicCase.case_id)
        .where(col(TopicCase.topic_id).in_(topic_ids), visible_cases(viewer))
        .order_by(col(TopicCase.position))
    )
    found: dict[int, list[int]] = {topic_id: [] for topic_id in topic_ids}
    for topic_id, case_id in session.exec(query).all():
        found[topic_id].append(case_id)
    return found


def make_digest(session: Session, *, now: datetime) -> bool:
    """Keep what the week that has ended was about, once, and tell supervisors; False when it is there already."""
    today = now.astimezone(SHANGHAI).date()
    week_from = today - timedelta(days=today.weekday() + 7)
    if session.exec(select(TopicDigest.id).where(TopicDigest.week_from == week_from)).first() is not None:
        return False
    begin = datetime.combine(week_from, datetime.min.time(), SHANGHAI)
    counted = (col(Case.received_at) >= begin, col(Case.received_at) < begin + 7 * _DAY)
    records = session.exec(
        select(TopicRecord).where(col(TopicRecord.rank).is_not(None)).order_by(col(TopicRecord.rank))
    ).all()
    topics = [_digest_row(session, record, counted) for record in records]
    topics = sorted((t for t in topics if t["week"]), key=lambda t: -int(t["week"]))[:20]
    total = int(session.scalar(select(func.count()).select_from(Case).where(*counted)) or 0)
    digest = TopicDigest(week_from=week_from, content={"total": total, "topics": topics}, made_at=now)
    session.add(digest)
    session.flush()
    params = {"word": week_from.isoformat(), "count": len(topics)}
    notify(session, _officers(session, (Role.SUPERVISOR,)), "digest", now=now, params=params)
    return True


def list_digests(session: Session, viewer: Viewer) -> list[TopicDigest]:
    """Return the digests, newest first."""
    require(viewer, "topics", *SUPERVISORS)
    return list(session.exec(select(TopicDigest).order_by(col(TopicDigest.week_from).desc()).limit(60)).all())


def get_digest(session: Session, viewer: Viewer, digest_id: int) -> TopicDigest:
    """Return one digest; raise CaseNotFound."""
    require(viewer, "topics", *SUPERVISORS)
    digest = session.get(TopicDigest, digest_id)
    if digest is None:
        raise CaseNotFound(digest_id)
    return digest


def week_after(digest: TopicDigest) -> date:
    """Return the last day of the digest's week."""
    return digest.week_from + timedelta(days=6)


def most_usual(mean: float) -> int:
    """Return the largest count that a Poisson number with this mean exceeds no more than once in forty."""
    reached = chance = math.exp(-mean)
    count = 0
    while 1 - reached > CHANCE:
        count += 1
        chance *= mean / count
        reached += chance
    return count


def _cases_since(session: Session, since: datetime, *, limit: int) -> Sequence[Case]:
    query = select(Case).where(col(Case.received_at) >= since, col(Case.spam).is_(False))
    return session.exec(query.order_by(col(Case.received_at).desc(), col(Case.id).desc()).limit(limit)).all()


def _groups(session: Session, cases: Sequence[Case], *, limit: int) -> list[_Group]:
    messages: dict[int, Message] = {}
    for start in range(0, len(cases), 500):
        messages |= opening_messages(session, [case.id or 0 for case in cases[start : start + 500]])
    texts = {case_id: f"{message.title or ''}\n{message.text[:600]}" for case_id, message in messages.items()}
    titles = {case.id or 0: case.title for case in cases}
    listed = [TopicMessage(str(i), m.title or titles[i], m.text) for i, m in sorted(messages.items())]
    found = find_topics(listed, limit=limit)
    return [
        _Group(topic.label, _place([texts[i] for i in ids]), ids, topic.score)
        for topic in found
        if (ids := [int(key) for key in topic.keys])
    ]


def _linked_groups(session: Session, cases: Sequence[Case]) -> list[_Group]:
    """Return what ten or more recent messages repeat nearly word for word."""
    recent = {case.id or 0: case for case in cases}
    members: dict[int, list[int]] = {}
    for start in range(0, len(cases), 500):
        ids = [case.id for case in cases[start : start + 500]]
        rows = session.exec(
            select(CaseLink.lead_id, CaseLink.case_id).where(
                col(CaseLink.case_id).in_(ids), col(CaseLink.state) != LinkState.DISMISSED
            )
        ).all()
        for lead_id, case_id in rows:
            members.setdefault(lead_id, [lead_id] if lead_id in recent else []).append(case_id)
    return [
        _Group(
            recent[ids[0]].title, _place([recent[i].title + recent[i].excerpt for i in ids]), ids, len(ids)
        )
        for ids in members.values()
        if len(ids) >= SURGE_SIZE
    ]


def _place(texts: Sequence[str]) -> str | None:
    """Return the place that at least a third of the messages name: of those as common, the longest."""
    named: Counter[str] = Counter()
    for text in texts:
        named.update(set(_PLACE.findall(text)))
    common = [
        (count, len(place), place) for place, count in named.items() if count * 3 >= len(texts) and count > 1
    ]
    return max(common)[2] if common else None


def _record_of(session: Session, group: _Group, taken: set[int], *, now: datetime) -> TopicRecord:
    """Return the topic of last time that most of these cases were in, or a new one."""
    shared: Counter[int] = Counter()
    for start in range(0, len(group.case_ids), 500):
        ids = group.case_ids[start : start + 500]
        shared.update(session.exec(select(TopicCase.topic_id).where(col(TopicCase.case_id).in_(ids))).all())
    for topic_id, count in shared.most_common():
        record = session.get_one(TopicRecord, topic_id)
        if topic_id not in taken and count >= SAME_TOPIC * min(record.size, len(group.case_ids)):
            return record
    return TopicRecord(
        label=group.label[:80],
        size=0,
        this_week=0,
        usual=0,
        most_usual=0,
        score=0,
        first_at=now,
        last_at=now,
        updated_at=now,
    )


def _fill(record: TopicRecord, group: _Group, received: Sequence[datetime], *, now: datetime) -> None:
    weeks = [0] * WEEKS
    for at in received:
        age = int((now - at) / timedelta(weeks=1))
        if 0 <= age < WEEKS:
            weeks[WEEKS - 1 - age] += 1
    record.label, record.place, record.size = group.label[:80], group.place, len(group.case_ids)
    record.weeks, record.this_week = weeks, weeks[-1]
    record.usual = round(sum(weeks[:-1]) / (WEEKS - 1), 2)
    record.most_usual = most_usual(record.usual)
    record.score = group.score
    record.first_at, record.last_at, record.updated_at = min(received), max(received), now


def _set_members(session: Session, record: TopicRecord, case_ids: Sequence[int]) -> None:
    session.execute(delete(TopicCase).where(col(TopicCase.topic_id) == record.id))
    session.execute(
        insert(TopicCase),
        [{"topic_id": record.id, "case_id": i, "position": n} for n, i in enumerate(case_ids)],
    )


def _view(record: TopicRecord) -> TopicView:
    return TopicView(
        id=record.id or 0,
        label=record.label,
        place=record.place,
        size=record.size,
        weeks=tuple(record.weeks),
        this_week=record.this_week,
        usual=record.usual,
        most_usual=record.most_usual,
        first_at=record.first_at,
        last_at=record.last_at,
        surge_at=record.surge_at,
    )


def _digest_row(session: Session, record: TopicRecord, counted: tuple[Any, ...]) -> dict[str, Any]:
    week = session.scalar(
        select(func.count())
        .select_from(TopicCase)
        .join(Case, col(Case.id) == TopicCase.case_id)
        .where(TopicCase.topic_id == record.id, *counted)
    )
    return {
        "topic_id": record.id,
        "label": record.label,
        "place": record.place,
        "week": int(week or 0),
        "size": record.size,
        "usual": record.usual,
        "most_usual": record.most_usual,
    }


def _officers(session: Session, roles: Sequence[Role]) -> list[int]:
    wanted = {role.value for role in roles}
    rows = session.exec(select(Officer.id, Officer.roles).where(col(Officer.disabled_at).is_(None))).all()
    return [officer_id or 0 for officer_id, held in rows if wanted & set(held)]
