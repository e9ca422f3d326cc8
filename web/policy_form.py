"""The form of a time-limit policy: what it holds for, its limits and steps, read into plain data and back."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from inbox.kinds import Kind
from inbox.models import Platform
from sla.errors import BadLimit
from sla.limits import parse_limit
from sla.models import Clock
from sla.policy import Condition, Policy
from sla.policy_writing import steps_as_data
from web.errors import sentence_for
from web.names import department_names
from web.policy_words import topic_names
from web.words import TAGS, tag_word, word

LISTS = ("kinds", "tags", "channels", "departments", "topics")
MOST_CONDITIONS = 12
ANSWERED = {"yes": True, "no": False}
DEFAULT_STEPS = "default"


Typed = MultiDict[str, str]
"""What a form or a query string gives."""


@dataclass(slots=True)
class ConditionShown:
    """One condition as the form shows it; `used` is False for the empty one at the end."""

    used: bool
    lists: dict[str, list[str]] = field(default_factory=dict)
    departments_at_least: str = "1"
    answered_by_kb: str = ""


@dataclass(frozen=True, slots=True)
class PolicyForm:
    """Everything the form shows; `limits` are by clock."""

    code: str
    version: int
    name: str
    name_en: str
    rank: str
    effective_on: str
    limits: dict[str, str]
    extension: str
    warn: str
    after: str
    conditions: list[ConditionShown]


def form_of(policy: Policy, typed: Typed, *, today: date) -> PolicyForm:
    """Show a policy, with what was typed in place of what stands where a form was sent."""
    steps = policy.steps_of(Clock.resolve)
    stands = [_condition_shown(condition) for condition in policy.conditions]
    spare = ConditionShown(used=False)
    return PolicyForm(
        code=policy.code,
        version=policy.version,
        name=typed.get("name", policy.name),
        name_en=typed.get("name_en", policy.name_en),
        rank=typed.get("rank", str(policy.rank)),
        effective_on=typed.get("effective_on", today.isoformat()),
        limits={clock.value: typed.get(clock.value, str(policy.limits.get(clock) or "")) for clock in Clock},
        extension=typed.get("extension", str(policy.extension or "")),
        warn=typed.get("warn", ", ".join(map(str, steps.warn))),
        after=typed.get("after", "\n".join(f"{name} {limit}" for name, limit in steps.after)),
        conditions=[*(_typed_conditions(typed) if _sent(typed) else stands), spare],
    )


def unreadable(typed: Typed, *, today: date) -> dict[str, str]:
    """Return a sentence for each field that cannot be read, by its name."""
    errors = {}
    for name in (*(clock.value for clock in Clock), "extension"):
        try:
            if typed.get(name, "").strip():
                parse_limit(typed[name])
        except BadLimit as error:
            errors[name] = sentence_for(error)
    wrong_day = _wrong_day(typed["effective_on"], today) if "effective_on" in typed else ""
    if wrong_day:
        errors["effective_on"] = wrong_day
    if "rank" in typed and not _is_number(typed["rank"].strip()):
        errors["rank"] = _("Write one whole number.")
    if not all(map(_is_number, _parts(typed.get("warn", "")))):
        errors["warn"] = _("Write whole numbers.")
    return errors


def _wrong_day(text: str, today: date) -> str:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return str(_("Choose a day."))
    return str(_("A policy cannot take effect in the past. Choose today or later.")) if day < today else ""


def changes_of(policy: Policy | None, typed: Typed) -> dict[str, Any]:
    """Return what the form changes, as `changed_policy` takes it; a field that was not sent stays as it is."""
    changes: dict[str, Any] = {
        "limits": {clock.value: typed[clock.value].strip() for clock in Clock if clock.value in typed}
    }
    for name in ("name", "name_en", "extension"):
        if name in typed:
            changes[name] = typed[name].strip()
    if "rank" in typed:
        changes["rank"] = int(typed["rank"])
    if _sent(typed):
        changes["conditions"] = [_as_data(shown) for shown in _typed_conditions(typed)]
    if "warn" in typed or "after" in typed:
        steps = {name: steps_as_data(found) for name, found in (policy.steps if policy else {}).items()}
        after = [line.split() for line in typed.get("after", "").splitlines() if line.strip()]
        steps[DEFAULT_STEPS] = {
            "warn": [int(part) for part in _parts(typed.get("warn", ""))],
            "at": steps.get(DEFAULT_STEPS, {}).get("at", {}),
            "after": {parts[0]: " ".join(parts[1:]) for parts in after},
        }
        changes["steps"] = steps
    return changes


def choices() -> dict[str, list[tuple[str, str]]]:
    """Return what each part of a condition can ask for."""
    return {
        "kinds": [(kind.value, word(kind)) for kind in Kind],
        "tags": [(tag, tag_word(tag)) for tag in TAGS],
        "channels": [(platform.value, word(platform)) for platform in Platform],
        "departments": list(department_names().items()),
        "topics": list(topic_names().items()),
    }


def _sent(typed: Typed) -> bool:
    """Tell whether the form with its conditions was sent; programs and old links name single fields."""
    return "conditions" in typed


def _count(typed: Typed) -> int:
    said = typed.get("conditions", "")
    return min(int(said), MOST_CONDITIONS) if _is_number(said) else 0


def _typed_conditions(typed: Typed) -> Iterator[ConditionShown]:
    for number in range(_count(typed)):
        if typed.get(f"used-{number}") == "1":
            yield ConditionShown(
                used=True,
                lists={name: typed.getlist(f"{name}-{number}") for name in LISTS},
                departments_at_least=typed.get(f"departments_at_least-{number}", "1"),
                answered_by_kb=typed.get(f"answered_by_kb-{number}", ""),
            )


def _condition_shown(condition: Condition) -> ConditionShown:
    answered = {True: "yes", False: "no", None: ""}[condition.answered_by_kb]
    return ConditionShown(
        used=True,
        lists={name: sorted(getattr(condition, name)) for name in LISTS},
        departments_at_least=str(condition.departments_at_least),
        answered_by_kb=answered,
    )


def _as_data(shown: ConditionShown) -> dict[str, Any]:
    data: dict[str, Any] = {name: values for name, values in shown.lists.items() if values}
    if _is_number(shown.departments_at_least) and int(shown.departments_at_least) > 1:
        data["departments_at_least"] = int(shown.departments_at_least)
    if shown.answered_by_kb in ANSWERED:
        data["answered_by_kb"] = ANSWERED[shown.answered_by_kb]
    return data


def _parts(text: str) -> Sequence[str]:
    return text.replace("，", " ").replace(",", " ").replace("%", " ").split()


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 6
