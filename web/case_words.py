"""A case in words: what happened to it, why an answer is suggested, what a reply's checks object to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from inbox.case_view import SuggestionView
from inbox.events import EventView
from inbox.kinds import Kind
from inbox.models import DeliveryChannel, Display, Satisfaction
from inbox.reply_checks import ReplyChecks, Rule
from knowledge_base.models import Authority
from sla.models import ChangeReason, Clock
from web.deadline_words import limit_words
from web.i18n import format_day, language, moment
from web.names import department_name, departments, officer_name
from web.sentences import event_sentence, reason_sentence
from web.words import word_of

SURE, LIKELY = 0.8, 0.6


@dataclass(frozen=True, slots=True)
class EventLine:
    """One line of the timeline."""

    title: str
    icon: str
    tone: str | None
    actor: str | None
    at: datetime
    at_text: str
    body: str | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the checks beside a reply."""

    level: str
    text: str
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SuggestionCard:
    """A suggested answer as the suggestion component shows it."""

    article_id: int
    question: str
    question_spans: tuple[tuple[int, int], ...]
    answer: str
    missing: list[str]
    percent: int
    words: str
    matched: str | None
    matched_spans: tuple[tuple[int, int], ...]
    reasons: list[str]
    source: str
    owner: str | None
    basis: list[str]
    valid_until: str | None
    url: str | None
    used: bool = False


