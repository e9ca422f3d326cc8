"""The vectors of published texts: worked out in portions after publishing, read at triage.

A portion is one transaction, begun when its vectors are there. A worker killed in the middle loses that portion alone,
and the next run does it again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice

import numpy as np
from sqlalchemy import insert, select
from sqlmodel import Session, col

from knowledge_base.base_revision import base_revision
from knowledge_base.engine.meaning import Meaning, SentenceModel, Vector, beginning, digest_of
from knowledge_base.models import SentenceProgress, SentenceVector
from knowledge_base.published import published_entries

PORTION = 64
_KEPT_AS = np.float16
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class MissingTexts:
    """Beginnings of texts without a vector, by digest; `is_rest` tells that there are no others at this revision."""

    revision: int
    texts: dict[str, str]
    is_rest: bool


def meaning_in(session: Session, model: SentenceModel | None) -> Meaning | None:
    """Return what lets a sentence model have its say over the vectors in this database; None without a model."""
    return Meaning(model, partial(stored_vectors, session, model.name)) if model else None


def stored_vectors(session: Session, model_name: str, digests: Sequence[str]) -> Mapping[str, Vector]:
    """Return the vectors of these texts, by digest, as far as they have been worked out."""
    found: dict[str, Vector] = {}
    for start in range(0, len(digests), _AT_ONCE):
        some = digests[start : start + _AT_ONCE]
        rows = session.execute(
            select(col(SentenceVector.digest), col(SentenceVector.vector)).where(
                col(SentenceVector.model) == model_name, col(SentenceVector.digest).in_(some)
            )
        )
        found |= {digest: np.frombuffer(kept, _KEPT_AS).astype(np.float32) for digest, kept in rows}
    return found


def is_embedding_due(session: Session, model_name: str) -> bool:
    """Tell whether the base has changed since every published text had its vector."""
    return _embedded_upto(session, model_name) < base_revision(session)


def missing_texts(session: Session, model_name: str, *, most: int = PORTION) -> MissingTexts:
    """Return at most so many published texts that have no vector yet."""
    revision = base_revision(session)
    after = _embedded_upto(session, model_name)
    texts = (
        text
        for entry in published_entries(session, changed_after=after)
        for text in (entry.question, *entry.phrasings)
    )
    missing: dict[str, str] = {}
    while len(missing) < most and (some := list(islice(texts, _AT_ONCE))):
        wanted = {digest_of(text): beginning(text) for text in some}
        known = stored_vectors(session, model_name, list(wanted))
        missing |= {digest: text for digest, text in wanted.items() if digest not in known}
    return MissingTexts(revision, dict(list(missing.items())[:most]), is_rest=len(missing) < most)


def store_vectors(session: Session, model_name: str, missing: MissingTexts, vectors: Vector) -> None:
    """Keep the vectors of these texts, and note the revision when they were the last ones."""
    known = stored_vectors(session, model_name, list(missing.texts))
    rows = [
        {"model": model_name, "digest": digest, "vector": vector.astype(_KEPT_AS).tobytes()}
        for digest, vector in zip(missing.texts, vectors, strict=True)
        if digest not in known
    ]
    if rows:
        session.execute(insert(SentenceVector), rows)
    if missing.is_rest:
        session.merge(SentenceProgress(model=model_name, revision=missing.revision))
    session.flush()


def _embedded_upto(session: Session, model_name: str) -> int:
    row = session.get(SentenceProgress, model_name, populate_existing=True)
    return row.revision if row else 0
