"""The learned classifier: what earlier messages say about where a new one belongs, with a calibrated confidence."""

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from routing.errors import BadModel
from routing.features import (
    BODY_WORDS,
    BUCKET_BITS,
    TITLE_WORDS,
    Counted,
    FeatureSpace,
    Floats,
    Lexicon,
    count_features,
    read_words,
    weigh_sections,
    word_buckets,
)
from routing.linear import LinearModel

FORMAT = 2
WORDS_SHOWN = 4
SHARPNESS = 2.0


@dataclass(frozen=True, slots=True)
class Prediction:
    """The best label, how surely it is right (0..1), every label's share, and the words that spoke most for it."""

    label: str
    confidence: float
    shares: dict[str, float]
    words: list[str]


@dataclass(frozen=True, slots=True)
class Calibration:
    """Turns what speaks for the best label into a probability of being right (logistic)."""

    weights: tuple[float, ...]
    bias: float

    def confidence(self, evidence: Floats) -> float:
        """Return the probability, 0..1."""
        score = float(np.dot(self.weights, evidence) + self.bias)
        return float(1 / (1 + np.exp(-np.clip(score, -30, 30))))


@dataclass(frozen=True, slots=True)
class TextClassifier:
    """A trained classifier; immutable, and safe to use from many threads.

    `accuracy` is its share of right answers on kept-aside messages: how far a decision may trust it.
    """

    labels: tuple[str, ...]
    lexicons: tuple[Lexicon, ...]
    space: FeatureSpace
    model: LinearModel
    calibration: Calibration
    accuracy: float = 1.0
    sentence_size: int = 0

    def predict(self, title: str | None, text: str, sentence: Floats | None = None) -> Prediction:
        """Classify one message. Raises BadModel when it learned with a sentence model and gets no vector."""
        counted = self._count(title, text, sentence)
        scores, views = self.judge(counted)
        best = int(scores.argmax())
        confidence = self.calibration.confidence(evidence(scores, views))
        shares = _shares(scores, best, confidence)
        return Prediction(
            self.labels[best],
            confidence,
            {label: round(float(share), 4) for label, share in zip(self.labels, shares, strict=True)},
            self._telling_words(read_words(title, text), best),
        )

    def shares(self, title: str | None, text: str, sentence: Floats | None = None) -> dict[str, float]:
        """Return each label's share, together 1."""
        counted = self._count(title, text, sentence)
        scores, views = self.judge(counted)
        best = int(scores.argmax())
        shares = _shares(scores, best, self.calibration.confidence(evidence(scores, views)))
        return dict(zip(self.labels, shares.tolist(), strict=True))

    def judge(self, counted: Counted) -> tuple[Floats, Floats]:
        """Return the score of each label, and what title, body, meaning and duty words give to each."""
        views = judge(self.space, self.model, counted)
        return views.sum(axis=0) + self.model.dense[-1], views

    def _count(self, title: str | None, text: str, sentence: Floats | None) -> Counted:
        size = 0 if sentence is None else sentence.size
        if size != self.sentence_size:
            msg = f"it was trained with sentence vectors of {self.sentence_size} numbers and was given {size}"
            raise BadModel(msg)
        return count_features(title, text, self.lexicons, sentence)

    def _telling_words(self, words: list[str], best: int) -> list[str]:
        worth = np.zeros(len(words), dtype=np.float32)
        for section in (TITLE_WORDS, BODY_WORDS):
            columns = self.space.columns[word_buckets(words, section)]
            rows = self.model.sparse[columns]
            gain = (rows[:, best] - rows.mean(axis=1)) * self.space.rarity[columns]
            worth = np.maximum(worth, np.where(columns >= 0, gain, 0))
        ranked = np.argsort(-worth, kind="stable")[:WORDS_SHOWN].tolist()
        return [words[position] for position in ranked if worth[position] > 0]

    def to_bytes(self) -> bytes:
        """Return the classifier as a file: arrays and JSON, nothing that could run."""
        header = {
            "format": FORMAT,
            "bits": BUCKET_BITS,
            "labels": self.labels,
            "lexicons": [
                {"words": lexicon.duties_of_word, "size": lexicon.size, "weight": lexicon.weight}
                for lexicon in self.lexicons
            ],
            "calibration": [*self.calibration.weights, self.calibration.bias],
            "accuracy": self.accuracy,
            "sentence": self.sentence_size,
        }
        file = io.BytesIO()
        np.savez_compressed(
            file,
            header=np.frombuffer(json.dumps(header, ensure_ascii=False).encode(), dtype=np.uint8),
            buckets=np.flatnonzero(self.space.columns >= 0).astype(np.int32),
            rarity=self.space.rarity,
            meaning_buckets=np.flatnonzero(self.space.meaning_columns >= 0).astype(np.int32),
            meaning_rarity=self.space.meaning_rarity,
            directions=self.space.directions.astype(np.float16),
            sparse=self.model.sparse.astype(np.float16),
            dense=self.model.dense,
        )
        return file.getvalue()

    @classmethod
    def from_bytes(cls, raw: bytes) -> "TextClassifier":
        """Read what to_bytes wrote. Raises BadModel for anything else."""
        try:
            with np.load(io.BytesIO(raw), allow_pickle=False) as arrays:
                return cls._from_arrays(dict(arrays))
        except (KeyError, ValueError, TypeError, OSError, EOFError, zipfile.BadZipFile) as error:
            raise BadModel(str(error)) from error

    @classmethod
    def _from_arrays(cls, arrays: Mapping[str, Any]) -> "TextClassifier":
        header = json.loads(arrays["header"].tobytes().decode())
        if (header["format"], header["bits"]) != (FORMAT, BUCKET_BITS):
            msg = f"format {header['format']} with {header['bits']} bits"
            raise ValueError(msg)
        space = FeatureSpace(
            _columns(arrays["buckets"]),
            arrays["rarity"],
            _columns(arrays["meaning_buckets"]),
            arrays["meaning_rarity"],
            arrays["directions"].astype(np.float32),
        )
        model = LinearModel(arrays["sparse"].astype(np.float32), arrays["dense"])
        *weights, bias = header["calibration"]
        lexicons = tuple(
            Lexicon(found["words"], found["size"], weight=found["weight"]) for found in header["lexicons"]
        )
        return cls(
            tuple(header["labels"]),
            lexicons,
            space,
            model,
            Calibration(tuple(weights), bias),
            header["accuracy"],
            header["sentence"],
        )