_LOOKS: Mapping[str, tuple[Any, str, str | None]] = {
    "received": (_l("Received through %(account)s"), "envelope", None),
    "supplemented": (_l("The citizen added to the message"), "chat-left-text", None),
    "assigned": (_l("Assigned to %(department)s"), "signpost-split", "brand"),
    "recalled": (_l("Taken back to the triage desk from %(department)s"), "arrow-counterclockwise", "soon"),
    "split": (_l("Split into %(parts)s linked cases"), "scissors", "brand"),
    "split_off": (_l("Split off from another case"), "scissors", "brand"),
    "split_undone": (_l("The parts were joined again"), "union", "soon"),
    "shared": (_l("Kept whole: %(department)s leads, others co-handle"), "people", "brand"),
    "claimed": (_l("Taken on"), "person-check", "brand"),
    "handed_over": (_l("Handed over to %(officer)s"), "person-check", None),
    "co_handler_named": (_l("%(department)s asked to co-handle"), "people", "brand"),
    "part_signed": (_l("%(department)s signed its part"), "check2-square", "done"),
    "part_timed_out": (_l("%(department)s did not give its part in time"), "alarm", "late"),
    "co_handler_released": (_l("%(department)s released from co-handling"), "person-dash", None),
    "task_added": (_l("Work on the street for %(department)s"), "cone-striped", "brand"),
    "task_done": (_l("Work on the street done by %(department)s"), "check-circle", "done"),
    "task_dropped": (_l("Work on the street dropped"), "x-circle", "soon"),
    "given": (_l("Given to %(officer)s by the department's way of assigning"), "person-check", "brand"),
    "return_asked": (_l("%(department)s asks to return it"), "arrow-return-left", "soon"),
    "returned": (_l("Return by %(department)s upheld"), "arrow-return-left", "soon"),
    "return_refused": (_l("Return by %(department)s refused: it stays there"), "hammer", "soon"),
    "return_withdrawn": (_l("%(department)s took its return back"), "arrow-counterclockwise", "soon"),
    "alarm_raised": (_l("Alarm: %(tag)s"), "alarm", "late"),
    "alarm_climbed": (_l("Nobody had acknowledged the alarm: %(officer)s was called"), "alarm", "late"),
    "alarm_acknowledged": (_l("Acknowledged the alarm after %(minutes)s minutes"), "check-circle", "done"),
    "transferred": (_l("Handed on by procedure to %(recipient)s"), "arrow-up-right", "soon"),
    "transfer_confirmed": (_l("%(recipient)s confirmed having it"), "check-circle", "done"),
    "repeated": (_l("The same person wrote about the same matter again, with nothing new"), "files", None),
    "found_similar": (_l("An earlier case seems to be about the same matter"), "files", None),
    "linked": (_l("Linked with %(code)s: the same matter"), "files", None),
    "unlinked": (_l("Another matter than %(code)s"), "x-circle", None),
    "merged": (_l("Merged with %(code)s: handled together"), "link-45deg", "brand"),
    "unmerged": (_l("Taken apart from %(code)s, as it stood before"), "arrow-counterclockwise", "soon"),
    "left_group": (_l("Left its group: it is handled by itself again"), "arrow-counterclockwise", None),
    "joint_reply": (_l("Answered together with %(code)s"), "send-check", "done"),
    "joint_reply_skipped": (_l("Passed over by the reply to many: it had moved on"), "slash-circle", "soon"),
    "draft_started": (_l("Began to write the reply"), "pencil", None),
    "submitted": (_l("Submitted the reply for review"), "eye", None),
    "withdrawn": (_l("Took the reply back to edit it"), "arrow-counterclockwise", None),
    "sent_back": (_l("Sent the reply back"), "arrow-return-left", "soon"),
    "approved": (_l("Approved the reply"), "check-circle", "done"),
    "delivered": (_l("Reply delivered: %(channel)s"), "send-check", "done"),
    "delivery_failed": (_l("Delivery failed: %(error)s"), "x-circle", "late"),
    "sent_again": (_l("Sent again by hand"), "send", None),
    "rated": (_l("Rated: %(satisfaction)s"), "star", "done"),
    "reopened": (_l("Opened again by the citizen"), "arrow-counterclockwise", "soon"),
    "closed": (_l("Closed"), "check2-all", "done"),
    "kind_changed": (_l("Kind corrected from %(from)s to %(to)s"), "tag", None),
    "marked_sensitive": (_l("Marked as sensitive"), "shield-lock", None),
    "unmarked_sensitive": (_l("No longer marked as sensitive"), "shield-lock", None),
    "display_decided": (_l("Display of the message: %(display)s"), "eye", None),
    "set_aside": (_l("Set aside as spam"), "slash-circle", None),
    "taken_back": (_l("Brought back from spam"), "arrow-counterclockwise", None),
    "timed": (_l("The clocks were started"), "stopwatch", None),
    "clocks_restarted": (_l("The clocks were started again"), "stopwatch", None),
    "suggested": (_l("Answers were suggested"), "lightbulb", None),
    "revealed": (_l("Looked at the personal information"), "shield-lock", None),
    "triage_retried": (_l("Asked for triage to run again"), "arrow-repeat", None),
    "deadline_warned": (_l("%(clock)s: %(percent)s%% of the time is used"), "hourglass-split", "soon"),
    "deadline_breached": (_l("%(clock)s is overdue"), "alarm", "late"),
    "deadline_escalated": (_l("%(clock)s: reported to the next level"), "arrow-up-right", "late"),
    "deadline_moved": (_l("%(clock)s: now due %(due)s, until now %(before)s"), "calendar3", None),
    "urged": (_l("Urged %(department)s"), "megaphone", "late"),
    "urge_notice": (_l("Notice of urging %(number)s to %(department)s"), "file-earmark-text", "late"),
    "supervision_proposed": (_l("Proposed to supervise %(department)s"), "clipboard2", "soon"),
    "supervision_declined": (_l("No supervision order is needed for now"), "clipboard2", None),
    "supervised": (_l("Supervision order %(number)s to %(department)s"), "clipboard2", "late"),
    "order_acknowledged": (_l("Supervision order %(number)s acknowledged"), "clipboard-check", "brand"),
    "order_reported": (_l("Measures filed on supervision order %(number)s"), "clipboard-plus", "brand"),
    "order_sent_back": (
        _l("Measures on supervision order %(number)s were not enough"),
        "clipboard-x",
        "soon",
    ),
    "order_closed": (_l("Supervision order %(number)s closed"), "clipboard-check", "done"),
    "bulletin_entered": (_l("Entered for the next bulletin: %(clock)s"), "journal-text", "late"),
    "extension_asked": (_l("Asked for %(length)s more time"), "calendar-plus", "soon"),
    "extended": (_l("Granted %(length)s more time"), "calendar-check", "done"),
    "extension_refused": (_l("More time was refused"), "calendar-x", "soon"),
    "extension_lapsed": (_l("Nobody decided on more time before the deadline"), "calendar-x", "soon"),
    "citizen_asked": (_l("Asked the citizen; the clock stands still"), "question-circle", "brand"),
    "wait_ended": (_l("Does not wait for the citizen any longer"), "play-fill", None),
    "called_back": (_l("Called the citizen"), "telephone", "done"),
    "call_missed": (_l("Called the citizen; nobody answered"), "telephone", None),
    "deadline_resumed": (_l("%(clock)s: the clock runs again"), "play-fill", None),
}

