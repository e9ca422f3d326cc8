"""The indicators for programs."""

from dataclasses import asdict

from flask import Response
from flask_babel import gettext as _

from inbox.indicators.counting import Figure, Result, indicators
from inbox.spans import SpanKind, span_of
from web.api.routes import FIGURES, answer, api, gives, gives_file
from web.api.schemas.figures import IndicatorQuery, Indicators
from web.context import current_session, now, today, viewer
from web.downloads import send_csv
from web.guards import with_token
from web.indicator_words import WORDS
from web.periods import Span
from web.views.board import SEES_FIGURES
from web.views.indicators import columns, rows_of


@api.get("/indicators", tags=[FIGURES], responses=gives(Indicators))
@with_token(*SEES_FIGURES)
def show_indicators(query: IndicatorQuery) -> Response:
    """Show the twelve indicators of a period: everything, or your department, as you may see."""
    span = _span(query)
    found = indicators(current_session(), viewer(), span.period, now=now())
    told = {"first_day": span.first, "last_day": span.last, "indicators": [_indicator(one) for one in found]}
    return answer(Indicators.model_validate(told))


@api.get("/indicators.csv", tags=[FIGURES], responses=gives_file("text/csv"))
@with_token(*SEES_FIGURES)
def send_indicators(query: IndicatorQuery) -> Response:
    """Send the indicators of a period as CSV, for all and for each department, in the officer's language."""
    span = _span(query)
    name = _("indicators %(span)s", span=f"{span.first.isoformat()} {span.last.isoformat()}")
    return send_csv(columns(), rows_of(span), name)


def _span(query: IndicatorQuery) -> Span:
    first, last = span_of(SpanKind.MONTH, query.first_day or query.last_day or today())
    return Span(query.first_day or first, query.last_day or last, "")


def _indicator(result: Result) -> dict[str, object]:
    return {
        "number": result.number,
        "code": result.code,
        "formula": WORDS[result.code].formula,
        "version": result.version,
        "total": _figure(result.total),
        "departments": [
            {"department_id": key, **_figure(figure)} for key, figure in result.departments.items()
        ],
    }


def _figure(figure: Figure) -> dict[str, object]:
    return {**asdict(figure), "share": figure.share}
