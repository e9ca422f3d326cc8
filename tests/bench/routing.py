"""Routing with everything learned: a batch, one message, and a training, in seconds of one core, beside the limits."""

import statistics
import time

from routing import RoutingFacts, decide
from routing.classifier import TextClassifier
from routing.county import catalogue_from_files
from routing.precedents import Precedents
from routing.training import Example, learn, lexicon_of
from tests.bench.figures import Figure
from web.demo.files import read_json, read_messages

BATCH = 10_000
TRAINED_ON = 2_000


def measure() -> list[Figure]:
    """Route demo messages in a batch and one by one, and train on them repeated with a number."""
    catalogue = catalogue_from_files(read_json("county.json"), read_json("catalogue.json"))
    messages = read_messages()
    examples = [
        Example(m.title, f"{m.text} {n}", m.department)
        for n in range(TRAINED_ON // len(messages) + 1)
        for m in messages
        if m.department
    ][:TRAINED_ON]
    began = time.process_time()
    learned = learn(examples, lexicon=lexicon_of(catalogue))
    training = time.process_time() - began
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
    return [
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
