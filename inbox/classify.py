"""Tells what a citizen wants (咨询 求助 建议 投诉 举报 其他) and whether a message needs special care."""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from inbox.kinds import Kind
from inbox.lexicon import CUES, HARMLESS, PRIORS, TAG_PATTERNS, TITLE_CUES, Cue
from routing.words import normalise

LONGEST_TEXT = 4000
WORDS_SHOWN = 4
LONGEST_ADVERT = 160

# What people put between the characters of a word to slip past a list: 加 V 信, 代*开*发*票.
_INSERTED = re.compile(
    r"[\s*·•._\-|/\\~^=+#&\"'“”‘’`´【】\[\]()（）<>《》\u200b-\u200f\u2600-\u27bf\U0001f000-\U0001faff]+"
)

FEW_WORDS = 15
NO_EVIDENCE = round(1 / len(Kind), 3)
"""How sure one can be of a kind that nothing speaks for: every kind is as likely."""

_SHAPES = frozenset({"short", "long"})
"""Cues that tell how a text looks, not what it says."""

SHORT_OUTAGE = 80
OUTAGE_OPENING = 60
OUTAGE_MENTIONS = 3
_NO_OUTAGE = re.compile(
    r"(?:泳池|游泳|水池|池塘|喷泉|水塘|山塘|鱼塘|水库|沟渠?|电瓶|手机|汽车|油|锁)[^。，,！!]{0,8}(?:没|没有|无|缺|断)(?:水|电|气)|"
    r"停电梯|(?:没|没有)水(?:换|平|准|分)|无水(?:硬|泥)"
)

_HARMLESS = re.compile("|".join(HARMLESS))
_SMALL_TALK = re.compile(
    r"(?:(?:你|您|大家)好|在吗|在么|在不在|有人吗|hello|hi|哈喽|嗨|喂|早上好|上午好|中午好|下午好|晚上好|晚安|早安|再见|拜拜|"
    r"测试(?:一下|消息|留言|数据|内容)?|试一?试|试一下|test(?:ing)?|今天|明天|天气(?:真|很|太|挺)?(?:不错|好|热|冷|晴朗)?|"
    r"吃了吗|辛苦了|哈+|呵+|嘿+|嗯+|哦+|啊+|好的?|ok|收到|谢谢|感谢|路过|打卡|签到|新年快乐|节日快乐|[a-z\d]{1,6}|"
    r"[\W_]|[了呀哦呢吧嘛的])+"
)
"""A greeting, the weather, a trial: words, but no matter."""

_QUESTION = re.compile("[?？吗]|请问|咨询|怎么|如何|能不能|能否")

_GRAVE_TAGS = frozenset({"danger", "harmful"})
_SHORT_TAGS = frozenset({"spam", "rumour"})
_ABOUT = re.compile(
    "投诉|举报|被骗|轻信|请问|咨询|怎么举报|邻居|物业|退钱|退费|有个直播间|某账号|我们村|本人|通知"
)


@dataclass(frozen=True, slots=True)
class ClassReason:
    """Why: `code` is wording or tag, `params` hold the words seen and the kind or tag they speak for."""

    code: str
    params: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Classification:
    """The kind with its share of the confidence (0..1), and the tags.

    `tags` is a subset of danger, utility_outage, harmful, spam and rumour; the service-level policy and the
    alarm read it. `kind` is OTHER for spam.
    """

    kind: Kind
    confidence: float
    tags: frozenset[str]
    reasons: list[ClassReason]


