"""Routing with everything learned: a batch, one message, a training, in seconds of one core; and its quality."""

import random
import statistics
import time
from collections.abc import Sequence

from routing import RoutingFacts, decide
from routing.classifier import TextClassifier
from routing.county import catalogue_from_files
from routing.precedents import Precedents
from routing.training import Example, learn, lexicon_of
from tests.bench.figures import Figure
from tests.bench.routing_folds import beside_svm
from web.demo.files import DemoMessage, read_json, read_messages

BATCH = 10_000
TRAINED_ON = 100_000
KNOWN = 2_000
"""Cases that a decision looks at as precedents and has learned from."""


def measure() -> list[Figure]:
    """Route demo messages in a batch and one by one, train on 100,000 made of them, and compare with an SVM."""
    catalogue = catalogue_from_files(read_json("county.json"), read_json("catalogue.json"))
    messages = read_messages()
    labelled = [message for message in messages if message.department]
    examples = _mixed(labelled, KNOWN)
    learned = learn(examples, lexicon=lexicon_of(catalogue))
    classifier = TextClassifier.from_bytes(learned.classifier.to_bytes())
    precedents = Precedents.build([(i, e.title, e.text, e.label) for i, e in enumerate(examples)])
    whole = catalogue.with_classifier(classifier, precedents)
    facts = [RoutingFacts(m.text, title=m.title) for m in messages]
    decide(whole, facts[0])
    began = time.process_time()
    for number in range(BATCH):
        decide(whole, facts[number % len(facts)])
    rate = BATCH / (time.process_time() - began)
    each = []
    for fact in facts[:500]:
        began = time.process_time()
        decide(whole, fact)
        each.append((time.process_time() - began) * 1000)
    many = _mixed(labelled, TRAINED_ON)
    began = time.process_time()
    learn(many, lexicon=lexicon_of(catalogue))
    training = time.process_time() - began
    figures = [
        Figure(f"routing, a batch of {BATCH:,}", "limit", 1000, rate, "a second"),
        Figure(
            "routing, one message (median)", "limit", 2, statistics.median(each), "ms", more_is_better=False
        ),
        Figure(
            f"training on {TRAINED_ON:,} messages",
            "limit",
            60,
            training,
            "s",
            more_is_better=False,
        ),
    ]
    return [*figures, *beside_svm()]


def _mixed(messages: Sequence[DemoMessage], count: int) -> list[Example]:
    """Put messages together from sentences of two of one department, so that hardly two are alike."""
    dice = random.Random(1)
    by_department: dict[str, list[DemoMessage]] = {}
    for message in messages:
        by_department.setdefault(message.department or "", []).append(message)
    made = []
    for number in range(count):
        own = messages[number % len(messages)]
        other = dice.choice(by_department[own.department or ""])
        sentences = [*own.text.split("。"), *other.text.split("。")]
        dice.shuffle(sentences)
        made.append(Example(own.title, f"{'。'.join(sentences)} {number}", own.department or ""))
    return made
