"""Words that mean the same to a citizen, brought to one form on both sides of a comparison."""

import re
from collections.abc import Sequence

from knowledge_base.engine.normalise import folded

SHIPPED: tuple[tuple[str, ...], ...] = (("居住证", "暂住证"),)


class Synonyms:
    """An immutable list of groups; the first word of a group stands for the others."""

    def __init__(self, groups: Sequence[Sequence[str]]) -> None:
        self._canonical: dict[str, str] = {}
        for group in groups:
            words = [word for word in (folded(w).strip() for w in group) if word]
            self._canonical.update({word: words[0] for word in words[1:] if word != words[0]})
        longest_first = sorted(self._canonical, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, longest_first))) if longest_first else None

    def unified(self, line: str) -> str:
        """Return a folded text with every listed word replaced by the one that stands for it."""
        if self._pattern is None:
            return line
        return self._pattern.sub(lambda match: self._canonical[match[0]], line)
