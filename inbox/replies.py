"""The reply: a shared draft, a review by somebody else, an approval, and only then a delivery.

先审后发: nothing leaves before `approve_reply`, nobody approves words of their own, and any edit voids an approval
because an approved reply can no longer be edited.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlmodel import Session, col, select

from inbox.access import Viewer, expect_alone, get_case, require
from inbox.co_handling import settle_parts
from inbox.deliveries import start_delivery
from inbox.done_words import done_claims
from inbox.errors import NotAllowed, ReplyIncomplete, SelfReview, StaleDraft, WrongState
from inbox.events import record_event
from inbox.joint_replies import approve_addressees, list_addressees
from inbox.learning import note_rejected, note_uses, similarity
from inbox.models import (
    Case,
    CaseState,
    CaseSuggestion,
    Delivery,
    Message,
    Reply,
    ReplyReview,
    ReplyState,
    ReviewDecision,
)
from inbox.offline_tasks import has_open_tasks, require_work_done
from inbox.reply_checks import Finding, ReplyChecks, Rule, check_reply
from inbox.wording import clean_text, is_blank
from knowledge_base.uses import Use
from routing.models import Officer, Role

MAX_REPLY_LENGTH = 10_000
WRITABLE = (CaseState.ASSIGNED, CaseState.DRAFTING)


def current_reply(session: Session, case: Case) -> Reply | None:
    """Return the reply of the case's present round, or None when nobody has begun one."""
    return session.exec(
        select(Reply).where(Reply.case_id == case.id, Reply.round == case.reply_round)
    ).first()


def save_draft(
    session: Session,
    viewer: Viewer,
    case_id: int,
    text: str,
    *,
    expected_version: int,
    now: datetime,
    article_id: int | None = None,
) -> Reply:
    """Keep what the officer has typed so far; version 0 means that there was no draft yet.

    Raises StaleDraft, with both texts, when a colleague saved in between: nothing is overwritten. `article_id`
    says which suggestion was put into the text; it counts once. Saving the same words again changes nothing.
    """
    case = _answerable(session, viewer, case_id, "save_draft")
    text = clean_text(text)
    if len(text) > MAX_REPLY_LENGTH:
        raise ReplyIncomplete("too_long", length=len(text), limit=MAX_REPLY_LENGTH)
    reply = current_reply(session, case)
    if reply is None:
        reply = Reply(case_id=case_id, round=case.reply_round, editor_id=viewer.officer_id, saved_at=now)
        session.add(reply)
    elif reply.text == text and article_id in (None, reply.article_id):
        return reply
    if reply.version != expected_version:
        raise _stale(session, case_id, reply, text)
    _take_words(reply, viewer, text, now=now)
    if article_id not in (None, reply.article_id):
        _note_use(session, viewer, reply, article_id, now=now)
    if case.state == CaseState.ASSIGNED:
        case.state = CaseState.DRAFTING
        case.assignee_id = case.assignee_id or viewer.officer_id
        case.version += 1
        record_event(session, case_id, "draft_started", now=now, actor_id=viewer.officer_id, public=True)
    session.flush()
    return reply


def submit_reply(
    session: Session,
    viewer: Viewer,
    case_id: int,
    text: str,
    *,
    expected_version: int,
    now: datetime,
    addressees: Sequence[int] | None = None,
) -> Reply:
    """Hand the reply to review. A second click finds it submitted and changes nothing.

    The cases that follow this one get the reply too, each with its own gaps filled; `addressees` names which ones
    instead, and may add linked ones.

    Raises ReplyIncomplete for an empty text, an unfilled placeholder, a co-handler who still has time, or words that
    say done while work on the street is not; StaleDraft as `save_draft` does.
    """
    case = get_case(session, viewer, case_id, for_update=True)
    reply = current_reply(session, case)
    if reply and reply.state == ReplyState.SUBMITTED and reply.text == clean_text(text):
        return reply
    reply = save_draft(session, viewer, case_id, text, expected_version=expected_version, now=now)
    if is_blank(reply.text):
        raise ReplyIncomplete("empty")
    missing = list_addressees(session, case, reply, addressees, now=now)
    if missing:
        raise ReplyIncomplete("placeholders", names=list(missing))
    parts = settle_parts(session, case, reply, now=now)
    require_work_done(session, case_id, reply.text)
    reply.state = ReplyState.SUBMITTED
    reply.submitted_by = viewer.officer_id
    reply.submitted_at = now
    case.state = CaseState.IN_REVIEW
    case.version += 1
    record_event(session, case_id, "submitted", now=now, actor_id=viewer.officer_id, params=parts)
    return reply


