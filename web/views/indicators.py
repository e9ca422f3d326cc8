"""The twelve indicators of a period, with their formulas, for every department, and the cases behind each number."""

from urllib.parse import urlencode

from flask import Blueprint, Response, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from inbox.case_lists import cases_by_id
from inbox.channels.workbook import write_workbook
from inbox.indicators.counting import LIST_LIMIT, Figure, Part, Result, cases_behind, indicators
from inbox.indicators.definitions import Code
from inbox.indicators.stock import ages
from web.context import current_session, now, viewer
from web.downloads import send_csv, send_workbook
from web.guards import roles
from web.i18n import format_number, format_percent
from web.indicator_words import EXCLUSIONS, EXTRAS, STOCK_STEPS, WORDS, IndicatorWords
from web.names import department_name
from web.periods import Span, chosen_span, span_choices
from web.views.board import SEES_FIGURES, tabs

blueprint = Blueprint("indicators", __name__, url_prefix="/indicators")


@blueprint.get("")
@roles(*SEES_FIGURES)
def index() -> ResponseReturnValue:
    """Show the indicators of the chosen period, each with its formula, n and exclusions."""
    span = chosen_span()
    found = indicators(current_session(), viewer(), span.period, now=now())
    return render_template(
        "indicators/index.html",
        tabs=tabs("indicators.index"),
        span=span,
        choices=span_choices(),
        results=[Line(result, span) for result in found],
        stock=list(zip(STOCK_STEPS, ages(current_session(), viewer(), span.period, now=now()), strict=True)),
    )


@blueprint.get("/<code>")
@roles(*SEES_FIGURES)
def show(code: str) -> ResponseReturnValue:
    """Show one indicator: its formula, every department's part of it, and the cases behind a number."""
    chosen, span = _code(code), chosen_span()
    part, unit = _part(), request.args.get("department", type=int)
    found = indicators(current_session(), viewer(), span.period, now=now())
    line = next(Line(result, span) for result in found if result.code == chosen)
    ids = (
        cases_behind(current_session(), viewer(), chosen, part, span.period, now=now(), department_id=unit)
        if part
        else []
    )
    return render_template(
        "indicators/show.html",
        tabs=tabs("indicators.index"),
        span=span,
        choices=span_choices(),
        line=line,
        part=part,
        unit=department_name(unit) if unit else None,
        rows=cases_by_id(current_session(), viewer(), list(dict.fromkeys(ids))) if part else None,
        cut_off=len(ids) >= LIST_LIMIT,
    )


@blueprint.get("/indicators.xlsx")
@roles(*SEES_FIGURES)
def workbook() -> Response:
    """Send every indicator of the period, for all and for each department, as a workbook of text."""
    span = chosen_span()
    content = write_workbook(_("Indicators"), columns(), rows_of(span))
    return send_workbook(content, _("indicators %(span)s", span=span.label))


@blueprint.get("/indicators.csv")
@roles(*SEES_FIGURES)
def table() -> Response:
    """Send the same as CSV."""
    span = chosen_span()
    return send_csv(columns(), rows_of(span), _("indicators %(span)s", span=span.label))


def columns() -> list[str]:
    """Return the heads of the indicators' table."""
    return [
        _("No."),
        _("Indicator"),
        _("Department"),
        _("Met"),
        _("Counted"),
        _("Rate"),
        _("Left out"),
        _("Formula"),
        _("Version"),
    ]


def rows_of(span: Span) -> list[list[str]]:
    """Return every indicator of a period as lines of text: for all, then for each department."""
    found = indicators(current_session(), viewer(), span.period, now=now())
    return [row for result in found for row in _rows(Line(result, span))]


class Line:
    """One indicator as the page shows it: figures, words and addresses."""

    def __init__(self, result: Result, span: Span) -> None:
        self.result = result
        self.code = result.code
        self.number = result.number
        self.version = result.version
        self.figure: Figure = result.total
        self.words: IndicatorWords = WORDS[result.code]
        self._span = span

    @property
    def url(self) -> str:
        """Return the address of the indicator's own page."""
        return url_for("indicators.show", code=self.code.value) + "?" + urlencode(self._span.query)

    @property
    def departments(self) -> list[tuple[int | None, str, Figure]]:
        """Return each department's part, by name: it is no ranking."""
        figures = self.result.departments
        named = [
            (key, department_name(key) if key is not None else _("no department yet"), figures[key])
            for key in figures
        ]
        return sorted(named, key=lambda entry: (entry[0] is None, entry[1]))

    def part_url(self, part: str, department_id: int | None = None) -> str:
        """Return the address of the cases behind a number."""
        more = {"part": part} | ({"department": str(department_id)} if department_id else {})
        return f"{self.url}&{urlencode(more)}#cases"

    def shown(self, figure: Figure) -> str:
        """Write the rate, or for the stock the number."""
        if self.code == Code.STOCK:
            return format_number(figure.met)
        return "–" if figure.share is None else format_percent(figure.share, 1)

    def left_out(self, figure: Figure) -> list[str]:
        """Say what was left out and how many there were."""
        return [f"{EXCLUSIONS[reason]} {number}" for reason, number in figure.excluded.items() if number]

    def beside(self, figure: Figure) -> list[str]:
        """Say the further numbers."""
        return [f"{EXTRAS[extra]} {number}" for extra, number in figure.extras.items()]


def _rows(line: Line) -> list[list[str]]:
    units = [(_("all"), line.figure), *((name, figure) for _key, name, figure in line.departments)]
    return [
        [
            str(line.number),
            str(line.words.name),
            unit,
            str(figure.met),
            str(figure.counted),
            line.shown(figure),
            "；".join(line.left_out(figure)),
            str(line.words.formula),
            str(line.version),
        ]
        for unit, figure in units
    ]


def _code(value: str) -> Code:
    if value not in [code.value for code in Code]:
        abort(404)
    return Code(value)


def _part() -> Part | None:
    value = request.args.get("part")
    return Part(value) if value in [part.value for part in Part] else None
