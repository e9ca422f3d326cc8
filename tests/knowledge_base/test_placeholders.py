"""Placeholders in answers."""

from knowledge_base.placeholders import Filled, fill, placeholders_in


def test_known_values_are_put_in_and_missing_ones_are_named() -> None:
    answer = "{称呼}您好，请打 ｛ 电话 ｝，追踪码 {追踪码}。{称呼}再见，{日期}"

    filled = fill(answer, {"称呼": "李女士", "电话": "0000-611 0000", "追踪码": " "})

    assert filled == Filled(
        "李女士您好，请打 0000-611 0000，追踪码 {追踪码}。李女士再见，{日期}", ("追踪码", "日期")
    )


def test_value_that_looks_like_a_placeholder_is_not_filled_again() -> None:
    assert fill("{称呼}好", {"称呼": "{电话}", "电话": "1"}).text == "{电话}好"


def test_other_braces_stay() -> None:
    assert fill("{事由} {0} {{}}", {}) == Filled("{事由} {0} {{}}", ())


def test_placeholders_are_listed_once_in_order() -> None:
    assert placeholders_in("{电话}{称呼}{电话}") == ("电话", "称呼")
