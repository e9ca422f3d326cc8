"""Puts what the domain's queries return into the shapes of the API, with the sentences beside the codes."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from inbox import models
from inbox.access import Viewer
from inbox.case_lists import CasePage
from inbox.case_view import CandidateView, CaseView, SuggestionView
from inbox.events import EventView
from inbox.imports import ImportOutcome, ImportView
from knowledge_base.article_view import ArticleView
from knowledge_base.queries import ArticleRow, Page
from knowledge_base.versus import Versus
from routing.decision import Decision
from sla.explanation import Explanation
from sla.views import DeadlineView
from web.api.schemas import articles, cases, knowing, operations
from web.api.schemas.base import Reason
from web.case_page import actions_of
from web.case_words import event_line
from web.deadline_words import day_words
from web.sentences import reason_sentence
from web.versus_words import balance_sentence


def case_list(found: CasePage) -> cases.CaseList:
    """Tell one page of a list."""
    return cases.CaseList(
        cases=[cases.CaseRow.model_validate(row) for row in found.rows],
        page=found.page,
        pages=found.pages,
        page_size=found.page_size,
        total=found.total,
        total_is_floor=found.total_is_floor,
    )


def case(view: CaseView, who: Viewer, *, now: datetime) -> cases.Case:
    """Tell a case whole, and what the viewer may do with it."""
    told = {name: getattr(view, name) for name in _AS_THEY_ARE}
    told |= {
        "case": view.row,
        "suggestions": [_case_suggestion(each) for each in view.suggestions],
        "candidates": [_candidate(each) for each in view.candidates],
        "deadlines": [deadline(each, now=now) for each in view.deadlines],
        "events": [event(each) for each in view.events],
        "actions": {name.rstrip("_"): may for name, may in asdict(actions_of(view, who)).items()},
    }
    return cases.Case.model_validate(told)


_AS_THEY_ARE = (
    *("version", "display", "account_code", "account_name", "revealed", "messages", "replies"),
    *("routed_automatically", "notes", "failures", "earlier"),
)


def change(case: models.Case) -> cases.CaseChange:
    """Tell where a case stands now."""
    return cases.CaseChange.model_validate(case)


def deadline(view: DeadlineView, *, now: datetime) -> cases.Deadline:
    """Tell one clock."""
    return cases.Deadline.model_validate({**asdict(view), "state": view.state(now)})


def event(view: EventView) -> cases.Event:
    """Tell one entry of the audit trail."""
    return cases.Event.model_validate({**asdict(view), "text": event_line(view).title})


def reasons(found: Iterable[Any]) -> list[Reason]:
    """Tell reasons of any folder, or their stored form, in words too."""
    return [_reason(each) for each in found]


def decision(made: Decision) -> knowing.RoutingDecision:
    """Tell where a message would go."""
    return knowing.RoutingDecision(
        department_id=made.department_id,
        confidence=made.confidence,
        automatic=made.automatic,
        candidates=[
            knowing.RoutingCandidate(
                department_id=each.department_id,
                code=each.code,
                confidence=each.confidence,
                reasons=reasons(each.reasons),
            )
            for each in made.candidates
        ],
    )


def versus(found: Versus) -> knowing.VersusAnswer:
    """Tell why one answer goes before another."""
    return knowing.VersusAnswer.model_validate(
        {
            "first": asdict(found.first),
            "second": asdict(found.second),
            "tips": [{**asdict(tip), "strength": tip.strength} for tip in found.tips],
            "decided_by": found.decided_by,
            "sentence": balance_sentence(found),
            "asked": found.asked,
        }
    )


def explanation(told: Explanation) -> knowing.DeadlineAnswer:
    """Tell a deadline day by day."""
    days = [
        knowing.DeadlineDay(
            date=day.date,
            counted=day.counted,
            code=day.reason.code,
            params=day.reason.params,
            text=day_words(day),
            openings=list(day.openings),
            seconds=day.seconds,
            provisional=day.provisional,
        )
        for day in told.days
    ]
    return knowing.DeadlineAnswer(
        start_at=told.start_at,
        limit=str(told.limit),
        due_at=told.due,
        provisional=told.provisional,
        counted_days=told.counted_days,
        days=days,
    )


def article_page(page: Page[ArticleRow]) -> articles.ArticlePage:
    """Tell one page of a list of articles."""
    rows = [articles.ArticleRow.model_validate(row) for row in page.rows]
    return articles.ArticlePage(
        articles=rows,
        page=page.number,
        pages=page.pages,
        total=page.total,
        total_is_floor=page.total_is_floor,
    )


def article(view: ArticleView) -> articles.Article:
    """Tell an article whole."""
    names = [name for name in articles.Article.model_fields if name != "article"]
    told = {name: getattr(view, name) for name in names}
    return articles.Article.model_validate({**told, "article": view.row})


def import_(view: ImportView, outcome: ImportOutcome) -> operations.Import:
    """Tell how far an import is; the rows' own words stay out."""
    names = [name for name in operations.Import.model_fields if name not in ("outcome", "row_errors")]
    told = {name: getattr(view, name) for name in names}
    errors = [{name: error[name] for name in ("line", "reason", "params")} for error in view.row_errors]
    return operations.Import.model_validate({**told, "row_errors": errors, "outcome": outcome})


def _reason(found: Any) -> Reason:
    stored = isinstance(found, Mapping)
    code, params = (found["code"], found.get("params", {})) if stored else (found.code, found.params)
    return Reason(code=code, params=params, text=reason_sentence(found))


def _case_suggestion(view: SuggestionView) -> cases.CaseSuggestion:
    told = {name: getattr(view, name, None) for name in cases.CaseSuggestion.model_fields}
    told |= {"question": view.answer.question, "basis": view.answer.basis, "reasons": reasons(view.reasons)}
    return cases.CaseSuggestion.model_validate(told)


def _candidate(view: CandidateView) -> cases.Candidate:
    return cases.Candidate.model_validate({**asdict(view), "reasons": reasons(view.reasons)})
