"""Chinese as people type it, brought to one form, with a way back to the raw text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge_base.engine.normalise import folded, plain, positions
from knowledge_base.engine.synonyms import Synonyms, without_greetings


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("居住證怎麼辦理", "居住证怎么办理"),
        ("ＡＢＣ　１２３", "abc 123"),
        ("水费㎡①", "水费m21"),
        ("好！！真的？", "好\n\n真的\n"),
        ("《劳动合同法》第12条", "劳动合同法第12条"),
        ("👨‍👩‍👧\u200b\ufeff\ud800\x00", ""),
    ],
)
def test_text_is_folded_to_one_form(raw: str, expected: str) -> None:
    assert folded(raw) == expected


@given(st.text(max_size=200))
def test_every_folded_character_leads_back_to_the_raw_text(raw: str) -> None:
    line = folded(raw)

    places = positions(raw, upto=len(line))

    assert len(places) == len(line)
    assert places == sorted(places)
    for character, place in zip(line, places, strict=True):
        assert character in folded(raw[place])


@given(st.text(max_size=200))
def test_folding_twice_changes_nothing_that_is_compared(raw: str) -> None:
    assert plain(plain(raw)) == plain(raw)


def test_greetings_are_left_out_unless_nothing_else_is_said() -> None:
    assert without_greetings(folded("领导您好，请问路灯坏了找谁？谢谢")).split() == ["路灯坏了找谁"]
    assert without_greetings("你好") == "你好"


def test_words_of_one_group_stand_for_each_other() -> None:
    synonyms = Synonyms([("居住证", "暂住证"), ("暂住证", "流动人口证")])

    assert set(synonyms.alternatives("暂住证在哪里办")) == {"居住证", "流动人口证"}
    assert synonyms.alternatives("路灯坏了") == []
    assert Synonyms([]).alternatives("居住证") == []
