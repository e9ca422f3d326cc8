"""Finding many words in one pass."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.words import WordBorders, WordScanner, normalise


def test_the_longest_word_wins_and_words_inside_it_do_not_count() -> None:
    scanner = WordScanner(["医保", "医保卡", "保卡"])

    assert [hit.word for hit in scanner.find("我的医保卡丢了，医保怎么办")] == ["医保卡", "医保"]


def test_overlapping_words_that_both_reach_further_count() -> None:
    scanner = WordScanner(["停车", "车位"])

    assert [(hit.start, hit.end) for hit in scanner.find("停车位")] == [(0, 2), (1, 3)]


def test_words_of_one_character_are_left_out() -> None:
    assert WordScanner(["水", ""]).find("停水") == []


def test_width_case_and_script_do_not_matter() -> None:
    assert normalise("ＥＴＣ辦理醫保") == "etc办理医保"


def test_a_lone_surrogate_does_not_stop_it() -> None:
    assert "医保" in normalise("\ud800醫保")


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.text("停水电车位保", min_size=2, max_size=4), max_size=8),
    st.text("停水电车位保x", max_size=40),
)
def test_every_word_of_the_text_is_covered_by_a_hit(words: list[str], text: str) -> None:
    hits = WordScanner(words).find(text)

    for word in words:
        start = text.find(word)
        if start >= 0:
            assert any(hit.start <= start and start + len(word) <= hit.end for hit in hits)
    assert all(text[hit.start : hit.end] == hit.word for hit in hits)


@pytest.mark.parametrize(
    ("text", "word", "is_meant"),
    [
        ("拆迁户的补偿", "迁户", False),
        ("最低保障线", "低保", False),
        ("国家政策", "家政", False),
        ("没有人管水管", "管水", False),
        ("交自来水费", "水费", True),
        ("去中医院看病", "医院", True),
        ("小区停水电", "停水", True),
        ("迁户要什么材料", "迁户", True),
        ("公共资源交易中心", "公共资源交易", True),
    ],
)
def test_characters_side_by_side_are_not_a_word(text: str, word: str, is_meant: bool) -> None:
    (hit,) = WordScanner([word]).find(text)

    assert WordBorders(text).respects(hit) is is_meant