def withdraw_reply(session: Session, viewer: Viewer, case_id: int, *, now: datetime) -> Reply:
    """Take a submitted reply back to edit it, before anybody has decided."""
    case = get_case(session, viewer, case_id, for_update=True)
    reply = _submitted(session, case, "withdraw")
    if viewer.officer_id not in reply.contributor_ids:
        raise NotAllowed("withdraw")
    _reopen_draft(case, reply)
    record_event(session, case_id, "withdrawn", now=now, actor_id=viewer.officer_id)
    return reply


def send_back_reply(
    session: Session, viewer: Viewer, case_id: int, *, version: int, reason: str, now: datetime
) -> Reply:
    """Return a reply to its author with the reason; the reviewer's words are kept with the text they judged."""
    case, reply = _reviewable(session, viewer, case_id, version, "send_back")
    if is_blank(reason):
        raise ReplyIncomplete("reason_missing")
    _record_review(session, viewer, reply, ReviewDecision.SEND_BACK, reason=reason, now=now)
    _reopen_draft(case, reply)
    record_event(
        session, case_id, "sent_back", now=now, actor_id=viewer.officer_id, params={"reason": reason[:500]}
    )
    return reply


def approve_reply(session: Session, viewer: Viewer, case_id: int, *, version: int, now: datetime) -> Delivery:
    """Approve exactly the version that was read and start its delivery.

    Raises SelfReview for anybody who wrote a part of it, StaleDraft when the text changed since it was read. Two
    approvals at once make one delivery: the second finds the reply approved and gets the same delivery.
    """
    case = get_case(session, viewer, case_id, for_update=True)
    done = session.exec(
        select(Delivery)
        .join(Reply, col(Reply.id) == Delivery.reply_id)
        .where(Reply.case_id == case_id, Reply.round == case.reply_round)
    ).first()
    if done is not None:
        return done
    case, reply = _reviewable(session, viewer, case_id, version, "approve")
    approved = session.execute(
        update(Reply)
        .where(
            col(Reply.id) == reply.id,
            col(Reply.state) == ReplyState.SUBMITTED,
            col(Reply.version) == version,
        )
        .values(state=ReplyState.APPROVED, reviewer_id=viewer.officer_id, approved_at=now)
        .execution_options(synchronize_session=False)
    )
    if approved.rowcount != 1:  # type: ignore[attr-defined]
        raise WrongState("approve", case.state.value)
    session.refresh(reply)
    _record_review(session, viewer, reply, ReviewDecision.APPROVE, reason=None, now=now)
    params = _note_kept_share(reply)
    record_event(session, case_id, "approved", now=now, actor_id=viewer.officer_id, params=params)
    approve_addressees(session, reply, now=now)
    return start_delivery(session, case, reply, now=now)


def reject_suggestion(
    session: Session, viewer: Viewer, case_id: int, article_id: int, *, now: datetime
) -> bool:
    """Say that a suggested answer does not fit; False when it was used or rejected before. It is counted once."""
    case = _answerable(session, viewer, case_id, "reject_suggestion")
    rejected = session.execute(
        update(CaseSuggestion)
        .where(
            col(CaseSuggestion.case_id) == case_id,
            col(CaseSuggestion.article_id) == article_id,
            col(CaseSuggestion.used_at).is_(None),
            col(CaseSuggestion.rejected_at).is_(None),
        )
        .values(rejected_at=now, decided_by=viewer.officer_id)
        .execution_options(synchronize_session=False)
    )
    if rejected.rowcount != 1:  # type: ignore[attr-defined]
        return False
    note_uses(session, Use.REJECTED, [article_id], now=now)
    note_rejected(session, case)
    return True


