"""Load the demo county through the same doors that real work uses, in the order in which it would have happened.

Every message is received, triaged, assigned, answered, reviewed, delivered and rated by the domain's own functions
at the instants of its story, and the sweep runs at the end of each day, so that the demo's history is as consistent
as a real one's.
"""

import heapq
import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import update
from sqlmodel import Session, col, select

from inbox.access import Viewer
from inbox.bulletin_models import Bulletin
from inbox.bulletins import draft_due_bulletins, publish_bulletin, show_bulletin
from inbox.cases import assign_case, claim_case, set_aside, set_display
from inbox.deliveries import finish_delivery
from inbox.errors import InboxError
from inbox.gap_values import placeholder_values
from inbox.intake import Submission, receive_messages
from inbox.models import (
    Account,
    AccountState,
    Case,
    CaseState,
    CaseSuggestion,
    DeliveryChannel,
    Display,
    Platform,
    Satisfaction,
    Task,
    TaskState,
)
from inbox.ratings import close_silent_cases, rate_reply, reopen_case
from inbox.replies import approve_reply, current_reply, save_draft, send_back_reply, submit_reply
from inbox.returns import Grounds, ask_return, refuse_return, uphold_return
from inbox.spans import SpanKind
from inbox.supervision import note_sweep
from inbox.triage import TriageTools, triage_cases
from knowledge_base.articles import Provenance, install_article
from knowledge_base.attention import note_doubted
from knowledge_base.conflicts import find_conflicts
from knowledge_base.content import ArticleContent, Basis
from knowledge_base.demand import group_unanswered
from knowledge_base.models import ArticleStatus, Authority
from knowledge_base.placeholders import fill, placeholders_in
from knowledge_base.queries import answers_of
from knowledge_base.suggest import SuggestionEngine, load_engine
from knowledge_base.topics import create_topic
from routing.catalogue import load_catalogue
from routing.county import load_county
from routing.models import Department, Officer, Role
from routing.officers import hash_password
from sla.calendar import WorkingCalendar, load_calendar
from sla.defaults import install_defaults
from sla.policies import load_policies
from sla.sweep import sweep
from web.demo.files import DemoMessage, read_articles, read_json, read_messages
from web.demo.ladder import climb_ladder
from web.demo.matters import show_matters
from web.demo.plan import Fate, Plan, make_plans
from web.demo.together import Cast, work_together

SEED = 20220328
"""The day of 浙江省's opinion on grass-roots accounts; any number does."""

_BASIS = "经核，该事项不属本单位职责范围，依据部门“三定”规定，建议由属地乡镇（街道）或行业主管部门办理。"
_CONFIDENT = 0.5
_STEP = timedelta(hours=6)
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


@dataclass(slots=True)
class _Story:
    """Who is who while the history is told."""

    session: Session
    tools: TriageTools
    departments: dict[str, Department]
    officers: dict[int, list[Viewer]]
    reviewers: dict[int, list[Viewer]]
    dispatcher: Viewer
    case_ids: dict[str, int] = field(default_factory=dict)
    acts: list[tuple[datetime, int, Callable[[datetime], None]]] = field(default_factory=list)
    count: int = 0

    def later(self, at: datetime, act: Callable[[datetime], None]) -> None:
        """Plan an act; acts are done in the order of their instants."""
        self.count += 1
        heapq.heappush(self.acts, (at, self.count, act))


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
    officers = _add_officers(session, staff, departments, now=start)
    accounts = _add_accounts(session, departments, now=start)
    articles = _add_articles(session, county, officers, now=now)
    session.flush()
    calendar = load_calendar(session)
    tools = TriageTools(
        load_engine(session, today=_local_date(now, calendar)),
        load_catalogue(session),
        calendar,
        load_policies(session, on=_local_date(now, calendar)),
    )
    stories = read_messages()[:messages]
    answerable = {m.key for m in stories if _has_answer(tools.engine, m)}
    plans = make_plans(stories, answerable=answerable, now=now, seed=seed)
    story = _Story(
        session,
        tools,
        departments,
        _people(officers, Role.OFFICER),
        _people(officers, Role.REVIEWER),
        next(_viewer(o) for o in officers if Role.DISPATCHER in o.roles),
    )
    _tell(story, plans, accounts, now=now)
    _fill_editors_lists(session, tools.engine, today=_local_date(now, calendar), now=now)
    shown = next(o.department_id for o in officers if o.login == "officer")
    climb_ladder(session, [_viewer(o) for o in officers], calendar, department_id=shown or 0, now=now)
    on_call = [_viewer(o) for role in (Role.SUPERVISOR, Role.DISPATCHER) for o in officers if role in o.roles]
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


