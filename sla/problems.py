"""What can be wrong with a notice, office hours or a policy: a code with its values, and English for logs."""

from collections.abc import Mapping
from typing import Any

LONGEST_VALUE = 60

PROBLEMS: Mapping[str, str] = {
    "not_a_day": "%(entry)s is not a day",
    "no_such_date_or_kind": "%(on)s is not a date, or %(kind)s is not a kind of day",
    "day_twice": "%(on)s appears twice",
    "day_of_another_year": "%(on)s does not belong to %(year)s",
    "no_weekend_day": "%(on)s is no weekend day, so it cannot be a make-up working day",
    "not_a_notice": "it is not an object with year, number, issued_on and days",
    "not_a_year": "%(year)s is not a year",
    "number_missing": "the number of the document is missing",
    "issue_date_wrong": "%(on)s is not the date of the document",
    "no_days": "it names no days",
    "not_json": "it is not JSON (%(error)s)",
    "empty": "it is empty",
    "not_a_time": "%(text)s is not a time of day such as 08:30",
    "no_period": "office hours need at least one period",
    "periods_overlap": "office hours must follow one another, each opening before its closing",
    "not_a_season_day": "%(text)s is not a day of the year such as 05-01",
    "half_a_season": "a season needs a first and a last day",
    "hours_end_early": "office hours cannot end before they begin",
    "no_hours_for_everyone": "office hours for everyone and all year are needed, so that no day is left without",
    "no_limit_for": "it sets no limit for %(clock)s",
    "code_twice": "the code %(code)s appears twice",
    "no_condition": "%(code)s has no condition, so it matches nothing",
    "always_hidden": "%(code)s matches nothing, because %(other)s always goes first",
    "not_a_table": "it is not a policy table (%(error)s)",
    "unknown_field": "there is nothing called %(name)s",
    "limits_no_table": "limits are a table of clocks",
    "cases_without_policy": "some cases would have no policy",
    "limit_unusable": "%(where)s: the limit %(text)s cannot be used: %(why)s",
    "limit_not_text": "it is not text",
    "limit_form": "write a number and wd, wh, wmin, d, mo, h or min, for example 5wd",
    "limit_zero": "it must be at least 1",
    "limit_too_much": "more than %(most)s cannot be counted",
    "not_a_condition": "%(code)s: %(entry)s is not a condition",
    "not_words": "%(code)s: %(key)s must be a list of words",
    "empty_list": "%(code)s: %(key)s is empty, so it matches nothing",
    "condition_value": "%(code)s: departments_at_least or answered_by_kb cannot be used",
    "no_such_clock": "%(code)s: there is no clock %(name)s",
    "no_limit": "%(code)s: it sets no limit",
    "not_steps_of_clocks": "%(code)s: %(entry)s are not steps of clocks",
    "not_steps": "%(code)s: %(entry)s are not steps",
    "not_percentages": "%(code)s: warnings are percentages between 1 and 99, not %(warn)s",
    "not_named_steps": "%(code)s: %(entry)s is not a list of named steps",
    "no_code": "%(entry)s has no code",
    "not_a_rank": "%(code)s: the rank %(rank)s is not a whole number",
}
"""Every problem by its code, in English; `web.problems` has it in the reader's language."""


class Problem(str):
    """A problem in English that still knows its code and values, so that a page can say it in Chinese."""

    __slots__ = ("code", "params")
    code: str
    params: dict[str, str]


def problem(code: str, /, **params: Any) -> Problem:
    """Name a problem; values that somebody typed are cut to what fits a sentence, one may be a problem itself."""
    said = {name: _short(value) for name, value in params.items()}
    found = Problem(PROBLEMS[code] % said)
    found.code, found.params = code, said
    return found


def _short(value: Any) -> str:
    if isinstance(value, Problem):
        return value
    text = str(value)
    return text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 1] + "…"
