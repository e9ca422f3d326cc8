"""One way to store an enumeration: its short value as a string, alike on every database."""

from enum import StrEnum

import sqlalchemy as sa


def stored(kind: type[StrEnum], length: int = 16) -> sa.Enum:
    """Return a column type that stores the members' values as plain strings of at most `length`."""
    return sa.Enum(
        kind, native_enum=False, length=length, values_callable=lambda members: [m.value for m in members]
    )
