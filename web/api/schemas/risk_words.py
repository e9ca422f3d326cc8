"""Watched words: the list, an own word, a text tried, minutes."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from inbox.risk_models import WordEffect
from web.api.schemas.base import Given, Id, Text, Told


class WordPath(Given):
    """Which own word."""

    word_id: Id
    """The number of the word."""


class NewWord(Given):
    """A word to watch, or a phrase that must not raise a mark."""

    text: Annotated[Text, Field(min_length=2, max_length=40)]
    tag: Literal["danger", "harmful", "spam"]
    """Which mark it raises."""
    effect: WordEffect = WordEffect.MARK
    """`mark` raises the mark; `allow` switches a shipped word off or lets a harmless phrase pass."""


class TriedText(Given):
    """A text to look through."""

    text: Annotated[Text, Field(max_length=4000)]


class AlarmMinutes(Given):
    """How many minutes a called person has before the next one is called."""

    model_config = ConfigDict(from_attributes=True)

    danger_minutes: Annotated[int, Field(ge=1, le=240)]
    harmful_minutes: Annotated[int, Field(ge=1, le=240)]


class WatchedWord(Told):
    """One entry of the list."""

    id: int | None
    """Null for a shipped word, which cannot be taken off but switched off."""
    text: str
    tag: str
    effect: WordEffect
    is_off: bool
    """Whether an own entry switches this shipped word off."""


class WatchedWords(Told):
    """Every watched word by mark, and the minutes."""

    words: list[WatchedWord]
    minutes: AlarmMinutes


class WordAdded(Told):
    """Whether the word is new on the list."""

    added: bool


class Watched(Told):
    """What a text would raise."""

    words: dict[str, list[str]]
    """The marks by watched words, each with the words as they were written."""
    patterns: list[str]
    """The marks by the built-in patterns of wording."""
