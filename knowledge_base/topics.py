"""Topics of articles: a small tree that editors keep."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlmodel import Session, col

from knowledge_base.errors import DuplicateKey, TopicNotFound
from knowledge_base.models import Article, ArticleStatus, Topic


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


def create_topic(
    session: Session, *, code: str, name: str, name_en: str = "", parent_code: str | None = None
) -> Topic:
    """Add a topic below `parent_code`, or a root. Raises DuplicateKey, TopicNotFound."""
    if session.scalar(select(col(Topic.id)).where(col(Topic.code) == code)) is not None:
        raise DuplicateKey(code)
    parent_id = topic_id(session, parent_code)
    count = session.scalar(select(func.count()).select_from(Topic)) or 0
    topic = Topic(code=code, name=name, name_en=name_en, parent_id=parent_id, position=count)
    session.add(topic)
    session.flush()
    return topic


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


def topic_tree(session: Session) -> list[TopicRow]:
    """Return all topics, parents before children, with how many articles stand below each."""
    topics = session.scalars(select(Topic).order_by(col(Topic.position), col(Topic.id))).all()
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
            topic.id or 0, topic.code, topic.name, topic.name_en, parent_code, depth, total, live
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
