"""Where the two databases differ: the one place that asks which of them is in use."""

from sqlmodel import Session


def is_postgresql(session: Session) -> bool:
    """Tell whether the session talks to PostgreSQL; otherwise it is SQLite."""
    return session.get_bind().dialect.name == "postgresql"
