"""A sentence model small enough to read: it knows a few words of one meaning, and nothing else."""

from collections.abc import Sequence

import numpy as np

from knowledge_base.engine.meaning import Vector

_MEANINGS = (("补办", "重办", "再办"), ("丢", "掉", "遗失"), ("费", "钱", "价"))


class WordList:
    """Puts a text where its words point; `read` says how many texts it has been given."""

    name = "word list"
    dimensions = len(_MEANINGS) + 1

    def __init__(self) -> None:
        self.read = 0

    def embed(self, texts: Sequence[str]) -> Vector:
        """Return a row for each text."""
        self.read += len(texts)
        rows = [[*(any(w in text for w in words) for words in _MEANINGS), 0.2] for text in texts]
        found = np.array(rows, np.float32).reshape(len(texts), self.dimensions)
        return found / np.linalg.norm(found, axis=1, keepdims=True)
