"""Cases about one matter: suggested, linked by an officer, merged to follow one lead, and taken apart again.

Every case keeps its own message, citizen, tracking code and clocks. What merging changes is noted on the link and
put back exactly. Linking and merging say so in the events of both cases.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import case as case_when
from sqlalchemy import func, update
from sqlmodel import Session, col, select

from inbox.access import Viewer, get_case, require
from inbox.deadlines import meet_clocks, refresh_due
from inbox.duplicates import comparable_text, likeness
from inbox.errors import CannotJoin, NotAllowed
from inbox.events import record_event
from inbox.group_models import CaseLink, LinkState, Relation
from inbox.models import Case, CaseState
from inbox.similar import opening_messages
from routing.models import Role
from sla.deadlines import meet_deadlines
from sla.models import Clock

JOINABLE = (CaseState.NEW, CaseState.TRIAGE_DESK, CaseState.ASSIGNED, CaseState.DRAFTING)
_PLACE_OF_FOLLOWER = {
    CaseState.NEW: CaseState.TRIAGE_DESK,
    CaseState.TRIAGE_DESK: CaseState.TRIAGE_DESK,
    CaseState.ASSIGNED: CaseState.ASSIGNED,
    CaseState.DRAFTING: CaseState.ASSIGNED,
}
"""Where a follower stands while its lead stands there; from then on only the joint reply moves it."""

JOINERS = (Role.OFFICER, Role.DISPATCHER, Role.SUPERVISOR)


def link_cases(
    session: Session, viewer: Viewer, lead_id: int, case_ids: Sequence[int], *, now: datetime
) -> int:
    """Confirm that cases are about the lead's matter; they are still handled apart. Return how many are new.

    Raises CaseNotFound for one the viewer may not see, CannotJoin when it follows another case.
    """
    lead, cases = _lead_and_cases(session, viewer, lead_id, case_ids, "link")
    done = 0
    for case in cases:
        link = _link_of(session, case, lead, now=now)
        if link.state in (LinkState.LINKED, LinkState.MERGED):
            continue
        _decide(link, LinkState.LINKED, viewer, now=now)
        _tell_both(session, "linked", lead, case, viewer, now=now)
        done += 1
    session.flush()
    return done


def dismiss_link(session: Session, viewer: Viewer, case_id: int, *, now: datetime) -> bool:
    """Say once and for all that a case is not about the matter it was suggested for; False when it was said before."""
    require(viewer, "link", *JOINERS)
    case = get_case(session, viewer, case_id, for_update=True)
    link = session.get(CaseLink, case_id)
    if link is None or link.state == LinkState.DISMISSED:
        return False
    if link.state == LinkState.MERGED:
        raise CannotJoin("merged", case.tracking_code)
    _decide(link, LinkState.DISMISSED, viewer, now=now)
    if link.is_repeat:
        link.is_repeat = False
        case.repeat_count = 0
    lead = session.get_one(Case, link.lead_id)
    _tell_both(session, "unlinked", lead, case, viewer, now=now)
    session.flush()
    return True


def merge_cases(
    session: Session, viewer: Viewer, lead_id: int, case_ids: Sequence[int], *, now: datetime
) -> int:
    """Let cases follow the handling of one lead; return how many do now that did not before.

    A case that leads others brings them along. Raises CannotJoin for a case that is being reviewed, was answered
    or closed, or follows another one, CaseNotFound for one the viewer may not see; then nothing is merged.
    """
    lead, cases = _lead_and_cases(session, viewer, lead_id, case_ids, "merge")
    _expect_joinable(lead)
    joining = [case for case in _with_followers(session, cases) if case.lead_id != lead_id]
    for case in joining:
        _expect_joinable(case)
        if case in cases and case.lead_id is not None:
            raise CannotJoin("follows", case.tracking_code)
    for case in joining:
        _merge(session, lead, case, viewer, now=now)
    _count_followers(session, [lead_id, *(case.id or 0 for case in joining)])
    return len(joining)


def unmerge_cases(session: Session, viewer: Viewer, case_ids: Sequence[int], *, now: datetime) -> int:
    """Let cases go their own way again, exactly as they stood before they were merged; return how many.

    One that was answered with its lead stays answered: it is only taken out of the group.
    """
    require(viewer, "merge", *JOINERS)
    leads: set[int] = set()
    done = 0
    for case_id in sorted(set(case_ids)):
        case = get_case(session, viewer, case_id, for_update=True)
        link = session.get(CaseLink, case_id)
        if case.lead_id is None or link is None:
            continue
        leads.add(case.lead_id)
        _restore(session, case, link, viewer, now=now)
        done += 1
    _count_followers(session, sorted(leads))
    return done


def follow_lead(session: Session, lead: Case, *, now: datetime) -> None:
    """Take the cases that follow this one along: department, officer and place in the line of work."""
    place = _PLACE_OF_FOLLOWER.get(lead.state)
    if not lead.follower_count or place is None:
        return
    session.flush()
    followers = (col(Case.lead_id) == lead.id, col(Case.state).in_(JOINABLE))
    session.execute(
        update(Case)
        .where(*followers)
        .values(
            department_id=lead.department_id,
            assignee_id=lead.assignee_id,
            version=Case.version + 1,
            state=case_when((col(Case.state) == CaseState.DRAFTING, col(Case.state)), else_=place),
        )
        .execution_options(synchronize_session=False)
    )
    session.expire_all()
    if place == CaseState.ASSIGNED:
        ids = [case_id or 0 for case_id in session.exec(select(Case.id).where(*followers)).all()]
        meet_deadlines(session, ids, Clock.accept, now=now)
        refresh_due(session, ids)


def leave_group(session: Session, case: Case, *, now: datetime) -> None:
    """Take a case out of its group because its citizen wants it handled again."""
    if case.lead_id is None:
        return
    lead_id, case.lead_id = case.lead_id, None
    link = session.get(CaseLink, case.id)
    if link is not None:
        link.state, link.before = LinkState.LINKED, None
    _count_followers(session, [lead_id])
    record_event(session, case.id or 0, "left_group", now=now, params={"other_id": lead_id})


def _lead_and_cases(
    session: Session, viewer: Viewer, lead_id: int, case_ids: Sequence[int], action: str
) -> tuple[Case, list[Case]]:
    """Lock the lead and the cases in the order of their ids, so that two officers at once do not block each other."""
    require(viewer, action, *JOINERS)
    wanted = sorted({lead_id, *case_ids})
    found = {case_id: get_case(session, viewer, case_id, for_update=True) for case_id in wanted}
    lead = found.pop(lead_id)
    if not viewer.sees_everything and lead.department_id != viewer.department_id:
        raise NotAllowed(action)
    if lead.lead_id is not None:
        raise CannotJoin("follows", lead.tracking_code)
    return lead, list(found.values())


def _expect_joinable(case: Case) -> None:
    if case.state not in JOINABLE:
        raise CannotJoin(case.state.value, case.tracking_code)


def _with_followers(session: Session, cases: Sequence[Case]) -> list[Case]:
    """Return the cases and whoever follows them; one that follows somebody else stands in the way."""
    leading = [case.id for case in cases if case.follower_count]
    followers: Sequence[Case] = ()
    if leading:
        query = select(Case).where(col(Case.lead_id).in_(leading)).order_by(col(Case.id)).with_for_update()
        followers = session.exec(query).all()
    return list({case.id: case for case in (*cases, *followers)}.values())


def _merge(session: Session, lead: Case, case: Case, viewer: Viewer, *, now: datetime) -> None:
    link = _link_of(session, case, lead, now=now)
    if link.before is None:
        link.before = {
            "state": case.state.value,
            "department_id": case.department_id,
            "assignee_id": case.assignee_id,
            "link_state": link.state.value,
            "lead_id": link.lead_id,
        }
    link.lead_id = lead.id or 0
    _decide(link, LinkState.MERGED, viewer, now=now)
    case.lead_id = lead.id
    waited = case.state in (CaseState.NEW, CaseState.TRIAGE_DESK)
    case.department_id = lead.department_id
    case.assignee_id = lead.assignee_id
    if case.state != CaseState.DRAFTING:
        case.state = _PLACE_OF_FOLLOWER[lead.state]
    case.version += 1
    if waited and case.state == CaseState.ASSIGNED:
        meet_clocks(session, case, Clock.accept, now=now)
    _tell_both(session, "merged", lead, case, viewer, now=now)


def _restore(session: Session, case: Case, link: CaseLink, viewer: Viewer, *, now: datetime) -> None:
    lead = session.get_one(Case, case.lead_id)
    before = link.before or {}
    case.lead_id = None
    if case.state in JOINABLE and before:
        case.state = CaseState(before["state"])
        case.department_id = before["department_id"]
        case.assignee_id = before["assignee_id"]
    case.version += 1
    link.before = None
    link.lead_id = before.get("lead_id", link.lead_id)
    _decide(link, LinkState.LINKED, viewer, now=now)
    _tell_both(session, "unmerged", lead, case, viewer, now=now)


def _count_followers(session: Session, case_ids: Sequence[int]) -> None:
    session.flush()
    query = (
        select(Case.lead_id, func.count()).where(col(Case.lead_id).in_(case_ids)).group_by(col(Case.lead_id))
    )
    followers = dict(session.exec(query).all())
    for case_id in case_ids:
        session.get_one(Case, case_id).follower_count = followers.get(case_id, 0)
    session.flush()


def _link_of(session: Session, case: Case, lead: Case, *, now: datetime) -> CaseLink:
    """Return the case's link, turned to this lead; one that nobody suggested is made by hand."""
    link = session.get(CaseLink, case.id)
    if link is None:
        openings = opening_messages(session, [case.id or 0, lead.id or 0])
        texts = [comparable_text(m.text, title=m.title) for m in openings.values()]
        same = case.author_ref is not None and (case.account_id, case.author_ref) == (
            lead.account_id,
            lead.author_ref,
        )
        link = CaseLink(
            case_id=case.id or 0,
            lead_id=lead.id or 0,
            relation=Relation.SAME_PERSON if same else Relation.OTHERS,
            similarity=round(likeness(*texts), 4) if len(texts) == 2 else 0.0,
            found_at=now,
        )
        session.add(link)
    elif link.lead_id != lead.id and link.state != LinkState.MERGED:
        link.lead_id = lead.id or 0
        link.state = LinkState.SUGGESTED
    return link


def _decide(link: CaseLink, state: LinkState, viewer: Viewer, *, now: datetime) -> None:
    link.state = state
    link.decided_by = viewer.officer_id
    link.decided_at = now


def _tell_both(session: Session, kind: str, lead: Case, case: Case, viewer: Viewer, *, now: datetime) -> None:
    for told, other in ((case, lead), (lead, case)):
        role = "follower" if told is case else "lead"
        params = {"other_id": other.id, "code": other.tracking_code, "as": role}
        record_event(session, told.id or 0, kind, now=now, actor_id=viewer.officer_id, params=params)
