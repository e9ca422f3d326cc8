"""The board's figures as charts, each with a sentence that says what can be seen."""

from collections.abc import Callable, Sequence

from flask_babel import gettext as _
from flask_babel import ngettext, pgettext

from inbox.board import Board, Load
from inbox.case_lists import View
from inbox.flow import REPLY_STEPS, DayFlow, Limits, OnTime, ReplyTimes, control_limits
from inbox.forecast import Forecast
from inbox.kinds import Kind
from web.charts import Chart, ChartKind, Series
from web.i18n import format_percent, format_span, local
from web.names import department_name
from web.words import word

ListUrl = Callable[..., str]
MOST_ROWS = 16


def flow_chart(days: Sequence[DayFlow], list_url: ListUrl) -> Chart:
    """Draw what arrived and what was answered, day by day."""
    arrived, answered = sum(day.arrived for day in days), sum(day.answered for day in days)
    difference = arrived - answered
    summary = _("%(arrived)s arrived, %(answered)s were answered.", arrived=arrived, answered=answered)
    if difference > 0:
        summary += " " + _("%(count)s more came in than went out.", count=difference)
    return Chart(
        ChartKind.LINES,
        _("Day"),
        [local(day.span[0]).strftime("%m-%d") for day in days],
        [
            Series(
                _("Arrived"),
                [day.arrived for day in days],
                urls=[list_url(View.ALL, received=day.span) for day in days],
            ),
            Series(
                pgettext("figures", "Answered"),
                [day.answered for day in days],
                "done",
                urls=[list_url(View.ALL, replied=day.span) for day in days],
            ),
        ],
        summary,
    )


def reply_time_chart(times: ReplyTimes) -> Chart:
    """Draw how long first replies took, as a distribution."""
    labels = [_("within %(span)s", span=format_span(step)) for step in REPLY_STEPS]
    labels += [_("longer"), _("no reply yet")]
    if times.median is None:
        summary = _("No first reply fell due.")
    else:
        summary = _(
            "Half of %(count)s first replies came within %(span)s, nights and holidays included.",
            count=times.answered,
            span=format_span(times.median),
        )
    return Chart(
        ChartKind.BARS,
        _("Waiting time"),
        labels,
        [Series(_("Cases"), [*times.counts, times.waiting])],
        summary,
    )


def on_time_chart(rates: Sequence[OnTime]) -> Chart:
    """Draw the on-time rate week by week between its control limits."""
    mean, limits = control_limits(rates)
    outside = [rate for rate, limit in zip(rates, limits, strict=True) if is_outside(rate, limit)]
    return Chart(
        ChartKind.CONTROL,
        _("Week from"),
        [local(rate.span[0]).strftime("%m-%d") for rate in rates],
        [
            Series(_("Resolved on time"), [_rounded(rate.share) for rate in rates]),
            Series(_("Mean"), [_rounded(mean) if rate.due else None for rate in rates], "plain", "dotted"),
            Series(
                _("Lower limit"),
                [_rounded(limit.lower) if limit else None for limit in limits],
                "late",
                "dashed",
            ),
            Series(
                _("Upper limit"),
                [_rounded(limit.upper) if limit else None for limit in limits],
                "note",
                "dashed",
            ),
        ],
        _on_time_words(rates, mean, outside),
        is_share=True,
    )


def is_outside(rate: OnTime, limit: Limits | None) -> bool:
    """Tell whether more than chance is at work in a week."""
    return limit is not None and rate.share is not None and not limit.lower <= rate.share <= limit.upper


def age_chart(ages: Sequence[Load], list_url: ListUrl) -> Chart:
    """Draw open work by its age, what is overdue of it apart."""
    late = [load.overdue for load in ages]
    rest = [load.open - load.overdue for load in ages]
    old = sum(load.open for load in ages[-2:])
    summary = (
        ngettext(
            "%(num)s open case is 60 days old or more.", "%(num)s open cases are 60 days old or more.", old
        )
        if old
        else _("Nothing open is 60 days old.")
    )
    return Chart(
        ChartKind.STACKED,
        _("Age"),
        [word(load.key) for load in ages],
        [
            Series(_("Overdue"), late, "late", urls=[list_url(View.OVERDUE, age=load.key) for load in ages]),
            Series(_("Open, not overdue"), rest),
        ],
        summary,
    )


def heat_chart(board: Board, list_url: ListUrl) -> Chart:
    """Draw which department has how much open work of which kind; the busiest departments first."""
    units = sorted(
        (load for load in board.departments if load.key is not None), key=lambda load: (-load.open, load.name)
    )[:MOST_ROWS]
    counts = {(cell.department_id, cell.kind): cell.open for cell in board.cells}
    kinds = [kind for kind in Kind if any(counts.get((unit.key, kind)) for unit in units)]
    return Chart(
        ChartKind.HEAT,
        _("Department"),
        [word(kind) for kind in kinds],
        [
            Series(
                department_name(unit.key),
                [counts.get((unit.key, kind), 0) for kind in kinds],
                urls=[list_url(View.OPEN, department_id=unit.key, kind=kind) for kind in kinds],
            )
            for unit in units
        ],
        _heat_words(board, len(units)),
    )


def forecast_chart(found: Forecast) -> Chart:
    """Draw which departments will not reach what falls due in the days ahead."""
    units = [one for one in found.departments if sum(one.due)][:MOST_ROWS]
    late = sum(one.will_be_late for one in found.departments)
    due = sum(sum(one.due) for one in found.departments)
    summary = _("%(due)s cases fall due in the next three working days.", due=due)
    if late:
        words = _("At the present pace %(late)s of them will be overdue.", late=late)
    else:
        words = _("At the present pace all of them will be done in time.")
    return Chart(
        ChartKind.STACKED if len(units) < 6 else ChartKind.ACROSS,
        _("Department"),
        [department_name(one.department_id) for one in units],
        [
            Series(_("Will be overdue"), [one.will_be_late for one in units], "late"),
            Series(_("Will be done in time"), [sum(one.due) - one.will_be_late for one in units], "done"),
        ],
        f"{summary} {words}",
    )


def _heat_words(board: Board, shown: int) -> str:
    units = sum(load.key is not None for load in board.departments)
    if units > shown:
        return str(
            _("The %(shown)s busiest of %(units)s departments with open cases.", shown=shown, units=units)
        )
    return str(ngettext("%(num)s department has open cases.", "%(num)s departments have open cases.", units))


def _on_time_words(rates: Sequence[OnTime], mean: float, outside: Sequence[OnTime]) -> str:
    due, share = sum(rate.due for rate in rates), format_percent(mean, 1)
    if not due:
        return str(_("Nothing fell due in these weeks."))
    words = [_("%(share)s of %(count)s cases due were resolved on time.", share=share, count=due)]
    if outside:
        weeks = "、".join(local(rate.span[0]).strftime("%m-%d") for rate in outside)
        words.append(_("Outside the limits, so worth asking why: the weeks from %(weeks)s.", weeks=weeks))
    else:
        words.append(_("No week lies outside the limits: the ups and downs are chance."))
    return " ".join(map(str, words))


def _rounded(share: float | None) -> float | None:
    return None if share is None else round(share, 4)
