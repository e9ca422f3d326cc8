"""The problems of notices, office hours and policies in the reader's language."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

from sla.problems import Problem
from web.sentences import fill

PROBLEMS: Mapping[str, Any] = {
    "not_a_day": _l("%(entry)s is not a day"),
    "no_such_date_or_kind": _l("%(on)s is not a date, or %(kind)s is not a kind of day"),
    "day_twice": _l("%(on)s appears twice"),
    "day_of_another_year": _l("%(on)s does not belong to %(year)s"),
    "no_weekend_day": _l("%(on)s is no weekend day, so it cannot be a make-up working day"),
    "not_a_notice": _l("it is not an object with year, number, issued_on and days"),
    "not_a_year": _l("%(year)s is not a year"),
    "number_missing": _l("the number of the document is missing"),
    "issue_date_wrong": _l("%(on)s is not the date of the document"),
    "no_days": _l("it names no days"),
    "not_json": _l("it is not JSON (%(error)s)"),
    "empty": _l("it is empty"),
    "not_a_time": _l("%(text)s is not a time of day such as 08:30"),
    "no_period": _l("office hours need at least one period"),
    "periods_overlap": _l("office hours must follow one another, each opening before its closing"),
    "not_a_season_day": _l("%(text)s is not a day of the year such as 05-01"),
    "half_a_season": _l("a season needs a first and a last day"),
    "hours_end_early": _l("office hours cannot end before they begin"),
    "no_hours_for_everyone": _l(
        "office hours for everyone and all year are needed, so that no day is left without"
    ),
    "no_limit_for": _l("it sets no limit for %(clock)s"),
    "code_twice": _l("the code %(code)s appears twice"),
    "no_condition": _l("%(code)s has no condition, so it matches nothing"),
    "always_hidden": _l("%(code)s matches nothing, because %(other)s always goes first"),
    "not_a_table": _l("it is not a policy table (%(error)s)"),
    "unknown_field": _l("there is nothing called %(name)s"),
    "limits_no_table": _l("limits are a table of clocks"),
    "cases_without_policy": _l("some cases would have no policy"),
    "limit_unusable": _l("%(where)s: the limit %(text)s cannot be used: %(why)s"),
    "limit_not_text": _l("it is not text"),
    "limit_form": _l("write a number and wd, wh, wmin, d, mo, h or min, for example 5wd"),
    "limit_zero": _l("it must be at least 1"),
    "limit_too_much": _l("more than %(most)s cannot be counted"),
    "not_a_condition": _l("%(code)s: %(entry)s is not a condition"),
    "not_words": _l("%(code)s: %(key)s must be a list of words"),
    "empty_list": _l("%(code)s: %(key)s is empty, so it matches nothing"),
    "condition_value": _l("%(code)s: departments_at_least or answered_by_kb cannot be used"),
    "no_such_clock": _l("%(code)s: there is no clock %(name)s"),
    "no_limit": _l("%(code)s: it sets no limit"),
    "not_steps_of_clocks": _l("%(code)s: %(entry)s are not steps of clocks"),
    "not_steps": _l("%(code)s: %(entry)s are not steps"),
    "not_percentages": _l("%(code)s: warnings are percentages between 1 and 99, not %(warn)s"),
    "not_named_steps": _l("%(code)s: %(entry)s is not a list of named steps"),
    "no_code": _l("%(entry)s has no code"),
    "not_a_rank": _l("%(code)s: the rank %(rank)s is not a whole number"),
}
"""The sentences of `sla.problems`; tests/web/test_problems.py fails when the two differ."""


def problem_words(found: str) -> str:
    """Say a problem in the reader's language; one without a code is shown as it is."""
    if not isinstance(found, Problem):
        return found
    said = {name: problem_words(value) for name, value in found.params.items()}
    return fill(PROBLEMS[found.code], said)
