"""Watched words, found in whatever disguise: traditional and full-width characters, homophones, inserted signs.

A text and a word are brought into one plain form and compared there, so a disguise needs no rule of its own.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from inbox.access import Viewer, require
from inbox.errors import MessageRefused
from inbox.lexicon import HARMLESS
from inbox.risk_models import AlarmPolicy, RiskWord, WordEffect
from inbox.wording import clean_text
from routing.models import Role
from routing.words import normalise

KEEPERS = (Role.ADMINISTRATOR, Role.SUPERVISOR)
TAGS = ("danger", "harmful", "spam")
LONGEST_TEXT = 4000
LONGEST_WORD = 40
WORDS_SHOWN = 4

SHIPPED: Mapping[str, tuple[str, ...]] = {
    "danger": (
        *("自杀", "轻生", "跳楼", "跳河", "割腕", "喝农药", "不想活了", "活不下去", "同归于尽", "救命"),
        *("砍人", "杀人", "持刀", "放火", "绑架", "爆炸", "煤气泄漏", "燃气泄漏", "房子要塌", "触电"),
    ),
    "harmful": (
        *("炸药", "枪支", "雷管", "冰毒", "海洛因", "制毒", "贩毒", "报复社会", "邪教", "恐怖袭击"),
        *("卖淫", "嫖娼", "裸聊"),
    ),
    "spam": ("加微信", "代开发票", "刷单", "办证刻章"),
}
"""Watched from the start; an entry of effect `allow` switches one off."""

_EVERYDAY = frozenset({"轻声", "就命", "旧命", "处电", "沙人", "清生", "青生"})
"""Spellings that sound like a watched word and are words of their own; nobody hides behind them."""

_SOUND_ALIKE = (
    *("自字资孜", "杀沙煞刹纱", "跳挑眺", "楼喽娄搂", "河和合喝核荷", "割隔歌鸽戈", "腕碗挽", "轻清青倾氢"),
    *("生声升牲", "死斯丝", "活火伙", "炸诈榨", "药钥耀", "枪抢腔", "砍坎侃", "爆暴曝", "放仿访", "毒独读"),
    *(
        "救就旧",
        "绑帮榜",
        "架驾嫁",
        "刀叨",
        "触处",
        "邪斜携",
        "卖麦",
        "淫银吟",
        "嫖飘漂票",
        "裸罗落",
        "聊撩疗",
    ),
    *("微薇威维徽", "信芯心鑫", "开揩", "刻克", "章张彰", "冰兵", "雷累", "报抱", "归规", "尽近劲进"),
)
_PLAIN = {ord(char): group[0] for group in _SOUND_ALIKE for char in group}
_SIGNS = re.compile(r"[^\u3400-\u9fffa-z0-9]+")


@dataclass(frozen=True, slots=True)
class Watched:
    """A watched word that stands in a text; `seen` is how it was written there."""

    tag: str
    word: str
    seen: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class WordRow:
    """One entry of the list as its page shows it; `id` is None for a shipped one."""

    id: int | None
    text: str
    tag: str
    effect: WordEffect
    is_off: bool = False


class RiskScreen:
    """The watched words, ready to be looked for."""

    def __init__(self, marks: Iterable[tuple[str, str]], allowed: Iterable[tuple[str, str]] = ()) -> None:
        """Take (tag, word) pairs to mark, and (tag, phrase) pairs that keep what stands inside them from marking."""
        self._words = {(tag, word): plain(word) for tag, word in marks}
        self._allowed = {(tag, phrase): plain(phrase) for tag, phrase in allowed}

    def find(self, text: str) -> list[Watched]:
        """Return the watched words of a text in reading order, each where it stands in the raw text."""
        squeezed, places = _squeeze(text[:LONGEST_TEXT])
        found = []
        for (tag, word), form in self._words.items():
            for at in _positions(squeezed, form):
                start, end = places[at], places[at + len(form) - 1] + 1
                everyday = _SIGNS.sub("", normalise(text[start:end])) in _EVERYDAY
                if not everyday and not self._is_allowed(tag, squeezed, at, at + len(form)):
                    found.append(Watched(tag, word, text[start:end], start, end))
        return sorted(found, key=lambda hit: (hit.start, hit.tag, -hit.end))

    def tags(self, text: str) -> dict[str, list[str]]:
        """Return the marks of a text with the words, as they were written, that raise them."""
        seen: dict[str, dict[str, None]] = {}
        for hit in self.find(text):
            seen.setdefault(hit.tag, {})[hit.seen] = None
        return {tag: list(words)[:WORDS_SHOWN] for tag, words in seen.items()}

    def _is_allowed(self, tag: str, squeezed: str, start: int, end: int) -> bool:
        return any(
            at <= start and end <= at + len(form)
            for (allowed_tag, _), form in self._allowed.items()
            if allowed_tag == tag
            for at in _positions(squeezed, form)
        )


def plain(text: str) -> str:
    """Return a text in the form in which words are compared: one script and width, one sound, no signs."""
    return _SIGNS.sub("", normalise(text)).translate(_PLAIN)


def load_screen(session: Session) -> RiskScreen:
    """Return the deployment's watched words; the same list is built once a process."""
    rows = session.exec(select(RiskWord.tag, RiskWord.text, RiskWord.effect).order_by(col(RiskWord.id))).all()
    return _screen(tuple((tag, text, WordEffect(effect)) for tag, text, effect in rows))


