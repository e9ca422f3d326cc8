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
from knowledge_base.models.learning import ArticleUse, Candidate, CandidateState, SynonymGroup

__all__ = [
    "Article",
    "ArticlePhrasing",
    "ArticleRevision",
    "ArticleStatus",
    "ArticleUse",
    "Authority",
    "BaseChange",
    "BaseRevision",
    "Candidate",
    "CandidateState",
    "PhrasingOrigin",
    "RevisionState",
    "SynonymGroup",
    "Topic",
]
