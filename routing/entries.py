"""Editing the responsibility catalogue: duties, areas and rules, each change counted as a new revision."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from routing.catalogue import rule_entry
from routing.errors import AreaCycle, BadRule, CodeTaken, DepartmentNotFound, EntryNotFound
from routing.models import Area, Department, Duty, Rule, RuleKind
from routing.revisions import note_change

# A repeated group that itself repeats can take exponential time on a text somebody prepares for it.
_NESTED_REPETITION = re.compile(r"[*+}][^()]*\)[*+{]")
_DUTY_FIELDS = frozenset({"title", "words", "basis", "exclusive", "position", "department_id"})
_RULE_FIELDS = frozenset({"kind", "value", "department_id", "note"})
_AREA_FIELDS = frozenset({"name", "parent_id", "aliases", "department_id"})


@dataclass(frozen=True, slots=True)
class DutyView:
    """A duty as the catalogue page shows it."""

    id: int
    code: str
    department_id: int
    title: str
    words: tuple[str, ...]
    basis: str
    exclusive: bool
    position: int
    is_retired: bool


@dataclass(frozen=True, slots=True)
class AreaView:
    """An area as the catalogue page shows it."""

    id: int
    code: str
    name: str
    parent_id: int | None
    aliases: tuple[str, ...]
    department_id: int | None


@dataclass(frozen=True, slots=True)
class RuleView:
    """A rule as the catalogue page shows it."""

    id: int
    kind: RuleKind
    value: str
    department_id: int
    position: int
    note: str
    created_by: int | None
    created_at: datetime
    changed_by: int | None
    changed_at: datetime | None
    is_disabled: bool


def add_duty(
    session: Session,
    *,
    code: str,
    department_id: int,
    title: str,
    words: Iterable[str] = (),
    basis: str = "",
    exclusive: bool = False,
    position: int = 0,
) -> DutyView:
    """Add a duty. Raises CodeTaken and DepartmentNotFound."""
    if session.exec(select(Duty).where(Duty.code == code)).first() is not None:
        raise CodeTaken(code)
    _require_department(session, department_id)
    duty = Duty(
        code=code,
        department_id=department_id,
        title=title,
        words=_unique(words),
        basis=basis,
        exclusive=exclusive,
        position=position,
    )
    session.add(duty)
    session.flush()
    note_change(session)
    return _duty_view(duty)


def update_duty(session: Session, duty_id: int, **changes: Any) -> DutyView:
    """Change title, words, basis, exclusive, position or department_id. Raises EntryNotFound."""
    _refuse_unknown(changes, _DUTY_FIELDS, "duty")
    duty = session.get(Duty, duty_id)
    if duty is None:
        raise EntryNotFound("duty", duty_id)
    if "department_id" in changes:
        _require_department(session, changes["department_id"])
    for name, value in changes.items():
        setattr(duty, name, _unique(value) if name == "words" else value)
    session.add(duty)
    session.flush()
    note_change(session)
    return _duty_view(duty)


def retire_duty(session: Session, duty_id: int, *, now: datetime) -> DutyView:
    """Stop routing by a duty; it stays for the decisions that cite it. Raises EntryNotFound."""
    duty = session.get(Duty, duty_id)
    if duty is None:
        raise EntryNotFound("duty", duty_id)
    duty.retired_at = duty.retired_at or now
    session.add(duty)
    session.flush()
    note_change(session)
    return _duty_view(duty)


def all_duties(
    session: Session, *, department_id: int | None = None, include_retired: bool = False
) -> list[DutyView]:
    """List duties by department and position."""
    query = select(Duty).order_by(col(Duty.department_id), col(Duty.position), col(Duty.id))
    if department_id is not None:
        query = query.where(Duty.department_id == department_id)
    if not include_retired:
        query = query.where(col(Duty.retired_at).is_(None))
    return [_duty_view(duty) for duty in session.exec(query)]


def add_area(
    session: Session,
    *,
    code: str,
    name: str,
    parent_id: int | None = None,
    aliases: Iterable[str] = (),
    department_id: int | None = None,
) -> AreaView:
    """Add an area. Raises CodeTaken, DepartmentNotFound, and EntryNotFound for an unknown parent."""
    if session.exec(select(Area).where(Area.code == code)).first() is not None:
        raise CodeTaken(code)
    _require_department(session, department_id)
    _require_parent(session, parent_id)
    area = Area(
        code=code, name=name, parent_id=parent_id, aliases=_unique(aliases), department_id=department_id
    )
    session.add(area)
    session.flush()
    note_change(session)
    return _area_view(area)


def update_area(session: Session, area_id: int, **changes: Any) -> AreaView:
    """Change name, parent_id, aliases or department_id.

    Raises EntryNotFound, DepartmentNotFound, and AreaCycle when it would come to lie in itself.
    """
    _refuse_unknown(changes, _AREA_FIELDS, "area")
    area = session.get(Area, area_id)
    if area is None:
        raise EntryNotFound("area", area_id)
    _require_department(session, changes.get("department_id"))
    _require_parent(session, changes.get("parent_id"))
    _refuse_cycle(session, area_id, changes.get("parent_id"))
    for name, value in changes.items():
        setattr(area, name, _unique(value) if name == "aliases" else value)
    session.add(area)
    session.flush()
    note_change(session)
    return _area_view(area)


def remove_area(session: Session, area_id: int) -> None:
    """Take an area out of the tree; areas below it move up to its parent. Raises EntryNotFound."""
    area = session.get(Area, area_id)
    if area is None:
        raise EntryNotFound("area", area_id)
    for child in session.exec(select(Area).where(Area.parent_id == area_id)):
        child.parent_id = area.parent_id
        session.add(child)
    session.flush()
    session.delete(area)
    session.flush()
    note_change(session)


def all_areas(session: Session) -> list[AreaView]:
    """List areas in the order they were added, so a parent stands before what is in it."""
    return [_area_view(area) for area in session.exec(select(Area).order_by(col(Area.id)))]


def add_rule(
    session: Session,
    *,
    kind: RuleKind | str,
    value: str,
    department_id: int,
    position: int = 0,
    note: str = "",
    created_by: int | None = None,
    now: datetime,
) -> RuleView:
    """Add a rule; rules are tried by position. Raises BadRule and DepartmentNotFound."""
    value = value.strip()
    _check_rule(RuleKind(kind), value)
    _require_department(session, department_id)
    rule = Rule(
        kind=RuleKind(kind),
        value=value,
        department_id=department_id,
        position=position,
        note=note,
        created_by=created_by,
        created_at=now,
    )
    session.add(rule)
    session.flush()
    note_change(session)
    return _rule_view(rule)


def update_rule(
    session: Session, rule_id: int, *, by: int | None = None, now: datetime, **changes: Any
) -> RuleView:
    """Change kind, value, department_id or note. Raises EntryNotFound, BadRule and DepartmentNotFound."""
    _refuse_unknown(changes, _RULE_FIELDS, "rule")
    rule = _rule(session, rule_id)
    kind, value = RuleKind(changes.get("kind", rule.kind)), str(changes.get("value", rule.value)).strip()
    _check_rule(kind, value)
    _require_department(session, changes.get("department_id"))
    for name, changed in (changes | {"kind": kind, "value": value}).items():
        setattr(rule, name, changed)
    return _changed(session, rule, by=by, now=now)


def disable_rule(session: Session, rule_id: int, *, now: datetime, by: int | None = None) -> RuleView:
    """Stop trying a rule; it stays for the decisions that cite it. Raises EntryNotFound."""
    rule = _rule(session, rule_id)
    rule.disabled_at = rule.disabled_at or now
    return _changed(session, rule, by=by, now=now)


def enable_rule(session: Session, rule_id: int, *, now: datetime, by: int | None = None) -> RuleView:
    """Try a rule again. Raises EntryNotFound."""
    rule = _rule(session, rule_id)
    rule.disabled_at = None
    return _changed(session, rule, by=by, now=now)


def move_rule(session: Session, rule_id: int, places: int, *, now: datetime, by: int | None = None) -> None:
    """Try a rule earlier (-1) or later (+1); at either end nothing happens. Raises EntryNotFound."""
    moving = _rule(session, rule_id)
    rules = list(session.exec(select(Rule).order_by(col(Rule.position), col(Rule.id))))
    here = rules.index(moving)
    there = min(max(here + places, 0), len(rules) - 1)
    if here == there:
        return
    rules.insert(there, rules.pop(here))
    for position, rule in enumerate(rules):
        rule.position = position
    _changed(session, moving, by=by, now=now)


def all_rules(session: Session, *, include_disabled: bool = False) -> list[RuleView]:
    """List rules in the order they are tried."""
    query = select(Rule).order_by(col(Rule.position), col(Rule.id))
    if not include_disabled:
        query = query.where(col(Rule.disabled_at).is_(None))
    return [_rule_view(rule) for rule in session.exec(query)]


def _rule(session: Session, rule_id: int) -> Rule:
    rule = session.get(Rule, rule_id)
    if rule is None:
        raise EntryNotFound("rule", rule_id)
    return rule


def _changed(session: Session, rule: Rule, *, by: int | None, now: datetime) -> RuleView:
    rule.changed_by, rule.changed_at = by, now
    session.add(rule)
    session.flush()
    note_change(session)
    return _rule_view(rule)


def _check_rule(kind: RuleKind, value: str) -> None:
    if not value:
        raise BadRule(value, "it is empty")
    if kind is not RuleKind.PATTERN:
        return
    if _NESTED_REPETITION.search(value):
        raise BadRule(value, "a repeated group repeats inside, which can take for ever")
    try:
        entry = rule_entry(0, kind, value, 0)
    except re.error as error:
        raise BadRule(value, str(error)) from error
    if entry.fits("", None):
        raise BadRule(value, "it fits every message")


def _unique(words: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(stripped for word in words if (stripped := word.strip())))


def _refuse_unknown(changes: dict[str, Any], fields: frozenset[str], entry: str) -> None:
    unknown = set(changes) - fields
    if unknown:
        msg = f"a {entry}'s {', '.join(sorted(unknown))} cannot be changed"
        raise TypeError(msg)


def _require_department(session: Session, department_id: int | None) -> None:
    if department_id is not None and session.get(Department, department_id) is None:
        raise DepartmentNotFound(department_id)


def _require_parent(session: Session, parent_id: int | None) -> None:
    if parent_id is not None and session.get(Area, parent_id) is None:
        raise EntryNotFound("area", parent_id)


def _refuse_cycle(session: Session, area_id: int, parent_id: int | None) -> None:
    above, seen = parent_id, set[int]()
    while above is not None and above not in seen:
        if above == area_id:
            raise AreaCycle(area_id, parent_id or 0)
        seen.add(above)
        area = session.get(Area, above)
        above = area.parent_id if area else None


def _duty_view(row: Duty) -> DutyView:
    assert row.id is not None  # noqa: S101 - flushed rows have ids
    return DutyView(
        id=row.id,
        code=row.code,
        department_id=row.department_id,
        title=row.title,
        words=tuple(row.words),
        basis=row.basis,
        exclusive=row.exclusive,
        position=row.position,
        is_retired=row.retired_at is not None,
    )


def _area_view(row: Area) -> AreaView:
    assert row.id is not None  # noqa: S101 - flushed rows have ids
    return AreaView(
        id=row.id,
        code=row.code,
        name=row.name,
        parent_id=row.parent_id,
        aliases=tuple(row.aliases),
        department_id=row.department_id,
    )


def _rule_view(row: Rule) -> RuleView:
    assert row.id is not None  # noqa: S101 - flushed rows have ids
    return RuleView(
        id=row.id,
        kind=RuleKind(row.kind),
        value=row.value,
        department_id=row.department_id,
        position=row.position,
        note=row.note,
        created_by=row.created_by,
        created_at=row.created_at,
        changed_by=row.changed_by,
        changed_at=row.changed_at,
        is_disabled=row.disabled_at is not None,
    )
