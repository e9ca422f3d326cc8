"""Sentences about what the domain says in codes: why it decided, what happened."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import Flask
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from inbox.events import EventView
from inbox.kinds import Kind
from routing.models import RuleKind
from web.i18n import format_percent
from web.names import department_name, officer_name
from web.words import tag_word, word_of

REASONS: Mapping[str, Any] = {
    # routing
    "rule": _l("A rule of the administrator applies. %(kind)s: %(value)s"),
    "duty_words": _l("%(words)s: a duty of this department – %(duty)s"),
    "named": _l("The message names the department: %(words)s"),
    "place": _l("The place lies in its area: %(places)s"),
    "region": _l("The message was written for the area %(region)s"),
    "account": _l("The message came in through this department's account"),
    "learned": _l("Similar messages were answered here: %(share)s"),
    "similar": _l("Earlier cases much like it ended here: %(count)s"),
    # classification
    "tag": _l("%(words)s: %(tag)s"),
    "wording": _l("%(words)s: the wording of this kind – %(kind)s"),
    # suggestion
    "shared_words": _l("Words in common: %(words)s"),
    "similar_phrasing": _l("Asked much like “%(phrasing)s”"),
    "same_area": _l("Made for the area %(region)s"),
    "answers_one_ask": _l("Answers one of several questions in the message"),
}
"""Why something was decided, by the code of the reason."""

EVENTS: Mapping[str, Any] = {
    "sent_to_triage_desk": _l("Sent to the triage desk: no department was sure enough"),
    "triage_step_failed": _l("A step of triage failed: %(step)s"),
    "released": _l("Put back for the department to take on"),
}
"""What the machinery did to a case, by the kind of the event; web/case_words.py has the rest."""

STEPS: Mapping[str, Any] = {
    "classify": _l("kind of message"),
    "privacy": _l("personal information"),
    "suggest": _l("suggested answers"),
    "route": _l("responsible department"),
    "deadlines": _l("deadlines"),
    "index": _l("search index"),
    "duplicates": _l("near duplicates"),
}
"""The steps of triage."""

_PARAMS: Mapping[str, Callable[[Any], str]] = {
    "department_id": department_name,
    "department_ids": lambda ids: str(_(", ")).join(department_name(each) for each in ids),
    "officer_id": officer_name,
    "step": lambda value: str(STEPS.get(value, value)),
    "share": format_percent,
    "tag": tag_word,
}


def reason_sentence(reason: Any) -> str:
    """Say why something was decided; takes a Reason of any folder, or its stored form."""
    code, params = _parts(reason)
    shown = dict(params)
    if "kind" in shown:
        shown["kind"] = word_of(RuleKind if code == "rule" else Kind, shown["kind"])
    return fill(REASONS.get(code, code), shown)


def event_sentence(event: EventView) -> str:
    """Say what happened to a case, for officers."""
    return fill(EVENTS.get(event.kind, event.kind), event.params)


def fill(sentence: Any, params: Mapping[str, Any]) -> str:
    """Put the parameters into a sentence, each in the reader's words; one that is missing leaves a gap."""
    text = str(sentence)
    if "%(" not in text:
        return text
    return text % _Gaps({key: _PARAMS.get(key, _shown)(value) for key, value in params.items()})


def init_sentences(app: Flask) -> None:
    """Let templates write `{{ reason | reason }}` and `{{ event | event }}`."""
    app.jinja_env.filters.update(reason=reason_sentence, event=event_sentence)


def _parts(reason: Any) -> tuple[str, Mapping[str, Any]]:
    if isinstance(reason, Mapping):
        return reason["code"], reason.get("params", {})
    return reason.code, reason.params


def _shown(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return str(_("“%(words)s”")) % {"words": str(_("”, “")).join(map(str, value))}
    return str(value)


class _Gaps(dict[str, str]):
    """A parameter that an old row lacks leaves a gap instead of an error."""

    def __missing__(self, key: str) -> str:
        return "…"
