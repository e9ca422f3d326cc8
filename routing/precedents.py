"""Similar earlier cases: which closed ones say nearly the same, and where they ended; a small index in numpy.

A text is its rare pairs of characters. The index holds, for each hashed pair, the cases that have it; a question
looks up its rarest pairs only, so that it costs a fraction of a millisecond whatever the number of cases.
"""

import io
import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from routing.errors import BadModel
from routing.words import normalise

FORMAT = 1
BITS = 17
LONGEST_TEXT = 500
PAIRS_ASKED = 60
MOST_CASES = 5000
SIMILAR_FROM = 0.22
SHOWN = 3
COMMONEST_SHARE = 0.15

Ints = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Precedent:
    """An earlier case: its id, the code of the department that answered it, and how similar it is (0..1)."""

    case_id: int
    label: str
    similarity: float


@dataclass(frozen=True, slots=True)
class Precedents:
    """The index; immutable, and safe to use from many threads."""

    case_ids: Ints
    labels: tuple[str, ...]
    label_of: Ints
    starts: Ints
    rows: Ints
    values: Floats
    rarity: Floats

    @classmethod
    def build(cls, cases: Sequence[tuple[int, str | None, str, str]]) -> "Precedents":
        """Index (case id, title, text, label); of more than 5,000 the last ones are kept."""
        kept = cases[-MOST_CASES:]
        labels = tuple(sorted({label for *_, label in kept}))
        number = {label: i for i, label in enumerate(labels)}
        pairs = [_pairs(title, text) for _, title, text, _ in kept]
        sizes = [found.size for found in pairs]
        buckets = np.concatenate(pairs) if pairs else np.zeros(0, dtype=np.int64)
        rows = np.repeat(np.arange(len(kept), dtype=np.int32), sizes)
        frequency = np.bincount(buckets, minlength=1 << BITS)
        rarity = np.log((1 + len(kept)) / (1 + frequency)).astype(np.float32)
        rarity[frequency > max(3, COMMONEST_SHARE * len(kept))] = 0
        order = np.argsort(buckets, kind="stable")
        weights = rarity[buckets]
        lengths = np.sqrt(np.bincount(rows, weights=weights**2, minlength=len(kept))) + 1e-6
        values = (weights / lengths[rows]).astype(np.float32)
        return cls(
            np.array([case_id for case_id, *_ in kept], dtype=np.int32),
            labels,
            np.array([number[label] for *_, label in kept], dtype=np.int32),
            np.concatenate(([0], np.cumsum(frequency))).astype(np.int32),
            rows[order],
            values[order],
            rarity,
        )

    def nearest(self, title: str | None, text: str, *, limit: int = SHOWN) -> list[Precedent]:
        """Return the most similar cases, best first; none when nothing is similar enough."""
        asked = _pairs(title, text)
        weights = self.rarity[asked]
        length = float(np.sqrt(weights @ weights))
        if not self.case_ids.size or length == 0:
            return []
        best = np.argsort(-weights, kind="stable")[:PAIRS_ASKED]
        best = best[weights[best] > 0]
        spans = [slice(self.starts[bucket], self.starts[bucket + 1]) for bucket in asked[best].tolist()]
        rows = np.concatenate([self.rows[span] for span in spans])
        gains = np.concatenate([self.values[span] * w for span, w in zip(spans, weights[best], strict=True)])
        scores = np.bincount(rows, weights=gains, minlength=self.case_ids.size) / length
        near = np.argsort(-scores, kind="stable")[:limit] if scores.size <= limit else _top(scores, limit)
        return [
            Precedent(
                int(self.case_ids[i]), self.labels[self.label_of[i]], round(min(1.0, float(scores[i])), 3)
            )
            for i in near.tolist()
            if scores[i] >= SIMILAR_FROM
        ]

    def to_bytes(self) -> bytes:
        """Return the index as a file: arrays and JSON."""
        header = json.dumps({"format": FORMAT, "bits": BITS, "labels": self.labels}, ensure_ascii=False)
        file = io.BytesIO()
        np.savez_compressed(
            file,
            header=np.frombuffer(header.encode(), dtype=np.uint8),
            case_ids=self.case_ids,
            label_of=self.label_of,
            starts=self.starts,
            rows=self.rows,
            values=self.values.astype(np.float16),
            rarity=self.rarity.astype(np.float16),
        )
        return file.getvalue()

    @classmethod
    def from_bytes(cls, raw: bytes) -> "Precedents":
        """Read what to_bytes wrote. Raises BadModel for anything else."""
        try:
            with np.load(io.BytesIO(raw), allow_pickle=False) as arrays:
                header = json.loads(arrays["header"].tobytes().decode())
                if (header["format"], header["bits"]) != (FORMAT, BITS):
                    msg = f"precedents of format {header['format']}"
                    raise BadModel(msg)
                return cls(
                    arrays["case_ids"],
                    tuple(header["labels"]),
                    arrays["label_of"],
                    arrays["starts"],
                    arrays["rows"],
                    arrays["values"].astype(np.float32),
                    arrays["rarity"].astype(np.float32),
                )
        except (KeyError, ValueError, TypeError, OSError, EOFError, zipfile.BadZipFile) as error:
            raise BadModel(str(error)) from error


def _top(scores: npt.NDArray[np.float64], limit: int) -> npt.NDArray[np.int64]:
    some = np.argpartition(-scores, limit)[:limit]
    return some[np.argsort(-scores[some], kind="stable")]


def _pairs(title: str | None, text: str) -> npt.NDArray[np.int64]:
    """Return the different pairs of neighbouring characters, hashed."""
    said = normalise(f"{title or ''}\n{text[:LONGEST_TEXT]}")
    chars = np.frombuffer(said.encode("utf-32-le", "surrogatepass"), dtype=np.uint32).astype(np.uint64)
    if chars.size < 2:
        return np.zeros(0, dtype=np.int64)
    mixed = (chars[:-1] << np.uint64(21) | chars[1:]) * np.uint64(0x9E3779B97F4A7C15)
    return np.unique((mixed >> np.uint64(64 - BITS)).astype(np.int64))
