"""The editor's search by words: what each change of an article makes findable, on both databases."""

from collections.abc import Callable

import pytest
from sqlalchemy import text
from sqlmodel import Session

from knowledge_base.amendments import add_phrasing
from knowledge_base.answers import public_answers
from knowledge_base.article_search import index_articles, reindex_articles, search_text
from knowledge_base.articles import (
    approve_article,
    create_article,
    restore_revision,
    revise_article,
    submit_article,
)
from knowledge_base.content import ArticleContent, Basis
from knowledge_base.models import Article
from knowledge_base.queries import MOST_COUNTED, ArticleFilter, articles_page
from knowledge_base.search_words import SearchTable, SearchText
from tests.knowledge_base.conftest import ALICE, BOB, CHEN, NOW, TODAY

Publish = Callable[..., Article]


def found(session: Session, words: str, tag: str = "") -> set[str]:
    page = articles_page(session, ArticleFilter(text=words, tag=tag), today=TODAY)
    assert page.total == len(page.rows)
    return {row.key for row in page.rows}


@pytest.mark.parametrize(
    ("words", "keys"),
    [
        ("加装电梯", {"a"}),
        ("電梯", {"a", "b"}),
        ("梯", {"a", "b"}),
        ("梯加", set()),
        ("电梯 补贴", {"b"}),
        ("70岁", {"b"}),
        ("ELEVATOR", {"a"}),
        ("建发", {"a"}),
        ("12号", {"a"}),
        ("？", {"a", "b"}),
        ("梯坏", set()),
        ('" OR "', set()),
        ("* NEAR(", set()),
    ],
)
def test_characters_words_and_phrases_are_found(
    session: Session, published: Publish, words: str, keys: set[str]
) -> None:
    basis = (Basis("加装办法", "建发〔2024〕12号"),)
    published("a", "旧楼怎么加装电梯？", phrasings=("Elevator怎么装",), tags=("电梯。坏了",), basis=basis)
    published("b", "70岁的人坐电梯有补贴吗？")

    assert found(session, words) == keys


def test_words_and_tag_narrow_together(session: Session, published: Publish) -> None:
    published("a", "停水怎么办？", tags=("供水",))
    published("b", "停水停电怎么办？", tags=("供电",))

    assert found(session, "停水", tag="供水") == {"a"}
    assert found(session, "停水") == {"a", "b"}


def test_every_change_is_found_by_its_newest_text(session: Session) -> None:
    article = create_article(
        session, ArticleContent(question="甲事怎么办？", answer="答。"), author_id=CHEN, now=NOW, key="k"
    )
    ident = article.id or 0
    created = found(session, "甲事")
    changed = ArticleContent(question="乙事怎么办？", answer="答。")
    revise_article(session, ident, changed, expected_revision=1, author_id=CHEN, now=NOW)
    revised, old = found(session, "乙事"), found(session, "甲事")
    submit_article(session, ident, expected_revision=2, actor_id=CHEN, now=NOW)
    approve_article(session, ident, expected_revision=2, reviewer_id=BOB, now=NOW)
    add_phrasing(session, ident, "丙事咋弄", author_id=ALICE, now=NOW)
    published = found(session, "丙事 乙事")
    restore_revision(session, ident, 1, expected_revision=3, author_id=CHEN, now=NOW)

    assert (created, revised, old, published) == ({"k"}, {"k"}, set(), {"k"})
    assert found(session, "甲事") == {"k"}


def test_lost_words_are_written_again(session: Session, published: Publish) -> None:
    published("a", "停水怎么办？")
    published("b", "停电怎么办？")
    session.execute(text("DELETE FROM article_search"))
    lost = found(session, "停水")
    steps, after = 0, reindex_articles(session, only_missing=True)
    while after is not None:
        steps, after = steps + 1, reindex_articles(session, after=after, only_missing=True)

    assert lost == set()
    assert steps == 1
    assert found(session, "停") == {"a", "b"}
    assert reindex_articles(session, only_missing=True) is None


def test_a_long_list_is_not_counted_to_its_end(session: Session) -> None:
    _many(session, MOST_COUNTED + 1)

    page = articles_page(session, ArticleFilter(text="问题"), today=TODAY, size=30)
    exact = articles_page(session, today=TODAY, size=30)

    assert (page.total, page.total_is_floor, len(page.rows)) == (MOST_COUNTED, True, 30)
    assert (exact.total, exact.total_is_floor) == (MOST_COUNTED + 1, False)
    assert public_answers(session, today=TODAY, text="问题").total == 0


def test_what_lies_beyond_the_searchable_length_is_not_found(session: Session, published: Publish) -> None:
    article = published("a", "停水怎么办？")
    short = SearchTable("article_search", "article_id", longest=4)
    short.write(session, [SearchText(article.id or 0, "停水怎么办")])

    assert found(session, "怎么") == {"a"}
    assert found(session, "么办") == set()


def _many(session: Session, number: int) -> None:
    rows = [
        Article(key=f"n-{n}", question="问题", answer="答。", created_at=NOW, updated_at=NOW)
        for n in range(number)
    ]
    session.add_all(rows)
    session.flush()
    content = ArticleContent(question="问题", answer="答。")
    index_articles(session, (search_text(row.id or 0, row.key, content) for row in rows))
