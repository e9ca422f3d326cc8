"""The few fitted numbers of the engine: how evidence is weighed, and how a weight becomes a confidence.

Fitted by maximum likelihood on labelled public questions that are no part of the product. Long messages and
short questions are weighed apart and blended between 30 and 50 characters: in a long message what is missing from the
question tells little, in a short one it tells much.
"""

FIRST_LONG = {
    "score": 0.01383,
    "cover2": 1.69,
    "matched2_rel": 1.693,
    "missing1": -0.03699,
    "missing2": -0.02238,
    "rarest1": 0.3422,
    "cosine_rel": 5.008,
    "jaccard1": 4.115,
    "cosine": -4.664,
    "lack1": -1.405,
}
FIRST_SHORT = {
    "score": 0.08065,
    "cover2": -3.075,
    "matched2_rel": 0.0785,
    "missing1": -0.02629,
    "missing2": 0.009492,
    "rarest1": 0.4435,
    "cosine_rel": 1.742,
    "jaccard1": 5.767,
    "cosine": 1.635,
    "lack1": 1.468,
}
LONG = {
    "score": 0.009809,
    "cosine_rel": 3.318,
    "missing1": -0.02716,
    "place_hit": 1.478,
    "frames": 0.8495,
    "jaro": 2.632,
    "rarest1": 0.4509,
    "asked_extra": -0.8496,
    "number_miss": -1.867,
    "matched2_rel": 1.159,
    "missing2": -0.01626,
    "asked_same": -0.5474,
    "negation": 0.4718,
    "ratio_rel": 1.934,
    "place_conflict": -0.4134,
}
SHORT = {
    "score": 0.01898,
    "jaccard1": 3.258,
    "rarest1": 0.2131,
    "ratio_rel": 0.8953,
    "partial": -1.928,
    "homophones": 0.1283,
    "synonyms": 0.07674,
    "negation": -0.52,
    "matched2_rel": -0.6275,
    "beyond1": 0.06004,
    "rarest2": 0.161,
    "lcs_rel": 2.052,
    "cover2_rel": 0.09197,
    "cosine": 1.898,
    "cover2": -1.466,
    "lack1": 1.243,
    "begins": 0.6327,
    "ends": -0.03807,
    "word_hit": 0.09021,
    "word_miss": -0.02135,
    "word_cover": -1.767,
    "word_cosine": 1.665,
}
CONFIDENCE_LONG = {
    "bias": -5.85,
    "weight": 0.1886,
    "lead": 0.1483,
    "share": 0.3536,
    "cover2": 4.762,
    "jaccard1": 6.412,
    "word_cover": 2.127,
    "lack1": -0.5168,
}
CONFIDENCE_SHORT = {
    "bias": -5.612,
    "weight": 0.3304,
    "lead": -0.2182,
    "share": 0.497,
    "cover2": 1.405,
    "jaccard1": 0.9617,
    "word_cover": 0.3663,
    "lack1": -0.245,
}
THRESHOLD = 0.3