_CLOSED = {
    "rated": _l("Closed: the citizen says it is solved"),
    "silent": _l("Closed: the citizen did not object within seven days"),
    "by_hand": _l("Closed by hand"),
}


def event_line(event: EventView) -> EventLine:
    """Say what happened, with the names behind the ids."""
    sentence, icon, tone = _LOOKS.get(event.kind, (None, "dot", None))
    if event.kind == "closed":
        sentence = _CLOSED.get(str(event.params.get("why")), sentence)
    title = str(sentence) % _Told(_told(event.params)) if sentence is not None else event_sentence(event)
    body = event.params.get("basis") or event.params.get("reason") or None
    if event.kind == "deadline_moved":
        body = word_of(ChangeReason, body)
    if event.kind == "return_refused":
        body = event.params.get("reason")
    if event.kind == "assigned" and event.params.get("automatic"):
        body = _("Automatically, %(percent)s%% sure", percent=round(event.params.get("confidence", 0) * 100))
    return EventLine(title, icon, tone, event.actor, event.at, moment(event.at), body)


def _told(params: Mapping[str, Any]) -> dict[str, str]:
    told = {key: str(value) for key, value in params.items()}
    if "department_id" in params:
        told["department"] = department_name(params["department_id"])
    if "officer_id" in params:
        told["officer"] = officer_name(params["officer_id"])
    if "due" not in told and "to" in told and "clock" in told:
        told |= {"due": _moment_of(told.pop("to")), "before": _moment_of(told.pop("from"))}
    if "length" in params:
        told["length"] = limit_words(str(params["length"]))
    words = {
        "channel": DeliveryChannel,
        "satisfaction": Satisfaction,
        "clock": Clock,
        "display": Display,
        "from": Kind,
        "to": Kind,
    }
    return told | {key: word_of(words[key], told[key]) for key in words if key in told}


def _moment_of(text: str) -> str:
    return moment(datetime.fromisoformat(text))


class _Told(dict[str, str]):
    """An event of an older release may lack a parameter; the sentence keeps a gap."""

    def __missing__(self, key: str) -> str:
        return "…"


AUTHORITIES: Mapping[Authority, Any] = {
    Authority.NATIONAL: _l("National"),
    Authority.PROVINCE: _l("Provincial"),
    Authority.CITY: _l("City"),
    Authority.COUNTY: _l("County"),
    Authority.DEPARTMENT: _l("Department"),
}


def confidence_words(confidence: float) -> str:
    """Say how sure a suggestion is; the same three steps colour its bar."""
    if confidence >= SURE:
        return str(_("Very likely this question"))
    return str(_("Probably related") if confidence >= LIKELY else _("Not sure"))


