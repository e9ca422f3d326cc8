"""Candidates: approved replies that an editor turns into an article, a phrasing, or nothing.

The caller removes personal information before a candidate is proposed; nothing here has seen the raw message.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update
from sqlmodel import Session, col

from knowledge_base.amendments import add_phrasing
from knowledge_base.articles import create_article
from knowledge_base.content import ArticleContent
from knowledge_base.engine.normalise import plain
from knowledge_base.errors import CandidateNotFound, WrongState
from knowledge_base.grouping import most_alike
from knowledge_base.models import Article, Candidate, CandidateState, PhrasingOrigin
from knowledge_base.queries import Page
from knowledge_base.suggest import SuggestionEngine

CLUSTER_WINDOW = 1_000
LONGEST_PHRASING = 200


@dataclass(frozen=True, slots=True)
class CandidateRow:
    """A candidate with the existing article that comes nearest and the size of its cluster."""

    id: int
    subject_id: int
    question: str
    answer: str
    owner_code: str | None
    state: CandidateState
    cluster_id: int
    cluster_size: int
    nearest_article_id: int | None
    nearest_question: str | None
    nearest_confidence: float | None
    article_id: int | None
    decided_by_id: int | None
    created_at: datetime
    decided_at: datetime | None


def propose_candidate(
    session: Session,
    *,
    question: str,
    answer: str,
    subject_id: int,
    owner_code: str | None,
    now: datetime,
    engine: SuggestionEngine | None = None,
) -> Candidate:
    """Keep an approved reply for the editors; the same subject never makes two candidates.

    With `engine` the nearest published article is noted beside it, however unsure.
    """
    known = session.scalars(select(Candidate).where(col(Candidate.subject_id) == subject_id)).one_or_none()
    if known is not None:
        return known
    nearest = engine.suggest(question, limit=1, threshold=0.0, today=now.date()) if engine else []
    candidate = Candidate(
        subject_id=subject_id,
        question=question.strip(),
        answer=answer.strip(),
        owner_code=owner_code,
        cluster_id=_cluster_of(session, question),
        nearest_article_id=nearest[0].article_id if nearest else None,
        nearest_confidence=nearest[0].confidence if nearest else None,
        created_at=now,
    )
    session.add(candidate)
    session.flush()
    if candidate.cluster_id is None:
        candidate.cluster_id = candidate.id
        session.flush()
    return candidate


def list_candidates(
    session: Session,
    *,
    state: CandidateState = CandidateState.OPEN,
    owner_code: str | None = None,
    number: int = 1,
    size: int = 20,
) -> Page[CandidateRow]:
    """Return a page of candidates: large clusters first, the members of a cluster together, newest first."""
    conditions = [col(Candidate.state) == state]
    if owner_code:
        conditions.append(col(Candidate.owner_code) == owner_code)
    sizes = (
        select(col(Candidate.cluster_id).label("cluster"), func.count().label("members"))
        .where(*conditions)
        .group_by(col(Candidate.cluster_id))
        .subquery()
    )
    number, size = max(1, number), max(1, min(size, 200))
    query = (
        select(Candidate, sizes.c.members, col(Article.question))
        .join(sizes, sizes.c.cluster == col(Candidate.cluster_id))
        .outerjoin(Article, col(Article.id) == col(Candidate.nearest_article_id))
        .where(*conditions)
        .order_by(sizes.c.members.desc(), col(Candidate.cluster_id), col(Candidate.id).desc())
        .offset((number - 1) * size)
        .limit(size)
    )
    rows = tuple(_row(c, members, nearest) for c, members, nearest in session.execute(query))
    total = session.scalar(select(func.count()).select_from(Candidate).where(*conditions)) or 0
    return Page(rows, total, number, size)


def candidate_count(session: Session) -> int:
    """Return how many candidates wait."""
    waiting = select(func.count()).select_from(Candidate).where(col(Candidate.state) == CandidateState.OPEN)
    return session.scalar(waiting) or 0


def accept_as_article(
    session: Session, candidate_id: int, content: ArticleContent, *, officer_id: int, now: datetime
) -> Article:
    """Make a draft article of a candidate; it still goes through review by somebody else."""
    candidate = _claim(session, candidate_id, CandidateState.ARTICLE, officer_id, now)
    article = create_article(session, content, author_id=officer_id, now=now, key=f"candidate-{candidate_id}")
    candidate.article_id = article.id
    session.flush()
    return article


def accept_as_phrasing(
    session: Session,
    candidate_id: int,
    article_id: int,
    *,
    officer_id: int,
    now: datetime,
    phrasing: str | None = None,
) -> Article:
    """Add the candidate's question (or `phrasing`, its short form) to a published article."""
    candidate = _claim(session, candidate_id, CandidateState.PHRASING, officer_id, now)
    text = phrasing or candidate.question
    article = add_phrasing(
        session, article_id, text, author_id=officer_id, now=now, origin=PhrasingOrigin.CANDIDATE
    )
    candidate.article_id = article_id
    session.flush()
    return article


