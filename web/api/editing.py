"""The lists that editors work off, and what they decide about them."""

from flask import Response

from knowledge_base.amendments import confirm_article
from knowledge_base.article_rows import article_by_id
from knowledge_base.attention import attention_page
from knowledge_base.conflicts import (
    conflict_by_id,
    conflicts_page,
    merge_articles,
    reopen_conflict,
    tell_apart,
)
from knowledge_base.demand import demand_group, demand_page, join_demand, part_demand, settle_demand
from knowledge_base.models import DemandState
from routing.models import Role
from web.api.routes import ARTICLES, answer, api, gives, nothing
from web.api.schemas.articles import ArticleChange, ArticlePath
from web.api.schemas.editing import (
    Attention,
    AttentionPage,
    AttentionQuery,
    Confirmation,
    Conflict,
    ConflictDecision,
    ConflictPage,
    ConflictPath,
    ConflictQuery,
    Demand,
    DemandDecision,
    DemandJoining,
    DemandPage,
    DemandPath,
    DemandQuery,
)
from web.context import current_session, now, the_officer, today
from web.guards import with_token


@api.post("/articles/<int:article_id>/confirm", tags=[ARTICLES], responses=gives(ArticleChange, 404, 409))
@with_token(Role.EDITOR)
def confirm(path: ArticlePath, body: Confirmation) -> Response:
    """Say that a published article is still right, and when it is to be looked at again."""
    article = confirm_article(
        current_session(),
        path.article_id,
        review_by=body.review_by,
        officer_id=the_officer().id,
        today=today(),
        now=now(),
    )
    return answer(ArticleChange.model_validate(article))


@api.get("/conflicts", tags=[ARTICLES], responses=gives(ConflictPage))
@with_token(Role.EDITOR)
def list_conflicts(query: ConflictQuery) -> Response:
    """List the pairs of published articles that seem to answer one question."""
    page = conflicts_page(current_session(), state=query.state, number=query.page, size=query.size)
    rows = [Conflict.model_validate(row) for row in page.rows]
    return answer(ConflictPage(conflicts=rows, page=page.number, pages=page.pages, total=page.total))


@api.post("/conflicts/<int:conflict_id>/decide", tags=[ARTICLES], responses=gives(Conflict, 404, 409))
@with_token(Role.EDITOR)
def decide_conflict(path: ConflictPath, body: ConflictDecision) -> Response:
    """Merge the two, or say that they answer different questions."""
    session, officer_id = current_session(), the_officer().id
    if body.keep is None:
        tell_apart(session, path.conflict_id, officer_id=officer_id, now=now())
    else:
        merge_articles(session, path.conflict_id, body.keep, officer_id=officer_id, now=now())
    return answer(Conflict.model_validate(conflict_by_id(session, path.conflict_id)))


@api.post("/conflicts/<int:conflict_id>/reopen", tags=[ARTICLES], responses=gives(Conflict, 404, 409))
@with_token(Role.EDITOR)
def reopen(path: ConflictPath) -> Response:
    """Take a decision back: two articles that were merged are two again."""
    session = current_session()
    reopen_conflict(session, path.conflict_id, officer_id=the_officer().id, now=now())
    return answer(Conflict.model_validate(conflict_by_id(session, path.conflict_id)))


@api.get("/demand", tags=[ARTICLES], responses=gives(DemandPage))
@with_token(Role.EDITOR)
def list_demand(query: DemandQuery) -> Response:
    """List what citizens asked and nobody could answer, grouped by likeness."""
    page = demand_page(
        current_session(),
        now=now(),
        state=query.state,
        order=query.order,
        number=query.page,
        size=query.size,
    )
    rows = [Demand.model_validate(row) for row in page.rows]
    return answer(DemandPage(groups=rows, page=page.number, pages=page.pages, total=page.total))


@api.post("/demand/<int:group_id>/decide", tags=[ARTICLES], responses=gives(None, 404, 409, status=204))
@with_token(Role.EDITOR)
def decide_demand(path: DemandPath, body: DemandDecision) -> Response:
    """Say which article answers a group of questions, or that they need none."""
    demand_group(current_session(), path.group_id, now=now())
    if body.article_id:
        article_by_id(current_session(), body.article_id)
    settle_demand(
        current_session(),
        path.group_id,
        DemandState.ARTICLE if body.article_id else DemandState.DISMISSED,
        officer_id=the_officer().id,
        now=now(),
        article_id=body.article_id,
    )
    return nothing()


@api.post("/demand/join", tags=[ARTICLES], responses=gives(Demand, 404, 409))
@with_token(Role.EDITOR)
def join_groups(body: DemandJoining) -> Response:
    """Put groups together that ask the same; what is asked like any of them later belongs to it too."""
    session = current_session()
    return answer(Demand.model_validate(demand_group(session, join_demand(session, body.groups), now=now())))


@api.post("/demand/<int:group_id>/part", tags=[ARTICLES], responses=gives(None, 404, 409, status=204))
@with_token(Role.EDITOR)
def part_group(path: DemandPath) -> Response:
    """Take a group apart that was put together."""
    part_demand(current_session(), path.group_id)
    return nothing()


@api.get("/attention", tags=[ARTICLES], responses=gives(AttentionPage))
@with_token(Role.EDITOR, Role.SUPERVISOR)
def list_attention(query: AttentionQuery) -> Response:
    """List what became of each article: offered, used, edited, rejected, judged by citizens."""
    page = attention_page(
        current_session(),
        today=today(),
        order=query.order,
        owner_code=query.owner_code,
        number=query.page,
        size=query.size,
    )
    rows = [Attention.model_validate(row) for row in page.rows]
    return answer(AttentionPage(articles=rows, page=page.number, pages=page.pages, total=page.total))
