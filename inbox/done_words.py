"""Where a reply says that something has been done: 已处理、已修复、已解决、已办结 and what people write like it."""

import re
from dataclasses import dataclass

_DEEDS = (
    "处理|处置|修复|修好|修缮|维修|检修|抢修|解决|办结|办好|整改|整治|清理|清运|清除|清扫|疏通|恢复|更换|拆除|安装|加装|补种|补栽|"
    "填平|硬化|封堵|查处|取缔|关停|落实|完成|消除|处罚|迁移|移除|平整|加固|整修|修剪|修补|供水|供电|通水|通电|通车"
)
# Between 已 and the deed may stand when, by whom and how: 已于11月3日由养护队连夜修复.
_ALREADY = re.compile(
    rf"(?:已经?|均已|业已|现已|都已|全部已)(?:[^，。；！？,;!?\n]{{0,18}}?)(?:{_DEEDS})(?:完毕|完成|到位|好了?|完)?"
)
_FINISHED = re.compile(rf"(?:{_DEEDS})(?:[^，。；！？,;!?\n]{{0,4}}?)(?:完毕|到位|好了|完了|妥当|完成了?)")
_CLAUSE = re.compile(r"[^，。；！？,;!?\n]+")
_NOT_YET = re.compile(
    r"尚未|还未|还没|没有|未能|未(?=[处修解办整清疏恢更拆])|不能|无法|预计|预期|计划|拟|将|争取|确保|力争|待|若|如果|如未|是否|一旦|之前|前完成|前修复"
    r"|前处理|安排|列入|要求|责令|督促|正在|正抓紧|着手|准备|申请|建议|希望|请"
)


@dataclass(frozen=True, slots=True)
class Claim:
    """Words that say something is done; `text` is reply[start:end]."""

    text: str
    start: int
    end: int


def done_claims(text: str) -> list[Claim]:
    """Return where a text says that work is done, in reading order and without overlaps.

    A clause that speaks of what is planned, asked for or not done yet makes no claim: 预计12月5日前修复完毕.
    """
    claims: list[Claim] = []
    for clause in _CLAUSE.finditer(text):
        for pattern in (_ALREADY, _FINISHED):
            found = pattern.search(clause.group())
            if found is None or _NOT_YET.search(clause.group()[: found.end()]):
                continue
            start = clause.start() + found.start()
            claims.append(Claim(found.group(), start, clause.start() + found.end()))
            break
    return claims
