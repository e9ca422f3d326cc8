"""Clean what citizens wrote without changing what they said; the raw bytes stay beside it."""

import re

MAX_TEXT_LENGTH = 100_000
"""Longest message taken, in characters; longer ones are refused with a sentence."""

TITLE_LENGTH = 60
EXCERPT_LENGTH = 200

_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_SURROGATES = re.compile("[\ud800-\udfff]")
_BLANK = re.compile(r"\s+")
_SENTENCE_END = re.compile(r"[。！？!?\n]")
_INVISIBLE = re.compile("[\\s\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\ufe0e\ufe0f]+")


def clean_text(raw: str) -> str:
    """Return `raw` with what no database or page can hold replaced: lone surrogates, NUL, control characters.

    Line ends become ``\\n``; nothing else changes, so offsets into the result are offsets into what the
    officer sees. Full-width forms, emoji and unusual spacing are left as the citizen typed them.
    """
    text = raw.replace("\r\n", "\n").replace("\r", "\n")
    return _CONTROLS.sub("", _SURROGATES.sub("\N{REPLACEMENT CHARACTER}", text)).strip()


def is_blank(text: str) -> bool:
    """Tell whether nothing readable is left once spaces and invisible characters are taken away."""
    return not _INVISIBLE.sub("", text)


def one_line(text: str, length: int) -> str:
    """Return `text` on one line, cut to at most `length` characters with an ellipsis."""
    line = _BLANK.sub(" ", text[: length * 4]).strip()
    return line if len(line) <= length else line[: length - 1].rstrip() + "…"


def title_from(text: str) -> str:
    """Make a title from the first sentence of a message that came without one."""
    first = _SENTENCE_END.split(text.strip(), maxsplit=1)[0]
    return one_line(first or text, TITLE_LENGTH)
