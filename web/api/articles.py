"""Standard answers: read by every officer, written and reviewed by editors, never by the same one."""

from flask import Response

from knowledge_base import articles
from knowledge_base.article_view import article_view
from knowledge_base.content import ArticleContent, Basis
from knowledge_base.queries import ArticleFilter, articles_page
from routing.models import Role
from web.api import told
from web.api.routes import ARTICLES, answer, api, gives
from web.api.schemas.articles import (
    Article,
    ArticleChange,
    ArticlePage,
    ArticlePath,
    ArticleQuery,
    GivenContent,
    GivenRevision,
    Retirement,
    RevisionRead,
    RevisionSentBack,
)
from web.context import current_session, now, the_officer, today
from web.guards import with_token

CHANGED = gives(ArticleChange, 404, 409)


@api.get("/articles", tags=[ARTICLES], responses=gives(ArticlePage, 404))
@with_token()
def list_articles(query: ArticleQuery) -> Response:
    """List articles by where they stand, with search and filters."""
    criteria = ArticleFilter(
        **query.model_dump(
            include={"work_list", "text", "topic_code", "owner_code", "region", "authority", "tag"}
        )
    )
    page = articles_page(
        current_session(),
        criteria,
        today=today(),
        number=query.page,
        size=query.size,
        order=query.order,
    )
    return answer(told.article_page(page))


@api.get("/articles/<int:article_id>", tags=[ARTICLES], responses=gives(Article, 404))
@with_token()
def show_article(path: ArticlePath) -> Response:
    """Show an article: what is in force, what waits, and its history."""
    return answer(told.article(article_view(current_session(), path.article_id, today=today())))


@api.post("/articles", tags=[ARTICLES], responses=gives(ArticleChange, 404, status=201))
@with_token(Role.EDITOR)
def create_article(body: GivenContent) -> Response:
    """Save a new draft."""
    article = articles.create_article(
        current_session(), _content(body), author_id=the_officer().id, now=now()
    )
    return answer(ArticleChange.model_validate(article), 201)


@api.put("/articles/<int:article_id>", tags=[ARTICLES], responses=CHANGED)
@with_token(Role.EDITOR)
def revise_article(path: ArticlePath, body: GivenRevision) -> Response:
    """Save a new revision; what is published stays in force until somebody else approves it."""
    article = articles.revise_article(
        current_session(),
        path.article_id,
        _content(body),
        expected_revision=body.revision,
        author_id=the_officer().id,
        now=now(),
    )
    return answer(ArticleChange.model_validate(article))


@api.post("/articles/<int:article_id>/submit", tags=[ARTICLES], responses=CHANGED)
@with_token(Role.EDITOR)
def submit_article(path: ArticlePath, body: RevisionRead) -> Response:
    """Hand the newest revision to review."""
    article = articles.submit_article(
        current_session(),
        path.article_id,
        expected_revision=body.revision,
        actor_id=the_officer().id,
        now=now(),
    )
    return answer(ArticleChange.model_validate(article))


@api.post("/articles/<int:article_id>/approve", tags=[ARTICLES], responses=CHANGED)
@with_token(Role.EDITOR)
def approve_article(path: ArticlePath, body: RevisionRead) -> Response:
    """Publish the revision that was read; 403 for who wrote a part of it."""
    article = articles.approve_article(
        current_session(),
        path.article_id,
        expected_revision=body.revision,
        reviewer_id=the_officer().id,
        now=now(),
    )
    return answer(ArticleChange.model_validate(article))


@api.post("/articles/<int:article_id>/send-back", tags=[ARTICLES], responses=CHANGED)
@with_token(Role.EDITOR)
def send_article_back(path: ArticlePath, body: RevisionSentBack) -> Response:
    """Return the revision in review to its author with a reason."""
    article = articles.send_back_article(
        current_session(),
        path.article_id,
        expected_revision=body.revision,
        reviewer_id=the_officer().id,
        comment=body.comment,
        now=now(),
    )
    return answer(ArticleChange.model_validate(article))


@api.post("/articles/<int:article_id>/retire", tags=[ARTICLES], responses=CHANGED)
@with_token(Role.EDITOR)
def retire_article(path: ArticlePath, body: Retirement) -> Response:
    """Take an article out of use at once; twice changes nothing."""
    article = articles.retire_article(
        current_session(), path.article_id, actor_id=the_officer().id, now=now(), reason=body.reason
    )
    return answer(ArticleChange.model_validate(article))


def _content(body: GivenContent) -> ArticleContent:
    plain = {name: getattr(body, name) for name in GivenContent.model_fields}
    plain |= {
        "phrasings": tuple(body.phrasings),
        "tags": tuple(body.tags),
        "basis": tuple(Basis(**each.model_dump()) for each in body.basis),
    }
    return ArticleContent(**plain)
