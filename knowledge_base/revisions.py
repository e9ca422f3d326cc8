"""Two revisions of an article side by side: which fields differ, and where in the text."""

import difflib
from dataclasses import dataclass, fields

from sqlalchemy import select
from sqlmodel import Session, col

from knowledge_base.content import ArticleContent, Basis
from knowledge_base.errors import RevisionNotFound
from knowledge_base.models import ArticleRevision


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text; `changed` runs are only on this side."""

    text: str
    changed: bool


@dataclass(frozen=True, slots=True)
class FieldDifference:
    """A field that differs, as runs of text for the old and the new side."""

    field: str
    old: tuple[Piece, ...]
    new: tuple[Piece, ...]


def revision_content(session: Session, article_id: int, number: int) -> ArticleContent:
    """Return what revision `number` said. Raises RevisionNotFound."""
    plain = session.scalar(
        select(col(ArticleRevision.content)).where(
            col(ArticleRevision.article_id) == article_id, col(ArticleRevision.number) == number
        )
    )
    if plain is None:
        raise RevisionNotFound(article_id, number)
    return ArticleContent.from_json(plain)


def compare_revisions(session: Session, article_id: int, old: int, new: int) -> list[FieldDifference]:
    """Return the fields in which two revisions differ. Raises RevisionNotFound."""
    return compare_contents(
        revision_content(session, article_id, old), revision_content(session, article_id, new)
    )


def compare_contents(old: ArticleContent, new: ArticleContent) -> list[FieldDifference]:
    """Return the fields in which two contents differ, in the order of the form."""
    differences = []
    for field in fields(ArticleContent):
        before, after = getattr(old, field.name), getattr(new, field.name)
        if before != after:
            differences.append(_difference(field.name, _as_text(before), _as_text(after)))
    return differences


def _difference(name: str, before: str, after: str) -> FieldDifference:
    matcher = difflib.SequenceMatcher(a=before, b=after, autojunk=False)
    left: list[Piece] = []
    right: list[Piece] = []
    for kind, start, end, from_, to in matcher.get_opcodes():
        changed = kind != "equal"
        if end > start:
            left.append(Piece(before[start:end], changed))
        if to > from_:
            right.append(Piece(after[from_:to], changed))
    return FieldDifference(name, tuple(left), tuple(right))


def _as_text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, tuple):
        return "\n".join(_as_text(item) for item in value)
    if isinstance(value, Basis):
        parts = (value.title, value.number, value.url, value.expires_on)
        return " · ".join(str(part) for part in parts if part)
    return str(value)