def check_draft(session: Session, viewer: Viewer, case_id: int, text: str) -> ReplyChecks:
    """Say what an inspector would object to in this text as the answer to a case; saves nothing."""
    get_case(session, viewer, case_id)
    opening = session.exec(
        select(Message).where(Message.case_id == case_id).order_by(col(Message.id)).limit(1)
    ).first()
    text = clean_text(text)[:MAX_REPLY_LENGTH]
    checks = check_reply(opening.text if opening else "", text, title=opening.title if opening else None)
    if not has_open_tasks(session, case_id):
        return checks
    not_done = [Finding(Rule.NOT_DONE, claim.text, claim.start, claim.end) for claim in done_claims(text)]
    findings = sorted([*checks.findings, *not_done], key=lambda finding: finding.start)
    return ReplyChecks(checks.answers, findings)


def reviews_of(session: Session, reply_id: int) -> list[tuple[ReplyReview, str]]:
    """Return the reviews of a reply with the reviewer's name, oldest first."""
    query = (
        select(ReplyReview, Officer.name)
        .join(Officer, col(Officer.id) == ReplyReview.reviewer_id)
        .where(ReplyReview.reply_id == reply_id)
        .order_by(col(ReplyReview.id))
    )
    return list(session.exec(query).all())


def _answerable(session: Session, viewer: Viewer, case_id: int, action: str) -> Case:
    require(viewer, action, Role.OFFICER)
    case = get_case(session, viewer, case_id, for_update=True)
    if case.department_id != viewer.department_id:
        raise NotAllowed(action)
    expect_alone(case, action)
    if case.state not in WRITABLE:
        raise WrongState(action, case.state.value)
    return case


def _submitted(session: Session, case: Case, action: str) -> Reply:
    reply = current_reply(session, case)
    if reply is None or reply.state != ReplyState.SUBMITTED:
        raise WrongState(action, case.state.value)
    return reply


def _reviewable(
    session: Session, viewer: Viewer, case_id: int, version: int, action: str
) -> tuple[Case, Reply]:
    require(viewer, action, Role.REVIEWER)
    case = get_case(session, viewer, case_id, for_update=True)
    reply = _submitted(session, case, action)
    if viewer.officer_id in reply.contributor_ids:
        raise SelfReview(reply.id or 0)
    if reply.version != version:
        raise _stale(session, case_id, reply, "")
    return case, reply


def _take_words(reply: Reply, viewer: Viewer, text: str, *, now: datetime) -> None:
    reply.text = text
    reply.version += 1
    reply.editor_id = viewer.officer_id
    reply.saved_at = now
    if viewer.officer_id not in reply.contributor_ids:
        reply.contributor_ids = [*reply.contributor_ids, viewer.officer_id]


def _note_use(session: Session, viewer: Viewer, reply: Reply, article_id: int, *, now: datetime) -> None:
    reply.article_id = article_id
    reply.inserted_text = reply.text
    note_uses(session, Use.INSERTED, [article_id], now=now)
    session.execute(
        update(CaseSuggestion)
        .where(col(CaseSuggestion.case_id) == reply.case_id, col(CaseSuggestion.article_id) == article_id)
        .values(used_at=now, rejected_at=None, decided_by=viewer.officer_id)
        .execution_options(synchronize_session=False)
    )


def _note_kept_share(reply: Reply) -> dict[str, Any]:
    """Keep how much of an inserted answer went out unchanged (indicator 11), on the reply and as the event says it."""
    if not (reply.inserted_text and reply.article_id):
        return {}
    reply.kept_share = round(similarity(reply.inserted_text, reply.text), 4)
    return {"article_id": reply.article_id, "kept": reply.kept_share}


def _record_review(
    session: Session,
    viewer: Viewer,
    reply: Reply,
    decision: ReviewDecision,
    *,
    reason: str | None,
    now: datetime,
) -> None:
    session.add(
        ReplyReview(
            reply_id=reply.id or 0,
            reviewer_id=viewer.officer_id,
            decision=decision,
            reason=reason[:500] if reason else None,
            reply_version=reply.version,
            text=reply.text,
            at=now,
        )
    )


def _reopen_draft(case: Case, reply: Reply) -> None:
    reply.state = ReplyState.DRAFT
    reply.submitted_at = None
    reply.submitted_by = None
    case.state = CaseState.DRAFTING
    case.version += 1


def _stale(session: Session, case_id: int, reply: Reply, text: str) -> StaleDraft:
    editor = session.get(Officer, reply.editor_id)
    return StaleDraft(
        case_id,
        saved_text=reply.text,
        saved_version=reply.version,
        your_text=text,
        saved_by=editor.name if editor else "",
    )
