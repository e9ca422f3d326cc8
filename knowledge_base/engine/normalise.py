"""One form for Chinese as people type it: half width, simplified, lower case, no emoji, no decoration.

A folded text keeps letters and digits, turns what ends a sentence into a line break and what parts a sentence
into a space, and drops everything else. Its length differs from the raw text, so `positions` leads back.
"""

import unicodedata
from functools import lru_cache

import opencc

SENTENCE_BREAK = "\n"
CLAUSE_BREAK = " "
MAX_CHARACTERS = 6_000

_SENTENCE_ENDS = frozenset("。！？!?；;…\n\r\v\f\u2028\u2029")
_CLAUSE_ENDS = frozenset("，,、：: \t\u3000~～|/")


class _FoldTable(dict[int, str]):
    """What each code point becomes; unknown ones are worked out when first met."""

    def __missing__(self, code_point: int) -> str:
        self[code_point] = folded_to = _fold_character(chr(code_point))
        return folded_to


def folded(text: str) -> str:
    """Return the folded form of a text; lone surrogates and invisible characters vanish."""
    return text.translate(_table())


def positions(text: str, *, upto: int) -> list[int]:
    """Return the index of the raw character that each of the first `upto` folded characters came from."""
    table = _table()
    found: list[int] = []
    for index, character in enumerate(text):
        if len(found) >= upto:
            break
        found.extend([index] * len(table[ord(character)]))
    return found


def spaced(text: str) -> str:
    """Return the folded form of a text in which whatever is dropped leaves a space, so that words stay apart."""
    table = _table()
    return "".join([table[ord(character)] or CLAUSE_BREAK for character in text])


def without_breaks(line: str) -> str:
    """Return a folded text as letters and digits alone."""
    return line.replace(SENTENCE_BREAK, "").replace(CLAUSE_BREAK, "")


def plain(text: str) -> str:
    """Return the letters and digits of a raw text in folded form."""
    return without_breaks(folded(text))


@lru_cache(maxsize=1)
def _table() -> _FoldTable:
    table = _FoldTable()
    table.update({code: _fold_character(chr(code)) for code in range(0x3000)})
    traditional = "".join(map(chr, (*range(0x3400, 0x4DC0), *range(0x4E00, 0xA000))))
    simplified = opencc.OpenCC("t2s").convert(traditional)
    table.update({ord(old): new for old, new in zip(traditional, simplified, strict=True)})
    return table


def _fold_character(character: str) -> str:
    if character in _SENTENCE_ENDS:
        return SENTENCE_BREAK
    if character in _CLAUSE_ENDS:
        return CLAUSE_BREAK
    compatible = unicodedata.normalize("NFKC", character).lower()
    return "".join(part for part in compatible if unicodedata.category(part)[0] in "LN")
