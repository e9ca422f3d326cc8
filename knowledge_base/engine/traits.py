"""Traits of a text that its characters alone do not weigh rightly: what is asked, negation, places, numbers.

Worked out once when an index is built and kept as flat arrays beside it.
"""

import re
from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowledge_base.engine.columns import (
    Array,
    Arrays,
    Rows,
    Strings,
    StringWriter,
    stack,
    starts_of,
    strings,
)

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
ASKED_KINDS = (
    "how",
    "why",
    "when",
    "which",
    "how_many",
    "whether",
    "what",
    "who",
    "good",
    "difference",
    "download",
    "price",
)
_ASKED_WORDS = tuple((word, 1 << bit) for bit, words in enumerate(_ASKED) for word in words.split("|"))
_BITS = np.array([value.bit_count() for value in range(1 << len(_ASKED))], np.uint8)
_FORM = re.compile(
    "请问|想问|咨询|一下|怎么样|怎么办|怎么|怎样|如何|什么|为什么|为何|哪里|哪个|哪些|哪|多少|几|谁|能不能|能否"
    "|可不可以|可以|能|是不是|是否|谁知道|大家|谢谢|帮忙|推荐|介绍|[的了吗呢啊呀吧嘛我你您是就都还也又有在会要请求急这那个些好]"
)
_NONE: frozenset[str] = frozenset()
_MOST_NAMES = 1_000


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


class NameSets:
    """A set of names for each text, such as the places in it."""

    def __init__(self, starts: Rows, numbers: Rows, names: Strings) -> None:
        self._starts = starts
        self._numbers = numbers
        self._names = names

    def __getitem__(self, number: int) -> frozenset[str]:
        start, end = int(self._starts[number]), int(self._starts[number + 1])
        if start == end:
            return _NONE
        return frozenset(self._names[int(self._numbers[place])] for place in range(start, end))


@dataclass(frozen=True, slots=True)
class TraitTable:
    """The traits of all indexed texts, column by column."""

    asked: Rows
    negated: Rows
    frames: Rows
    places: NameSets
    numbers: NameSets

    @classmethod
    def open(cls, base: Arrays, more: Arrays | None = None) -> "TraitTable":
        """Return the table of the columns that `trait_columns` has made."""
        rows = stack(base, more)
        names = strings(rows, "name")
        return cls(
            asked=rows["asked"],
            negated=rows["negated"],
            frames=rows["frames"],
            places=NameSets(rows["place_starts"], rows["places"], names),
            numbers=NameSets(rows["number_starts"], rows["numbers"], names),
        )


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


def trait_columns(texts: Iterable[str], base: Arrays | None = None) -> dict[str, Array]:
    """Return the traits of many folded texts without breaks, for a file or behind those of `base`."""
    asked, negated, frames = array("H"), array("b"), array("B")
    first = len(base["name_starts"]) - 1 if base else 0
    numbers: dict[str, int] = {}
    places, figures = _SetWriter(numbers, first), _SetWriter(numbers, first)
    for traits in map(traits_of, texts):
        asked.append(traits.asked)
        negated.append(traits.negated)
        frames.append(min(traits.frames, 255))
        places.add(traits.places)
        figures.add(traits.numbers)
    return {
        "asked": np.frombuffer(asked, np.uint16),
        "negated": np.frombuffer(negated, np.bool_),
        "frames": np.frombuffer(frames, np.uint8),
        "place_starts": starts_of(np.frombuffer(places.counts, np.uint16)),
        "places": np.frombuffer(places.held, np.int32),
        "number_starts": starts_of(np.frombuffer(figures.counts, np.uint16)),
        "numbers": np.frombuffer(figures.held, np.int32),
        **StringWriter(numbers).columns("name"),
    }


class _SetWriter:
    """Collects sets of names as numbers."""

    def __init__(self, numbers: dict[str, int], first: int) -> None:
        self._numbers = numbers
        self._first = first
        self.counts = array("H")
        self.held = array("i")

    def add(self, names: Iterable[str]) -> None:
        kept = sorted(names)[:_MOST_NAMES]
        self.counts.append(len(kept))
        self.held.extend(self._first + self._numbers.setdefault(name, len(self._numbers)) for name in kept)


def gist_of(text: str) -> str:
    """Return a folded text without the words of asking and of courtesy, unless hardly anything else is left."""
    gist = _FORM.sub("", text)
    return gist if len(gist) > 1 else text


def asked_kinds(asked: int) -> tuple[str, ...]:
    """Return the names of the kinds of question that a value marks."""
    return tuple(name for bit, name in enumerate(ASKED_KINDS) if asked >> bit & 1)


def kinds_in(asked: NDArray[Any]) -> NDArray[np.uint8]:
    """Return how many kinds of question each value marks."""
    kinds: NDArray[np.uint8] = _BITS[asked]
    return kinds


def _places(text: str) -> frozenset[str]:
    found = [place for place in _PLACE.findall(text) if not _NO_PLACE.search(place)]
    return frozenset(found) if found else _NONE
