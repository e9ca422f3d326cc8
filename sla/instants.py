"""Instants: always aware and in UTC inside the program, plain UTC in every database."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import DateTime
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator


class Instant(TypeDecorator[datetime]):
    """Store an aware datetime as UTC and read it back aware.

    SQLite has no time zones and PostgreSQL answers in the session's zone; with this type both give back the
    same instant. Raises ValueError for a datetime without a time zone: a naive time is a guess.
    """

    impl = DateTime(timezone=False)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn an aware datetime into naive UTC for the driver."""
        if value is None:
            return None
        if value.tzinfo is None:
            msg = f"an instant needs a time zone: {value!r}"
            raise ValueError(msg)
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Make what the driver read aware again."""
        return None if value is None else value.replace(tzinfo=UTC)
