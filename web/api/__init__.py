"""The JSON API: what officers do on pages, for programs, under /api/v1 (docs/api.md)."""

from web.api import (
    article_files,
    articles,
    calibration,
    cases,
    citizens,
    document,
    editing,
    figures,
    handling,
    knowing,
    notices,
    operations,
    replies,
    routing,
    supervision,
    synonyms,
    together,
)
from web.api.routes import api as blueprint

__all__ = [
    "article_files",
    "articles",
    "blueprint",
    "calibration",
    "cases",
    "citizens",
    "document",
    "editing",
    "figures",
    "handling",
    "knowing",
    "notices",
    "operations",
    "replies",
    "routing",
    "supervision",
    "synonyms",
    "together",
]
