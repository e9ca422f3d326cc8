"""Decides which department answers a message, how sure that is, and why."""

import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from routing.catalogue import Catalogue, DutyEntry
from routing.precedents import Precedent
from routing.reasons import Reason
from routing.words import WordBorders, normalise

DEFAULT_THRESHOLD = 0.75
CANDIDATES_SHOWN = 3
LONGEST_TEXT = 4000
WORDS_SHOWN = 6
SMALLEST_SHARE = 0.01
SHOWN_SHARE = 0.1


@dataclass(frozen=True, slots=True)
class RoutingFacts:
    """What is known of a message before anybody has read it.

    `account_department` is the id of the department whose account was written to, `account` that account's
    code and `region` an area's code.
    """

    text: str
    title: str | None = None
    account_department: int | None = None
    region: str | None = None
    kind: str | None = None
    account: str | None = None


@dataclass(frozen=True, slots=True)
class CandidateDepartment:
    """A department that may be right, with its share of the confidence and the evidence for it."""

    department_id: int
    code: str
    confidence: float
    reasons: list[Reason] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Decision:
    """Where a message goes.

    `department_id` is None when a person at the triage desk has to decide; `candidates` then are the best
    three. `confidence` (0..1) is that of the best candidate, 0 without one.
    """

    department_id: int | None
    confidence: float
    automatic: bool
    candidates: list[CandidateDepartment]


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each evidence counts, fitted on the demo county; `nobody` is the unknown department."""

    words: float = 2.2
    title: float = 2.0
    exclusive: float = 1.4
    passing: float = 0.33
    named: float = 1.8
    place: float = 0.2
    account: float = 1.0
    learned: float = 1.0
    similar: float = 1.6
    nobody: float = 1.3


WEIGHTS = Weights()


@dataclass(slots=True)
class _Evidence:
    """What speaks for one department."""

    words: dict[str, float] = field(default_factory=dict)
    duties: dict[str, DutyEntry] = field(default_factory=dict)
    named: list[str] = field(default_factory=list)
    places: list[str] = field(default_factory=list)
    region: str | None = None
    account: bool = False
    learned: float = 0.0
    trust: float = 0.0
    similar: list[Precedent] = field(default_factory=list)


def decide(catalogue: Catalogue, facts: RoutingFacts, *, weights: Weights = WEIGHTS) -> Decision:
    """Return the department with its confidence and reasons, or the triage desk with the three best.

    An administrator's rule wins over everything and says so. A department's own threshold, or else
    DEFAULT_THRESHOLD, is the confidence from which the message goes by itself ("exactly at" goes). Of a very
    long text the first 4,000 characters are read.
    """
    title = normalise((facts.title or "")[:LONGEST_TEXT])
    text = normalise(facts.text[:LONGEST_TEXT])
    ruled = _ruled(catalogue, f"{title}\n{text}", facts.account)
    if ruled is not None:
        return ruled
    evidence = _gather(catalogue, title, text, facts)
    candidates = _ranked(catalogue, evidence, weights)
    if not candidates:
        return Decision(None, 0.0, automatic=False, candidates=[])
    best = candidates[0]
    threshold = catalogue.departments[best.department_id].threshold
    automatic = best.confidence >= (DEFAULT_THRESHOLD if threshold is None else threshold)
    return Decision(best.department_id if automatic else None, best.confidence, automatic, candidates)


def _ruled(catalogue: Catalogue, text: str, account: str | None) -> Decision | None:
    for rule in catalogue.rules:
        if rule.fits(text, account):
            department = catalogue.departments[rule.department_id]
            reason = Reason("rule", {"rule_id": rule.id, "kind": rule.kind.value, "value": rule.value})
            candidate = CandidateDepartment(department.id, department.code, 1.0, [reason])
            return Decision(department.id, 1.0, automatic=True, candidates=[candidate])
    return None


def _gather(catalogue: Catalogue, title: str, text: str, facts: RoutingFacts) -> dict[int, _Evidence]:
    evidence: dict[int, _Evidence] = defaultdict(_Evidence)
    _find_places(catalogue, f"{title}\n{text}", evidence)
    if facts.region:
        for department_id in catalogue.towns_of_area(facts.region):
            evidence[department_id].region = facts.region
    if facts.account_department in catalogue.departments:
        evidence[facts.account_department].account = True
    _find_duties(catalogue, title, text, evidence)
    for hit in catalogue.names.find(f"{title}\n{text}"):
        for department_id in catalogue.departments_of_name[hit.word]:
            if hit.word not in evidence[department_id].named:
                evidence[department_id].named.append(hit.word)
    _ask_classifier(catalogue, facts, evidence)
    _find_precedents(catalogue, facts, evidence)
    return evidence


def _find_places(catalogue: Catalogue, text: str, evidence: dict[int, _Evidence]) -> None:
    for hit in catalogue.places.find(text):
        for area in catalogue.areas_of_name[hit.word]:
            for department_id in catalogue.towns_of_area(area.code):
                places = evidence[department_id].places
                if hit.word not in places:
                    places.append(hit.word)


def _find_duties(catalogue: Catalogue, title: str, text: str, evidence: dict[int, _Evidence]) -> None:
    in_title = dict.fromkeys(_words_meant(catalogue, title))
    words = dict.fromkeys(_words_meant(catalogue, text))
    for word in (*in_title, *(word for word in words if word not in in_title)):
        duties = _duties_here(catalogue, catalogue.duties_of_word[word], evidence)
        sharing = len({duty.department_id for duty in duties})
        for duty in duties:
            weight = _word_weight(word, duty, in_title=word in in_title) / sharing
            found = evidence[duty.department_id]
            if weight > found.words.get(word, 0.0):
                found.words[word] = weight
                found.duties[word] = duty


def _words_meant(catalogue: Catalogue, text: str) -> Iterator[str]:
    """Yield the duty words of a text, without those that only its characters make up."""
    borders = WordBorders(text)
    return (hit.word for hit in catalogue.duty_words.find(text) if borders.respects(hit))


def _duties_here(
    catalogue: Catalogue, duties: tuple[DutyEntry, ...], evidence: dict[int, _Evidence]
) -> list[DutyEntry]:
    """Leave out towns that nothing says the message is from: a town answers for its own area only."""
    return [
        duty
        for duty in duties
        if not catalogue.departments[duty.department_id].is_town
        or _is_local(evidence.get(duty.department_id))
    ]


def _is_local(found: _Evidence | None) -> bool:
    return found is not None and (bool(found.places) or found.region is not None or found.account)


def _word_weight(word: str, duty: DutyEntry, *, in_title: bool) -> float:
    weight = min(1.0 + 0.4 * (len(word) - 2), 2.2)
    if word in duty.passing_words:
        weight *= WEIGHTS.passing
    if in_title:
        weight *= WEIGHTS.title
    return weight * WEIGHTS.exclusive if duty.exclusive else weight


def _ask_classifier(catalogue: Catalogue, facts: RoutingFacts, evidence: dict[int, _Evidence]) -> None:
    if catalogue.classifier is None or catalogue.classifier.sentence_size:
        return  # a classifier that needs a sentence model is for the measuring commands only
    trust = max(0.0, 2 * catalogue.classifier.accuracy - 0.6)
    shares = catalogue.classifier.shares(facts.title, facts.text[:LONGEST_TEXT])
    for code, share in shares.items():
        department = catalogue.department_of_code.get(code)
        if department is not None and share >= SMALLEST_SHARE:
            evidence[department.id].learned = share
            evidence[department.id].trust = trust


def _find_precedents(catalogue: Catalogue, facts: RoutingFacts, evidence: dict[int, _Evidence]) -> None:
    if catalogue.precedents is None:
        return
    for case in catalogue.precedents.nearest(facts.title, facts.text[:LONGEST_TEXT]):
        department = catalogue.department_of_code.get(case.label)
        if department is not None:
            evidence[department.id].similar.append(case)


def _ranked(
    catalogue: Catalogue, evidence: dict[int, _Evidence], weights: Weights
) -> list[CandidateDepartment]:
    scores = {department_id: _score(found, weights) for department_id, found in evidence.items()}
    if not scores:
        return []
    highest = max(*scores.values(), weights.nobody)
    total = math.exp(weights.nobody - highest) + sum(math.exp(score - highest) for score in scores.values())
    best = sorted(scores, key=lambda department_id: (-scores[department_id], department_id))
    return [
        CandidateDepartment(
            department_id,
            catalogue.departments[department_id].code,
            _calibrated(math.exp(scores[department_id] - highest) / total, catalogue.calibration),
            _reasons(evidence[department_id]),
        )
        for department_id in best[:CANDIDATES_SHOWN]
    ]


def _score(found: _Evidence, weights: Weights) -> float:
    score = weights.words * math.sqrt(sum(found.words.values()))
    score += weights.named * bool(found.named) + weights.account * found.account
    score += weights.place * (bool(found.places) or found.region is not None)
    score += weights.similar * max((case.similarity for case in found.similar), default=0.0)
    return score + weights.learned * found.trust * math.log1p(found.learned * 50)


def _calibrated(share: float, calibration: tuple[float, float]) -> float:
    """Turn a share of the evidence into the chance of being right, as kept-aside cases have shown it."""
    slope, shift = calibration
    if (slope, shift) == (1.0, 0.0):
        return round(share, 4)
    share = min(max(share, 1e-6), 1 - 1e-6)
    return round(1 / (1 + math.exp(-(slope * math.log(share / (1 - share)) + shift))), 4)


def _reasons(found: _Evidence) -> list[Reason]:
    reasons = []
    words = sorted(found.words, key=lambda word: -found.words[word])
    if words:
        duty = found.duties[words[0]]
        reasons.append(
            Reason("duty_words", {"words": words[:WORDS_SHOWN], "duty": duty.title, "basis": duty.basis})
        )
    if found.named:
        reasons.append(Reason("named", {"words": found.named[:WORDS_SHOWN]}))
    if found.places:
        reasons.append(Reason("place", {"places": found.places[:WORDS_SHOWN]}))
    if found.region is not None:
        reasons.append(Reason("region", {"region": found.region}))
    if found.account:
        reasons.append(Reason("account"))
    if found.learned >= SHOWN_SHARE:
        reasons.append(Reason("learned", {"share": round(found.learned, 3)}))
    if found.similar:
        cases = [case.case_id for case in found.similar]
        reasons.append(Reason("similar", {"cases": cases, "count": len(cases)}))
    return reasons
