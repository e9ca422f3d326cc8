"""The responsibility catalogue in memory: immutable, indexed so that a message is looked up in one pass."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

import structlog
from sqlmodel import Session, col, select

from routing.classifier import TextClassifier
from routing.errors import BadModel
from routing.models import Area, ClassifierVersion, Department, DepartmentKind, Duty, Rule, RuleKind
from routing.precedents import Precedents
from routing.revisions import catalogue_revision
from routing.words import WordScanner, normalise

__all__ = [
    "AreaEntry",
    "Catalogue",
    "DepartmentEntry",
    "DutyEntry",
    "RuleEntry",
    "catalogue_revision",
    "load_catalogue",
]

PASSING = "~"

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class DepartmentEntry:
    """A department that messages can be routed to."""

    id: int
    code: str
    name: str
    is_town: bool = False
    aliases: tuple[str, ...] = ()
    threshold: float | None = None


@dataclass(frozen=True, slots=True)
class DutyEntry:
    """One duty with the everyday words that point to it.

    A word written with ~ before it (~医院) is often said in passing and counts less.
    """

    department_id: int
    title: str
    words: tuple[str, ...]
    basis: str = ""
    exclusive: bool = False
    passing_words: frozenset[str] = frozenset()

    @classmethod
    def written(
        cls, department_id: int, title: str, words: Iterable[str], basis: str = "", *, exclusive: bool = False
    ) -> "DutyEntry":
        """Read the words as they are written in the catalogue, with or without ~."""
        plain = {word.lstrip(PASSING).strip(): word.startswith(PASSING) for word in words}
        passing = frozenset(normalise(word) for word, is_passing in plain.items() if is_passing)
        return cls(department_id, title, tuple(plain), basis, exclusive, passing)


@dataclass(frozen=True, slots=True)
class AreaEntry:
    """A place, the names people use for it, and the town that answers there."""

    code: str
    name: str
    aliases: tuple[str, ...] = ()
    department_id: int | None = None
    parent_code: str | None = None


@dataclass(frozen=True, slots=True)
class RuleEntry:
    """An administrator's rule, ready to be tried."""

    id: int
    kind: RuleKind
    value: str
    department_id: int
    pattern: re.Pattern[str] | None = None

    def fits(self, text: str, account: str | None) -> bool:
        """Tell whether the rule holds; `text` is normalised."""
        if self.kind is RuleKind.ACCOUNT:
            return account is not None and account == self.value
        if self.pattern is not None:
            return self.pattern.search(text) is not None
        return self.value in text


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything a decision needs. Build it once per revision; reading it from many threads is safe."""

    departments: dict[int, DepartmentEntry]
    rules: tuple[RuleEntry, ...]
    duties_of_word: dict[str, tuple[DutyEntry, ...]]
    departments_of_name: dict[str, tuple[int, ...]]
    areas_of_name: dict[str, tuple[AreaEntry, ...]]
    area_of_code: dict[str, AreaEntry]
    duty_words: WordScanner
    names: WordScanner
    places: WordScanner
    classifier: TextClassifier | None = None
    precedents: Precedents | None = None
    calibration: tuple[float, float] = (1.0, 0.0)
    revision: int = 0
    department_of_code: dict[str, DepartmentEntry] = field(default_factory=dict)

    @classmethod
    def build(
        cls,
        departments: Iterable[DepartmentEntry],
        duties: Iterable[DutyEntry] = (),
        areas: Iterable[AreaEntry] = (),
        rules: Iterable[RuleEntry] = (),
        *,
        classifier: TextClassifier | None = None,
        revision: int = 0,
    ) -> "Catalogue":
        """Index the entries. What points to a department that isn't given is left out."""
        by_id = {department.id: department for department in departments}
        areas = [_without_closed(area, by_id) for area in areas]
        duties_of_word = _duties_of_word(duty for duty in duties if duty.department_id in by_id)
        names: dict[str, list[int]] = defaultdict(list)
        for department in by_id.values():
            for name in {normalise(name) for name in (department.name, *department.aliases)}:
                names[name].append(department.id)
        places: dict[str, list[AreaEntry]] = defaultdict(list)
        for area in areas:
            for name in {normalise(name) for name in (area.name, *area.aliases)}:
                places[name].append(area)
        return cls(
            departments=by_id,
            rules=tuple(rule for rule in rules if rule.department_id in by_id),
            duties_of_word=duties_of_word,
            departments_of_name={name: tuple(ids) for name, ids in names.items()},
            areas_of_name={name: tuple(found) for name, found in places.items()},
            area_of_code={area.code: area for area in areas},
            duty_words=WordScanner(duties_of_word),
            names=WordScanner(names),
            places=WordScanner(places),
            classifier=classifier,
            revision=revision,
            department_of_code={department.code: department for department in by_id.values()},
        )

    def with_classifier(
        self,
        classifier: TextClassifier | None,
        precedents: Precedents | None = None,
        calibration: tuple[float, float] = (1.0, 0.0),
    ) -> "Catalogue":
        """Return the same catalogue with what was learned from other cases, or nothing learned at all."""
        return replace(self, classifier=classifier, precedents=precedents, calibration=calibration)

    def towns_of_area(self, code: str) -> tuple[int, ...]:
        """Return the departments that answer for the area or for the nearest area above it."""
        for each in self.chain_of_area(code):
            area = self.area_of_code.get(each)
            if area is not None and area.department_id is not None:
                return (area.department_id,)
        return ()

    def chain_of_area(self, code: str) -> list[str]:
        """Return the codes of an area and of those above it, the nearest first, as far as the catalogue knows them."""
        chain = [code]
        area = self.area_of_code.get(code)
        while area is not None and area.parent_code and area.parent_code not in chain:
            chain.append(area.parent_code)
            area = self.area_of_code.get(area.parent_code)
        return chain


