"""Every code that a page may show has a word in both languages."""

from datetime import UTC, datetime
from enum import StrEnum

import pytest
from flask import Flask
from flask_babel import force_locale

import inbox.models
import routing.models
import sla.models
from inbox.events import EventView
from inbox.kinds import Kind
from routing.reasons import Reason
from web.sentences import event_sentence, reason_sentence
from web.words import WORDS, word, word_of

MODULES = (inbox.models, routing.models, sla.models)
ENUMERATIONS = sorted(
    {
        value
        for module in MODULES
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, StrEnum) and value is not StrEnum
    }
    | {Kind},
    key=lambda enumeration: enumeration.__name__,
)


@pytest.mark.parametrize("enumeration", ENUMERATIONS)
def test_every_member_has_a_word_in_both_languages(app: Flask, enumeration: type[StrEnum]) -> None:
    for member in enumeration:
        with app.test_request_context("/"):
            with force_locale("en"):
                english = word(member)
            with force_locale("zh_CN"):
                chinese = word(member)

        assert english
        assert chinese
        assert chinese != english or member.value == "open311"


def test_no_member_of_the_table_has_gone(app: Flask) -> None:
    for enumeration, words in WORDS.items():
        assert set(words) == set(enumeration)


def test_same_code_of_two_enumerations_has_its_own_word(app: Flask) -> None:
    with app.test_request_context("/"), force_locale("zh_CN"):
        assert word(Kind.OTHER) == "其他"
        assert word(sla.models.PauseReason.other) == "其他原因"


def test_unknown_stored_code_is_shown_as_it_is(app: Flask) -> None:
    with app.test_request_context("/"):
        assert word_of(Kind, "of_a_later_release") == "of_a_later_release"
        assert word_of(Kind, None) == ""


def test_reasons_name_what_they_saw(app: Flask) -> None:
    reason = Reason("duty_words", {"words": ["路灯", "不亮"], "duty": "城市照明", "basis": ""})

    with app.test_request_context("/"), force_locale("zh_CN"):
        assert reason_sentence(reason) == "“路灯”、“不亮”：属于本单位职责——城市照明"
        assert reason_sentence(reason.as_json()) == reason_sentence(reason)
        assert reason_sentence(Reason("of_a_later_release")) == "of_a_later_release"


def test_event_of_an_older_release_leaves_a_gap(app: Flask) -> None:
    event = EventView(1, datetime(2026, 1, 1, tzinfo=UTC), "triage_step_failed", None, None, {}, public=False)

    with app.test_request_context("/"), force_locale("en"):
        assert event_sentence(event) == "A step of triage failed: …"
