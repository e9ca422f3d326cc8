"""Evidence: what speaks for each candidate, one row of numbers a candidate."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz

from knowledge_base.engine.grams import slices
from knowledge_base.engine.index import GramIndex
from knowledge_base.engine.message import PreparedText

FEATURES = (
    "bm25",
    "bm25_rel",
    "cover1",
    "cover2",
    "cover3",
    "cosine",
    "sentence_cosine",
    "sentence_cover",
    "ratio",
    "partial",
    "sentence_ratio",
    "length",
    "query_length",
    "missing",
    "matched",
)


@dataclass(frozen=True, slots=True)
class Evidence:
    """Candidates (numbers of indexed texts) with a row of features each."""

    candidates: NDArray[np.int64]
    rows: NDArray[np.float64]


def gather(
    message: PreparedText,
    index: GramIndex,
    plain_texts: list[str],
    candidates: NDArray[np.int64],
    scores: NDArray[np.float64],
) -> Evidence:
    """Compare a message with each candidate."""
    starts = index.forward_starts[candidates]
    counts = index.forward_starts[candidates + 1] - starts
    grams = index.forward_grams[slices(starts, counts)].astype(np.int64)
    edges = np.concatenate(([0], np.cumsum(counts)[:-1]))
    place = np.minimum(np.searchsorted(message.grams, grams), max(len(message.grams) - 1, 0))
    present = message.grams[place] == grams
    idf = index.idf[grams]
    lengths = index.lengths[grams]

    def total(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.add.reduceat(values, edges)

    columns: dict[str, NDArray[np.float64]] = {}
    top = scores[candidates].max()
    columns["bm25"] = scores[candidates]
    columns["bm25_rel"] = scores[candidates] / top
    for n in (1, 2, 3):
        w = np.where(lengths == n, idf, 0)
        columns[f"cover{n}"] = total(w * present) / np.maximum(total(w), 1e-9)
    w2 = np.where(lengths == 2, idf, 0)
    columns["missing"] = total(w2 * ~present)
    columns["matched"] = total(w2 * present)
    tf = 1 + np.log(message.counts)
    qw = np.where(present, tf[place] * idf, 0)
    columns["cosine"] = total(qw * idf) / (index.norms[candidates] * message.norm)
    bits = np.where(present, message.sentence_bits[place], np.uint64(0))
    s = len(message.sentences)
    expanded = ((bits[:, None] >> np.arange(s, dtype=np.uint64)[None, :]) & np.uint64(1)).astype(np.float64)
    sq = (message.sentence_bits[:, None] >> np.arange(s, dtype=np.uint64)[None, :]) & np.uint64(1)
    snorm = np.sqrt((sq * (index.idf[message.grams] ** 2)[:, None]).sum(0)) + 1e-9
    dots = np.add.reduceat(expanded * (idf**2)[:, None], edges, axis=0)
    scos = dots / (index.norms[candidates][:, None] * snorm[None, :])
    columns["sentence_cosine"] = scos.max(1)
    cov = np.add.reduceat(expanded * w2[:, None], edges, axis=0) / np.maximum(total(w2), 1e-9)[:, None]
    columns["sentence_cover"] = cov.max(1)
    best = scos.argmax(1)
    stexts = message.sentence_texts
    texts = [plain_texts[c] for c in candidates]
    columns["ratio"] = np.array([fuzz.ratio(message.plain, t) for t in texts]) / 100
    columns["partial"] = np.array([fuzz.partial_ratio(message.plain[:600], t) for t in texts]) / 100
    columns["sentence_ratio"] = (
        np.array([fuzz.ratio(stexts[b], t) for b, t in zip(best, texts, strict=True)]) / 100
    )
    columns["length"] = np.log(np.array([len(t) + 1 for t in texts]))
    columns["query_length"] = np.full(len(texts), np.log(len(message.plain) + 1))
    rows = np.stack([columns[name] for name in FEATURES], axis=1)
    return Evidence(candidates, rows)