def load_catalogue(session: Session) -> Catalogue:
    """Read the open departments, live duties, areas and rules, and the active classifier."""
    departments = session.exec(
        select(Department).where(col(Department.closed_at).is_(None)).order_by(col(Department.id))
    )
    duties = session.exec(
        select(Duty).where(col(Duty.retired_at).is_(None)).order_by(col(Duty.position), col(Duty.id))
    )
    rules = session.exec(
        select(Rule).where(col(Rule.disabled_at).is_(None)).order_by(col(Rule.position), col(Rule.id))
    )
    built = Catalogue.build(
        [_department_entry(row) for row in departments],
        [_duty_entry(row) for row in duties],
        _area_entries(session.exec(select(Area).order_by(col(Area.id))).all()),
        [entry for row in rules if (entry := _rule_entry(row)) is not None],
        revision=catalogue_revision(session),
    )
    return _with_learned(session, built)


def rule_entry(rule_id: int, kind: RuleKind, value: str, department_id: int) -> RuleEntry:
    """Return a rule that can be tried. Raises re.error for a pattern that is no regular expression."""
    pattern = re.compile(value, re.IGNORECASE) if kind is RuleKind.PATTERN else None
    text = normalise(value) if kind is RuleKind.CONTAINS else value
    return RuleEntry(rule_id, kind, text, department_id, pattern)


def _duties_of_word(duties: Iterable[DutyEntry]) -> dict[str, tuple[DutyEntry, ...]]:
    found: dict[str, list[DutyEntry]] = defaultdict(list)
    for duty in duties:
        for word in {normalise(word).strip() for word in duty.words}:
            found[word].append(duty)
    return {word: tuple(duties) for word, duties in found.items()}


def _without_closed(area: AreaEntry, departments: dict[int, DepartmentEntry]) -> AreaEntry:
    if area.department_id is None or area.department_id in departments:
        return area
    return replace(area, department_id=None)


def _department_entry(row: Department) -> DepartmentEntry:
    return DepartmentEntry(
        id=row.id or 0,
        code=row.code,
        name=row.name,
        is_town=row.kind == DepartmentKind.TOWN,
        aliases=tuple(row.aliases),
        threshold=row.threshold,
    )


def _duty_entry(row: Duty) -> DutyEntry:
    return DutyEntry.written(row.department_id, row.title, row.words, row.basis, exclusive=row.exclusive)


def _area_entries(rows: Sequence[Area]) -> list[AreaEntry]:
    codes = {row.id: row.code for row in rows}
    return [
        AreaEntry(
            code=row.code,
            name=row.name,
            aliases=tuple(row.aliases),
            department_id=row.department_id,
            parent_code=codes.get(row.parent_id),
        )
        for row in rows
    ]


def _with_learned(session: Session, catalogue: Catalogue) -> Catalogue:
    """Add the active version; one that this program can't read any more is left out, and the next training mends it."""
    version = session.exec(select(ClassifierVersion).where(col(ClassifierVersion.is_active))).first()
    if version is None:
        return catalogue
    try:
        classifier = TextClassifier.from_bytes(version.weights)
        precedents = Precedents.from_bytes(version.precedents) if version.precedents else None
    except BadModel:
        log.warning("classifier_unreadable", version=version.id)
        return catalogue
    slope, shift = version.calibration or (1.0, 0.0)
    return catalogue.with_classifier(classifier, precedents, (slope, shift))


def _rule_entry(row: Rule) -> RuleEntry | None:
    try:
        return rule_entry(row.id or 0, RuleKind(row.kind), row.value, row.department_id)
    except re.error:
        return None