def judge(space: FeatureSpace, model: LinearModel, counted: Counted) -> Floats:
    """Return a row each for title, body, meaning and duty words: what it adds to each label's score.

    What a sentence model's vector says counts as meaning.
    """
    sections = [values @ model.sparse[columns] for columns, values in weigh_sections(space, counted)]
    dense = space.dense(counted)
    meaning = space.directions.shape[1]
    duties = slice(meaning, meaning + counted.duties.size)
    sentence = slice(duties.stop, dense.size)
    return np.stack(
        (
            sections[0] + sections[2],
            sections[1] + sections[3],
            dense[:meaning] @ model.dense[:meaning] + dense[sentence] @ model.dense[sentence],
            dense[duties] @ model.dense[duties],
        )
    )


def evidence(scores: Floats, views: Floats) -> Floats:
    """Return what the calibration reads: the lead of the best label, and which views agree with it.

    A lead that title, body, meaning and duty words share is right more often than the same lead from one alone.
    """
    order = np.argsort(scores)
    best, second = order[-1], order[-2]
    leads = views[:, best] - views[:, second]
    return np.array(
        [scores[best] - scores[second], scores[best], *(leads > 0), min(leads[0], leads[1])], dtype=np.float32
    )


def _shares(scores: Floats, best: int, confidence: float) -> Floats:
    """Share out: the best label gets its confidence, the others the rest in proportion to their scores."""
    others = np.exp(SHARPNESS * (scores - scores.max()))
    others[best] = 0
    total = float(others.sum())
    shares: Floats = others * np.float32((1 - confidence) / total) if total > 0 else others
    shares[best] = confidence
    return shares


def _columns(buckets: Sequence[int]) -> Any:
    columns = np.full(1 << BUCKET_BITS, -1, dtype=np.int32)
    columns[buckets] = np.arange(len(buckets), dtype=np.int32)
    return columns
