"""Many citizens with one matter, through the API; the same commands, roles and refusals as on the pages."""

from typing import Any

from flask import Response
from flask_babel import gettext as _

from inbox import alarms, cases
from inbox.group_view import case_kin, compare_cases, group_page, outcomes, previews
from inbox.joint_replies import retry_failed
from inbox.replies import save_draft, submit_reply
from inbox.set_aside import set_aside_cases
from inbox.topic_watch import SUPERVISORS, TopicView, case_ids_of_topics, list_topics, topic_page
from routing.models import Role
from web.api.replies import SAVED, STALE
from web.api.routes import MATTERS, answer, api, gives, nothing, problem
from web.api.schemas.cases import CasePath, SavedReply
from web.api.schemas.matters import (
    AlarmPath,
    AlarmQuery,
    Alarms,
    AsideQuery,
    ComparePath,
    Comparison,
    DeliveryPath,
    Group,
    GroupChange,
    GroupDecision,
    GroupQuery,
    HotTopic,
    HotTopicCases,
    HotTopicPath,
    HotTopicQuery,
    HotTopics,
    JointDraft,
    JointReply,
    JointResult,
    JointSubmission,
    NewTransfer,
    Receipt,
    SentAgain,
    SetAside,
    TransferMade,
    TransferPath,
    Transfers,
)
from web.context import current_session, now, viewer
from web.guards import with_token
from web.views.alarms import DISPATCHERS
from web.views.groups import JOINERS, join_or_part
from web.views.inbox import WORKS_WITH_CASES


@api.get("/cases/<int:case_id>/group", tags=[MATTERS], responses=gives(Group, 404))
@with_token(*WORKS_WITH_CASES)
def show_group(path: CasePath, query: GroupQuery) -> Response:
    """List near duplicates of a case and what was decided about each, and the case that it belongs to itself."""
    session, who = current_session(), viewer()
    found = group_page(session, who, path.case_id, page=query.page)
    own = case_kin(session, who, path.case_id)
    told = {name: getattr(found, name) for name in ("kin", "hidden", "page", "pages", "total")}
    state = own.link.state if own.link is not None else None
    return answer(Group.model_validate({**told, "leader": own.lead, "leader_state": state}))


@api.post("/cases/<int:case_id>/group", tags=[MATTERS], responses=gives(GroupChange, 404, 409))
@with_token(*JOINERS)
def decide_group(path: CasePath, body: GroupDecision) -> Response:
    """Link, merge, take apart or dismiss cases; 409 for one that cannot be joined, then nothing is changed."""
    return answer(GroupChange(changed=join_or_part(path.case_id, body.action, body.case_ids)))


@api.get("/cases/<int:case_id>/compare/<int:other_id>", tags=[MATTERS], responses=gives(Comparison, 404))
@with_token(*WORKS_WITH_CASES)
def compare(path: ComparePath) -> Response:
    """Lay two messages side by side, with the passages that agree."""
    case, other = compare_cases(current_session(), viewer(), path.case_id, path.other_id)
    return answer(Comparison.model_validate({"case": case, "other": other}))


@api.get("/cases/<int:case_id>/joint-reply", tags=[MATTERS], responses=gives(JointReply, 404))
@with_token(Role.OFFICER)
def preview_joint_reply(path: CasePath) -> Response:
    """Show what each citizen would get of the reply as it is saved."""
    return answer(_preview(path.case_id))


@api.put("/cases/<int:case_id>/joint-reply", tags=[MATTERS], responses=gives(JointReply, 404) | {409: STALE})
@with_token(Role.OFFICER)
def save_joint_reply(path: CasePath, body: JointDraft) -> Response:
    """Save the reply and show what each citizen would get; 409 with both texts when a colleague saved in between."""
    save_draft(current_session(), viewer(), path.case_id, body.text, expected_version=body.version, now=now())
    return answer(_preview(path.case_id))


@api.post("/cases/<int:case_id>/joint-reply", tags=[MATTERS], responses=SAVED)
@with_token(Role.OFFICER)
def submit_joint_reply(path: CasePath, body: JointSubmission) -> Response:
    """Hand one reply to many to review; approved once, each listed citizen gets their own copy."""
    reply = submit_reply(
        current_session(),
        viewer(),
        path.case_id,
        body.text,
        expected_version=body.version,
        now=now(),
        addressees=body.case_ids,
    )
    return answer(SavedReply.model_validate(reply))


@api.get("/cases/<int:case_id>/joint-reply/result", tags=[MATTERS], responses=gives(JointResult, 404))
@with_token(*WORKS_WITH_CASES)
def show_joint_result(path: CasePath) -> Response:
    """Show what became of each citizen's copy."""
    return answer(JointResult.model_validate(outcomes(current_session(), viewer(), path.case_id)))


@api.post("/cases/<int:case_id>/joint-reply/retry", tags=[MATTERS], responses=gives(SentAgain, 404))
@with_token(*JOINERS)
def retry_copies(path: CasePath) -> Response:
    """Send every copy that did not arrive once more."""
    return answer(SentAgain(count=retry_failed(current_session(), viewer(), path.case_id, now=now())))