def _add_officers(
    session: Session, staff: dict[str, Any], departments: dict[str, Department], *, now: datetime
) -> list[Officer]:
    """Add the named people, then a reviewer and an officer for every unit, and more for busy ones."""
    hashed = hash_password(staff["password"])
    names = iter(staff["names"])
    rows = [(p["login"], p["name"], p["name_en"], p["department"], p["roles"]) for p in staff["named"]]
    units = [(code, role) for code in departments for role in (Role.OFFICER, Role.REVIEWER)]
    units += [(code, Role.OFFICER) for code in staff["second_officers"]]
    taken = {(p["department"], role) for p in staff["named"] for role in p["roles"]}
    for code, role in units:
        if (code, role.value) in taken:
            taken.discard((code, role.value))
            continue
        name, name_en = next(names)
        login = name_en.lower().replace(" ", ".").replace("ü", "u")
        rows.append((login, name, name_en, code, [role.value]))
    officers = [
        Officer(
            login=login,
            name=name,
            name_en=name_en,
            department_id=departments[code].id,
            roles=roles,
            password_hash=hashed,
            created_at=now,
        )
        for login, name, name_en, code, roles in rows
    ]
    session.add_all(officers)
    session.flush()
    return officers


def _add_accounts(session: Session, departments: dict[str, Department], *, now: datetime) -> list[Account]:
    accounts = [
        Account(
            code=entry["code"],
            name=entry["name"],
            platform=Platform(entry["platform"]),
            department_id=departments[entry["department"]].id if entry["department"] else None,
            handle=entry["handle"],
            state=AccountState(entry.get("state", "active")),
            push_secret=f"demo-secret-{entry['code']}",
            created_at=now,
        )
        for entry in read_json("accounts.json")
    ]
    session.add_all(accounts)
    session.flush()
    return accounts


def _add_articles(
    session: Session, county: dict[str, Any], officers: Sequence[Officer], *, now: datetime
) -> int:
    for topic in county["topics"]:
        create_topic(session, code=topic["code"], name=topic["name"], name_en=topic["name_en"])
    author, reviewer = (next(o.id for o in officers if o.login == login) for login in ("editor", "editor2"))
    rows = read_articles()
    today = now.date()
    for position, row in enumerate(rows):
        install_article(
            session,
            _content(row, today),
            key=row["key"],
            author_id=author,
            reviewer_id=reviewer,
            now=now - timedelta(days=110, minutes=position),
            status=ArticleStatus(row["status"]),
            provenance=Provenance(source="岚汀县统一咨询答问库（样例）", version="2026", is_sample=True),
        )
    return len(rows)


def _content(row: dict[str, Any], today: date) -> ArticleContent:
    valid_from = today - timedelta(days=row["valid_from_days_ago"])
    days = row["valid_for_days"]
    return ArticleContent(
        question=row["question"],
        answer=row["answer"],
        phrasings=tuple(row["phrasings"]),
        topic_code=row["topic"],
        owner_code=row["owner"],
        authority=Authority(row["authority"]),
        region=row["region"],
        service_url=row["service_url"],
        tags=tuple(row["tags"]),
        basis=tuple(Basis(b["title"], b.get("number"), b.get("url")) for b in row["basis"]),
        valid_from=valid_from,
        valid_until=valid_from + timedelta(days=days) if days else None,
        review_by=today + timedelta(days=row["review_in_days"])
        if row["review_in_days"] is not None
        else None,
    )


def _fill_editors_lists(session: Session, engine: SuggestionEngine, *, today: date, now: datetime) -> None:
    """Do what the scheduler would have done by now for the editors."""
    while find_conflicts(session, engine, today=today, now=now):
        pass
    while group_unanswered(session, now=now):
        pass
    note_doubted(session, today=today)


def _people(officers: Sequence[Officer], role: Role) -> dict[int, list[Viewer]]:
    found: dict[int, list[Viewer]] = {}
    for officer in officers:
        if role in officer.roles and officer.department_id:
            found.setdefault(officer.department_id, []).append(_viewer(officer))
    return found


def _viewer(officer: Officer) -> Viewer:
    return Viewer(
        officer.id or 0, officer.department_id, frozenset(Role(r) for r in officer.roles), officer.name
    )


