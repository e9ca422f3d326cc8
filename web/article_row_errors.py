"""Why a row of a file of standard answers cannot be taken, in the reader's words."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

from web.article_names import FIELD_NAMES

ROW_ERRORS: Mapping[str, Any] = {
    "no_column": _l("no column holds “%(field)s”; the columns are %(columns)s"),
    "bad_day": _l("%(field)s: “%(value)s” is not a date"),
    "unknown_authority": _l(
        "“%(value)s” is no level of authority: national, province, city, county or department"
    ),
    "unknown_owner": _l("there is no department “%(value)s”"),
    "unknown_region": _l("there is no town “%(value)s”"),
    "key_too_long": _l("the key is longer than 100 characters"),
    "repeated": _l("it repeats line %(line)s"),
    "topic_cycle": _l("the topic stands below itself: %(chain)s"),
    "change_waiting": _l("the answer %(key)s has a change of a colleague's that waits; settle that first"),
    "moved_on": _l("the answer was changed while the file was taken in; read the file in again"),
    "field": _l("%(field)s: %(problem)s"),
}

_OTHER = _l("it was refused (%(reason)s)")

PROBLEMS: Mapping[str, Any] = {
    r"is empty": _l("there is no text"),
    r"is longer than (\d+) characters": _l("longer than %(number)s characters"),
    r"is before valid_from": _l("lies before the first day"),
    r"is not an http or https link": _l("not a link that begins with http"),
    r"at most (\d+).*": _l("more than %(number)s, or one of them too long"),
    r".*longer than (\d+) characters": _l("longer than %(number)s characters"),
    r"is not in the future": _l("does not lie ahead"),
}
"""What `knowledge_base.content` finds wrong with a field."""


def article_row_error(reason: str, params: Mapping[str, Any], say: Callable[[object], str] = str) -> str:
    """Say what is wrong with a row; the line number stands beside it.

    `say` puts a sentence into words: by itself into the language of the page.
    """
    shown = {"reason": reason, **params}
    if "field" in shown:
        shown["field"] = say(FIELD_NAMES.get(shown["field"], shown["field"]))
    if "problem" in shown:
        shown["problem"] = field_problem(shown["problem"], say)
    return say(ROW_ERRORS.get(reason, _OTHER)) % shown


def article_file_error(reason: str, params: Mapping[str, Any]) -> str:
    """Say why a whole file cannot be taken."""
    why = article_row_error(reason, params)
    return str(_l("The file cannot be read in: %(why)s. Nothing was taken in; correct the file.")) % {
        "why": why
    }


def field_problem(problem: str, say: Callable[[object], str] = str) -> str:
    """Say what is wrong with a field of an article."""
    for pattern, words in PROBLEMS.items():
        found = re.fullmatch(pattern, problem)
        if found:
            return say(words) % {"number": found[1]} if found.groups() else say(words)
    return problem
