"""Topics of articles: a small tree that editors keep."""

import re
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlmodel import Session, col

from knowledge_base.errors import DuplicateKey, InvalidTopic, TopicCycle, TopicInUse, TopicNotFound
from knowledge_base.models import Article, ArticleStatus, Topic

MOST_NAME = 100
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True)
class TopicRow:
    """A topic in tree order; `depth` 0 is a root, counts include the topics below."""

    id: int
    code: str
    name: str
    name_en: str
    parent_code: str | None
    depth: int
    articles: int
    published: int
    is_retired: bool = False


def create_topic(
    session: Session, *, code: str, name: str, name_en: str = "", parent_code: str | None = None
) -> Topic:
    """Add a topic below `parent_code`, or a root. Raises DuplicateKey, TopicNotFound, InvalidTopic."""
    if not _CODE.fullmatch(code):
        raise InvalidTopic("code")
    if session.scalar(select(col(Topic.id)).where(col(Topic.code) == code)) is not None:
        raise DuplicateKey(code)
    name = _name(name)
    parent_id = topic_id(session, parent_code)
    count = session.scalar(select(func.count()).select_from(Topic)) or 0
    topic = Topic(code=code, name=name, name_en=name_en, parent_id=parent_id, position=count)
    session.add(topic)
    session.flush()
    return topic


def change_topic(
    session: Session, code: str, *, name: str, name_en: str = "", parent_code: str | None = None
) -> Topic:
    """Rename a topic or move it below another one, or to the top.

    Raises TopicNotFound, InvalidTopic, TopicCycle when the new place lies below the topic itself.
    """
    topic = _topic(session, code)
    if parent_code and topic_id(session, parent_code) in topic_ids_below(session, code):
        raise TopicCycle(code, parent_code)
    topic.name, topic.name_en = _name(name), name_en.strip()[:MOST_NAME]
    topic.parent_id = topic_id(session, parent_code)
    session.flush()
    return topic


def retire_topic(session: Session, code: str, *, now: datetime) -> None:
    """Take a topic off every choice; its drafts and retired articles keep it.

    Raises TopicInUse while published articles or topics in use stand in it.
    """
    topic = _topic(session, code)
    published = _article_counts(session).get(topic.id or 0, (0, 0))[1]
    below = select(func.count()).where(col(Topic.parent_id) == topic.id, col(Topic.retired_at).is_(None))
    held = published + (session.scalar(below) or 0)
    if held:
        raise TopicInUse(code, held)
    topic.retired_at = topic.retired_at or now
    session.flush()


def restore_topic(session: Session, code: str) -> None:
    """Put a retired topic back into use. Raises TopicNotFound."""
    _topic(session, code).retired_at = None
    session.flush()


def _topic(session: Session, code: str) -> Topic:
    topic = session.scalars(select(Topic).where(col(Topic.code) == code)).one_or_none()
    if topic is None:
        raise TopicNotFound(code)
    return topic


def _name(name: str) -> str:
    name = name.replace("\x00", "").strip()
    if not name or len(name) > MOST_NAME:
        raise InvalidTopic("name")
    return name


def topic_id(session: Session, code: str | None) -> int | None:
    """Return the id of the topic with this code, None for None. Raises TopicNotFound."""
    if code is None:
        return None
    found = session.scalar(select(col(Topic.id)).where(col(Topic.code) == code))
    if found is None:
        raise TopicNotFound(code)
    return found


def topics_of_articles(session: Session, article_ids: Collection[int]) -> dict[int, str]:
    """Return the codes of the topics of articles; one without a topic is left out."""
    query = (
        select(col(Article.id), col(Topic.code))
        .join(Topic, col(Topic.id) == col(Article.topic_id))
        .where(col(Article.id).in_(article_ids))
    )
    return {row[0]: row[1] for row in session.execute(query)}


def topic_tree(session: Session, *, with_retired: bool = False) -> list[TopicRow]:
    """Return the topics in use, parents before children, with how many articles stand below each."""
    topics = [
        topic
        for topic in session.scalars(select(Topic).order_by(col(Topic.position), col(Topic.id)))
        if with_retired or topic.retired_at is None
    ]
    counts = _article_counts(session)
    children: dict[int | None, list[Topic]] = defaultdict(list)
    for topic in topics:
        children[topic.parent_id].append(topic)
    rows: list[TopicRow] = []

    def visit(topic: Topic, parent: Topic | None, depth: int) -> tuple[int, int]:
        place = len(rows)
        rows.append(TopicRow(0, "", "", "", None, 0, 0, 0))
        total, live = counts.get(topic.id or 0, (0, 0))
        for child in children[topic.id]:
            below, live_below = visit(child, topic, depth + 1)
            total, live = total + below, live + live_below
        parent_code = parent.code if parent else None
        rows[place] = TopicRow(
            topic.id or 0,
            topic.code,
            topic.name,
            topic.name_en,
            parent_code,
            depth,
            total,
            live,
            topic.retired_at is not None,
        )
        return total, live

    for root in children[None]:
        visit(root, None, 0)
    return rows


def topic_ids_below(session: Session, code: str) -> list[int]:
    """Return the id of a topic and of all topics below it. Raises TopicNotFound."""
    top = topic_id(session, code)
    parents = dict(session.execute(select(col(Topic.id), col(Topic.parent_id))).all())
    found = {top}
    grown = True
    while grown:
        below = {child for child, parent in parents.items() if parent in found} - found
        found |= below
        grown = bool(below)
    return [ident for ident in found if ident is not None]


def _article_counts(session: Session) -> dict[int, tuple[int, int]]:
    rows = session.execute(
        select(
            col(Article.topic_id),
            func.count(),
            func.count().filter(col(Article.status) == ArticleStatus.PUBLISHED),
        ).group_by(col(Article.topic_id))
    )
    return {topic: (total, live) for topic, total, live in rows if topic is not None}
