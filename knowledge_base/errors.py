"""What can go wrong in the knowledge base; each error carries the ids and values it is about."""

from collections.abc import Sequence
from typing import Any


class KnowledgeBaseError(Exception):
    """Base of all errors of this folder."""


class ArticleNotFound(KnowledgeBaseError):
    """There is no such article."""

    def __init__(self, article_id: int) -> None:
        super().__init__(f"article {article_id} does not exist")
        self.article_id = article_id


class NotWeighed(KnowledgeBaseError):
    """An article is no candidate for a message: too little in common, not in force, or for another area."""

    def __init__(self, article_id: int) -> None:
        super().__init__(f"article {article_id} is no candidate for this message")
        self.article_id = article_id


class RevisionNotFound(KnowledgeBaseError):
    """The article has no such revision."""

    def __init__(self, article_id: int, number: int) -> None:
        super().__init__(f"article {article_id} has no revision {number}")
        self.article_id = article_id
        self.number = number


class StaleArticle(KnowledgeBaseError):
    """Somebody else saved the article since it was read; nothing was overwritten."""

    def __init__(self, article_id: int, expected: int, actual: int) -> None:
        super().__init__(f"article {article_id} is at revision {actual}, not {expected}")
        self.article_id = article_id
        self.expected = expected
        self.actual = actual


class SelfReview(KnowledgeBaseError):
    """The author of a revision tried to approve it."""

    def __init__(self, article_id: int, officer_id: int) -> None:
        super().__init__(f"officer {officer_id} wrote article {article_id} and cannot review it")
        self.article_id = article_id
        self.officer_id = officer_id


class WrongState(KnowledgeBaseError):
    """The step does not fit where the article or candidate stands."""

    def __init__(self, subject: str, subject_id: int, state: str, step: str) -> None:
        super().__init__(f"{subject} {subject_id} is {state}: cannot {step}")
        self.subject = subject
        self.subject_id = subject_id
        self.state = state
        self.step = step


class InvalidArticle(KnowledgeBaseError):
    """A field of an article cannot be accepted; `field` and `problem` say which and why."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field = field
        self.problem = problem


class InvalidSynonyms(KnowledgeBaseError):
    """Words that cannot form a group: too few, too short or too long."""

    def __init__(self, words: Sequence[str]) -> None:
        super().__init__("a group has two or more different words, each of two to twenty characters")
        self.words = tuple(words)


class DuplicateKey(KnowledgeBaseError):
    """Another article or topic already has this key."""

    def __init__(self, key: str) -> None:
        super().__init__(f"the key {key!r} is taken")
        self.key = key


class TopicNotFound(KnowledgeBaseError):
    """There is no topic with this code."""

    def __init__(self, code: str) -> None:
        super().__init__(f"topic {code!r} does not exist")
        self.code = code


class CandidateNotFound(KnowledgeBaseError):
    """There is no such candidate."""

    def __init__(self, candidate_id: int) -> None:
        super().__init__(f"candidate {candidate_id} does not exist")
        self.candidate_id = candidate_id


class SynonymsNotFound(KnowledgeBaseError):
    """There is no such group of synonyms."""

    def __init__(self, group_id: int) -> None:
        super().__init__(f"synonym group {group_id} does not exist")
        self.group_id = group_id


class DemandNotFound(KnowledgeBaseError):
    """There is no such group of unanswered questions."""

    def __init__(self, group_id: int) -> None:
        super().__init__(f"group {group_id} of unanswered questions does not exist")
        self.group_id = group_id


class NothingToJoin(KnowledgeBaseError):
    """Fewer than two groups of unanswered questions were named to be put together."""

    def __init__(self) -> None:
        super().__init__("fewer than two groups were named")


class ConflictNotFound(KnowledgeBaseError):
    """There is no such pair of articles."""

    def __init__(self, conflict_id: int) -> None:
        super().__init__(f"conflict {conflict_id} does not exist")
        self.conflict_id = conflict_id


class TopicCycle(KnowledgeBaseError):
    """A topic cannot stand below itself."""

    def __init__(self, code: str, parent_code: str) -> None:
        super().__init__(f"topic {code!r} cannot stand below {parent_code!r}, which stands below it")
        self.code = code
        self.parent_code = parent_code


class TopicInUse(KnowledgeBaseError):
    """A topic with topics or published articles below it cannot be retired."""

    def __init__(self, code: str, published: int) -> None:
        super().__init__(f"topic {code!r} holds {published} published articles or topics")
        self.code = code
        self.published = published


class InvalidTopic(KnowledgeBaseError):
    """A topic's code or name cannot be accepted."""

    def __init__(self, field: str) -> None:
        super().__init__(f"the {field} of the topic cannot be used")
        self.field = field


class RowRefused(KnowledgeBaseError):
    """A row of a file cannot be taken; `reason` is a code with the values that its sentence needs."""

    def __init__(self, reason: str, **params: Any) -> None:
        super().__init__(f"{reason}: {params}")
        self.reason = reason
        self.params = params


class ArticleImportNotFound(KnowledgeBaseError):
    """There is no such import of articles."""

    def __init__(self, import_id: int) -> None:
        super().__init__(f"import {import_id} does not exist")
        self.import_id = import_id


class TooFewDecisions(KnowledgeBaseError):
    """Officers have not yet decided about enough suggestions to learn from."""

    def __init__(self, decisions: int, right: int, fewest: int, fewest_of_each: int) -> None:
        super().__init__(
            f"{decisions} decisions, {right} of them uses, are too few to learn from: "
            f"at least {fewest} are needed, {fewest_of_each} of them uses and {fewest_of_each} rejections"
        )
        self.decisions = decisions
        self.right = right
        self.fewest = fewest
        self.fewest_of_each = fewest_of_each


class CalibrationRefused(KnowledgeBaseError):
    """The fit does no better than what is in force on the cases kept aside."""

    def __init__(self, before: float, after: float) -> None:
        super().__init__(
            f"nothing was changed: on the cases kept aside the fit does no better ({before:.4f} before, "
            f"{after:.4f} after; less is better)"
        )
        self.before = f"{before:.4f}"
        self.after = f"{after:.4f}"


class CalibrationNotFound(KnowledgeBaseError):
    """There is no such version."""

    def __init__(self, calibration_id: int) -> None:
        super().__init__(f"calibration {calibration_id} does not exist")
        self.calibration_id = calibration_id
