"""A small cast and ready-made articles for the knowledge base."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from sqlmodel import Session

from knowledge_base.articles import install_article
from knowledge_base.content import ArticleContent
from knowledge_base.models import Article

ALICE, BOB, CHEN, DAI = 1, 2, 3, 4
NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
TODAY = date(2026, 11, 20)


@pytest.fixture
def published(session: Session) -> Callable[..., Article]:
    """Return a function that puts a published article in the base."""

    def publish(key: str, question: str, **more: object) -> Article:
        content = ArticleContent(question=question, answer="请到县行政服务中心办理。", **more)  # type: ignore[arg-type]
        return install_article(session, content, key=key, author_id=CHEN, reviewer_id=BOB, now=NOW)

    return publish
