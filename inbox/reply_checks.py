"""Reads a reply before it is sent and says what an inspector would object to, with the very words."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from inbox.privacy import PersonalKind, find_personal
from inbox.relevance import answers

ANSWERS_FROM = 0.3
SHORTEST_REPLY = 20


class Rule(StrEnum):
    """What a finding objects to."""

    NOT_ANSWERING = "not_answering"
    VAGUE_PROMISE = "vague_promise"
    EMPTY_PHRASE = "empty_phrase"
    COLD_PHRASE = "cold_phrase"
    MISSING_BASIS = "missing_basis"
    MISSING_CONTACT = "missing_contact"
    PERSONAL_INFORMATION = "personal_information"
    PLACEHOLDER = "placeholder"
    TOO_SHORT = "too_short"
    NOT_DONE = "not_done"


@dataclass(frozen=True, slots=True)
class Finding:
    """One objection; `text` is reply[start:end], empty at 0 when something is missing from the whole reply."""

    rule: Rule
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class ReplyChecks:
    """`answers` is how surely the reply answers the message (0..1); the findings are in reading order."""

    answers: float
    findings: list[Finding]


_SENTENCE = re.compile(r"[^。！!？?；;\n]+[。！!？?；;\n]?")
_VAGUE = re.compile(
    r"近期|尽快|尽早|即将|适时|择机|择期|不久(?:后|的?将来)|抓紧(?:时间)?|早日|逐步|陆续|下一步|后续|进一步|有序推进"
    r"|待(?:条件|时机)成熟|条件成熟(?:时|后)|有机会|过段时间|稍后|改天|正在(?:研究|协调|推进)|积极(?:研究|协调|推进|争取)"
    r"|加(?:快|紧)(?:推进|办理|处理|进度)|第一时间|力争"
)
# A date or a limit in the sentence turns a vague promise into one that can be held against its author.
_DATED = re.compile(
    r"\d{1,4}\s?年|\d{1,2}\s?月(?:\d{1,2}\s?[日号]|[上中下]旬|底|初|份)?|\d{1,2}\s?[日号](?:前|之前|起|至|晚|上午|下午)"
    r"|[\d一二两三四五六七八九十]+\s?个?(?:工作日|小时|天|日|周|星期|个月|分钟)(?:之?内|以内|后|前)"
    r"|(?:本|这|下|下个)(?:周|月|星期|季度)[一二三四五六日天底末初内]?|今[天日晚年]|明[天日晚年]|后天|月底|年底|周[一二三四五六日末]"
    r"|[一二三四五六七八九十]+月"
)
_EMPTY = re.compile(
    r"高度重视|非常重视|十分重视|(?:已|将)?(?:转|交)(?:由|至|给|交)?(?:相关|有关|责任|职能)(?:部门|单位|科室)(?:处理|办理|核实|研究)?"
    r"|(?:请|望)(?:您)?耐心等待|敬请(?:谅解|期待|关注|留意)|(?:依法依规|按(?:照)?(?:相关|有关)(?:规定|政策|要求))(?:办理|处理|执行)"
    r"|(?:我们|我局|我单位|本单位)?(?:将|会)?(?:认真|积极|充分)(?:研究|考虑|对待|参考)(?:您的)?(?:建议|意见|诉求)?"
    r"|加(?:强|大)(?:监管|管理|宣传|巡查|执法|力度|监督)(?:力度)?|正在(?:处理|办理|核实)中?"
    r"|相关情况(?:已)?(?:了解|掌握)|以(?:实际|官方)(?:情况|公布|通知)为准|诚(?:挚|恳)(?:欢迎|感谢)|一如既往"
)
_COLD = re.compile(
    r"不(?:属于|归|是)(?:我们|我局|本局|本单位|我单位)(?:管|负责|职责)?|与(?:我们|我局|本单位)无关|(?:我们|我局|本单位)(?:管不了|不管|无能为力|没(?:有)?办法)"
    r"|自己(?:去)?(?:查|看|问|想办法|解决|打电话)|(?:请)?自行(?:解决|查询|处理|协商|承担|了解)|爱(?:找谁|去哪).{0,4}(?:找谁|去哪)?|(?:已经)?说(?:过|得)(?:很|多).{0,4}(?:清楚|明白|次|遍)"
    r"|不要(?:再)?(?:无理|纠缠|反复|重复|来)(?:取闹|投诉|反映)?|无理(?:取闹|要求|诉求)|不(?:予|可能)(?:受理|理睬|考虑|答复|解决)|没(?:有)?必要|你(?:们)?(?:应该|必须|怎么|自己|要是)"
    r"|没(?:有)?(?:这|那)(?:个|种)?(?:规定|说法|可能)|(?:我们|我局|这边)(?:也)?不(?:清楚|知道)|无可奉告|懒得|活该"
)
_POLICY = re.compile(
    r"规定|政策|条例|办法|标准|不符合|不予|不能|不得|应当|资格|条件|依法|补贴|补偿|处罚|免征|减免"
)
_BASIS = re.compile(
    r"《[^》]{3,60}》|第[一二三四五六七八九十百\d]+条|[〔\[（(]\s?(?:19|20)\d{2}\s?[〕\]）)]\s?(?:第)?\d+号|号文|国务院令|主席令|依据.{2,20}(?:文件|通知)"
)
_CONTACT = re.compile(
    r"(?<!\d)(?:0\d{2,3}[\s\-－—]?\d{3,4}[\s\-]?\d{3,4}|1[3-9]\d{9}|\d{7,8}|12345|12\d{3}|95\d{3}|96\d{3,4})(?!\d)|电话[:：]?\s?[\d*＊\-—]{3,}"
    r"|联系(?:人|电话|方式)|咨询(?:电话|热线|窗口)|服务热线|(?:到|前往|来).{2,20}(?:窗口|服务中心|办公室|大厅)(?:咨询|办理|反映)"
)
_PLACEHOLDER = re.compile(
    r"[{｛][^{}｛｝\n]{1,6}[}｝]|(?:X|×|x|＊){2,}(?=[局街路月日年号电])|【[^】]{0,6}(?:填|待补)[^】]{0,6}】"
)

# What an office publishes on purpose: its own telephone is contact information, not personal information.
_PUBLIC = frozenset({PersonalKind.LANDLINE})
_DOOR = re.compile("[栋幢座]|单元|家住")


def check_reply(message: str, reply: str, *, title: str | None = None) -> ReplyChecks:
    """Check a reply against the message it answers. Warnings only: whether to send it is a person's decision."""
    relevance = answers(message, reply, title=title)
    findings = [finding for check in _CHECKS for finding in check(reply)]
    if reply.strip() and relevance < ANSWERS_FROM:
        findings.append(Finding(Rule.NOT_ANSWERING, "", 0, 0))
    return ReplyChecks(relevance, sorted(findings, key=lambda found: (found.start, found.end, found.rule)))


