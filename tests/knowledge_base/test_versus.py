"""Why one article goes before another: what was weighed adds up to the order that is shown."""

import pytest

from knowledge_base.errors import NotWeighed
from knowledge_base.models import Authority
from knowledge_base.suggest import Entry, SuggestionEngine
from knowledge_base.versus import AREA, AUTHORITY, Versus, versus
from tests.knowledge_base.entries import invented_entries, invented_messages

LAMP, LIFT, CARD = 1, 2, 3
BASE = [
    Entry(LAMP, "城关镇路灯坏了找谁报修"),
    Entry(LIFT, "云岭镇路灯坏了能不能报修"),
    Entry(CARD, "居住证怎么办理"),
]


def compared(message: str, *pair: int, base: list[Entry] = BASE) -> Versus:
    """Compare two articles of a small base."""
    one, other = pair
    return versus(SuggestionEngine.build(base), message, (one, other))


def test_the_order_is_that_of_the_suggestions_however_the_two_are_named() -> None:
    message = "我们城关镇的路灯坏了找谁"
    shown = SuggestionEngine.build(BASE).suggest(message, threshold=0)

    for pair in ((LAMP, LIFT), (LIFT, LAMP)):
        found = compared(message, *pair)
        assert [found.first.article_id, found.second.article_id] == [one.article_id for one in shown][:2]
        assert [found.first.confidence, found.second.confidence] == [one.confidence for one in shown][:2]


def test_the_evidence_of_both_sides_is_named() -> None:
    found = compared("我们城关镇的路灯坏了找谁", LAMP, LIFT)

    assert found.message.places == ("关镇",) or "城关镇" in found.message.places
    assert "路灯坏了找谁" in found.first.shared
    assert found.first.traits.asked == ("who",)
    assert found.second.traits.negated
    assert not found.first.traits.negated
    assert "云岭镇" not in found.first.phrasing
    assert found.first.alike > found.second.alike


def test_what_decides_outweighs_what_speaks_against_it() -> None:
    entries = invented_entries(300)
    engine = SuggestionEngine.build(entries)
    compared_pairs = 0
    for message in invented_messages(40):
        shown = engine.suggest(message, threshold=0, limit=4)
        for other in shown[1:]:
            if shown[0].ask or other.ask:
                continue
            try:
                found = versus(engine, message, (shown[0].article_id, other.article_id))
            except NotWeighed:
                continue
            weights = {tip.kind: tip.weight for tip in found.tips}
            compared_pairs += 1
            if found.decided_by == (AUTHORITY,):
                assert round(found.first.confidence, 2) == round(found.second.confidence, 2)
            elif found.decided_by and sum(weights.values()) > 0.2:
                against = -sum(weight for weight in weights.values() if weight < 0)
                small = sum(w for k, w in weights.items() if w > 0 and k not in found.decided_by)
                assert sum(weights[kind] for kind in found.decided_by) + small > against
    assert compared_pairs > 20


def test_the_citizens_own_area_decides_between_two_that_are_as_sure() -> None:
    base = [Entry(1, "居住证怎么办理"), Entry(2, "居住证怎么办理", region="yunling")]

    found = versus(SuggestionEngine.build(base), "居住证怎么办理", (1, 2), region=("yunling", "county"))

    assert (found.first.article_id, found.decided_by) == (2, (AREA,))


def test_two_that_answer_one_ask_alone_are_compared_for_it() -> None:
    matters = ("电梯补贴标准", "水表过户手续", "低保申请条件", "老年食堂位置", "公园开放时间", "垃圾清运班次")
    matters += (
        "校车停靠站点",
        "疫苗接种门诊",
        "油烟扰民投诉",
        "危房改造资金",
        "图书馆借阅证",
        "幼儿园招生片",
    )
    matters += ("停车收费办法", "公租房轮候期", "农机购置补贴", "河道采砂许可")
    base = [*BASE, Entry(4, "居住证怎么换领"), *(Entry(10 + n, text) for n, text in enumerate(matters))]
    message = f"我想咨询{'、'.join(matters)}这些事找谁？另外想请问居住证怎么办理？"

    found = compared(message, CARD, 4, base=base)

    assert found.asked is not None
    assert "居住证怎么办理" in found.asked
    assert (found.first.article_id, found.second.article_id) == (CARD, 4)


def test_an_article_is_not_compared_with_itself() -> None:
    with pytest.raises(NotWeighed):
        compared("居住证怎么办理", CARD, CARD)


def test_between_two_that_are_as_sure_the_higher_authority_decides() -> None:
    base = [
        Entry(1, "居住证怎么办理", authority=Authority.COUNTY),
        Entry(2, "居住证怎么办理", authority=Authority.NATIONAL),
    ]

    found = compared("居住证怎么办理", 1, 2, base=base)

    assert found.first.article_id == 2
    assert found.decided_by == (AUTHORITY,)


@pytest.mark.parametrize("pair", [(LAMP, CARD), (LAMP, 99), (LAMP, LAMP)])
def test_what_was_not_weighed_cannot_be_compared(pair: tuple[int, int]) -> None:
    with pytest.raises(NotWeighed):
        compared("城关镇路灯坏了", *pair)


@pytest.mark.parametrize("message", ["", "。", "\x00", "🙂", "a" * 10_000])
def test_a_message_that_says_nothing_compares_nothing(message: str) -> None:
    with pytest.raises(NotWeighed):
        compared(message, LAMP, LIFT)
