"""Groups messages into topics by place and matter, the hottest first, each with a label a person can read."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from heapq import nlargest

import numpy as np
import numpy.typing as npt

from inbox.duplicates import comparable_text

TITLE_WEIGHT = 2.0
LONGEST_BODY = 600
COMMONEST_SHARE = 0.04
COMMONEST_FLOOR = 50
FEW_MESSAGES = 500
TELLING_GRAMS = 90
CENTER_GRAMS = 250
SMALLEST_TOPIC = 3
NEIGHBOURS = 40
JOIN_FROM = 0.17
CLOSE_FROM = 0.53
"""Members are at least this share of the median member's closeness to the middle."""

COHESION_POWER = 2.0
ROUNDS = 3
LABEL_LENGTH = 30

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class TopicMessage:
    """What grouping needs of a message."""

    key: str
    title: str | None
    text: str
    likes: int = 0


@dataclass(frozen=True, slots=True)
class Topic:
    """A group of messages about one matter: the most typical message's title, its members, its heat."""

    label: str
    keys: list[str]
    score: float


def find_topics(messages: Iterable[TopicMessage], *, limit: int | None = None) -> list[Topic]:
    """Return the topics of at least three messages, the hottest first; a message is in one topic at most.

    The score grows with the number of messages, how alike they are and how many people liked them.
    """
    listed = list(messages)
    if len(listed) < SMALLEST_TOPIC:
        return []
    space = _Space.of(listed)
    topics = []
    for members, center in _groups(space):
        topics.append(_topic([listed[member] for member in members], space.similarities(center)[members]))
    topics.sort(key=lambda topic: (-topic.score, topic.keys[0]))
    return topics[:limit]


@dataclass(frozen=True, slots=True)
class _Space:
    """The messages as unit vectors of weighted character pairs and triples, kept as postings by gram."""

    grams_of: list[Ints]
    weights_of: list[Floats]
    documents: list[Ints]
    weights: list[Floats]

    @classmethod
    def of(cls, messages: Sequence[TopicMessage]) -> "_Space":
        counts = [_grams(message) for message in messages]
        frequency = Counter(gram for grams in counts for gram in grams)
        commonest = max(COMMONEST_FLOOR, COMMONEST_SHARE * len(messages))
        # Among few messages what most of them say would weigh nothing, although it is their topic.
        most = max(len(messages), FEW_MESSAGES)
        number = {gram: i for i, gram in enumerate(g for g, n in frequency.items() if 2 <= n <= commonest)}
        grams_of, weights_of = [], []
        for grams in counts:
            weighed = (
                (math.log(most / frequency[g]) * n, number[g]) for g, n in grams.items() if g in number
            )
            kept = nlargest(TELLING_GRAMS, weighed)
            values = np.array([weight for weight, _ in kept], dtype=np.float32)
            grams_of.append(np.array([gram for _, gram in kept], dtype=np.int64))
            weights_of.append(values / (np.linalg.norm(values) or 1.0))
        return cls(grams_of, weights_of, *_postings(grams_of, weights_of, len(number)))

    def similarities(self, vector: dict[int, float]) -> Floats:
        """Return the cosine of every message with a unit vector."""
        found = np.zeros(len(self.grams_of), dtype=np.float32)
        for gram, weight in vector.items():
            found[self.documents[gram]] += weight * self.weights[gram]
        return found

    def vector(self, message: int) -> dict[int, float]:
        return dict(zip(self.grams_of[message].tolist(), self.weights_of[message].tolist(), strict=True))

    def center(self, members: Sequence[int]) -> dict[int, float]:
        """Return the unit vector in the middle of some messages, without what only one of them says."""
        total: dict[int, float] = defaultdict(float)
        said: Counter[int] = Counter()
        for member in members:
            said.update(self.grams_of[member].tolist())
            for gram, weight in self.vector(member).items():
                total[gram] += weight
        shared = ((weight, gram) for gram, weight in total.items() if said[gram] > 1 or len(members) == 1)
        kept = {gram: weight for weight, gram in nlargest(CENTER_GRAMS, shared)}
        length = math.sqrt(sum(weight * weight for weight in kept.values())) or 1.0
        return {gram: weight / length for gram, weight in kept.items()}


def _groups(space: _Space) -> list[tuple[list[int], dict[int, float]]]:
    """Grow groups from the messages with the closest neighbours first."""
    size = len(space.grams_of)
    density = np.zeros(size, dtype=np.float32)
    for message in range(size):
        near = space.similarities(space.vector(message))
        top = np.partition(near, -min(NEIGHBOURS, size))[-min(NEIGHBOURS, size) :]
        density[message] = float(np.square(top).sum())
    free = np.ones(size, dtype=bool)
    groups = []
    for seed in np.argsort(-density, kind="stable").tolist():
        if not free[seed]:
            continue
        members, center = _grow(space, seed, free)
        if len(members) >= SMALLEST_TOPIC:
            free[members] = False
            groups.append((members, center))
    return groups


def _grow(space: _Space, seed: int, free: npt.NDArray[np.bool_]) -> tuple[list[int], dict[int, float]]:
    center = space.vector(seed)
    members = [seed]
    for _ in range(ROUNDS):
        near = space.similarities(center)
        members = np.flatnonzero(free & (near >= JOIN_FROM)).tolist()
        if len(members) < SMALLEST_TOPIC:
            return members, center
        center = space.center(members)
    return _trimmed(space, members, center, free)


def _trimmed(
    space: _Space, members: list[int], center: dict[int, float], free: npt.NDArray[np.bool_]
) -> tuple[list[int], dict[int, float]]:
    """Leave out what is far from the middle for this group: a matter of one place is closer than one of many."""
    near = space.similarities(center)
    members = [m for m in members if near[m] >= CLOSE_FROM * float(np.median(near[members]))]
    if len(members) < SMALLEST_TOPIC:
        return members, center
    center = space.center(members)
    near = space.similarities(center)
    limit = max(CLOSE_FROM * float(np.median(near[members])), JOIN_FROM)
    return np.flatnonzero(free & (near >= limit)).tolist(), center


def _topic(members: Sequence[TopicMessage], closeness: Floats) -> Topic:
    cohesion = float(closeness.mean())
    liked = sum(math.log1p(max(member.likes, 0)) for member in members)
    score = (len(members) + 0.2 * liked) * cohesion**COHESION_POWER
    typical = members[int(np.argmax(closeness))]
    label = (typical.title or typical.text).strip()[:LABEL_LENGTH]
    order = np.argsort(-closeness, kind="stable").tolist()
    return Topic(label, [members[position].key for position in order], round(score, 4))


def _grams(message: TopicMessage) -> dict[str, float]:
    counts: dict[str, float] = defaultdict(float)
    title = comparable_text(message.title or "")
    body = comparable_text(message.text[:LONGEST_BODY])
    for text, weight in ((title, TITLE_WEIGHT), (body, 1.0)):
        for size in (2, 3):
            for start in range(len(text) - size + 1):
                counts[text[start : start + size]] += weight
    return {gram: 1.0 + math.log(count) if count > 1 else count for gram, count in counts.items()}


def _postings(
    grams_of: Sequence[Ints], weights_of: Sequence[Floats], size: int
) -> tuple[list[Ints], list[Floats]]:
    grams = np.concatenate(grams_of)
    documents = np.repeat(np.arange(len(grams_of)), [len(found) for found in grams_of])
    order = np.argsort(grams, kind="stable")
    bounds = np.searchsorted(grams[order], np.arange(1, size))
    weights = np.concatenate(weights_of)[order]
    return np.split(documents[order], bounds), np.split(weights, bounds)
