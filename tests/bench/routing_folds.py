"""Routing beside TF-IDF with a linear SVM on title and body, five folds, in the same run.

Needs the measuring data (MINHU_MEASURING_DATA) and scikit-learn (requirements-bench.txt).
"""

import json
import sys
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from typing import Any

import numpy as np

from routing.county import catalogue_from_files
from routing.training import Example, alone_share, calibration_error, learn, lexicon_of
from tests.bench.figures import Figure
from tests.measuring import FOLDER
from web.demo.files import read_json

FOLDS = 5
SEEDS = (1, 2, 3)
PEER = "TF-IDF, linear SVM"


@dataclass(frozen=True, slots=True)
class Guesses:
    """What was guessed for every message while it was kept aside, and how surely."""

    labels: Sequence[str]
    sure: Sequence[float]


def beside_svm() -> list[Figure]:
    """Return the figures of five folds, the mean of three ways to fold; nothing without the data."""
    labelled = _lines(FOLDER / "routing" / "messages.jsonl")
    if not labelled:
        print(f"absent, so not compared: {FOLDER / 'routing'}", file=sys.stderr)  # noqa: T201
        return []
    more = [(line["title"], line["text"]) for line in _lines(FOLDER / "routing" / "unlabelled.jsonl")]
    examples = [Example(line["title"], line["text"], line["label"]) for line in labelled]
    found = defaultdict(list)
    for seed in SEEDS:
        print(f"  folds of seed {seed} …", file=sys.stderr, flush=True)  # noqa: T201
        for name, value in _scores(examples, more, seed).items():
            found[name].append(value)
    told = {name: mean(values) for name, values in found.items()}
    for name, values in sorted(found.items()):
        print(f"  {name}: {', '.join(f'{value:.4f}' for value in values)}", file=sys.stderr)  # noqa: T201
    return [
        Figure("routing, macro-F1, five folds", PEER, told["peer macro"], told["our macro"], ""),
        Figure("without a person at 95 % right", PEER, told["peer alone"], told["our alone"], "share"),
        Figure("calibration error (ECE)", "limit", 0.05, told["our ece"], "", more_is_better=False),
    ]


def _scores(examples: Sequence[Example], more: Sequence[tuple[str, str]], seed: int) -> dict[str, float]:
    from sklearn.metrics import f1_score
    from sklearn.model_selection import StratifiedKFold

    right = np.array([example.label for example in examples])
    ours, theirs = _empty(len(examples)), _empty(len(examples))
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=seed)
    for inside, aside in folds.split(right, right):
        known, asked = [examples[i] for i in inside], [examples[i] for i in aside]
        _put(ours, aside, _ours(known, more, asked))
        _put(theirs, aside, _svm(known, asked))
    told = {}
    for name, (labels, sure) in (("our", ours), ("peer", theirs)):
        told[f"{name} macro"] = float(f1_score(right, labels, average="macro"))
        told[f"{name} alone"] = alone_share(sure, labels == right)
    told["our ece"] = calibration_error(ours[1], ours[0] == right)
    return told


def _ours(known: Sequence[Example], more: Sequence[tuple[str, str]], asked: Sequence[Example]) -> Guesses:
    catalogue = catalogue_from_files(read_json("county.json"), read_json("catalogue.json"))
    classifier = learn(known, more, lexicon=lexicon_of(catalogue)).classifier
    found = [classifier.predict(example.title, example.text) for example in asked]
    return Guesses([each.label for each in found], [each.confidence for each in found])


def _svm(known: Sequence[Example], asked: Sequence[Example]) -> Guesses:
    """Title and body weighed apart, one to three characters; how sure is the distance to the second best."""
    from scipy.sparse import hstack
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.svm import LinearSVC

    parts = []
    for part in ("title", "text"):
        weigh = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), sublinear_tf=True, min_df=2)
        train = weigh.fit_transform([getattr(example, part) for example in known])
        parts.append((train, weigh.transform([getattr(example, part) for example in asked])))
    model = LinearSVC().fit(hstack([train for train, _ in parts]), [example.label for example in known])
    scores = model.decision_function(hstack([test for _, test in parts]))
    ordered = np.sort(scores, axis=1)
    return Guesses(list(model.classes_[scores.argmax(axis=1)]), list(ordered[:, -1] - ordered[:, -2]))


def _empty(size: int) -> tuple[Any, Any]:
    return np.empty(size, dtype=object), np.zeros(size)


def _put(kept: tuple[Any, Any], where: Any, found: Guesses) -> None:
    kept[0][where], kept[1][where] = found.labels, found.sure


def _lines(path: Path) -> list[dict[str, Any]]:
    if not path.is_file():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