def _tell(story: _Story, plans: Sequence[Plan], accounts: Sequence[Account], *, now: datetime) -> None:
    """Receive and triage in the order of arrival, do every planned act at its instant, sweep as time goes by."""
    waiting = list(plans)
    at = waiting[0].arrives_at if waiting else now
    while at < now:
        until = min(at + _STEP, now)
        arrived = [plan for plan in waiting if plan.arrives_at <= until]
        waiting = waiting[len(arrived) :]
        _receive(story, arrived, accounts, now=until)
        for plan in arrived:
            _plan_acts(story, plan, now=now)
        while story.acts and story.acts[0][0] <= until:
            due, _, act = heapq.heappop(story.acts)
            _do(story.session, act, due)
        calendar = story.tools.calendar
        facts = sweep(story.session, now=until, calendar=calendar)
        note_sweep(story.session, facts, now=until, calendar=calendar)
        if until.hour < _STEP.seconds // 3600:
            close_silent_cases(story.session, now=until)
        at = until
    show_matters(story.session, story.tools, story.dispatcher, now=now)
    _publish_bulletins(story, now=now)
    story.session.execute(update(Task).values(state=TaskState.DONE, done_at=now))
    story.session.info.clear()


def _publish_bulletins(story: _Story, *, now: datetime) -> None:
    """Draft what is due: the quarter's 通报 is published, the month's with the departments, the week's a draft."""
    session = story.session
    supervisor = next(
        _viewer(o) for o in session.exec(select(Officer)).all() if Role.SUPERVISOR.value in o.roles
    )
    draft_due_bulletins(session, now=now, zone=story.tools.zone)
    for bulletin in session.exec(select(Bulletin)).all():
        if bulletin.kind != SpanKind.WEEK:
            show_bulletin(session, supervisor, bulletin.id or 0, now=now)
        if bulletin.kind == SpanKind.QUARTER:
            publish_bulletin(session, supervisor, bulletin.id or 0, remark=_REMARK, prefix="岚", now=now)


def _do(session: Session, act: Callable[[datetime], None], at: datetime) -> None:
    """Do one act; one that no longer fits (the case went another way) is left out, as in life."""
    try:
        with session.begin_nested():
            act(at)
    except InboxError:
        session.expire_all()


def _receive(story: _Story, plans: Sequence[Plan], accounts: Sequence[Account], *, now: datetime) -> None:
    by_account: dict[str, list[Plan]] = {}
    for plan in plans:
        by_account.setdefault(_account_of(plan, accounts, story.departments).code, []).append(plan)
    codes = {account.code: account for account in accounts}
    new: list[int] = []
    for code, group in by_account.items():
        taken = receive_messages(story.session, codes[code], [_submission(p) for p in group], now=now)
        story.case_ids.update((r.external_id.removeprefix("demo-"), r.case_id) for r in taken.new)
        new += [r.case_id for r in taken.new]
    if new:
        triage_cases(story.session, new, story.tools, now=now)


def _account_of(plan: Plan, accounts: Sequence[Account], departments: dict[str, Department]) -> Account:
    """Choose the unit's own account often, otherwise the county's main account on that platform."""
    platform = Platform(plan.message.platform)
    there = [
        a
        for a in accounts
        if a.platform == platform and a.state == AccountState.ACTIVE and a.code != "sample-import"
    ]
    own = [a for a in there if a.department_id == departments[plan.message.department].id]
    return own[0] if own and plan.dice.random() < 0.7 else there[0]


def _submission(plan: Plan) -> Submission:
    message = plan.message
    return Submission(
        external_id=f"demo-{message.key}",
        text=message.text,
        raw=json.dumps({"id": message.key, "text": message.text}, ensure_ascii=False).encode(),
        title=message.title,
        author_name=message.author,
        author_ref=message.author,
        posted_at=plan.arrives_at,
        received_at=plan.arrives_at,
    )


def _has_answer(engine: SuggestionEngine, message: DemoMessage) -> bool:
    best = engine.suggest(message.text, title=message.title, limit=1)
    return bool(best) and best[0].confidence >= _CONFIDENT


