"""The few fitted numbers of the engine: how evidence is weighed, and how a weight becomes a confidence.

Fitted by maximum likelihood on labelled public questions that are not part of the product.
"""

RANKING = {
    "bm25": 0.1428,
    "bm25_rel": 1.2633,
    "cover1": 5.8125,
    "cover2": -2.8124,
    "cover3": -5.1868,
    "cosine": -1.8237,
    "sentence_cosine": 5.9971,
    "sentence_cover": -1.668,
    "ratio": 2.3298,
    "partial": -0.3673,
    "sentence_ratio": 1.1653,
    "length": 1.9915,
    "query_length": 0.0,
    "missing": -0.0369,
    "matched": -0.0274,
}
CONFIDENCE = {
    "bias": -7.693,
    "score": 0.3723,
    "lead": -0.1059,
    "share": 0.4795,
    "cover2": 2.3714,
    "cover3": -0.0452,
    "cosine": 1.8431,
    "sentence_cosine": -2.1826,
    "missing": 0.0064,
    "matched": -0.0493,
    "query_length": -0.0655,
    "length": 0.5216,
    "ratio": 1.2117,
    "partial": -0.3065,
    "sentence_ratio": -1.606,
    "bm25": 0.0601,
}
THRESHOLD = 0.3
