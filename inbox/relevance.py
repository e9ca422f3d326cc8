"""Judges whether a reply speaks of what the message asked (答非所问), from the two texts alone."""

import math
import re
from dataclasses import dataclass

from routing.words import normalise

LONGEST_TEXT = 1500

# Characters that carry grammar rather than matter: a pair made of them says little about the subject.
_GRAMMAR = frozenset(
    "的了是我你您他们在有和与就也都不没这那上下为对到个人及以请要会能被把让说从而或但如于其之所等中后前给将还又很再已着过来去得地"
    "啊吗呢吧么什怎哪谁"
)
_BREAK = re.compile(r"[^0-9a-z\u4e00-\u9fff]+")
_ENTITY = re.compile(
    r"[a-z]\d*[市区县州省]|[a-z]*\d+[号路栋期]?"
    r"|[\u4e00-\u9fff]{2,3}(?:路|街|镇|村|小区|公司|学校|医院|社区|花园|大道)"
)
_WEIGHT_BY_GRAMMAR = (1.0, 0.45, 0.15, 0.15)

# Fitted on 2,864 pairs of message and reply: half the real one, half the reply to the most similar message.
_COEFFICIENTS = (5.1, 1.2, 3.9, 13.4, -2.7, 1.8, 0.3, 0.4, 0.4, 1.5, 1.0, -8.7)
_INTERCEPT = 2.36


@dataclass(frozen=True, slots=True)
class _Grams:
    weights: dict[str, float]
    total: float


def answers(message: str, reply: str, *, title: str | None = None) -> float:
    """Return how surely the reply answers the message, 0..1; below 0.3 it reads like an answer to another one.

    Of long texts the first 1,500 characters count.
    """
    about = normalise((title or message)[:LONGEST_TEXT])
    body = normalise(message[:LONGEST_TEXT])
    answer = normalise(reply[:LONGEST_TEXT])
    if not answer.strip() or not body.strip():
        return 0.0
    features = _features(about, body, answer)
    score = _INTERCEPT + sum(weight * value for weight, value in zip(_COEFFICIENTS, features, strict=True))
    return round(1 / (1 + math.exp(-score)), 4)


def _features(about: str, body: str, answer: str) -> list[float]:
    features: list[float] = []
    pairs = _grams(answer, 2)
    for text in (about, body):
        features += _overlap(_grams(text, 2), pairs)
    triples = _grams(answer, 3)
    features += [_overlap(_grams(text, 3), triples)[1] for text in (about, body)]
    features.append(min(_longest_run(about, answer), 16) / 16)
    features.append(min(_longest_run(body, answer), 20) / 20)
    features += _shared_entities(about + body, answer)
    features.append(len(answer) / LONGEST_TEXT)
    features.append(math.log(len(answer) + 1) / 8)
    return features


def _grams(text: str, size: int) -> _Grams:
    weights: dict[str, float] = {}
    for run in _BREAK.split(text):
        for start in range(len(run) - size + 1):
            gram = run[start : start + size]
            if gram not in weights:
                weights[gram] = _WEIGHT_BY_GRAMMAR[sum(char in _GRAMMAR for char in gram)]
    return _Grams(weights, sum(weights.values()))


def _overlap(message: _Grams, answer: _Grams) -> tuple[float, float]:
    """Return the share of the message that the answer takes up, and their cosine-like agreement."""
    if not message.total or not answer.total:
        return 0.0, 0.0
    shared = sum(weight for gram, weight in message.weights.items() if gram in answer.weights)
    return shared / message.total, shared / math.sqrt(message.total * answer.total)


def _longest_run(text: str, answer: str) -> int:
    """Return the length of the longest passage that both have."""
    best = 0
    for start in range(len(text)):
        while start + best < len(text) and text[start : start + best + 1] in answer:
            best += 1
    return best


def _shared_entities(message: str, answer: str) -> tuple[float, float]:
    named, answered = set(_ENTITY.findall(message)), set(_ENTITY.findall(answer))
    shared = len(named & answered)
    return (shared / len(named) if named else 0.3), (shared / len(answered) if answered else 0.3)