def _plan_acts(story: _Story, plan: Plan, *, now: datetime) -> None:
    """Plan what people do with a case, from the dispatcher to the citizen's rating."""
    case_id = story.case_ids.get(plan.message.key)
    if case_id is None:
        return
    department = story.departments[plan.message.department].id or 0
    at = _working(story, plan.arrives_at, plan.dice, 0.3, 3)
    if plan.fate == Fate.SET_ASIDE:
        story.later(at, lambda t: _ignore(set_aside(story.session, story.dispatcher, case_id, now=t)))
        return
    if plan.fate == Fate.OPEN and plan.dice.random() < 0.35:
        return
    story.later(at, lambda t: _dispatch(story, plan, case_id, department, t))
    if plan.fate == Fate.OPEN:
        return
    officer = plan.dice.choice(story.officers[department])
    at = _working(story, at, plan.dice, 0.3, 5)
    if plan.fate == Fate.RETURNED:
        story.later(at, lambda t: _return(story, plan, officer, case_id, t))
        return
    story.later(at, lambda t: _ignore(claim_case(story.session, officer, case_id, now=t)))
    if plan.fate != Fate.CLAIMED:
        _plan_reply(story, plan, case_id, officer, at)


def _plan_reply(story: _Story, plan: Plan, case_id: int, officer: Viewer, at: datetime) -> None:
    reviewer = plan.dice.choice(story.reviewers[officer.department_id or 0])
    slow = plan.dice.random() < 0.12
    hours = (18, 70) if slow else (0.3, 9)
    drafted = _working(story, at, plan.dice, *hours)
    story.later(drafted, lambda t: _draft(story, plan, case_id, officer, t))
    if plan.fate == Fate.DRAFTING:
        return
    submitted = drafted + timedelta(minutes=plan.dice.uniform(4, 40))
    story.later(submitted, lambda t: _submit(story, case_id, officer, t))
    if plan.fate == Fate.IN_REVIEW:
        return
    reviewed = _working(story, submitted, plan.dice, 0.2, 4)
    if plan.fate == Fate.SENT_BACK or plan.dice.random() < 0.06:
        story.later(reviewed, lambda t: _send_back(story, plan, case_id, reviewer, t))
        if plan.fate == Fate.SENT_BACK:
            return
        again = _working(story, reviewed, plan.dice, 0.5, 3)
        story.later(again, lambda t: _submit(story, case_id, officer, t, improved=True))
        reviewed = _working(story, again, plan.dice, 0.2, 2)
    story.later(reviewed, lambda t: _approve(story, plan, case_id, reviewer, t))
    if plan.dice.random() < 0.55:
        rated = reviewed + timedelta(hours=plan.dice.uniform(1, 70))
        story.later(rated, lambda t: _rate(story, plan, case_id, t))


def _dispatch(story: _Story, plan: Plan, case_id: int, department: int, now: datetime) -> None:
    """Put right what routing sent elsewhere, after a return or before one, and send off what waits at the desk."""
    case = story.session.get_one(Case, case_id)
    if case.department_id == department:
        return
    wrong = story.officers.get(case.department_id or 0)
    if wrong and case.state == CaseState.ASSIGNED and plan.dice.random() < 0.4:
        grounds = Grounds(_BASIS, department_id=department)
        asked = ask_return(story.session, wrong[0], case_id, grounds, now=now)
        at = now + timedelta(minutes=plan.dice.uniform(10, 50))
        uphold_return(story.session, story.dispatcher, asked.id or 0, department_id=department, now=at)
    else:
        assign_case(story.session, story.dispatcher, case_id, department, now=now)


def _return(story: _Story, plan: Plan, officer: Viewer, case_id: int, now: datetime) -> None:
    asked = ask_return(story.session, officer, case_id, Grounds(_BASIS), now=now)
    if plan.dice.random() < 0.5:
        reason = "经核，该事项列入你单位职责目录，请按期办理答复。"
        decided = _working(story, now, plan.dice, 1, 5)
        story.later(
            decided,
            lambda t: _ignore(
                refuse_return(story.session, story.dispatcher, asked.id or 0, reason=reason, now=t)
            ),
        )


def _draft(story: _Story, plan: Plan, case_id: int, officer: Viewer, now: datetime) -> None:
    case = story.session.get_one(Case, case_id)
    article_id, text = _words(story, plan, case, now)
    if text:
        save_draft(story.session, officer, case_id, text, expected_version=0, now=now, article_id=article_id)


