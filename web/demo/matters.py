"""What the demo county shows of many citizens with one matter: a merged group, topics, a digest, an alarm's past."""

from collections import defaultdict
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from inbox.access import Viewer
from inbox.alarms import acknowledge_alarm, list_alarms
from inbox.errors import InboxError
from inbox.group_models import CaseLink, LinkState
from inbox.groups import JOINABLE, merge_cases
from inbox.models import Case
from inbox.topic_watch import make_digest, refresh_topics
from inbox.triage import TriageTools
from web.demo.neighbours import let_neighbours_write, let_people_ask_several_things

OPEN_ALARM_FOR = timedelta(hours=6)
"""An older alarm of the demo has been acknowledged; a fresh one waits for whoever looks."""


def show_matters(session: Session, tools: TriageTools, dispatcher: Viewer, *, now: datetime) -> None:
    """Let neighbours write, merge the largest group, compute the topics and the last week, acknowledge old alarms."""
    session.flush()
    let_neighbours_write(session, tools, dispatcher, now=now)
    let_people_ask_several_things(session, tools, now=now)
    _merge_largest(session, dispatcher, now=now)
    refresh_topics(session, now=now)
    make_digest(session, now=now)
    for alarm in list_alarms(session, dispatcher):
        if alarm.raised_at < now - OPEN_ALARM_FOR:
            acknowledge_alarm(
                session, dispatcher, alarm.id, now=min(alarm.raised_at + timedelta(minutes=3), now)
            )


def _merge_largest(session: Session, dispatcher: Viewer, *, now: datetime) -> None:
    groups: dict[int, list[int]] = defaultdict(list)
    query = (
        select(CaseLink.lead_id, CaseLink.case_id)
        .join(Case, col(Case.id) == CaseLink.case_id)
        .where(CaseLink.state == LinkState.SUGGESTED, col(Case.state).in_(JOINABLE))
    )
    for lead_id, case_id in session.exec(query).all():
        groups[lead_id].append(case_id)
    for lead_id, case_ids in sorted(groups.items(), key=lambda group: -len(group[1])):
        # One stays undecided, so that the next step is there to be taken.
        try:
            with session.begin_nested():
                merge_cases(session, dispatcher, lead_id, case_ids[1:] or case_ids, now=now)
        except InboxError:
            session.expire_all()
        else:
            return
