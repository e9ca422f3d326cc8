"""What the case page is made of: the case as the domain tells it, with its words, clocks and buttons."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from inbox.access import Viewer
from inbox.case_lists import CaseRow
from inbox.case_view import CaseView, ReplyView, case_view
from inbox.cases import NOT_YET_ANSWERED
from inbox.group_view import CaseKin, case_kin, listed_for_review
from inbox.models import WITH_DEPARTMENT, CaseState, DeliveryChannel, DeliveryState, ReplyState
from inbox.parts import LinkedPart, linked_parts
from inbox.replies import WRITABLE, check_draft
from routing.models import Role
from sla.views import DeadlineView, deadlines_of, explanation_of
from web.case_ladder import CaseLadder, case_ladder
from web.case_words import (
    Check,
    EventLine,
    SuggestionCard,
    check_lines,
    event_line,
    suggestion_card,
)
from web.context import calendar, current_session, now, today, viewer
from web.deadline_words import (
    DeadlineWords,
    StripDay,
    deadline_words,
    limit_words,
    notices_of,
    pressing,
    row_deadline,
    strip_days,
)
from web.guards import may_open
from web.names import department_name
from web.sentences import STEPS
from web.together import Together, together_of
from web.words import word

SHOWN_BETWEEN = frozenset(
    {
        "assigned",
        "recalled",
        "return_asked",
        "co_handler_named",
        "part_signed",
        "part_timed_out",
        "task_added",
        "task_done",
        "returned",
        "return_refused",
        "return_withdrawn",
        "reopened",
        "closed",
        "set_aside",
        "taken_back",
    }
)
"""Events that stand between the messages of the conversation; the timeline has them all."""


_BETWEEN = " ，。！？；：、,.!?;:…~～"
"""What may stand between a first sentence and the next."""

LONGEST_STRIP = timedelta(days=45)
"""A clock that runs for months is not laid out day by day unless it is the one that presses."""


@dataclass(frozen=True, slots=True)
class Actions:
    """What this officer may do with this case now; a button is drawn for nothing else."""

    claim: bool
    hand_over: bool
    return_: bool
    assign: bool
    recall: bool
    change_kind: bool
    sensitive: bool
    set_aside: bool
    take_back: bool
    close: bool
    write: bool
    withdraw: bool
    review: bool
    reveal: bool
    display: bool
    join: bool


@dataclass(frozen=True, slots=True)
class Clockwork:
    """One clock of the case with the days that lead to its end; `days` is empty for one that is over or very long."""

    name: str
    limit: str
    words: DeadlineWords
    days: list[StripDay]
    notices: list[str]
    is_pressing: bool


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the conversation: what a citizen, an officer or the system said, or what happened between."""

    what: str
    at: datetime
    of: Any
    text: str = ""


@dataclass(frozen=True, slots=True)
class CasePage:
    """The case page, ready to be drawn; `back` is where its forms lead afterwards."""

    view: CaseView
    row: CaseRow
    actions: Actions
    department: str | None
    deadline: DeadlineWords | None
    clocks: list[Clockwork]
    suggestions: list[SuggestionCard]
    entries: list[Entry]
    timeline: list[EventLine]
    earlier: list[tuple[CaseRow, DeadlineWords | None]]
    checks: list[Check]
    failures: list[tuple[str, str]]
    waiting: ReplyView | None
    own_words: bool
    together: Together
    by_hand: bool
    ladder: CaseLadder
    back: str
    my_return: int | None
    kin: CaseKin
    listed: list[tuple[CaseRow, str]]
    parts: tuple[LinkedPart, ...] = ()


def case_page(case_id: int, *, back: str, reveal: bool = False) -> CasePage:
    """Gather a case for the person asking. Raises CaseNotFound."""
    session, who = current_session(), viewer()
    view = case_view(session, who, case_id, now=now(), today=today(), reveal=reveal)
    main = pressing(view.deadlines)
    return CasePage(
        view=view,
        row=view.row,
        actions=actions_of(view, who),
        department=department_name(view.row.department_id) if view.row.department_id else None,
        deadline=_deadline(main),
        clocks=[_clockwork(found, is_pressing=found is main) for found in view.deadlines],
        suggestions=[_card(suggestion) for suggestion in view.suggestions if not suggestion.rejected],
        entries=_entries(view),
        timeline=[event_line(event) for event in reversed(view.events)],
        earlier=with_deadlines(view.earlier),
        checks=_checks(view, who),
        failures=[(str(STEPS.get(failed.step, failed.step)), failed.error) for failed in view.failures],
        waiting=_waiting(view),
        own_words=view.draft is not None and who.officer_id in view.draft.contributor_ids,
        together=together_of(view, who),
        by_hand=_assigned_by_hand(view),
        ladder=case_ladder(case_id),
        back=back,
        my_return=_my_return(view, who),
        kin=case_kin(session, who, case_id),
        listed=listed_for_review(session, who, case_id) if view.row.state == CaseState.IN_REVIEW else [],
        parts=linked_parts(session, case_id),
    )


def _my_return(view: CaseView, who: Viewer) -> int | None:
    """Return the request to give the case back that this officer may take back, for nobody has decided."""
    waiting = (asked for asked in view.returns if asked.decided_at is None)
    return next((asked.id for asked in waiting if asked.asked_by_id == who.officer_id), None)


