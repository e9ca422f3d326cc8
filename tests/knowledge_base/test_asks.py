"""The asks inside a message."""

import pytest

from knowledge_base.engine.asks import asks_of


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("居住证怎么办理？", []),
        ("", []),
        ("路灯坏了三天了。请派人来修。谢谢领导。", []),
        (
            "居住证怎么办理，要带什么？身份证丢了去哪里补办？",
            ["居住证怎么办理，要带什么？", "身份证丢了去哪里补办？"],
        ),
        (
            "想问居住证怎么办理，另外身份证丢了去哪里补办",
            ["想问居住证怎么办理，", "另外身份证丢了去哪里补办"],
        ),
        (
            "小区电梯坏了一个月没人修。怎么办？公积金提取要什么材料？",
            ["小区电梯坏了一个月没人修。怎么办？", "公积金提取要什么材料？"],
        ),
        ("为什么停水？" * 200, []),
    ],
)
def test_asks_are_found_with_what_they_belong_to(text: str, expected: list[str]) -> None:
    assert [text[start:end] for start, end in asks_of(text)] == expected
