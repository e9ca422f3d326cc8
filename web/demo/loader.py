"""Load the demo county through the same doors that real work uses, in the order in which it would have happened.

Every message is received, triaged, assigned, answered, reviewed, delivered and rated by the domain's own functions
at the instants of its story, and the sweep runs at the end of each day, so that the demo's history is as consistent
as a real one's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import update
from sqlmodel import Session, col, select

from inbox.access import Viewer
from inbox.bulletin_models import Bulletin
from inbox.bulletins import draft_due_bulletins, publish_bulletin, show_bulletin
from inbox.models import (
    Case,
    CaseState,
    Task,
    TaskState,
)
from inbox.spans import SpanKind
from inbox.triage import TriageTools
from knowledge_base.attention import note_doubted
from knowledge_base.conflicts import find_conflicts
from knowledge_base.demand import group_unanswered, join_demand
from knowledge_base.models import UnansweredQuestion
from knowledge_base.suggest import SuggestionEngine, load_engine
from routing.catalogue import load_catalogue
from routing.county import load_county
from routing.models import Department, Officer, Role
from sla.calendar import load_calendar
from sla.defaults import install_defaults
from sla.policies import load_policies
from web.demo.files import DemoMessage, read_json, read_messages
from web.demo.history import Story, has_answer, tell
from web.demo.ladder import climb_ladder
from web.demo.matters import show_matters
from web.demo.plan import make_plans
from web.demo.setting import add_accounts, add_articles, add_officers, viewer_of
from web.demo.together import Cast, work_together

SEED = 20220328
"""The day of 浙江省's opinion on grass-roots accounts; any number does."""

_REMARK = "请各有关单位对超期办件逐件说明原因，倒排办结时间；对群众评价不满意的答复，主动回访。"


@dataclass(frozen=True, slots=True)
class DemoSummary:
    """What was loaded, and where to begin looking."""

    departments: int
    officers: int
    accounts: int
    articles: int
    messages: int
    password: str
    logins: tuple[tuple[str, str], ...]
    tracking_code: str


def load_demo(
    session: Session, *, now: datetime, seed: int = SEED, messages: int | None = None
) -> DemoSummary:
    """Fill an empty, migrated database; `messages` limits how many, for tests. The caller commits."""
    county, staff = read_json("county.json"), read_json("staff.json")
    start = now - timedelta(days=120)
    install_defaults(session)
    load_county(session, county, read_json("catalogue.json"))
    session.flush()
    departments = {row.code: row for row in session.exec(select(Department)).all()}
    officers = add_officers(session, staff, departments, now=start)
    accounts = add_accounts(session, departments, now=start)
    articles = add_articles(session, county, officers, now=now)
    session.flush()
    calendar = load_calendar(session)
    today = now.astimezone(calendar.tz).date()
    tools = TriageTools(
        load_engine(session, today=today),
        load_catalogue(session),
        calendar,
        load_policies(session, on=today),
    )
    stories = read_messages()[:messages]
    answerable = {m.key for m in stories if has_answer(tools.engine, m)}
    plans = make_plans(stories, answerable=answerable, now=now, seed=seed)
    story = Story(
        session,
        tools,
        departments,
        _people(officers, Role.OFFICER),
        _people(officers, Role.REVIEWER),
        next(viewer_of(o) for o in officers if Role.DISPATCHER in o.roles),
    )
    tell(story, plans, accounts, now=now)
    show_matters(session, tools, story.dispatcher, now=now)
    _publish_bulletins(story, now=now)
    session.execute(update(Task).values(state=TaskState.DONE, done_at=now))
    session.info.clear()
    _fill_editors_lists(session, tools.engine, today=today, now=now)
    _join_demand(session, stories, story.case_ids)
    shown = next(o.department_id for o in officers if o.login == "officer")
    climb_ladder(session, [viewer_of(o) for o in officers], calendar, department_id=shown or 0, now=now)
    on_call = [
        viewer_of(o) for role in (Role.SUPERVISOR, Role.DISPATCHER) for o in officers if role in o.roles
    ]
    work_together(session, Cast(story.officers, on_call, calendar), now=now)
    return DemoSummary(
        departments=len(departments),
        officers=len(officers),
        accounts=len(accounts),
        articles=articles,
        messages=len(plans),
        password=staff["password"],
        logins=tuple((entry["login"], entry["roles"][0]) for entry in staff["named"]),
        tracking_code=_code_to_show(session),
    )


def _fill_editors_lists(session: Session, engine: SuggestionEngine, *, today: date, now: datetime) -> None:
    """Do what the scheduler would have done by now for the editors."""
    while find_conflicts(session, engine, today=today, now=now):
        pass
    while group_unanswered(session, now=now):
        pass
    note_doubted(session, today=today)


def _join_demand(session: Session, messages: Sequence[DemoMessage], case_ids: Mapping[str, int]) -> None:
    """Put the unanswered questions about one event together, as an editor who works off the list does."""
    events: dict[str, set[int]] = {}
    asked = session.execute(select(UnansweredQuestion.subject_id, UnansweredQuestion.group_id)).all()
    groups = {subject_id: group_id for subject_id, group_id in asked if group_id is not None}
    for message in messages:
        group = groups.get(case_ids.get(message.key, 0))
        if message.event and group is not None:
            events.setdefault(message.event, set()).add(group)
    for found in events.values():
        if len(found) > 1:
            join_demand(session, found)


def _publish_bulletins(story: Story, *, now: datetime) -> None:
    """Draft what is due: the quarter's 通报 is published, the month's with the departments, the week's a draft."""
    session = story.session
    supervisor = next(
        viewer_of(o) for o in session.exec(select(Officer)).all() if Role.SUPERVISOR.value in o.roles
    )
    draft_due_bulletins(session, now=now, zone=story.tools.zone)
    for bulletin in session.exec(select(Bulletin)).all():
        if bulletin.kind != SpanKind.WEEK:
            show_bulletin(session, supervisor, bulletin.id or 0, now=now)
        if bulletin.kind == SpanKind.QUARTER:
            publish_bulletin(session, supervisor, bulletin.id or 0, remark=_REMARK, prefix="岚", now=now)


def _people(officers: Sequence[Officer], role: Role) -> dict[int, list[Viewer]]:
    found: dict[int, list[Viewer]] = {}
    for officer in officers:
        if role in officer.roles and officer.department_id:
            found.setdefault(officer.department_id, []).append(viewer_of(officer))
    return found


def _code_to_show(session: Session) -> str:
    """Return the tracking code of an answered, unrated case: the one worth showing to a newcomer."""
    code = session.exec(
        select(Case.tracking_code)
        .where(Case.state == CaseState.REPLIED)
        .order_by(col(Case.replied_at).desc())
    ).first()
    return code or session.exec(select(Case.tracking_code)).first() or ""
