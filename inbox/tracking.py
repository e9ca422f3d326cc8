"""Tracking codes: what a citizen needs, and all a citizen needs, to see what became of a message."""

import re
import secrets

ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Thirty characters without those people confuse when they copy by hand (0/O, 1/I/L, U/V)."""

_GROUP = 5
_SEPARATORS = re.compile(r"[\s\-–—_]+")


def new_tracking_code() -> str:
    """Return a fresh code such as ``7K3M9-2QFHT``: 30¹⁰ possibilities, so guessing one is hopeless."""
    letters = "".join(secrets.choice(ALPHABET) for _ in range(2 * _GROUP))
    return f"{letters[:_GROUP]}-{letters[_GROUP:]}"


def tidy_tracking_code(typed: str) -> str:
    """Return the code a citizen meant: capitals, one dash, whatever spaces and dashes were typed."""
    letters = _SEPARATORS.sub("", typed).upper()
    return f"{letters[:_GROUP]}-{letters[_GROUP:]}"
