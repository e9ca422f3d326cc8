"""Questions that change nothing: what to answer, whom to ask, by when, who am I."""

from datetime import timedelta

from flask import Response

from inbox.accounts import get_account
from knowledge_base.versus import versus
from routing.decision import RoutingFacts, decide
from routing.departments import all_departments
from routing.whereabouts import areas_of
from sla.errors import LimitTooLong
from web.api import told
from web.api.routes import KNOWING, answer, api, gives
from web.api.schemas.knowing import (
    DeadlineAnswer,
    DeadlineQuestion,
    Departments,
    Me,
    Question,
    RoutingDecision,
    RoutingQuestion,
    Suggestion,
    Suggestions,
    VersusAnswer,
    VersusQuestion,
)
from web.context import calendar, current_session, now, services, the_officer, today
from web.guards import reads_only, with_token

LONGEST_EXPLAINED = timedelta(days=800)
"""Nobody reads more days than that one by one."""


@api.post("/suggest", tags=[KNOWING], responses=gives(Suggestions))
@with_token()
@reads_only
def suggest_answers(body: Question) -> Response:
    """Find the standard answers that fit a text, with the reasons; an empty list means that none does."""
    engine = services().knowledge.engine(current_session(), now=now())
    found = engine.suggest(
        body.text,
        title=body.title,
        region=_areas(body),
        limit=body.limit,
        today=today(),
        meaning=services().knowledge.meaning(current_session()),
    )
    return answer(
        Suggestions(
            suggestions=[
                Suggestion(
                    article_id=each.article_id,
                    confidence=each.confidence,
                    question=each.question,
                    matched_phrasing=each.matched_phrasing,
                    terms=list(each.terms),
                    phrasing_terms=list(each.phrasing_terms),
                    reasons=told.reasons(each.reasons),
                )
                for each in found
            ]
        )
    )


@api.post("/suggest/compare", tags=[KNOWING], responses=gives(VersusAnswer, 409))
@with_token()
@reads_only
def compare_answers(body: VersusQuestion) -> Response:
    """Say why one standard answer goes before another for a text: what was weighed, and what tips the balance."""
    session, (one, other) = current_session(), body.articles
    found = versus(
        services().knowledge.engine(session, now=now()),
        body.text,
        (one, other),
        title=body.title,
        region=_areas(body),
        today=today(),
        meaning=services().knowledge.meaning(session),
    )
    return answer(told.versus(found))


@api.post("/route", tags=[KNOWING], responses=gives(RoutingDecision, 404))
@with_token()
@reads_only
def route_message(body: RoutingQuestion) -> Response:
    """Say which department a message would go to, how sure that is and why."""
    session = current_session()
    facts = RoutingFacts(
        text=body.text,
        title=body.title,
        account=body.account,
        account_department=get_account(session, body.account).department_id if body.account else None,
        region=body.region,
        kind=body.kind.value if body.kind else None,
    )
    return answer(told.decision(decide(services().knowledge.catalogue(session, now=now()), facts)))


@api.post("/deadlines/explain", tags=[KNOWING], responses=gives(DeadlineAnswer))
@with_token()
@reads_only
def explain_deadline(body: DeadlineQuestion) -> Response:
    """Say when a limit ends, with every day on the way: counted or skipped, and why."""
    days, unit, more = calendar(), body.department, body.extensions
    if (
        days.due(body.start_at, body.limit, extensions=more, department=unit) - body.start_at
        > LONGEST_EXPLAINED
    ):
        raise LimitTooLong(body.start_at, body.limit)
    return answer(told.explanation(days.explain(body.start_at, body.limit, extensions=more, department=unit)))


@api.get("/departments", tags=[KNOWING], responses=gives(Departments))
@with_token()
def list_departments() -> Response:
    """List the departments and towns that answer messages."""
    return answer(Departments.model_validate({"departments": all_departments(current_session())}))


@api.get("/me", tags=[KNOWING], responses=gives(Me))
@with_token()
def show_me() -> Response:
    """Say whom the token belongs to, and what they may do."""
    officer = the_officer()
    return answer(
        Me(
            id=officer.id,
            login=officer.login,
            name=officer.name,
            department_id=officer.department_id,
            roles=sorted(officer.roles),
            locale=officer.locale,
        )
    )


def _areas(body: Question | VersusQuestion) -> tuple[str, ...] | None:
    """Return where the citizen is from: what the text names, and the area that was given."""
    catalogue = services().knowledge.catalogue(current_session(), now=now())
    return areas_of(catalogue, f"{body.title or ''}\n{body.text}", body.region) or None
