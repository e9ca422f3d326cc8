"""The editors' own synonyms: groups of words that mean the same to citizens (居住证, 暂住证)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from knowledge_base.base_revision import bump_base_revision
from knowledge_base.engine.normalise import plain
from knowledge_base.errors import InvalidSynonyms, SynonymsNotFound
from knowledge_base.models import SynonymGroup

_PARTING = re.compile(r"[\s,，、;；/|=＝]+")


@dataclass(frozen=True, slots=True)
class SynonymRow:
    """One group of words, as the editors see it."""

    id: int
    words: tuple[str, ...]


def synonym_groups(session: Session) -> list[SynonymRow]:
    """Return the groups in use, oldest first; the shipped ones are not among them."""
    rows = session.execute(
        select(col(SynonymGroup.id), col(SynonymGroup.words))
        .where(col(SynonymGroup.disabled_at).is_(None))
        .order_by(col(SynonymGroup.id))
    )
    return [SynonymRow(ident, tuple(words)) for ident, words in rows]


def add_synonyms(session: Session, words: Sequence[str]) -> SynonymGroup:
    """Keep a group of at least two different words of two to twenty characters. Raises InvalidSynonyms."""
    group = SynonymGroup(words=_checked(words))
    session.add(group)
    bump_base_revision(session)
    session.flush()
    return group


def change_synonyms(session: Session, group_id: int, words: Sequence[str]) -> SynonymGroup:
    """Replace the words of a group. Raises SynonymsNotFound, InvalidSynonyms."""
    group = _group(session, group_id)
    group.words = _checked(words)
    bump_base_revision(session)
    session.flush()
    return group


def remove_synonyms(session: Session, group_id: int, *, now: datetime) -> None:
    """Take a group out of use; it stays on record. Raises SynonymsNotFound."""
    group = _group(session, group_id)
    if group.disabled_at is None:
        group.disabled_at = now
        bump_base_revision(session)
        session.flush()


def restore_synonyms(session: Session, group_id: int) -> None:
    """Put a removed group into use again. Raises SynonymsNotFound."""
    group = _group(session, group_id)
    if group.disabled_at is not None:
        group.disabled_at = None
        bump_base_revision(session)
        session.flush()


def words_in(line: str) -> list[str]:
    """Return the words of a line as an editor types it, parted by spaces, commas, slashes or 、."""
    return [word for word in _PARTING.split(line.strip()) if word]


def _group(session: Session, group_id: int) -> SynonymGroup:
    group = session.get(SynonymGroup, group_id)
    if group is None:
        raise SynonymsNotFound(group_id)
    return group


def _checked(words: Sequence[str]) -> list[str]:
    distinct = list({plain(word): word.strip() for word in words if plain(word)}.values())
    if len(distinct) < 2 or any(not 2 <= len(plain(word)) <= 20 for word in distinct):
        raise InvalidSynonyms(words)
    return distinct
