"""What officers are told, in words: one sentence, picture and colour for each kind of notice."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l

from inbox.notices import NoticeView
from sla.models import Clock
from web.deadline_words import limit_words
from web.names import department_name, officer_name
from web.sentences import fill
from web.words import word_of

NOTICES: Mapping[str, tuple[Any, str, str | None]] = {
    "channel_test": (_l("A test: notices arrive here"), "broadcast", "brand"),
    "mentioned": (_l("%(officer)s mentioned you in a note"), "at", "brand"),
    "assigned": (_l("A case was assigned to your department"), "signpost-split", "brand"),
    "handed_over": (_l("%(officer)s handed a case over to you"), "person-check", "brand"),
    "returned": (_l("%(department)s returned a case"), "arrow-return-left", "soon"),
    "co_handler_named": (_l("%(department)s asks your department to co-handle a case"), "people", "brand"),
    "part_signed": (_l("%(department)s signed its part"), "check2-square", "done"),
    "part_timed_out": (
        _l("%(department)s did not give its part in time; the reply may go on"),
        "alarm",
        "late",
    ),
    "task_added": (_l("There is work on the street for you"), "cone-striped", "brand"),
    "task_done": (_l("The work on the street that you asked for is done"), "check-circle", "done"),
    "task_dropped": (_l("The work on the street that you asked for was dropped"), "x-circle", "soon"),
    "watched_replied": (_l("A case you watch was answered"), "send-check", "done"),
    "watched_return_asked": (
        _l("%(department)s asks to return a case you watch"),
        "arrow-return-left",
        "soon",
    ),
    "watched_overdue": (_l("%(clock)s of a case you watch is overdue"), "alarm", "late"),
    "return_asked": (_l("%(department)s asks to return a case: decide"), "hammer", "soon"),
    "return_refused": (_l("Your return was refused: the case stays with you"), "hammer", "soon"),
    "given": (_l("A case was given to you"), "person-check", "brand"),
    "sent_back": (_l("%(officer)s sent your reply back"), "arrow-return-left", "soon"),
    "reopened": (_l("The citizen opened the case again"), "arrow-counterclockwise", "soon"),
    "deadline_warned": (_l("%(clock)s: %(percent)s%% of the time is used"), "hourglass-split", "soon"),
    "deadlines_moved": (_l("Deadlines of cases in your hands moved (%(count)s)"), "calendar3", None),
    "alarm": (_l("Alarm: %(tag)s. Acknowledge it"), "alarm", "late"),
    "alarm_climbed": (_l("Alarm nobody has acknowledged: %(tag)s. Acknowledge it"), "alarm", "late"),
    "surge": (_l("%(count)s messages about one matter within three days"), "graph-up-arrow", "soon"),
    "digest": (_l("The week's topics are ready"), "journal-text", None),
    "deadline_breached": (_l("%(clock)s is overdue"), "alarm", "late"),
    "deadline_escalated": (_l("%(clock)s is still overdue"), "arrow-up-right", "late"),
    "deadline_resumed": (_l("%(clock)s: the clock runs again"), "play-fill", None),
    "backstop_amber": (_l("The citizen has waited for 60 days: amber"), "exclamation-triangle", "soon"),
    "backstop_red": (_l("The citizen has waited for three months: red"), "exclamation-octagon", "late"),
    "urged": (_l("You are urged to answer this case"), "megaphone", "late"),
    "urge_notice": (_l("Notice of urging %(number)s was issued"), "file-earmark-text", "late"),
    "supervision_proposed": (
        _l("%(department)s is overdue by days: is a supervision order needed?"),
        "clipboard2",
        "soon",
    ),
    "supervised": (_l("Supervision order %(number)s was issued"), "clipboard2", "late"),
    "order_acknowledged": (
        _l("%(department)s acknowledged supervision order %(number)s"),
        "clipboard-check",
        "brand",
    ),
    "order_reported": (
        _l("%(department)s filed measures on supervision order %(number)s"),
        "clipboard-plus",
        "brand",
    ),
    "order_sent_back": (_l("Supervision order %(number)s: more is needed"), "clipboard-x", "soon"),
    "order_closed": (_l("Supervision order %(number)s was closed"), "clipboard-check", "done"),
    "bulletin_entered": (_l("A breach was entered for the next bulletin"), "journal-text", "late"),
    "bulletin_shown": (
        _l("The bulletin of %(first)s to %(last)s has your figures: read and comment"),
        "journal-text",
        "soon",
    ),
    "bulletin_published": (
        _l("The bulletin of %(first)s to %(last)s was published"),
        "journal-check",
        "brand",
    ),
    "extension_asked": (_l("%(department)s asks for %(length)s more time"), "calendar-plus", "soon"),
    "extension_approved": (_l("%(length)s more time was granted"), "calendar-check", "done"),
    "extension_refused": (_l("More time was refused"), "calendar-x", "soon"),
    "extension_lapsed": (_l("Nobody decided on more time before the deadline"), "calendar-x", "soon"),
    "citizen_answered": (_l("The citizen has answered your question"), "chat-left-text", "brand"),
    "call_unsolved": (_l("On the telephone the citizen said it is not solved"), "telephone", "late"),
}
"""Sentence, icon and tone by kind. `officer_id`, `department_id` and `clock` among the params become names."""

_UNKNOWN = (_l("There is news about this"), "bell", None)


@dataclass(frozen=True, slots=True)
class NoticeLine:
    """A notice in words, as pages, emails and robots write it."""

    text: str
    icon: str
    tone: str | None
    detail: str


def notice_line(notice: NoticeView) -> NoticeLine:
    """Say what an officer is told; a kind that no release knows still gets a sentence."""
    return line_of(notice.kind, notice.params)


def line_of(kind: str, params: Mapping[str, Any]) -> NoticeLine:
    """Put a kind with its params into words."""
    sentence, icon, tone = NOTICES.get(kind, _UNKNOWN)
    detail = params.get("word") or params.get("reason") or ""
    return NoticeLine(fill(sentence, _told(params)), icon, tone, str(detail))


def _told(params: Mapping[str, Any]) -> dict[str, Any]:
    told = dict(params)
    if "department_id" in params:
        told["department"] = department_name(params["department_id"])
    if "officer_id" in params:
        told["officer"] = officer_name(params["officer_id"])
    if "length" in params:
        told["length"] = limit_words(str(params["length"]))
    if "clock" in params:
        told["clock"] = word_of(Clock, str(params["clock"]))
    return told
