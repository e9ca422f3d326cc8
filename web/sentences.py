"""Sentences about what the domain says in codes: why it refused, why it decided, what happened."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Flask
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from inbox.models import DeliveryChannel, Satisfaction
from web.words import word_of

REFUSALS: Mapping[str, Any] = {
    "empty": _l("The text is empty, so nothing was sent. Write something and send it again."),
    "too_long": _l(
        "The text has %(length)s characters; at most %(limit)s are taken. Nothing was sent; shorten it."
    ),
    "no_id": _l("The message has no identifier, or one that is too long. It was not taken in."),
    "impossible_date": _l(
        "The date %(date)s cannot be right. The message was not taken in; correct the date."
    ),
    "supplemented_before": _l(
        "You have added to this message before; that is possible once. Your first addition is kept."
    ),
    "basis_missing": _l(
        "A return needs its basis: the document or provision that names the other duty. Nothing was changed."
    ),
    "reason_missing": _l("A reason is needed. Nothing was changed; write one and try again."),
    "placeholders": _l(
        "The reply still has gaps to fill. It is saved as a draft; fill them and submit it again."
    ),
    "too_short": _l("The text is too short to be an answer. It is saved as a draft."),
    "empty_file": _l("The file %(file)s is empty. Nothing was taken in; choose another one."),
    "file_too_large": _l("The file is larger than %(limit)s MB. Nothing was taken in; split it."),
    "not_a_table": _l("The file %(file)s is not a table. Nothing was taken in; send XLSX, CSV or JSONL."),
    "not_a_workbook": _l(
        "The file %(file)s is not a readable workbook. Nothing was taken in; save it again as XLSX."
    ),
    "unknown_column": _l(
        "The file has no column %(column)s. Nothing was taken in; its columns are %(columns)s."
    ),
    "unknown_field": _l("There is no field %(field)s. Nothing was taken in; the fields are %(fields)s."),
    "no_text_column": _l("No column holds the text. Nothing was taken in; choose one of %(columns)s."),
    "json_line": _l("Line %(line)s is not readable JSON (%(error)s). Nothing was taken in; correct it."),
    "no_header": _l("The first row has no column names. Nothing was taken in; add them."),
    "too_many_rows": _l("The file has more than %(limit)s rows. Nothing was taken in; split it."),
    "too_many_columns": _l(
        "The file has more than %(limit)s columns. Nothing was taken in; remove those you do not need."
    ),
    "unknown_encoding": _l(
        "The file %(file)s is neither UTF-8 nor GB18030. Nothing was taken in; save it as UTF-8."
    ),
    "push_disabled": _l("This account takes no pushed messages. Nothing was taken in."),
    "nonce_malformed": _l("The nonce is missing or malformed. Nothing was taken in."),
    "signature_wrong": _l("The signature is wrong. Nothing was taken in."),
    "timestamp_malformed": _l("The timestamp is not a whole number of seconds. Nothing was taken in."),
    "timestamp_old": _l(
        "The timestamp is more than five minutes off. Nothing was taken in; check the sender's clock."
    ),
    "key_reused": _l("The idempotency key was used for another body. Nothing was taken in; use a new key."),
    "nonce_reused": _l("The nonce was used before. Nothing was taken in; use a new one for every request."),
    "body_too_large": _l(
        "The body is larger than %(limit)s bytes. Nothing was taken in; send fewer messages at once."
    ),
    "not_json": _l("The body is not JSON in UTF-8. Nothing was taken in."),
    "no_messages": _l("The body holds no messages. Nothing was taken in."),
    "too_many": _l(
        "%(count)s messages are too many at once; at most %(limit)s are taken. Nothing was taken in."
    ),
    "field_wrong": _l(
        "Message %(position)s: the field %(field)s cannot be used (%(error)s). Nothing was taken in."
    ),
}

_REFUSED = _l("This was refused (%(reason)s). Nothing was changed; check what you sent.")


def refusal(reason: str, params: Mapping[str, Any]) -> str:
    """Say why something was refused, what was kept and what to do."""
    return _fill(REFUSALS.get(reason, _REFUSED), {"reason": reason, **params})


def problems(found: Sequence[str]) -> str:
    """Say that a document cannot be used, with every problem that was found."""
    sentence = _("Nothing was saved, because this cannot be used: %(problems)s. Correct it and save again.")
    return _fill(sentence, {"problems": "; ".join(found)})


def article_problem(field: str, problem: str) -> str:
    """Say which field of an article cannot be accepted."""
    sentence = _("The article was not saved: %(field)s – %(problem)s. What you wrote is still in the form.")
    return _fill(sentence, {"field": field, "problem": problem})


def init_sentences(app: Flask) -> None:
    """Let templates write `{{ reason | sentence }}` and `{{ event | event_sentence }}`."""
    app.jinja_env.filters.update(sentence=reason_sentence, event_sentence=event_sentence)


ROUTING_REASONS: Mapping[str, Any] = {
    "rule": _l("A rule of the administrator applies: %(value)s"),
    "duty_words": _l("%(words)s – a duty of this department: %(duty)s"),
    "named": _l("The message names it: %(words)s"),
    "place": _l("The place is in its area: %(places)s"),
    "region": _l("The message was sent for the region %(region)s"),
    "account": _l("The message came in through this department's account"),
    "learned": _l("Similar messages went here: %(share)s of them"),
}


def reason_sentence(reason: Any) -> str:
    """Say why something was decided; takes a Reason or its stored form."""
    code, params = _parts(reason)
    return _fill(ROUTING_REASONS.get(code, code), params)


EVENTS: Mapping[str, Any] = {
    "received": _l("Received through %(account)s"),
    "delivered": _l("Reply delivered: %(channel)s"),
    "delivery_failed": _l("Delivery failed: %(error)s"),
    "rated": _l("Rated: %(satisfaction)s"),
    "reopened": _l("Opened again by the citizen"),
    "supplemented": _l("The citizen added to the message"),
    "assigned": _l("Assigned to a department"),
    "claimed": _l("Taken on"),
    "handed_over": _l("Handed over to a colleague"),
    "returned": _l("Returned to the triage desk: %(basis)s"),
    "kind_changed": _l("Kind corrected"),
}


def event_sentence(event: Any) -> str:
    """Say what happened to a case."""
    params = dict(event.params)
    if "channel" in params:
        params["channel"] = word_of(DeliveryChannel, params["channel"])
    if "satisfaction" in params:
        params["satisfaction"] = word_of(Satisfaction, params["satisfaction"])
    return _fill(EVENTS.get(event.kind, event.kind), params)


def _parts(reason: Any) -> tuple[str, Mapping[str, Any]]:
    if isinstance(reason, Mapping):
        return reason["code"], reason.get("params", {})
    return reason.code, reason.params


def _fill(sentence: Any, params: Mapping[str, Any]) -> str:
    shown = {key: _shown(value) for key, value in params.items()}
    return str(sentence) % _Gaps(shown) if "%(" in str(sentence) else str(sentence)


def _shown(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return str(_("“%(words)s”")) % {"words": str(_("”, “")).join(map(str, value))}
    return str(value)


class _Gaps(dict[str, str]):
    """A parameter that an old row lacks leaves a gap instead of an error."""

    def __missing__(self, key: str) -> str:
        return "…"
