"""Traits of a text that its characters alone do not weigh rightly: what is asked, negation, places, numbers.

Worked out once when an index is built and kept as flat arrays beside it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

_PLACE = re.compile(
    r"[a-z]\d*[省市区县镇乡村]|[\u4e00-\u9fff]{2}(?:省|市|县|镇|乡|街道|社区|村)(?![长民委干府级域场容政])"
)
_NO_PLACE = re.compile(r"[我本全各该贵你们的在到是有和与]|城[市县镇乡]|乡镇|农村|县城")
_NUMBER = re.compile(r"\d+")
_NEGATION = re.compile(r"[不没无未别非]")
_FRAMES = re.compile(
    "希望|咨询|关于|问题|投诉|反映|请求|建议|举报|请问|要求|恳请|呼吁|能否|能不能|怎么|如何|为什么|什么|何时|吗"
)
_ASKED = (
    "怎|如何|咋",
    "为什么|为何|咋回事|怎么回事|为啥|原因",
    "什么时候|何时|多久|几时|时间|多长",
    "哪",
    "多少|几|多大",
    "是否|能|可以|可否|吗",
    "什么|啥|哪些",
    "谁",
    "好",
    "区别|不同",
    "下载",
    "价|钱|费",
)
_ASKED_WORDS = tuple((word, 1 << bit) for bit, words in enumerate(_ASKED) for word in words.split("|"))
_BITS = np.array([value.bit_count() for value in range(1 << len(_ASKED))], np.uint8)
_NONE: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class TextTraits:
    """What is asked (a bit for each kind), whether it is negated, how many phrases of form it holds, and the
    places and numbers that it names.
    """

    asked: int
    negated: bool
    frames: int
    places: frozenset[str]
    numbers: frozenset[str]


@dataclass(frozen=True, slots=True)
class TraitTable:
    """The traits of all indexed texts, column by column."""

    asked: NDArray[np.uint16]
    negated: NDArray[np.bool_]
    frames: NDArray[np.uint8]
    places: tuple[frozenset[str], ...]
    numbers: tuple[frozenset[str], ...]


def traits_of(text: str) -> TextTraits:
    """Return the traits of a folded text without breaks."""
    asked = 0
    for word, bit in _ASKED_WORDS:
        if word in text:
            asked |= bit
    return TextTraits(
        asked=asked,
        negated=_NEGATION.search(text) is not None,
        frames=len(set(_FRAMES.findall(text))),
        places=_places(text),
        numbers=frozenset(_NUMBER.findall(_PLACE.sub(" ", text))) if _NUMBER.search(text) else _NONE,
    )


def trait_table(texts: Sequence[str]) -> TraitTable:
    """Return the traits of many folded texts without breaks."""
    found = [traits_of(text) for text in texts]
    return TraitTable(
        np.array([t.asked for t in found], np.uint16),
        np.array([t.negated for t in found], np.bool_),
        np.array([min(t.frames, 255) for t in found], np.uint8),
        tuple(t.places for t in found),
        tuple(t.numbers for t in found),
    )


def kinds_in(asked: NDArray[Any]) -> NDArray[np.uint8]:
    """Return how many kinds of question each value marks."""
    kinds: NDArray[np.uint8] = _BITS[asked]
    return kinds


def _places(text: str) -> frozenset[str]:
    found = [place for place in _PLACE.findall(text) if not _NO_PLACE.search(place)]
    return frozenset(found) if found else _NONE
