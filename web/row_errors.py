"""Why a row of a file cannot be taken, in the reader's words."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

ROW_ERRORS: Mapping[str, Any] = {
    "empty": _l("there is no text"),
    "too_long": _l("the text has %(length)s characters; at most %(limit)s are taken"),
    "no_id": _l("the identifier is longer than 190 characters"),
    "bad_date": _l("“%(value)s” is not a date and time"),
    "impossible_date": _l("the date %(date)s cannot be right"),
}

_OTHER = _l("it was refused (%(reason)s)")


def row_error(reason: str, params: Mapping[str, Any]) -> str:
    """Say what is wrong with a row; the line number stands beside it."""
    return row_sentence(reason) % {"reason": reason, **params}


def row_sentence(reason: str) -> str:
    """Return the sentence about a reason with its gaps open, for who fills and translates it elsewhere."""
    return str(ROW_ERRORS.get(reason, _OTHER))
