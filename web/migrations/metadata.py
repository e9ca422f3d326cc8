"""Every table of the five folders in one metadata, for migrations and for the test that compares."""

from importlib import import_module
from importlib.util import find_spec
from typing import Any

from sqlalchemy import MetaData
from sqlmodel import SQLModel

_MODELS = (
    "sla.models",
    "routing.models",
    "routing.roster_models",
    "knowledge_base.models",
    "inbox.models",
    "inbox.ladder_models",
    "inbox.together_models",
    "inbox.group_models",
    "inbox.risk_models",
    "inbox.topic_models",
    "inbox.notice_models",
    "inbox.bulletin_models",
    "web.models",
)
_BY_HAND = ("case_search", "article_search")


def metadata() -> MetaData:
    """Return the metadata with all models imported."""
    for name in _MODELS:
        if find_spec(name):
            import_module(name)
    return SQLModel.metadata


def is_compared(name: str | None, kind: str, _parents: Any) -> bool:
    """Tell Alembic to leave alone what no model describes: the search tables, each database's own."""
    return not (kind == "table" and (name or "").startswith(_BY_HAND))
