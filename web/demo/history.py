"""Tell the history of the demo: every message at its instant, and what people did, through the doors of real work."""

import heapq
import json
import random
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from inbox.access import Viewer
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
)
from inbox.ratings import close_silent_cases, rate_reply, reopen_case
from inbox.replies import approve_reply, current_reply, save_draft, send_back_reply, submit_reply
from inbox.returns import Grounds, ask_return, refuse_return, uphold_return
from inbox.supervision import note_sweep
from inbox.triage import TriageTools, triage_cases
from knowledge_base.answers import answers_of
from knowledge_base.placeholders import fill, placeholders_in
from knowledge_base.suggest import SuggestionEngine
from routing.models import Department
from sla.sweep import sweep
from web.demo.files import DemoMessage
from web.demo.plan import Fate, Plan

_BASIS = "经核，该事项不属本单位职责范围，依据部门“三定”规定，建议由属地乡镇（街道）或行业主管部门办理。"
CONFIDENT = 0.5
_STEP = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class _Inbox:
    """An account people write to. Read once: a row is read anew after every act."""

    code: str
    platform: Platform
    department_id: int | None


@dataclass(slots=True)
class Story:
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
    unit_ids: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        self.unit_ids = {code: unit.id or 0 for code, unit in self.departments.items()}

    def later(self, at: datetime, act: Callable[[datetime], None]) -> None:
        """Plan an act; acts are done in the order of their instants."""
        self.count += 1
        heapq.heappush(self.acts, (at, self.count, act))


def tell(story: Story, plans: Sequence[Plan], accounts: Sequence[Account], *, now: datetime) -> None:
    """Receive and triage in the order of arrival, do every planned act at its instant, sweep as time goes by."""
    waiting = list(plans)
    by_code = {account.code: account for account in accounts}
    inboxes = [
        _Inbox(account.code, account.platform, account.department_id)
        for account in accounts
        if account.state == AccountState.ACTIVE and account.code != "sample-import"
    ]
    at = waiting[0].arrives_at if waiting else now
    while at < now:
        until = min(at + _STEP, now)
        arrived = [plan for plan in waiting if plan.arrives_at <= until]
        waiting = waiting[len(arrived) :]
        _receive(story, arrived, by_code, inboxes, now=until)
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


def _do(session: Session, act: Callable[[datetime], None], at: datetime) -> None:
    """Do one act; one that no longer fits (the case went another way) is left out, as in life."""
    with suppress(InboxError), session.begin_nested():
        act(at)


def _receive(
    story: Story,
    plans: Sequence[Plan],
    accounts: Mapping[str, Account],
    inboxes: Sequence[_Inbox],
    *,
    now: datetime,
) -> None:
    by_account: dict[str, list[Plan]] = {}
    for plan in plans:
        by_account.setdefault(_account_of(plan, inboxes, story.unit_ids), []).append(plan)
    new: list[int] = []
    for code, group in by_account.items():
        taken = receive_messages(story.session, accounts[code], [_submission(p) for p in group], now=now)
        story.case_ids.update((r.external_id.removeprefix("demo-"), r.case_id) for r in taken.new)
        new += [r.case_id for r in taken.new]
    if new:
        triage_cases(story.session, new, story.tools, now=now)


def _account_of(plan: Plan, inboxes: Sequence[_Inbox], unit_ids: Mapping[str, int]) -> str:
    """Choose the unit's own account often, otherwise the county's main account on that platform; return its code."""
    there = [inbox for inbox in inboxes if inbox.platform == plan.message.platform]
    own = [inbox for inbox in there if inbox.department_id == unit_ids[plan.message.department]]
    return (own[0] if own and plan.dice.random() < 0.7 else there[0]).code


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


def has_answer(engine: SuggestionEngine, message: DemoMessage) -> bool:
    best = engine.suggest(message.text, title=message.title, limit=1)
    return bool(best) and best[0].confidence >= CONFIDENT


