"""Tables of the knowledge base: articles and their revisions, topics, candidates, synonyms, use."""

from knowledge_base.models.articles import (
    Article,
    ArticlePhrasing,
    ArticleRevision,
    ArticleStatus,
    Authority,
    BaseChange,
    BaseRevision,
    PhrasingOrigin,
    RevisionState,
    Topic,
)
from knowledge_base.models.imports import (
    ArticleImport,
    ArticleImportChange,
    ArticleImportState,
    ImportChangeKind,
)
from knowledge_base.models.learning import ArticleUse, Calibration, Candidate, CandidateState, SynonymGroup
from knowledge_base.models.vectors import SentenceProgress, SentenceVector
from knowledge_base.models.work import (
    ArticleConflict,
    ConflictState,
    DemandState,
    DraftEffect,
    SweepMark,
    UnansweredQuestion,
)

__all__ = [
    "Article",
    "ArticleConflict",
    "ArticleImport",
    "ArticleImportChange",
    "ArticleImportState",
    "ArticlePhrasing",
    "ArticleRevision",
    "ArticleStatus",
    "ArticleUse",
    "Authority",
    "BaseChange",
    "BaseRevision",
    "Calibration",
    "Candidate",
    "CandidateState",
    "ConflictState",
    "DemandState",
    "DraftEffect",
    "ImportChangeKind",
    "PhrasingOrigin",
    "RevisionState",
    "SentenceProgress",
    "SentenceVector",
    "SweepMark",
    "SynonymGroup",
    "Topic",
    "UnansweredQuestion",
]
