"""Invented questions by the hundred: the same for the same seed."""

import random
from datetime import date

from knowledge_base.models import Authority
from knowledge_base.suggest import Entry

PLACES = ["城关镇", "云岭镇", "汀湾乡", "东门街道", "石桥村", "河西社区", "a市", "b3区"]
THINGS = [
    "居住证",
    "路灯",
    "电梯",
    "医保",
    "养老金",
    "宅基地",
    "停车位",
    "自来水",
    "公积金",
    "结婚登记",
    "噪音",
    "学区",
]
ASKS = [
    "怎么办理",
    "能不能网上预约",
    "为什么还没有处理",
    "需要带什么材料",
    "不能缴费怎么办",
    "什么时候能恢复",
    "归谁管",
]
EXTRAS = ["", "？已经等了3个月", "。请问2026年的标准是多少", "，老人行动不便", "，打了12345没有回音"]


def invented_entries(count: int, *, seed: int = 1, first_id: int = 1) -> list[Entry]:
    """Return entries with places, numbers, negation, areas and dates of every kind."""
    dice = random.Random(seed)
    return [
        Entry(
            first_id + number,
            _question(dice),
            tuple(_question(dice) for _ in range(dice.choice((0, 0, 1, 2)))),
            dice.choice((None, None, "yunling", "tingwan")),
            dice.choice(list(Authority)),
            dice.choice((None, date(2026, 1, 1))),
            dice.choice((None, None, date(2026, 12, 31), date(2026, 6, 1))),
        )
        for number in range(count)
    ]


def invented_messages(count: int, *, seed: int = 2) -> list[str]:
    """Return messages of one to five sentences."""
    dice = random.Random(seed)
    return ["。".join(_question(dice) for _ in range(dice.randint(1, 5))) for _ in range(count)]


def _question(dice: random.Random) -> str:
    return dice.choice(PLACES) + dice.choice(THINGS) + dice.choice(ASKS) + dice.choice(EXTRAS)