def suggestion_card(suggestion: SuggestionView, url: str | None) -> SuggestionCard:
    """Describe a suggested answer: how sure, why, whose, on what basis and until when."""
    answer = suggestion.answer
    is_question = suggestion.phrasing == answer.question
    percent = round(suggestion.confidence * 100)
    words = confidence_words(suggestion.confidence)
    return SuggestionCard(
        article_id=suggestion.article_id,
        question=answer.question,
        question_spans=suggestion.phrasing_terms if is_question else (),
        answer=suggestion.filled,
        missing=[f"{{{name}}}" for name in suggestion.missing],
        percent=percent,
        words=str(_("%(words)s · %(percent)s%%", words=words, percent=percent)),
        matched=None if is_question else suggestion.phrasing,
        matched_spans=() if is_question else suggestion.phrasing_terms,
        reasons=[reason_sentence(reason) for reason in suggestion.reasons],
        source=" · ".join(filter(None, (str(AUTHORITIES[answer.authority]), answer.source))),
        owner=unit_of(answer.owner_code),
        basis=[" ".join(filter(None, (basis.title, basis.number))) for basis in answer.basis],
        valid_until=format_day(answer.valid_until) or None,
        url=url,
        used=suggestion.used,
    )


def unit_of(code: str | None) -> str | None:
    """Return the name of the department with this code."""
    return next((unit.label(language()) for unit in departments().values() if unit.code == code), None)


_RULES: Mapping[Rule, tuple[str, Any]] = {
    Rule.NOT_ANSWERING: ("warn", _l("It may not answer what was asked; compare it with the message.")),
    Rule.PLACEHOLDER: ("bad", _l("A gap is not filled:")),
    Rule.PERSONAL_INFORMATION: ("bad", _l("This would publish personal information:")),
    Rule.COLD_PHRASE: ("bad", _l("This sounds cold:")),
    Rule.VAGUE_PROMISE: ("warn", _l("A promise without a date:")),
    Rule.EMPTY_PHRASE: ("warn", _l("This says nothing:")),
    Rule.MISSING_BASIS: ("warn", _l("It speaks of rules but names no document:")),
    Rule.MISSING_CONTACT: ("warn", _l("It names nobody to ask: a telephone or a counter.")),
    Rule.NOT_DONE: ("bad", _l("This says done, but work on the street is still open:")),
    Rule.TOO_SHORT: ("warn", _l("It is very short.")),
}


def check_lines(checks: ReplyChecks, text: str) -> list[Check]:
    """Say what the checks object to, the serious first, each rule once with the words it objects to."""
    if not text.strip():
        return []
    by_rule: dict[Rule, dict[str, None]] = {}
    for finding in checks.findings:
        words = by_rule.setdefault(finding.rule, {})
        if finding.text and finding.rule != Rule.TOO_SHORT:
            words[finding.text] = None
    lines = [
        Check(_RULES[rule][0], str(_RULES[rule][1]), tuple(words))
        for rule, words in by_rule.items()
        if rule in _RULES
    ]
    if not lines:
        return [Check("ok", str(_("The checks found nothing to object to.")))]
    return sorted(lines, key=lambda line: line.level != "bad")


def finding_spans(checks: ReplyChecks) -> list[tuple[int, int]]:
    """Return where the words that were objected to stand, without overlaps, for marking them in the text."""
    spans: list[tuple[int, int]] = []
    for finding in checks.findings:
        is_part = finding.end > finding.start and finding.rule != Rule.TOO_SHORT
        if is_part and (not spans or finding.start >= spans[-1][1]):
            spans.append((finding.start, finding.end))
    return spans


def word_spans(text: str, words: Sequence[str]) -> list[tuple[int, int]]:
    """Return where these words stand in a text, without overlaps: the words that routing went by."""
    found = sorted((start, start + len(word)) for word in words if word for start in _places(text, word))
    spans: list[tuple[int, int]] = []
    for start, end in found:
        if not spans or start >= spans[-1][1]:
            spans.append((start, end))
    return spans


def _places(text: str, word: str) -> list[int]:
    places, at = [], text.find(word)
    while at >= 0:
        places.append(at)
        at = text.find(word, at + len(word))
    return places
