"""Several matters in one message (一是…二是…): found by how people count, and proposed as parts by department."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from routing.catalogue import Catalogue
from routing.decision import Decision, RoutingFacts, decide

LONGEST_PREFACE = 120
SHORTEST_MATTER = 6
MOST_MATTERS = 6
SURE_ENOUGH = 0.3

_COUNTED = (
    re.compile(r"([一二三四五六])(?:是|来)[，,：:]?"),
    re.compile(r"第([一二三四五六])(?:个|件|点|条)?(?:问题|事情|事|方面)?(?:是|[，,、：:])"),
    re.compile(r"其([一二三四五六])(?:是)?[，,、：:]?"),
    re.compile(r"(?:^|[\s。；;，,！!？?：:])[（(]?([1-6])[、.．）)](?!\d)"),
    re.compile(r"(?:^|[\s。；;，,！!？?：:])[（(]?([一二三四五六])[、.．）)]"),
    re.compile(r"([①②③④⑤⑥])"),
)
"""How people count; only a row that begins at one and goes on by one counts."""

_NUMBERS = {
    mark: number for row in ("一二三四五六", "123456", "①②③④⑤⑥") for number, mark in enumerate(row, 1)
}
_TURN = re.compile(
    r"(?:^|(?<=[。！!？?；;\n]))\s*(?:另外|还有(?:一件事|个问题|就是)?|此外|再就是|再有|顺便(?:问|说)(?:一下)?)[，,：:]?"
)


@dataclass(frozen=True, slots=True)
class Part:
    """One matter of a message, with the department that seems right for it, None when nothing points to one."""

    text: str
    department_id: int | None
    confidence: float


def matters_of(text: str) -> tuple[str, ...]:
    """Return the matters of a message in its own words, each with a short preface; one matter for most messages."""
    for cuts in _rows(text):
        preface = text[: cuts[0]].strip()
        ends = [*cuts[1:], len(text)]
        items = [text[start:end].strip() for start, end in zip(cuts, ends, strict=True)]
        if len(items) > 1 and all(len(item) >= SHORTEST_MATTER for item in items):
            shared = preface if len(preface) <= LONGEST_PREFACE else ""
            return tuple(f"{shared}\n{item}".strip() for item in items)
    return (text.strip(),)


def propose_parts(catalogue: Catalogue, facts: RoutingFacts) -> tuple[Part, ...]:
    """Return the parts a message could be split into, by department; none when it is the matter of one.

    Neighbouring matters of one department stay together. A message splits only where two departments are each
    likely (0.3) for a part.
    """
    parts: list[Part] = []
    for matter in matters_of(facts.text):
        decision = decide(catalogue, RoutingFacts(matter, region=facts.region))
        part = Part(matter, _likely(decision), decision.confidence)
        if parts and part.department_id in (None, parts[-1].department_id):
            last = parts[-1]
            parts[-1] = Part(f"{last.text}\n{matter}", last.department_id, last.confidence)
        else:
            parts.append(part)
    found = {part.department_id for part in parts if part.department_id is not None}
    return tuple(parts) if len(found) > 1 else ()


def _likely(decision: Decision) -> int | None:
    best = decision.candidates[0] if decision.candidates else None
    return best.department_id if best is not None and best.confidence >= SURE_ENOUGH else None


def _rows(text: str) -> Iterator[list[int]]:
    """Yield where matters begin, by each way of counting that the text uses."""
    for pattern in _COUNTED:
        cuts: list[int] = []
        for match in pattern.finditer(text):
            if _NUMBERS[match.group(1)] == len(cuts) + 1 and len(cuts) < MOST_MATTERS:
                cuts.append(match.start())
        if len(cuts) > 1:
            yield cuts
    turns = [match.start() for match in _TURN.finditer(text) if match.start() > SHORTEST_MATTER]
    if turns:
        yield [0, *turns[: MOST_MATTERS - 1]]