def actions_of(view: CaseView, who: Viewer) -> Actions:
    """Return which steps fit the officer's roles and where the case stands."""
    may, row, state = view.may, view.row, view.row.state
    draft = view.draft
    own_words = draft is not None and who.officer_id in draft.contributor_ids
    handles = may["answer"] or may["dispatch"]
    with_department = state in WITH_DEPARTMENT
    follows = row.lead_id is not None
    is_hers = may["answer"] and state in WRITABLE and not follows
    in_review = state == CaseState.IN_REVIEW
    return Actions(
        claim=is_hers and row.assignee is None,
        hand_over=handles and with_department and row.department_id is not None and not follows,
        return_=may["answer"] and view.may_return and not follows,
        assign=may["dispatch"] and state in NOT_YET_ANSWERED and not follows,
        recall=may["dispatch"] and state == CaseState.ASSIGNED and row.assignee is None and not follows,
        change_kind=handles and state != CaseState.CLOSED,
        sensitive=handles or may["review"],
        set_aside=may["dispatch"]
        and state in (CaseState.NEW, CaseState.TRIAGE_DESK, CaseState.ASSIGNED)
        and not follows
        and not row.follower_count,
        take_back=may["dispatch"] and row.spam and state == CaseState.CLOSED,
        close=(may["answer"] or may["supervise"]) and state == CaseState.REPLIED,
        write=is_hers,
        withdraw=in_review and own_words,
        review=in_review and may["review"] and not own_words,
        reveal=(handles or may["review"])
        and not view.revealed
        and any(m.has_personal for m in view.messages),
        join=handles,
        display=who.has(Role.REVIEWER, Role.DISPATCHER, Role.SUPERVISOR) and not row.spam,
    )


def with_deadlines(rows: Sequence[CaseRow]) -> list[tuple[CaseRow, DeadlineWords | None]]:
    """Put beside each line of a list how much time it has left, and let its excerpt go on where the title ends."""
    clocks = deadlines_of(current_session(), [row.id for row in rows])
    days = calendar()
    return [(_without_echo(row), row_deadline(days, clocks[row.id], now=now())) for row in rows]


def _without_echo(row: CaseRow) -> CaseRow:
    """Take the title away from the start of the excerpt: titles are often the message's first sentence."""
    said = row.title.rstrip("…")
    if not said or not row.excerpt.startswith(said):
        return row
    return replace(row, excerpt=row.excerpt[len(said) :].lstrip(_BETWEEN))


def with_holder(row: CaseRow) -> CaseRow:
    """Let a line say which department has the case as well, for those who see more than one."""
    department = department_name(row.department_id) if row.department_id else None
    holder = " · ".join(filter(None, (department, row.assignee)))
    return replace(row, assignee=holder or None)


def _deadline(main: DeadlineView | None) -> DeadlineWords | None:
    if main is None:
        return None
    return deadline_words(calendar(), main, now=now(), label=word(main.clock))


def _clockwork(view: DeadlineView, *, is_pressing: bool) -> Clockwork:
    words = deadline_words(calendar(), view, now=now())
    days: list[StripDay] = []
    notices: list[str] = []
    if is_pressing or (view.is_open and view.due_at - view.started_at <= LONGEST_STRIP):
        told = explanation_of(current_session(), view, calendar(), now=now())
        days, notices = strip_days(told, today=today()), notices_of(told)
    return Clockwork(word(view.clock), limit_words(view.limit), words, days, notices, is_pressing)


def _card(suggestion: Any) -> SuggestionCard:
    url = None
    if may_open("articles.show"):
        url = url_for("articles.show", article_id=suggestion.article_id)
    return suggestion_card(suggestion, url)


def _checks(view: CaseView, who: Viewer) -> list[Check]:
    draft = view.draft
    if draft is None or not draft.text:
        return []
    return check_lines(check_draft(current_session(), who, view.row.id, draft.text), draft.text)


def _waiting(view: CaseView) -> ReplyView | None:
    """Return the approved reply that has not arrived yet."""
    sent = view.sent
    return sent[-1] if sent and not sent[-1].is_delivered else None


def _assigned_by_hand(view: CaseView) -> bool:
    """Tell whether a person decided last which department has the case."""
    choices = [event for event in view.events if event.kind == "assigned"]
    return bool(choices) and not choices[-1].params.get("automatic")


def _entries(view: CaseView) -> list[Entry]:
    entries = [Entry("message", message.at, message) for message in view.messages]
    entries += [Entry("note", note.at, note) for note in view.notes]
    entries += [
        Entry("event", event.at, event, event_line(event).title)
        for event in view.events
        if event.kind in SHOWN_BETWEEN
    ]
    for reply in view.sent:
        entries.append(Entry("reply", reply.approved_at or reply.saved_at, reply, delivery_words(reply)))
        if reply.rating is not None:
            entries.append(Entry("rating", reply.rating.at, reply.rating, rating_words(reply.rating)))
    if view.draft is not None and view.draft.state == ReplyState.SUBMITTED:
        submitted = view.draft
        entries.append(Entry("submitted", submitted.submitted_at or submitted.saved_at, submitted))
    order = {"message": 0, "event": 1}
    return sorted(entries, key=lambda entry: (entry.at, order.get(entry.what, 2)))


def rating_words(rating: Any) -> str:
    """Say what the citizen thought of a reply."""
    solved = _("solved") if rating.solved else _("not solved")
    return str(
        _(
            "Citizen's rating: %(satisfaction)s, %(solved)s",
            satisfaction=word(rating.satisfaction),
            solved=solved,
        )
    )


def delivery_words(reply: ReplyView) -> str:
    """Say where an approved reply is."""
    delivery = reply.delivery
    if delivery is None:
        return ""
    if delivery.state == DeliveryState.WAITING and delivery.channel == DeliveryChannel.EXPORT:
        return str(_("Waits for the next export file"))
    return str(_("%(state)s · %(channel)s", state=word(delivery.state), channel=word(delivery.channel)))
