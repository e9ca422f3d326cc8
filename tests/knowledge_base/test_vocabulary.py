"""The editors' synonyms."""

import pytest
from sqlmodel import Session

from knowledge_base.errors import InvalidArticle, SynonymsNotFound
from knowledge_base.vocabulary import add_synonyms, change_synonyms, remove_synonyms, synonym_groups
from tests.knowledge_base.conftest import NOW


def test_groups_are_added_changed_and_removed(session: Session) -> None:
    group = add_synonyms(session, ["居住证", " 暂住证 ", "居住證"])
    change_synonyms(session, group.id or 0, ["居住证", "流动人口证"])

    assert [row.words for row in synonym_groups(session)] == [("居住证", "流动人口证")]

    remove_synonyms(session, group.id or 0, now=NOW)
    assert synonym_groups(session) == []


@pytest.mark.parametrize(
    "words", [[], ["居住证"], ["居住证", "居住證"], ["水", "自来水"], ["好" * 21, "很好"]]
)
def test_group_that_would_relate_too_much_or_nothing_is_refused(session: Session, words: list[str]) -> None:
    with pytest.raises(InvalidArticle):
        add_synonyms(session, words)


def test_unknown_group_is_named(session: Session) -> None:
    with pytest.raises(SynonymsNotFound):
        remove_synonyms(session, 999, now=NOW)