@api.post(
    "/cases/<int:case_id>/deliveries/<int:delivery_id>/send-again",
    tags=[MATTERS],
    responses=gives(SentAgain, 404),
)
@with_token(*WORKS_WITH_CASES)
def send_copy_again(path: DeliveryPath) -> Response:
    """Send one reply that did not arrive once more; `count` is 0 when it has arrived or is on its way."""
    again = cases.send_again(current_session(), viewer(), path.case_id, path.delivery_id, now=now())
    return answer(SentAgain(count=int(again)))


@api.get("/alarms", tags=[MATTERS], responses=gives(Alarms))
@with_token(*WORKS_WITH_CASES)
def show_alarms(query: AlarmQuery) -> Response:
    """List the alarms nobody has acknowledged, danger to life first, or those that somebody has."""
    found = alarms.list_alarms(current_session(), viewer(), open_only=not query.acknowledged)
    return answer(Alarms.model_validate({"alarms": found}))


@api.post("/alarms/<int:alarm_id>/acknowledge", tags=[MATTERS], responses=gives(None, 404, 409, status=204))
@with_token(*WORKS_WITH_CASES)
def acknowledge_alarm(path: AlarmPath) -> Response:
    """Take an alarm on, so that nobody else is called; 409 when somebody has it."""
    if not alarms.acknowledge_alarm(current_session(), viewer(), path.alarm_id, now=now()):
        return problem(409, _("A colleague was quicker and has the alarm."), "TakenByColleague")
    return nothing()


@api.get("/transfers", tags=[MATTERS], responses=gives(Transfers))
@with_token(*WORKS_WITH_CASES)
def show_transfers() -> Response:
    """List what was handed on by procedure."""
    return answer(Transfers.model_validate({"transfers": alarms.transfers(current_session(), viewer())}))


@api.post("/cases/<int:case_id>/transfers", tags=[MATTERS], responses=gives(TransferMade, 404, status=201))
@with_token(*alarms.TRANSFERRERS)
def transfer_case(path: CasePath, body: NewTransfer) -> Response:
    """Record that a matter was handed on; the case stays here and stays timed."""
    made = alarms.transfer_case(current_session(), viewer(), path.case_id, **body.model_dump(), now=now())
    return answer(_transfer(made.id or 0), 201)


@api.get("/transfers/<int:transfer_id>", tags=[MATTERS], responses=gives(TransferMade, 404))
@with_token(*WORKS_WITH_CASES)
def show_transfer(path: TransferPath) -> Response:
    """Show one transfer."""
    return answer(_transfer(path.transfer_id))


@api.post("/transfers/<int:transfer_id>/receipt", tags=[MATTERS], responses=gives(TransferMade, 404, 409))
@with_token(*alarms.TRANSFERRERS)
def note_receipt(path: TransferPath, body: Receipt) -> Response:
    """Record who confirmed having the matter; 409 when that was recorded before."""
    if not alarms.note_receipt(current_session(), viewer(), path.transfer_id, body.receipt, now=now()):
        return problem(409, _("A receipt was recorded before; it is kept."), "ReceiptRecorded")
    return answer(_transfer(path.transfer_id))


@api.get("/hot-topics", tags=[MATTERS], responses=gives(HotTopics))
@with_token(*SUPERVISORS)
def show_hot_topics(query: HotTopicQuery) -> Response:
    """List what many write about now, beside its usual level, with the cases."""
    session, who = current_session(), viewer()
    found = list_topics(session, who, growing=query.growing, place=query.place)
    ids = case_ids_of_topics(session, who, [topic.id for topic in found])
    return answer(HotTopics(topics=[_topic(topic, ids[topic.id]) for topic in found]))


@api.get("/hot-topics/<int:topic_id>", tags=[MATTERS], responses=gives(HotTopicCases, 404))
@with_token(*SUPERVISORS)
def show_hot_topic(path: HotTopicPath) -> Response:
    """Show one topic with its cases and the one that the others could follow."""
    found = topic_page(current_session(), viewer(), path.topic_id)
    told: dict[str, Any] = {name: getattr(found, name) for name in ("rows", "hidden", "lead_id")}
    topic = _topic(found.topic, [row.id for row in found.rows])
    return answer(HotTopicCases.model_validate({**told, "topic": topic}))


@api.get("/set-aside", tags=[MATTERS], responses=gives(SetAside))
@with_token(*DISPATCHERS)
def show_set_aside(query: AsideQuery) -> Response:
    """List what was set aside as spam, why and by whom."""
    return answer(SetAside.model_validate(set_aside_cases(current_session(), viewer(), page=query.page)))


def _preview(case_id: int) -> JointReply:
    _lead, reply, copies = previews(current_session(), viewer(), case_id, now=now())
    told = {"text": reply.text, "version": reply.version, "state": reply.state} if reply else _NO_DRAFT
    return JointReply.model_validate({**told, "copies": copies})


_NO_DRAFT: dict[str, Any] = {"text": "", "version": 0, "state": None}


def _transfer(transfer_id: int) -> TransferMade:
    return TransferMade.model_validate(alarms.get_transfer(current_session(), viewer(), transfer_id))


def _topic(view: TopicView, case_ids: list[int]) -> HotTopic:
    fields = {name: getattr(view, name) for name in HotTopic.model_fields if name != "case_ids"}
    return HotTopic.model_validate({**fields, "case_ids": case_ids})
