"""Policies as people read them: which cases one covers, its limits, and where each limit comes from."""

from dataclasses import dataclass
from typing import Any, cast

from flask import g
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext as _n

from inbox.kinds import Kind
from inbox.models import Platform
from knowledge_base.topics import topic_tree
from sla.models import Clock
from sla.policy import Condition, Policy
from web.context import current_session
from web.deadline_words import limit_words
from web.i18n import is_chinese
from web.names import department_names
from web.words import tag_word, word, word_of

MAIN_CLOCKS = (Clock.accept, Clock.first_reply, Clock.resolve)
"""The clocks that every policy sets; the list shows these."""

_SOURCES = {
    "Minhu proposal": _l("our proposal"),
    "one bureau's rule": _l("one bureau's rule"),
    "duty:": _l("duty:"),
    "number:": _l("number:"),
    "transferred;": _l("transferred;"),
    "website inspection veto: 3 months": _l("veto of the website inspection: 3 months"),
    "(hand over to 110/119)": _l("(hand over to 110 or 119)"),
    "default of the program": _l("default of the program"),
}


_STEPS = {
    "urge": _l("urge"),
    "notice": _l("written reminder"),
    "propose": _l("proposal to supervise"),
    "supervise": _l("supervision order"),
    "bulletin": _l("bulletin"),
    "amber": _l("amber"),
    "red": _l("red"),
}
"""The steps of the ladder that the default table names."""


@dataclass(frozen=True, slots=True)
class LimitLine:
    """One clock of a policy: its limit as it is written and as it is said, and its source."""

    clock: Clock
    label: str
    text: str
    words: str
    basis: str


def policy_name(policy: Policy) -> str:
    """Return the policy's name in the reader's language; Chinese when there is no other."""
    return policy.name if is_chinese() or not policy.name_en else policy.name_en


def covers(policy: Policy) -> list[str]:
    """Say which cases a policy covers, one line for each of its conditions."""
    return list(dict.fromkeys(_condition(condition) for condition in policy.conditions))


def limit_lines(policy: Policy) -> list[LimitLine]:
    """Return every clock, with its limit if the policy sets one."""
    lines = []
    for clock in Clock:
        limit = policy.limits.get(clock)
        text = str(limit) if limit else ""
        words = limit_words(text) if text else ""
        lines.append(
            LimitLine(clock, word(clock), text, words, basis_words(policy.basis.get(clock.value, "")))
        )
    return lines


def extension_words(policy: Policy) -> str:
    """Say by how much a deadline may be extended, once."""
    return "+" + limit_words(str(policy.extension)) if policy.extension else str(_("none"))


def steps_words(policy: Policy) -> str:
    """Say at which shares of the time officers are warned, and what follows how long after the due instant."""
    steps = policy.steps_of(Clock.resolve)
    warnings = ", ".join(f"{percent} %" for percent in steps.warn)
    after = [f"{step_word(name)} +{limit_words(str(limit))}" for name, limit in steps.after]
    return " · ".join(filter(None, (warnings, *after)))


def step_word(name: str) -> str:
    """Return the reader's word for a step of the ladder; one that a deployment named itself is shown as it is."""
    return str(_STEPS.get(name, name))


def basis_words(basis: str) -> str:
    """Return where a limit comes from; what the default table says about itself is translated."""
    for english, translated in _SOURCES.items():
        basis = basis.replace(english, str(translated))
    return basis


def _condition(condition: Condition) -> str:
    parts: list[Any] = [
        *_any_of(condition.kinds, lambda value: word_of(Kind, value)),
        *_any_of(condition.tags, tag_word),
        *_any_of(condition.topics, _topic_name),
        *_any_of(condition.channels, lambda value: word_of(Platform, value)),
        *_any_of(condition.departments, lambda code: department_names().get(code, code)),
    ]
    if condition.departments_at_least > 1:
        number = condition.departments_at_least
        parts.append(_n("at least %(num)s department", "at least %(num)s departments", number))
    if condition.answered_by_kb is not None:
        known = condition.answered_by_kb
        parts.append(
            _("the knowledge base has the answer") if known else _("the knowledge base has no answer")
        )
    return str(_(", and ")).join(map(str, parts)) or str(_("everything else"))


def _topic_name(code: str) -> str:
    return topic_names().get(code, code)


def topic_names() -> dict[str, str]:
    """Return every topic's name in the reader's language, by code; looked up once a request."""
    if "topic_names" not in g:
        g.topic_names = {
            row.code: row.name if is_chinese() or not row.name_en else row.name_en
            for row in topic_tree(current_session())
        }
    return cast("dict[str, str]", g.topic_names)


def _any_of(codes: frozenset[str], name: Any) -> list[str]:
    return [str(_(" or ")).join(sorted(name(code) for code in codes))] if codes else []