def _vague_promises(reply: str) -> Iterator[Finding]:
    for sentence in _SENTENCE.finditer(reply):
        if not _DATED.search(sentence.group()):
            for match in _VAGUE.finditer(sentence.group()):
                start = sentence.start() + match.start()
                yield Finding(Rule.VAGUE_PROMISE, match.group(), start, start + len(match.group()))


def _empty_phrases(reply: str) -> Iterator[Finding]:
    return _matches(Rule.EMPTY_PHRASE, _EMPTY, reply)


def _cold_phrases(reply: str) -> Iterator[Finding]:
    return _matches(Rule.COLD_PHRASE, _COLD, reply)


def _placeholders(reply: str) -> Iterator[Finding]:
    return _matches(Rule.PLACEHOLDER, _PLACEHOLDER, reply)


def _missing_basis(reply: str) -> Iterator[Finding]:
    policy = _POLICY.search(reply)
    if policy is not None and not _BASIS.search(reply):
        yield Finding(Rule.MISSING_BASIS, policy.group(), policy.start(), policy.end())


def _missing_contact(reply: str) -> Iterator[Finding]:
    if reply.strip() and not _CONTACT.search(reply):
        yield Finding(Rule.MISSING_CONTACT, "", 0, 0)


def _too_short(reply: str) -> Iterator[Finding]:
    if 0 < len(reply.strip()) < SHORTEST_REPLY:
        yield Finding(Rule.TOO_SHORT, reply, 0, len(reply))


def _personal_information(reply: str) -> Iterator[Finding]:
    for span in find_personal(reply):
        is_office = span.kind is PersonalKind.ADDRESS and not _DOOR.search(reply[span.start : span.end])
        if span.kind not in _PUBLIC and not is_office:
            yield Finding(Rule.PERSONAL_INFORMATION, reply[span.start : span.end], span.start, span.end)


def _matches(rule: Rule, pattern: re.Pattern[str], reply: str) -> Iterator[Finding]:
    for match in pattern.finditer(reply):
        yield Finding(rule, match.group(), match.start(), match.end())


_CHECKS: tuple[Callable[[str], Iterator[Finding]], ...] = (
    _vague_promises,
    _empty_phrases,
    _cold_phrases,
    _placeholders,
    _missing_basis,
    _missing_contact,
    _too_short,
    _personal_information,
)
