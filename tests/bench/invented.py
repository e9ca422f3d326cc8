"""Invented questions and messages without end: the county's places and matters put together anew."""

import random
import re
from collections.abc import Iterator

from web.demo.files import read_articles, read_messages

_FAMILIES = (
    "陈李王张刘杨黄赵周吴徐孙马朱胡林郭何高罗郑梁谢宋唐许邓冯韩曹曾彭萧蔡潘田董袁于余"
    "叶蒋杜苏魏程吕丁沈任姚卢傅钟姜崔谭廖范汪陆金石戴贾韦夏邱方侯邹熊孟秦白江"
)
_GIVEN = (
    "新华建民和平东西南北安康福泰兴隆永昌文明光荣红星向阳青山绿水龙凤金银玉长春秋月云"
    "雨清河桥塘湾岭坪坝冲溪泉井桃李梅兰竹菊松柏"
)
_KINDS = (
    "村",
    "社区",
    "小区",
    "花园",
    "路",
    "街",
    "巷",
    "学校",
    "幼儿园",
    "卫生院",
    "市场",
    "广场",
    "工业园",
    "安置区",
    "公寓",
)
_WHO = (
    "我家",
    "我们单元",
    "老人",
    "孩子",
    "我父亲",
    "我爱人",
    "邻居",
    "我公司",
    "外地户口",
    "退役军人",
    "残疾人",
    "刚毕业的学生",
    "个体户",
)
_ENDS = (
    "",
    "",
    "，怎么办",
    "，找哪个部门",
    "，需要什么材料",
    "，可以网上办吗",
    "，什么时候能解决",
    "，能不能补办",
    "，有没有补贴",
)


def invented_questions(seed: int = 1) -> Iterator[str]:
    """Return questions of about twenty-five characters, hardly two of them alike."""
    dice = random.Random(seed)
    clauses = _clauses([text for a in read_articles() for text in (a["question"], *a["phrasings"])])
    while True:
        first, second = dice.choice(clauses), dice.choice(clauses)
        parts = [
            dice.choice((_place(dice), dice.choice(_WHO), f"{dice.randint(2015, 2026)}年", "")),
            first,
            dice.choice(("，", "，", f"{_place(dice)}", "")),
            second if len(first) < 14 else "",
            dice.choice(_ENDS),
        ]
        yield "".join(parts)


def invented_messages(length: int, seed: int = 2) -> Iterator[str]:
    """Return messages of so many characters, as citizens write them."""
    dice = random.Random(seed)
    clauses = _clauses([message.text for message in read_messages()])
    while True:
        text = "领导您好，"
        while len(text) < length:
            text += dice.choice(clauses) + dice.choice(("，", "，", "。", "？"))
            if dice.random() < 0.15:
                text += f"我住在{_place(dice)}，"
        yield text[:length]


def _clauses(texts: list[str]) -> list[str]:
    return sorted(
        {clause for text in texts for clause in re.split(r"[，。？！；、\s]", text) if len(clause) > 3}
    )


def _place(dice: random.Random) -> str:
    name = dice.choice(_FAMILIES) + dice.choice(("家", "")) if dice.random() < 0.3 else dice.choice(_GIVEN)
    return name + dice.choice(_GIVEN) + dice.choice(_KINDS)