def discard_candidate(session: Session, candidate_id: int, *, officer_id: int, now: datetime) -> None:
    """Set a candidate aside; it stays on record."""
    _claim(session, candidate_id, CandidateState.DISCARDED, officer_id, now)


def discard_cluster(session: Session, cluster_id: int, *, officer_id: int, now: datetime) -> list[int]:
    """Set every open candidate of a cluster aside; return which those were."""
    return _claim_cluster(session, cluster_id, CandidateState.DISCARDED, officer_id, now)


def add_cluster_as_phrasings(
    session: Session, cluster_id: int, article_id: int, *, officer_id: int, now: datetime
) -> list[int]:
    """Add every open question of a cluster to one published article; return which candidates those were."""
    taken = _claim_cluster(session, cluster_id, CandidateState.PHRASING, officer_id, now)
    for candidate_id in taken:
        candidate = _candidate(session, candidate_id)
        add_phrasing(
            session,
            article_id,
            candidate.question[:LONGEST_PHRASING],
            author_id=officer_id,
            now=now,
            origin=PhrasingOrigin.CANDIDATE,
        )
        candidate.article_id = article_id
    session.flush()
    return taken


def close_cluster_with(
    session: Session, cluster_id: int, article_id: int, *, officer_id: int, now: datetime
) -> list[int]:
    """Say that the draft made of one candidate answers the rest of its cluster too."""
    taken = _claim_cluster(session, cluster_id, CandidateState.ARTICLE, officer_id, now)
    for candidate_id in taken:
        _candidate(session, candidate_id).article_id = article_id
    session.flush()
    return taken


def _claim_cluster(
    session: Session, cluster_id: int, state: CandidateState, officer_id: int, now: datetime
) -> list[int]:
    session.flush()
    taken = session.scalars(
        update(Candidate)
        .where(col(Candidate.cluster_id) == cluster_id, col(Candidate.state) == CandidateState.OPEN)
        .values(state=state, decided_by_id=officer_id, decided_at=now)
        .returning(col(Candidate.id))
        .execution_options(synchronize_session=False)
    ).all()
    session.expire_all()
    return sorted(ident for ident in taken if ident is not None)


def reopen_candidate(session: Session, candidate_id: int) -> None:
    """Take back a discard. Raises WrongState for a candidate that became something."""
    candidate = _candidate(session, candidate_id)
    if candidate.state is not CandidateState.DISCARDED:
        raise WrongState("candidate", candidate_id, candidate.state.value, "reopen")
    candidate.state = CandidateState.OPEN
    candidate.decided_by_id = candidate.decided_at = None
    session.flush()


def _claim(
    session: Session, candidate_id: int, state: CandidateState, officer_id: int, now: datetime
) -> Candidate:
    """Decide an open candidate; of two editors who decide at once one gets WrongState."""
    session.flush()
    taken = session.execute(
        update(Candidate)
        .where(col(Candidate.id) == candidate_id, col(Candidate.state) == CandidateState.OPEN)
        .values(state=state, decided_by_id=officer_id, decided_at=now)
        .execution_options(synchronize_session=False)
    )
    candidate = _candidate(session, candidate_id)
    if taken.rowcount != 1:  # type: ignore[attr-defined]
        raise WrongState("candidate", candidate_id, candidate.state.value, state.value)
    return candidate


def _candidate(session: Session, candidate_id: int) -> Candidate:
    candidate = session.get(Candidate, candidate_id, populate_existing=True)
    if candidate is None:
        raise CandidateNotFound(candidate_id)
    return candidate


def _cluster_of(session: Session, question: str) -> int | None:
    """Return the cluster of the most similar open candidate, None when none is similar enough."""
    recent = session.execute(
        select(col(Candidate.cluster_id), col(Candidate.question))
        .where(col(Candidate.state) == CandidateState.OPEN)
        .order_by(col(Candidate.id).desc())
        .limit(CLUSTER_WINDOW)
    )
    rows = list(recent)
    place = most_alike(plain(question), [plain(text) for _, text in rows])
    return rows[place][0] if place is not None else None


def _row(candidate: Candidate, members: int, nearest: str | None) -> CandidateRow:
    return CandidateRow(
        id=candidate.id or 0,
        subject_id=candidate.subject_id,
        question=candidate.question,
        answer=candidate.answer,
        owner_code=candidate.owner_code,
        state=candidate.state,
        cluster_id=candidate.cluster_id or 0,
        cluster_size=members,
        nearest_article_id=candidate.nearest_article_id,
        nearest_question=nearest,
        nearest_confidence=candidate.nearest_confidence,
        article_id=candidate.article_id,
        decided_by_id=candidate.decided_by_id,
        created_at=candidate.created_at,
        decided_at=candidate.decided_at,
    )