def _words(story: _Story, plan: Plan, case: Case, now: datetime) -> tuple[int | None, str]:
    """Return the reply written for this message, or the best suggestion with its placeholders filled."""
    if plan.message.reply:
        return None, plan.message.reply
    best = story.session.exec(
        select(CaseSuggestion)
        .where(CaseSuggestion.case_id == case.id, col(CaseSuggestion.confidence) >= _CONFIDENT)
        .order_by(col(CaseSuggestion.rank))
    ).first()
    if best is None:
        return None, ""
    today = _local_date(now, story.tools.calendar)
    answer = answers_of(story.session, [best.article_id], today=today).get(best.article_id)
    department = story.session.get(Department, case.department_id) if case.department_id else None
    if answer is None:
        return None, ""
    text = fill(answer.answer, placeholder_values(case, department, today=today)).text
    return (None, "") if placeholders_in(text) else (best.article_id, text)


def _submit(story: _Story, case_id: int, officer: Viewer, now: datetime, *, improved: bool = False) -> None:
    case = story.session.get_one(Case, case_id)
    reply = current_reply(story.session, case)
    if reply is None:
        return
    text = reply.text
    department = story.session.get(Department, case.department_id) if case.department_id else None
    if improved and department is not None:
        text += f"如有疑问，请在工作时间拨打{department.name}电话{department.phone}。"
    submit_reply(story.session, officer, case_id, text, expected_version=reply.version, now=now)


def _send_back(story: _Story, plan: Plan, case_id: int, reviewer: Viewer, now: datetime) -> None:
    reply = current_reply(story.session, story.session.get_one(Case, case_id))
    reason = plan.dice.choice(
        (
            "请写明办理时限和联系电话。",
            "答复没有回应第二个问题，请补充。",
            "“尽快”过于笼统，请给出具体日期。",
            "请注明政策依据，语气再诚恳一些。",
        )
    )
    if reply is not None:
        send_back_reply(story.session, reviewer, case_id, version=reply.version, reason=reason, now=now)


def _approve(story: _Story, plan: Plan, case_id: int, reviewer: Viewer, now: datetime) -> None:
    case = story.session.get_one(Case, case_id)
    reply = current_reply(story.session, case)
    if reply is None:
        return
    delivery = approve_reply(story.session, reviewer, case_id, version=reply.version, now=now)
    if delivery.channel == DeliveryChannel.EXPORT:
        carried = _working(story, now, plan.dice, 2, 12)
        story.later(carried, lambda t: finish_delivery(story.session, delivery, now=t))
    if plan.message.note is None and not case.sensitive:
        set_display(story.session, reviewer, case_id, Display.PUBLIC, now=now)


def _rate(story: _Story, plan: Plan, case_id: int, now: datetime) -> None:
    case = story.session.get_one(Case, case_id)
    if case.state != CaseState.REPLIED:
        return
    satisfaction = plan.dice.choices(list(Satisfaction), (62, 26, 12))[0]
    unhappy = satisfaction == Satisfaction.DISSATISFIED
    comment = (
        plan.dice.choice(("", "", "谢谢，讲得很清楚", "回复挺快的", "好的"))
        if not unhappy
        else "没有解决实际问题"
    )
    rate_reply(
        story.session,
        case.tracking_code,
        solved=not unhappy,
        satisfaction=satisfaction,
        comment=comment or None,
        now=now,
    )
    if unhappy and plan.dice.random() < 0.4:
        reason = plan.dice.choice(
            (
                "说是处理了，可现场还是老样子，请再派人看看。",
                "答复的电话打不通，问题没解决。",
                "没有回答我问的时间，请再明确一下。",
            )
        )
        reopen_case(story.session, case.tracking_code, reason=reason, now=now + timedelta(minutes=5))


def _working(story: _Story, at: datetime, dice: random.Random, low: float, high: float) -> datetime:
    """Return an instant in office hours between `low` and `high` working hours later."""
    return story.tools.calendar.due(at, f"{max(1, round(60 * dice.uniform(low, high)))}wmin")


def _local_date(at: datetime, calendar: WorkingCalendar) -> date:
    return at.astimezone(calendar.tz).date()


def _code_to_show(session: Session) -> str:
    """Return the tracking code of an answered, unrated case: the one worth showing to a newcomer."""
    code = session.exec(
        select(Case.tracking_code)
        .where(Case.state == CaseState.REPLIED)
        .order_by(col(Case.replied_at).desc())
    ).first()
    return code or session.exec(select(Case.tracking_code)).first() or ""


def _ignore(_result: object) -> None:
    """Do nothing with a result, so that an act can be one expression."""
