"""The editors' synonyms."""

import pytest
from sqlmodel import Session

from knowledge_base.errors import InvalidSynonyms, SynonymsNotFound
from knowledge_base.vocabulary import (
    add_synonyms,
    change_synonyms,
    remove_synonyms,
    restore_synonyms,
    synonym_groups,
    words_in,
)
from tests.knowledge_base.conftest import NOW


def test_groups_are_added_changed_and_removed(session: Session) -> None:
    group = add_synonyms(session, ["居住证", " 暂住证 ", "居住證"])
    change_synonyms(session, group.id or 0, ["居住证", "流动人口证"])

    assert [row.words for row in synonym_groups(session)] == [("居住证", "流动人口证")]

    remove_synonyms(session, group.id or 0, now=NOW)
    assert synonym_groups(session) == []
    restore_synonyms(session, group.id or 0)
    assert len(synonym_groups(session)) == 1


@pytest.mark.parametrize(
    "line", ["居住证 暂住证", " 居住证、暂住证 ", "居住证/暂住证,", "居住证=暂住证", "居住证\t暂住证"]
)
def test_line_is_parted_as_editors_type_it(line: str) -> None:
    assert words_in(line) == ["居住证", "暂住证"]


@pytest.mark.parametrize(
    "words", [[], ["居住证"], ["居住证", "居住證"], ["水", "自来水"], ["好" * 21, "很好"]]
)
def test_group_that_would_relate_too_much_or_nothing_is_refused(session: Session, words: list[str]) -> None:
    with pytest.raises(InvalidSynonyms):
        add_synonyms(session, words)


def test_unknown_group_is_named(session: Session) -> None:
    with pytest.raises(SynonymsNotFound):
        remove_synonyms(session, 999, now=NOW)