def _plan_acts(story: Story, plan: Plan, *, now: datetime) -> None:
    """Plan what people do with a case, from the dispatcher to the citizen's rating."""
    case_id = story.case_ids.get(plan.message.key)
    if case_id is None:
        return
    department = story.unit_ids[plan.message.department]
    at = _working(story, plan.arrives_at, plan.dice, 0.1, 1.2)
    if plan.fate == Fate.SET_ASIDE:
        story.later(at, lambda t: _ignore(set_aside(story.session, story.dispatcher, case_id, now=t)))
        return
    if plan.fate == Fate.OPEN and plan.dice.random() < 0.35:
        return
    story.later(at, lambda t: _dispatch(story, plan, case_id, department, t))
    if plan.fate == Fate.OPEN:
        return
    officer = plan.dice.choice(story.officers[department])
    at = _working(story, at, plan.dice, 0.1, 1.2)
    if plan.fate == Fate.RETURNED:
        story.later(at, lambda t: _return(story, plan, officer, case_id, t))
        return
    story.later(at, lambda t: _ignore(claim_case(story.session, officer, case_id, now=t)))
    if plan.fate != Fate.CLAIMED:
        _plan_reply(story, plan, case_id, officer, at)


def _plan_reply(story: Story, plan: Plan, case_id: int, officer: Viewer, at: datetime) -> None:
    reviewer = plan.dice.choice(story.reviewers[officer.department_id or 0])
    slow = plan.dice.random() < 0.12
    hours = (18, 70) if slow else (0.3, 4)
    drafted = _working(story, at, plan.dice, *hours)
    story.later(drafted, lambda t: _draft(story, plan, case_id, officer, t))
    if plan.fate == Fate.DRAFTING:
        return
    submitted = drafted + timedelta(minutes=plan.dice.uniform(4, 40))
    story.later(submitted, lambda t: _submit(story, case_id, officer, t))
    if plan.fate == Fate.IN_REVIEW:
        return
    reviewed = _working(story, submitted, plan.dice, 0.1, 1.5)
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


def _dispatch(story: Story, plan: Plan, case_id: int, department: int, now: datetime) -> None:
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


def _return(story: Story, plan: Plan, officer: Viewer, case_id: int, now: datetime) -> None:
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


def _draft(story: Story, plan: Plan, case_id: int, officer: Viewer, now: datetime) -> None:
    case = story.session.get_one(Case, case_id)
    article_id, text = _words(story, plan, case, now)
    if text:
        save_draft(story.session, officer, case_id, text, expected_version=0, now=now, article_id=article_id)


def _words(story: Story, plan: Plan, case: Case, now: datetime) -> tuple[int | None, str]:
    """Return the reply written for this message, or the best suggestion with its placeholders filled."""
    if plan.message.reply:
        return None, plan.message.reply
    best = story.session.exec(
        select(CaseSuggestion)
        .where(CaseSuggestion.case_id == case.id, col(CaseSuggestion.confidence) >= CONFIDENT)
        .order_by(col(CaseSuggestion.rank))
    ).first()
    if best is None:
        return None, ""
    today = now.astimezone(story.tools.zone).date()
    answer = answers_of(story.session, [best.article_id], today=today).get(best.article_id)
    department = story.session.get(Department, case.department_id) if case.department_id else None
    if answer is None:
        return None, ""
    text = fill(answer.answer, placeholder_values(case, department, today=today)).text
    return (None, "") if placeholders_in(text) else (best.article_id, text)


def _submit(story: Story, case_id: int, officer: Viewer, now: datetime, *, improved: bool = False) -> None:
    case = story.session.get_one(Case, case_id)
    reply = current_reply(story.session, case)
    if reply is None:
        return
    text = reply.text
    department = story.session.get(Department, case.department_id) if case.department_id else None
    if improved and department is not None:
        text += f"如有疑问，请在工作时间拨打{department.name}电话{department.phone}。"
    submit_reply(story.session, officer, case_id, text, expected_version=reply.version, now=now)


def _send_back(story: Story, plan: Plan, case_id: int, reviewer: Viewer, now: datetime) -> None:
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


def _approve(story: Story, plan: Plan, case_id: int, reviewer: Viewer, now: datetime) -> None:
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


def _rate(story: Story, plan: Plan, case_id: int, now: datetime) -> None:
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


def _working(story: Story, at: datetime, dice: random.Random, low: float, high: float) -> datetime:
    """Return an instant in office hours between `low` and `high` working hours later."""
    return story.tools.calendar.due(at, f"{max(1, round(60 * dice.uniform(low, high)))}wmin")


def _ignore(_result: object) -> None:
    """Do nothing with a result, so that an act can be one expression."""