def list_words(session: Session) -> list[WordRow]:
    """Return every watched word by mark: the deployment's own, then the shipped ones."""
    own = session.exec(select(RiskWord).order_by(col(RiskWord.tag), col(RiskWord.id).desc())).all()
    off = {(row.tag, row.text) for row in own if row.effect == WordEffect.ALLOW}
    rows = [WordRow(row.id, row.text, row.tag, row.effect) for row in own]
    shipped = [(tag, text) for tag, words in SHIPPED.items() for text in words]
    return rows + [WordRow(None, text, tag, WordEffect.MARK, (tag, text) in off) for tag, text in shipped]


def add_word(
    session: Session, viewer: Viewer, text: str, *, tag: str, effect: WordEffect, now: datetime
) -> bool:
    """Watch a word, or allow one; False when the list has it already. Raises MessageRefused, NotAllowed."""
    require(viewer, "risk_words", *KEEPERS)
    text = clean_text(text)
    if len(plain(text)) < 2 or len(text) > LONGEST_WORD or tag not in TAGS:
        raise MessageRefused("risk_word")
    try:
        with session.begin_nested():
            session.add(RiskWord(text=text, tag=tag, effect=effect, added_by=viewer.officer_id, added_at=now))
    except IntegrityError:
        return False
    return True


def remove_word(session: Session, viewer: Viewer, word_id: int) -> bool:
    """Take an own word off the list; False when somebody did before."""
    require(viewer, "risk_words", *KEEPERS)
    row = session.get(RiskWord, word_id)
    if row is None:
        return False
    session.delete(row)
    session.flush()
    return True


def alarm_policy(session: Session) -> AlarmPolicy:
    """Return how long a called person has; the shipped values until somebody changes them."""
    return session.get(AlarmPolicy, 1) or AlarmPolicy()


def set_alarm_policy(session: Session, viewer: Viewer, *, danger: int, harmful: int) -> AlarmPolicy:
    """Change how many minutes, 1 to 240, the called person has."""
    require(viewer, "risk_words", *KEEPERS)
    if not (1 <= danger <= 240 and 1 <= harmful <= 240):
        raise MessageRefused("alarm_minutes")
    policy = session.get(AlarmPolicy, 1)
    if policy is None:
        policy = AlarmPolicy(id=1)
        session.add(policy)
    policy.danger_minutes, policy.harmful_minutes = danger, harmful
    session.flush()
    return policy


@lru_cache(maxsize=8)
def _screen(rows: tuple[tuple[str, str, WordEffect], ...]) -> RiskScreen:
    off = {(tag, text) for tag, text, effect in rows if effect == WordEffect.ALLOW}
    shipped = [(tag, text) for tag, words in SHIPPED.items() for text in words if (tag, text) not in off]
    own = [(tag, text) for tag, text, effect in rows if effect == WordEffect.MARK]
    harmless = [("danger", phrase) for phrase in HARMLESS]
    return RiskScreen([*shipped, *own], [*off, *harmless])


def _squeeze(text: str) -> tuple[str, Sequence[int]]:
    """Return the text's plain form and, for each of its characters, where it stands in the raw text."""
    kept: list[str] = []
    places: list[int] = []
    for position, char in enumerate(text):
        for part in _plain_char(char):
            kept.append(part)
            places.append(position)
    return "".join(kept), places


@lru_cache(maxsize=20_000)
def _plain_char(char: str) -> str:
    form = plain(char)
    return "" if form.isascii() and form.isdigit() else form


def _positions(text: str, form: str) -> Iterable[int]:
    at = text.find(form) if form else -1
    while at >= 0:
        yield at
        at = text.find(form, at + 1)
