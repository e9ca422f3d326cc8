"""What an inspector would object to in a reply, with the very words."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inbox.relevance import answers
from inbox.reply_checks import Rule, check_reply
from tests.measuring import measuring_lines

MESSAGE = "汀湾社区望江路的路灯坏了两周，晚上漆黑一片，什么时候能修好？"
GOOD = (
    "您好，望江路路灯不亮是电缆被施工挖断所致，我局已于11月19日更换电缆，11月22日前全部恢复。"
    "依据《城市道路管理条例》第二十条由我局负责维护，如仍不亮请拨打0000-6120007。"
)


def rules(reply: str) -> set[Rule]:
    return {finding.rule for finding in check_reply(MESSAGE, reply).findings}


def test_a_good_reply_has_no_findings() -> None:
    checked = check_reply(MESSAGE, GOOD)

    assert checked.findings == []
    assert checked.answers > 0.5


@pytest.mark.parametrize(
    ("reply", "rule", "words"),
    [
        ("望江路路灯我们会尽快修复。", Rule.VAGUE_PROMISE, "尽快"),
        ("望江路路灯近期维修。", Rule.VAGUE_PROMISE, "近期"),
        ("我局高度重视望江路路灯问题。", Rule.EMPTY_PHRASE, "高度重视"),
        ("望江路路灯请您耐心等待。", Rule.EMPTY_PHRASE, "请您耐心等待"),
        ("望江路路灯不归我们管。", Rule.COLD_PHRASE, "不归我们管"),
        ("望江路路灯的事请自行解决。", Rule.COLD_PHRASE, "请自行解决"),
        ("望江路路灯按规定不予维修，电话0000-6120007。", Rule.MISSING_BASIS, "规定"),
        ("望江路3栋2单元501室的路灯已修。", Rule.PERSONAL_INFORMATION, "3栋2单元501室"),
        ("请联系张工19900001234修路灯。", Rule.PERSONAL_INFORMATION, "19900001234"),
        ("{称呼}您好，望江路路灯已修好。", Rule.PLACEHOLDER, "{称呼}"),
        ("已收悉。", Rule.TOO_SHORT, "已收悉。"),
    ],
)
def test_each_rule_names_the_words_it_objects_to(reply: str, rule: Rule, words: str) -> None:
    finding = next(finding for finding in check_reply(MESSAGE, reply).findings if finding.rule is rule)

    assert finding.text == words
    assert reply[finding.start : finding.end] == words


@pytest.mark.parametrize(
    "reply",
    [
        "望江路路灯将于11月22日前尽快修好。",
        "望江路路灯我们3个工作日内尽快修好。",
        "望江路路灯本周五前尽快修好。",
        "望江路路灯月底前尽快修好。",
    ],
)
def test_a_date_makes_a_promise_definite(reply: str) -> None:
    assert Rule.VAGUE_PROMISE not in rules(reply)


def test_a_date_in_another_sentence_does_not() -> None:
    assert Rule.VAGUE_PROMISE in rules("11月19日我们看了望江路路灯。后面尽快修好。")


def test_contact_and_basis_are_missed_only_where_they_are_missing() -> None:
    assert Rule.MISSING_CONTACT in rules("望江路路灯已经修好了，请您晚上留意查看。")
    assert Rule.MISSING_CONTACT not in rules("望江路路灯已经修好了，有问题请打12345。")
    assert Rule.MISSING_BASIS not in rules("依据《城市道路管理条例》，望江路路灯由我局维护。")


def test_an_offices_telephone_and_street_are_not_personal() -> None:
    assert Rule.PERSONAL_INFORMATION not in rules("请到文澜路12号大厅办理，电话0000-6120007。")


def test_an_answer_to_something_else_is_found() -> None:
    reply = "您好，城乡居民医保每年9月1日至12月31日集中缴费，可在小程序办理，电话0000-6120003。"

    checked = check_reply(MESSAGE, reply)

    assert checked.answers < 0.3
    assert Rule.NOT_ANSWERING in {finding.rule for finding in checked.findings}


def test_an_empty_reply_answers_nothing_and_has_no_findings() -> None:
    checked = check_reply(MESSAGE, "")

    assert checked.answers == 0
    assert checked.findings == []


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=120), st.text(max_size=200))
def test_findings_lie_within_any_reply(message: str, reply: str) -> None:
    checked = check_reply(message, reply)

    assert 0 <= checked.answers <= 1
    assert all(reply[finding.start : finding.end] == finding.text for finding in checked.findings)


def test_real_pairs_are_told_apart_better_than_by_tfidf_cosine() -> None:
    lines = measuring_lines("replies/pairs.jsonl")[::6]
    scored = [(answers(line["text"], line["reply"], title=line["title"]), line["answers"]) for line in lines]
    right = [score for score, is_answer in scored if is_answer]
    wrong = [score for score, is_answer in scored if not is_answer]

    above = sum((a > b) + 0.5 * (a == b) for a in right for b in wrong)

    assert above / (len(right) * len(wrong)) > 0.87
