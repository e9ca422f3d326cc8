"""The learned classifier: trained on little, stored, switched, and never trusted more than it has shown."""

from dataclasses import replace

import numpy as np
import pytest
from sqlmodel import Session

from routing import RoutingFacts, decide, load_catalogue
from routing.catalogue import Catalogue
from routing.classifier import TextClassifier
from routing.departments import create_department
from routing.errors import BadModel, EntryNotFound, TooFewExamples
from routing.features import Lexicon, count_features
from routing.training import Example, Learned, learn, lexicon_of
from routing.versions import (
    activate_classifier,
    classifier_versions,
    go_back,
    store_classifier,
    switch_off_classifier,
)
from tests.measuring import measuring_lines
from tests.routing.conftest import LABOUR, NOW

WATER_TEXTS = [
    "水管漏了",
    "水龙头没水",
    "水压太低洗不了澡",
    "自来水发黄",
    "水表走得快",
    "水费算错了",
    "小区停水两天",
    "水里有沙子",
    "水龙头坏了",
]
LABOUR_TEXTS = [
    "老板不发工钱",
    "工地欠钱不给",
    "加班没有加班费",
    "被公司开除",
    "干活三个月没结账",
    "公司不签合同",
    "老板跑了工钱没了",
    "试用期不给钱",
]
EXAMPLES = [
    *(Example(None, text, "water") for text in WATER_TEXTS),
    *(Example(None, text, "labour") for text in LABOUR_TEXTS),
]


@pytest.fixture(scope="module")
def learned() -> Learned:
    return learn(EXAMPLES, [(None, "水厂停水通知"), ("欠薪", "工钱")])


def test_it_learns_what_it_is_shown(learned: Learned) -> None:
    found = learned.classifier.predict(None, "家里水龙头又没水了")

    assert found.label == "water"
    assert sum(found.shares.values()) == pytest.approx(1, abs=0.01)
    assert found.shares["water"] == pytest.approx(found.confidence, abs=0.01)
    assert "水龙头" in found.words
    assert learned.figures.examples == len(EXAMPLES)
    assert learned.figures.labels == 2


def test_the_same_examples_give_the_same_classifier(learned: Learned) -> None:
    again = learn(EXAMPLES, [(None, "水厂停水通知"), ("欠薪", "工钱")])

    assert again.figures == learned.figures
    assert again.classifier.shares("工钱", "没结账") == learned.classifier.shares("工钱", "没结账")


def test_a_stored_classifier_answers_as_before(learned: Learned) -> None:
    restored = TextClassifier.from_bytes(learned.classifier.to_bytes())

    before, after = learned.classifier.predict("求助", "工钱没结"), restored.predict("求助", "工钱没结")
    assert after.label == before.label
    assert after.confidence == pytest.approx(before.confidence, abs=0.01)
    assert after.words == before.words


@pytest.mark.parametrize("raw", [b"", b"PK\x03\x04", b"no model", b"\x93NUMPY"])
def test_something_else_is_not_read_as_a_classifier(raw: bytes) -> None:
    with pytest.raises(BadModel):
        TextClassifier.from_bytes(raw)


def test_a_damaged_classifier_is_refused(learned: Learned) -> None:
    raw = learned.classifier.to_bytes()

    with pytest.raises(BadModel):
        TextClassifier.from_bytes(raw[: len(raw) // 2])


def test_one_label_is_too_few_to_learn_from() -> None:
    with pytest.raises(TooFewExamples):
        learn([Example(None, text, "water") for text in WATER_TEXTS])
    with pytest.raises(TooFewExamples):
        learn([])
    with pytest.raises(TooFewExamples):
        learn([*(Example(None, text, "water") for text in WATER_TEXTS), Example(None, "工钱", "labour")])


@pytest.mark.parametrize(
    ("title", "text"), [(None, ""), ("", "😀" * 500), (None, "\ud800"), ("x", "ABC" * 2000)]
)
def test_odd_texts_get_an_answer(learned: Learned, title: str | None, text: str) -> None:
    found = learned.classifier.predict(title, text)

    assert found.label in {"water", "labour"}
    assert 0 <= found.confidence <= 1


def test_duty_words_are_counted_by_duty(catalogue: Catalogue) -> None:
    lexicon = lexicon_of(catalogue)

    counted = count_features("停水", "村道坏了", (lexicon,))

    assert lexicon.size == 4
    assert np.count_nonzero(counted.duties) == 2


def test_a_decision_adds_what_was_learned_to_its_evidence(catalogue: Catalogue, learned: Learned) -> None:
    facts = RoutingFacts("老板跑了，干活三个月没结账，工钱没了")
    sure = replace(learned.classifier, accuracy=0.9)

    without, with_it = decide(catalogue, facts), decide(catalogue.with_classifier(sure), facts)

    assert without.candidates == []
    assert with_it.candidates[0].department_id == LABOUR
    assert "learned" in {reason.code for reason in with_it.candidates[0].reasons}


def test_an_inaccurate_classifier_is_not_listened_to(catalogue: Catalogue, learned: Learned) -> None:
    unsure = catalogue.with_classifier(replace(learned.classifier, accuracy=0.3))

    assert decide(unsure, RoutingFacts("老板跑了，工钱没了")).confidence < 0.3


def test_labels_of_departments_that_are_gone_do_no_harm(learned: Learned) -> None:
    empty = Catalogue.build([]).with_classifier(learned.classifier)

    assert decide(empty, RoutingFacts("停水")).candidates == []


def test_versions_are_kept_and_switched_in_one_step(session: Session, learned: Learned) -> None:
    create_department(session, code="labour", name="县人社局")
    first = store_classifier(session, learned, now=NOW)
    second = store_classifier(session, learned, now=NOW)

    assert [(v.id, v.is_active) for v in classifier_versions(session)] == [
        (second.id, True),
        (first.id, False),
    ]
    assert first.figures["labels"] == 2
    before = load_catalogue(session).revision

    activate_classifier(session, first.id)
    catalogue = load_catalogue(session)
    assert catalogue.revision > before
    assert catalogue.classifier is not None

    assert go_back(session) == second.id
    assert go_back(session) == first.id
    assert go_back(session) is None
    assert load_catalogue(session).classifier is None

    activate_classifier(session, second.id)
    switch_off_classifier(session)
    assert load_catalogue(session).classifier is None
    with pytest.raises(EntryNotFound):
        activate_classifier(session, 99)


def test_an_empty_lexicon_is_enough() -> None:
    assert learn(EXAMPLES, lexicon=Lexicon({}, 0)).figures.accuracy > 0.5


def test_real_messages_are_routed_better_than_chance_and_calibrated() -> None:
    lines = measuring_lines("routing/messages.jsonl")[::3]

    figures = learn([Example(line["title"], line["text"], line["label"]) for line in lines]).figures

    assert figures.macro_f1 > 0.65
    assert figures.ece < 0.08
