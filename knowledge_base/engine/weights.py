"""The few fitted numbers of the engine: how evidence is weighed, and how a weight becomes a confidence.

Fitted by maximum likelihood on labelled public questions that are no part of the product. Long messages and
short questions are weighed apart and blended around 35 characters: in a long message what is missing from the
question tells little, in a short one it tells much.
"""

PIVOT_CHARACTERS = 35

FIRST_LONG = {
    "score": 0.01611,
    "cover2": 1.425,
    "matched2_rel": 2.402,
    "missing1": -0.03687,
    "missing2": -0.01994,
    "rarest1": 0.3472,
    "cosine_rel": 4.565,
    "jaccard1": 2.986,
    "cosine": -5.144,
}
FIRST_SHORT = {
    "score": 0.08779,
    "cover2": -2.837,
    "matched2_rel": -1.073,
    "missing1": -0.02814,
    "missing2": 0.01362,
    "rarest1": 0.5262,
    "cosine_rel": 1.951,
    "jaccard1": 4.583,
    "cosine": 2.152,
}
LONG = {
    "score": 0.01117,
    "cosine_rel": 3.644,
    "missing1": -0.03006,
    "place_hit": 1.657,
    "frames": 0.9893,
    "jaro": 3.224,
    "rarest1": 0.4835,
    "asked_extra": -0.7356,
    "number_miss": -1.958,
    "matched2_rel": 1.601,
    "missing2": -0.01583,
    "asked_same": -0.5727,
    "negation": 0.8144,
    "ratio_rel": 1.196,
    "place_conflict": -0.4659,
}
SHORT = {
    "score": 0.05019,
    "jaccard1": 2.955,
    "rarest1": 0.2876,
    "ratio_rel": 1.295,
    "partial": -4.039,
    "homophones": 0.1347,
    "synonyms": 0.06983,
    "negation": -0.7834,
    "matched2_rel": -0.338,
    "beyond1": 0.06285,
    "rarest2": 0.1974,
    "lcs_rel": 3.527,
    "cover2_rel": -1.006,
    "cosine": 2.951,
    "cover2": -2.129,
}
CONFIDENCE_LONG = {
    "bias": -5.795,
    "weight": 0.1332,
    "lead": 0.1604,
    "share": 0.3986,
    "cover2": 4.809,
    "jaccard1": 3.576,
}
CONFIDENCE_SHORT = {
    "bias": -5.792,
    "weight": 0.2966,
    "lead": -0.1867,
    "share": 0.4635,
    "cover2": 1.435,
    "jaccard1": 1.627,
}
THRESHOLD = 0.3