def classify(text: str, *, title: str | None = None) -> Classification:
    """Classify a message by its wording; of a very long one the first 4,000 characters are read."""
    whole = normalise(f"{title or ''}\n{text[:LONGEST_TEXT]}").strip()
    tags = _find_tags(whole)
    reasons = [ClassReason("tag", {"tag": tag, "words": words}) for tag, words in tags.items()]
    if "spam" in tags:
        return Classification(Kind.OTHER, 0.95, frozenset(tags), reasons)
    hits = _find_cues(whole, CUES) | _find_cues(normalise(title or "").strip(), TITLE_CUES)
    if not tags and _says_nothing(whole, hits):
        return Classification(Kind.OTHER, NO_EVIDENCE, frozenset(tags), reasons)
    scores = _scores(hits)
    kind = max(scores, key=lambda kind: scores[kind])
    words = _telling_words(hits, kind)
    if words:
        reasons.append(ClassReason("wording", {"kind": kind.value, "words": words}))
    return Classification(kind, _share(scores, kind), frozenset(tags), reasons)


def asks_nothing(text: str, found: Classification) -> bool:
    """Tell thanks, adverts, rumours and small talk, to which no standard answer could be given.

    A short message whose kind nothing speaks for may well ask something.
    """
    if found.kind is not Kind.OTHER or ("spam" not in found.tags and _QUESTION.search(text)):
        return False
    return found.confidence > NO_EVIDENCE or _SMALL_TALK.fullmatch(normalise(text).strip()) is not None


def _says_nothing(text: str, hits: Mapping[Cue, str]) -> bool:
    """Tell small talk, and a few words that speak for no kind; a person has to look."""
    if _SMALL_TALK.fullmatch(text):
        return not any(cue.name == "thanks" for cue in hits)
    return len(text) <= FEW_WORDS and all(cue.name in _SHAPES for cue in hits)


def normalised_for_tags(text: str) -> str:
    """Return a text as the patterns of tags read it: one script, width and case, without inserted signs."""
    return _INSERTED.sub("", normalise(text[:LONGEST_TEXT]))


def _find_tags(text: str) -> dict[str, list[str]]:
    squeezed = _INSERTED.sub("", text)
    found = {}
    is_about = _is_about(squeezed)
    for tag, patterns in TAG_PATTERNS.items():
        if is_about and tag in _SHORT_TAGS:
            continue
        read = _HARMLESS.sub("，", squeezed) if tag in _GRAVE_TAGS else squeezed
        hits = (match.group() for pattern in patterns for match in pattern.finditer(read))
        words = list(dict.fromkeys(hits))
        if words and not (tag == "utility_outage" and _is_in_passing(squeezed, words)):
            found[tag] = words[:WORDS_SHOWN]
    return found


def _is_in_passing(text: str, words: list[str]) -> bool:
    """Tell an outage of now from one that a long text mentions: it comes at the beginning, or more than once.

    A dry or dirty pool, a lift that is switched off and yesterday's bill are no outage.
    """
    if _NO_OUTAGE.search(text):
        return True
    if len(text) <= SHORT_OUTAGE:
        return False
    return not any(word in text[:OUTAGE_OPENING] for word in words) and (
        sum(map(text.count, words)) < OUTAGE_MENTIONS
    )


def _is_about(text: str) -> bool:
    """Tell whether a text speaks of advertising or rumours rather than being one: long, or a complaint."""
    return len(text) > LONGEST_ADVERT or _ABOUT.search(text) is not None


def _find_cues(text: str, cues: Iterable[Cue]) -> dict[Cue, str]:
    hits = {}
    for cue in cues:
        match = cue.pattern.search(text)
        if match is not None:
            hits[cue] = match.group().strip()
    return hits


def _scores(hits: Mapping[Cue, str]) -> dict[Kind, float]:
    return {kind: PRIORS[kind] + sum(cue.weights.get(kind, 0.0) for cue in hits) for kind in Kind}


def _share(scores: Mapping[Kind, float], kind: Kind) -> float:
    return round(1 / sum(math.exp(score - scores[kind]) for score in scores.values()), 3)


def _telling_words(hits: Mapping[Cue, str], kind: Kind) -> list[str]:
    speaking = [cue for cue in hits if cue.weights.get(kind, 0.0) > 0 and hits[cue]]
    speaking.sort(key=lambda cue: -cue.weights[kind])
    return [hits[cue] for cue in speaking[:WORDS_SHOWN]]
